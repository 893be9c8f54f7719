package jobs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sourcecov/duckdb"
)

const nextCompare = "compare that SQL file with the text in the record: either the record was changed by hand, or the rows do not follow from what the file reads"

// compareRelations compares what was built, in the order in which it was built.
func (v *verification) compareRelations() {
	then, now, before := v.then.Relations, map[string]relation{}, len(v.bad)
	for _, r := range v.now.rec.Relations {
		now[r.Name] = r
	}
	for _, r := range then {
		again, ok := now[r.Name]
		switch {
		case !ok:
			v.found("relation", r.Name, nextCompare, "%s then, not built now", count(r.Rows, "row"))
		case again.Hash != r.Hash || again.Rows != r.Rows:
			v.found("relation", r.Name, nextCompare, "%s", rowsThenNow(r.Rows, again.Rows))
		}
	}
	for _, r := range v.now.rec.Relations {
		if !v.then.built(r.Name) {
			v.found("relation", r.Name, nextCompare, "not built then, %s now", count(r.Rows, "row"))
		}
	}
	v.saw("relations", len(then), len(v.bad)-before)
}

// compareOutputs compares the content of every published partition.
func (v *verification) compareOutputs(now map[string][]duckdb.Partition) {
	before := len(v.bad)
	for _, o := range v.then.Outputs {
		for _, then := range o.Partitions {
			again := duckdb.Partition{Hash: duckdb.NoRows} // one that lost its rows is planned and not computed
			if i := slices.IndexFunc(now[o.Table], func(p duckdb.Partition) bool { return p.Value == then.Value }); i >= 0 {
				again = now[o.Table][i]
			}
			if again.Hash != then.Hash || again.Rows != then.Rows {
				v.found("output", o.Table+"/"+then.Value, nextCompare, "%s", rowsThenNow(then.Rows, again.Rows))
			}
		}
		for _, p := range now[o.Table] {
			if !slices.ContainsFunc(o.Partitions, func(then duckdb.Partition) bool { return then.Value == p.Value }) {
				v.found("output", o.Table+"/"+p.Value, nextCompare, "not there then, %s now", count(p.Rows, "row"))
			}
		}
	}
	v.saw("output partitions", v.then.partitions(), len(v.bad)-before)
}

// compareAnswers compares what the checks found and what the reports said.
func (v *verification) compareAnswers() {
	before := len(v.bad)
	found := map[string]string{}
	for _, c := range v.now.rec.Checks {
		found[c.Check] = answer(c.Rows, c.Severity, c.Over, c.Blind)
	}
	for _, c := range v.then.Checks {
		if found[c.Check] != answer(c.Rows, c.Severity, c.Over, c.Blind) {
			v.found("check", c.Check, nextCompare, "finds something else than then")
		}
	}
	v.saw("checks", len(v.then.Checks), len(v.bad)-before)
	before = len(v.bad)
	said := map[string]string{}
	for _, r := range v.now.rec.Reports {
		said[r.Name] = answer(r.Table, r.Types)
	}
	for _, r := range v.then.Reports {
		if said[r.Name] != answer(r.Table, r.Types) {
			v.found("report", r.Name, nextCompare, "says something else than then")
		}
	}
	v.saw("reports", len(v.then.Reports), len(v.bad)-before)
}

// answer is a text of an answer's rows, whatever their order, and of what goes with them.
func answer(t duckdb.Table, with ...any) string {
	var lines []string
	for _, cells := range t.Rows {
		line, _ := json.Marshal(cells) // text and null always marshal
		lines = append(lines, string(line))
	}
	slices.Sort(lines)
	return fmt.Sprint(append(with, t.Columns, strings.Join(lines, "\n"))...)
}

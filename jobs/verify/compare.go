package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
)

const nextCompare = "compare that SQL file with the text in the record: either the record was changed by hand, or the rows do not follow from what the file reads"

// compareRelations compares what was built, in the order in which it was built.
func (v *verification) compareRelations(now []record.Relation) {
	before := len(v.Differences)
	byName := map[string]record.Relation{}
	for _, r := range now {
		byName[r.Name] = r
	}
	for _, r := range v.Record.Relations {
		again, ok := byName[r.Name]
		switch {
		case !ok:
			v.differs("relation", r.Name, nextCompare, "%s then, not built now", phrase.Count(r.Rows, "row"))
		case !duckdb.IsPrint(r.Hash) && again.Rows == r.Rows: // its content is not told any more
			v.noteOnce("the relations were fingerprinted otherwise by the version that recorded the run: of each only the rows are counted")
		case again.Hash != r.Hash || again.Rows != r.Rows:
			v.differs("relation", r.Name, nextCompare, "%s", thenNow(r.Rows, again.Rows))
		}
	}
	for _, r := range now {
		if !v.Record.Built(r.Name) {
			v.differs("relation", r.Name, nextCompare, "not built then, %s now", phrase.Count(r.Rows, "row"))
		}
	}
	v.compared("relations", len(v.Record.Relations), len(v.Differences)-before)
}

func (v *verification) noteOnce(note string) {
	if !slices.Contains(v.Notes, note) {
		v.Notes = append(v.Notes, note)
	}
}

// compareOutputs compares the content of every published partition.
func (v *verification) compareOutputs(now map[string][]duckdb.Partition) {
	before, count := len(v.Differences), 0
	for _, o := range v.Record.Outputs {
		count += len(o.Partitions)
		computed := map[string]duckdb.Partition{}
		for _, p := range now[o.Table] {
			computed[p.Value] = p
		}
		for _, then := range o.Partitions {
			again, ok := computed[then.Value]
			if !ok {
				again.Hash = duckdb.NoRows // one that lost its rows is planned and not computed
			}
			delete(computed, then.Value)
			if again.Hash != then.Hash || again.Rows != then.Rows {
				v.differs("output", o.Table+"/"+then.Value, nextCompare, "%s", thenNow(then.Rows, again.Rows))
			}
		}
		for _, p := range now[o.Table] {
			if _, isNew := computed[p.Value]; isNew {
				v.differs("output", o.Table+"/"+p.Value, nextCompare, "not there then, %s now", phrase.Count(p.Rows, "row"))
			}
		}
	}
	v.compared("output partitions", count, len(v.Differences)-before)
}

// compareAnswers compares what the checks and the reports answered.
func (v *verification) compareAnswers(checks []duckdb.Finding, reports []record.Report) {
	before, now := len(v.Differences), map[string]string{}
	for _, c := range checks {
		now[c.Check] = answer(c.Rows, c.Severity, c.Over, c.Blind)
	}
	for _, c := range v.Record.Checks {
		if now[c.Check] != answer(c.Rows, c.Severity, c.Over, c.Blind) {
			v.differs("check", c.Check, nextCompare, "finds something else than then")
		}
	}
	v.compared("checks", len(v.Record.Checks), len(v.Differences)-before)
	before, now = len(v.Differences), map[string]string{}
	for _, r := range reports {
		now[r.Name] = answer(r.Table, r.Types)
	}
	for _, r := range v.Record.Reports {
		if now[r.Name] != answer(r.Table, r.Types) {
			v.differs("report", r.Name, nextCompare, "answers something else than then")
		}
	}
	v.compared("reports", len(v.Record.Reports), len(v.Differences)-before)
}

// answer is a text of an answer's rows, whatever their order, and of what goes
// with them. Cells are compared by their text, for which NULL is not nothing.
func answer(t duckdb.Table, with ...any) string {
	var lines []string
	for _, cells := range t.Rows {
		texts := make([]*string, len(cells))
		for i, cell := range cells {
			if cell != nil {
				text := duckdb.Text(cell)
				texts[i] = &text
			}
		}
		line, _ := json.Marshal(texts) // text and null always marshal
		lines = append(lines, string(line))
	}
	slices.Sort(lines)
	return fmt.Sprint(append(with, t.Columns, strings.Join(lines, "\n"))...)
}

// thenNow says how two counts of rows compare.
func thenNow(then, now int64) string {
	if then == now {
		return strconv.FormatInt(then, 10) + " rows then and now, with other content"
	}
	return fmt.Sprintf("%s then, %d now", phrase.Count(then, "row"), now)
}

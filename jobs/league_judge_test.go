package jobs_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sourcecov/fixtures/feed"
)

// A verdict compares what was computed with the faults that are left in a bucket.
type verdict struct {
	t     *testing.T
	plan  *plan
	left  []*fault
	clean outputs
	got   outputs
	wants map[cell]want
}

func (j *verdict) all() {
	j.wants = j.plan.wants(j.left)
	j.cells()
	j.chains()
	j.events()
	j.rows()
	if len(j.left) == 0 {
		j.repaired()
	}
}

// status is the predicted status of a cell.
func (j *verdict) status(game, source string) string {
	if w := j.wants[cell{game, source}]; w.status != "" {
		return w.status
	}
	return j.clean["source_status"][game+" "+source]["status"]
}

// whichObject are the columns that say by which object a cell is told.
var whichObject = []string{"object", "object_crc32c", "snapshot_at", "snapshots_refused", "snapshots_seen"}

// toldBy are the columns of a cell that may differ with the object that tells of
// it: one that is pending says what lies there.
func toldBy(r row) []string {
	if r["status"] == "pending" {
		return append([]string{"reason", "id_match", "rows_found"}, whichObject...)
	}
	return whichObject
}

// touched reports whether any fault, repaired ones included, befell the cell.
func (j *verdict) touched(c cell) bool { return j.plan.taken[c] }

// cells: what is told of each cell is what was done to it.
func (j *verdict) cells() {
	const table = "source_status"
	j.sameKeys(table)
	for _, g := range j.plan.unneeded {
		for _, source := range feed.Sources {
			if r := j.got[table][g.ID+" "+source]; r["status"] != "not_expected" || !strings.HasPrefix(r["reason"], "series decided") {
				j.t.Errorf("cell %s %s of a decided series is %s (%s)", g.ID, source, r["status"], r["reason"])
			}
		}
	}
	for key, was := range j.clean[table] {
		r, c := j.got[table][key], cell{was["nba_game_id"], was["source"]}
		if r == nil {
			continue
		}
		w := j.wants[c]
		free := j.lines(c, was, r)
		if j.touched(c) {
			free = append(free, toldBy(r)...)
		}
		if w.status != "" && w.status != "present" {
			free = append(free, "status", "reason", "rows_found", "id_match")
			if w.status == "not_expected" {
				free = append(free, "is_expected", "due_at", "away_team", "home_team", "game_code_id")
			}
			if r["status"] != w.status || r["reason"] == "" || !strings.Contains(r["reason"], w.says) {
				j.t.Errorf("cell %s is %s (%s), want %s %s", key, r["status"], r["reason"], w.status, w.says)
			}
		}
		if w.match != "" {
			free = append(free, "id_match")
			if r["id_match"] != w.match {
				j.t.Errorf("cell %s is matched as %s, want %s", key, r["id_match"], w.match)
			}
		}
		if w.rows != 0 {
			free = append(free, "rows_found")
			if number(r["rows_found"]) != number(was["rows_found"])+w.rows {
				j.t.Errorf("cell %s has %s rows, had %s", key, r["rows_found"], was["rows_found"])
			}
		}
		j.same(table, key, was, r, free)
	}
}

// lines judges the agreement with the first source of the chain, and returns its columns.
func (j *verdict) lines(c cell, was, r row) []string {
	first, ok := map[string]string{feed.PlayerLog: feed.Gamebook, feed.BDL: feed.Gamebook}[c.source]
	if !ok {
		return nil
	}
	free := []string{"lines_compared", "lines_equal"}
	if j.status(c.game, c.source) != "present" || j.status(c.game, first) != "present" {
		if r["lines_compared"]+r["lines_equal"] != "" {
			j.t.Errorf("lines of %v are compared with none", c)
		}
		return free
	}
	switch max(j.wants[c].odd, j.wants[cell{c.game, first}].odd) {
	case otherNumbers:
		return free[1:]
	case oneMissing, otherName:
		return free
	}
	return nil
}

// chains: each chain is resolved as its cells demand.
func (j *verdict) chains() {
	const table = "chain_resolution"
	j.sameKeys(table)
	for key, was := range j.clean[table] {
		r := j.got[table][key]
		if r == nil {
			continue
		}
		g := j.plan.all.Of(was["nba_game_id"])
		want := j.plan.resolve(was["chain"], g, func(source string) string { return j.status(g.ID, source) })
		if got := (chainWant{r["resolution"], r["source_used"], r["tried"]}); got != want {
			j.t.Errorf("chain %s is %v, want %v", key, got, want)
		}
		if (r["is_fallback"] == "true") != (want.source != "" && want.source != chainOrder[was["chain"]][0]) {
			j.t.Errorf("chain %s: is_fallback %s with %s", key, r["is_fallback"], want.source)
		}
		free := []string{"resolution", "source_used", "tried", "is_fallback"}
		if !j.plan.free(&fault{game: g}) {
			free = append(free, "score", "cross_validated", "validation_note")
			if j.status(g.ID, feed.Schedule) == "not_expected" {
				free = append(free, "away_team", "home_team", "game_code_id")
			}
		}
		j.same(table, key, was, r, free)
	}
}

// traces are what a repair leaves behind, by table: by which object a row is
// told and since when it is as it is.
var traces = map[string][]string{
	"player_game_summary":       {"input_fingerprint", "quality_calculated_at"},
	"team_offense_game_summary": {"input_fingerprint", "quality_calculated_at"},
	"team_defense_game_summary": {"input_fingerprint", "quality_calculated_at"},
	"player_window_quality":     {"input_fingerprint", "quality_calculated_at"},
	"team_window_quality":       {"input_fingerprint", "quality_calculated_at"},
}

// repaired: with all faults repaired everything is as in the clean league, but
// for traces and for the fact that a source corrected itself.
func (j *verdict) repaired() {
	for _, table := range slices.Sorted(maps.Keys(j.clean)) {
		if table == "landed_objects" || table == "coverage_actions" || table == "source_coverage_log" ||
			table == "game_source_coverage" {
			continue
		}
		j.sameKeys(table)
		for key, was := range j.clean[table] {
			if r := j.got[table][key]; r != nil {
				free := traces[table]
				if table == "source_status" {
					free = toldBy(r)
				}
				j.same(table, key, was, r, free)
			}
		}
	}
	told := func(o outputs) map[string]row {
		events := maps.Clone(o["source_coverage_log"])
		maps.DeleteFunc(events, func(_ string, r row) bool { return r["event_type"] == "data_corrected" })
		return events
	}
	was, is := told(j.clean), told(j.got)
	for key, r := range is {
		if was[key] == nil {
			j.t.Errorf("source_coverage_log has %v", r)
		}
	}
	for key, r := range was {
		if is[key] == nil {
			j.t.Errorf("source_coverage_log lacks %v", r)
			continue
		}
		j.same("source_coverage_log", key, r, is[key], nil)
	}
}

// same compares two rows of a table, but for some columns.
func (j *verdict) same(table, key string, was, is row, free []string) {
	for _, column := range differences(was, is) {
		if !slices.Contains(free, column) {
			j.t.Errorf("%s %s: %s is %q, was %q", table, key, column, is[column], was[column])
		}
	}
}

// sameKeys: a table has the same rows.
func (j *verdict) sameKeys(table string) {
	for key := range j.clean[table] {
		if _, ok := j.got[table][key]; !ok {
			j.t.Errorf("%s lacks %s", table, key)
		}
	}
	for key := range j.got[table] {
		if _, ok := j.clean[table][key]; !ok {
			j.t.Errorf("%s has %s, which the clean league has not", table, key)
		}
	}
}

func number(s string) int {
	n := 0
	fmt.Sscan(s, &n)
	return n
}

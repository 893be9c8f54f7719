package print

import (
	"strings"

	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
)

// plan tells what a dry run would load.
func (p *text) plan(r *record.Record) {
	p.printf("\nplan\n")
	for _, t := range r.Plan {
		p.printf("  %s: %s, %d of %s to load", t.Table, phrase.Count(t.Rows, "row"), t.ToLoad, phrase.Count(t.Partitions, "partition"))
		if t.ToLoad > 0 {
			p.printf(" in %s", phrase.Count(len(t.Jobs), "job"))
		}
		p.printf("\n")
	}
}

// shownRows is how many rows of a list that may be endless are printed; the
// published tables and --json have them all.
const shownRows = 50

// shownGone is how many objects that are gone are named: a bucket may drop what is
// old for ever.
const shownGone = 10

// summary tells the result of a run, or of one that was done before.
func (p *text) summary(r *record.Record, alreadyDone bool) {
	if alreadyDone {
		p.printf("already done: run %s had the same inputs; nothing was loaded\n", r.RunID)
	}
	p.failures(r)
	p.coverage(r)
	p.chains(r)
	p.quality(r)
	p.rulesChanged(r)
	p.events(r)
	p.overdue(r)
	p.gaps(r)
	p.accepted(r)
	p.objects(r)
	p.later(r)
	p.warnings(r)
	p.published(r, alreadyDone)
}

// failures come first: they are why nothing was published.
func (p *text) failures(r *record.Record) {
	for _, c := range r.Checks {
		if !c.Failed() {
			continue
		}
		p.say("sourcecov: blocked by check %s; no data table was published\n", c.Check)
		if c.Blind {
			p.printf("\nBLOCKED by check %s: it looked over nothing although its inputs have rows\n", c.Check)
			continue
		}
		p.printf("\nBLOCKED by check %s: %s\n", c.Check, c.Finds)
		p.table(c.Rows.Columns, cells(c.Rows.Rows))
	}
	if r.Run.ChecksFailed > 0 {
		p.printf("next: fix the games or objects listed above and run again (sql/check/ holds the checks); no data table was published\n")
	}
}

func (p *text) coverage(r *record.Record) {
	var rows [][]string
	for _, x := range rowsOf(r, "coverage") {
		covered := "-"
		if x.text("covered_pct") != "" {
			covered = x.text("covered_pct") + " %"
		}
		equal := "-"
		if x.text("equal_pct") != "" {
			equal = x.text("equal_pct") + " % of " + x.text("compared")
		}
		rows = append(rows, []string{x.text("source"), x.text("scheduled"), x.text("due"), x.text("present"), covered, x.text("accepted"), x.text("open"), x.text("pending"), equal})
	}
	p.printf("\n")
	p.table([]string{"source", "scheduled", "due", "present", "covered", "accepted", "open", "pending", "agrees with primary"}, rows)
}

func (p *text) chains(r *record.Record) {
	var rows [][]string
	for _, x := range rowsOf(r, "chains") {
		rows = append(rows, x.texts("chain", "games", "primary", "fallback", "reconstructed", "degraded", "missing", "pending"))
	}
	p.printf("\n")
	p.table([]string{"chain", "games", "primary", "fallback", "reconstructed", "degraded", "missing", "pending"}, rows)
}

func (p *text) quality(r *record.Record) {
	var rows [][]string
	for _, x := range rowsOf(r, "quality") {
		rows = append(rows, x.texts("table_name", "rows", "gold", "silver", "bronze", "poor", "unusable"))
	}
	if len(rows) > 0 {
		p.printf("\n")
		p.table([]string{"table", "rows", "gold", "silver", "bronze", "poor", "unusable"}, rows)
	}
}

// rulesChanged tells in one line what would else look as if thousands of sources
// had recovered in one night.
func (p *text) rulesChanged(r *record.Record) {
	var all int64
	var types []string
	changed := rowsOf(r, "rules_changed")
	for _, x := range changed {
		all += x.number("withdrawn")
		types = append(types, x.text("withdrawn")+" "+x.text("event_type"))
	}
	if all == 0 {
		return
	}
	p.printf("\nthe rules changed since the run of %s and no longer make %s, now withdrawn (%s)",
		minute(changed[0]["since"]), phrase.Count(all, "recorded event"), strings.Join(types, ", "))
	if r.Note != "" { // it was blocked, looks back or is dry
		p.printf("; this run records nothing of it")
	}
	p.printf("\n")
}

// events come by group, as they are told; one game's are in explain.
func (p *text) events(r *record.Record) {
	var rows [][]string
	var all int64
	for _, x := range rowsOf(r, "events") {
		all += x.number("in_window") + x.number("elsewhere")
		rows = append(rows, []string{x.text("severity"), x.text("event_type"), dash(x.text("about")), x.text("in_window"), x.text("elsewhere"), x.text("oldest"), x.text("newest"), x.text("first_said")})
	}
	if all == 0 {
		p.printf("\nno open events\n")
		return
	}
	p.printf("\n%s, worst first\n", phrase.Count(all, "open event"))
	p.table([]string{"severity", "event", "about", "in range", "other dates", "oldest", "newest", "example"}, rows)
	p.printf("  next: sourcecov explain GAME, with the same --bucket and --workdir\n")
}

func (p *text) overdue(r *record.Record) {
	for _, x := range rowsOf(r, "overdue") {
		p.printf("\nschedule %s: %s of %s..%s should be over, but the newest schedule (%s) does not say final %s h after tip-off\n",
			x.text("season"), phrase.Count(x.number("games"), "game"), x.text("oldest"), x.text("newest"), minute(x["listed_at"]), x.text("hours"))
		p.printf("  %s competitive; %s final on ESPN and due all the same, the others cannot fall due\n", x.text("competitive"), x.text("final_elsewhere"))
		p.printf("  next: scrape the schedule of %s again\n", x.text("season"))
	}
}

func (p *text) gaps(r *record.Record) {
	gaps := rowsOf(r, "gaps")
	var scheduled int64
	for _, x := range rowsOf(r, "coverage") {
		scheduled += x.number("scheduled")
	}
	switch {
	case scheduled == 0 && r.Game != "":
		p.printf("\n%s is no game in range for which data is expected\n", r.Game)
	case scheduled == 0:
		p.printf("\nno game in range for which data is expected\n")
	case len(gaps) == 0:
		p.printf("\nno open gaps in range\n")
	default:
		order := "oldest first"
		if gaps[len(gaps)-1].text("is_unchanged") == "true" {
			order += ", last those that scraping again does not change"
		}
		p.printf("\n%s in range, %s\n", phrase.Count(len(gaps), "open gap"), order)
		var rows [][]string
		for _, x := range gaps[:min(shownRows, len(gaps))] {
			rows = append(rows, []string{x.text("nba_game_id"), x.text("game_date"), x.text("away_team") + "@" + x.text("home_team"), x.text("source"), x.text("status"), x.text("reason")})
		}
		p.table([]string{"game", "date", "teams", "source", "status", "reason"}, rows)
		p.more(len(gaps))
	}
	for _, x := range rowsOf(r, "gaps_elsewhere") {
		p.printf("other dates: %s at %s, of %s..%s\n", phrase.Count(x.number("gaps"), "open gap"), x.text("source"), x.text("oldest"), x.text("newest"))
	}
}

func (p *text) accepted(r *record.Record) {
	accepted := rowsOf(r, "accepted")
	if len(accepted) == 0 {
		return
	}
	p.printf("\n%s with accepted gaps\n", phrase.Count(len(accepted), "game"))
	var rows [][]string
	for _, x := range accepted {
		rows = append(rows, []string{x.text("nba_game_id"), x.text("game_date"), x.text("away_team") + "@" + x.text("home_team"), x.text("owner") + ": " + x.text("reason"), x.text("cells")})
	}
	p.table([]string{"game", "date", "teams", "accepted by", "what is there instead"}, rows)
}

func (p *text) objects(r *record.Record) {
	var all, rows, quarantined, ignored, gone int64
	for _, x := range rowsOf(r, "objects") {
		all, rows, gone = all+x.number("objects"), rows+x.number("rows_parsed"), gone+x.number("gone")
		quarantined, ignored = quarantined+x.number("quarantined"), ignored+x.number("ignored")
	}
	p.printf("\n%s gave %s; %d quarantined, %d ignored, %d gone from the bucket\n",
		phrase.Count(all, "object"), phrase.Count(rows, "row"), quarantined, ignored, gone)
	if vanished := rowsOf(r, "gone_objects"); len(vanished) > 0 {
		for _, x := range vanished[:min(shownGone, len(vanished))] {
			p.printf("  gone: %s\n", x.text("object"))
		}
		if more := len(vanished) - shownGone; more > 0 {
			p.printf("  and %d more; --json lists them all\n", more)
		}
	}
	refused := rowsOf(r, "refused_objects")
	var lines [][]string
	for _, x := range refused[:min(shownRows, len(refused))] {
		lines = append(lines, []string{x.text("outcome"), x.text("object"), x.text("reason")})
	}
	if len(lines) > 0 {
		p.table([]string{"outcome", "object", "reason"}, lines)
		p.more(len(refused))
	}
}

// later tells of objects that no count has: a stamp in the future is a wrong clock.
func (p *text) later(r *record.Record) {
	objects := rowsOf(r, "later_objects")
	if len(objects) == 0 {
		return
	}
	p.printf("\n%s stamped after as-of, in no count and no table until then, latest first\n", phrase.Count(objects[0].number("later"), "object"))
	var lines [][]string
	for _, x := range objects {
		lines = append(lines, []string{x.text("object"), minute(x["snapshot_at"]), x.text("snapshot_from")})
	}
	p.table([]string{"object", "stamped", "by"}, lines)
	if more := objects[0].number("later") - int64(len(objects)); more > 0 {
		p.printf("  and %d more\n", more)
	}
}

func (p *text) warnings(r *record.Record) {
	for _, c := range r.Checks {
		if c.Failed() || len(c.Rows.Rows) == 0 {
			continue
		}
		p.printf("\n%s from check %s\n", phrase.Count(len(c.Rows.Rows), "warning"), c.Check)
		p.table(c.Rows.Columns, cells(c.Rows.Rows)[:min(shownRows, len(c.Rows.Rows))])
		p.more(len(c.Rows.Rows))
	}
}

func (p *text) published(r *record.Record, alreadyDone bool) {
	p.printf("\n")
	switch {
	case r.Note != "":
		p.printf("%s\n", r.Note)
	case alreadyDone:
	default:
		for _, t := range r.Run.Tables {
			p.printf("published %s: %s, %d of %s loaded\n", t.Table, phrase.Count(t.Rows, "row"), t.Loaded, phrase.Count(t.Partitions, "partition"))
		}
		if r.Loaded() == 0 {
			p.printf("nothing new: every partition is as it was last published\n")
		}
	}
	passed := len(r.Checks) - int(r.Run.ChecksFailed)
	p.printf("run %s, %d of %s passed\n", r.RunID, passed, phrase.Count(len(r.Checks), "check"))
}

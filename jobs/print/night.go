package print

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sourcecov/jobs/night"
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

// Sections are the parts of a summary that are printed only where they are asked for.
func Sections() []string {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	return names
}

// sections, in the order in which they are printed, each with how many there are of it.
var sections = []struct {
	name string
	size func(*record.Record) int
	tell func(*text, *record.Record)
}{
	{"events", func(r *record.Record) int { return sum(r, "events", "in_window") + sum(r, "events", "elsewhere") }, (*text).events},
	{"gaps", func(r *record.Record) int { return len(rowsOf(r, "gaps")) + sum(r, "gaps_elsewhere", "gaps") }, (*text).gaps},
	{"accepted", func(r *record.Record) int { return len(rowsOf(r, "accepted")) }, (*text).accepted},
	{"decided", func(r *record.Record) int { return len(rowsOf(r, "decided")) }, (*text).decided},
	{"quality", func(r *record.Record) int { return len(rowsOf(r, "quality")) }, (*text).quality},
	{"names", func(r *record.Record) int { return sum(r, "unmatched", "names") }, (*text).unmatched},
	{"objects", func(r *record.Record) int { return len(rowsOf(r, "refused_objects")) + len(rowsOf(r, "gone_objects")) }, (*text).refused},
	{"later", func(r *record.Record) int { return len(rowsOf(r, "later_objects")) }, (*text).later},
	{"warnings", warnings, (*text).warnings},
	{"loads", func(r *record.Record) int { return len(r.Run.Tables) }, (*text).loads},
}

func sum(r *record.Record, report, column string) int {
	var all int64
	for _, x := range rowsOf(r, report) {
		all += x.number(column)
	}
	return int(all)
}

func warnings(r *record.Record) (n int) {
	for _, c := range r.Checks {
		if !c.Failed() {
			n += len(c.Rows.Rows)
		}
	}
	return n
}

// summary tells the result of a run, or of one that was done before: first the
// answer, then what matters, and at the end the answer again.
func (p *text) summary(result *night.Result) {
	r := result.Record
	p.verdict(r)
	p.scope(r)
	p.meant(r)
	if result.AlreadyDone {
		p.printf("already done: run %s had the same inputs; nothing was loaded\n", r.RunID)
	}
	p.failures(r)
	if result.DryRun {
		p.plan(r)
	}
	p.sinceLast(r)
	p.worst(r)
	p.holes(r)
	p.coverage(r)
	p.chains(r)
	p.audited(r)
	p.rulesChanged(r)
	p.overdue(r)
	p.objects(r)
	var more []string
	for _, s := range sections {
		switch size := s.size(r); {
		case size == 0:
		case slices.Contains(p.details, s.name):
			s.tell(p, r)
		default:
			more = append(more, fmt.Sprintf("%s (%d)", s.name, size))
		}
	}
	if len(more) > 0 {
		p.printf("\nmore: sourcecov report --details SECTION%s: %s\n", p.where, strings.Join(more, ", "))
	}
	p.published(r, result.AlreadyDone)
	p.told(result.Told)
	p.verdict(r)
	p.exits(result)
}

// verdict is the first and the last line.
func (p *text) verdict(r *record.Record) {
	v := r.Verdict
	if v == nil {
		v = &record.Verdict{Judgement: record.NotJudged, Said: "this run was recorded by a version that gave no verdict"}
	}
	p.printf("%s: %s\n", p.paint(tones[v.Judgement], v.Word()), v.Said)
}

// sinceLast tells what is new since the last night, and what has ended and by what.
func (p *text) sinceLast(r *record.Record) {
	for _, kind := range []struct{ change, head string }{{"new", "new since the last night"}, {"ended", "ended since the last night"}} {
		var rows [][]string
		for _, x := range rowsOf(r, "changes") {
			if x.text("change") != kind.change {
				continue
			}
			said := x.text("said")
			if how := x.text("how"); how != "" {
				said = strings.ReplaceAll(how, "_", " ") + ": " + said
			}
			rows = append(rows, []string{x.text("severity"), x.text("event_type"), dash(x.text("about")), x.text("events"), dash(x.text("game")), said})
		}
		if len(rows) > 0 {
			p.printf("\n%s\n", kind.head)
			p.table([]string{"severity", "event", "about", "events", "newest", "what"}, rows)
		}
	}
}

// worst names the games that matter most, each with what tells more of it.
func (p *text) worst(r *record.Record) {
	games := rowsOf(r, "worst_games")
	if len(games) == 0 {
		return
	}
	all := games[0].number("games")
	switch {
	case all > int64(len(games)):
		p.printf("\nthe worst %d of %s with something wrong, with rows below gold and windows without it\n", len(games), phrase.Count(all, "game"))
	default:
		p.printf("\n%s with something wrong, worst first, with rows below gold and windows without it\n", phrase.Count(all, "game"))
	}
	var rows [][]string
	for _, x := range games {
		since, _, _ := strings.Cut(minute(x["since"]), " ")
		if x.text("is_new") == "true" {
			since = "new"
		}
		rows = append(rows, []string{x.text("severity"), dash(since), x.text("low_rows"), x.text("short_windows"), "sourcecov explain " + x.text("game_code_id"), x.text("said")})
	}
	p.table([]string{"severity", "since", "rows", "windows", "next", "what"}, rows)
	if p.where != "" {
		p.printf("  next: each with%s\n", p.where)
	}
}

// holes tells which feeds lack what, so that it can be scraped again.
func (p *text) holes(r *record.Record) {
	holes := rowsOf(r, "holes")
	if len(holes) == 0 {
		return
	}
	p.printf("\nopen gaps by source and consecutive dates")
	if all := holes[0].number("holes"); all > int64(len(holes)) {
		p.printf(", the worst %d of %d", len(holes), all)
	}
	p.printf("\n")
	var rows [][]string
	for _, x := range holes {
		dates := x.dates()
		rows = append(rows, []string{x.text("severity"), x.text("games"), x.text("source"), x.text("status"), dates, dash(x.text("prefix")), x.text("reason")})
	}
	p.table([]string{"severity", "games", "source", "status", "dates", "to be scraped again", "such as"}, rows)
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
		rows = append(rows, []string{x.text("source"), x.text("scheduled"), x.text("due"), x.text("present"), covered, x.text("accepted"), dash(x.text("decided")), x.text("open"), x.text("pending"), equal})
	}
	p.printf("\n")
	p.table([]string{"source", "scheduled", "due", "present", "covered", "accepted", "decided", "open", "pending", "agrees with primary"}, rows)
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
	p.printf("\n")
	p.table([]string{"table", "rows", "gold", "silver", "bronze", "poor", "unusable"}, rows)
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
		group := cmp.Or(x.text("batch_id"), x.text("event_type")) // infos come as one count for each type
		rows = append(rows, []string{x.text("severity"), group, x.text("in_window"), x.text("elsewhere"), x.text("oldest"), x.text("newest"), x.text("first_said")})
	}
	p.printf("\n%s, worst first\n", phrase.Count(all, "open event"))
	p.table([]string{"severity", "group", "in range", "other dates", "oldest", "newest", "example"}, rows)
	p.printf("  next: sourcecov explain GAME%s; sourcecov ack GROUP --for 3d --by YOU%s\n", p.where, p.where)
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
	p.printf("\n%s with accepted gaps\n", phrase.Count(len(accepted), "game"))
	var rows [][]string
	for _, x := range accepted {
		rows = append(rows, []string{x.text("nba_game_id"), x.text("game_date"), x.text("away_team") + "@" + x.text("home_team"), x.text("owner") + ": " + x.text("reason"), x.text("cells")})
	}
	p.table([]string{"game", "date", "teams", "accepted by", "what is there instead"}, rows)
}

// decided tells what people decided, and how much of the night it is about.
func (p *text) decided(r *record.Record) {
	decided := rowsOf(r, "decided")
	p.printf("\n%s of people in force\n", phrase.Count(len(decided), "decision"))
	var rows [][]string
	for _, x := range decided {
		what := x.text("decision")
		if x["until"] != nil {
			what += " until " + minute(x["until"])
		}
		rows = append(rows, []string{x.text("decision_id"), what, x.text("acted_by"), x.text("batch_id"), x.text("game_date"), dash(x.text("nba_game_id")),
			x.text("events"), x.text("gaps"), x.text("why")})
	}
	p.table([]string{"decision", "what", "by", "group", "date", "game", "events", "gaps", "why"}, rows)
	p.printf("  next: sourcecov undo DECISION --by YOU%s\n", p.where)
}

// objects tells in a few lines what came of the bucket.
func (p *text) objects(r *record.Record) {
	quarantined, replaced := sum(r, "objects", "quarantined"), 0
	for _, x := range rowsOf(r, "refused_objects") {
		if x.text("is_replaced") == "true" {
			replaced++
		}
	}
	told := fmt.Sprintf("%d quarantined", quarantined)
	if replaced > 0 {
		told += fmt.Sprintf(" (%d replaced by a good one since)", replaced)
	}
	if names, versions := sum(r, "objects", "names"), sum(r, "objects", "objects"); names < versions {
		p.printf("\n%s in %s", phrase.Count(names, "object"), phrase.Count(versions, "version"))
	} else {
		p.printf("\n%s", phrase.Count(names, "object"))
	}
	p.printf(" gave %s; %s, %d ignored, %d gone from the bucket\n", phrase.Count(sum(r, "objects", "rows_parsed"), "row"), told,
		sum(r, "objects", "ignored"), sum(r, "objects", "gone"))
	if later := rowsOf(r, "later_objects"); len(later) > 0 {
		p.printf("%s stamped after as-of, in no count and no table until then\n", phrase.Count(later[0].number("later"), "object"))
	}
	if accepted := len(rowsOf(r, "accepted")); accepted > 0 {
		p.printf("%s with accepted gaps\n", phrase.Count(accepted, "game"))
	}
	if decided := len(rowsOf(r, "decided")); decided > 0 {
		p.printf("%s of people in force\n", phrase.Count(decided, "decision"))
	}
	if names := rowsOf(r, "unmatched"); len(names) > 0 {
		p.printf("%s that no player of its team bears in the first source, such as %s\n", phrase.Count(sum(r, "unmatched", "names"), "name"), names[0].text("example"))
	}
	if n := warnings(r); n > 0 {
		var checks []string
		for _, c := range r.Checks {
			if !c.Failed() && len(c.Rows.Rows) > 0 {
				checks = append(checks, c.Check)
			}
		}
		p.printf("%s from %s\n", phrase.Count(n, "warning"), strings.Join(checks, ", "))
	}
}

func (p *text) unmatched(r *record.Record) {
	var rows [][]string
	for _, x := range rowsOf(r, "unmatched") {
		rows = append(rows, x.texts("source", "names", "games", "example"))
	}
	p.printf("\nnames that neither name nor id brought together with a player; the table unmatched_names has them all\n")
	p.table([]string{"source", "names", "games", "such as"}, rows)
}

// refused are the objects of which nothing or not everything could be used.
func (p *text) refused(r *record.Record) {
	refused := rowsOf(r, "refused_objects")
	p.printf("\nobjects of which nothing or not everything could be used\n")
	if vanished := rowsOf(r, "gone_objects"); len(vanished) > 0 {
		for _, x := range vanished[:min(shownGone, len(vanished))] {
			p.printf("  gone: %s\n", x.text("object"))
		}
		if more := len(vanished) - shownGone; more > 0 {
			p.printf("  and %d more; --json lists them all\n", more)
		}
	}
	var lines [][]string
	for _, x := range refused {
		if x.text("is_replaced") == "true" {
			continue
		}
		lines = append(lines, []string{x.text("outcome"), x.text("object"), x.text("reason")})
	}
	if len(lines) > 0 {
		p.table([]string{"outcome", "object", "reason"}, lines[:min(shownRows, len(lines))])
		p.more(len(lines))
	}
	if replaced := len(refused) - len(lines); replaced > 0 {
		p.printf("  and %d that could not be read, of which a good one has come since\n", replaced)
	}
}

// later tells of objects that no count has: a stamp in the future is a wrong clock.
func (p *text) later(r *record.Record) {
	objects := rowsOf(r, "later_objects")
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

// loads tells what of each table was loaded.
func (p *text) loads(r *record.Record) {
	p.printf("\n")
	for _, t := range r.Run.Tables {
		p.printf("published %s: %s, %d of %s loaded\n", t.Table, phrase.Count(t.Rows, "row"), t.Loaded, phrase.Count(t.Partitions, "partition"))
	}
}

// published tells where things are.
func (p *text) published(r *record.Record, alreadyDone bool) {
	p.printf("\n")
	loaded := r.Loaded()
	switch {
	case r.Note != "":
		p.printf("%s\n", r.Note)
	case alreadyDone:
	case loaded == 0:
		p.printf("published into %s: nothing new, every partition is as it was last published\n", r.Run.Target)
	default:
		p.printf("published into %s: %s, %d of %s loaded\n", r.Run.Target, phrase.Count(len(r.Run.Tables), "table"), loaded,
			phrase.Count(loaded+r.Unchanged(), "partition"))
	}
	passed := len(r.Checks) - int(r.Run.ChecksFailed)
	p.printf("run %s, %d of %s passed\n", r.RunID, passed, phrase.Count(len(r.Checks), "check"))
}

package jobs

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"
)

// textUI writes for people.
type textUI struct {
	out, err io.Writer
	log      *slog.Logger
}

func (u *textUI) start(string) {}

func (u *textUI) scope(r *record) {
	fmt.Fprintf(u.out, "bucket %s, as of %s, ", r.Bucket, r.Run.AsOf.Format(time.RFC3339))
	if r.Game != "" {
		fmt.Fprintf(u.out, "game %s, ", r.Game)
	}
	if r.Run.WindowFrom == firstDate {
		fmt.Fprintln(u.out, "whatever its date")
		return
	}
	fmt.Fprintf(u.out, "games of %s..%s\n", r.Run.WindowFrom, r.Run.WindowTo)
}

func (u *textUI) step(name, said string, took time.Duration) {
	u.log.Info(said, "step", name, "ms", took.Milliseconds())
}

func (u *textUI) plan(r *record) {
	fmt.Fprintln(u.out, "\nplan")
	for _, p := range r.Plan {
		fmt.Fprintf(u.out, "  %s: %s, %d of %s to load", p.Table, count(p.Rows, "row"), p.ToLoad, count(p.Partitions, "partition"))
		if p.ToLoad > 0 {
			fmt.Fprintf(u.out, " in %s", count(int64(len(p.Jobs)), "job"))
		}
		fmt.Fprintln(u.out)
	}
}

// shownRows is how many rows of a list that may be endless are printed; the
// published tables and --json have them all.
const shownRows = 50

func (u *textUI) summary(r *record, again bool) {
	if again {
		fmt.Fprintf(u.out, "already done: run %s had the same inputs; nothing was loaded\n", r.RunID)
	}
	u.failures(r)
	u.coverage(r)
	u.chains(r)
	u.quality(r)
	u.events(r)
	u.overdue(r)
	u.gaps(r)
	u.accepted(r)
	u.objects(r)
	u.warnings(r)
	u.published(r, again)
}

// failures come first: they are why nothing was published.
func (u *textUI) failures(r *record) {
	for _, c := range r.Checks {
		if !c.Failed() {
			continue
		}
		fmt.Fprintf(u.err, "sourcecov: blocked by check %s; no data table was published\n", c.Check)
		if c.Blind {
			fmt.Fprintf(u.out, "\nBLOCKED by check %s: it looked over nothing although its inputs have rows\n", c.Check)
			continue
		}
		fmt.Fprintf(u.out, "\nBLOCKED by check %s: %s of %d\n", c.Check, count(int64(len(c.Rows.Rows)), "offending row"), c.Over)
		u.table(c.Rows.Columns, cells(c.Rows.Rows))
	}
	if r.Run.ChecksFailed > 0 {
		fmt.Fprintln(u.out, "next: mend what the rows name (sql/check/ holds the checks), then run again; no data table was published")
	}
}

func (u *textUI) coverage(r *record) {
	var rows [][]string
	for _, x := range r.of("coverage") {
		covered := "-"
		if x["covered_pct"] != "" {
			covered = x["covered_pct"] + " %"
		}
		equal := "-"
		if x["equal_pct"] != "" {
			equal = x["equal_pct"] + " % of " + x["compared"]
		}
		rows = append(rows, []string{x["source"], x["scheduled"], x["due"], x["present"], covered, x["accepted"], x["open"], x["pending"], equal})
	}
	fmt.Fprintln(u.out)
	u.table([]string{"source", "scheduled", "due", "present", "covered", "accepted", "open", "pending", "lines equal"}, rows)
}

func (u *textUI) chains(r *record) {
	var rows [][]string
	for _, x := range r.of("chains") {
		rows = append(rows, []string{x["chain"], x["games"], x["primary"], x["fallback"], x["reconstructed"], x["degraded"], x["missing"], x["pending"]})
	}
	fmt.Fprintln(u.out)
	u.table([]string{"chain", "games", "primary", "fallback", "reconstructed", "degraded", "missing", "pending"}, rows)
}

func (u *textUI) quality(r *record) {
	var rows [][]string
	for _, x := range r.of("quality") {
		rows = append(rows, []string{x["table_name"], x["rows"], x["gold"], x["silver"], x["bronze"], x["poor"], x["unusable"]})
	}
	if len(rows) > 0 {
		fmt.Fprintln(u.out)
		u.table([]string{"table", "rows", "gold", "silver", "bronze", "poor", "unusable"}, rows)
	}
}

// events come by group, as they are told; one game's are in explain.
func (u *textUI) events(r *record) {
	var rows [][]string
	var all int64
	for _, x := range r.of("events") {
		all += x.int("in_window") + x.int("elsewhere")
		rows = append(rows, []string{x["severity"], x["event_type"], dash(x["about"]), x["in_window"], x["elsewhere"], x["oldest"], x["newest"], x["first_said"]})
	}
	if all == 0 {
		fmt.Fprintln(u.out, "\nno open events")
		return
	}
	fmt.Fprintf(u.out, "\n%s, worst first\n", count(all, "open event"))
	u.table([]string{"severity", "event", "about", "in window", "elsewhere", "oldest", "newest", "such as"}, rows)
	fmt.Fprintln(u.out, "  next: sourcecov explain GAME, with the same --bucket and --workdir")
}

func (u *textUI) explained(about string, r reported) {
	fmt.Fprintf(u.out, "%s\n", strings.TrimSuffix(about, "."))
	switch {
	case len(r.Rows) == 0:
		fmt.Fprintln(u.out, "  nothing")
	case len(r.Rows) == 1:
		// One row reads better from top to bottom.
		w := tabwriter.NewWriter(u.out, 0, 0, 2, ' ', 0)
		for i, name := range r.Columns {
			fmt.Fprintf(w, "  %s\t%s\n", name, cells(r.Rows)[0][i])
		}
		w.Flush()
	default:
		u.table(r.Columns, cells(r.Rows))
	}
	fmt.Fprintln(u.out)
}

func (u *textUI) overdue(r *record) {
	for _, x := range r.of("overdue") {
		fmt.Fprintf(u.out, "\nschedule %s: %s of %s..%s past tip-off + %s h but not final in the newest valid snapshot (%s)\n",
			x["season"], count(x.int("games"), "game"), x["oldest"], x["newest"], x["hours"], minute(x["listed_at"]))
		fmt.Fprintf(u.out, "  %s competitive; %s final on ESPN and due all the same, the others cannot fall due\n", x["competitive"], x["final_elsewhere"])
		fmt.Fprintf(u.out, "  next: scrape the schedule of %s again\n", x["season"])
	}
}

func (u *textUI) gaps(r *record) {
	gaps := r.of("gaps")
	var scheduled int64
	for _, x := range r.of("coverage") {
		scheduled += x.int("scheduled")
	}
	switch {
	case scheduled == 0 && r.Game != "":
		fmt.Fprintf(u.out, "\n%s is no game in the window for which data is expected\n", r.Game)
	case scheduled == 0:
		fmt.Fprintln(u.out, "\nno game in the window for which data is expected")
	case len(gaps) == 0:
		fmt.Fprintln(u.out, "\nno open gaps in the window")
	default:
		fmt.Fprintf(u.out, "\n%s in the window, oldest first\n", count(int64(len(gaps)), "open gap"))
		var rows [][]string
		for _, x := range gaps[:min(shownRows, len(gaps))] {
			rows = append(rows, []string{x["nba_game_id"], x["game_date"], x["away_team"] + "@" + x["home_team"], x["source"], x["status"], x["reason"]})
		}
		u.table([]string{"game", "date", "teams", "source", "status", "reason"}, rows)
		u.more(len(gaps))
	}
	for _, x := range r.of("gaps_elsewhere") {
		fmt.Fprintf(u.out, "outside the window: %s at %s, of %s..%s\n", count(x.int("gaps"), "open gap"), x["source"], x["oldest"], x["newest"])
	}
}

func (u *textUI) accepted(r *record) {
	accepted := r.of("accepted")
	if len(accepted) == 0 {
		return
	}
	fmt.Fprintf(u.out, "\n%s with accepted gaps\n", count(int64(len(accepted)), "game"))
	var rows [][]string
	for _, x := range accepted {
		rows = append(rows, []string{x["nba_game_id"], x["game_date"], x["away_team"] + "@" + x["home_team"], x["owner"] + ": " + x["reason"], x["cells"]})
	}
	u.table([]string{"game", "date", "teams", "accepted by", "what is there instead"}, rows)
}

func (u *textUI) objects(r *record) {
	var all, rows, quarantined, ignored, gone int64
	for _, x := range r.of("objects") {
		all, rows, gone = all+x.int("objects"), rows+x.int("rows_parsed"), gone+x.int("gone")
		quarantined, ignored = quarantined+x.int("quarantined"), ignored+x.int("ignored")
	}
	fmt.Fprintf(u.out, "\n%s gave %s; %d quarantined, %d ignored, %d gone from the bucket\n",
		count(all, "object"), count(rows, "row"), quarantined, ignored, gone)
	refused := r.of("refused_objects")
	var lines [][]string
	for _, x := range refused[:min(shownRows, len(refused))] {
		lines = append(lines, []string{x["outcome"], x["object"], x["reason"]})
	}
	if len(lines) > 0 {
		u.table([]string{"outcome", "object", "reason"}, lines)
		u.more(len(refused))
	}
}

func (u *textUI) warnings(r *record) {
	for _, c := range r.Checks {
		if c.Failed() || len(c.Rows.Rows) == 0 {
			continue
		}
		fmt.Fprintf(u.out, "\n%s from check %s\n", count(int64(len(c.Rows.Rows)), "warning"), c.Check)
		u.table(c.Rows.Columns, cells(c.Rows.Rows)[:min(shownRows, len(c.Rows.Rows))])
		u.more(len(c.Rows.Rows))
	}
}

func (u *textUI) published(r *record, again bool) {
	fmt.Fprintln(u.out)
	switch {
	case r.Note != "":
		fmt.Fprintln(u.out, r.Note)
	case again:
	default:
		for _, t := range r.Run.Tables {
			fmt.Fprintf(u.out, "published %s: %s, %d of %s loaded\n", t.Table, count(t.Rows, "row"), t.Loaded, count(t.Partitions, "partition"))
		}
		if r.loaded() == 0 {
			fmt.Fprintln(u.out, "nothing new: every partition is as it was last published")
		}
	}
	passed := len(r.Checks) - int(r.Run.ChecksFailed)
	fmt.Fprintf(u.out, "run %s, %d of %s passed\n", r.RunID, passed, count(int64(len(r.Checks)), "check"))
}

func (u *textUI) fail(err error, hint string) {
	fmt.Fprintf(u.err, "sourcecov: %v\n", err)
	if hint != "" {
		fmt.Fprintf(u.err, "next: %s\n", hint)
	}
}

func (u *textUI) end(int) {}

func (u *textUI) more(n int) {
	if n > shownRows {
		fmt.Fprintf(u.out, "  and %d more; --json lists them all\n", n-shownRows)
	}
}

// table aligns columns, two spaces in and two between.
func (u *textUI) table(head []string, rows [][]string) {
	w := tabwriter.NewWriter(u.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  %s\n", strings.Join(head, "\t"))
	for _, r := range rows {
		fmt.Fprintf(w, "  %s\n", strings.Join(r, "\t"))
	}
	w.Flush()
}

// dash stands for what is not there.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func cells(rows [][]*string) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		for _, cell := range r {
			if cell == nil {
				out[i] = append(out[i], "-")
				continue
			}
			out[i] = append(out[i], *cell)
		}
	}
	return out
}

// count is a number with its noun: 1 game, 2 games.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// minute shortens 2025-04-19 10:00:00+00 to 2025-04-19 10:00Z.
func minute(instant string) string {
	if len(instant) < 16 {
		return instant
	}
	return instant[:16] + "Z"
}

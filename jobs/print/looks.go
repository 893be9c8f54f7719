package print

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/diff"
	"sourcecov/jobs/gaps"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
	"sourcecov/jobs/runs"
)

// Formats are the forms in which a list can be printed; the first is for people.
var Formats = []string{"text", "md", "csv", "json"}

// A sheet prints lists for another program: a table and nothing else. NULL is an
// empty cell. All that is no list it prints as text.
type sheet struct {
	text
	format string // md or csv
}

// Began tells nothing: the table is all.
func (p *sheet) Began(*record.Record) {}

// Gaps is the table of them.
func (p *sheet) Gaps(g *gaps.Result) { p.sheet(g.Columns, g.Rows) }

// Runs is the table of them; on stderr stands which records cannot be read.
func (p *sheet) Runs(r *runs.Result) {
	p.sheet(runColumns, runRows(r))
	for _, x := range r.Runs {
		if x.Fault != nil {
			p.say("sourcecov: %v\n", x.Fault)
		}
	}
}

// Answer is the table of it.
func (p *sheet) Answer(t *duckdb.Table) { p.sheet(t.Columns, t.Rows) }

// markdown is what would not stand in a cell as it is.
var markdown = strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "<", `\<`, "[", `\[`, "~", `\~`, "&", `\&`)

// sheet writes a table: CSV as RFC 4180 has it, but with lines that end in LF; or
// the tables of GitHub's Markdown.
func (p *sheet) sheet(columns []string, rows [][]any) {
	lines := [][]string{columns}
	for _, row := range rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = duckdb.Text(cell)
		}
		lines = append(lines, line)
	}
	w := csv.NewWriter(p.out)
	for i, line := range lines {
		shown := make([]string, len(line))
		for j, cell := range line {
			if shown[j] = phrase.Printable(cell); p.format == "md" {
				shown[j] = markdown.Replace(shown[j])
			}
		}
		switch {
		case p.format == "md":
			p.bars(shown)
			if i == 0 {
				p.bars(strings.Split(strings.Repeat("---,", len(line)-1)+"---", ","))
			}
		case len(shown) == 1 && shown[0] == "":
			w.Flush() // a lone empty cell would be a blank line, which readers pass over
			p.printf("\"\"\n")
		default:
			w.Write(shown) // what is lost shows on stdout itself
		}
	}
	w.Flush()
}

func (p *sheet) bars(cells []string) { p.printf("| %s |\n", strings.Join(cells, " | ")) }

// prefixed is a text with what comes before it, if it is any.
func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// Gaps tells each gap, and how many of which kind there are.
func (p *text) Gaps(g *gaps.Result) {
	var lines [][]string
	many := map[string]int{}
	for _, x := range rowsIn(g.Table) {
		many[x.text("kind")]++
		because := x.text("reason")
		if owner := x.text("owner"); owner != "" {
			because = strings.TrimPrefix(fmt.Sprintf("%s; %s by %s: %s", because, cmp.Or(prefixed("decided, ", x.text("decision_id")), "accepted"), owner, x.text("accepted_because")), "; ")
		}
		lines = append(lines, []string{x.text("kind"), x.text("nba_game_id"), x.text("game_date"), x.text("away_team") + "@" + x.text("home_team"),
			x.text("source"), x.text("status"), x.text("severity"), dash(x.text("age_days")), x.text("rows_below_gold"), x.text("windows"), dash(short(x.text("event_id"))), dash(x.text("batch_id")), because})
	}
	p.printf("run %s, ", g.Run.RunID)
	p.scope(g.Run)
	if len(lines) == 0 {
		p.printf("\nno such gaps\n")
		return
	}
	p.printf("\n")
	p.table([]string{"kind", "game", "date", "teams", "source", "status", "severity", "days", "rows below gold", "windows", "event", "group", "reason"}, lines)
	var counts []string
	for _, kind := range gaps.Kinds {
		if many[kind] > 0 {
			counts = append(counts, strconv.Itoa(many[kind])+" "+kind)
		}
	}
	p.printf("\n%s: %s\nnext: sourcecov explain GAME%s; sourcecov resolve EVENT|GAME or ack GROUP%s\n", phrase.Count(len(lines), "gap"), strings.Join(counts, ", "), p.where, p.where)
}

// Gaps tells each gap.
func (p *jsonLines) Gaps(g *gaps.Result) {
	for _, cells := range g.Rows {
		f := []any{}
		for i, name := range g.Columns {
			f = append(f, name, cells[i])
		}
		p.line("gap", f...)
	}
}

var runColumns = []string{"run_id", "as_of", "ran_at", "exit", "bucket", "window_from", "window_to", "game", "objects", "gaps_open", "loaded", "has_database", "note"}

// runRows are the runs whose records can be read.
func runRows(r *runs.Result) (rows [][]any) {
	for _, x := range r.Runs {
		if x.Record == nil {
			continue
		}
		var ranAt any
		if x.RanAt != nil {
			ranAt = *x.RanAt
		}
		run := x.Record.Run
		rows = append(rows, []any{x.ID, run.AsOf, ranAt, run.ExitCode, x.Record.Bucket, run.WindowFrom, run.WindowTo, orNull(x.Record.Game),
			run.ObjectsListed, run.GapsOpen, x.Record.Loaded(), x.HasDatabase, orNull(x.Record.Note)})
	}
	return rows
}

// Runs tells each run on a line.
func (p *text) Runs(r *runs.Result) {
	var lines [][]string
	for _, x := range runRows(r) {
		of := row{}
		for i, name := range runColumns {
			of[name] = x[i]
		}
		window, database := of.text("window_from")+".."+of.text("window_to"), "yes"
		if game := of.text("game"); game != "" {
			window = game
		}
		if of["has_database"] == false {
			database = "no"
		}
		lines = append(lines, []string{of.text("run_id"), minute(of["as_of"]), dash(minute(of["ran_at"])), of.text("exit"), of.text("bucket"), window,
			of.text("objects"), of.text("gaps_open"), of.text("loaded"), database, dash(of.text("note"))})
	}
	if len(lines) > 0 {
		p.table([]string{"run", "as of", "ran at", "exit", "bucket", "listed", "objects", "open gaps", "loaded", "database", "note"}, lines)
	}
	for _, x := range r.Runs {
		if x.Fault != nil {
			p.printf("%s: %v\n", x.ID, x.Fault)
		}
	}
	p.printf("\n%s", phrase.Count(r.Known, "run"))
	if more := r.Known - len(r.Runs); more > 0 {
		p.printf(", the newest %d listed; --limit %d lists all", len(r.Runs), r.Known)
	}
	if r.Unfinished > 0 {
		p.printf("; %s without a record: killed, or going on", phrase.Count(r.Unfinished, "folder"))
	}
	p.printf("\n")
}

// Runs tells each run, and which records cannot be read.
func (p *jsonLines) Runs(r *runs.Result) {
	for _, cells := range runRows(r) {
		f := []any{}
		for i, name := range runColumns {
			f = append(f, name, cells[i])
		}
		p.line("recorded_run", f...)
	}
	for _, x := range r.Runs {
		if x.Fault != nil {
			p.line("unread_run", "run_id", x.ID, "said", x.Fault.Error())
		}
	}
	p.line("recorded", "runs", r.Known, "listed", len(r.Runs), "unfinished", r.Unfinished)
}

// Answer tells what a query answers.
func (p *text) Answer(t *duckdb.Table) {
	p.table(t.Columns, cells(t.Rows))
	p.printf("%s\n", phrase.Count(len(t.Rows), "row"))
}

// Answer tells the columns, and each row by them.
func (p *jsonLines) Answer(t *duckdb.Table) {
	p.line("columns", "names", t.Columns, "types", t.Types)
	for _, cells := range t.Rows {
		f := fields{}
		for i, name := range t.Columns {
			value := cells[i]
			if _, err := marshal(value); err != nil { // JSON has no infinity, of numbers or of time
				value = duckdb.Text(value)
			}
			f = append(f, name, value)
		}
		p.line("row", "values", f)
	}
}

// Diff tells what came, where it shows by game, and what else is not the same.
func (p *text) Diff(d *diff.Result) {
	p.printf("first   run %s, as of %s\nsecond  run %s, as of %s\n", d.First.RunID, d.First.Run.AsOf.Format(time.RFC3339), d.Second.RunID, d.Second.Run.AsOf.Format(time.RFC3339))
	var lines [][]string
	for _, a := range d.Arrived[:min(shownRows, len(d.Arrived))] {
		lines = append(lines, []string{dash(a.Feed), dash(a.About), strconv.Itoa(a.Objects)})
	}
	p.section(phrase.Count(d.Objects(), "object")+" arrived", []string{"feed", "about", "objects"}, lines, len(d.Arrived))
	p.names(d)
	p.list(phrase.Count(len(d.Gone), "object")+" gone from the bucket", d.Gone)
	lines = nil
	cells := slices.Clone(d.Cells) // gaps first: not all may be shown
	slices.SortStableFunc(cells, func(a, b diff.Cell) int { return strings.Compare(b.Gap, a.Gap) })
	for _, c := range cells[:min(shownRows, len(cells))] {
		lines = append(lines, []string{c.Game, c.Date, c.Away + "@" + c.Home, c.Source, dash(c.Before), dash(c.After), dash(c.Gap)})
	}
	p.section(phrase.Count(len(d.Cells), "cell")+" not the same", []string{"game", "date", "teams", "source", "before", "after", "gap"}, lines, len(d.Cells))
	p.changes(phrase.Count(len(d.SQL), "SQL file")+" not the same", "file", "bytes", d.SQL)
	p.partitions(d.Partitions)
	p.changes(phrase.Count(len(d.Relations), "relation")+" not the same", "relation", "rows", d.Relations)
	p.changes(phrase.Count(len(d.Reports), "report")+" not the same", "report", "rows", d.Reports)
	p.printf("\n")
	for _, note := range d.Notes {
		p.printf("%s\n", note)
	}
	p.printf("%s\n", d.Summary())
}

// partitions are told a table a line, with their dates.
func (p *text) partitions(all []diff.Change) {
	var lines [][]string
	for _, c := range all {
		table, partition, _ := strings.Cut(c.Name, "/")
		if len(lines) == 0 || lines[len(lines)-1][0] != table {
			lines = append(lines, []string{table, "0", partition, partition})
		}
		last := lines[len(lines)-1]
		n, _ := strconv.Atoi(last[1])
		last[1], last[2], last[3] = strconv.Itoa(n+1), min(last[2], partition), max(last[3], partition)
	}
	p.section(phrase.Count(len(all), "partition")+" of published tables not the same", []string{"table", "partitions", "oldest", "newest"}, lines, len(lines))
}

// section is a table under its title, if it has a line; all counts those that are not shown too.
func (p *text) section(title string, head []string, lines [][]string, all int) {
	if len(lines) > 0 {
		p.printf("\n%s\n", title)
		p.table(head, lines)
		p.more(all)
	}
}

func (p *text) list(title string, names []string) {
	var lines [][]string
	for _, name := range names[:min(shownRows, len(names))] {
		lines = append(lines, []string{name})
	}
	if len(lines) > 0 {
		p.printf("\n%s\n", title)
		p.aligned(lines)
		p.more(len(names))
	}
}

// names are the first objects that arrived.
func (p *text) names(d *diff.Result) {
	var names []string
	for _, a := range d.Arrived {
		names = append(names, a.Names...)
	}
	for _, name := range names[:min(shownArrived, len(names))] {
		p.printf("  %s\n", name)
	}
	if more := d.Objects() - shownArrived; more > 0 {
		p.printf("  and %d more; --json names 20 of each line\n", more)
	}
}

const shownArrived = 20

func (p *text) changes(title, what, of string, all []diff.Change) {
	var lines [][]string
	for _, c := range all[:min(shownRows, len(all))] {
		lines = append(lines, []string{c.Name, size(c.Before), size(c.After)})
	}
	p.section(title, []string{what, of + " before", of + " after"}, lines, len(all))
}

func size(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

// Diff tells each thing that differs.
func (p *jsonLines) Diff(d *diff.Result) {
	for _, a := range d.Arrived {
		p.line("arrived", "feed", orNull(a.Feed), "about", orNull(a.About), "objects", a.Objects, "names", a.Names)
	}
	for _, name := range d.Gone {
		p.line("gone", "object", name)
	}
	for _, c := range d.Cells {
		p.line("cell_changed", "nba_game_id", c.Game, "game_date", c.Date, "away_team", orNull(c.Away), "home_team", orNull(c.Home), "source", c.Source,
			"before", orNull(c.Before), "after", orNull(c.After), "gap", orNull(c.Gap))
	}
	for _, c := range d.SQL {
		p.line("sql_changed", "path", c.Name, "bytes_before", c.Before, "bytes_after", c.After)
	}
	for _, c := range d.Partitions {
		table, partition, _ := strings.Cut(c.Name, "/")
		p.line("partition_changed", "table", table, "partition", partition, "rows_before", c.Before, "rows_after", c.After)
	}
	for _, c := range d.Relations {
		p.line("relation_changed", "relation", c.Name, "rows_before", c.Before, "rows_after", c.After)
	}
	for _, c := range d.Reports {
		p.line("report_changed", "report", c.Name, "rows_before", c.Before, "rows_after", c.After)
	}
	for _, note := range d.Notes {
		p.line("diff_note", "note", note)
	}
	opened, closed := d.Gaps()
	p.line("diff", "first", d.First.RunID, "second", d.Second.RunID, "arrived", d.Objects(), "gone", len(d.Gone), "relations", len(d.Relations),
		"partitions", len(d.Partitions), "cells", len(d.Cells), "gaps_opened", opened, "gaps_closed", closed)
}

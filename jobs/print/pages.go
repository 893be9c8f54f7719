package print

import (
	"fmt"
	"strings"
	"time"

	"sourcecov/jobs/gaps"
	"sourcecov/jobs/phrase"
)

// A Page is one that operators read, in GitHub's Markdown.
type Page struct {
	File string // its name
	Body []byte
	Rows int
}

// GapPages are the two pages that operators kept by hand: every known gap, by what
// became of it, and of each source and season how much of it is there.
func GapPages(g *gaps.Result) []Page {
	head := fmt.Sprintf("Run %s, bucket %s, as of %s. Written by `sourcecov gaps --export`, which writes it anew.\n",
		g.Run.RunID, cell(g.Run.Bucket), g.Run.Run.AsOf.Format(time.RFC3339))
	known := strings.Builder{}
	fmt.Fprintf(&known, "# Known gaps\n\n%s", head)
	rows := rowsIn(g.Table)
	for _, kind := range []struct{ name, means string }{
		{"open", "Open, in the dates of the run"}, {"older", "Open, on other dates"}, {"unchanged", "Open, and scraping again has not changed it"},
		{"decided", "Decided by a person"}, {"accepted", "Accepted by a person"}, {"lapsed", "Accepted, and there after all: the acceptance can go"},
	} {
		var lines [][]string
		for _, x := range rows {
			if x.text("kind") != kind.name {
				continue
			}
			line := []string{x.text("game_date"), x.text("away_team") + "@" + x.text("home_team"), x.text("nba_game_id"), x.text("source"), x.text("status"),
				x.text("severity"), x.text("age_days"), x.text("reason")}
			switch kind.name {
			case "decided", "accepted", "lapsed":
				line = append(line, x.text("owner"), x.text("accepted_because"), x.text("decision_id"))
			default:
				line = append(line, x.text("batch_id"), x.text("event_id"))
			}
			lines = append(lines, line)
		}
		if len(lines) == 0 {
			continue
		}
		columns := []string{"date", "teams", "game", "source", "status", "severity", "days", "reason"}
		switch kind.name {
		case "decided", "accepted", "lapsed":
			columns = append(columns, "by", "why", "decision")
		default:
			columns = append(columns, "group", "event")
		}
		fmt.Fprintf(&known, "\n## %s (%d)\n\n%s", kind.means, len(lines), bars(columns, lines))
	}
	if len(rows) == 0 {
		known.WriteString("\nThere is none.\n")
	}
	var lines [][]string
	for _, x := range rowsIn(*g.Tracker) {
		lines = append(lines, []string{x.text("season"), x.text("source"), x.text("first_date"), x.text("last_date"), x.text("whole_dates") + " of " + x.text("dates"),
			x.text("present") + " of " + x.text("due"), x.text("present_pct") + " %", x.text("borne"), x.text("open"), x.text("open_dates")})
	}
	tracker := fmt.Sprintf("# Coverage tracker\n\n%s\nBorne are gaps that a person accepted or decided. Dates and games are those that are due.\n\n%s", head,
		bars([]string{"season", "source", "first date", "last date", "whole dates", "games present", "present", "borne", "open", "open dates"}, lines))
	return []Page{{"known_gaps.md", []byte(known.String()), len(rows)}, {"coverage_tracker.md", []byte(tracker), len(lines)}}
}

// bars is a table.
func bars(columns []string, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) { fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | ")) }
	line(columns)
	line(strings.Split(strings.Repeat("---,", len(columns)-1)+"---", ","))
	for _, row := range rows {
		shown := make([]string, len(row))
		for i, text := range row {
			shown[i] = cell(text)
		}
		line(shown)
	}
	return out.String()
}

// cell is a text as it may stand in a page.
func cell(text string) string { return markdown.Replace(phrase.Printable(text)) }

// Wrote tells which files there are now.
func (p *text) Wrote(dir string, pages []Page) {
	for _, page := range pages {
		p.printf("wrote %s/%s, %s\n", dir, page.File, phrase.Count(page.Rows, "row"))
	}
}

// Wrote tells which files there are now.
func (p *jsonLines) Wrote(dir string, pages []Page) {
	for _, page := range pages {
		p.line("page", "file", dir+"/"+page.File, "rows", page.Rows)
	}
}

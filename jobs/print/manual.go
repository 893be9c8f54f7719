package print

import (
	"strings"
	"time"

	"sourcecov/jobs/manual"
	"sourcecov/jobs/phrase"
)

// Template prints what is to be filled in, or tells where it was written; where it
// belongs stands on stderr, so that stdout is the file.
func (p *text) Template(t *manual.Template, file string) {
	if file == "" {
		p.printf("%s", t.Body)
		if !p.quiet {
			p.say("sourcecov: of %s, to be kept as %s: fill in owner, why and what is known, and take out the rows that are none\n", t.Code, t.Object)
		}
		return
	}
	p.printf("wrote %s, %s of %s\n", file, phrase.Count(t.Rows, "row"), t.Code)
	p.printf("next: fill in owner, why and what is known, take out the rows that are none; then sourcecov manual check %s%s\n", file, p.where)
}

// Template is one line.
func (p *jsonLines) Template(t *manual.Template, file string) {
	p.line("template", "nba_game_id", t.Game, "game_code_id", t.Code, "object", t.Object, "file", orNull(file), "rows", t.Rows, "body", string(t.Body))
}

// Judged tells what a night would make of a file.
func (p *text) Judged(file string, v *manual.Verdict) {
	about := []string{phrase.Count(v.Lines, "line")}
	if v.Code != nil {
		about = append(about, "of "+*v.Code)
	}
	if v.Chain != nil {
		about = append(about, "for "+*v.Chain)
	}
	if v.SnapshotAt != nil {
		about = append(about, "as of "+v.SnapshotAt.UTC().Format(time.RFC3339))
	}
	p.printf("%s: %s\n", file, strings.Join(about, " "))
	if v.NotNumbers != nil {
		p.printf("what should be a number and is none: %s\n", phrase.Printable(*v.NotNumbers))
	}
	switch {
	case v.Refused != nil:
		return // the error tells
	case v.Supplies:
		p.printf("a night could use it, and it would supply the game\n")
	case v.SuppliedBy != nil:
		p.printf("a night could use it, and does not need it: the game is supplied by %s\n", *v.SuppliedBy)
	default:
		p.printf("a night could use it\n")
	}
	p.printf("next: copy it into the bucket as %s\n", v.Object)
}

// Judged is one line.
func (p *jsonLines) Judged(_ string, v *manual.Verdict) {
	p.line("manual_check", "object", v.Object, "nba_game_id", v.Game, "game_code_id", v.Code, "chain", v.Chain, "lines", v.Lines, "snapshot_at", v.SnapshotAt,
		"usable", v.Refused == nil, "refused", v.Refused, "not_numbers", v.NotNumbers, "supplies", v.Supplies, "supplied_by", v.SuppliedBy)
}

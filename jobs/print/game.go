package print

import "sourcecov/jobs/record"

// meant tells which game was taken to be meant, if it was typed otherwise than any
// table has it.
func (p *text) meant(r *record.Record) {
	for _, x := range rowsOf(r, "games_in_scope") {
		id, code := x.text("nba_game_id"), x.text("game_code_id")
		if r.Game != "" && r.Game != id && r.Game != code {
			p.printf("game %s is taken to be %s, %s\n", r.Game, id, code)
		}
	}
}

package diff

import (
	"cmp"
	"strings"
)

// A cell is a row of sql/list/cells.sql.
type cell struct {
	Game   string  `json:"nba_game_id"`
	Date   string  `json:"game_date"`
	Away   *string `json:"away_team"`
	Home   *string `json:"home_team"`
	Source string  `json:"source"`
	Status string  `json:"status"`
	IsOpen bool    `json:"is_open"`
}

func (c cell) key() string { return c.Game + " " + c.Source }

// compare puts cells in the order of the file.
func (c cell) compare(other cell) int {
	return cmp.Or(strings.Compare(c.Date, other.Date), strings.Compare(c.Game, other.Game), strings.Compare(c.Source, other.Source))
}

// text is what may not be known; "" for nothing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

package jobs_test

import (
	"fmt"
	"slices"
	"strings"

	"sourcecov/fixtures/feed"
)

// told is what an event says that is predicted here.
func told(r row) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", r["event_type"], r["nba_game_id"], r["chain"], r["source"],
		r["severity"]))
}

// events: what the log holds follows from the cells and the chains, and nothing
// else above info is in it.
func (j *verdict) events() {
	wanted := map[string]bool{}
	for _, g := range j.plan.all {
		for _, chain := range []string{"player_boxscores", "team_boxscores", "game_schedule"} {
			if e := j.chainEvent(g, chain); e != "" {
				wanted[e] = true
			}
		}
	}
	for _, g := range j.plan.games {
		if r := j.plan.resolve("player_boxscores", g, func(s string) string { return j.status(g.ID, s) }); j.dispute(g, r) != agreed {
			wanted["validation_failure "+g.ID+" player_boxscores  warning"] = true
		}
	}
	for _, f := range j.left {
		for _, e := range f.events {
			wanted[e] = true
		}
	}
	for _, e := range j.outages() {
		wanted[e] = true
	}
	seen := map[string]bool{}
	for key, r := range j.got["source_coverage_log"] {
		said := told(r)
		seen[said] = true
		switch r["event_type"] {
		case "traded_player_context", "thin_sample", "insufficient_sample", "quality_below_tolerance":
			continue // of windows
		case "data_corrected":
			if !slices.ContainsFunc(chainOrder[r["chain"]],
				func(s string) bool { return j.touched(cell{r["nba_game_id"], s}) }) {
				j.t.Errorf("nobody corrected anything: %v", r)
			}
			continue
		}
		if !wanted[said] {
			j.t.Errorf("event %s is not expected: %s (%s)", said, r["description"], key)
		}
	}
	for e := range wanted {
		if !seen[e] {
			j.t.Errorf("there is no event %q", e)
		}
	}
}

// chainEvent is the one event of a chain and game (RULES.md, "Events"), told
// apart from the SQL; "" if there is none.
func (j *verdict) chainEvent(g feed.Game, chain string) string {
	status := func(source string) string { return j.status(g.ID, source) }
	r := j.plan.resolve(chain, g, status)
	if slices.Contains([]string{"primary", "pending", "not_applicable"}, r.resolution) {
		return ""
	}
	for _, s := range chainOrder[chain] {
		if s != virtualTeam && s != feed.Schedule && !pastGrace(s, g, j.plan.asOf) {
			return ""
		}
	}
	primary := chainOrder[chain][0]
	kind, source, severity := "fallback_used", r.source, "info"
	switch {
	case r.resolution == "none":
		kind, source, severity = "source_missing", primary, "critical"
	case r.resolution == "partial":
		kind, severity = "source_degraded", "warning"
	case status(primary) == "unavailable" && strings.Contains(j.wants[cell{g.ID, primary}].says, "timeout"):
		kind, source, severity = "source_timeout", primary, "warning"
	case slices.Contains([]string{"unavailable", "corrupt", "invalid", "partial", "empty"}, status(primary)):
		kind, source, severity = "source_error", primary, "warning"
	case j.lacking(g, chain, r.source) != "":
		kind, source, severity = "source_error", j.lacking(g, chain, r.source), "warning"
	case r.resolution == "reconstructed":
		kind = "reconstruction"
	}
	return fmt.Sprintf("%s %s %s %s %s", kind, g.ID, chain, source, severity)
}

// lacking is the first member before the one used whose sides have no other fault
// than that they lack fields.
func (j *verdict) lacking(g feed.Game, chain, used string) string {
	for _, s := range chainOrder[chain] {
		if s == used {
			break
		}
		if j.wants[cell{g.ID, s}].lacks > 0 {
			return s
		}
	}
	return ""
}

// outages are the runs of five and more cells of a source that are neither
// present nor partial, or of which both sides lack fields, in due order and past grace.
func (j *verdict) outages() []string {
	var out []string
	for chain, members := range chainOrder {
		for i, source := range members {
			if source == virtualTeam || source == feed.Schedule {
				continue
			}
			games := slices.DeleteFunc(slices.Clone(j.plan.games), func(g feed.Game) bool {
				return j.status(g.ID, source) == "not_expected" || !pastGrace(source, g, j.plan.asOf)
			})
			slices.SortFunc(games, func(a, b feed.Game) int {
				if c := due(source, a).Compare(due(source, b)); c != 0 {
					return c
				}
				return strings.Compare(a.ID, b.ID)
			})
			var run feed.Games
			for k := range len(games) + 1 {
				if k < len(games) && (!slices.Contains([]string{"present", "partial"}, j.status(games[k].ID, source)) ||
					j.wants[cell{games[k].ID, source}].lacks == 2) {
					run = append(run, games[k])
					continue
				}
				if len(run) >= 5 {
					severity := "warning"
					dates := run.Dates(feed.Game.HasBoxScores)
					if i == 0 && len(dates) > 1 || slices.ContainsFunc(run, func(g feed.Game) bool {
						return j.plan.resolve(chain, g, func(s string) string {
							return j.status(g.ID,
								s)
						}).resolution == "none"
					}) {
						severity = "critical"
					}
					out = append(out, fmt.Sprintf("source_outage  %s %s %s", chain, source, severity))
				}
				run = nil
			}
		}
	}
	return out
}

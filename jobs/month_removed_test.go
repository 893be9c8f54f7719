package jobs_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// removedFromMonth takes away one team file, the player log of one date and one
// gamebook. What becomes of every published row is worked out here from the rows
// of the whole month and RULES.md, and not with the SQL.
func removedFromMonth(t *testing.T, month, whole string, gone removal) {
	load := func(work string) map[string]keyed {
		out := map[string]keyed{}
		for table, key := range keyOfTable {
			out[table] = published(t, work, table, key)
		}
		return out
	}
	was, want := load(whole), load(whole)
	bucket, work := copyBucket(t, os.DirFS(month)), t.TempDir()
	books, chains, players := "nbac_gamebook_player_stats", want["chain_resolution"], want["player_game_summary"]

	// A cell whose only object is gone is missing, and nothing in it can be compared.
	lose := func(game, source string) {
		cell := maps.Clone(want["source_status"][game+" "+source])
		due, err := time.Parse(time.RFC3339, cell["due_at"])
		if err != nil || cell["snapshots_seen"] != "1" {
			t.Fatalf("%s of %s: %v %v", source, game, cell, err)
		}
		want["source_status"].set(game+" "+source, map[string]string{"status": "missing",
			"reason":      due.Add(6 * time.Hour).Format("no object by 2006-01-02 15:04Z"),
			"snapshot_at": "", "object": "", "object_crc32c": "", "id_match": "", "snapshots_seen": "0",
			"rows_found": "0", "lines_compared": "", "lines_equal": ""})
		if err := os.RemoveAll(filepath.Join(bucket, cell["object"])); err != nil {
			t.Fatal(err)
		}
		delete(want["landed_objects"], cell["object"])
	}
	// What a chain comes to without its primary, in its own row and in its one event.
	stands := func(game, chain, primary, source, resolution, eventType, score, suppliedBy, points string) {
		chains.set(game+" "+chain, map[string]string{"resolution": resolution, "source_used": source,
			"is_fallback": "true", "score": score,
			"tried": "[map[source:" + primary + " status:missing] map[source:" + source + " status:present]]"})
		for _, c := range []string{"team_boxscores", "player_boxscores"} {
			chains.set(game+" "+c, map[string]string{"validation_note": points})
		}
		event := map[string]string{"event_id": another, "description": another, "downstream_impact": another,
			"fallback_sources_tried": another,
			"event_timestamp":        was["source_status"][game+" "+suppliedBy]["snapshot_at"], // late
			"event_type":             eventType, "severity": "info", "requires_alert": "false", "is_synthetic": "false",
			"phase": "2", "occurrence": "1",
			"environment": "local", "processor_name": "model/chain_event.sql", "chain": chain, "source": source,
			"batch_id":       eventType + ":" + source,
			"primary_source": primary, "primary_source_status": "missing", "resolution": resolution,
			"resolution_source":   source,
			"quality_tier_before": "gold", "quality_tier_after": "silver", "quality_score_before": "100",
			"quality_score_after": score}
		for _, c := range strings.Fields("nba_game_id game_code_id game_date season game_type away_team home_team") {
			event[c] = was["game_source_coverage"][game][c]
		}
		want["source_coverage_log"][keyOf(event, keyOfTable["source_coverage_log"])] = event
	}

	// The team file: its two rows are the sums of players, who know nothing of the team's own turnovers.
	lose(gone.teamGame, "nbac_team_boxscore")
	note := strings.Split(chains[gone.teamGame+" team_boxscores"]["validation_note"], ", ")
	stands(gone.teamGame, "team_boxscores", "nbac_team_boxscore", "reconstructed_team_from_players", "reconstructed",
		"reconstruction", "85", books, note[0]+", "+note[2])
	for key, r := range was["team_offense_game_summary"] {
		if r["nba_game_id"] != gone.teamGame {
			continue
		}
		did := map[string]string{"component_scores": "[map[chain:team_boxscores score:85]]", "quality_score": "83.3",
			"quality_tier":   "silver", // 85 - 20 * 2/23
			"quality_issues": "[reconstructed missing_optional:turnovers high_null_rate:turnovers:100]",
			"data_sources":   "[reconstructed_team_from_players " + books + "]",
			"quality_metadata": `{"chain":"team_boxscores","resolution":"reconstructed",` +
				`"source_score":85.0,"before_caps":83.3}`,
			"quality_used_fallback": "true", "quality_reconstructed": "true", "input_fingerprint": another,
			"quality_calculated_at": was["source_status"][gone.teamGame+" "+books]["snapshot_at"]}
		allowed := maps.Clone(did)
		did["turnovers"], allowed["turnovers_allowed"] = "", ""
		for _, c := range strings.Fields("points assists offensive_rebounds defensive_rebounds steals blocks " +
			"personal_fouls fg_makes fg_attempts three_pt_makes three_pt_attempts ft_makes ft_attempts") {
			sum := 0
			for _, p := range players {
				if keyOf(p, "nba_game_id team_abbr") == key {
					sum += hundredths(p[c])
				}
			}
			did[c], allowed[c+"_allowed"] = decimal(sum), decimal(sum)
		}
		want["team_offense_game_summary"].set(key, did)
		want["team_defense_game_summary"].set(key, allowed)
	}

	// The player log of a date: nobody else knows the NBA's ids, and a fallback that nobody needed is no event.
	for game, r := range was["game_source_coverage"] {
		if r["game_date"] == gone.logDate {
			lose(game, "nbac_player_boxscore")
		}
	}
	// Who did not play has the id that his name had on the dates before.
	known := map[string]bool{}
	for _, r := range was["player_game_summary"] {
		if r["player_status"] == "played" && r["game_date"] < gone.logDate {
			known[r["player_lookup"]] = true
		}
	}
	for _, table := range []string{"player_game_summary", "player_window_quality", "source_coverage_log"} {
		for key, r := range want[table] {
			name := cmp.Or(r["player_lookup"], r["entity"])
			row := was["player_game_summary"][keyOf(r, "nba_game_id team_abbr")+" "+name]
			if r["game_date"] == gone.logDate && (row["player_status"] == "played" || !known[name]) {
				want[table].set(key, map[string]string{"nba_player_id": ""})
			}
		}
	}

	// The gamebook: the log has only those who played, and whole minutes.
	lose(gone.bookGame, books)
	log := was["source_status"][gone.bookGame+" nbac_player_boxscore"]
	stands(gone.bookGame, "player_boxscores", books, "nbac_player_boxscore", "fallback", "fallback_used", "90",
		"nbac_player_boxscore",
		strings.Replace(chains[gone.bookGame+" player_boxscores"]["validation_note"], books, "nbac_player_boxscore", 1))
	for _, source := range []string{"nbac_player_boxscore", "bdl_player_boxscores"} {
		want["source_status"].set(gone.bookGame+" "+source, map[string]string{"lines_compared": "", "lines_equal": ""})
	}
	logged := logOf(t, filepath.Join(month, log["object"]), gone.bookGame)
	for key, r := range was["player_game_summary"] {
		if r["nba_game_id"] != gone.bookGame {
			continue
		}
		line := logged[r["nba_player_id"]]
		if delete(logged, r["nba_player_id"]); line == nil {
			delete(players, key)
			delete(want["player_window_quality"], key)
			continue
		}
		players.set(key, line)
		players.set(key, map[string]string{"component_scores": "[map[chain:player_boxscores score:90]]",
			"quality_score": "90", "quality_tier": "silver",
			"quality_issues": "[backup_source_used]", "data_sources": "[nbac_player_boxscore]",
			"quality_used_fallback": "true",
			"quality_metadata": `{"chain":"player_boxscores","resolution":"fallback",` +
				`"source_score":90.0,"before_caps":90.0}`,
			"quality_calculated_at": log["snapshot_at"], "input_fingerprint": another})
	}
	if len(logged) > 0 {
		t.Errorf("the log of %s has players whom the gamebook has not: %v", gone.bookGame, logged)
	}

	// The windows that look at a row that changed, and their events.
	for table, windows := range map[string]func(map[string]keyed) map[string]window{
		"player_window_quality": playerWindows,
		"team_window_quality":   teamWindows,
	} {
		before, changed := windows(was), 0
		for key, w := range windows(want) {
			old := want[table][key]
			said := w.in(old)
			if slices.Equal(w.games, before[key].games) && !slices.Contains(w.games,
				map[bool]string{true: gone.teamGame, false: gone.bookGame}[table == "team_window_quality"]) {
				keyed{key: said}.compare(t, "the whole month's "+table, nil, keyed{key: old})
				continue
			}
			said["input_fingerprint"] = another
			want[table][key] = said
			changed++
		}
		if changed == 0 || changed == len(want[table]) {
			t.Errorf("%d of %d rows of %s change: that shows nothing", changed, len(want[table]), table)
		}
	}

	for key, r := range want["source_coverage_log"] {
		w := want["player_window_quality"][keyOf(r, "nba_game_id team_abbr player_lookup")]
		if r["table_name"] == "" {
			continue
		}
		if delete(want["source_coverage_log"], key); w != nil {
			r["quality_score_after"], r["quality_tier_after"] = w["quality_score"], w["quality_tier"]
			want["source_coverage_log"][key] = r
		}
	}
	for game, r := range was["game_source_coverage"] {
		if r["max_quality_score"] != "" {
			want["game_source_coverage"].set(game, sumUp(game, want))
		}
	}
	want["game_source_coverage"].set(gone.teamGame, map[string]string{"has_reconstruction": "true",
		"fallback_sources_used": "[reconstructed_team_from_players]",
		"sources_used":          "[nbac_gamebook_player_stats nbac_schedule reconstructed_team_from_players]"})
	want["game_source_coverage"].set(gone.bookGame, map[string]string{"fallback_sources_used": "[nbac_player_boxscore]",
		"sources_used": "[nbac_player_boxscore nbac_schedule nbac_team_boxscore]"})

	must(t, 0, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work}, monthArgs...)...)
	got := load(work)
	// Every event is seen by its first night, and nothing else happens to it.
	clear(want["coverage_actions"])
	for _, e := range got["source_coverage_log"] {
		want["coverage_actions"][e["event_id"]+" detected"] = map[string]string{"event_id": e["event_id"],
			"action":      "detected",
			"action_date": "2025-11-27", "acted_at": "2025-11-27T00:00:00.000000Z", "acted_by": "sourcecov"}
	}
	for table := range want {
		want[table].compare(t, table, was[table], got[table])
	}
}

// logOf reads the lines of one game from a player log, by player id.
func logOf(t *testing.T, file, game string) map[string]map[string]string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		ResultSets []struct {
			Headers []string
			RowSet  [][]any
		}
	}
	if err := json.Unmarshal(body, &log); err != nil || len(log.ResultSets) == 0 {
		t.Fatalf("%s: %v", file, err)
	}
	out := map[string]map[string]string{}
	for _, row := range log.ResultSets[0].RowSet {
		said, line := map[string]string{}, map[string]string{}
		for i, h := range log.ResultSets[0].Headers {
			said[h] = fmt.Sprint(row[i])
		}
		for _, c := range strings.Fields("player_name=PLAYER_NAME minutes=MIN points=PTS assists=AST " +
			"offensive_rebounds=OREB defensive_rebounds=DREB steals=STL blocks=BLK turnovers=TOV personal_fouls=PF " +
			"fg_makes=FGM fg_attempts=FGA three_pt_makes=FG3M three_pt_attempts=FG3A ft_makes=FTM ft_attempts=FTA " +
			"plus_minus=PLUS_MINUS") {
			column, header, _ := strings.Cut(c, "=")
			line[column] = said[header]
		}
		if said["GAME_ID"] == game {
			out[said["PLAYER_ID"]] = line
		}
	}
	return out
}

// sumUp says what the rows and events of a game come to; no event here is worse than info.
func sumUp(game string, tables map[string]keyed) map[string]string {
	var types, at []string
	listed, n, sum, least, most, affected := 0, 0, 0, 10000, 0, map[string]bool{}
	for _, table := range []string{"player_game_summary", "team_offense_game_summary"} {
		listed = n
		for _, r := range tables[table] {
			if r["nba_game_id"] == game {
				score := hundredths(r["quality_score"])
				n, sum, least, most = n+1, sum+score, min(least, score), max(most, score)
			}
		}
	}
	for _, r := range tables["source_coverage_log"] {
		if r["nba_game_id"] == game {
			types, at = append(types, r["event_type"]), append(at, r["event_timestamp"])
			affected[cmp.Or(r["player_lookup"], r["chain"])] = true
		}
	}
	players := 0
	if delete(affected, "team_boxscores"); affected["player_boxscores"] {
		players = listed
	} else {
		players = len(affected)
	}
	slices.Sort(types)
	slices.Sort(at)
	out := map[string]string{"min_quality_score": decimal(least), "max_quality_score": decimal(most),
		"avg_quality_score":    decimal((2*sum + 10*n) / (20 * n) * 10),
		"overall_quality_tier": tierOf(least), "players_affected": fmt.Sprint(players),
		"total_events": fmt.Sprint(len(at)), "info_events": fmt.Sprint(len(at)),
		"event_types": fmt.Sprint(slices.Compact(types)), "worst_severity": "", "first_event_at": "",
		"last_event_at": ""}
	if len(at) > 0 {
		out["worst_severity"], out["first_event_at"], out["last_event_at"] = "info", at[0], at[len(at)-1]
	}
	return out
}

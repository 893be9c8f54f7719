package jobs_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing/fstest"

	"sourcecov/fixtures"
)

// smallDates are the dates of which the small bucket has games.
var smallDates = []string{"2023-10-24", "2024-10-22", "2025-02-19"}

// smallBucket is what the fixtures hold of smallDates, schedules included: five of
// their 23 games. It is for tests of how a night runs and ends, for which a third
// of the partitions will do; what a night computes is tested on all the fixtures.
var smallBucket = sync.OnceValue(func() fs.FS {
	small, all := fstest.MapFS{}, fixtures.Bucket()
	err := fs.WalkDir(all, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(all, name)
		if err != nil {
			return err
		}
		switch {
		case strings.Contains(name, "/schedule"):
			body, err = fewerGames(body)
		case path.Dir(name) != "." && !slices.ContainsFunc(smallDates, func(date string) bool {
			return strings.Contains(name, "/"+date+"/") || strings.Contains(name,
				"/"+strings.ReplaceAll(date, "-", "")+"/")
		}):
			return nil
		}
		small[name] = &fstest.MapFile{Data: body}
		return err
	})
	if err != nil {
		panic(err) // the fixtures are inside the program
	}
	return small
})

// fewerGames is a schedule with the games of smallDates alone.
func fewerGames(schedule []byte) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(schedule, &doc); err != nil {
		return nil, err
	}
	games := slices.DeleteFunc(doc["games"].([]any), func(game any) bool {
		day, _, _ := strings.Cut(game.(map[string]any)["gameDateEst"].(string), "T")
		return !slices.Contains(smallDates, day)
	})
	doc["games"], doc["game_count"] = games, len(games)
	return json.Marshal(doc)
}

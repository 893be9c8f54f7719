package jobs_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/gcs/gcstest"
)

// TestCloudDates: one object stamped in year 1 or 1959, or one game of 1900 in a
// schedule, does not fail a table on every night: the object is taken to be of
// when the bucket got it, the game is left out, and a warning names it.
func TestCloudDates(t *testing.T) {
	long(t)
	t.Parallel()
	c := newCloud(t)
	c.migrate(t)
	const game = "nba-com/team-boxscore/20231024/0022300062/"
	good, err := fs.ReadFile(smallBucket(), game+"20231025_123015.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, stamp := range []string{"00010102_030405", "19591231_235959"} {
		c.gcs.PutObject(gotThen(game+stamp+".json", good))
	}
	const newest = "nba-com/schedule/2024-25/2025-04-20T10:00:00.000000+00:00.json"
	schedule, ok := c.gcs.Object("scraped", newest)
	if !ok {
		t.Fatal("the schedule is not there")
	}
	one := strings.NewReplacer("2024-10-2", "1900-10-2", "20241022/", "19001022/").Replace(string(schedule))
	if one == string(schedule) {
		t.Fatal("no game was moved to 1900")
	}
	c.put(newest, []byte(one))
	work := t.TempDir()
	said := c.night(t, 0, work)
	if !strings.Contains(said, "has the date 1900-10-22T00:00:00Z, which cannot be one") {
		t.Errorf("nothing names the game of 1900 in\n%s", said)
	}
	of1900, found := 0, 0
	for _, row := range c.holds(t, "source_status") {
		if strings.Contains(row, `"game_date":"1900`) {
			of1900++
		}
	}
	for _, row := range c.holds(t, "landed_objects") {
		if strings.Contains(row, game) && strings.Contains(row, `"snapshot_date":"2023-10-26"`) {
			found++
		}
	}
	if of1900 > 0 || found != 2 {
		t.Errorf("%d cells of 1900, %d objects under the date on which the bucket got them, want 0 and 2", of1900, found)
	}
	// The clock of whoever types --as-of may be wrong as well.
	if code, said := c.try(t, work, "--as-of", "1900-01-01T00:00:00Z"); code != 2 || !strings.Contains(said, "1960-01-01") {
		t.Errorf("--as-of of 1900: exit %d %s", code, said)
	}
}

// gotThen is an object that the bucket got on 2023-10-26.
func gotThen(name string, body []byte) gcstest.Object {
	return gcstest.Object{Bucket: "scraped", Name: name, Body: body, Created: time.Date(2023, 10, 26, 9, 0, 0, 0, time.UTC)}
}

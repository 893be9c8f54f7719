package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused runs a command line that has to end with exit 2 and say so much; no
// file below the directory may change.
func refused(t *testing.T, dir, says, next string, args ...string) {
	t.Helper()
	before := tree(t, dir)
	code, _, said := run(t.Context(), args...)
	if code != 2 || !strings.Contains(said, says) || !strings.Contains(said, "next: "+next) {
		t.Errorf("sourcecov %s: exit %d\n%s\nwant exit 2, %q and next: %s", strings.Join(args, " "), code, said, says, next)
	}
	came := tally{tried: 1, survived: 1}
	if after := tree(t, dir); !same(before, after) {
		came = tally{tried: 1, lost: 1}
		t.Errorf("sourcecov %s changed something", strings.Join(args, " "))
	}
	count("command lines", came)
}

// TestForgottenBucket: the games of the demonstration never get into a warehouse
// or a state that was named, because a flag was forgotten.
func TestForgottenBucket(t *testing.T) {
	t.Parallel()
	long(t)
	dir := t.TempDir()
	bucket, work := copyBucket(t, smallBucket()), filepath.Join(dir, "w")
	place := []string{"--warehouse", "dir:" + filepath.Join(dir, "wh"), "--state", filepath.Join(dir, "s")}
	must(t, 0, append([]string{"nightly", "-q", "--bucket", bucket, "--workdir", work}, place...)...)
	other := t.TempDir()
	for _, args := range [][]string{place, place[:2], place[2:]} {
		refused(t, dir, "without --bucket", "--bucket gs://NAME/PREFIX", append([]string{"nightly", "--workdir", other}, args...)...)
	}
	code, _, said := runIn(t.Context(), func(name string) string {
		return map[string]string{"SOURCECOV_WAREHOUSE": "dir:" + filepath.Join(dir, "wh")}[name]
	}, []string{"nightly", "--workdir", other})
	if code != 2 || !strings.Contains(said, "without --bucket") {
		t.Errorf("a warehouse from the environment: exit %d %s", code, said)
	}
	// Typed, and with a state of its own, it is meant.
	must(t, 0, "nightly", "-q", "--bucket", "fixtures", "--workdir", other, "--warehouse", "dir:"+filepath.Join(t.TempDir(), "wh"))
}

// TestOtherBucketsState: a state is of one bucket, until a person says otherwise.
func TestOtherBucketsState(t *testing.T) {
	long(t)
	t.Parallel()
	dir := t.TempDir()
	one, other := copyBucket(t, smallBucket()), copyBucket(t, smallBucket())
	s := []string{"--state", filepath.Join(dir, "s"), "--warehouse", "dir:" + filepath.Join(dir, "wh")}
	must(t, 0, append([]string{"nightly", "-q", "--bucket", one, "--workdir", filepath.Join(dir, "w")}, s...)...)
	elsewhere := filepath.Join(t.TempDir(), "w")
	refused(t, dir, "the state is that of the bucket "+one, "--bucket "+one,
		append([]string{"nightly", "--bucket", other, "--workdir", elsewhere}, s...)...)
	must(t, 0, append([]string{"nightly", "-q", "--take-over", "--bucket", other, "--workdir", elsewhere}, s...)...)
	must(t, 0, append([]string{"nightly", "-q", "--bucket", other, "--workdir", elsewhere}, s...)...)
	refused(t, dir, "the state is that of the bucket "+other, "--bucket "+other,
		append([]string{"nightly", "--bucket", one, "--workdir", filepath.Join(t.TempDir(), "w")}, s...)...)
}

// TestEmptiedBucket: a bucket that somebody emptied, or the wrong prefix, publishes
// nothing until a person says that the objects are really gone.
func TestEmptiedBucket(t *testing.T) {
	long(t)
	t.Parallel()
	work, bucket := t.TempDir(), copyBucket(t, smallBucket())
	args := []string{"nightly", "--bucket", bucket, "--workdir", work}
	must(t, 0, append(args, "-q")...)
	before := tree(t, filepath.Join(work, "warehouse", "source_status"))
	for _, feed := range []string{"nba-com/gamebooks-data", "nba-com/player-boxscores", "nba-com/team-boxscore",
		"ball-dont-lie", "espn"} {
		if err := os.RemoveAll(filepath.Join(bucket, feed)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a blocked run is no measure for the next
		out := must(t, 3, append(args, "--details", "objects")...)
		if !strings.Contains(out, "BLOCKED by check bucket_is_not_emptied") || !strings.Contains(out, "--accept-loss") {
			t.Errorf("it says\n%s", out)
		}
		if !strings.Contains(out, "  gone: nba-com/team-boxscore/") || strings.Count(out, "  gone: ") != 10 ||
			!strings.Contains(out, " more; --json lists them all") {
			t.Errorf("what is gone is not named:\n%s", out)
		}
	}
	if !same(before, tree(t, filepath.Join(work, "warehouse", "source_status"))) {
		t.Error("a blocked night published")
	}
	must(t, 0, append(args, "-q", "--accept-loss")...)
	must(t, 0, append(args, "-q")...) // from now on it is the measure
}

// TestNoSuchGame: a scope that holds nothing is a mistake on the command line.
func TestNoSuchGame(t *testing.T) {
	long(t)
	t.Parallel()
	work := t.TempDir()
	bucket := copyBucket(t, smallBucket())
	at := []string{"nightly", "--bucket", bucket, "--workdir", work}
	for _, c := range []struct {
		says, next string
		args       []string
	}{
		{"no schedule that this run saw holds such a game", "a 10-digit NBA id", []string{"--game", "foo"}},
		{"no schedule that this run saw holds such a game", "a 10-digit NBA id", []string{"--game", "0029999999"}},
		{"it is on 2023-10-24, outside 2024-01-01..2024-01-05", "--game 20231024_LAL_DEN without --from and --to",
			[]string{"--game", "20231024_LAL_DEN", "--from", "2024-01-01", "--to", "2024-01-05"}},
	} {
		code, _, said := run(t.Context(), append(at, c.args...)...)
		if code != 2 || !strings.Contains(said, c.says) || !strings.Contains(said, "next: "+c.next) {
			t.Errorf("%v: exit %d\n%s", c.args, code, said)
		}
	}
	if _, err := os.Stat(filepath.Join(work, "warehouse")); err == nil {
		t.Error("a night of no game published")
	}
}

// TestForgottenState: a warehouse that other nights have filled is not filled
// again from a state that knows nothing of them, until a person says so.
func TestForgottenState(t *testing.T) {
	long(t)
	t.Parallel()
	dir, bucket := t.TempDir(), copyBucket(t, smallBucket())
	args := []string{"nightly", "-q", "--bucket", bucket, "--warehouse", "dir:" + filepath.Join(dir, "wh")}
	must(t, 0, append(args, "--workdir", filepath.Join(dir, "w"), "--state", filepath.Join(dir, "s"))...)
	elsewhere := append(args, "--workdir", filepath.Join(t.TempDir(), "w"))
	refused(t, dir, "was filled by nights that this state knows nothing of", "--state with the place of the nights before", elsewhere...)
	must(t, 0, append(elsewhere, "--take-over")...)
	must(t, 0, elsewhere...)
}

package mirror_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sourcecov/sync/mirror"
)

// BenchmarkPullNothing is the pull of a night with nothing new: 4,000 files of 14 KB
// in a directory, of three prefixes.
func BenchmarkPullNothing(b *testing.B) {
	dir := b.TempDir()
	prefixes := []string{"ball/", "espn/", "nba/"}
	for i := range 4000 {
		name := filepath.Join(dir, prefixes[i%3], "boxscores", fmt.Sprint(i%30), fmt.Sprintf("%05d.json", i))
		if err := mirror.MkdirAll(filepath.Dir(name)); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Repeat([]byte(fmt.Sprintf("%07d", i)), 2000), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	bucket, err := mirror.Dir(dir)
	if err != nil {
		b.Fatal(err)
	}
	landing := filepath.Join(b.TempDir(), "landing")
	pull := func() mirror.Report {
		l, err := mirror.OpenLanding(landing)
		if err != nil {
			b.Fatal(err)
		}
		r, err := mirror.Pull(b.Context(), bucket, prefixes, l, mirror.Options{})
		if err != nil || r.Listed != 4000 {
			b.Fatal(r, err)
		}
		return r
	}
	pull()
	for b.Loop() {
		if r := pull(); r.New > 0 {
			b.Fatal(r)
		}
	}
}

package mirror_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sourcecov/sync/mirror"
)

// landed pulls these objects, one pull for each set, and returns what counts then.
func landed(t *testing.T, dir string, pulls ...map[string][]byte) (files []mirror.File) {
	t.Helper()
	l, err := mirror.OpenLanding(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, objects := range pulls {
		bucket := openDir(t, fill(t, t.TempDir(), objects))
		if _, err := mirror.Pull(t.Context(), bucket, []string{""}, l, mirror.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	segments, listing := l.Files()
	return append(segments, listing)
}

// adopt makes the landing in one folder hold files that lie in another.
func adopt(t *testing.T, dir, from string, files []mirror.File, stop int) (came []string, err error) {
	t.Helper()
	l, err := mirror.OpenLanding(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Adopt(t.Context(), files, 1, func(_ context.Context, f mirror.File, w io.Writer) error {
		if len(came) == stop {
			return errors.New("stopped")
		}
		came = append(came, f.Name)
		body, err := os.ReadFile(filepath.Join(from, f.Name))
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	})
	segments, listing := l.Files()
	if now := append(segments, listing); err == nil {
		for _, f := range files {
			if !slices.Contains(now, f) && mirror.KindOf(f.Name) == mirror.Segment {
				t.Errorf("%s is not among %v", f.Name, now)
			}
		}
	}
	return came, err
}

// TestAdopt: a landing takes over what others landed, reads nothing that it has, and
// what it has under a number of other bytes gives way and is kept aside.
func TestAdopt(t *testing.T) {
	a, b, c := map[string][]byte{"a": []byte("1")}, map[string][]byte{"a": []byte("1"), "b": []byte("2")},
		map[string][]byte{"a": []byte("1"), "c": []byte("3")}
	theirs := t.TempDir()
	want := landed(t, theirs, a, b)
	all := []string{"segment-000001.parquet", "segment-000002.parquet", "listing-000002.parquet"}
	for name, test := range map[string]struct {
		mine     []map[string][]byte
		came     []string
		aside    int
		segments int // that there are in the end
	}{
		"nothing is there":           {nil, all, 0, 3},
		"everything is there":        {[]map[string][]byte{a, b}, nil, 0, 3},
		"the newest is missing":      {[]map[string][]byte{a}, all[1:], 0, 3},
		"one number, other bytes":    {[]map[string][]byte{a, c}, all[1:], 2, 3},
		"it has gone on":             {[]map[string][]byte{a, b, c}, nil, 0, 4},
		"it has gone on from others": {[]map[string][]byte{a, c, b}, all[1:], 2, 4},
		"the older is another":       {[]map[string][]byte{c, b}, all[:1], 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			mine := t.TempDir()
			landed(t, mine, test.mine...)
			came, err := adopt(t, mine, theirs, want, -1)
			if err != nil || !slices.Equal(came, test.came) {
				t.Errorf("%v came, %v, want %v", came, err, test.came)
			}
			if again, err := adopt(t, mine, theirs, want, -1); err != nil || len(again) > 0 {
				t.Errorf("then %v came, %v", again, err)
			}
			aside, _ := filepath.Glob(filepath.Join(mine, mirror.Displaced, "*"))
			if len(aside) != test.aside {
				t.Errorf("%v gave way, want %d", aside, test.aside)
			}
			// The next pull reads it, finds it whole and fetches what only the others had.
			if now := landed(t, mine, b); len(now) < test.segments {
				t.Errorf("it goes on with %v", now)
			}
			names, damaged, err := mirror.Inspect(t.Context(), mine, nil)
			if err != nil || len(damaged) > 0 || len(names) == 0 {
				t.Errorf("Inspect = %v, %v, %v", names, damaged, err)
			}
		})
	}
}

// TestAdoptCutOff: whatever had come by then, the landing is whole and the next call
// fetches no more than the rest; also where a kill left no note of what had come.
func TestAdoptCutOff(t *testing.T) {
	a, b := map[string][]byte{"a": []byte("1")}, map[string][]byte{"b": []byte("2")}
	theirs := t.TempDir()
	want := landed(t, theirs, a, b)
	for stop := range 3 {
		for _, noted := range []bool{true, false} {
			mine := t.TempDir()
			landed(t, mine, b)
			if _, err := adopt(t, mine, theirs, want, 0); err == nil {
				t.Fatal("it was not stopped")
			}
			begun, err := os.ReadFile(filepath.Join(mine, "sums.json"))
			if err != nil {
				t.Fatal(err)
			}
			first, err := adopt(t, mine, theirs, want, stop)
			if err == nil {
				t.Fatal("it was not stopped")
			}
			if !noted { // as killed before its last act
				write(t, filepath.Join(mine, "sums.json"), begun)
			}
			if _, damaged, err := mirror.Inspect(t.Context(), mine, nil); err != nil || len(damaged) > 0 {
				t.Errorf("stopped at %d: Inspect = %v, %v", stop, damaged, err)
			}
			rest, err := adopt(t, mine, theirs, want, -1)
			if err != nil || len(first)+len(rest) != 3 {
				t.Errorf("stopped at %d: %v came, then %v, %v", stop, first, rest, err)
			}
			landed(t, mine, b)
		}
	}
}

package warehouse_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sourcecov/sync/warehouse"
)

// proved are n loads of one proved file into partitions of two tables.
func proved(t *testing.T, n int) []warehouse.Load {
	t.Helper()
	file := write(t, twoRows)
	sum, err := warehouse.SHA256(file)
	if err != nil {
		t.Fatal(err)
	}
	loads := make([]warehouse.Load, n)
	for i := range loads {
		table := want().Table
		table.Name = fmt.Sprint("t", i%2)
		loads[i] = warehouse.Load{ID: "k", Table: table, Partition: fmt.Sprintf("%08d", i), File: file, Rows: 2, SHA256: sum}
	}
	return loads
}

// inDir are the files of a warehouse, those with their names and the unfinished.
func inDir(t *testing.T, d *warehouse.Dir) (named, unfinished int) {
	t.Helper()
	err := filepath.WalkDir(d.Path, func(name string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), ".tmp-"):
			unfinished++
		case !e.IsDir():
			named++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return named, unfinished
}

// statuses counts the outcomes.
func statuses(outcomes []warehouse.Outcome) map[warehouse.Status]int {
	out := map[warehouse.Status]int{}
	for _, o := range outcomes {
		out[o.Status]++
	}
	return out
}

// TestDirAll: no file has its name before all of them are there, and the guard is
// asked before the first name and after every 256; once it refuses no file is given
// one, and those that have theirs are told as loaded.
func TestDirAll(t *testing.T) {
	const n = 520
	for refused, named := range []int{n, 0, 256, 512} {
		d := &warehouse.Dir{Path: filepath.Join(t.TempDir(), "warehouse")}
		stop, asked := errors.New("stop"), 0
		outcomes, err := warehouse.Execute(t.Context(), d, proved(t, n), func(context.Context) error {
			if have, left := inDir(t, d); have != 256*asked || left != n-256*asked {
				t.Errorf("the guard is asked when %d files have names and %d have none", have, left)
			}
			if asked++; asked == refused {
				return stop
			}
			return nil
		})
		if (refused > 0) != (err == stop) || refused == 0 && (err != nil || asked != 3) {
			t.Errorf("asked %d times, %v", asked, err)
		}
		for i, o := range outcomes {
			if want := (warehouse.Outcome{Status: warehouse.Loaded, Rows: 2}); i < named && o != want || i >= named && o.Status != warehouse.NeverRan {
				t.Fatalf("refused when asked for the %dth time: load %d is %+v", refused, i, o)
			}
		}
		if have, left := inDir(t, d); have != named || left > 0 {
			t.Errorf("refused when asked for the %dth time: %d files have names, %d are unfinished", refused, have, left)
		}
	}
}

// TestDirOtherBytes: what was changed since it was proved, is gone or is the file of
// another load is not put in place, and neither is anything with it.
func TestDirOtherBytes(t *testing.T) {
	for name, spoil := range map[string]func(l *warehouse.Load) error{
		"changed": func(l *warehouse.Load) error {
			body, err := os.ReadFile(l.File)
			l.File = filepath.Join(t.TempDir(), "y")
			return errors.Join(err, os.WriteFile(l.File, append(bytes.Clone(body[:9]), append([]byte{body[9] ^ 1}, body[10:]...)...), 0o644))
		},
		"cut":            func(l *warehouse.Load) error { l.File = write(t, twoRows); return os.Truncate(l.File, 100) },
		"gone":           func(l *warehouse.Load) error { l.File += "x"; return nil },
		"another load's": func(l *warehouse.Load) error { l.ID = "other"; return nil },
		"other rows":     func(l *warehouse.Load) error { l.Rows = 3; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := &warehouse.Dir{Path: filepath.Join(t.TempDir(), "warehouse")}
			loads := proved(t, 100)
			if err := spoil(&loads[70]); err != nil {
				t.Fatal(err)
			}
			outcomes, err := warehouse.Execute(t.Context(), d, loads, free)
			if !errors.Is(err, warehouse.ErrNoEffect) || !strings.Contains(err.Error(), "load t0/00000070: ") {
				t.Errorf("%v", err)
			}
			if came := statuses(outcomes); came[warehouse.Failed] != 1 || came[warehouse.NeverRan] != 99 || outcomes[70].Status != warehouse.Failed {
				t.Errorf("%v", came)
			}
			if have, left := inDir(t, d); have+left > 0 {
				t.Errorf("%d files have names, %d are unfinished", have, left)
			}
		})
	}
}

// TestDirAllCancelled: a run that is ended between two names tells what it loaded.
func TestDirAllCancelled(t *testing.T) {
	d := &warehouse.Dir{Path: filepath.Join(t.TempDir(), "warehouse")}
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	outcomes, err := warehouse.Execute(ctx, d, proved(t, 520), func(context.Context) error {
		if asked++; asked == 2 {
			cancel()
		}
		return nil
	})
	if came := statuses(outcomes); err != context.Canceled || came[warehouse.Loaded] != 256 || came[warehouse.NeverRan] != 264 {
		t.Errorf("%v, %v", came, err)
	}
	if have, left := inDir(t, d); have != 256 || left > 0 {
		t.Errorf("%d files have names, %d are unfinished", have, left)
	}
}

// killAt says, in the environment of a process of its own, where in TestDirKilled it
// waits to be killed.
const killAt = "SOURCECOV_TEST_KILL_AT"

// TestDirKilled: of a run that is killed when it has written all its files, or given
// names to some of them, the next one finds out which, loads the rest and leaves
// nothing unfinished behind.
func TestDirKilled(t *testing.T) {
	const n = 520
	if at := os.Getenv(killAt); at != "" {
		path, asked := os.Getenv("SOURCECOV_TEST_DIR"), 0
		_, err := warehouse.Execute(t.Context(), &warehouse.Dir{Path: path}, proved(t, n), func(context.Context) error {
			if asked++; fmt.Sprint(asked) == at {
				fmt.Println("waiting")
				<-t.Context().Done()
			}
			return nil
		})
		t.Fatalf("it got through: %v", err)
	}
	for at := 1; at <= 3; at++ {
		path := filepath.Join(t.TempDir(), "warehouse")
		cmd := exec.Command(os.Args[0], "-test.run=^TestDirKilled$")
		cmd.Env = append(os.Environ(), fmt.Sprint(killAt, "=", at), "SOURCECOV_TEST_DIR="+path, "TMPDIR="+t.TempDir())
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 8)); err != nil {
			t.Error(err)
		}
		cmd.Process.Kill()
		cmd.Wait()
		d := &warehouse.Dir{Path: path}
		named := 256 * (at - 1)
		if have, left := inDir(t, d); have != named || left != n-named {
			t.Fatalf("when it was killed %d files had names and %d had none", have, left)
		}
		loads := proved(t, n)
		var rest []warehouse.Load
		for i, l := range loads {
			o, err := d.Find(t.Context(), l)
			if err != nil || (o.Status == warehouse.Loaded) != (i < named) {
				t.Fatalf("killed at %d: load %d is found as %+v, %v", at, i, o, err)
			}
			if o.Status == warehouse.NeverRan {
				rest = append(rest, l)
			}
			if err := d.Release(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		if have, left := inDir(t, d); have != named || left > 0 {
			t.Errorf("killed at %d: %d files have names, %d are unfinished", at, have, left)
		}
		if outcomes, err := warehouse.Execute(t.Context(), d, rest, free); err != nil || statuses(outcomes)[warehouse.Loaded] != n-named {
			t.Errorf("killed at %d: %v, %v", at, statuses(outcomes), err)
		}
		for _, table := range []string{"t0", "t1"} {
			rows := map[string]int64{}
			for _, l := range loads {
				if l.Table.Name == table {
					rows[l.Partition] = 2
				}
			}
			if missing, err := d.Missing(t.Context(), warehouse.Table{Name: table}, rows); err != nil || len(missing) > 0 {
				t.Errorf("killed at %d: of %s is missing %v, %v", at, table, missing, err)
			}
			if strays, err := d.Strays(t.Context(), warehouse.Table{Name: table}, rows); err != nil || len(strays) > 0 {
				t.Errorf("killed at %d: of %s astray are %v, %v", at, table, strays, err)
			}
		}
	}
}

// TestDirDamaged: a partition whose file is gone, cut off, something else or of other
// rows is missing, and one that nobody knows of astray.
func TestDirDamaged(t *testing.T) {
	d := &warehouse.Dir{Path: filepath.Join(t.TempDir(), "ware[house]")}
	loads := proved(t, 12)
	if _, err := warehouse.Execute(t.Context(), d, loads, free); err != nil {
		t.Fatal(err)
	}
	at := func(i int) string { return filepath.Join(d.Path, "t0", fmt.Sprintf("%08d.parquet", i)) }
	for _, err := range []error{
		os.Remove(at(2)),
		os.Truncate(at(4), 100),
		os.WriteFile(at(6), []byte("no Parquet at all"), 0o644),
		os.WriteFile(at(8), nil, 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	rows := map[string]int64{"00000000": 2, "00000002": 2, "00000004": 2, "00000006": 2, "00000008": 2, "00000010": 3}
	missing, err := d.Missing(t.Context(), warehouse.Table{Name: "t0"}, rows)
	if want := []string{"00000002", "00000004", "00000006", "00000008", "00000010"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing are %v, %v", missing, err)
	}
	delete(rows, "00000000")
	delete(rows, "00000004")
	strays, err := d.Strays(t.Context(), warehouse.Table{Name: "t0"}, rows)
	if want := []string{"00000000", "00000004"}; err != nil || !slices.Equal(strays, want) {
		t.Errorf("astray are %v, %v", strays, err)
	}
	if strays, err := d.Strays(t.Context(), warehouse.Table{Name: "never_made"}, nil); err != nil || len(strays) > 0 {
		t.Errorf("of no table are astray %v, %v", strays, err)
	}
}

package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sourcecov/sync/mirror"
)

// LoadID is the key under which the footer of a Parquet file has the ID of the
// load that it is for.
const LoadID = "load_id"

// Dir is a directory warehouse: DIR/<table>/<partition>.parquet. It holds the
// same tables as BigQuery would and is the default. A load is a file with its ID
// in the footer, so the directory itself knows what it holds.
type Dir struct {
	Path string
	one  sync.Mutex // one load at a time, since each clears away unfinished files
}

// Name is dir: and the absolute path.
func (d *Dir) Name() string { return "dir:" + d.Path }

// Limits: a file is no job, so nothing is gained by replacing whole tables.
func (d *Dir) Limits() Limits { return Limits{} }

// Target is the place in the directory, wherever that is: a copy of it holds the same loads.
func (d *Dir) Target(table, partition string) string { return table + "/" + partition }

// Preflight has nothing to look for: a load makes what it needs.
func (d *Dir) Preflight(ctx context.Context, _ []Table) error { return ctx.Err() }

func (d *Dir) place(table, partition string) string {
	return filepath.Join(d.Path, table, partition+".parquet")
}

// Missing reads the footers of the partitions' files.
func (d *Dir) Missing(ctx context.Context, table Table, want map[string]int64) ([]string, error) {
	var missing []string
	for partition := range want {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// A file that cannot be read is not what the receipt says either.
		if p, err := ReadFooter(d.place(table.Name, partition)); err != nil || p.Rows != want[partition] {
			missing = append(missing, partition)
		}
	}
	return missing, nil
}

// Strays looks at the other files of the table.
func (d *Dir) Strays(ctx context.Context, table Table, want map[string]int64) ([]string, error) {
	names, err := filepath.Glob(d.place(table.Name, "*"))
	if err != nil {
		return nil, fmt.Errorf("look for partitions of %s: %w", table.Name, err)
	}
	var strays []string
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		partition := strings.TrimSuffix(filepath.Base(name), ".parquet")
		if _, known := want[partition]; known {
			continue
		}
		if p, err := ReadFooter(name); err != nil || p.Rows > 0 {
			strays = append(strays, partition)
		}
	}
	return strays, nil
}

// Release has nothing to remove.
func (d *Dir) Release(ctx context.Context, _ Load) error { return ctx.Err() }

// Find reads the ID that the partition's file has.
func (d *Dir) Find(ctx context.Context, l Load) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	proof, err := ReadFooter(d.place(l.Table.Name, l.Partition))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && proof.Meta[LoadID] != l.ID:
		return Outcome{Status: NeverRan}, nil
	case err != nil:
		return Outcome{Status: Failed}, nil // damaged: whoever it was, the partition is to be loaded again
	}
	return Outcome{Loaded, proof.Rows}, nil
}

// Load copies the file into place under a temporary name and renames it.
func (d *Dir) Load(ctx context.Context, l Load) (int64, error) {
	rows, err := d.load(ctx, l)
	if err != nil {
		return 0, fmt.Errorf("load %s/%s: %w", l.Table.Name, l.Partition, err)
	}
	return rows, nil
}

func (d *Dir) load(ctx context.Context, l Load) (int64, error) {
	d.one.Lock()
	defer d.one.Unlock()
	if l.Partition == All && l.Table.Partition != "" {
		return 0, NoEffect(errors.New("a directory takes a partitioned table by its partitions"))
	}
	had, err := d.Find(ctx, l)
	if err != nil {
		return 0, err
	}
	// A load of the same ID may have come from another file, which names another
	// run; the receipt to come is of this one.
	if had.Status == Loaded {
		if same, err := d.holds(l); err != nil || same {
			return had.Rows, err
		}
	}
	// A warehouse takes no row that belongs elsewhere, and neither does this one.
	if err := Prove(l.File, Want{Rows: l.Rows, Table: l.Table, Partition: l.Partition, Meta: map[string]string{LoadID: l.ID}}); err != nil {
		return 0, NoEffect(err)
	}
	in, err := os.Open(l.File)
	if err != nil {
		return 0, NoEffect(err)
	}
	defer in.Close()
	name := d.place(l.Table.Name, l.Partition)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, NoEffect(err)
	}
	if err := mirror.RemoveTemps(filepath.Dir(name)); err != nil {
		return 0, NoEffect(fmt.Errorf("clear away what a killed run left: %w", err))
	}
	if l.Guard != nil {
		if err := l.Guard(ctx); err != nil {
			return 0, err
		}
	}
	err = mirror.WriteFile(name, func(w io.Writer) error {
		if _, err := io.Copy(w, in); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	proof, err := Read(name)
	if err != nil {
		return 0, fmt.Errorf("read it back: %w", err)
	}
	return proof.Rows, nil
}

// holds reports whether the file in place has the bytes of the load's.
func (d *Dir) holds(l Load) (bool, error) {
	ours, err := SHA256(l.File)
	if err != nil {
		return false, NoEffect(err)
	}
	theirs, err := SHA256(d.place(l.Table.Name, l.Partition))
	return err == nil && ours == theirs, err
}

// SHA256 is the checksum of a file, in hex.
func SHA256(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("checksum: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("checksum %s: %w", file, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

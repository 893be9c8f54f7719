// Package warehouse brings finished Parquet into a warehouse, a whole partition
// at a time, and proves that it is there.
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

	"sourcecov/sync/mirror"
)

// A Load makes one file the whole content of one partition.
type Load struct {
	Table     string
	Partition string // YYYYMMDD, or all for a table without partitions
	File      string // finished Parquet
	Rows      int64  // rows that were exported into it
}

// Loader is a warehouse to load into.
type Loader interface {
	// Name identifies the warehouse in receipts; two names are two warehouses.
	Name() string
	// Load replaces the partition by the file, whole or not at all, and returns
	// the rows that the warehouse itself counts there. The same Load again has
	// the same result. On an error, a cancelled context included, the partition
	// is as it was before.
	Load(ctx context.Context, l Load) (rows int64, err error)
	// Has reports whether the partition is there, be it without rows. It reads
	// no data and changes nothing.
	Has(ctx context.Context, table, partition string) (bool, error)
}

// Dir is a directory warehouse: DIR/<table>/<partition>.parquet. It holds the
// same tables as BigQuery would and is the default.
type Dir struct{ Path string }

// Name is dir: and the absolute path.
func (d Dir) Name() string { return "dir:" + d.Path }

func (d Dir) place(table, partition string) string {
	return filepath.Join(d.Path, table, partition+".parquet")
}

// Has asks for the partition's file.
func (d Dir) Has(ctx context.Context, table, partition string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	_, err := os.Stat(d.place(table, partition))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s/%s: %w", table, partition, err)
	}
	return true, nil
}

// Load copies the file into place under a temporary name and renames it.
func (d Dir) Load(ctx context.Context, l Load) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	in, err := os.Open(l.File)
	if err != nil {
		return 0, fmt.Errorf("load %s/%s: %w", l.Table, l.Partition, err)
	}
	defer in.Close()
	name := d.place(l.Table, l.Partition)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, fmt.Errorf("load %s/%s: %w", l.Table, l.Partition, err)
	}
	if err := mirror.RemoveTemps(filepath.Dir(name)); err != nil {
		return 0, fmt.Errorf("load %s/%s: clear away what a killed run left: %w", l.Table, l.Partition, err)
	}
	err = mirror.WriteFile(name, func(w io.Writer) error {
		if _, err := io.Copy(w, in); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, fmt.Errorf("load %s/%s: %w", l.Table, l.Partition, err)
	}
	proof, err := Read(name)
	if err != nil {
		return 0, fmt.Errorf("load %s/%s: read it back: %w", l.Table, l.Partition, err)
	}
	return proof.Rows, nil
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

package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

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

	one     sync.Mutex      // who loads, since each clears away unfinished files
	cleared map[string]bool // folders, by Release
}

// atOnce is how many files are read or written at a time: a disk makes several
// durable in little more time than one.
const atOnce = 64

// Name is dir: and the absolute path.
func (d *Dir) Name() string { return "dir:" + d.Path }

// Limits: a file is no job, so nothing is gained by replacing whole tables.
func (d *Dir) Limits() Limits { return Limits{Parallel: atOnce} }

// Target is the place in the directory, wherever that is: a copy of it holds the same loads.
func (d *Dir) Target(table, partition string) string { return table + "/" + partition }

// Preflight has nothing to look for: a load makes what it needs.
func (d *Dir) Preflight(ctx context.Context, _ []Table) error { return ctx.Err() }

func (d *Dir) place(table, partition string) string {
	return filepath.Join(d.Path, table, partition+".parquet")
}

// Missing reads the footers of the partitions' files.
func (d *Dir) Missing(ctx context.Context, table Table, want map[string]int64) ([]string, error) {
	partitions := slices.Sorted(maps.Keys(want))
	there, err := d.count(ctx, table.Name, partitions)
	if err != nil {
		return nil, err
	}
	var missing []string
	for i, partition := range partitions {
		if there[i] != want[partition] {
			missing = append(missing, partition)
		}
	}
	return missing, nil
}

// Strays looks at the other files of the table.
func (d *Dir) Strays(ctx context.Context, table Table, want map[string]int64) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(d.Path, table.Name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for partitions of %s: %w", table.Name, err)
	}
	var others []string
	for _, e := range entries {
		partition, isFile := strings.CutSuffix(e.Name(), ".parquet")
		if _, known := want[partition]; isFile && !known {
			others = append(others, partition)
		}
	}
	there, err := d.count(ctx, table.Name, others)
	if err != nil {
		return nil, err
	}
	var strays []string
	for i, partition := range others {
		if there[i] != 0 {
			strays = append(strays, partition)
		}
	}
	return strays, nil
}

// count is the rows of each partition by the footer of its file; -1 if that cannot
// be read, for then it is not what any receipt says.
func (d *Dir) count(ctx context.Context, table string, partitions []string) ([]int64, error) {
	rows := make([]int64, len(partitions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, partition := range partitions {
		group.Go(func() error {
			p, err := ReadFooter(d.place(table, partition))
			if rows[i] = p.Rows; err != nil {
				rows[i] = -1
			}
			return ctx.Err()
		})
	}
	return rows, group.Wait()
}

// Release clears away the unfinished files of a run that was killed, of each table
// once.
func (d *Dir) Release(ctx context.Context, l Load) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.one.Lock()
	defer d.one.Unlock()
	folder := filepath.Join(d.Path, l.Table.Name)
	if d.cleared[folder] {
		return nil
	}
	if err := mirror.RemoveTemps(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clear away what a killed run left of %s: %w", l.Table.Name, err)
	}
	if d.cleared == nil {
		d.cleared = map[string]bool{}
	}
	d.cleared[folder] = true
	return nil
}

// Find reads the ID that the partition's file has. What it finds is durable.
func (d *Dir) Find(ctx context.Context, l Load) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	name := d.place(l.Table.Name, l.Partition)
	proof, err := ReadFooter(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && proof.Meta[LoadID] != l.ID:
		return Outcome{Status: NeverRan}, nil
	case err != nil:
		return Outcome{Status: Failed}, nil // damaged: whoever it was, the partition is to be loaded again
	}
	// Who gave the file its name may have been killed before that was durable.
	if err := mirror.SyncDir(filepath.Dir(name)); err != nil {
		return Outcome{}, fmt.Errorf("find load %s: %w", l.ID, err)
	}
	return Outcome{Loaded, proof.Rows}, nil
}

// Load is LoadAll of one.
func (d *Dir) Load(ctx context.Context, l Load) (int64, error) {
	guard := l.Guard
	if guard == nil {
		guard = func(context.Context) error { return nil }
	}
	outcomes, err := d.LoadAll(ctx, []Load{l}, guard)
	return outcomes[0].Rows, err
}

// guardedNames is how many files are given their names before the guard is asked
// again: a few milliseconds, which is what a load by itself takes.
const guardedNames = 256

// LoadAll makes the bytes of all loads durable under temporary names first. Then it
// gives the files their names, one after the other, and no load is told as Loaded
// before that is durable too. So a run that is killed, or a disk that loses power,
// leaves each partition as it was or as it is to be; and a load that cannot be made
// leaves all of them as they were.
//
// The guard is asked when all bytes are there, and again after every 256 names: a run
// that another one overtakes gives no more than those to files after it was overtaken.
func (d *Dir) LoadAll(ctx context.Context, loads []Load, guard func(context.Context) error) ([]Outcome, error) {
	d.one.Lock()
	defer d.one.Unlock()
	outcomes := make([]Outcome, len(loads))
	for i := range outcomes {
		outcomes[i].Status = NeverRan
	}
	files, errs := d.stageAll(ctx, loads)
	defer func() {
		for _, f := range files {
			if f.temp != "" {
				os.Remove(f.temp)
			}
		}
	}()
	if ctx.Err() != nil {
		return outcomes, ctx.Err()
	}
	var failure error
	for i, err := range errs {
		if err == nil {
			continue
		}
		outcomes[i].Status = Failed
		if failure == nil {
			failure = NoEffect(about(loads[i], err))
		}
	}
	if failure != nil {
		return outcomes, failure
	}
	return outcomes, d.nameAll(ctx, loads, files, outcomes, guard)
}

func about(l Load, err error) error {
	return fmt.Errorf("load %s/%s: %w", l.Table.Name, l.Partition, err)
}

// A staged file has its bytes in the warehouse, durable.
type staged struct {
	temp string // its name until it has its own; "" if it has that already
	rows int64
}

// stageAll stages the file of each load. After an error no other is begun.
func (d *Dir) stageAll(ctx context.Context, loads []Load) ([]staged, []error) {
	files, errs := make([]staged, len(loads)), make([]error, len(loads))
	made := map[string]bool{}
	group, begun := errgroup.WithContext(ctx) // begun ends with the first failure: those that go on come to their end
	group.SetLimit(atOnce)
	for i, l := range loads {
		if folder := filepath.Join(d.Path, l.Table.Name); !made[folder] {
			made[folder] = true
			if errs[i] = makeFolder(folder); errs[i] != nil {
				break
			}
		}
		group.Go(func() error {
			if begun.Err() == nil {
				files[i], errs[i] = d.stage(ctx, l)
			}
			return errs[i]
		})
	}
	group.Wait() // its error is among the others
	return files, errs
}

// makeFolder makes a table's folder, or clears away what a killed run left there.
func makeFolder(folder string) error {
	if err := mirror.MkdirAll(folder); err != nil {
		return err
	}
	if err := mirror.RemoveTemps(folder); err != nil {
		return fmt.Errorf("clear away what a killed run left: %w", err)
	}
	return nil
}

// stage brings the bytes of a load into the warehouse: those that were proved, or
// that it proves. A warehouse takes no row that belongs elsewhere, and neither does
// this one.
func (d *Dir) stage(ctx context.Context, l Load) (f staged, err error) {
	if l.Partition == All && l.Table.Partition != "" {
		return f, errors.New("a directory takes a partitioned table by its partitions")
	}
	sum := l.SHA256
	if sum == "" {
		if sum, err = SHA256(l.File); err != nil {
			return f, err
		}
	}
	name := d.place(l.Table.Name, l.Partition)
	// A load of the same ID may have come from another file, which names another
	// run; the receipt to come is of this one.
	if theirs, err := SHA256(name); err == nil && theirs == sum {
		p, err := ReadFooter(name)
		return staged{rows: p.Rows}, err
	}
	if l.SHA256 == "" {
		if err := Prove(l.File, Want{Rows: l.Rows, Table: l.Table, Partition: l.Partition, Meta: map[string]string{LoadID: l.ID}}); err != nil {
			return f, err
		}
	}
	in, err := os.Open(l.File)
	if err != nil {
		return f, err
	}
	defer in.Close()
	f.temp, err = mirror.Stage(name, func(w io.Writer) error {
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(h, w), mirror.ContextReader{Ctx: ctx, R: in}); err != nil {
			return err
		}
		if hex.EncodeToString(h.Sum(nil)) != sum {
			return errors.New("its bytes are not those that were proved")
		}
		return nil
	})
	if err != nil {
		return staged{}, err
	}
	p, err := ReadFooter(f.temp)
	if err == nil && (p.Rows != l.Rows || p.Meta[LoadID] != l.ID) {
		err = fmt.Errorf("it has %d rows of load %s, not %d of %s", p.Rows, p.Meta[LoadID], l.Rows, l.ID)
	}
	f.rows = p.Rows
	return f, err
}

// nameAll gives staged files their names and fills in the outcomes.
func (d *Dir) nameAll(ctx context.Context, loads []Load, files []staged, outcomes []Outcome, guard func(context.Context) error) (failure error) {
	named := 0
	for i, l := range loads {
		if i%guardedNames == 0 {
			failure = guard(ctx)
		}
		if failure == nil {
			failure = ctx.Err()
		}
		if failure != nil {
			break
		}
		if files[i].temp != "" {
			if err := os.Rename(files[i].temp, d.place(l.Table.Name, l.Partition)); err != nil {
				outcomes[i] = Outcome{}
				// Who overtook us clears away what is unfinished.
				if failure = guard(ctx); failure == nil {
					failure = about(l, err)
				}
				break
			}
			files[i].temp = ""
		}
		named++
	}
	durable := map[string]error{} // by table
	for i, l := range loads[:named] {
		err, done := durable[l.Table.Name]
		if !done {
			err = mirror.SyncDir(filepath.Join(d.Path, l.Table.Name))
			durable[l.Table.Name] = err
		}
		if err != nil {
			outcomes[i] = Outcome{}
			if failure == nil {
				failure = about(l, err)
			}
			continue
		}
		outcomes[i] = Outcome{Loaded, files[i].rows}
	}
	return failure
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

package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// What to do about a damaged file.
const (
	nextLanding = "put the file back from a backup; without one this run cannot be verified any more. To run on, delete the file and run sourcecov nightly: what the bucket still holds is landed again"
	nextState   = "put the file back from a backup: what is in it cannot be computed again"
	nextCounted = "run sourcecov nightly with the flags of that run: a partition that is not there as its receipt says is loaded again"
	nextOutput  = "delete the file and run sourcecov nightly with the flags of that run: a partition that is not there is loaded again"
)

// inspect looks whether the files that the run read and wrote are as they were.
func (v *verification) inspect(ctx context.Context) error {
	if err := v.inspectLanding(ctx); err != nil {
		return err
	}
	head, err := v.inspectState(ctx)
	if err != nil {
		return err
	}
	if err := v.inspectPublished(ctx, head); err != nil {
		return err
	}
	if len(v.bad) > 0 && v.isBusy() {
		return fmt.Errorf("%s is not as recorded, but %s: %w", v.bad[0].Name, v.workdir, errBusy)
	}
	return nil
}

// isBusy reports whether a run is in the working directory: it may be replacing
// what verify looks at. Verify itself takes no lock, a night must not wait for it.
func (v *verification) isBusy() bool {
	lock, err := os.Open(filepath.Join(v.workdir, "lock"))
	if err != nil {
		return false // a working directory that was restored without its lock is in nobody's use
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// found notes a difference.
func (v *verification) found(what, name, next, said string, args ...any) {
	v.bad = append(v.bad, difference{what, name, fmt.Sprintf(said, args...), next})
}

func (v *verification) inspectLanding(ctx context.Context) error {
	before := len(v.bad)
	files := v.then.Inputs.files()
	for _, then := range files {
		now, err := storedFile(ctx, filepath.Join(v.workdir, "landing", then.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.found("landing", "landing/"+then.Name, nextLanding, "is gone")
		case err != nil:
			return err
		default:
			v.compareFile("landing", then, now, nextLanding)
		}
	}
	v.saw("landing files", len(files), len(v.bad)-before)
	return nil
}

// files are the segments and the listing.
func (in inputs) files() []stored { return append(slices.Clone(in.Segments), in.Listing) }

func (v *verification) compareFile(what string, then, now stored, next string) {
	switch {
	case now.Size != then.Size:
		v.found(what, what+"/"+then.Name, next, "differs from what the run read: damaged, %d bytes then, %d now", then.Size, now.Size)
	case now.SHA256 != then.SHA256:
		v.found(what, what+"/"+then.Name, next, "differs from what the run read: damaged")
	}
}

// inspectState looks at the segments that the run read and at those that HEAD
// names now: the receipts among them say what was published.
func (v *verification) inspectState(ctx context.Context) (head state.Head, err error) {
	before := len(v.bad)
	bucket, err := v.openState(ctx, false)
	switch {
	case err == nil:
		v.store = state.Open(bucket)
		if head, err = v.store.Head(ctx); err != nil {
			return head, err
		}
	case !errors.Is(err, fs.ErrNotExist): // else what should be in it is missing, which is told
		return head, err
	}
	want := map[string]*stored{}
	for _, names := range head.Segments {
		for _, name := range names {
			want[name] = nil
		}
	}
	for _, read := range v.then.Inputs.StateSegments {
		for _, s := range read {
			want[s.Name] = &s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		body, err := []byte(nil), error(mirror.ErrNotExist)
		if v.store != nil {
			err = v.store.Fetch(ctx, []string{name}, func(_ string, fetched []byte) error {
				body = fetched
				return nil
			})
		}
		switch {
		case errors.Is(err, mirror.ErrNotExist):
			v.found("state", "state/"+name, nextState+"; a state elsewhere is named by --state", "is gone")
		case err != nil:
			return head, err
		case want[name] != nil:
			v.compareFile("state", *want[name], storedBytes(name, body), nextState)
		case !state.Intact(name, body):
			v.found("state", "state/"+name, nextState, "is not what was appended: damaged")
		}
	}
	v.saw("state segments", len(want), len(v.bad)-before)
	return head, nil
}

// inspectPublished compares the files of the partitions that this run loaded
// last with their receipts.
func (v *verification) inspectPublished(ctx context.Context, head state.Head) error {
	receipts, others, err := v.receipts(ctx, head)
	if err != nil {
		return err
	}
	if others > 0 {
		v.told = append(v.told, fmt.Sprintf("%s of this warehouse came from other runs and are theirs to verify", count(int64(others), "partition")))
	}
	dir, isDir := v.loader.(*warehouse.Dir)
	if !isDir {
		return v.inspectCounts(ctx, receipts)
	}
	before := len(v.bad)
	for _, r := range receipts {
		name := r.Table + "/" + r.Partition
		sum, err := dir.Sum(ctx, r.Table, r.Partition)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.found("published", name+".parquet", nextOutput, "is gone from the warehouse")
		case err != nil:
			return err
		case sum != r.FileSHA256:
			v.found("published", name+".parquet", nextOutput, "in the warehouse differs from its receipt: damaged")
		}
	}
	v.saw("published files", len(receipts), len(v.bad)-before)
	return nil
}

// inspectCounts asks a warehouse that gives no files back whether it still has
// the rows of the partitions that this run loaded last.
func (v *verification) inspectCounts(ctx context.Context, receipts []state.Receipt) error {
	before := len(v.bad)
	want := map[string]map[string]int64{}
	for _, r := range receipts {
		if want[r.Table] == nil {
			want[r.Table] = map[string]int64{}
		}
		want[r.Table][r.Partition] = r.Rows
	}
	tables, _, err := publishedTables(v.own)
	if err != nil {
		return err
	}
	for _, t := range tables {
		missing, err := v.loader.Missing(ctx, t, want[t.Name])
		if err != nil {
			return err
		}
		for _, partition := range missing {
			v.found("published", t.Name+"/"+partition, nextCounted, "does not have the %d rows of its receipt", want[t.Name][partition])
		}
	}
	v.saw("published partitions, by their rows", len(receipts), len(v.bad)-before)
	return nil
}

// receipts are the last ones of the partitions of the run's warehouse, so far as
// they are this run's; the others are counted.
func (v *verification) receipts(ctx context.Context, head state.Head) (own []state.Receipt, others int, err error) {
	if len(head.Segments["receipts"]) == 0 || slices.ContainsFunc(v.bad, func(d difference) bool { return d.What == "state" }) {
		return nil, 0, nil
	}
	// The receipts are read by the files that read them now, and by no others.
	dir := filepath.Join(v.dir, "receipts")
	for _, name := range []string{"state.receipts", "model.last_receipt"} {
		f := v.own.Lookup(name)
		if err := writeFile(filepath.Join(dir, "sql", f.Path), []byte(f.Text)); err != nil {
			return nil, 0, err
		}
	}
	cat, err := sql.Load(os.DirFS(filepath.Join(dir, "sql")))
	if err != nil {
		return nil, 0, err
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: v.threads, MemoryLimit: v.memory, Allowed: []string{dir}}, cat)
	if err != nil {
		return nil, 0, err
	}
	defer also(&err, db.Close)
	n := &night{config: v.config, cat: cat, store: v.store, head: head}
	if err := n.buildState(ctx, db, cat.Lookup("state.receipts"), dir); err != nil {
		return nil, 0, err
	}
	if err := db.Build(ctx, cat.Lookup("model.last_receipt"), duckdb.Params{"target": v.then.Run.Target}); err != nil {
		return nil, 0, err
	}
	last, err := db.All(ctx, "model.last_receipt")
	if err != nil {
		return nil, 0, err
	}
	for _, r := range (reported{Table: last}).rows() {
		if r["run_id"] != v.then.RunID {
			others++
			continue
		}
		own = append(own, state.Receipt{Table: r["table_name"], Partition: r["partition"], Rows: r.int("rows"), FileSHA256: r["file_sha256"]})
	}
	slices.SortFunc(own, func(a, b state.Receipt) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Partition, b.Partition))
	})
	return own, others, nil
}

// recordedLanding is the landing as the run saw it: later segments do not count.
type recordedLanding struct {
	dir string
	in  inputs
}

func (v *verification) landed() landed {
	return recordedLanding{filepath.Join(v.workdir, "landing"), v.then.Inputs}
}

// Segments are the paths of the recorded segments.
func (l recordedLanding) Segments() []string {
	out := make([]string, len(l.in.Segments))
	for i, s := range l.in.Segments {
		out[i] = filepath.Join(l.dir, s.Name)
	}
	return out
}

// Listing is the path of the recorded listing.
func (l recordedLanding) Listing() string { return filepath.Join(l.dir, l.in.Listing.Name) }

// rowsThenNow says how two counts of rows compare.
func rowsThenNow(then, now int64) string {
	if then == now {
		return strconv.FormatInt(then, 10) + " rows then and now, with other content"
	}
	return fmt.Sprintf("%s then, %d now", count(then, "row"), now)
}

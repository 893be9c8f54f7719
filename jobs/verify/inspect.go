package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// What to do about a damaged file.
const (
	nextLanding = "put the file back from a backup; without one this run cannot be verified any more. To run on, sourcecov repair with the same --bucket and --workdir"
	nextState   = place.NextRepair
	nextRows    = "run sourcecov nightly with the flags of that run: a partition that is not there as its receipt says is loaded again"
	nextFile    = "delete the file and run sourcecov nightly with the flags of that run: a partition that is not there is loaded again"
)

// inspect looks whether the files that the run read and wrote are as they were.
func (v *verification) inspect(ctx context.Context) (*compute.State, error) {
	if err := v.inspectLanding(ctx); err != nil {
		return nil, err
	}
	if err := v.inspectAudited(ctx); err != nil {
		return nil, err
	}
	state, err := v.inspectState(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.inspectPublished(ctx, state); err != nil {
		return nil, err
	}
	if len(v.Differences) > 0 && v.Workdir.Busy() { // it may be replacing what was looked at
		return nil, fmt.Errorf("%s is not as recorded, but %s: %w", v.Differences[0].Name, v.Workdir, fault.ErrBusy)
	}
	return state, nil
}

func (v *verification) inspectLanding(ctx context.Context) error {
	before := len(v.Differences)
	files := v.Record.Inputs.Landing()
	for _, then := range files {
		now, err := record.FileOf(ctx, filepath.Join(v.Workdir.Landing(), then.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.differs("landing", "landing/"+then.Name, nextLanding, "is gone")
		case err != nil:
			return err
		default:
			v.compareFile("landing", then, now, nextLanding)
		}
	}
	v.compared("landing files", len(files), len(v.Differences)-before)
	return nil
}

// inspectAudited looks at what the run counted of the platform's tables: nobody can
// count again what they held that night.
func (v *verification) inspectAudited(ctx context.Context) error {
	then := v.Record.Inputs.Audited
	if then == nil {
		return nil
	}
	const next = "put the file back from a backup; or sourcecov nightly --audit again, which looks anew"
	name := path.Join("runs", v.Record.RunID, then.Name)
	now, err := record.FileOf(ctx, v.Workdir.Audited(v.Record.RunID))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.differs("audited", name, next, "is gone")
	case err != nil:
		return err
	case now != *then:
		v.differs("audited", name, next, "is not as the run wrote it")
	}
	return nil
}

func (v *verification) compareFile(what string, then, now record.File, next string) {
	switch {
	case now.Size != then.Size:
		v.differs(what, what+"/"+then.Name, next, "differs from what the run read: damaged, %d bytes then, %d now", then.Size, now.Size)
	case now.SHA256 != then.SHA256:
		v.differs(what, what+"/"+then.Name, next, "differs from what the run read: damaged")
	}
}

// inspectState looks at the segments that the run read and at those that HEAD
// names now: the receipts among them say what was published. A state that is not
// there lacks what should be in it, which is told.
func (v *verification) inspectState(ctx context.Context) (*compute.State, error) {
	before := len(v.Differences)
	s, err := compute.ReadState(ctx, v.OpenState)
	if err != nil {
		return nil, err
	}
	want := map[string]*record.File{}
	for _, names := range s.Head.Segments {
		for _, name := range names {
			want[name] = nil
		}
	}
	for _, read := range v.Record.Inputs.StateSegments {
		for _, file := range read {
			want[file.Name] = &file
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		body, err := []byte(nil), error(mirror.ErrNotExist)
		if s.Store != nil {
			err = s.Store.Fetch(ctx, s.Head, []string{name}, func(_ string, fetched []byte) error {
				body = fetched
				return nil
			})
		}
		var damaged *state.DamagedError
		switch {
		case errors.Is(err, mirror.ErrNotExist):
			v.differs("state", "state/"+name, nextState+"; a state elsewhere is named by --state", "is gone")
		case errors.As(err, &damaged):
			v.differs("state", "state/"+name, nextState, "is not what was appended: damaged")
		case err != nil:
			return nil, err
		case want[name] != nil:
			v.compareFile("state", *want[name], record.FileOfBytes(name, body), nextState)
		}
	}
	v.compared("state segments", len(want), len(v.Differences)-before)
	return s, nil
}

// inspectPublished compares the files of the partitions that this run loaded
// last with their receipts.
func (v *verification) inspectPublished(ctx context.Context, s *compute.State) error {
	receipts, err := v.receipts(ctx, s)
	if err != nil {
		return err
	}
	dir, isDir := v.loader.(*warehouse.Dir)
	if !isDir {
		return v.inspectCounts(ctx, receipts)
	}
	before := len(v.Differences)
	for _, r := range receipts {
		name := r.Table + "/" + r.Partition
		sum, err := dir.Sum(ctx, r.Table, r.Partition)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.differs("published", name+".parquet", nextFile, "is gone from the warehouse")
		case err != nil:
			return err
		case sum != r.FileSHA256:
			v.differs("published", name+".parquet", nextFile, "in the warehouse differs from its receipt: damaged")
		}
	}
	v.compared("published files", len(receipts), len(v.Differences)-before)
	return nil
}

// inspectCounts asks a warehouse that gives no files back whether it still has
// the rows of the partitions that this run loaded last.
func (v *verification) inspectCounts(ctx context.Context, receipts []receipt) error {
	before := len(v.Differences)
	want := map[string]map[string]int64{}
	for _, r := range receipts {
		if want[r.Table] == nil {
			want[r.Table] = map[string]int64{}
		}
		want[r.Table][r.Partition] = r.Rows
	}
	tables, _, err := compute.PublishedTables(v.own)
	if err != nil {
		return err
	}
	for _, t := range tables {
		missing, err := v.loader.Missing(ctx, t, want[t.Name])
		if err != nil {
			return err
		}
		for _, partition := range missing {
			v.differs("published", t.Name+"/"+partition, nextRows, "does not have the %d rows of its receipt", want[t.Name][partition])
		}
	}
	v.compared("published partitions, by their rows", len(receipts), len(v.Differences)-before)
	return nil
}

// A receipt is the last one of a partition.
type receipt struct {
	RunID      string `json:"run_id"`
	Table      string `json:"table_name"`
	Partition  string `json:"partition"`
	Rows       int64  `json:"rows"`
	FileSHA256 string `json:"file_sha256"`
}

// receipts are the last ones of the partitions of the run's warehouse, so far as
// they are this run's; the others are counted in a note.
func (v *verification) receipts(ctx context.Context, s *compute.State) (own []receipt, err error) {
	isState := func(d Difference) bool { return d.What == "state" }
	if len(s.Head.Segments["receipts"]) == 0 || slices.ContainsFunc(v.Differences, isState) {
		return nil, nil
	}
	// The receipts are read by the files that read them now, and by no others.
	dir := filepath.Join(v.dir, "receipts")
	for _, name := range []string{"state.receipts", "model.last_receipt"} {
		f := v.own.Lookup(name)
		if err := place.WriteFile(filepath.Join(dir, "sql", f.Path), []byte(f.Text)); err != nil {
			return nil, err
		}
	}
	cat, err := sql.Load(os.DirFS(filepath.Join(dir, "sql")))
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Threads: v.Threads, MemoryLimit: v.Memory, Allowed: []string{dir}}, cat)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	if _, err := s.Build(ctx, db, cat.Lookup("state.receipts"), dir); err != nil {
		return nil, err
	}
	if err := db.Build(ctx, cat.Lookup("model.last_receipt"), duckdb.Params{"target": v.Record.Run.Target}); err != nil {
		return nil, err
	}
	last, err := duckdb.Relation[receipt](ctx, db, "model.last_receipt")
	if err != nil {
		return nil, err
	}
	own = slices.DeleteFunc(slices.Clone(last), func(r receipt) bool { return r.RunID != v.Record.RunID })
	if others := len(last) - len(own); others > 0 {
		v.Notes = append(v.Notes, fmt.Sprintf("%s of this warehouse came from other runs and are theirs to verify", phrase.Count(others, "partition")))
	}
	slices.SortFunc(own, func(a, b receipt) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Partition, b.Partition))
	})
	return own, nil
}

// Package repair tells which files of the state and the landing are not as they
// were written, and goes on without them.
package repair

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// Options say what is looked at, and whether it is changed.
type Options struct {
	SQL       fs.FS
	Bucket    place.Bucket
	Workdir   place.Workdir
	OpenState func(context.Context) (mirror.Bucket, error) // fs.ErrNotExist: there is none
	Threads   int
	Memory    string
	Apply     bool
}

// A Result is what was found, and whether anything was done about it.
type Result struct {
	Files   int // that were looked at
	Damaged []Damage
	Lost    []Loss
	Applied bool
}

// A Damage is about one file that is not as it was written.
type Damage struct {
	Name string // from the working directory, or from the state as state/…
	How  string
	Then string // what comes of it
}

// A Loss is something that nobody can compute or ask for again.
type Loss struct {
	What string // object, event, action or run; or file, of which nobody knows what it held
	Name string
	Said string
}

// repair is one look, and what is to be done.
type repair struct {
	Options
	Result
	cat     *sql.Catalog
	dir     string // temporary folder
	landing []*mirror.DamagedError
	store   *state.Store
	state   state.Inspection
	restore []restored
}

// A restored segment is one that was made again, byte for byte.
type restored struct {
	table string
	body  []byte
}

// Run looks at every file that counts. Without Apply, or if nothing is damaged, it
// changes nothing; a damage that is left is a [*fault.DamageError]. With Apply
// damaged landing files are set aside, and the state gets a HEAD that does not name
// what is damaged: nothing is removed, and what was lost was told before.
func Run(ctx context.Context, opt Options) (result *Result, err error) {
	r := &repair{Options: opt}
	if r.cat, err = compute.LoadCatalog(opt.SQL, "state.events", "state.actions", "state.runs"); err != nil {
		return nil, err
	}
	if r.dir, err = os.MkdirTemp("", "sourcecov-repair-"); err != nil {
		return nil, fmt.Errorf("make a folder to read the state in: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(r.dir) })
	if opt.Apply {
		lock, err := opt.Workdir.Take(opt.Bucket)
		if err != nil {
			return nil, err
		}
		defer fault.Also(&err, lock.Close)
	} else if err := opt.Workdir.BelongsTo(opt.Bucket); err != nil {
		return nil, err
	}
	if err := r.openState(ctx); err != nil {
		return nil, err
	}
	if err := r.lookAtLanding(ctx); err != nil {
		return nil, err
	}
	if err := r.lookAtState(ctx); err != nil {
		return nil, err
	}
	if len(r.Damaged) == 0 {
		return &r.Result, nil
	}
	if !opt.Apply {
		if opt.Workdir.Busy() { // it may be writing what was looked at
			return nil, fmt.Errorf("%s is not as it was written, but %s: %w", r.Damaged[0].Name, opt.Workdir, fault.ErrBusy)
		}
		return &r.Result, fault.Damagef("put what is damaged back from a backup; without one, save what is told as lost, then the same command with --apply",
			"%s damaged or gone, %s lost", phrase.Count(len(r.Damaged), "file"), phrase.Count(len(r.Lost), "thing"))
	}
	if err := r.apply(ctx); err != nil {
		return nil, err
	}
	return &r.Result, nil
}

func (r *repair) damaged(name string, err error, then string) {
	how := "is gone"
	if !errors.Is(err, fs.ErrNotExist) {
		how = "is damaged: " + err.Error()
	}
	r.Damaged = append(r.Damaged, Damage{name, how, then})
}

func (r *repair) lost(what, name, said string, args ...any) {
	r.Lost = append(r.Lost, Loss{what, name, fmt.Sprintf(said, args...)})
}

func (r *repair) lookAtLanding(ctx context.Context) error {
	names, damaged, err := mirror.Inspect(ctx, r.Workdir.Landing(),
		func() (map[string]string, error) { return record.LandingSums(r.Workdir.Runs()) })
	if err != nil {
		return err
	}
	r.Files += len(names)
	r.landing = damaged
	for _, d := range damaged {
		name := filepath.Join("landing", filepath.Base(d.File))
		if r.isCarried(filepath.Base(d.File)) {
			r.damaged(name, d.Err, "the next night fetches it from the state")
			continue
		}
		switch mirror.KindOf(d.File) {
		case mirror.Segment:
			r.damaged(name, d.Err, "the next night fetches its objects again, so far as the bucket still has them")
			if err := r.lostObjects(ctx, d, names); err != nil {
				return err
			}
		case mirror.Listing:
			r.damaged(name, d.Err, "the next night lists the bucket again")
		default:
			r.damaged(name, d.Err, "the files are held to what the records of runs say of them, and named anew by the next night")
		}
	}
	return nil
}

// lostObjects tells of what only a damaged segment held and the bucket did not
// list any more when it was listed last.
func (r *repair) lostObjects(ctx context.Context, d *mirror.DamagedError, names []string) error {
	held, err := mirror.Holds(d.File)
	if err != nil {
		held, err = r.known(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.lost("file", filepath.Base(d.File), "what it held cannot be read; objects that only it held and the bucket has no longer are lost: a night that misses one that was published is blocked by the check lost_objects until a person says --accept-loss")
		return nil
	}
	is := func(o mirror.Object) mirror.Object { return mirror.Object{Name: o.Name, Generation: o.Generation} }
	elsewhere := map[mirror.Object]bool{}
	for _, name := range names {
		path := filepath.Join(r.Workdir.Landing(), name)
		if slices.ContainsFunc(r.landing, func(d *mirror.DamagedError) bool { return d.File == path }) {
			continue
		}
		objects, err := mirror.Holds(path)
		if mirror.KindOf(path) == mirror.Listing {
			objects, err = mirror.Listed(path)
		}
		if err != nil {
			return err
		}
		for _, o := range objects {
			elsewhere[is(o)] = true
		}
	}
	for _, o := range held {
		isTold := slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.What == "object" && l.Name == o.Name })
		if !elsewhere[is(o)] && !isTold {
			r.lost("object", o.Name, "generation %d: the bucket did not list it any more, and no other segment than landing/%s holds it", o.Generation, filepath.Base(d.File))
		}
	}
	return nil
}

// known are the objects that the newest run knew.
func (r *repair) known(ctx context.Context) (objects []mirror.Object, err error) {
	db, _, err := r.open(ctx, r.Workdir.Newest())
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	rows, err := duckdb.Select[struct {
		Object     string `json:"object"`
		Generation int64  `json:"generation"`
	}](ctx, db, "SELECT object, generation FROM model.landed_object ORDER BY ALL")
	for _, row := range rows {
		objects = append(objects, mirror.Object{Name: row.Object, Generation: row.Generation})
	}
	return objects, err
}

func (r *repair) apply(ctx context.Context) error {
	if len(r.landing) > 0 {
		if err := mirror.SetAside(r.Workdir.Landing(), r.landing); err != nil {
			return err
		}
	}
	if len(r.state.Damaged) > 0 {
		if err := r.replaceHead(ctx); err != nil {
			return err
		}
	}
	r.Applied = true
	return nil
}

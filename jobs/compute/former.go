package compute

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/record"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

// A Former is a run of before, whose tables are taken over where nothing that they
// were computed from is another. All that it decides is what need not be computed:
// what comes of a run is the same with a Former and without. Every doubt computes.
type Former struct {
	Record   *record.Record
	Database string // a file that is only read

	relations map[string]record.Relation
	sql       map[string]string // hash by path
}

// usable reports whether any table of the run can be taken over by a catalog of this
// engine: a column keeps the type that it was made with.
func (former *Former) usable(cat *sql.Catalog, engine string) bool {
	if former == nil || former.Record.Run.EngineVersion != engine {
		return false
	}
	former.relations, former.sql = map[string]record.Relation{}, map[string]string{}
	for _, r := range former.Record.Relations {
		former.relations[r.Name] = r
	}
	for _, f := range former.Record.SQL {
		former.sql[f.Path] = f.Hash
	}
	recorded := 0
	for path := range former.sql {
		if strings.HasPrefix(path, string(sql.Type)+"/") {
			recorded++
		}
	}
	types := cat.Kind(sql.Type)
	return recorded == len(types) && !slices.ContainsFunc(types, func(f *sql.File) bool { return former.sql[f.Path] != f.Hash })
}

// copyDatabase makes the database of the run out of that of the former one.
func copyDatabase(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) // the system copies, where it can without reading
	return errors.Join(err, out.Close())
}

// A change is why a relation is not as it was. The zero change is none.
type change struct {
	why   string   // in a few words; "" for none
	parts []string // all that has to be computed; nil: everything
}

// changed tells what of f is to be computed anew.
func (r *Run) changed(f *sql.File) change {
	was, has := r.former.relations[f.Relation()]
	switch {
	case !has:
		return change{why: "it is new"}
	case r.former.sql[f.Path] != f.Hash:
		return change{why: "its SQL is another"}
	case r.was[f.Relation()] == nil || r.was[f.Relation()].All().Hash() != was.Hash || r.was[f.Relation()].All().Rows != was.Rows:
		return change{why: "what the run before left is not what it recorded"}
	}
	for _, p := range f.Params {
		if !sameJSON(r.former.Record.Params[p.Name], r.opt.Params[p.Name]) {
			return change{why: p.Name + " is another"}
		}
	}
	var of change
	for _, name := range f.Reads {
		c := r.inputChanged(f, name)
		if c.why != "" && c.parts == nil {
			return c
		}
		if c.why != "" && of.why == "" {
			of.why = c.why
		}
		of.parts = append(of.parts, c.parts...)
	}
	if f.Parts == "season" && of.parts != nil && !r.apart() {
		return change{why: of.why}
	}
	slices.Sort(of.parts)
	of.parts = slices.Compact(of.parts)
	return of
}

// strayGame is the relation of games that do not lie in the season of their ids.
const strayGame = "model.stray_game"

// apart reports whether seasons can be computed apart: in neither run does a game of
// one season lie among those of another.
func (r *Run) apart() bool {
	was, had := r.former.relations[strayGame]
	now, has := r.now[strayGame]
	return had && has && was.Rows+now.All().Rows == 0
}

// inputChanged tells what another content of what f reads comes to.
func (r *Run) inputChanged(f *sql.File, name string) change {
	read := r.opt.Catalog.Lookup(name)
	switch {
	case read == nil: // a union
		for _, m := range r.opt.Catalog.Members(name) {
			if c := r.inputChanged(f, m.Relation()); c.why != "" {
				return change{why: c.why}
			}
		}
		return change{}
	case read.Kind == sql.Macro:
		if r.former.sql[read.Path] != read.Hash {
			return change{why: name + " is another"}
		}
		for _, of := range read.Reads {
			if c := r.inputChanged(read, of); c.why != "" {
				return change{why: c.why}
			}
		}
		return change{}
	case read.Kind == sql.Type:
		return change{}
	}
	was, now := r.was[name], r.now[name]
	if now == nil {
		return change{why: name + " is not known"}
	}
	if had := r.former.relations[name]; was == nil && had.Hash == now.All().Hash() && had.Rows == now.All().Rows {
		return change{}
	}
	if was == nil {
		return change{why: name + " is another"}
	}
	parts := was.Differ(now)
	switch {
	case len(parts) == 0:
		return change{}
	case !duckdb.Restricts(f, read):
		return change{why: name + " is another"}
	}
	return change{why: name + " is another", parts: parts}
}

// landingPrints are those of the two views: a segment is a part, as its file is.
func landingPrints(segments []record.File) duckdb.Prints {
	out := duckdb.Prints{}
	for _, s := range segments {
		part := "-1" // of the listing, which is all one
		if pull, ok := mirror.PullOf(s.Name); ok {
			part = fmt.Sprint(pull)
		}
		out[part] = out[part].Add(duckdb.PrintOf(s.SHA256))
	}
	return out
}

// auditedPrints are those of what was counted of the platform's tables.
func auditedPrints(counted *record.File) duckdb.Prints {
	if counted == nil {
		return duckdb.Prints{}
	}
	return duckdb.Prints{"": duckdb.PrintOf(counted.SHA256)}
}

// sameJSON reports whether two values are recorded alike.
func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// left fingerprints what the former run left of f, before it is changed; nil if that
// is nothing. If the database cannot be read, nothing of it is taken over.
func (r *Run) left(ctx context.Context, f *sql.File) (duckdb.Prints, error) {
	if _, has := r.former.relations[f.Relation()]; !has || r.former.sql[f.Path] != f.Hash {
		return nil, nil // it may have other columns
	}
	prints, err := r.DB.Prints(ctx, f, nil)
	if err != nil && ctx.Err() == nil {
		return nil, errUnusable
	}
	return prints, err
}

// Partitions lists the partitions of a published table. Of what is as the former run
// left it the content hash is that which it recorded.
func (r *Run) Partitions(ctx context.Context, f *sql.File) ([]duckdb.Partition, error) {
	was, now := r.was[f.Relation()], r.now[f.Relation()]
	if r.former == nil || was == nil {
		return r.DB.Partitions(ctx, f)
	}
	for _, o := range r.former.Record.Outputs {
		if o.Table == f.Name && was.All().Hash() == r.former.relations[f.Relation()].Hash {
			return r.DB.PartitionsSince(ctx, f, o.Partitions, was.Differ(now))
		}
	}
	return r.DB.Partitions(ctx, f)
}

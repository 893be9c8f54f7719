package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/warehouse"
)

// A digest is what verify needs to run a night again and to compare: all that
// SQL was given, and what came of each file. What was read lies in inputs.
type digest struct {
	Params    map[string]any `json:"params"`    // what SQL files could ask for, and fail_on
	Relations []relation     `json:"relations"` // every table, in the order in which they were built
}

// A stored is a file that a run read, by its name in landing or state.
type stored struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A relation is one table that a run built.
type relation struct {
	Name string `json:"relation"` // such as model.cell
	Path string `json:"path"`     // such as model/cell.sql
	Rows int64  `json:"rows"`
	Hash string `json:"hash"` // over the rows in any order, by this version of the engine
}

// noteInputs records the content of the landing files, and what SQL is given.
func (n *night) noteInputs(ctx context.Context) (err error) {
	for i, s := range n.landing.Segments() {
		if n.rec.Inputs.Segments[i], err = storedFile(ctx, s); err != nil {
			return err
		}
	}
	if n.rec.Inputs.Listing, err = storedFile(ctx, n.landing.Listing()); err != nil {
		return err
	}
	n.rec.Params = maps.Clone(n.params())
	n.rec.Params["fail_on"] = n.failOn
	return nil
}

// noteState records the segments that a state table was built from.
func (n *night) noteState(table string, read []stored) {
	if n.rec.Inputs.StateSegments == nil {
		n.rec.Inputs.StateSegments = map[string][]stored{}
	}
	n.rec.Inputs.StateSegments[table] = read
}

// noteBuilt records what came of a file that was built.
func (n *night) noteBuilt(ctx context.Context, f *sql.File) error {
	if !f.Kind.Table() {
		return nil // a type or a macro shows in what uses it
	}
	rows, hash, err := n.db.Fingerprint(ctx, f)
	if err != nil {
		return err
	}
	n.rec.Relations = append(n.rec.Relations, relation{f.Relation(), f.Path, rows, hash})
	return nil
}

// given turns the recorded parameters back into those that SQL was given.
func (d digest) given() (duckdb.Params, error) {
	p := duckdb.Params{}
	maps.Copy(p, d.Params)
	text, _ := p["as_of"].(string) // no text is no instant either
	asOf, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, fmt.Errorf("the recorded as-of: %w", err)
	}
	p["as_of"] = asOf
	return p, nil
}

// storedFile looks at a file of a run's inputs.
func storedFile(ctx context.Context, name string) (stored, error) {
	if err := ctx.Err(); err != nil {
		return stored{}, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return stored{}, fmt.Errorf("look at what is read: %w", err)
	}
	sum, err := warehouse.SHA256(name)
	return stored{filepath.Base(name), info.Size(), sum}, err
}

// storedBytes is storedFile for a file that was fetched.
func storedBytes(name string, body []byte) stored {
	sum := sha256.Sum256(body)
	return stored{name, int64(len(body)), hex.EncodeToString(sum[:])}
}

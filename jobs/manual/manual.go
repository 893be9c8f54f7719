// Package manual helps whoever enters by hand what nobody has: it writes what is to be
// filled in, and judges what was written as a night would, before it is in the bucket.
package manual

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

// Options say over which run's landing and schedule it is judged.
type Options struct {
	SQL     fs.FS
	Workdir place.Workdir
	Threads int
	Memory  string
	Now     func() time.Time
	Where   string // flag with which another command finds the same working directory, after a space
}

// A Template is what a person fills in.
type Template struct {
	Game, Code string
	Object     string // its name in the bucket
	Body       []byte
	Rows       int
}

// stamp is the time in an object's name.
const stamp = "20060102_150405"

// Write makes the template of a game and a chain.
func Write(ctx context.Context, opt Options, game, chain string) (t *Template, err error) {
	const list = "list.manual_template"
	cat, run, err := opt.newest(ctx, list)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, run.Close)
	chains, err := run.Strings(ctx, "SELECT chain FROM reference.chain_sources WHERE kind = 'manual'::source_kind ORDER BY chain")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(chains, chain) {
		said := fmt.Sprintf("a person can enter %s, not %q", strings.Join(chains, " or "), chain)
		if chain == "" {
			said = "--chain says what is entered: " + strings.Join(chains, " or ")
		}
		return nil, fault.Usagef("sourcecov manual template "+place.Word(game)+" --chain "+chains[0]+opt.Where, "%s", said)
	}
	answer, err := run.Ask(ctx, cat.Lookup(list), duckdb.Params{"game": game, "chain": chain})
	if err != nil {
		return nil, err
	}
	rows, err := duckdb.Rows[struct {
		Game    string  `json:"nba_game_id"`
		Code    *string `json:"game_code_id"`
		Refused *string `json:"refused"`
		Folder  string  `json:"folder"`
		Row     string  `json:"row"`
	}](answer)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, fault.Usagef("a 10-digit NBA id or YYYYMMDD_AWY_HOM, away team first; sourcecov gaps"+opt.Where+" lists the games that lack something",
			"no schedule that the newest run saw holds a game %s", place.Word(game))
	case rows[0].Refused != nil:
		return nil, fault.Usagef("sourcecov explain "+rows[0].Game+opt.Where, "%s: %s", rows[0].Game, *rows[0].Refused)
	}
	t = &Template{Game: rows[0].Game, Rows: len(rows), Object: rows[0].Folder + opt.Now().UTC().Format(stamp) + ".json"}
	if rows[0].Code != nil {
		t.Code = *rows[0].Code
	}
	body := &bytes.Buffer{}
	body.WriteString("{\n \"owner\": \"\",\n \"why\": \"\",\n \"rows\": [\n")
	for i, r := range rows {
		comma := ","
		if i == len(rows)-1 {
			comma = ""
		}
		fmt.Fprintf(body, "  %s%s\n", r.Row, comma)
	}
	body.WriteString(" ]\n}\n")
	if !json.Valid(body.Bytes()) {
		return nil, errors.New("the template is no JSON")
	}
	t.Body = body.Bytes()
	return t, nil
}

// A Verdict is what a night would make of a file.
type Verdict struct {
	Object string // its name in the bucket
	Answer
}

// An Answer is what sql/list/manual_check.sql says.
type Answer struct {
	Game       *string    `json:"nba_game_id"`
	Code       *string    `json:"game_code_id"`
	Chain      *string    `json:"chain"`
	Lines      int64      `json:"lines"`
	SnapshotAt *time.Time `json:"snapshot_at"`
	Refused    *string    `json:"refused"`
	NotNumbers *string    `json:"not_numbers"`
	Supplies   bool       `json:"supplies"`
	SuppliedBy *string    `json:"supplied_by"`
}

// Check judges a file as the next night would, were it in the bucket: it is landed in
// a temporary folder, and the SQL files of a night run over it and the landing of the
// newest run. A file that a night could not use is a [*fault.DamageError], with the verdict.
func Check(ctx context.Context, opt Options, file string) (v *Verdict, err error) {
	const list = "list.manual_check"
	object, err := nameOf(file)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Usagef("sourcecov manual template GAME --chain CHAIN --out DIR writes one that can be filled in", "%w", err)
	}
	cat, newest, err := opt.newest(ctx, list)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, newest.Close)
	r, params := newest.Run, newest.Params
	dir, err := os.MkdirTemp("", "sourcecov-manual-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to judge the file in: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(dir) })
	now := opt.Now().UTC().Truncate(time.Second)
	params["as_of"], params["rules_changed_since"], params["seen_as_of"] = now, nil, nil
	segment, generation, err := land(ctx, dir, object, body)
	if err != nil {
		return nil, err
	}
	known, err := duckdb.Select[struct {
		Pull int64 `json:"pull"`
	}](ctx, newest.DB, "SELECT pull FROM stage.content WHERE object = ? AND generation = ?", object, generation)
	if err != nil {
		return nil, compute.Otherwise(ctx, opt.Workdir.Database(r.RunID), err)
	}
	run := compute.Options{Catalog: cat, State: &compute.State{}, Params: params, Dir: dir, Threads: opt.Threads, Memory: opt.Memory,
		Listing: filepath.Join(opt.Workdir.Landing(), r.Inputs.Listing.Name), Landing: r.Inputs.Segments, Listed: r.Inputs.Listing}
	if r.Inputs.Audited != nil {
		run.Audited, run.Counted = opt.Workdir.Audited(r.RunID), r.Inputs.Audited
	}
	for _, f := range r.Inputs.Segments {
		run.Segments = append(run.Segments, filepath.Join(opt.Workdir.Landing(), f.Name))
	}
	if len(known) == 0 { // else it is in the bucket, and was landed
		run.Segments = append(run.Segments, segment)
	}
	for _, name := range append(run.Segments, run.Listing) {
		if _, err := os.Stat(name); err != nil {
			return nil, fault.Damagef(place.NextRepair, "the landing of the newest run is not whole: %v", err)
		}
	}
	night, err := compute.Start(ctx, run)
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, night.Close)
	asked := cat.Lookup(list)
	if _, err := night.Build(ctx, func(f *sql.File) bool {
		return !f.Kind.Table() || f.Kind == sql.Reference || cat.DependsOn(asked, f.Relation())
	}); err != nil {
		return nil, err
	}
	answer, err := night.DB.Ask(ctx, asked, duckdb.Params{"object": object, "generation": generation, "as_of": now})
	if err != nil {
		return nil, err
	}
	rows, err := duckdb.Rows[Answer](answer)
	if err == nil && len(rows) != 1 {
		err = fmt.Errorf("ask %s: %d rows instead of one", list, len(rows))
	}
	if err != nil {
		return nil, err
	}
	v = &Verdict{object, rows[0]}
	if v.Refused != nil {
		return v, fault.Damagef("mend it, then the same command again; nothing was written, and the bucket was not asked", "a night could not use %s: %s", file, *v.Refused)
	}
	return v, nil
}

// nameOf is the name that a file will have in the bucket: what its path says from
// the folder manual on.
func nameOf(file string) (string, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	full = filepath.ToSlash(full)
	at := strings.LastIndex(full, "/manual/")
	if at < 0 {
		return "", fault.Usagef("sourcecov manual template GAME --chain CHAIN --out DIR, which writes it into such a folder",
			"%s does not say which game it is of: its path has to end like manual/CHAIN/NBA_GAME_ID/YYYYMMDD_HHMMSS.json, as in the bucket", place.Word(file))
	}
	return full[at+1:], nil
}

// land makes a segment that holds the file alone, as a pull would.
func land(ctx context.Context, dir, object string, body []byte) (segment string, generation int64, err error) {
	file := filepath.Join(dir, "bucket", filepath.FromSlash(object))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", 0, fmt.Errorf("make a folder to judge the file in: %w", err)
	}
	if err := place.WriteFile(file, body); err != nil {
		return "", 0, err
	}
	bucket, err := mirror.Dir(filepath.Join(dir, "bucket"))
	if err != nil {
		return "", 0, err
	}
	landing, err := mirror.OpenLanding(filepath.Join(dir, "landing"))
	if err != nil {
		return "", 0, err
	}
	if _, err := mirror.Pull(ctx, bucket, []string{"manual/"}, landing, mirror.Options{}); err != nil {
		return "", 0, err
	}
	err = bucket.List(ctx, object, func(o mirror.Object) error {
		generation = o.Generation
		return nil
	})
	segments := landing.Segments()
	return segments[len(segments)-1], generation, err // the first of a landing has no object
}

// newest is a look at the newest run.
func (o Options) newest(ctx context.Context, need string) (*sql.Catalog, *compute.Look, error) {
	cat, err := compute.LoadCatalog(o.SQL, need)
	if err != nil {
		return nil, nil, err
	}
	run, err := compute.LookAt(ctx, o.Workdir, place.Newest, "sourcecov nightly", cat, o.Threads, o.Memory)
	return cat, run, err
}

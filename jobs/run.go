package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// A record is run.json: all that is needed to say what a run saw, did and told.
type record struct {
	RunID   string           `json:"run_id"`
	Run     state.Run        `json:"run"`
	Bucket  string           `json:"bucket"`
	Game    string           `json:"game,omitempty"`
	Threads string           `json:"threads"`      // in force; no part of run_key
	Memory  string           `json:"memory_limit"` // in force; no part of run_key
	Inputs  inputs           `json:"inputs"`
	SQL     []sqlFile        `json:"sql"`
	Checks  []duckdb.Finding `json:"checks"`
	Plan    []planned        `json:"plan"`
	Outputs []output         `json:"outputs"`
	Reports []reported       `json:"reports"`
	Note    string           `json:"note,omitempty"`
	Timings []timing         `json:"timings"`
	digest
	SHA256 string `json:"sha256"` // over the bytes before it; always the last field
}

// inputs are what was read.
type inputs struct {
	Hash     string   `json:"hash"`  // SHA-256 over object, CRC32C and size of all that is landed or listed
	State    string   `json:"state"` // SHA-256 over the events and actions that earlier runs recorded
	Pull     int64    `json:"pull"`
	Segments []stored `json:"segments"`
	Listing  stored   `json:"listing"`

	StateSegments map[string][]stored `json:"state_segments"` // those that each state table was built from
}

type sqlFile struct {
	Path string `json:"path"`
	Hash string `json:"h1"`
	Text string `json:"text"`
}

// A planned is what the plan would do to one table.
type planned struct {
	Table      string `json:"table"`
	Rows       int64  `json:"rows"`       // rows of the whole table
	Partitions int64  `json:"partitions"` // partitions of the whole table
	ToLoad     int64  `json:"to_load"`    // those to load

	Jobs []plannedJob `json:"jobs"`
}

// A plannedJob is one load: of a partition, or of a whole table.
type plannedJob struct {
	LoadID     string `json:"load_id"`
	Partition  string `json:"partition"`  // YYYYMMDD, or all
	Partitions int64  `json:"partitions"` // how many it brings
	Rows       int64  `json:"rows"`
}

type output struct {
	Table      string             `json:"table"`
	Partitions []duckdb.Partition `json:"partitions"`
}

type timing struct {
	Step   string `json:"step"`
	Millis int64  `json:"ms"`
}

// newRecord names the run: as-of, and the hash of all that its result depends
// on (03-architecture, decision 7).
func newRecord(n *night, engine, inputHash, stateHash string, pulled mirror.Report) *record {
	key := sha256.New()
	for _, part := range []string{n.cat.Sum, inputHash, n.asOf.Format("2006-01-02T15:04:05Z"), n.from, n.to, n.game, engine, n.environment, n.failOn, stateHash} {
		fmt.Fprintf(key, "%d:%s\n", len(part), part)
	}
	runKey := hex.EncodeToString(key.Sum(nil))
	r := &record{
		RunID:  n.asOf.Format("20060102T150405Z") + "-" + runKey[:8],
		Bucket: n.bucketName,
		Game:   n.game,
		Inputs: inputs{Hash: inputHash, State: stateHash, Pull: pulled.Pull, Segments: make([]stored, len(n.landing.Segments()))},
	}
	for _, f := range n.cat.Files {
		r.SQL = append(r.SQL, sqlFile{f.Path, f.Hash, f.Text})
	}
	r.Run = state.Run{
		RunID: r.RunID, RunKey: runKey, Target: n.loader.Name(), AsOf: n.asOf, Version: Version, EngineVersion: engine,
		SQLH1: n.cat.Sum, WindowFrom: n.from, WindowTo: n.to, Environment: n.environment, Tables: []state.TableLoad{},
	}
	return r
}

func (r *record) loaded() (sum int64) {
	for _, t := range r.Run.Tables {
		sum += t.Loaded
	}
	return sum
}

func (r *record) skipped() (sum int64) {
	for _, t := range r.Run.Tables {
		sum += t.Skipped
	}
	return sum
}

// alreadyDone returns the record of the run that published last to this
// warehouse, if it had the same key and all that it published is still there;
// else nil. A run that was blocked, looked back, failed or was cut off is not done.
func (n *night) alreadyDone(ctx context.Context) *record {
	if n.head.Done[n.loader.Name()] != n.rec.Run.RunKey || len(n.force) > 0 || len(n.pending.Receipts) > 0 {
		return nil
	}
	r, intact, err := readRecord(filepath.Join(n.dir, "run.json"))
	if err != nil || !intact || r.Run.RunKey != n.rec.Run.RunKey || r.Run.Target != n.rec.Run.Target {
		return nil
	}
	for _, o := range r.Outputs {
		want := map[string]int64{}
		for _, p := range o.Partitions {
			want[p.Value] = p.Rows
		}
		if missing, err := n.loader.Missing(ctx, n.tableNamed(o.Table), want); err != nil || len(missing) > 0 {
			return nil
		}
	}
	return r
}

// repeat prints the summary of a finished run again and ends as it did.
func (n *night) repeat(done *record) error {
	n.ui.summary(done, true)
	return done.verdict()
}

// finishRun writes run.json, makes the database the newest one, drops old ones
// and gives the run's exit status as an error.
func (n *night) finishRun() error {
	if err := n.close(); err != nil {
		return fmt.Errorf("close the run's database: %w", err)
	}
	body, err := n.rec.seal()
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(n.dir, "publish")), os.RemoveAll(filepath.Join(n.dir, "state"))); err != nil {
		return fmt.Errorf("clean the run's folder: %w", err)
	}
	if err := n.newest(); err != nil {
		return err
	}
	if err := n.prune(); err != nil {
		return err
	}
	// A run without its record is unfinished and is replaced; only then is it told.
	if err := writeFile(filepath.Join(n.dir, "run.json"), body); err != nil {
		return err
	}
	n.ui.summary(n.rec, false)
	return n.rec.verdict()
}

// verdict is the run's exit status as an error, nil for 0.
func (r *record) verdict() error {
	if r.Run.ExitCode == exitDone {
		return nil
	}
	return outcome(r.Run.ExitCode)
}

// newestDatabase is the newest run's database, under the working directory.
const newestDatabase = "sourcecov.duckdb"

// newest makes the run's database the one that sourcecov.duckdb stands for.
func (n *night) newest() error {
	link := n.newestPath()
	tmp := link + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("link the newest database: %w", err)
	}
	if err := os.Link(filepath.Join(n.dir, "run.duckdb"), tmp); err != nil {
		return fmt.Errorf("link the newest database: %w", err)
	}
	if err := os.Rename(tmp, link); err != nil {
		return fmt.Errorf("link the newest database: %w", err)
	}
	return nil
}

// keptDatabases is how many runs keep their database; every run.json is kept.
const keptDatabases = 14

// prune drops the oldest databases. Run ids begin with as-of, but it is the
// order of writing that counts here.
func (n *night) prune() error {
	names, err := filepath.Glob(filepath.Join(n.runs, "*", "run.duckdb"))
	if err != nil {
		return fmt.Errorf("drop old databases: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int { return modTime(b).Compare(modTime(a)) })
	for _, name := range names[min(keptDatabases, len(names)):] {
		if strings.HasPrefix(name, n.dir) {
			continue
		}
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("drop old databases: %w", err)
		}
	}
	return nil
}

// modTime is when a file was written; the zero time if it is gone.
func modTime(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

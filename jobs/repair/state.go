package repair

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/jobs/record"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// What comes of a segment that cannot be made again.
var then = map[string]string{
	"alerts":   "who was told what is lost: what goes on is told again",
	"HEAD":     "the one before it counts, and what can still be read of this one; no receipt counts any more: the next night loads every partition again",
	"receipts": "no receipt counts any more: the next night loads every partition again",
	"intents":  "no receipt counts any more: the next night loads every partition again",
	"runs":     "coverage_runs loses the runs that it told of",
	"events":   "the next night finds those again that go on; what had ended is lost",
	"actions":  "the next night detects and ends events again, as of itself",
	// Nobody else knows of them.
	"decisions": "what people decided then counts no more: it has to be decided again",
}

// openState looks at the state; without one r.store stays nil.
func (r *repair) openState(ctx context.Context) error {
	bucket, err := r.OpenState(ctx)
	if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, mirror.ErrNoBucket) {
		return nil
	}
	if err != nil {
		return err
	}
	r.store = state.Open(bucket)
	r.state, err = r.store.Inspect(ctx, true)
	return err
}

// isCarried reports whether the state has a whole copy of a file of the landing.
func (r *repair) isCarried(name string) bool {
	return slices.ContainsFunc(r.state.Head.Landing.Files(), func(c state.Carried) bool {
		return c.Name == name && !slices.ContainsFunc(r.state.Damaged, func(d *state.DamagedError) bool { return d.Name == c.Object })
	})
}

// lookAtCarried tells of a carried file that is damaged; false if it is none.
func (r *repair) lookAtCarried(ctx context.Context, d *state.DamagedError) bool {
	if slices.ContainsFunc(slices.Collect(maps.Values(r.state.Head.Records)), func(c state.Record) bool { return c.Object == d.Name }) {
		r.damaged("state/"+d.Name, d.Err, "a night on another disk does not know that it is already done, and runs again")
		return true
	}
	i := slices.IndexFunc(r.state.Head.Landing.Files(), func(c state.Carried) bool { return c.Object == d.Name })
	if i < 0 {
		return false
	}
	c := r.state.Head.Landing.Files()[i]
	if now, err := record.FileOf(ctx, filepath.Join(r.Workdir.Landing(), c.Name)); err == nil && now == record.File(c.File) {
		r.damaged("state/"+d.Name, d.Err, "the next night with this --workdir brings it again from landing/"+c.Name)
		return true
	}
	r.damaged("state/"+d.Name, d.Err, "a night whose --workdir has it brings it again; any other lists and fetches again what the bucket still has")
	if mirror.KindOf(c.Name) == mirror.Segment {
		r.lost("file", "state/"+d.Name, "this --workdir does not have it either; objects that only it held and the bucket has no longer are lost: "+
			"a night that misses one that was published is blocked by the check lost_objects until a person says --accept-loss")
	}
	return true
}

func (r *repair) lookAtState(ctx context.Context) error {
	r.Files += len(r.state.Head.Names()) + len(r.state.Head.Carries())
	if r.state.Head.N > 0 {
		r.Files++
	}
	if len(r.state.Damaged) == 0 {
		return nil
	}
	var unread []*state.DamagedError
	for _, d := range r.state.Damaged {
		if r.lookAtCarried(ctx, d) {
			continue
		}
		table := state.TableOf(d.Name)
		body, from, err := r.again(ctx, d.Name, table)
		switch {
		case err != nil:
			return err
		case body != nil:
			r.restore = append(r.restore, restored{table, body})
			r.damaged("state/"+d.Name, d.Err, "made again from "+from+", byte for byte")
		default:
			r.damaged("state/"+d.Name, d.Err, then[table])
			unread = append(unread, d)
		}
	}
	return r.lostRows(ctx, unread)
}

// again makes a segment again from what its run left in the working directory:
// that it is the same is known by its sum. nil if nobody has it.
func (r *repair) again(ctx context.Context, name, table string) (body []byte, from string, err error) {
	ids, err := r.Workdir.Recorded()
	if err != nil {
		return nil, "", err
	}
	for _, id := range slices.Backward(ids) {
		switch relation := compute.RecordedBy["state."+table]; {
		case table == "runs":
			from = "runs/" + id + "/run.json"
			rec, intact, err := record.Read(r.Workdir.Record(id))
			if err != nil || !intact {
				continue
			}
			if _, body, err = state.Segment(state.Head{N: state.Append(name) - 1}, table, state.Rows{Runs: []state.Run{rec.Run}}); err != nil {
				return nil, "", err
			}
		case relation != "":
			from = "runs/" + id + "/run.duckdb"
			if body, err = r.saved(ctx, id, relation); ctx.Err() != nil {
				return nil, "", ctx.Err()
			} else if err != nil {
				continue // of other SQL files, damaged or dropped: it does not help
			}
		}
		if body != nil && r.state.Is(name, body) {
			return body, from, nil
		}
	}
	return nil, "", nil
}

// saved is what a run appended of its relation, as its database still holds it.
func (r *repair) saved(ctx context.Context, id, relation string) (body []byte, err error) {
	db, dir, err := r.open(ctx, r.Workdir.Database(id))
	if err != nil {
		return nil, err
	}
	defer fault.Also(&err, db.Close)
	file := filepath.Join(dir, "saved.parquet")
	if _, err := db.Save(ctx, r.cat.Lookup(relation), file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// open opens a run's database, which stays as it is, and gives a folder that it may write into.
func (r *repair) open(ctx context.Context, database string) (db *duckdb.DB, dir string, err error) {
	// Each under a name of its own: the engine keeps open files by path.
	if dir, err = os.MkdirTemp(r.dir, "run-"); err != nil {
		return nil, "", err
	}
	asked := filepath.Join(dir, "run.duckdb")
	if err := os.Symlink(database, asked); err != nil {
		return nil, "", err
	}
	db, err = duckdb.Open(ctx, duckdb.Options{Path: asked, ReadOnly: true, Threads: r.Threads, MemoryLimit: r.Memory, Allowed: []string{dir}}, r.cat)
	return db, dir, err
}

// lostRows tells of the rows of damaged segments that nothing brings back: what it
// can, from what is whole, and from the segment as far as that can still be read.
func (r *repair) lostRows(ctx context.Context, damaged []*state.DamagedError) (err error) {
	rules, err := compute.OpenRules(ctx, r.cat, nil, r.Threads, r.Memory, r.dir)
	if err != nil {
		return err
	}
	defer fault.Also(&err, rules.Close)
	whole := &compute.State{Store: r.store, Head: r.state.Without()}
	for _, table := range []string{"state.events", "state.actions", "state.runs"} {
		if _, err := whole.Build(ctx, rules, r.cat.Lookup(table), r.dir); err != nil {
			return err
		}
	}
	for _, d := range damaged {
		file := filepath.Join(r.dir, "damaged-"+d.Name)
		if body := r.state.Bodies[d.Name]; body != nil {
			if err := place.WriteFile(file, body); err != nil {
				return err
			}
		}
		rows, err := r.read(ctx, rules, state.TableOf(d.Name), file)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			r.lost("file", "state/"+d.Name, "nothing in it can be read any more")
		}
		for _, l := range rows {
			r.lost(l.What, l.Name, "%s", l.Said)
		}
	}
	if slices.ContainsFunc(damaged, func(d *state.DamagedError) bool { return state.TableOf(d.Name) == "events" }) {
		return r.lostEvents(ctx, rules)
	}
	return nil
}

// questions are asked of what can be read of a segment. Receipts and intents
// tell of nothing that a warehouse does not know.
var questions = map[string]string{
	"runs": `SELECT 'run' AS what, run_id AS name, 'as of ' || strftime(as_of, '%Y-%m-%dT%H:%M:%SZ') || ', exit ' || exit_code || ', into ' || target AS said
		FROM read_parquet(?) ORDER BY ALL`,
	"events": `SELECT 'event' AS what, e.event_id AS name, concat_ws(' ', e.event_type, e.nba_game_id, strftime(e.game_date, '%Y-%m-%d'), e.team_abbr, e.player_lookup)
			|| ', ended ' || strftime(a.acted_at, '%Y-%m-%dT%H:%M:%SZ') || ' (' || a.method || '): ' || coalesce(e.description, '') AS said
		FROM read_parquet(?) AS e JOIN state.actions AS a ON a.event_id = e.event_id AND a.action = 'resolved'
		WHERE e.event_id NOT IN (SELECT event_id FROM state.events) ORDER BY ALL`,
	"decisions": `SELECT 'decision' AS what, decision_id AS name, concat_ws(' ', decision, method, coalesce(event_id, batch_id, undoes)) || ' by ' || acted_by
			|| ' ' || strftime(decided_at, '%Y-%m-%dT%H:%M:%SZ') || coalesce(': ' || why, '') AS said
		FROM read_parquet(?) ORDER BY ALL`,
	"actions": `SELECT 'action' AS what, event_id AS name, action || ' ' || strftime(acted_at, '%Y-%m-%dT%H:%M:%SZ') || ' by ' || acted_by
			|| coalesce(' (' || method || ')', '') || coalesce(': ' || why, '') AS said
		FROM read_parquet(?) WHERE action = 'resolved' OR acted_by <> 'sourcecov' ORDER BY ALL`,
}

func (r *repair) read(ctx context.Context, rules *duckdb.DB, table, file string) ([]Loss, error) {
	question := questions[table]
	if question == "" {
		return nil, nil
	}
	rows, err := duckdb.Select[struct {
		What string `json:"what"`
		Name string `json:"name"`
		Said string `json:"said"`
	}](ctx, rules, question, file)
	if err != nil {
		return nil, err
	}
	losses := make([]Loss, len(rows))
	for i, row := range rows {
		losses[i] = Loss{row.What, row.Name, strings.ToValidUTF8(row.Said, "\uFFFD")}
	}
	return losses, nil
}

// lostEvents tells of the events that had ended and of which nothing but their
// end is known any more.
func (r *repair) lostEvents(ctx context.Context, rules *duckdb.DB) error {
	rows, err := duckdb.Select[struct {
		Name string `json:"name"`
		Said string `json:"said"`
	}](ctx, rules, `SELECT event_id AS name, 'ended ' || strftime(acted_at, '%Y-%m-%dT%H:%M:%SZ') || ' (' || method || '): ' || coalesce(why, '') AS said
		FROM state.actions WHERE action = 'resolved' AND event_id NOT IN (SELECT event_id FROM state.events) ORDER BY ALL`)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.What == "event" && l.Name == row.Name }) {
			r.lost("event", row.Name, "%s", row.Said)
		}
	}
	return nil
}

// replaceHead appends a HEAD without what is damaged, and what was made again.
func (r *repair) replaceHead(ctx context.Context) (err error) {
	head := r.state.Without()
	if head.AsOf, err = r.newest(ctx, head); err != nil {
		return err
	}
	if head, err = r.store.Append(ctx, head, head.AsOf, state.Rows{}); err != nil {
		return err
	}
	for _, again := range r.restore {
		if head, err = r.store.Append(ctx, head, head.AsOf, state.Rows{Segments: map[string][]byte{again.table: again.body}}); err != nil {
			return err
		}
	}
	return nil
}

// newest is the newest as-of of a state, whose HEAD may have come from before.
func (r *repair) newest(ctx context.Context, head state.Head) (asOf time.Time, err error) {
	rules, err := compute.OpenRules(ctx, r.cat, nil, r.Threads, r.Memory, r.dir)
	if err != nil {
		return asOf, err
	}
	defer fault.Also(&err, rules.Close)
	whole := &compute.State{Store: r.store, Head: head}
	if _, err := whole.Build(ctx, rules, r.cat.Lookup("state.runs"), r.dir); err != nil {
		return asOf, err
	}
	texts, err := rules.Strings(ctx, "SELECT strftime(max(as_of), '%Y-%m-%dT%H:%M:%S.%fZ') FROM state.runs")
	if err != nil || len(texts) == 0 || texts[0] == "" {
		return head.AsOf, err
	}
	if asOf, err = time.Parse(time.RFC3339Nano, texts[0]); err != nil {
		return asOf, fmt.Errorf("read the newest as-of of the state: %w", err)
	}
	if head.AsOf.After(asOf) {
		asOf = head.AsOf
	}
	return asOf, nil
}

// Package doctor looks at everything that a night needs and says what is in
// order, what is not, and what to type next. It changes nothing: it lists, it
// reads, and it asks what is permitted.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/gcs"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// Options name the places, as they were typed: one that makes no sense, or
// cannot be opened, is a finding and no error.
type Options struct {
	SQL    func() (fs.FS, error)
	SQLDir string // where they are; "" for those inside this program

	Bucket                       place.Bucket
	Workdir, State               string
	Warehouse, Staging, Location string

	Cloud   *place.Cloud
	Threads int
	Memory  string
	Now     func() time.Time
	Did     func(step, what string, took time.Duration) // tells of a question that was asked
}

// Patience is how long a doctor waits for a service: it tells how things are now.
// Within one call the client of BigQuery tries again by itself.
var Patience = place.Patience{Attempts: 2, Pause: 500 * time.Millisecond, Call: 4 * time.Second}

// A Line is the answer to one question.
type Line struct {
	Check, Subject, Status, Found, Next string

	passes bool // a failure that may pass by itself
}

// How a line can come out.
const (
	OK       = "ok"
	Warning  = "warning"
	Fail     = "fail"
	NotAsked = "not asked"
)

// checkup is one look at everything.
type checkup struct {
	Options
	dir       string       // temporary folder
	cat       *sql.Catalog // the SQL files; nil if they are not in order
	rules     *duckdb.DB   // the rules in them, likewise
	bucket    mirror.Bucket
	workdir   place.Workdir
	state     place.State
	warehouse place.Warehouse
	opened    place.OpenWarehouse
	storage   *gcs.Client      // nil if no place is there, or it cannot be opened
	unopened  map[string]error // why something could not be opened, by its name below

	noBucket                  map[string]bool // buckets of Cloud Storage that are not there
	storageDown, bigqueryDown bool            // the service does not answer, so it is not asked again
	notAccepted               bool            // the credentials, by either service
	noDataset                 bool
	forbidden                 map[string]int  // by check, the line that says that something may not be asked
	location                  string          // of the dataset; "" if that is not known
	unsettled                 map[string]bool // loads of which nobody knows yet what came

	lines []Line
}

// What may not open.
const (
	theRules     = "sql"
	theStorage   = "storage"
	theBucket    = "bucket"
	theState     = "state"
	theWorkdir   = "workdir"
	theWarehouse = "warehouse"
	theStaging   = "staging"
)

// Run asks every question, whatever came of those before it. A question that
// makes no sense after another's answer has a line that says so. If a line fails
// there are lines and an error that tells the first failure.
func Run(ctx context.Context, opt Options) (lines []Line, err error) {
	d := &checkup{Options: opt, unopened: map[string]error{}, unsettled: map[string]bool{}, noBucket: map[string]bool{}, forbidden: map[string]int{}}
	if d.dir, err = os.MkdirTemp("", "sourcecov-doctor-"); err != nil {
		return nil, fmt.Errorf("make a folder to read the state in: %w", err)
	}
	defer fault.Also(&err, func() error { return os.RemoveAll(d.dir) })
	d.open(ctx)
	if d.rules != nil {
		defer fault.Also(&err, d.rules.Close)
	}
	mark := d.Now()
	for _, q := range []struct {
		about string
		ask   func(context.Context)
	}{
		{"sql", d.askRules}, {"credentials", d.askCredentials}, {"bucket", d.askBucket}, {"state", d.askState}, {"workdir", d.askWorkdir},
		{"warehouse", d.askWarehouse}, {"staging", d.askStaging}, {"streaming", d.askStreaming},
	} {
		q.ask(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		now := d.Now()
		d.Did(q.about, "asked", now.Sub(mark))
		mark = now
	}
	return d.lines, d.verdict()
}

// open makes sense of every place and keeps what is wrong with each. It asks nobody.
func (d *checkup) open(ctx context.Context) {
	d.unopened[theRules] = d.openRules(ctx)
	d.workdir, d.unopened[theWorkdir] = place.ParseWorkdir(d.Workdir, d.Bucket)
	if d.Warehouse == "" {
		d.Warehouse = "dir:" + string(d.workdir) + "/warehouse"
	}
	if d.usesStorage() {
		d.storage, d.unopened[theStorage] = d.Cloud.Storage(ctx)
	}
	d.bucket, d.unopened[theBucket] = d.Bucket.Open(ctx, d.Cloud)
	d.state, d.unopened[theState] = place.ParseState(d.State, d.workdir)
	d.openWarehouse(ctx)
}

// openWarehouse opens the warehouse without its staging area: what is wrong with
// that is a question of its own.
func (d *checkup) openWarehouse(ctx context.Context) {
	staging := d.Staging
	var at place.GS
	if d.usesBigQuery() && staging != "" {
		at, d.unopened[theStaging] = place.ParseGS("--staging", staging)
		staging = ""
	}
	var err error
	if d.warehouse, err = place.ParseWarehouse(d.Warehouse, staging, d.Location, d.workdir); err == nil {
		d.opened, err = d.warehouse.Open(ctx, d.Cloud)
	}
	d.unopened[theWarehouse] = err
	d.warehouse.Staging = at
	if d.opened.Dataset != nil && at.Bucket != "" && d.storage != nil {
		d.opened.Stage = d.storage.Stage(at.Bucket, at.Prefix)
	}
}

// usesStorage reports whether any place is one of Google Cloud Storage.
func (d *checkup) usesStorage() bool {
	return place.IsGS(string(d.Bucket)) || place.IsGS(d.State) || d.usesBigQuery() && place.IsGS(d.Staging)
}

func (d *checkup) usesBigQuery() bool { return strings.HasPrefix(d.Warehouse, "bq:") }

// openRules reads the SQL files and opens their rules in memory.
func (d *checkup) openRules(ctx context.Context) error {
	files, err := d.SQL()
	if err != nil {
		return err
	}
	cat, err := compute.LoadCatalog(files, "reference.object_paths", "reference.sources", "reference.audited_tables",
		"state.intents", "state.receipts", "model.open_intent")
	if err != nil {
		return err
	}
	if _, _, err := compute.PublishedTables(cat); err != nil {
		return err
	}
	rules, err := compute.OpenRules(ctx, cat, nil, d.Threads, d.Memory, d.dir)
	if err != nil {
		return err
	}
	d.cat, d.rules = cat, rules
	return nil
}

// askRules holds every file to its header. What a night would find of it only after
// its pull is found here, over no rows.
func (d *checkup) askRules(ctx context.Context) {
	subject := d.SQLDir
	if subject == "" {
		subject = "inside this program"
	}
	if err := d.unopened[theRules]; err != nil {
		d.failure("sql", subject, d.fixSQL(), err)
		return
	}
	wrong, err := compute.Shapes(ctx, d.cat, d.Threads, d.Memory, d.dir)
	if err != nil {
		wrong = append(wrong, err)
	}
	for _, err := range wrong {
		d.fail("sql", subject, d.fixSQL(), "%v", err)
	}
	if len(wrong) == 0 {
		d.ok("sql", subject, "every file is as its header says")
	}
}

// fixSQL is the next step where an SQL file is not in order.
func (d *checkup) fixSQL() string {
	if d.SQLDir == "" {
		return "install the program again, for its own SQL files are not in order"
	}
	return nextSQL
}

const nextSQL = "fix the file, or run without --sql"

// askCredentials tells whether there are any. Whether they are accepted, all the
// other lines show.
func (d *checkup) askCredentials(context.Context) {
	if !d.usesStorage() && !d.usesBigQuery() {
		d.ok("credentials", "Google Cloud", "none needed, for every place is a directory")
	}
	tell := func(service, emulator string, err error) {
		switch host := d.Cloud.Getenv(emulator); {
		case err != nil:
			d.failure("credentials", service, place.Login, err)
		case host != "":
			d.ok("credentials", service, "%s names %s: that is asked instead, without credentials", emulator, host)
		default:
			d.ok("credentials", service, "Application Default Credentials are there")
		}
	}
	if d.usesStorage() && d.usesBigQuery() && d.unopened[theStorage] != nil && d.lacksCredentials() != nil {
		tell("Google Cloud", "", d.unopened[theStorage])
		return
	}
	if d.usesStorage() {
		tell("Cloud Storage", "STORAGE_EMULATOR_HOST", d.unopened[theStorage])
	}
	if d.usesBigQuery() {
		tell("BigQuery", "BIGQUERY_EMULATOR_HOST", d.lacksCredentials())
	}
}

// lacksCredentials is the error of a BigQuery that has none, or nil.
func (d *checkup) lacksCredentials() error {
	if err := d.unopened[theWarehouse]; errors.Is(err, warehouse.ErrCredentials) {
		return err
	}
	return nil
}

// add adds a line.
func (d *checkup) add(l Line) {
	l.Found = strings.Join(strings.Fields(l.Found), " ") // what a service says may have lines of its own
	d.lines = append(d.lines, l)
}

func (d *checkup) ok(check, subject, found string, args ...any) {
	d.add(Line{Check: check, Subject: subject, Status: OK, Found: fmt.Sprintf(found, args...)})
}

func (d *checkup) warn(check, subject, next, found string, args ...any) {
	d.add(Line{Check: check, Subject: subject, Status: Warning, Found: fmt.Sprintf(found, args...), Next: next})
}

func (d *checkup) fail(check, subject, next, found string, args ...any) {
	d.add(Line{Check: check, Subject: subject, Status: Fail, Found: fmt.Sprintf(found, args...), Next: next})
}

func (d *checkup) skip(check, subject, why string, args ...any) {
	d.add(Line{Check: check, Subject: subject, Status: NotAsked, Found: fmt.Sprintf(why, args...)})
}

// failure is the line of a question that was answered by an error. One that may
// pass by itself needs no other step than to wait.
func (d *checkup) failure(check, subject, next string, err error) {
	l := Line{Check: check, Subject: subject, Status: Fail, Found: reason(err), Next: next}
	var usage *fault.UsageError
	var known *fault.NextError
	switch {
	case isTemporary(err):
		l.passes, l.Next = true, "sourcecov doctor again, later: this may pass by itself"
	case errors.As(err, &usage):
		l.Next = usage.Next
	case errors.As(err, &known):
		l.Next = known.Next
	case errors.Is(err, warehouse.ErrCredentials):
		l.Next = place.Login
	}
	d.add(l)
}

func isTemporary(err error) bool {
	return errors.Is(err, mirror.ErrTemporary) || errors.Is(err, warehouse.ErrTemporary)
}

// reason is what an error says. A warehouse that refused one question has not
// said that it takes no tables.
func reason(err error) string {
	var setup *warehouse.SetupError
	if !errors.As(err, &setup) {
		return err.Error()
	}
	return strings.Join(warehouse.Told(setup.Differences), "; ")
}

// verdict is nil if nothing fails, else an error that tells the first failure.
// Failures that all may pass by themselves make a temporary one.
func (d *checkup) verdict() error {
	var first *Line
	for _, l := range d.lines {
		if l.Status == Fail && (first == nil || first.passes && !l.passes) {
			first = &l
		}
	}
	switch {
	case first == nil:
		return nil
	case first.passes:
		return warehouse.Temporary(fmt.Errorf("%s %s: %s", first.Check, first.Subject, first.Found))
	}
	return fault.Usagef(first.Next, "%s %s: %s", first.Check, first.Subject, first.Found)
}

package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sourcecov/duckdb"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// A checkup is one look at everything that a night needs. It changes nothing:
// it lists, it reads, and it asks what is permitted.
type checkup struct {
	*config
	dir    string           // temporary folder
	cat    *sql.Catalog     // the SQL files; nil if they are not in order
	rules  *duckdb.DB       // the rules in them, likewise
	staged gsPath           // where files wait for BigQuery, if --staging names a place
	not    map[string]error // what could not be opened, by its name below

	storageDown, bigqueryDown bool            // the service does not answer, so it is not asked again
	location                  string          // of the dataset; "" if that is not known
	waiting                   map[string]bool // loads of which nobody knows yet what came

	lines []line
}

// The places that may not open.
const (
	theRules     = "sql"
	theStorage   = "storage"
	theBucket    = "bucket"
	theState     = "state"
	theWorkdir   = "workdir"
	theWarehouse = "warehouse"
	theStaging   = "staging"
)

// A line is the answer to one question.
type line struct {
	Check, Subject, Status, Found, Next string

	passes bool // a failure that may pass by itself
}

// How a line can come out.
const (
	isOK     = "ok"
	warned   = "warning"
	failed   = "fail"
	notAsked = "not asked"
)

// briefly is how long a doctor waits for a service: it tells how things are now.
// Within one call the client of BigQuery tries again by itself.
var briefly = patience{attempts: 2, pause: 500 * time.Millisecond, call: 4 * time.Second}

func doctorFlags(f *pflag.FlagSet, c *config) {
	warehouseFlags(f, c)
	f.StringVar(&c.raw.state, "state", "", "where the state is kept: a directory or gs://NAME/PREFIX (default WORKDIR/state)")
}

// doctor asks every question, whatever came of those before it. A question that
// makes no sense after another's answer has a line that says so.
func doctor(ctx context.Context, c *config) (err error) {
	d := &checkup{config: c, not: map[string]error{}, waiting: map[string]bool{}}
	if d.dir, err = os.MkdirTemp("", "sourcecov-doctor-"); err != nil {
		return fmt.Errorf("make a folder to read the state in: %w", err)
	}
	defer also(&err, func() error { return os.RemoveAll(d.dir) })
	d.patience = briefly
	d.open(ctx)
	if d.rules != nil {
		defer also(&err, d.rules.Close)
	}
	mark := d.now()
	for _, q := range []struct {
		about string
		ask   func(context.Context)
	}{
		{"sql", d.askRules}, {"credentials", d.askCredentials}, {"bucket", d.askBucket}, {"state", d.askState}, {"workdir", d.askWorkdir},
		{"warehouse", d.askWarehouse}, {"staging", d.askStaging}, {"streaming", d.askStreaming},
	} {
		q.ask(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		now := d.now()
		d.ui.step(q.about, "asked", now.Sub(mark))
		mark = now
	}
	d.ui.examined(d.lines)
	return d.verdict()
}

// open makes sense of every place that the flags name and keeps what is wrong
// with each. It asks nobody.
func (d *checkup) open(ctx context.Context) {
	d.not[theRules] = d.openRules(ctx)
	if d.not[theWorkdir] = d.placeWorkdir(); d.raw.warehouse == "" {
		d.raw.warehouse = "dir:" + d.workdir + "/warehouse"
	}
	if d.usesStorage() {
		_, d.not[theStorage] = d.storage(ctx)
	}
	d.not[theBucket] = d.openBucket(ctx, true)
	d.not[theState] = d.placeState()
	staging := d.raw.staging
	if d.usesBigQuery() {
		// What is wrong with the staging area is a question of its own.
		d.raw.staging = ""
		if staging != "" {
			d.staged, d.not[theStaging] = parseGS("--staging", staging)
		}
	}
	d.not[theWarehouse] = d.openWarehouse(ctx)
	if d.raw.staging = staging; d.dataset != nil && staging != "" && d.not[theStaging] == nil && d.cloud != nil {
		d.stage = d.cloud.Stage(d.staged.bucket, d.staged.prefix)
	}
}

// usesStorage reports whether any place is one of Google Cloud Storage.
func (d *checkup) usesStorage() bool {
	return gsForm.MatchString(d.raw.bucket) || gsForm.MatchString(d.raw.state) || d.usesBigQuery() && gsForm.MatchString(d.raw.staging)
}

func (d *checkup) usesBigQuery() bool { return strings.HasPrefix(d.raw.warehouse, "bq:") }

// openRules reads the SQL files and opens their rules in memory.
func (d *checkup) openRules(ctx context.Context) error {
	err := d.placeSQL()
	if err != nil {
		return err
	}
	cat, err := sql.Load(d.sqlFiles)
	if err == nil {
		err = cat.Need("reference.object_paths", "reference.sources", "reference.audited_tables", "state.intents", "state.receipts", "model.open_intent")
	}
	if err == nil {
		_, _, err = publishedTables(cat)
	}
	if err != nil {
		return usagef("mend the file, or run without --sql", "%v", err)
	}
	rules, err := duckdb.Open(ctx, duckdb.Options{Threads: d.threads, MemoryLimit: d.memory, Allowed: []string{d.dir}}, cat)
	if err != nil {
		return err
	}
	if err := rules.BuildAll(ctx, nil, sql.Type, sql.Reference); err != nil {
		return errors.Join(err, rules.Close())
	}
	d.cat, d.rules = cat, rules
	return nil
}

func (d *checkup) askRules(context.Context) {
	subject := "inside this program"
	if d.raw.sql != "" {
		subject = d.raw.sql
	}
	if err := d.not[theRules]; err != nil {
		d.failure("sql", subject, "mend the file, or run without --sql", err)
		return
	}
	d.ok("sql", subject, "every file is as its header says")
}

// askCredentials tells whether there are any. Whether they are accepted, all the
// other lines show.
func (d *checkup) askCredentials(context.Context) {
	const login = "gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; then the same again"
	if !d.usesStorage() && !d.usesBigQuery() {
		d.ok("credentials", "Google Cloud", "none needed, for every place is a directory")
	}
	tell := func(service, emulator string, err error) {
		switch host := d.getenv(emulator); {
		case err != nil:
			d.failure("credentials", service, login, err)
		case host != "":
			d.ok("credentials", service, "%s names %s: that is asked instead, without credentials", emulator, host)
		default:
			d.ok("credentials", service, "Application Default Credentials are there")
		}
	}
	if d.usesStorage() {
		tell("Cloud Storage", "STORAGE_EMULATOR_HOST", d.not[theStorage])
	}
	if d.usesBigQuery() {
		tell("BigQuery", "BIGQUERY_EMULATOR_HOST", d.lacksCredentials())
	}
}

// lacksCredentials is the error of a BigQuery that has none, or nil.
func (d *checkup) lacksCredentials() error {
	var setup *warehouse.SetupError
	if errors.As(d.not[theWarehouse], &setup) {
		return setup
	}
	return nil
}

func (d *checkup) say(l line) {
	l.Found = strings.Join(strings.Fields(l.Found), " ") // what a service says may have lines of its own
	d.lines = append(d.lines, l)
}

func (d *checkup) ok(check, subject, found string, args ...any) {
	d.say(line{Check: check, Subject: subject, Status: isOK, Found: fmt.Sprintf(found, args...)})
}

func (d *checkup) warn(check, subject, next, found string, args ...any) {
	d.say(line{Check: check, Subject: subject, Status: warned, Found: fmt.Sprintf(found, args...), Next: next})
}

func (d *checkup) fail(check, subject, next, found string, args ...any) {
	d.say(line{Check: check, Subject: subject, Status: failed, Found: fmt.Sprintf(found, args...), Next: next})
}

func (d *checkup) skip(check, subject, why string, args ...any) {
	d.say(line{Check: check, Subject: subject, Status: notAsked, Found: fmt.Sprintf(why, args...)})
}

// failure is the line of a question that was answered by an error. One that may
// pass by itself needs no other step than to wait.
func (d *checkup) failure(check, subject, next string, err error) {
	l := line{Check: check, Subject: subject, Status: failed, Found: reason(err), Next: next}
	var usage *usageError
	switch {
	case isTemporary(err):
		l.passes, l.Next = true, "sourcecov doctor again, later: this may pass by itself"
	case errors.As(err, &usage):
		l.Next = usage.hint
	}
	d.say(l)
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
	said := make([]string, len(setup.Differences))
	for i, difference := range setup.Differences {
		said[i] = difference.String()
	}
	return strings.Join(said, "; ")
}

// verdict is nil if nothing fails, else an error that tells the first failure.
// Failures that all may pass by themselves make a temporary one.
func (d *checkup) verdict() error {
	var first *line
	for _, l := range d.lines {
		if l.Status == failed && (first == nil || first.passes && !l.passes) {
			first = &l
		}
	}
	switch {
	case first == nil:
		return nil
	case first.passes:
		return warehouse.Temporary(fmt.Errorf("%s %s: %s", first.Check, first.Subject, first.Found))
	}
	return usagef(first.Next, "%s %s: %s", first.Check, first.Subject, first.Found)
}

// examined prints the lines, each with its next step below it. Subjects are not
// aligned: one long path would push all else out of sight.
func (u *textUI) examined(lines []line) {
	check, many := 0, map[string]int64{}
	for _, l := range lines {
		check = max(check, len(l.Check))
		many[l.Status]++
	}
	for _, l := range lines {
		fmt.Fprintf(u.out, "%-*s  %-*s  %s: %s\n", len(notAsked), l.Status, check, l.Check, l.Subject, l.Found)
		if l.Next != "" {
			fmt.Fprintf(u.out, "%-*s  next: %s\n", len(notAsked), "", l.Next)
		}
	}
	fmt.Fprintf(u.out, "\n%d in order, %s, %s, %d not asked; nothing was changed\n",
		many[isOK], count(many[warned], "warning"), count(many[failed], "failure"), many[notAsked])
}

func (u *jsonUI) examined(lines []line) {
	for _, l := range lines {
		next := any(l.Next)
		if l.Next == "" {
			next = nil
		}
		u.line("doctor", "check", l.Check, "subject", l.Subject, "status", l.Status, "found", l.Found, "next", next)
	}
}

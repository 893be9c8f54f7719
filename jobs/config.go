package jobs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sourcecov/sql"
	"sourcecov/sync/bq"
	"sourcecov/sync/gcs"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// config is a command line made sense of.
type config struct {
	bucketName  string // as shown: fixtures, or the directory as given
	bucket      mirror.Bucket
	workdir     string // absolute
	asOf        time.Time
	from, to    string // YYYY-MM-DD
	game        string
	arg         string // what the verb takes besides flags
	sqlFiles    fs.FS
	threads     int
	memory      string
	dryRun      bool
	failOn      string
	environment string
	verbose     bool
	help        bool
	ui          ui
	now         func() time.Time

	getenv func(string) string

	places
	loader  warehouse.Loader
	dataset *bq.Warehouse // the loader, if that is BigQuery; else nil
	stage   *gcs.Stage    // where its files wait; nil if they are sent with their jobs
	force   []string      // TABLE or TABLE:DATE to load whatever the receipts say
	maxJobs int           // load jobs that a run may start
	apply   bool          // migrate is to change what differs

	raw struct {
		bucket, workdir, warehouse, staging, location, state, asOf, from, to, sql string
		fullAudit, json, quiet                                                    bool
	}
}

// embeddedBucket is the bucket inside the binary.
const embeddedBucket = "fixtures"

// flagSet declares every flag with its default and its environment twin.
func flagSet(v verb, c *config, getenv func(string) string) (*pflag.FlagSet, error) {
	f := pflag.NewFlagSet(v.name, pflag.ContinueOnError)
	f.SortFlags = false
	bucketDoes := "the scraped JSON under the bucket's own object names: a directory, gs://NAME/PREFIX, or the embedded " + embeddedBucket
	workdirDoes := "directory for the landing, the databases and the runs (default .sourcecov/<bucket>)"
	if v.takes != "" {
		bucketDoes, workdirDoes = "the bucket that the run was over: it names the default of --workdir", "working directory of the run (default .sourcecov/<bucket>)"
	}
	f.StringVar(&c.raw.bucket, "bucket", embeddedBucket, bucketDoes)
	f.StringVar(&c.raw.workdir, "workdir", "", workdirDoes)
	switch v.name {
	case "nightly":
		nightlyFlags(f, c)
	case "verify":
		verifyFlags(f, c)
	case "migrate":
		migrateFlags(f, c)
	case "doctor":
		doctorFlags(f, c)
	}
	if v.name != "verify" { // it runs the recorded SQL
		f.StringVar(&c.raw.sql, "sql", "", "directory of SQL files to run instead of the embedded ones")
	}
	f.IntVar(&c.threads, "threads", 0, "threads of the database (default all cores)")
	f.StringVar(&c.memory, "memory-limit", "", "memory of the database, such as 4GB (default 80 % of the machine's)")
	f.BoolVar(&c.raw.json, "json", false, "JSON Lines on stdout")
	f.BoolVarP(&c.raw.quiet, "quiet", "q", false, "print nothing but errors")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "tell each step and how long it took")
	f.BoolVarP(&c.help, "help", "h", false, "list the flags")
	var err error
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "help" {
			return
		}
		env := "SOURCECOV_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		flag.Usage += " [" + env + "]"
		if value := getenv(env); value != "" {
			if e := f.Set(flag.Name, value); e != nil {
				err = errors.Join(err, usagef("unset "+env+", or set it as sourcecov "+v.name+" --help says", "%s: %v", env, e))
			}
		}
	})
	return f, err
}

// warehouseFlags say where tables are.
func warehouseFlags(f *pflag.FlagSet, c *config) {
	f.StringVar(&c.raw.warehouse, "warehouse", "", "where finished tables go: dir:DIR or bq:PROJECT.DATASET (default dir:WORKDIR/warehouse)")
	f.StringVar(&c.raw.staging, "staging", "", "gs://NAME/PREFIX where files wait for BigQuery to load them (default: each is sent with its job)")
	f.StringVar(&c.raw.location, "location", "", "where the dataset has to be, such as US or EU (default wherever it is; migrate makes one in US)")
}

// nightlyFlags are those of a verb that judges and publishes.
func nightlyFlags(f *pflag.FlagSet, c *config) {
	warehouseFlags(f, c)
	f.StringVar(&c.raw.state, "state", "", "where the state is kept: a directory or gs://NAME/PREFIX (default WORKDIR/state)")
	f.StringVar(&c.raw.asOf, "as-of", "", "instant to answer for, RFC 3339 (default the bucket's AS_OF, else now)")
	f.StringVar(&c.raw.from, "from", "", "first game date to list, YYYY-MM-DD (default the bucket's WINDOW, else 7 days before as-of)")
	f.StringVar(&c.raw.to, "to", "", "last game date to list, YYYY-MM-DD (default the bucket's WINDOW, else the date of as-of)")
	f.StringVar(&c.game, "game", "", "list this one game, whatever its date: an NBA id or YYYYMMDD_AWY_HOM")
	f.BoolVar(&c.raw.fullAudit, "full-audit", false, "list the 90 days before as-of")
	f.StringArrayVar(&c.force, "force", nil, "load this table, or TABLE:YYYY-MM-DD, whatever was loaded before; may be repeated")
	f.IntVar(&c.maxJobs, "max-jobs", defaultJobs, "load jobs that one run may start; a plan of more is refused")
	f.BoolVar(&c.dryRun, "dry-run", false, "do everything in a temporary folder and print the plan; bucket, landing, state and warehouse stay as they are")
	f.StringVar(&c.failOn, "fail-on", "never", "exit 4 if an open gap or event is as bad as this: critical, warning or never")
	f.StringVar(&c.environment, "environment", "local", "name recorded with the run and its events")
}

// parse reads the command line; every mistake is a usageError. The config that
// it returns always has a ui, so that a mistake is told in the form asked for.
func parse(ctx context.Context, w World, v verb) (*config, error) {
	c := &config{now: w.Now, getenv: w.Getenv}
	f, envErr := flagSet(v, c, w.Getenv)
	f.SetOutput(io.Discard)
	err := f.Parse(w.Args[1:])
	c.ui = newUI(w, c.raw.json || slices.Contains(w.Args, "--json"), c.raw.quiet, c.verbose)
	switch {
	case err != nil:
		return c, usagef("sourcecov "+v.name+" --help", "%v", err)
	case c.help:
		return c, nil
	case envErr != nil:
		return c, envErr
	case f.NArg() > 0 && v.takes == "":
		return c, usagef("sourcecov "+v.name+" --help", "%s takes flags only, not %q", v.name, f.Arg(0))
	case f.NArg() != 1 && v.takes != "":
		return c, usagef("sourcecov "+v.name+" "+v.such, "%s takes one %s, %s", v.name, v.takes, v.forms)
	}
	c.arg = f.Arg(0)
	return c, c.settleFlags(ctx, v)
}

// settleFlags checks the values of the flags and opens what they name.
func (c *config) settleFlags(ctx context.Context, v verb) error {
	if c.failOn != "" && c.failOn != "critical" && c.failOn != "warning" && c.failOn != "never" {
		return usagef("--fail-on critical", "--fail-on is critical, warning or never, not %q", c.failOn)
	}
	if c.threads < 0 || c.threads > mostThreads {
		return usagef("--threads 2", "--threads %d: give a number from 1 to %d", c.threads, mostThreads)
	}
	if c.memory != "" && !memoryForm.MatchString(c.memory) {
		return usagef("--memory-limit 4GB", "--memory-limit %q is no amount of memory", c.memory)
	}
	if v.name == "nightly" && c.maxJobs < 1 {
		return usagef("--max-jobs 400", "--max-jobs %d: give a number of at least 1", c.maxJobs)
	}
	if v.name == "doctor" {
		return nil // it opens each place by itself, for one that cannot be opened is a finding
	}
	return c.open(ctx, v)
}

// open turns names into a bucket, folders and SQL files.
func (c *config) open(ctx context.Context, v verb) error {
	if err := c.openBucket(ctx, v.name == "nightly"); err != nil {
		return err
	}
	if err := c.placeWorkdir(); err != nil {
		return err
	}
	if v.takes == "" && c.raw.warehouse == "" {
		c.raw.warehouse = "dir:" + filepath.Join(c.workdir, "warehouse")
	}
	if c.raw.warehouse != "" {
		if err := c.openWarehouse(ctx); err != nil {
			return err
		}
	}
	if err := c.placeState(); err != nil {
		return err
	}
	return c.placeSQL()
}

// placeWorkdir fixes where the working directory is.
func (c *config) placeWorkdir() (err error) {
	if c.raw.workdir == "" {
		c.raw.workdir = filepath.Join(".sourcecov", c.bucketKey())
	}
	if c.workdir, err = filepath.Abs(c.raw.workdir); err != nil {
		return usagef("--workdir DIR", "--workdir %s: %v", c.raw.workdir, err)
	}
	if pathForm.MatchString(c.workdir) {
		return usagef("--workdir DIR, in a folder without such characters", "--workdir %s: a path with one of ? * [ ] { } cannot be used", c.workdir)
	}
	return nil
}

// placeSQL fixes which SQL files are run.
func (c *config) placeSQL() error {
	c.sqlFiles = sql.Embedded()
	if c.raw.sql != "" {
		if info, err := os.Stat(c.raw.sql); err != nil || !info.IsDir() {
			return usagef("--sql sql", "--sql %s: no such directory", c.raw.sql)
		}
		c.sqlFiles = os.DirFS(c.raw.sql)
	}
	return nil
}

// defaultJobs is far more than a night comes to, and far less than a day may.
const defaultJobs = 400

const mostThreads = 512 // far more makes the engine abort

var (
	memoryForm = regexp.MustCompile(`^\d+(\.\d+)?[KMGT]i?B$`)
	pathForm   = regexp.MustCompile(`[?*\[\]{}]`) // the engine would take them for patterns and options
	plainName  = regexp.MustCompile(`[^A-Za-z0-9._-]`)
	windowForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$`)
	dateForm   = "2006-01-02"
)

// The dates of every game there can be.
const firstDate, lastDate = "1946-11-01", "2145-12-31"

// settle fixes as-of and window: the flags, else what the bucket itself says,
// else the clock and its last days (90 with --full-audit).
func (c *config) settle(bucketAsOf, bucketWindow string) error {
	asOf, from := c.raw.asOf, "--as-of"
	if asOf == "" {
		asOf, from = bucketAsOf, "the bucket's AS_OF"
	}
	c.asOf = c.now().UTC().Truncate(time.Second)
	if asOf != "" {
		t, err := time.Parse(time.RFC3339, asOf)
		if err != nil {
			return usagef("--as-of 2025-04-20T14:00:00Z", "%s %q is no RFC 3339 instant", from, asOf)
		}
		// Nothing may be recorded under a later as-of: the state would take every
		// true night after it for one that looks back.
		if t.After(c.now()) {
			return usagef("an instant that has passed, such as --as-of 2025-04-20T14:00:00Z", "%s %s has not come yet", from, asOf)
		}
		c.asOf = t.UTC().Truncate(time.Second)
	}
	return c.settleWindow(bucketWindow)
}

// settleWindow fixes the dates to list. One game is listed whatever its date.
func (c *config) settleWindow(bucketWindow string) error {
	days := 7
	switch m := windowForm.FindStringSubmatch(bucketWindow); {
	case c.game != "" && c.raw.from == "" && c.raw.to == "":
		c.from, c.to = firstDate, lastDate
		return nil
	case c.raw.fullAudit:
		days = 90
	case m != nil:
		c.from, c.to = m[1], m[2]
	case bucketWindow != "":
		return usagef("write it as 2023-10-01..2025-04-20", "the bucket's WINDOW %q is not FROM..TO", bucketWindow)
	}
	for _, d := range []struct{ from, value string }{{"--from", c.raw.from}, {"--to", c.raw.to}, {"the bucket's WINDOW", c.from}, {"the bucket's WINDOW", c.to}} {
		if _, err := time.Parse(dateForm, d.value); d.value != "" && err != nil {
			return usagef("--from 2023-10-24 --to 2023-11-25", "%s %q is no date YYYY-MM-DD", d.from, d.value)
		}
	}
	last := c.asOf
	if c.raw.to != "" {
		last, _ = time.Parse(dateForm, c.raw.to) // checked above
		c.from = ""
	}
	if c.from == "" {
		c.from, c.to = last.AddDate(0, 0, -days).Format(dateForm), last.Format(dateForm)
	}
	if c.raw.from != "" {
		c.from = c.raw.from
	}
	if c.to < c.from {
		return usagef("swap --from and --to", "the window %s..%s ends before it begins", c.from, c.to)
	}
	return nil
}

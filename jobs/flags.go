package jobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/jobs/fault"
	"sourcecov/jobs/night"
	"sourcecov/jobs/place"
	"sourcecov/jobs/print"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

// flags are the values of all flags, as they were typed.
type flags struct {
	arg  string   // what the verb takes besides flags
	args []string // all of it, where it takes more

	noBucket                     bool // nobody typed --bucket
	where                        string
	bucket, workdir, state       string
	warehouse, staging, location string
	sql                          string
	scope                        night.Scope
	alerting                     alerting
	force                        []string
	maxJobs                      int
	maxObject                    string
	maxObjectBytes, memoryBytes  int64 // what maxObject and memory say; 0 where they say nothing
	maxBilledBytes               int64 // likewise
	failOn, environment          string
	dryRun, apply                bool
	acceptLoss, takeOver, fresh  bool
	profile                      bool
	details, kinds               []string
	run, source, format          string
	audit, maxBilled             string
	limit                        int
	by, why, as, forHow, export  string
	chain, outDir                string

	threads              int
	memory, color        string
	json, quiet, verbose bool
	help                 bool
}

// defaultJobs is far more than a night comes to, and far less than a day may.
const defaultJobs = 400

// defaultMaxObject is the largest object that a night within 1 GiB takes.
const defaultMaxObject = "16MiB"

// defaultMaxBilled is far more than the columns that an audit reads of a table.
const defaultMaxBilled = "1GiB"

// What a night of four seasons has enough of, within 1 GiB. Each thread wants some
// of it, so that many need more.
const (
	defaultMemory  = "512MB"
	defaultThreads = 4
)

// pullShare is the part of --memory-limit, one in so many, that objects may take
// while they are read: what is done with them takes more, and after it the
// database all of it.
const pullShare = 4

// set declares the flags of a verb, each with its default and its environment
// twin. The error tells of values in the environment that are none.
func (f *flags) set(v verb, getenv func(string) string) (*pflag.FlagSet, error) {
	s := pflag.NewFlagSet(v.name, pflag.ContinueOnError)
	s.SortFlags = false
	s.SetOutput(io.Discard)
	bucket := "the scraped JSON under the bucket's own object names: a directory, gs://NAME/PREFIX, or the embedded " + place.Embedded
	workdir := "directory for the landing, the databases and the runs (default .sourcecov/<bucket>)"
	if v.looks {
		bucket, workdir = "the bucket that the run was over: it names the default of --workdir", "working directory of the run (default .sourcecov/<bucket>)"
	}
	if !v.placeless {
		s.StringVar(&f.bucket, "bucket", place.Embedded, bucket)
		s.StringVar(&f.workdir, "workdir", "", workdir)
	}
	if v.flags != nil {
		v.flags(f, s)
	}
	if !v.placeless {
		if !v.ownSQL {
			s.StringVar(&f.sql, "sql", "", "directory of SQL files to run instead of the embedded ones")
		}
		s.IntVar(&f.threads, "threads", 0, fmt.Sprintf("threads of the database (default as many as cores, at most %d)", defaultThreads))
		s.StringVar(&f.memory, "memory-limit", defaultMemory, "memory of the database, such as 4GB; the whole program takes about twice as much")
	}
	s.StringVar(&f.color, "color", "auto", "colour what is in order and what is not: auto (on a terminal, unless NO_COLOR is set), always or never")
	s.BoolVar(&f.json, "json", false, "JSON Lines on stdout")
	s.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing but errors")
	s.BoolVarP(&f.verbose, "verbose", "v", false, "tell each step and how long it took")
	s.BoolVarP(&f.help, "help", "h", false, "list the flags")
	var err error
	s.VisitAll(func(flag *pflag.Flag) {
		if flag.Name == "help" {
			return
		}
		env := "SOURCECOV_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		flag.Usage += " [" + env + "]"
		if value := getenv(env); value != "" {
			if e := s.Set(flag.Name, value); e != nil {
				err = errors.Join(err, fault.Usagef("unset "+env+", or set it as sourcecov "+v.name+" --help says", "%s: %v", env, e))
			}
		}
	})
	return s, err
}

// warehouseFlags say where tables are.
func warehouseFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.warehouse, "warehouse", "", "where finished tables go: dir:DIR or bq:PROJECT.DATASET (default dir:WORKDIR/warehouse)")
	s.StringVar(&f.staging, "staging", "", "gs://NAME/PREFIX where files wait for BigQuery to load them (default: each is sent with its job)")
	s.StringVar(&f.location, "location", "", "where the dataset has to be, such as US or EU (default wherever it is; migrate makes one in US)")
}

func stateFlag(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.state, "state", "", "where the state is kept: a directory or gs://NAME/PREFIX (default WORKDIR/state)")
}

func nightlyFlags(f *flags, s *pflag.FlagSet) {
	warehouseFlags(f, s)
	stateFlag(f, s)
	alertFlags(f, s)
	s.StringVar(&f.scope.AsOf, "as-of", "", "instant to answer for, RFC 3339 (default the bucket's AS_OF, else now)")
	s.StringVar(&f.scope.From, "from", "", "first game date to list, YYYY-MM-DD (default the bucket's WINDOW, else 7 days before as-of)")
	s.StringVar(&f.scope.To, "to", "", "last game date to list, YYYY-MM-DD (default the bucket's WINDOW, else the date of as-of)")
	s.StringVar(&f.scope.Game, "game", "", "list this one game, whatever its date: an NBA id or YYYYMMDD_AWY_HOM")
	s.StringVar(&f.audit, "audit", "", "look into the platform's tables too: bq:PROJECT, or dir:DIR, a table's files as DIR/DATASET/TABLE/*.parquet (default nobody looks)")
	maxBilledFlag(f, s)
	s.BoolVar(&f.scope.Full, "full-audit", false, "list the 90 days before as-of")
	s.StringArrayVar(&f.force, "force", nil, "load this table, or TABLE:YYYY-MM-DD, whatever was loaded before; may be repeated")
	s.StringVar(&f.maxObject, "max-object", defaultMaxObject, "largest object that is read, stored or decompressed; what is larger is quarantined, and read by a run with a higher limit")
	s.IntVar(&f.maxJobs, "max-jobs", defaultJobs, "load jobs that one run may start; a plan of more is refused")
	s.BoolVar(&f.fresh, "fresh", false, "compute everything, and take nothing over from the run before; what comes of it is the same")
	s.BoolVar(&f.profile, "profile", false, "write the engine's profile of every relation, and the program's own of CPU and heap, into the run's folder")
	s.BoolVar(&f.acceptLoss, "accept-loss", false, "publish although the bucket lists far fewer objects than before, or published ones are lost")
	s.BoolVar(&f.takeOver, "take-over", false, "take over a state of another bucket, or a warehouse that this state knows nothing of")
	detailsFlag(f, s)
	s.BoolVar(&f.dryRun, "dry-run", false, "do everything in a temporary folder and print the plan; bucket, landing, state and warehouse stay as they are")
	s.StringVar(&f.failOn, "fail-on", "never", "exit 4 if an open gap or event is as bad as this: critical, warning or never")
	s.StringVar(&f.environment, "environment", "local", "name recorded with the run and its events")
}

func detailsFlag(f *flags, s *pflag.FlagSet) {
	s.StringSliceVar(&f.details, "details", nil, "print this part of the summary too; several with commas: "+strings.Join(print.Sections(), ", "))
}

func verifyFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.warehouse, "warehouse", "", "where the run's tables lie now: dir:DIR or bq:PROJECT.DATASET (default where the run published)")
	stateFlag(f, s)
}

func migrateFlags(f *flags, s *pflag.FlagSet) {
	warehouseFlags(f, s)
	s.BoolVar(&f.apply, "apply", false, "make what is missing and add what is lacking; without it nothing is changed")
	s.BoolVar(&f.dryRun, "dry-run", false, "show the differences and change nothing, as without --apply")
}

func doctorFlags(f *flags, s *pflag.FlagSet) {
	warehouseFlags(f, s)
	stateFlag(f, s)
}

func repairFlags(f *flags, s *pflag.FlagSet) {
	stateFlag(f, s)
	s.BoolVar(&f.apply, "apply", false, "go on without what is damaged; without it nothing is changed")
}

// parse reads a command line. Every mistake is a usage error, and is told by a
// printer that has the form asked for.
func parse(w World, v verb) (*flags, print.Printer, error) {
	f := &flags{}
	s, envErr := f.set(v, w.Getenv)
	err := s.Parse(w.Args[1:])
	f.json = f.json || f.format == "json"
	if err != nil {
		f.json = f.json || slices.Contains(w.Args, "--json")
	}
	f.where = whereTyped(s)
	out := print.New(printing(w, f))
	words := strings.Fields(v.takes)
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &unknown):
		return f, out, unknownFlag(s, v, unknown)
	case err != nil:
		return f, out, fault.Usagef("sourcecov "+v.name+" --help", "%v", err)
	case f.help:
		return f, out, nil
	case envErr != nil:
		return f, out, envErr
	case s.NArg() > 0 && v.takes == "":
		return f, out, fault.Usagef("sourcecov "+v.name+" --help", "%s takes flags only, not %q", v.name, s.Arg(0))
	case s.NArg() == 0 && strings.HasPrefix(v.takes, "["): // it need not be there
	case s.NArg() != len(words) && len(words) == 1:
		return f, out, fault.Usagef("sourcecov "+v.name+" "+v.example, "%s takes one %s, %s", v.name, v.takes, v.forms)
	case s.NArg() != len(words):
		return f, out, fault.Usagef("sourcecov "+v.name+" "+v.example, "%s takes %s, %s", v.name, v.takes, v.forms)
	}
	f.arg, f.args = s.Arg(0), s.Args()
	f.noBucket = !s.Changed("bucket")
	return f, out, f.check(v)
}

// whereTyped is the flag that another command needs to find the same working directory,
// as a shell would read it, after a space; "" if it needs none.
func whereTyped(s *pflag.FlagSet) string {
	for _, name := range []string{"workdir", "bucket"} { // the first is enough
		f := s.Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		return " --" + name + " " + place.Word(f.Value.String())
	}
	return ""
}

const mostThreads = 512 // far more makes the engine abort

var memoryForm = regexp.MustCompile(`^(\d{1,12}(?:\.\d{1,12})?)([KMGT])(i?)B$`)

// sizeOf reads a memory size, such as 4GB or 16MiB, as the database does: B after
// a letter counts in thousands, iB in 1,024s. It is 0 for what is none.
func sizeOf(text string) int64 {
	m := memoryForm.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	unit := 1000.0
	if m[3] != "" {
		unit = 1024
	}
	return int64(min(n*math.Pow(unit, float64(1+strings.Index("KMGT", m[2]))), 1<<62))
}

// check holds the values that have no place of their own to what they may be.
func (f *flags) check(v verb) error {
	f.memoryBytes, f.maxObjectBytes, f.maxBilledBytes = sizeOf(f.memory), sizeOf(f.maxObject), sizeOf(f.maxBilled)
	if f.threads == 0 {
		f.threads = min(runtime.GOMAXPROCS(0), defaultThreads)
	}
	unknown := func(section string) bool { return !slices.Contains(print.Sections(), section) }
	switch {
	case slices.ContainsFunc(f.details, unknown):
		at := slices.IndexFunc(f.details, unknown)
		return fault.Usagef("--details "+print.Sections()[0], "--details %s: a summary has the parts %s", f.details[at], strings.Join(print.Sections(), ", "))
	case f.failOn != "" && f.failOn != "critical" && f.failOn != "warning" && f.failOn != "never":
		return fault.Usagef("--fail-on critical", "--fail-on is critical, warning or never, not %q", f.failOn)
	case !slices.Contains(colors, f.color):
		return fault.Usagef("--color auto", "--color is auto, always or never, not %q", f.color)
	case f.threads < 0 || f.threads > mostThreads:
		return fault.Usagef("--threads 2", "--threads %d: give a number from 1 to %d", f.threads, mostThreads)
	case !v.placeless && !memoryForm.MatchString(f.memory):
		return fault.Usagef("--memory-limit 4GB", "--memory-limit %q is not a memory size, e.g. 4GB", f.memory)
	case v.name == "nightly" && (f.maxObjectBytes < 1 || f.maxObjectBytes > mirror.MostObject):
		return fault.Usagef("--max-object "+defaultMaxObject, "--max-object %q is not a size from 1KB to 1GiB, e.g. 64MiB", f.maxObject)
	case (v.name == "audit" || v.name == "nightly") && f.maxBilledBytes < 1:
		return fault.Usagef("--max-billed "+defaultMaxBilled, "--max-billed %q is not a size, e.g. 10GiB", f.maxBilled)
	case v.name == "nightly" && f.maxJobs < 1:
		return fault.Usagef("--max-jobs 400", "--max-jobs %d: give a number of at least 1", f.maxJobs)
	}
	return f.checkFormat()
}

// meansBucket refuses to publish the demonstration into a warehouse or a state
// that was named: somebody forgot a flag.
func (f *flags) meansBucket() error {
	named := "--warehouse"
	if f.warehouse == "" {
		named = "--state"
	}
	if !f.noBucket || f.warehouse == "" && f.state == "" {
		return nil
	}
	return fault.Usagef("--bucket gs://NAME/PREFIX or a directory; or --bucket "+place.Embedded+", if the demonstration is meant",
		"%s without --bucket: the games of the demonstration would be published there", named)
}

// places are those that the flags name, made sense of; nobody was asked.
type places struct {
	bucket    place.Bucket
	workdir   place.Workdir
	warehouse place.Warehouse
	state     place.State
	sql       fs.FS
}

// places makes sense of the flags, in the order in which mistakes are told.
func (f *flags) places() (p places, err error) {
	p.bucket = place.Bucket(f.bucket)
	if err := p.bucket.Check(); err != nil {
		return p, err
	}
	if p.workdir, err = place.ParseWorkdir(f.workdir, p.bucket); err != nil {
		return p, err
	}
	if p.warehouse, err = place.ParseWarehouse(f.warehouse, f.staging, f.location, p.workdir); err != nil {
		return p, err
	}
	if p.state, err = place.ParseState(f.state, p.workdir); err != nil {
		return p, err
	}
	p.sql, err = f.sqlFiles()
	return p, err
}

// sqlFiles are the SQL files to run.
func (f *flags) sqlFiles() (fs.FS, error) {
	if f.sql == "" {
		return sql.Embedded(), nil
	}
	return place.SQLFiles(f.sql)
}

package jobs

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"sourcecov/duckdb"
	"sourcecov/jobs/audit"
	"sourcecov/jobs/doctor"
	"sourcecov/jobs/explain"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/migrate"
	"sourcecov/jobs/night"
	"sourcecov/jobs/place"
	"sourcecov/jobs/print"
	"sourcecov/jobs/repair"
	"sourcecov/jobs/runs"
	"sourcecov/jobs/verify"
	"sourcecov/sql"
	"sourcecov/sync/bq"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// A verb is one thing that the program does. It is run by a package of its own,
// which gets its own options and returns what came of it, to be printed.
type verb struct {
	name     string
	takes    string   // what it takes besides flags, a word each; in brackets what need not be there
	forms    string   // how that can be written
	example  string   // one that could be typed
	words    []string // what it can be, as far as that is known without asking
	does     string
	examples []string // whole command lines

	flags     func(*flags, *pflag.FlagSet) // declares those that not every verb has
	looks     bool                         // it looks at what a run left: --bucket and --workdir say where
	ownSQL    bool                         // it runs no SQL files, or those of a record, so it has no --sql
	placeless bool                         // it asks no place and no database: it has only the flags that say how to print
	run       func(context.Context, *command) (exit int, err error)
}

// A command is one verb as it was typed.
type command struct {
	*flags
	world World
	cloud *place.Cloud
	out   print.Printer
	verbs []verb // all that there are
}

var verbs = []verb{
	{name: "nightly", does: "pull, build, check, publish and report: the whole night", flags: nightlyFlags, run: nightly,
		examples: []string{"sourcecov nightly", "sourcecov nightly --bucket gs://scraped --state gs://ours/state --warehouse bq:project.source_coverage",
			"sourcecov nightly --bucket gs://scraped --alert slack --alert file:alerts.jsonl"}},
	{name: "report", takes: "[RUN]", forms: "its id, the beginning of one, or newest", example: "newest", words: []string{place.Newest}, looks: true,
		does: "print the summary of a finished run, all of it", flags: reportFlags, ownSQL: true, run: runReport,
		examples: []string{"sourcecov report --details gaps", "sourcecov report 20250420T140000Z --bucket gs://scraped"}},
	{name: "gaps", does: "list every gap that a run knows of, and what each costs", flags: gapsFlags, looks: true, run: runGaps,
		examples: []string{"sourcecov gaps --kind open,older", "sourcecov gaps --source nbac_team_boxscore --format csv", "sourcecov gaps --export pages"}},
	{name: "audit", does: "compare the platform's own tables with what a run knows: what they lack, or hold and should not", flags: auditFlags, looks: true, run: runAudit,
		examples: []string{"sourcecov audit --audit dir:tables", "sourcecov audit --audit dir:tables --bucket gs://scraped --from 2025-10-01 --format csv",
			"sourcecov audit --audit bq:project --bucket gs://scraped --dry-run", "sourcecov audit --audit bq:project --bucket gs://scraped --max-billed 5GiB"}},
	{name: "explain", takes: "GAME", forms: "an NBA id or YYYYMMDD_AWY_HOM", example: "20231116_OKC_GSW", looks: true,
		does: "tell all that the newest run knows of one game, and why", run: runExplain,
		examples: []string{"sourcecov explain 20231116_OKC_GSW", "sourcecov explain 22300201 --bucket gs://scraped"}},
	{name: "runs", does: "list the runs that were recorded, newest first", flags: runsFlags, looks: true, ownSQL: true, run: runRuns,
		examples: []string{"sourcecov runs", "sourcecov runs --limit 100 --format csv"}},
	{name: "diff", takes: "RUN RUN", forms: "each its id, the beginning of one, or newest", example: "20250419 newest", words: []string{place.Newest}, looks: true,
		does: "tell what came between two runs, and where it shows", run: runDiff,
		examples: []string{"sourcecov diff 20250419 newest"}},
	{name: "query", takes: "SQL", forms: "one SELECT in quotes, or - for one on stdin", example: `"SHOW TABLES FROM model"`, looks: true,
		does: "answer a question over a run's database, which stays as it is", flags: queryFlags, ownSQL: true, run: runQuery,
		examples: []string{`sourcecov query "SHOW TABLES FROM model"`, `sourcecov query "SELECT source, status, count(*) FROM model.cell GROUP BY ALL" --format csv`}},
	{name: "alert", does: "tell what would have been sent on a date, to whom, and why or why not; nothing is sent", flags: replayFlags, looks: true, run: runAlert,
		examples: []string{"sourcecov alert --replay 2025-04-20", "sourcecov alert --replay 2025-04-20 --alert slack --bucket gs://scraped"}},
	{name: "verify", takes: "RUN", forms: "its id, the beginning of one, or newest", example: "newest", words: []string{place.Newest}, looks: true,
		does: "execute a recorded run again and compare all that came of it", flags: verifyFlags, ownSQL: true, run: runVerify,
		examples: []string{"sourcecov verify newest", "sourcecov verify 20250420T140000Z --bucket gs://scraped"}},
	{name: "resolve", takes: "EVENT|GAME", forms: "the beginning of an event's id, an NBA id or YYYYMMDD_AWY_HOM", example: "20231116_OKC_GSW --as wont_fix --by ann --why 'nobody has it'", looks: true,
		does: "decide on an event, or on all open events of a game", flags: resolveFlags, run: runResolve,
		examples: []string{"sourcecov resolve 3f2a91 --as accepted_gap --by ann --why 'the arena had no scorer' --state gs://ours/state",
			"sourcecov resolve 20231116_OKC_GSW --as manual_entry --by ann --why 'the box score is on paper'"}},
	{name: "ack", takes: "GROUP", forms: "as gaps and report print it", example: "source_outage:nbac_team_boxscore --for 3d --by ann", looks: true,
		does: "take a group of events on for some time, in which nobody is told of it again", flags: ackFlags, run: runAck,
		examples: []string{"sourcecov ack source_outage:nbac_team_boxscore --for 3d --by ann --why 'the scraper is being moved'"}},
	{name: "undo", takes: "DECISION", forms: "its id, or the number before the dot for all that was decided at once", example: "12.1 --by ann", looks: true,
		does: "take back what was decided", flags: byFlags, run: runUndo,
		examples: []string{"sourcecov undo 12.1 --by ann --why 'the box score was found'", "sourcecov undo 12 --by ann"}},
	{name: "decisions", does: "list what people decided, newest first, and how it stands", flags: decisionsFlags, looks: true, run: runDecisions,
		examples: []string{"sourcecov decisions --state gs://ours/state", "sourcecov decisions --format csv"}},
	{name: "manual", takes: "template|check GAME|FILE", forms: "template and a game, or check and a file", example: "template 20250418_MIA_ATL --chain team_boxscores", words: []string{"template", "check"}, looks: true,
		does: "write what a person fills in who enters a box score, or judge it as a night would before it is in the bucket", flags: manualFlags, run: runManual,
		examples: []string{"sourcecov manual template 20250418_MIA_ATL --chain team_boxscores --out .", "sourcecov manual check manual/team_boxscores/0052400201/20250422_120000.json"}},
	{name: "migrate", does: "make a warehouse's tables and views, or show what it lacks", flags: migrateFlags, run: runMigrate,
		examples: []string{"sourcecov migrate --warehouse bq:project.source_coverage", "sourcecov migrate --warehouse bq:project.source_coverage --apply"}},
	{name: "doctor", does: "tell whether all that a night needs is in order, and what to type if not", flags: doctorFlags, run: runDoctor,
		examples: []string{"sourcecov doctor --bucket gs://scraped --state gs://ours/state --warehouse bq:project.source_coverage"}},
	{name: "repair", does: "tell which files of state and landing are damaged and what is lost, and go on without them", flags: repairFlags, run: runRepair,
		examples: []string{"sourcecov repair --bucket gs://scraped", "sourcecov repair --bucket gs://scraped --apply"}},
	{name: "version", does: "print the versions of program, engine and SQL files", placeless: true, run: runVersion,
		examples: []string{"sourcecov version", "sourcecov version --json"}},
	{name: "completion", takes: "SHELL", forms: "bash, zsh or fish", example: "bash", words: []string{"bash", "zsh", "fish"},
		does: "print a script with which a shell completes verbs, flags and what follows them", placeless: true, run: runCompletion,
		examples: []string{
			"sourcecov completion bash > ~/.local/share/bash-completion/completions/sourcecov",
			"sourcecov completion zsh > ~/.zfunc/_sourcecov",
			"sourcecov completion fish > ~/.config/fish/completions/sourcecov.fish",
		}},
}

// main runs the verb and returns the exit status.
func (v verb) main(ctx context.Context, w World) int {
	f, out, err := parse(w, v)
	if f.help {
		w.print(v.help())
		return exitDone
	}
	out.Start(v.name)
	c := &command{flags: f, world: w, cloud: &place.Cloud{Getenv: w.Getenv, Waiting: out.Waiting}, out: out, verbs: verbs}
	exit := exitDone
	if err == nil {
		exit, err = v.run(ctx, c)
	}
	fault.Also(&err, c.cloud.Close)
	return finish(ctx, out, err, exit)
}

func nightly(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	if err := c.meansBucket(); err != nil {
		return 0, err
	}
	channels, err := c.alerting.open(c.world.Getenv)
	if err != nil {
		return 0, err
	}
	opened, err := p.warehouse.Open(ctx, c.cloud)
	if err != nil {
		return 0, err
	}
	look, err := c.look()
	if err != nil {
		return 0, err
	}
	result, err := night.Run(ctx, night.Options{
		SQL:        p.sql,
		Bucket:     p.bucket,
		Workdir:    p.workdir,
		Loader:     opened.Loader,
		OpenBucket: func(ctx context.Context) (mirror.Bucket, error) { return p.bucket.Open(ctx, c.cloud) },
		OpenState: func(ctx context.Context, mayMake bool) (mirror.Bucket, error) {
			return p.state.Open(ctx, c.cloud, mayMake)
		},
		EmptyBucket: func(ctx context.Context) error { return p.bucket.NoObjects(ctx, c.cloud) },
		Carry:       !p.state.InWorkdir(p.workdir),
		Scope:       c.scope,
		Threads:     c.threads,
		Memory:      c.memory,
		Fresh:       c.fresh,
		Profile:     c.profile,
		AcceptLoss:  c.acceptLoss,
		TakeOver:    c.takeOver,
		DryRun:      c.dryRun,
		FailOn:      c.failOn,
		Environment: c.environment,
		Force:       c.force,
		PullMemory:  c.memoryBytes / pullShare,
		MaxObject:   c.maxObjectBytes,
		MaxJobs:     c.maxJobs,
		Version:     c.world.Version,
		Channels:    channels,
		Audit:       look,
		Now:         c.world.Now,
		Progress:    c.out,
		ExitStatus: func(ctx context.Context, err error) int {
			exit, _ := classify(ctx, err)
			return exit
		},
	})
	if err != nil {
		return 0, err
	}
	c.out.Night(result)
	return result.Exit, nil
}

// look is how a night counts the platform's tables; nil if it does not. A dry run pays
// for nothing.
func (c *command) look() (night.Auditor, error) {
	if c.audit == "" {
		return nil, nil
	}
	tables, err := place.ParseAudited(c.audit)
	if err != nil || c.dryRun && tables.Project != "" {
		return nil, err
	}
	return func(ctx context.Context, cat *sql.Catalog, own []duckdb.AuditedTable, asOf time.Time, file string) (read, of int, err error) {
		opt := audit.ReadOptions{AsOf: asOf, Cloud: c.cloud, MaxBilled: c.maxBilledBytes, Threads: c.threads, Memory: c.memory}
		return audit.Count(ctx, cat, tables, own, opt, file)
	}, nil
}

func runMigrate(ctx context.Context, c *command) (int, error) {
	if c.apply && c.dryRun {
		return 0, fault.Usagef("sourcecov migrate --dry-run first, then sourcecov migrate --apply", "--apply and --dry-run contradict each other")
	}
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	name := c.warehouse
	if name == "" {
		name = "dir:" + p.warehouse.Dir
	}
	result, err := migrate.Run(ctx, migrate.Options{
		SQL:       p.sql,
		Warehouse: name,
		OpenWarehouse: func(ctx context.Context) (*bq.Warehouse, error) {
			opened, err := p.warehouse.Open(ctx, c.cloud)
			return opened.Dataset, err
		},
		Apply: c.apply,
	})
	if result != nil {
		c.out.Migration(result)
	}
	return 0, err
}

func runDoctor(ctx context.Context, c *command) (int, error) {
	c.cloud.Patience = doctor.Patience
	lines, err := doctor.Run(ctx, doctor.Options{
		SQL:       c.sqlFiles,
		SQLDir:    c.sql,
		Bucket:    place.Bucket(c.bucket),
		Workdir:   c.workdir,
		State:     c.state,
		Warehouse: c.warehouse,
		Staging:   c.staging,
		Location:  c.location,
		Cloud:     c.cloud,
		Threads:   c.threads,
		Memory:    c.memory,
		Now:       c.world.Now,
		Did:       c.out.Did,
	})
	if lines != nil {
		c.out.Checkup(lines)
	}
	return 0, err
}

func runRepair(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	result, err := repair.Run(ctx, repair.Options{
		SQL:       p.sql,
		Bucket:    p.bucket,
		Workdir:   p.workdir,
		OpenState: func(ctx context.Context) (mirror.Bucket, error) { return p.state.Open(ctx, c.cloud, false) },
		Threads:   c.threads,
		Memory:    c.memory,
		Apply:     c.apply,
	})
	if result != nil {
		c.out.Repair(result)
	}
	return 0, err
}

func runExplain(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	answers, err := explain.Run(ctx, explain.Options{Game: c.arg, SQL: p.sql, Workdir: p.workdir, Threads: c.threads, Memory: c.memory})
	if err != nil {
		return 0, err
	}
	// The database answers by itself: what is wrong with the record is for others to tell.
	r, _ := runs.Read(p.workdir, place.Newest)
	c.out.Explanation(r, answers)
	return 0, nil
}

func runVerify(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	result, err := verify.Run(ctx, verify.Options{
		Run:       c.arg,
		Workdir:   p.workdir,
		Threads:   c.threads,
		Memory:    c.memory,
		OpenState: func(ctx context.Context) (mirror.Bucket, error) { return p.state.Open(ctx, c.cloud, false) },
		OpenWarehouse: func(ctx context.Context, target string) (warehouse.Loader, error) {
			at := p.warehouse
			if c.warehouse == "" {
				if at, err = place.ParseWarehouse(target, "", "", p.workdir); err != nil {
					return nil, err
				}
			}
			opened, err := at.Open(ctx, c.cloud)
			return opened.Loader, err
		},
		Began: c.out.Began,
		Doing: c.out.Doing,
	})
	if result != nil {
		c.out.Verification(result)
	}
	return 0, err
}

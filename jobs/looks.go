package jobs

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/jobs/audit"
	"sourcecov/jobs/diff"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/gaps"
	"sourcecov/jobs/night"
	"sourcecov/jobs/place"
	"sourcecov/jobs/print"
	"sourcecov/jobs/query"
	"sourcecov/jobs/runs"
	"sourcecov/sync/mirror"
)

// The verbs that look at what runs left, and change nothing.

func formatFlag(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.format, "format", print.Formats[0], "how the list is printed: "+strings.Join(print.Formats, ", ")+", which is --json")
}

func runFlag(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.run, "run", place.Newest, "which run: its id, the beginning of one, or newest")
}

func gapsFlags(f *flags, s *pflag.FlagSet) {
	s.StringSliceVar(&f.kinds, "kind", nil, "list these kinds only, with commas between them: "+strings.Join(gaps.Kinds, ", "))
	s.StringVar(&f.source, "source", "", "list the gaps of this source only")
	s.StringVar(&f.export, "export", "", "write two pages into this directory instead, known_gaps.md and coverage_tracker.md")
	runFlag(f, s)
	formatFlag(f, s)
}

func auditFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.audit, "audit", "", "where the tables are: bq:PROJECT, or dir:DIR, a table's files as DIR/DATASET/TABLE/*.parquet")
	s.BoolVar(&f.dryRun, "dry-run", false, "tell how many bytes BigQuery would read of each table, and read nothing")
	maxBilledFlag(f, s)
	s.StringVar(&f.scope.From, "from", "", "first game date to list, YYYY-MM-DD (default the first that there is)")
	s.StringVar(&f.scope.To, "to", "", "last game date to list, YYYY-MM-DD (default the last that there is)")
	s.StringVar(&f.scope.Game, "game", "", "list this one game: an NBA id or YYYYMMDD_AWY_HOM")
	s.StringVar(&f.failOn, "fail-on", "critical", "exit 4 if a finding is as bad as this: critical, warning or never; also if no table could be read")
	runFlag(f, s)
	formatFlag(f, s)
}

func maxBilledFlag(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.maxBilled, "max-billed", defaultMaxBilled, "most that BigQuery may bill an audit for reading one table; one that takes more is not read, and is unknown")
}

func runsFlags(f *flags, s *pflag.FlagSet) {
	stateFlag(f, s)
	s.IntVar(&f.limit, "limit", 20, "how many are listed")
	formatFlag(f, s)
}

func queryFlags(f *flags, s *pflag.FlagSet) {
	runFlag(f, s)
	formatFlag(f, s)
}

// checkFormat holds --format to those there are. JSON has two names.
func (f *flags) checkFormat() error {
	switch {
	case f.format == "":
		return nil
	case !slices.Contains(print.Formats, f.format):
		return fault.Usagef("--format csv", "--format is one of %s, not %q", strings.Join(print.Formats, ", "), f.format)
	case f.json && f.format != print.Formats[0] && f.format != "json":
		return fault.Usagef("--json alone, or --format "+f.format+" alone", "--json and --format %s contradict each other", f.format)
	}
	return nil
}

func runGaps(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	if c.export != "" && (len(c.kinds) > 0 || c.source != "" || c.format != print.Formats[0] && c.format != "json") {
		return 0, fault.Usagef("sourcecov gaps --export "+place.Word(c.export), "--export writes all gaps, as Markdown, so --kind, --source and --format contradict it")
	}
	result, err := gaps.Run(ctx, gaps.Options{Run: c.flags.run, Tracker: c.export != "", Kinds: c.kinds, Source: c.source, SQL: p.sql, Workdir: p.workdir, Threads: c.threads, Memory: c.memory})
	if err != nil {
		return 0, err
	}
	c.out.Began(result.Run)
	if c.export == "" {
		c.out.Gaps(result)
		return 0, nil
	}
	pages := print.GapPages(result)
	if err := os.MkdirAll(c.export, 0o755); err != nil {
		return 0, fault.Usagef("--export with a directory that can be written", "--export: %w", err)
	}
	for _, page := range pages {
		if err := place.WriteFile(filepath.Join(c.export, page.File), page.Body); err != nil {
			return 0, err
		}
	}
	c.out.Wrote(c.export, pages)
	return 0, nil
}

func runAudit(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	tables, err := place.ParseAudited(c.audit)
	if err != nil {
		return 0, err
	}
	opt := audit.Options{Run: c.flags.run, Tables: tables, From: c.scope.From, To: c.scope.To, Game: c.scope.Game, FailOn: c.failOn,
		Cloud: c.cloud, MaxBilled: c.maxBilledBytes, SQL: p.sql, Workdir: p.workdir, Threads: c.threads, Memory: c.memory}
	if c.dryRun {
		estimated, err := audit.Estimate(ctx, opt)
		if err == nil {
			c.out.Began(estimated.Run)
			c.out.Estimation(estimated)
		}
		return exitDone, err
	}
	result, err := audit.Run(ctx, opt)
	if err != nil {
		return 0, err
	}
	c.out.Began(result.Run)
	c.out.Audit(result)
	if result.Failed || !result.Judged() {
		return night.Gaps, nil
	}
	return exitDone, nil
}

func reportFlags(f *flags, s *pflag.FlagSet) {
	detailsFlag(f, s)
	f.details = print.Sections()
}

func runReport(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	r, err := runs.Read(p.workdir, cmp.Or(c.arg, place.Newest))
	if err != nil {
		return 0, err
	}
	c.out.Began(r)
	c.out.Night(&night.Result{Record: r})
	return 0, nil
}

func runRuns(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	opt := runs.Options{Workdir: p.workdir, Limit: c.limit, SQL: p.sql, Threads: c.threads, Memory: c.memory}
	if !p.state.InWorkdir(p.workdir) {
		opt.OpenState = func(ctx context.Context) (mirror.Bucket, error) { return p.state.Open(ctx, c.cloud, false) }
	}
	result, err := runs.List(ctx, opt)
	if err != nil {
		return 0, err
	}
	c.out.Runs(result)
	return 0, nil
}

func runQuery(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	text := c.arg
	if text == "-" {
		if text, err = readAll(ctx, c.world.Stdin); err != nil {
			return 0, err
		}
	}
	answer, err := query.Run(ctx, query.Options{SQL: text, Run: c.flags.run, Workdir: p.workdir, Threads: c.threads, Memory: c.memory})
	if err != nil {
		return 0, err
	}
	c.out.Answer(answer)
	return 0, nil
}

// mostTyped is far more than anybody types, in bytes.
const mostTyped = 1 << 20

// readAll reads a text to its end, unless ctx ends first.
func readAll(ctx context.Context, from io.Reader) (string, error) {
	if from == nil {
		return "", nil
	}
	type read struct {
		body []byte
		err  error
	}
	done := make(chan read, 1)
	go func() { // which nobody can wake while it waits for a person
		body, err := io.ReadAll(io.LimitReader(from, mostTyped+1))
		done <- read{body, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		if len(r.body) > mostTyped {
			return "", fault.Usagef("give one query on stdin", "what stands on stdin is longer than %d bytes", mostTyped)
		}
		return string(r.body), r.err
	}
}

func runDiff(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	result, err := diff.Run(ctx, diff.Options{Runs: [2]string{c.args[0], c.args[1]}, SQL: p.sql, Workdir: p.workdir, Threads: c.threads, Memory: c.memory})
	if err != nil {
		return 0, err
	}
	c.out.Diff(result)
	return 0, nil
}

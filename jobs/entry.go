package jobs

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"sourcecov/jobs/fault"
	"sourcecov/jobs/manual"
	"sourcecov/jobs/place"
)

func manualFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.chain, "chain", "", "of template: what is entered, player_boxscores or team_boxscores")
	s.StringVar(&f.outDir, "out", "", "of template: write it into this directory, under its name in the bucket, instead of printing it")
}

func runManual(ctx context.Context, c *command) (int, error) {
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	opt := manual.Options{SQL: p.sql, Workdir: p.workdir, Threads: c.threads, Memory: c.memory, Now: c.world.Now, Where: c.where}
	switch action, what := c.args[0], c.args[1]; action {
	case "template":
		return 0, c.template(ctx, opt, what)
	case "check":
		if c.chain != "" || c.outDir != "" {
			return 0, fault.Usagef("sourcecov manual check "+place.Word(what)+c.where, "--chain and --out are of manual template; the path of a file says its chain")
		}
		verdict, err := manual.Check(ctx, opt, what)
		if verdict != nil {
			c.out.Judged(what, verdict)
		}
		return 0, err
	default:
		return 0, fault.Usagef("sourcecov manual template GAME --chain team_boxscores", "manual takes template or check, not %q", action)
	}
}

// template writes a template, or prints it.
func (c *command) template(ctx context.Context, opt manual.Options, game string) error {
	t, err := manual.Write(ctx, opt, game, c.chain)
	if err != nil {
		return err
	}
	file := ""
	if c.outDir != "" {
		file = filepath.Join(c.outDir, filepath.FromSlash(t.Object))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fault.Usagef("--out with a directory that can be written", "--out: %w", err)
		}
		if err := place.WriteFile(file, t.Body); err != nil {
			return err
		}
	}
	c.out.Template(t, file)
	return nil
}

package jobs

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/jobs/decide"
	"sourcecov/jobs/place"
	"sourcecov/sync/mirror"
)

// The verbs with which people decide. Each asks the state alone.

func byFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.by, "by", "", "who decides")
	s.StringVar(&f.why, "why", "", "why, in quotes; published with the event")
	stateFlag(f, s)
}

func resolveFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.as, "as", "", "what is decided: "+strings.Join(decide.Methods, ", "))
	byFlags(f, s)
}

func ackFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.forHow, "for", "", "how long: 90m, 12h, 3d or 2w")
	byFlags(f, s)
}

func decisionsFlags(f *flags, s *pflag.FlagSet) {
	stateFlag(f, s)
	formatFlag(f, s)
}

// deciding are the options of whoever decides.
func (c *command) deciding() (decide.Options, error) {
	p, err := c.places()
	if err != nil {
		return decide.Options{}, err
	}
	opt := decide.Options{
		By: c.by, Why: c.why, SQL: p.sql, Threads: c.threads, Memory: c.memory, Now: c.world.Now, Where: c.where,
		OpenState: func(ctx context.Context) (mirror.Bucket, error) { return p.state.Open(ctx, c.cloud, false) },
	}
	if !c.noBucket {
		opt.Bucket = p.bucket
	}
	if c.state != "" {
		opt.Where = " --state " + place.Word(c.state) // and nothing else is needed
	}
	return opt, nil
}

// decided prints what was recorded.
func (c *command) decided(opt decide.Options, result *decide.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	c.out.Decided(result, opt.Where)
	return 0, nil
}

func runResolve(ctx context.Context, c *command) (int, error) {
	opt, err := c.deciding()
	if err != nil {
		return 0, err
	}
	result, err := decide.Resolve(ctx, opt, c.arg, c.as)
	return c.decided(opt, result, err)
}

func runAck(ctx context.Context, c *command) (int, error) {
	opt, err := c.deciding()
	if err != nil {
		return 0, err
	}
	result, err := decide.Acknowledge(ctx, opt, c.arg, c.forHow)
	return c.decided(opt, result, err)
}

func runUndo(ctx context.Context, c *command) (int, error) {
	opt, err := c.deciding()
	if err != nil {
		return 0, err
	}
	result, err := decide.Undo(ctx, opt, c.arg)
	return c.decided(opt, result, err)
}

func runDecisions(ctx context.Context, c *command) (int, error) {
	opt, err := c.deciding()
	if err != nil {
		return 0, err
	}
	table, err := decide.List(ctx, opt)
	if err != nil {
		return 0, err
	}
	c.out.Decisions(table)
	return 0, nil
}

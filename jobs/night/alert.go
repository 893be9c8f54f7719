package night

import (
	"context"

	"sourcecov/jobs/tell"
	"sourcecov/sync/mirror"
)

// alert tells people what the run found: last of all, when the state has what it did.
// A run that looks back tells nobody, and neither does one whose database is on another disk.
func (n *night) alert(ctx context.Context, result *Result) (err error) {
	if len(n.Channels) == 0 || n.looksBack() || !n.home.HasDatabase(n.rec.RunID) {
		return nil
	}
	opt := tell.Options{
		SQL: n.SQL, Record: result.Record, Database: n.home.Database(n.rec.RunID), Temp: n.home.Temp, Threads: n.Threads, Memory: n.Memory, Now: n.Now,
		OpenState: func(ctx context.Context) (mirror.Bucket, error) { return n.OpenState(ctx, !n.DryRun) },
	}
	if n.DryRun {
		result.Told, err = tell.Plan(ctx, opt, n.Channels)
		return err
	}
	result.Told, err = tell.Run(ctx, opt, n.Channels)
	sent := 0
	for _, l := range result.Told {
		if l.Outcome == tell.Sent {
			sent++
		}
	}
	n.did("alert", "%d messages sent", sent)
	return err
}

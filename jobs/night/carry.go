package night

import (
	"bytes"
	"context"
	"errors"
	"os"

	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// land brings the landing to what the nights of the state have landed, on whatever
// disk, and pulls what is new. Where the state lies elsewhere, and mayCarry is true,
// what it does not have of the landing is in it before anything is computed.
func (n *night) land(ctx context.Context, bucket mirror.Bucket, mayCarry bool) (report mirror.Report, err error) {
	if n.landing, err = mirror.OpenLanding(n.home.Landing()); err != nil {
		return report, err
	}
	if n.Carry && n.state.Store != nil {
		if err := n.fetchLanding(ctx); err != nil {
			return report, err
		}
	}
	if report, err = n.pull(ctx, bucket); err != nil {
		return report, err
	}
	if n.Carry && mayCarry {
		err = n.carryLanding(ctx)
	}
	return report, err
}

// fetchLanding fetches what HEAD names and this disk does not have.
//
// Where this disk gave a number of its own to other bytes, HEAD wins: they are of a
// night that was cut off, or lost a race, before HEAD named them. The night that
// HEAD tells of pulled from the same bucket, so the pull that follows finds whatever
// this disk had and the bucket still has.
func (n *night) fetchLanding(ctx context.Context) error {
	carried := n.state.Head.Landing.Files()
	files := make([]mirror.File, len(carried))
	for i, c := range carried {
		files[i] = c.File
	}
	n.Progress.Doing("fetch", "the landing that the state has", 0, 0)
	came, err := n.landing.Adopt(ctx, files, n.state.Store.AtOnce(), n.state.Store.Reader(ctx, carried))
	if err == nil && came > 0 {
		n.did("fetch", "%s of the landing fetched from the state", phrase.Count(came, "file"))
	}
	return err
}

// carryLanding brings into the state what HEAD does not name of the landing. A
// night whose pull brought nothing appends nothing.
func (n *night) carryLanding(ctx context.Context) error {
	segments, listing := n.landing.Files()
	landing, same, err := n.state.Store.CarryLanding(ctx, n.state.Head, n.home.Landing(), segments, listing)
	if err != nil || same {
		return err
	}
	return n.add(ctx, n.state.Head.AsOf, state.Rows{Landing: &landing})
}

// carryRecord brings the record of a run that published into the state, so that a
// night on another disk knows that it is already done.
func (n *night) carryRecord(ctx context.Context) error {
	if !n.Carry || n.DryRun || n.looksBack() || n.state.Head.Done[n.Loader.Name()] != n.rec.Run.RunKey {
		return nil
	}
	file := n.home.Record(n.rec.RunID)
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	r, err := n.state.Store.CarryRecord(ctx, n.state.Head, n.rec.RunID, file, body)
	if err != nil {
		return err
	}
	err = n.add(ctx, n.state.Head.AsOf, state.Rows{Records: map[string]state.Record{n.Loader.Name(): r}})
	if errors.Is(err, state.ErrConflict) {
		return nil // this run is through, and the next night of the other is the newest
	}
	return err
}

// fetchRecord brings the record of the run that published last to this warehouse
// into its folder, if it is this run's and the state has it.
func (n *night) fetchRecord(ctx context.Context) error {
	r, ok := n.state.Head.Records[n.Loader.Name()]
	if !ok || r.RunID != n.rec.RunID || n.DryRun { // which works in a folder of its own, and tells its plan
		return nil
	}
	var body bytes.Buffer
	err := n.state.Store.Reader(ctx, []state.Carried{r.Carried})(ctx, r.File, &body)
	if errors.As(err, new(*state.DamagedError)) {
		return nil // the night is then run again, and records itself anew
	}
	if err != nil {
		return err
	}
	return place.WriteFile(n.home.Record(r.RunID), body.Bytes())
}

package night

import (
	"context"
	"time"

	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
)

// roomToCount is a temporary folder for what is counted; "" where nobody looks.
func (n *night) roomToCount() (dir string, remove func() error, err error) {
	if n.Audit == nil {
		return "", func() error { return nil }, nil
	}
	return n.home.Temp()
}

// audit counts the platform's tables, as they are now: who looks back would judge them
// by what was known then, and does not look.
func (n *night) audit(ctx context.Context, asOf time.Time, file string, looksBack bool) (*record.File, error) {
	if n.Audit == nil || looksBack {
		return nil, nil
	}
	n.Progress.Doing("audit", "reading the platform's tables", 0, 0)
	read, of, err := n.Audit(ctx, n.cat, asOf, file)
	if err != nil {
		return nil, err
	}
	n.did("audit", "%d of %s read", read, phrase.Count(of, "table"))
	n.audited = file
	counted, err := record.FileOf(ctx, file)
	return &counted, err
}

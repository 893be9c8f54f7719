package jobs

import (
	"context"

	"sourcecov/sql"
)

// check asks every check what offends and reports whether one of them forbids
// publishing. A check that fails to run is an error, never a pass.
func (n *night) check(ctx context.Context) (blocked bool, err error) {
	for _, f := range n.cat.Kind(sql.Check) {
		finding, err := n.db.Check(ctx, f, n.params())
		if err != nil {
			return false, err
		}
		n.rec.Checks = append(n.rec.Checks, finding)
	}
	for _, f := range n.cat.Kind(sql.Publish) {
		if n.waits(f) {
			continue
		}
		finding, err := n.db.CheckKey(ctx, f)
		if err != nil {
			return false, err
		}
		n.rec.Checks = append(n.rec.Checks, finding)
	}
	failed := 0
	for _, c := range n.rec.Checks {
		if c.Failed() {
			failed++
		}
	}
	n.rec.Run.ChecksFailed = int64(failed)
	n.step("check", "%d checks, %d failed", len(n.rec.Checks), failed)
	return failed > 0, nil
}

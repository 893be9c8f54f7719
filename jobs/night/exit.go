package night

import (
	"slices"

	"sourcecov/jobs/record"
)

// The exit statuses of a night that got through, 0 aside; those of errors are
// decided by the program, in its exit.go.
const (
	Blocked = 3 // a blocking check failed; no data table was published
	Gaps    = 4 // done, and there are open gaps or events at or above --fail-on
)

// exitCode is the status of a night that got through, which follows from its
// verdict and --fail-on.
func (n *night) exitCode(v record.Verdict) int {
	switch {
	case v.Blocked:
		return Blocked
	case slices.Contains(n.fatal, v.Worst):
		return Gaps
	}
	return 0
}

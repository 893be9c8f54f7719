package night

// The exit statuses of a night that got through, 0 aside; those of errors are
// decided by the program, in its exit.go.
const (
	Blocked = 3 // a blocking check failed; no data table was published
	Gaps    = 4 // done, and there are open gaps or events at or above --fail-on
)

// exitCode is the status of a night that got through. Whether what is open is
// bad enough to fail is a rule: sql/report/run_counts.sql.
func exitCode(blocked, fails bool) int64 {
	switch {
	case blocked:
		return Blocked
	case fails:
		return Gaps
	}
	return 0
}

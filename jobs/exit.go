package jobs

import (
	"context"
	"errors"
	"fmt"

	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// Exit statuses, the same in every output format.
const (
	exitDone        = 0   // done, or already done
	exitFailed      = 1   // failed
	exitUsage       = 2   // usage or configuration
	exitBlocked     = 3   // a blocking check failed; no data table was published
	exitGaps        = 4   // published, and there are gaps at or above --fail-on
	exitTemporary   = 5   // lock or race: safe to run again
	exitInterrupted = 130 // interrupted, safe to run again
)

const exitHelp = `
exit status: 0 done or already done · 1 failed · 2 usage or configuration ·
3 a blocking check failed, no data table was published · 4 published, and there
are gaps at or above --fail-on · 5 temporary, safe to retry · 130 interrupted,
safe to run again
`

// usageError is a mistake on the command line; its hint says what to type.
type usageError struct{ msg, hint string }

func (e *usageError) Error() string { return e.msg }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), hint}
}

// outcome is an exit status that the summary has told already; it is no fault of the program.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit status %d", int(o)) }

func isOutcome(err error) bool {
	var o outcome
	return errors.As(err, &o)
}

var errBusy = errors.New("another run is using this working directory")

// classify is the one place where an error becomes an exit status and a next step.
func classify(ctx context.Context, err error) (code int, hint string) {
	var o outcome
	var u *usageError
	switch {
	case err == nil:
		return exitDone, ""
	case errors.As(err, &o):
		return int(o), ""
	case errors.As(err, &u):
		return exitUsage, u.hint
	case ctx.Err() != nil:
		return exitInterrupted, "run the same command again; what was finished is kept"
	case errors.Is(err, state.ErrConflict), errors.Is(err, errBusy):
		return exitTemporary, "wait for the other run to end, then run the same command again"
	case errors.Is(err, mirror.ErrReadOnly):
		return exitUsage, "choose a --state and a --workdir that can be written"
	}
	return exitFailed, "run again with -v to see each step; nothing half-written is ever read"
}

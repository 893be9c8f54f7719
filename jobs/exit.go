package jobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"sourcecov/duckdb"
	"sourcecov/jobs/fault"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/bq"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
	"sourcecov/sync/warehouse"
)

// Exit statuses, the same in every output format; 3 and 4 are in night/exit.go.
const (
	exitDone        = 0   // done, or already done
	exitFailed      = 1   // failed
	exitUsage       = 2   // usage or configuration
	exitTemporary   = 5   // network, quota, lock or race: safe to run again
	exitInterrupted = 130 // interrupted, safe to run again
)

const exitHelp = `
exit status:
  0    done, or already done
  1    failed
  2    usage or configuration
  3    a blocking check failed; no data table was published
  4    done, and there are open gaps or events at or above --fail-on
  5    temporary (network, quota, another run); safe to run again
  130  interrupted; safe to run again
`

// classify is the one place where an error becomes an exit status and a next step.
func classify(ctx context.Context, err error) (code int, next string) {
	var usage *fault.UsageError
	var file *sql.FileError
	var damagedFile *mirror.DamagedError
	var damagedState *state.DamagedError
	var damage *fault.DamageError
	var setup *warehouse.SetupError
	var budget *warehouse.BudgetError
	var failed *bq.JobError
	var known *fault.NextError
	next = place.NextDoctor
	if errors.As(err, &known) {
		next = known.Next
	}
	switch {
	case err == nil:
		return exitDone, ""
	case errors.As(err, &usage):
		return exitUsage, usage.Next
	case ctx.Err() != nil:
		return exitInterrupted, "run the same command again; what was finished is kept"
	case errors.As(err, &damage):
		return exitFailed, damage.Next
	case noRoom(err) != "":
		return exitFailed, "make room on the disk of " + noRoom(err) + ", or raise its quota or limit; then run the same command again: what was finished is kept"
	case errors.As(err, &file):
		return exitUsage, "fix that file, or run without --sql"
	case errors.As(err, &damagedFile), errors.As(err, &damagedState):
		return exitFailed, place.NextRepair
	case errors.As(err, &setup):
		return exitUsage, setup.Next
	case errors.As(err, &budget) && budget.Table == "":
		return exitUsage, fmt.Sprintf("see the plan with --dry-run; if it is right, --max-jobs %d", budget.Jobs)
	case errors.As(err, &budget):
		return exitTemporary, "find out what loads it over and over (coverage_runs tells of every run); tomorrow it loads again"
	case errors.Is(err, mirror.ErrNoBucket), errors.Is(err, mirror.ErrPermission), errors.Is(err, mirror.ErrCredentials):
		return exitUsage, next
	case errors.Is(err, mirror.ErrTemporary), errors.Is(err, warehouse.ErrTemporary):
		return exitTemporary, "run the same command again, later; what was finished is kept and what was begun is found again"
	case errors.As(err, &failed):
		return exitFailed, "bq show -j JOB tells all of it; the next run tries this load again"
	case errors.Is(err, state.ErrConflict), errors.Is(err, fault.ErrBusy):
		return exitTemporary, "wait for the other run to end, then run the same command again"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return exitUsage, next
	}
	return exitFailed, "run again with -v to see each step; nothing half-written is ever read"
}

// noRoom is the folder in which there was no room, "" if that is not what an error says.
func noRoom(err error) string {
	where, full := mirror.IsFull(err)
	if !full {
		where, full = duckdb.NoRoom(err)
	}
	switch {
	case !full:
		return ""
	case where == "":
		return "--workdir, --state and --warehouse"
	}
	for { // what could not be written is not there, and its folder may be gone by now
		if info, err := os.Stat(where); err == nil && info.IsDir() || filepath.Dir(where) == where {
			return where
		}
		where = filepath.Dir(where)
	}
}

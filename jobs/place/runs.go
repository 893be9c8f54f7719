package place

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"sourcecov/jobs/fault"
)

// Newest stands for the id of the run that was recorded last.
const Newest = "newest"

// FindRun gives the id of the run that is meant: by its id, by the beginning of
// one that no other run has, or by [Newest]. Every other is a usage error, which says
// to type that, with an id in the place of RUN, such as "sourcecov verify RUN".
func (w Workdir) FindRun(meant, typed string) (string, error) {
	ids, err := w.Recorded()
	if err != nil {
		return "", err
	}
	with := func(id string) string { return strings.Replace(typed, "RUN", id, 1) }
	_, err = os.Stat(w.Run(meant))
	_, unrecorded := os.Stat(w.Record(meant))
	if meant != "" && err == nil && errors.Is(unrecorded, fs.ErrNotExist) {
		return "", fault.Usagef("sourcecov nightly, with the flags of that run, then this command again", "the run %s has no record: it did not finish", meant)
	}
	if len(ids) == 0 {
		return "", fault.Usagef("sourcecov nightly, with the same --bucket and --workdir, then this command again", "there is no run yet in %s", w)
	}
	if meant == Newest {
		return w.RecordedLast(ids), nil
	}
	var fitting []string
	for _, id := range ids {
		if strings.HasPrefix(id, meant) && meant != "" {
			fitting = append(fitting, id)
		}
		if id == meant {
			return id, nil
		}
	}
	switch len(fitting) {
	case 0:
		return "", fault.Usagef(with(ids[len(ids)-1])+", or another of the folders in "+w.Runs(), "there is no run %s in %s", meant, w)
	case 1:
		return fitting[0], nil
	case 2:
		return "", fault.Usagef(with(fitting[1]), "%s is the beginning of 2 runs, %s and %s", meant, fitting[0], fitting[1])
	}
	return "", fault.Usagef(with(fitting[len(fitting)-1]), "%s is the beginning of %d runs, from %s to %s", meant, len(fitting), fitting[0], fitting[len(fitting)-1])
}

// HasDatabase reports whether a run's database is there still.
func (w Workdir) HasDatabase(id string) bool {
	_, err := os.Stat(w.Database(id))
	return err == nil
}

// NoDatabase says that a run's database, which is needed, is not there.
func (w Workdir) NoDatabase(id string) error {
	return fault.Usagef("sourcecov runs, which tells whose is there; or sourcecov nightly with the flags of that run, which makes it anew",
		"the database of the run %s is not in %s: the newest %d are kept, and those of other disks are not here", id, w, keptDatabases)
}

// RecordedBack lists the runs that have a record, the one that was recorded last
// first, as [Workdir.RecordedLast] has it; and counts the folders without one.
func (w Workdir) RecordedBack() (ids []string, unfinished int, err error) {
	folders, err := os.ReadDir(w.Runs())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("list the runs: %w", err)
	}
	if ids, err = w.Recorded(); err != nil {
		return nil, 0, err
	}
	for _, f := range folders {
		if f.IsDir() {
			unfinished++
		}
	}
	written := map[string]time.Time{}
	for _, id := range ids {
		written[id] = modTime(w.Record(id))
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(written[b].Compare(written[a]), strings.Compare(b, a)) })
	return ids, unfinished - len(ids), nil
}

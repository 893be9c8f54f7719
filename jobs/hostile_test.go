package jobs_test

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
)

// hostileReport makes the tests print what all that was done to the program came
// to (make hostile).
var hostileReport = flag.Bool("hostile", false, "print a table of what hostile input, kills, disks and flags came to")

// A tally counts what was done to the program in one way, and what came of it.
type tally struct {
	tried    int // inputs, kills, disks or command lines
	survived int // after which everything was as it must be
	lost     int // rows, cells, objects or files that should be there and are not
	doubled  int // that are there more than once, or were loaded more than once
	leaked   int // files that nobody needs any more, or texts that speak where they must not
}

// tallies are those of the classes so far.
var tallies = struct {
	sync.Mutex
	of map[string]tally
}{of: map[string]tally{}}

// leastTried is how many of a class make hostile is held to.
var leastTried = map[string]int{
	"bad objects": 300, "kills": 60, "disk sizes": 10, "bombs": 3, "command lines": 10, "empty disks": 5,
}

// count adds to the tally of a class.
func count(class string, t tally) {
	tallies.Lock()
	defer tallies.Unlock()
	sum := tallies.of[class]
	tallies.of[class] = tally{sum.tried + t.tried, sum.survived + t.survived, sum.lost + t.lost, sum.doubled + t.doubled,
		sum.leaked + t.leaked}
}

// leftovers are files of a working directory that no run needs.
func leftovers(t *testing.T, work string) (left int) {
	t.Helper()
	for _, what := range []string{".tmp", "state-*", "settle-*", "runs/*/building-*", "runs/*/publish", "*/.*.tmp"} {
		found, err := filepath.Glob(filepath.Join(work, what))
		if err != nil {
			t.Fatal(err)
		}
		left += len(found)
	}
	return left
}

// tell prints the table and reports whether all was tried and nothing is amiss.
func tell(w io.Writer) bool {
	tallies.Lock()
	defer tallies.Unlock()
	ok := true
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "class\ttried\tsurvived\tlost\tdoubled\tleaked")
	for _, class := range slices.Sorted(maps.Keys(leastTried)) {
		t := tallies.of[class]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\n", class, t.tried, t.survived, t.lost, t.doubled, t.leaked)
		ok = ok && t.tried >= leastTried[class] && t.survived == t.tried && t.lost+t.doubled+t.leaked == 0
	}
	table.Flush()
	return ok
}

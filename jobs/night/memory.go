package night

import (
	"fmt"
	"math"
	"runtime/debug"
	"strings"

	"sourcecov/duckdb"
	"sourcecov/jobs/fault"
)

// heap is what the program's own heap is held to, in bytes, besides the engine's
// memory: it collects more often the nearer it comes. GOMEMLIMIT says otherwise.
const heap = 192 << 20

func boundHeap() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(heap)
	}
}

// giveBack gives the system what the program holds and does not need, before the engine
// takes its share: of objects, that is most of its heap.
func giveBack() { debug.FreeOSMemory() }

// orTooLittle is what came of a step, or that the memory limit is too small for it.
func (n *night) orTooLittle(err error) error {
	if !duckdb.NoMemory(err) {
		return err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fault.Usagef(fmt.Sprintf("--threads 1, or a higher --memory-limit: twice %s is enough for any object below --max-object 16MiB", n.rec.Memory),
		"a memory limit of %s is too little: %s", n.rec.Memory, first)
}

package night

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profile begins to sample what the program itself spends its time on, and returns
// what ends that: the samples and the heap as it is then are in the folder profile
// of the run, beside the engine's own profile of each relation.
func (n *night) profile() (end func() error, err error) {
	if !n.Profile {
		return func() error { return nil }, nil
	}
	dir := filepath.Join(n.home.Run(n.rec.RunID), "profile")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("profile the run: %w", err)
	}
	cpu, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return nil, fmt.Errorf("profile the run: %w", err)
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, errors.Join(fmt.Errorf("profile the run: %w", err), cpu.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		heap, err := os.Create(filepath.Join(dir, "heap.pprof"))
		if err == nil {
			err = errors.Join(pprof.WriteHeapProfile(heap), heap.Close())
		}
		return errors.Join(err, cpu.Close())
	}, nil
}

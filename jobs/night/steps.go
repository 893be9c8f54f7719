package night

import (
	"fmt"
	"time"

	"sourcecov/jobs/record"
)

// A stopwatch times one step after the other.
type stopwatch struct {
	now  func() time.Time
	last time.Time
	took []record.Timing
}

// did tells of a step that is done and how long it took; the record keeps it.
func (n *night) did(step, what string, args ...any) {
	now := n.Now()
	took := now.Sub(n.steps.last)
	n.steps.last = now
	n.steps.took = append(n.steps.took, record.Timing{Step: step, Millis: took.Milliseconds()})
	if n.rec != nil {
		n.rec.Timings = n.steps.took
	}
	n.Progress.Did(step, fmt.Sprintf(what, args...), took)
}

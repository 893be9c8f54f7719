package print

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"sourcecov/jobs/phrase"
)

// progress is the last line of a terminal, which says how far a step is. It
// vanishes before anything else is written, see [vanishing].
type progress struct {
	terminal io.Writer
	width    func() int

	mu    sync.Mutex
	bar   *progressbar.ProgressBar // nil if the line is not there
	step  string                   // and of how many things the bar is
	of    int
	shown time.Time
}

// often is how long a line stands at least: nobody reads faster.
const often = 100 * time.Millisecond

// show says that so many things of a step are done, and what it is about now.
func (p *progress) show(step, what string, done, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.step == step && time.Since(p.shown) < often {
		return
	}
	if p.step != step || p.of != of {
		p.vanish()
	}
	width := p.width()
	bar := min(10, width/8)
	counts := fmt.Sprintf("  100%% |%*s| (%d/%d)  ", bar, "", of, of) // what stands before the words, and the cursor behind them
	room := width - columns(counts)
	if room <= 0 {
		return
	}
	if p.bar == nil {
		p.bar, p.step, p.of = newBar(p.terminal, bar, of), step, of
	}
	p.shown = time.Now()
	text := phrase.Printable(step + " " + what)
	text = text[:fits(text, room)]
	if of > 0 {
		p.bar.Set(min(done, of-1)) // it would end with the last one
	}
	p.bar.Describe(text)
}

// newBar is a bar of so many things; of 0 it is only a sign that something goes on.
func newBar(terminal io.Writer, width, of int) *progressbar.ProgressBar {
	options := []progressbar.Option{
		progressbar.OptionSetWriter(terminal),
		progressbar.OptionSetWidth(width),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // else it writes by itself
		progressbar.OptionUseANSICodes(true),
	}
	if of == 0 {
		return progressbar.NewOptions(-1, options...)
	}
	return progressbar.NewOptions(of, append(options, progressbar.OptionShowCount())...)
}

// vanish takes the line away. Who calls it holds mu.
func (p *progress) vanish() {
	if p.bar != nil {
		p.bar.Clear()
		p.bar = nil
	}
}

// vanishing is a writer to the terminal on which the progress stands.
type vanishing struct {
	progress *progress
	w        io.Writer
}

func (v vanishing) Write(b []byte) (int, error) {
	v.progress.mu.Lock()
	defer v.progress.mu.Unlock()
	v.progress.vanish()
	return v.w.Write(b)
}

// end leaves the terminal without a line of progress.
func (c conversation) end() {
	if c.progress != nil {
		c.progress.mu.Lock()
		defer c.progress.mu.Unlock()
		c.progress.vanish()
	}
}

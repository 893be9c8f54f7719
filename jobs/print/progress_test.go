package print

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A screen is a terminal of which all is kept that was written on it.
type screen struct {
	strings.Builder
	mu sync.Mutex
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Builder.Write(b)
}

var command = regexp.MustCompile("\x1b\\[[0-9]*K")

// TestProgress: what goes on stands on one line that is never wider than the
// terminal, and is gone before anything else is written and in the end.
func TestProgress(t *testing.T) {
	for _, width := range []int{10, 40, 80} {
		s := &screen{}
		p := New(Options{Stdout: s, Stderr: s, StderrIsTerminal: true, Verbose: true, Columns: func() int { return width }})
		p.Doing("pull", "listing the bucket", 0, 0)
		p.Doing("pull", "nba-com/a-name-\x1b[31m-of-an-object-that-is-longer-than-any-terminal-is-wide.json", 99_998, 100_000)
		p.Doing("build", "model/game.sql", 1, 2)
		p.Did("build", "2 relations", time.Second)
		p.Doing("check", "check/lost_games.sql", 3, 3)
		p.Error(errors.New("lost"), "look")
		p.Doing("report", "report/gaps.sql", 0, 9)
		p.End(1)
		stands := ""
		for _, line := range strings.SplitAfter(s.String(), "\n") {
			parts := strings.Split(line, "\r")
			stands += parts[len(parts)-1]
			for _, part := range parts[:len(parts)-1] {
				if n := columns(command.ReplaceAllString(part, "")); n > width {
					t.Errorf("at %d: %q takes %d", width, part, n)
				}
			}
		}
		if want := "msg=\"2 relations\" step=build ms=1000\nsourcecov: lost\nnext: look\n"; stands != want {
			t.Errorf("at %d there stands %q, want %q", width, stands, want)
		}
		for _, shown := range []string{"build model/", " 50%", "(1/2)", "check check/", "report repo"} {
			if width >= 40 && !strings.Contains(s.String(), shown) {
				t.Errorf("at %d: no %q in %q", width, shown, s.String())
			}
		}
	}
}

// TestNoProgress: it is for somebody who looks on.
func TestNoProgress(t *testing.T) {
	for _, o := range []Options{{}, {StderrIsTerminal: true, Quiet: true}, {StderrIsTerminal: true, Dumb: true}, {JSON: true}} {
		s := &screen{}
		o.Stdout, o.Stderr, o.Columns = s, s, func() int { return 80 }
		p := New(o)
		p.Doing("build", "model/game.sql", 1, 2)
		if s.Len() > 0 {
			t.Errorf("%+v: %q", o, s.String())
		}
	}
}

// TestProgressOfMany: many may tell at the same time, while others write.
func TestProgressOfMany(t *testing.T) {
	s := &screen{}
	p := New(Options{Stdout: s, Stderr: s, StderrIsTerminal: true, Columns: func() int { return 80 }})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				p.Doing(fmt.Sprint("step ", i), "it", j, 20)
				p.Waiting("for long")
			}
		})
	}
	all.Wait()
	p.End(0)
	if last := s.String()[strings.LastIndex(s.String(), "\n")+1:]; last != "" && !strings.HasSuffix(last, "\r") {
		t.Errorf("in the end there stands %q", last)
	}
}

package state_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"sourcecov/sync/state"
)

func decision(n int64) state.Rows {
	return state.Rows{Decisions: []state.Decision{{Number: n, DecidedAt: day(2), Decision: "resolve", EventID: "e", Method: "wont_fix", ID: "2.1", ActedBy: "ann"}}}
}

// TestPastDecisions: whoever read HEAD before people decided goes on after them, and
// keeps what he changed of it; whoever read it before anything else is too late.
func TestPastDecisions(t *testing.T) { everywhere(t, testPastDecisions) }

func testPastDecisions(t *testing.T, p place) {
	s, head := begun(t, p)
	ctx := t.Context()
	if same, err := s.PastDecisions(ctx, head); err != nil || !reflect.DeepEqual(same, head) {
		t.Fatalf("nobody came: %+v, %v, want %+v", same, err, head)
	}
	decided := head
	for range 2 {
		var err error
		if decided, err = s.Append(ctx, decided, decided.AsOf, decision(1)); err != nil {
			t.Fatal(err)
		}
	}
	mine := head
	mine.Bucket = "another"
	past, err := s.PastDecisions(ctx, mine)
	if err != nil || past.N != 3 || past.Bucket != "another" || len(past.Segments["decisions"]) != 2 || len(mine.Segments["decisions"]) != 0 {
		t.Fatalf("after two decisions: %+v, %v", past, err)
	}
	after, err := s.Append(ctx, past, day(2), rows("two"))
	if err != nil || len(after.Segments["decisions"]) != 2 || len(after.Segments["runs"]) != 2 {
		t.Fatalf("the append after them: %+v, %v", after, err)
	}
	for _, name := range after.Names() {
		if after.Sums[name] == "" {
			t.Errorf("%s has no sum", name)
		}
	}
	if _, err := s.PastDecisions(ctx, decided); !errors.Is(err, state.ErrConflict) {
		t.Errorf("past a run: %v", err)
	}
	if _, err := s.PastDecisions(ctx, head); !errors.Is(err, state.ErrConflict) {
		t.Errorf("past two decisions and a run: %v", err)
	}
	p.remove("HEAD-00000001")
	if _, err := s.PastDecisions(ctx, head); !errors.Is(err, state.ErrConflict) {
		t.Errorf("what was read is not there any more: %v", err)
	}
}

// TestPastTheFirstDecisions: a state may begin with nothing but a HEAD that was read as none.
func TestPastTheFirstDecisions(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := state.Open(p.bucket)
		first, err := s.Append(t.Context(), state.Head{}, day(1), state.Rows{Runs: rows("one").Runs})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PastDecisions(t.Context(), state.Head{}); !errors.Is(err, state.ErrConflict) {
			t.Errorf("past the first run: %v", err)
		}
		// What is NULL in a decision is NULL in its row.
		after, err := s.Append(t.Context(), first, first.AsOf, decision(1))
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, s, after, after.Segments["decisions"])
		if len(got) != 1 || got[0]["until"] != nil || got[0]["batch_id"] != nil || got[0]["event_id"] != "e" {
			t.Errorf("the row is %v", got)
		}
		if !slices.Equal(after.Segments["runs"], first.Segments["runs"]) {
			t.Errorf("the runs are %v, were %v", after.Segments["runs"], first.Segments["runs"])
		}
	})
}

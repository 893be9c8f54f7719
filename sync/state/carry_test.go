package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// onDisk makes a file of a working directory.
func onDisk(t *testing.T, dir, name, body string) mirror.File {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	return mirror.File{Name: name, Size: int64(len(body)), SHA256: mirror.SHA256([]byte(body))}
}

// TestCarry: HEAD names the landing, each file once; a file of the same number and
// other bytes does not meet it; and nothing is read that is not what was carried.
func TestCarry(t *testing.T) { everywhere(t, testCarry) }

func testCarry(t *testing.T, p place) {
	s, head := begun(t, p)
	dir, ctx := t.TempDir(), t.Context()
	one, listing := onDisk(t, dir, "segment-000001.parquet", "one"), onDisk(t, dir, "listing-000001.parquet", "listing")
	carry := func(head state.Head, segments ...mirror.File) state.Head {
		t.Helper()
		l, same, err := s.CarryLanding(ctx, head, dir, segments, listing)
		if err != nil || same {
			t.Fatalf("CarryLanding = %v, %v", same, err)
		}
		next, err := s.Append(ctx, head, head.AsOf, state.Rows{Landing: &l})
		if err != nil {
			t.Fatal(err)
		}
		if _, same, err := s.CarryLanding(ctx, next, dir, segments, listing); err != nil || !same {
			t.Errorf("once more: CarryLanding = %v, %v", same, err)
		}
		return next
	}
	first := carry(head, one)
	if !first.AsOf.Equal(head.AsOf) || len(first.Done) != len(head.Done) ||
		first.Done["dir:/w"] != head.Done["dir:/w"] {
		t.Errorf("HEAD says more than the landing: %+v", first)
	}
	// What a night that was killed before its HEAD has left is taken.
	two := onDisk(t, dir, "segment-000002.parquet", "two")
	if _, _, err := s.CarryLanding(ctx, first, dir, []mirror.File{one, two}, listing); err != nil {
		t.Fatal(err)
	}
	second := carry(first, one, two)
	// Of one that lost its race there is another file of that number.
	other := onDisk(t, dir, "segment-000002.parquet", "another")
	if l, _, err := s.CarryLanding(ctx, second, dir, []mirror.File{one, other}, listing); err != nil ||
		l.Segments[1].Object == second.Landing.Segments[1].Object {
		t.Errorf("another segment 2 is %v, %v", l.Segments, err)
	}
	_, err := s.Append(ctx, first, first.AsOf, state.Rows{Landing: &second.Landing})
	if !errors.Is(err, state.ErrConflict) {
		t.Errorf("Append to an old HEAD = %v", err)
	}
	now, err := s.Head(ctx)
	if err != nil || len(now.Landing.Segments) != 2 || len(now.Carries()) != 3 {
		t.Fatalf("Head = %+v, %v", now.Landing, err)
	}
	found, err := s.Inspect(ctx, true)
	if err != nil || len(found.Damaged) > 0 {
		t.Errorf("Inspect = %v, %v", found.Damaged, err)
	}
	target := now.Landing.Segments[1]
	pulls := state.Landing{Segments: []state.Carried{{Object: "b"}, {Object: "a"}}}
	if (state.Head{Landing: pulls}).Carries(); pulls.Segments[0].Object != "b" {
		t.Error("Carries puts the pulls into another order")
	}
	for what, body := range map[string][]byte{"of one length": []byte("owt"), "cut off": []byte("t"), "gone": nil} {
		if p.remove(target.Object); body != nil {
			p.put(target.Object, body)
		}
		var got bytes.Buffer
		var damaged *state.DamagedError
		if err := s.Reader(ctx, now.Landing.Files())(ctx, target.File, &got); !errors.As(err, &damaged) ||
			damaged.Name != target.Object {
			t.Errorf("%s: read %v", what, err)
		}
		for _, read := range []bool{true, false} {
			found, err := s.Inspect(ctx, read)
			if want := read || what != "of one length"; err != nil || (len(found.Damaged) == 1) != want {
				t.Errorf("%s: Inspect = %v, %v", what, found.Damaged, err)
			}
		}
		if found, _ := s.Inspect(ctx, true); len(found.Without().Landing.Segments) != 1 ||
			found.Without().Landing.Listing != now.Landing.Listing || found.Without().Bucket != now.Bucket {
			t.Errorf("%s: without it HEAD is %+v", what, found.Without())
		}
		// Whoever has the file brings it again, be there something else under its name.
		without := now
		without.Landing.Segments = now.Landing.Segments[:1]
		onDisk(t, dir, "segment-000002.parquet", "two")
		l, _, err := s.CarryLanding(ctx, without, dir, []mirror.File{one, two}, listing)
		if err == nil {
			err = s.Reader(ctx, l.Files())(ctx, two, &bytes.Buffer{})
		}
		if err != nil {
			t.Errorf("%s: brought again: %v", what, err)
		}
		p.put(target.Object, []byte("two"))
	}
}

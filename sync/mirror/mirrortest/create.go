package mirrortest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sourcecov/sync/mirror"
)

func (s *suite) createReadOnly(t *testing.T) {
	b := s.open(t, map[string][]byte{"x": []byte("1")})
	if err := b.Create(t.Context(), "y", []byte("2")); !errors.Is(err, mirror.ErrReadOnly) {
		t.Errorf("Create = %v, want ErrReadOnly", err)
	}
	if got := Names(t, b, ""); !slices.Equal(got, []string{"x"}) {
		t.Errorf("it has %q now", got)
	}
}

func (s *suite) create(t *testing.T) {
	b := s.open(t, nil)
	for name, body := range awkward {
		if err := b.Create(t.Context(), name, body); err != nil {
			t.Errorf("Create(%s) = %v", name, err)
		}
	}
	big := noise(20 << 20)
	if err := b.Create(t.Context(), "big", big); err != nil {
		t.Errorf("Create(big) = %v", err)
	}
	want := maps.Clone(awkward)
	want["big"] = big
	for name, body := range map[string][]byte{"from/big": big, "from/none": {}} {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := mirror.CreateFrom(t.Context(), b, name, file); err != nil {
			t.Errorf("CreateFrom(%s) = %v", name, err)
		}
		if err := mirror.CreateFrom(t.Context(), b, name, file); !errors.Is(err, mirror.ErrExist) {
			t.Errorf("CreateFrom(%s) again = %v, want ErrExist", name, err)
		}
		want[name] = body
	}
	if got, want := Names(t, b, ""), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("List = %q, created were %q", got, want)
	}
	for _, o := range list(t, b, "") {
		if o.CRC32C != sum(want[o.Name]) || o.Size != int64(len(want[o.Name])) {
			t.Errorf("created %s is listed as %+v", o.Name, o)
		}
		if body, err := b.Read(t.Context(), o.Name, o.Generation); err != nil || !bytes.Equal(body, want[o.Name]) {
			t.Errorf("Read of the created %s = %d bytes, %v", o.Name, len(body), err)
		}
	}
}

func (s *suite) createExisting(t *testing.T) {
	b := s.open(t, map[string][]byte{"there/before": []byte("first")})
	if err := b.Create(t.Context(), "there/now", []byte("first")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"there/before", "there/now"} {
		was := find(t, b, name)
		for _, body := range []string{"second", "first", ""} { // taken is taken, even with the same bytes
			err := b.Create(t.Context(), name, []byte(body))
			if !errors.Is(err, mirror.ErrExist) {
				t.Errorf("Create(%s) again = %v, want ErrExist", name, err)
			} else if !strings.Contains(err.Error(), name) {
				t.Errorf("Create(%s) = %v, which does not name the object", name, err)
			}
		}
		body, err := b.Read(t.Context(), name, was.Generation)
		if err != nil || string(body) != "first" {
			t.Errorf("then Read(%s) = %q, %v, want the first bytes", name, body, err)
		}
	}
}

func (s *suite) createRace(t *testing.T) {
	b := s.open(t, nil)
	const creators = 16
	body := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 100_000+i) }
	start := make(chan struct{})
	errs := make([]error, creators)
	var all sync.WaitGroup
	for i := range creators {
		all.Go(func() {
			<-start
			errs[i] = b.Create(t.Context(), "race/one", body(i))
		})
	}
	close(start)
	all.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("creators %d and %d have both succeeded", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, mirror.ErrExist):
			t.Errorf("creator %d: %v, want ErrExist", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("no creator has succeeded")
	}
	if got := Names(t, b, ""); !slices.Equal(got, []string{"race/one"}) {
		t.Errorf("after the race there are %q", got)
	}
	o := find(t, b, "race/one")
	if got, err := b.Read(t.Context(), o.Name, o.Generation); err != nil || !bytes.Equal(got, body(winner)) {
		t.Errorf("Read = %d bytes, %v, want those of creator %d", len(got), err, winner)
	}
}

func (s *suite) createCancelled(t *testing.T) {
	b := s.open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Create(ctx, "dir/x", noise(1<<20)); !errors.Is(err, context.Canceled) {
		t.Errorf("Create = %v, want context.Canceled", err)
	}
	if got := Names(t, b, ""); len(got) > 0 {
		t.Errorf("the cancelled Create left %q", got)
	}
	// Half-way, or so: the object is there and whole, or it is not there.
	want := noise(20 << 20)
	ctx, cancel = context.WithTimeout(t.Context(), 2*time.Millisecond)
	defer cancel()
	err := b.Create(ctx, "dir/y", want)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Create = %v, want context.DeadlineExceeded", err)
	}
	left := list(t, b, "")
	if len(left) == 0 && err == nil {
		t.Error("Create has succeeded, and the object is not there")
	}
	for _, o := range left {
		if o.Name != "dir/y" || o.CRC32C != sum(want) {
			t.Errorf("the cancelled Create left %+v", o)
		}
	}
}

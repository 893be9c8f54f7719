package gcs_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/mirror"
)

func file(t *testing.T, body []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "part.parquet")
	if err := os.WriteFile(name, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestStage(t *testing.T) {
	s := server(t)
	s.CreateBucket("far", "europe-west1")
	s.Put("far", "other/x", []byte("not staged"))
	stage := open(t, s).Stage("far", "staging/run-1")
	big := bytes.Repeat([]byte("0123456789"), 3<<20)
	for name, body := range map[string][]byte{"a/20250101.parquet": []byte("PAR1"), "big": big, "empty": {}} {
		for range 2 { // the second time it is what a killed run left
			uri, err := stage.Put(t.Context(), name, file(t, body))
			if err != nil || uri != "gs://far/staging/run-1/"+name {
				t.Errorf("Put(%s) = %q, %v", name, uri, err)
			}
		}
		if got, ok := s.Object("far", "staging/run-1/"+name); !ok || !bytes.Equal(got, body) {
			t.Errorf("%s has %d bytes", name, len(got))
		}
	}
	for _, body := range []string{"PAR2", "PAR1x", ""} {
		if uri, err := stage.Put(t.Context(), "a/20250101.parquet", file(t, []byte(body))); !errors.Is(err, mirror.ErrExist) {
			t.Errorf("other bytes: %q, %v", uri, err)
		}
	}
	if got, err := stage.List(t.Context()); err != nil || !slices.Equal(got, []string{"a/20250101.parquet", "big", "empty"}) {
		t.Errorf("List = %q, %v", got, err)
	}
	for range 2 {
		if err := stage.Remove(t.Context(), "big"); err != nil {
			t.Error(err)
		}
	}
	if _, ok := s.Object("far", "staging/run-1/big"); ok {
		t.Error("big is still there")
	}
	if got, err := stage.Location(t.Context()); err != nil || got != "EUROPE-WEST1" {
		t.Errorf("Location = %q, %v", got, err)
	}
	if _, err := stage.Put(t.Context(), "y", filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	if _, err := s.Read(t.Context(), "far", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read = %v", err)
	}
}

func TestStageAgain(t *testing.T) {
	for _, kind := range []gcstest.Kind{gcstest.Unavailable, gcstest.UnavailableAfter, gcstest.Dropped, gcstest.TooMany} {
		for nth := 1; nth <= 3; nth++ {
			for _, size := range []int{10, 17 << 20} {
				s := server(t)
				s.Inject(gcstest.Fault{Kind: kind, URL: uploads, Nth: nth}, gcstest.Fault{Kind: kind, Method: http.MethodDelete})
				body := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
				stage := open(t, s).Stage("box", "")
				uri, err := stage.Put(t.Context(), "x", file(t, body))
				if got, _ := s.Object("box", "x"); err != nil || uri != "gs://box/x" || !bytes.Equal(got, body) {
					t.Errorf("fault %d in request %d, %d bytes: %q, %v, %d bytes there", kind, nth, size, uri, err, len(got))
				}
				if err := stage.Remove(t.Context(), "x"); err != nil || len(s.Names("box")) > 0 {
					t.Errorf("fault %d: Remove = %v, %q", kind, err, s.Names("box"))
				}
			}
		}
	}
}

// TestStageCancelled: before the last request arrives nothing is visible.
func TestStageCancelled(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 2<<20)
	name := file(t, body)
	for n := 1; n <= 2; n++ {
		s := server(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.OnRequest = func(_ *http.Request, before bool) {
			if !before && len(s.Requests()) == n {
				cancel()
			}
		}
		if _, err := open(t, s).Stage("box", "p").Put(ctx, "x", name); !errors.Is(err, context.Canceled) {
			t.Errorf("after request %d: %v", n, err)
		}
		if got := s.Names("box"); len(got) > 0 {
			t.Errorf("after request %d there is %q", n, got)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := server(t)
	if _, err := open(t, s).Stage("box", "p").Put(ctx, "x", name); !errors.Is(err, context.Canceled) || len(s.Requests()) > 0 {
		t.Errorf("cancelled before: %v", err)
	}
}

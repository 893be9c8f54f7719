//go:build unix

package mirror_test

import (
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"sourcecov/sync/mirror"
	"sourcecov/sync/mirror/mirrortest"
)

// Opening a pipe would wait for a writer, for ever.
func TestDirIgnoresPipes(t *testing.T) {
	dir := fill(t, t.TempDir(), map[string][]byte{"x": []byte("1")})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	b := openDir(t, dir)
	if got := mirrortest.Names(t, b, ""); !slices.Equal(got, []string{"x"}) {
		t.Errorf("List = %q", got)
	}
	if _, err := b.Read(t.Context(), "pipe", 0); !errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("Read = %v", err)
	}
}

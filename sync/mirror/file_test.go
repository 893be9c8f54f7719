package mirror_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourcecov/sync/mirror"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	check := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("the file has %.20q, %v, want %.20q", got, err, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("the directory has %v, %v", entries, err)
		}
	}
	for _, s := range []string{"first", "second", "", strings.Repeat("long", 100_000)} {
		if err := mirror.WriteFile(path, text(s)); err != nil {
			t.Error(err)
		}
		check(s)
	}

	// Whatever goes wrong, the file is as before.
	if err := mirror.WriteFile(path, text("last")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := mirror.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Repeat("half", 100_000))
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("WriteFile = %v", err)
	}
	check("last")
	func() {
		defer func() { recover() }()
		mirror.WriteFile(path, func(io.Writer) error { panic("half-way") })
	}()
	check("last")
	if err := mirror.WriteFile(filepath.Join(dir, "no", "f"), text("x")); err == nil {
		t.Error("WriteFile into a missing directory is no error")
	}
	check("last")
}

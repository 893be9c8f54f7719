//go:build unix

package mirror_test

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sourcecov/sync/mirror"
	"sourcecov/sync/mirror/mirrortest"
)

// TestDirTellsOfNoFiles: what is in a directory and can be no object is listed as
// one that cannot be read, with the reason, and nobody waits for a pipe's writer or
// follows a link to another place.
func TestDirTellsOfNoFiles(t *testing.T) {
	secret := fill(t, t.TempDir(), map[string][]byte{"password": []byte("1"), "in/x": nil})
	dir := fill(t, t.TempDir(), map[string][]byte{"x/file": []byte("1"), "other/y": []byte("2")})
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	short, err := os.MkdirTemp("", "s") // the name of a socket is a short one
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	socket, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, err := range []error{
		syscall.Mkfifo(at("x/pipe"), 0o666),
		os.Rename(filepath.Join(short, "s"), at("x/socket")),
		os.Symlink(filepath.Join(secret, "password"), at("x/out")),
		os.Symlink("../../"+filepath.Base(secret)+"/in", at("x/outdir")),
		os.Symlink("/dev/null", at("x/null")),
		os.Symlink(dir+"/other", at("x/within")),
		os.Symlink("../other/y", at("x/y")),
		os.WriteFile(at("x/bad\xff"), []byte("3"), 0o666),
		os.Mkdir(at("x/dir\xfe"), 0o777),
		os.WriteFile(at("x/dir\xfe/z"), nil, 0o666),
	} {
		if err != nil {
			t.Skipf("this file system or user cannot have it: %v", err)
		}
	}
	b := openDir(t, dir)
	want := map[string]string{
		"x/file": "", "x/within/y": "", "x/y": "", "other/y": "",
		"x/pipe":    "it is a pipe, not a file",
		"x/socket":  "it is a socket, not a file",
		"x/out":     "a symbolic link that leaves the bucket is not followed",
		"x/outdir":  "a symbolic link that leaves the bucket is not followed",
		"x/null":    "a symbolic link that leaves the bucket is not followed",
		`x/bad\xff`: "its name is not valid UTF-8",
		`x/dir\xfe`: "its name is not valid UTF-8",
	}
	if got := mirrortest.Names(t, b, ""); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("List = %q", got)
	}
	for name, reason := range want {
		o := find(t, b, name)
		_, err := b.Read(t.Context(), name, o.Generation)
		if reason == "" && err != nil || reason != "" && (err == nil || err.Error() != "read "+name+": "+reason || o.Generation != -1) {
			t.Errorf("Read of %s, generation %d: %v, want %q", name, o.Generation, err, reason)
		}
	}
	for _, name := range []string{"x/outdir/x", "x/out"} {
		if body, err := b.Read(t.Context(), name, 0); err == nil {
			t.Errorf("Read of %s behind a link = %q", name, body)
		}
	}
	if err := b.Create(t.Context(), "x/outdir/new/one", nil); err == nil {
		t.Error("an object was created behind a link that leaves")
	}
	if _, err := os.Stat(filepath.Join(secret, "in", "new")); err == nil {
		t.Error("a folder was made behind a link that leaves")
	}
	// If all that is asked for lies behind the link, nothing must pass for deleted.
	if err := b.List(t.Context(), "x/outdir/", func(mirror.Object) error { return nil }); err == nil || !strings.Contains(err.Error(),
		"x/outdir: a symbolic link that leaves the bucket is not followed") {
		t.Errorf("List behind a link = %v", err)
	}
}

package mirror_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sourcecov/sync/mirror"
	"sourcecov/sync/mirror/mirrortest"
)

func TestDir(t *testing.T) {
	roots := map[mirror.Bucket]string{}
	mirrortest.Run(t, func(t *testing.T, objects map[string][]byte) mirror.Bucket {
		dir := fill(t, t.TempDir(), objects)
		b := openDir(t, dir)
		roots[b] = dir
		return b
	}, mirrortest.Overwrite(func(t *testing.T, b mirror.Bucket, name string, body []byte) {
		fill(t, roots[b], map[string][]byte{name: body})
	}))
}

func TestFS(t *testing.T) {
	mirrortest.Run(t, func(t *testing.T, objects map[string][]byte) mirror.Bucket {
		tree := fstest.MapFS{}
		for name, body := range objects {
			tree[strings.ReplaceAll(name, ":", "%3A")] = &fstest.MapFile{Data: body}
		}
		return mirror.FS(tree, func(path string) string { return strings.ReplaceAll(path, "%3A", ":") })
	}, mirrortest.ReadOnly("an embedded tree is part of the program"))
}

// Two files of one name would be one object with the content of either.
func TestFSCollision(t *testing.T) {
	b := mirror.FS(fstest.MapFS{"x:y": {}, "x%3Ay": {}}, func(p string) string { return strings.ReplaceAll(p, "%3A", ":") })
	err := b.List(t.Context(), "x", func(mirror.Object) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "both named x:y") {
		t.Errorf("List = %v", err)
	}
}

func TestDirMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if _, err := mirror.Dir(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Dir = %v, want an error that names the directory", err)
	}
	if _, err := mirror.Dir(fill(t, t.TempDir(), map[string][]byte{"f": nil}) + "/f"); err == nil {
		t.Error("Dir of a file is no error")
	}
	b, err := mirror.MakeDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Create(t.Context(), "x", nil); err != nil {
		t.Error(err)
	}
	if _, err := mirror.MakeDir(dir); err != nil {
		t.Errorf("MakeDir again = %v", err)
	}

	// A disk that is not there any more is not a bucket that has become empty.
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := b.List(t.Context(), "x/", func(mirror.Object) error { return nil }); err == nil {
		t.Error("List of a removed directory is no error")
	}
}

func TestDirSymlinks(t *testing.T) {
	dir := fill(t, t.TempDir(), map[string][]byte{"real/x": []byte("1"), "real/in/y": []byte("2")})
	for link, target := range map[string]string{
		"file":         "real/x",
		"linked":       "real",
		"dangling":     "nowhere",
		"self":         "self",
		"real/up":      "..",
		"real/in/here": ".",
		"real/in/abs":  dir,
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	b := openDir(t, dir)
	want := []string{"file", "linked/in/y", "linked/x", "real/in/y", "real/x", "self"} // self: there, and not readable
	if got := mirrortest.Names(t, b, ""); !slices.Equal(got, want) {
		t.Errorf("List = %q, want %q", got, want)
	}
	// A prefix is a filter: it does not open a way that the whole listing does not have.
	for prefix, want := range map[string]int{"linked/": 2, "linked/in/here/": 0, "real/up/": 0} {
		if got := mirrortest.Names(t, b, prefix); len(got) != want {
			t.Errorf("List(%q) = %q, want %d names", prefix, got, want)
		}
	}
	if body, err := b.Read(t.Context(), "file", find(t, b, "file").Generation); string(body) != "1" {
		t.Errorf("Read of a link = %q, %v", body, err)
	}
}

func TestDirIgnoresUnfinished(t *testing.T) {
	dir := fill(t, t.TempDir(), map[string][]byte{"a/.tmp-1x": []byte("half"), "a/b": nil, "a/c.tmp-1": nil})
	b := openDir(t, dir)
	if got, want := mirrortest.Names(t, b, ""), []string{"a/b", "a/c.tmp-1"}; !slices.Equal(got, want) {
		t.Errorf("List = %q, want %q", got, want)
	}
	if _, err := b.Read(t.Context(), "a/.tmp-1x", 0); !errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("Read = %v", err)
	}
	for _, name := range []string{"a/.tmp-1", "", ".", "..", "../x", "/x", "a//b", "a/"} {
		if err := b.Create(t.Context(), name, nil); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create(%q) = %v, want ErrInvalid", name, err)
		}
	}
	if err := b.Create(t.Context(), "a/b/c", nil); err == nil || errors.Is(err, mirror.ErrExist) {
		t.Errorf("Create below a file = %v: that name is not taken", err)
	}
	long := "a/" + strings.Repeat("x", 255) // as long as an element can be
	if err := b.Create(t.Context(), long, []byte("1")); err != nil {
		t.Errorf("Create of a long name = %v", err)
	}
}

// lockedFS is a tree with one file that may not be opened. (Permission bits
// would not stop tests that run as root.)
type lockedFS struct {
	fs.FS
	locked string
}

func (f lockedFS) Open(name string) (fs.File, error) {
	if name == f.locked {
		return nil, &fs.PathError{Op: "open", Path: "/secret/place/" + name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

func (f lockedFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

func TestUnreadableFile(t *testing.T) {
	b := mirror.FS(lockedFS{fstest.MapFS{"x/1": {Data: []byte("one")}, "x/2": {Data: []byte("two")}, "x/3": {Data: []byte("three")}}, "x/2"}, nil)
	if got := mirrortest.Names(t, b, "x/"); !slices.Equal(got, []string{"x/1", "x/2", "x/3"}) {
		t.Errorf("List = %q", got)
	}
	o := find(t, b, "x/2")
	if o != (mirror.Object{Name: "x/2", Generation: -1, Size: 3}) {
		t.Errorf("listed as %+v", o)
	}
	_, err := b.Read(t.Context(), o.Name, o.Generation)
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, mirror.ErrReadOnly) || err.Error() != "read x/2: permission denied" {
		t.Errorf("Read = %v", err)
	}

	// A directory that cannot be read would hide objects, which must not pass for deleted.
	b = mirror.FS(lockedFS{fstest.MapFS{"x/1": {}, "y/1": {}}, "y"}, nil)
	if err := b.List(t.Context(), "", func(mirror.Object) error { return nil }); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("List = %v", err)
	}
	if got := mirrortest.Names(t, b, "x/"); !slices.Equal(got, []string{"x/1"}) {
		t.Errorf("List beside it = %q", got)
	}
}

func openDir(t *testing.T, dir string) mirror.Bucket {
	t.Helper()
	b, err := mirror.Dir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill writes files below dir and returns dir.
func fill(t *testing.T, dir string, files map[string][]byte) string {
	t.Helper()
	for name, body := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func find(t *testing.T, b mirror.Bucket, name string) mirror.Object {
	t.Helper()
	var found mirror.Object
	err := b.List(t.Context(), name, func(o mirror.Object) error {
		if o.Name == name {
			found = o
		}
		return nil
	})
	if err != nil || found.Name == "" {
		t.Fatalf("%s is not listed: %v", name, err)
	}
	return found
}

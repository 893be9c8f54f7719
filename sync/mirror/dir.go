package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unicode/utf8"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Dir is the bucket whose objects are the files below a directory, which must
// exist. A name is a file's slash-separated path from there.
//
// A listing reads every file that it names, for the CRC32C. A file that cannot
// be read has generation -1 and CRC32C 0. A directory that cannot be read fails
// the listing: its files would pass for deleted ones. A symbolic link to a file
// counts as a file; one to a directory is followed, unless into a directory that
// it is itself in. What is there and can be no object is listed as a file that
// cannot be read, so that somebody is told: a symbolic link that leaves the
// directory, which nobody follows, a pipe, a socket, a device, and what has a name
// that no bucket can have (invalid UTF-8, whose bytes are then written \xff). Not
// listed are unfinished files of Create, whose last element begins with ".tmp-";
// Create refuses the names that no file here could have, with fs.ErrInvalid.
func Dir(dir string) (Bucket, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", dir, cause(err))
	} else if !info.IsDir() {
		return nil, fmt.Errorf("open bucket %s: %w", dir, syscall.ENOTDIR)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err == nil {
		root, err = filepath.Abs(root)
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", dir, cause(err))
	}
	in := inside{os.DirFS(dir), root}
	return &directory{tree: tree{fsys: in}, in: in, root: dir}, nil
}

// MakeDir is [Dir] for a directory that is made, with its parents, if need be.
func MakeDir(dir string) (Bucket, error) {
	if err := MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("make bucket %s: %w", dir, cause(err))
	}
	return Dir(dir)
}

// inside is a directory without what symbolic links make of other places.
type inside struct {
	fs.FS
	root string // absolute, and no link itself
}

func (d inside) Open(name string) (fs.File, error) {
	if err := d.leaves(name); err != nil {
		return nil, err
	}
	return d.FS.Open(name)
}

func (d inside) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(d.FS, name)
	if err == nil {
		err = d.leaves(name)
	}
	return info, err
}

// leaves is errLeaves if links lead a name out of the directory.
func (d inside) leaves(name string) error {
	if isPlain, err := d.plain(name); isPlain || err != nil {
		return err
	}
	at, err := filepath.EvalSymlinks(filepath.Join(d.root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(d.root, at); err != nil || !filepath.IsLocal(rel) {
		return errLeaves
	}
	return nil
}

// plain reports whether no link is on the way to a name, as on nearly all.
func (d inside) plain(name string) (bool, error) {
	full := filepath.Join(d.root, filepath.FromSlash(name))
	for at := len(d.root); at < len(full); {
		if next := strings.IndexByte(full[at+1:], filepath.Separator); next < 0 {
			at = len(full)
		} else {
			at += 1 + next
		}
		info, err := os.Lstat(full[:at])
		if err != nil || info.Mode()&fs.ModeSymlink != 0 {
			return false, err
		}
	}
	return true, nil
}

// unreadable is the generation of what cannot be read; 0 is that of an empty file.
const unreadable = -1

// Why what has a name in a directory is no object.
var (
	errLeaves  = errors.New("a symbolic link that leaves the bucket is not followed")
	errNotUTF8 = errors.New("its name is not valid UTF-8")
	errPipe    = errors.New("it is a pipe, not a file")
	errSocket  = errors.New("it is a socket, not a file")
	errDevice  = errors.New("it is a device, not a file")
)

// noFile is why something of a mode is no object; nil if it may be one.
func noFile(mode fs.FileMode) error {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return errPipe
	case mode&fs.ModeSocket != 0:
		return errSocket
	case mode&(fs.ModeDevice|fs.ModeCharDevice|fs.ModeIrregular) != 0:
		return errDevice
	}
	return nil
}

// FS is the read-only bucket over a tree that does not change, such as an
// embedded one; otherwise it is like [Dir]. If decode is not nil it makes an
// object's name from a file's path (embedded paths cannot have every character).
// The tree is walked once, by the first call that needs it.
func FS(fsys fs.FS, decode func(string) string) Bucket {
	t := &tree{fsys: fsys}
	if decode != nil {
		t.paths = sync.OnceValues(func() (map[string]string, error) { return decodePaths(fsys, decode) })
	}
	return t
}

func decodePaths(fsys fs.FS, decode func(string) string) (map[string]string, error) {
	files, err := walk(context.Background(), fsys, ".", "", nil)
	if err != nil {
		return nil, err
	}
	paths := make(map[string]string, len(files))
	for _, file := range files {
		name := decode(file)
		if other, ok := paths[name]; ok {
			return nil, fmt.Errorf("%s and %s are both named %s", other, file, name)
		}
		paths[name] = file
	}
	return paths, nil
}

// tree lists and reads the files of a file system.
type tree struct {
	fsys  fs.FS
	paths func() (map[string]string, error) // file by object name; nil where they are the same
}

func (t *tree) List(ctx context.Context, prefix string, fn func(Object) error) error {
	names, err := t.names(ctx, prefix)
	if err != nil {
		return fmt.Errorf("list %q: %w", prefix, err)
	}
	return InOrder(ctx, reads, names, func(ctx context.Context, name string) (*Object, error) {
		o, err := t.stat(ctx, name)
		switch {
		case errors.Is(err, ErrNotExist): // since the walk
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("list %q: %w", prefix, err)
		}
		return &o, nil
	}, func(o *Object) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("list %q: %w", prefix, err)
		}
		if o == nil {
			return nil
		}
		return fn(*o)
	})
}

// reads is how many files a listing reads at a time.
const reads = 16

// names lists the objects with a prefix, in byte order. That is not the order
// of a walk, which puts a/b before a-b.
func (t *tree) names(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	if t.paths == nil {
		var err error
		if names, err = walk(ctx, t.fsys, ".", prefix, nil); err != nil {
			return nil, err
		}
	} else {
		paths, err := t.paths()
		if err != nil {
			return nil, err
		}
		for name := range paths {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil // two names may be spelt the same
}

// walk lists the paths of the files below dir that begin with prefix, in no
// useful order. Above are the directories that dir is in.
func walk(ctx context.Context, fsys fs.FS, dir, prefix string, above []fs.FileInfo) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	info, err := fs.Stat(fsys, dir)
	var entries []fs.DirEntry
	if err == nil {
		entries, err = fs.ReadDir(fsys, dir)
	}
	if missing(err) && dir != "." {
		return nil, nil // since dir was seen
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, cause(err))
	}
	if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		return nil, nil
	}
	above = append(above, info)

	var files []string
	for _, e := range entries {
		p := path.Join(dir, spell(e.Name()))
		mode := e.Type()
		switch {
		case !utf8.ValidString(e.Name()):
			mode = 0 // whatever is below it has no name either
		case mode&fs.ModeSymlink != 0:
			target, err := fs.Stat(fsys, p)
			switch {
			case missing(err):
				continue
			case errors.Is(err, errLeaves) && strings.HasPrefix(prefix, p+"/"):
				return nil, fmt.Errorf("%s: %w", p, err) // all that is asked for may lie behind it
			case err != nil:
				mode = 0 // a file that cannot be read, as far as anyone can tell
			default:
				mode = target.Mode()
			}
		}
		switch {
		case mode.IsDir() && (strings.HasPrefix(p+"/", prefix) || strings.HasPrefix(prefix, p+"/")):
			below, err := walk(ctx, fsys, p, prefix, above)
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		case (mode.IsRegular() || noFile(mode) != nil) && strings.HasPrefix(p, prefix) && !isTemp(e.Name()):
			files = append(files, p)
		}
	}
	return files, nil
}

// spell is a name as an object can have it: bytes that are no UTF-8 become \xff.
func spell(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[i])
		} else {
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	return b.String()
}

// isSpelt reports whether a name may be what spell made of another.
func isSpelt(name string) bool { return strings.Contains(name, `\x`) }

// file is the path of an object's file.
func (t *tree) file(name string) (string, error) {
	if t.paths == nil {
		if !validName(name) {
			return "", ErrNotExist
		}
		return name, nil
	}
	paths, err := t.paths()
	if err != nil {
		return "", err
	}
	file, ok := paths[name]
	if !ok {
		return "", ErrNotExist
	}
	return file, nil
}

// open opens the file of an object and returns its size. The error is
// ErrNotExist if there is no such file, or something else in its place.
func (t *tree) open(name string) (fs.File, int64, error) {
	file, err := t.file(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := fs.Stat(t.fsys, file)
	if err == nil && noFile(info.Mode()) != nil {
		return nil, 0, noFile(info.Mode())
	}
	if missing(err) || err == nil && !info.Mode().IsRegular() { // looked at before opening: a pipe would block
		return nil, 0, ErrNotExist
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := t.fsys.Open(file)
	if missing(err) {
		err = ErrNotExist
	}
	return f, info.Size(), err
}

var buffers = sync.Pool{New: func() any { buf := make([]byte, 64<<10); return &buf }}

// stat makes the Object of a name. The error is ErrNotExist or that of ctx.
func (t *tree) stat(ctx context.Context, name string) (Object, error) {
	if err := ctx.Err(); err != nil {
		return Object{}, err
	}
	f, size, err := t.open(name)
	if errors.Is(err, ErrNotExist) && !isSpelt(name) {
		return Object{}, err
	}
	closed := Object{Name: name, Generation: unreadable, Size: size}
	if err != nil {
		return closed, nil
	}
	defer f.Close()
	sum := crc32.New(castagnoli)
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	n, err := io.CopyBuffer(sum, ContextReader{ctx, f}, *buf)
	if ctx.Err() != nil {
		return Object{}, ctx.Err()
	}
	if err != nil {
		return closed, nil
	}
	return Object{Name: name, Generation: int64(sum.Sum32()), Size: n, CRC32C: sum.Sum32()}, nil
}

func (t *tree) Read(ctx context.Context, name string, generation int64) ([]byte, error) {
	body, err := t.read(ctx, name, generation)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, cause(err))
	}
	return body, nil
}

func (t *tree) read(ctx context.Context, name string, generation int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, size, err := t.open(name)
	if errors.Is(err, ErrNotExist) && isSpelt(name) && generation == unreadable {
		err = errNotUTF8
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf bytes.Buffer
	buf.Grow(int(size) + bytes.MinRead) // enough to find the end without growing
	if _, err := buf.ReadFrom(ContextReader{ctx, f}); err != nil {
		return nil, err
	}
	body := buf.Bytes()
	if g := int64(crc32.Checksum(body, castagnoli)); g != generation {
		return nil, fmt.Errorf("generation %d: %w", generation, ErrNotExist)
	}
	return body, nil
}

func (t *tree) Create(ctx context.Context, name string, body []byte) error {
	return fmt.Errorf("create %s: %w", name, ErrReadOnly)
}

// directory is a tree on disk, which can be written.
type directory struct {
	tree
	in   inside // what tree lists and reads
	root string
}

func (d *directory) Create(ctx context.Context, name string, body []byte) error {
	err := d.create(ctx, name, body)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("create %s: %w", name, ErrExist)
	case err != nil:
		return fmt.Errorf("create %s: %w", name, cause(err))
	}
	return nil
}

func (d *directory) create(ctx context.Context, name string, body []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !validName(name) {
		return fs.ErrInvalid
	}
	for above := path.Dir(name); above != "."; above = path.Dir(above) {
		if err := d.in.leaves(above); err == nil {
			break
		} else if !missing(err) {
			return err
		}
	}
	file := filepath.Join(d.root, filepath.FromSlash(name))
	if err := MkdirAll(filepath.Dir(file)); err != nil {
		return err
	}
	return writeFile(file, os.Link, func(w io.Writer) error {
		if _, err := w.Write(body); err != nil {
			return err
		}
		return ctx.Err()
	})
}

// validName reports whether a file of a directory can be the object of that name.
func validName(name string) bool {
	return fs.ValidPath(name) && name != "." && !isTemp(path.Base(name))
}

// missing reports whether err says that nothing has a path, be it because what
// should be a directory on the way is a file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// ContextReader is a reader that fails once its context is done.
type ContextReader struct {
	Ctx context.Context
	R   io.Reader
}

// Read is that of R, or the error of Ctx.
func (r ContextReader) Read(p []byte) (int, error) {
	if err := r.Ctx.Err(); err != nil {
		return 0, err
	}
	return r.R.Read(p)
}

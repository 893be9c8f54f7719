package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// A File is one of a landing as it was when it was written.
type File struct {
	Name   string `json:"name"` // without its folder
	Size   int64  `json:"size"` // in bytes
	SHA256 string `json:"sha256"`
}

const sumsName = "sums.json"

// sums is what sums.json holds, sealed.
type sums struct {
	Newest int64           `json:"newest"` // pull that left a file last; no number is given twice
	Files  map[string]File `json:"files"`
}

// errSum says that a file has other bytes than those that were written.
var errSum = errors.New("its SHA-256 is not the one noted when it was written")

// readSums reads sums.json, which a landing from before does not have.
func (l *Landing) readSums() error {
	path := filepath.Join(l.dir, sumsName)
	l.sums = sums{Files: map[string]File{}}
	body, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cause(err)
	}
	if err := Unseal(body, &l.sums); err != nil {
		return &DamagedError{path, err}
	}
	return nil
}

// writeSums writes sums.json anew, if it says something else by now.
func (l *Landing) writeSums() error {
	path := filepath.Join(l.dir, sumsName)
	l.sums.Newest = l.newest()
	body, err := Seal(l.sums)
	if err != nil {
		return err
	}
	if had, err := os.ReadFile(path); err == nil && string(had) == string(body) {
		return nil
	}
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

func (l *Landing) name(f File) { l.sums.Files[f.Name] = f }

// Files are the segments, in the order of their pulls, and the newest listing,
// as they were when they were written. They are known once a pull is through.
func (l *Landing) Files() (segments []File, listing File) {
	for _, path := range l.Segments() {
		segments = append(segments, l.sums.Files[filepath.Base(path)])
	}
	return segments, l.sums.Files[filepath.Base(l.Listing())]
}

// counting are the names of the files that count: all segments and the newest
// listing, of those that are there and those that are named.
func (l *Landing) counting() []string {
	names, newest := map[string]bool{}, l.listings[len(l.listings)-1]
	for name := range l.sums.Files {
		if n, ok := pullNumber(name, "listing"); ok {
			newest = max(newest, n)
		} else {
			names[name] = true
		}
	}
	for _, path := range append(l.Segments(), l.path("listing", newest)) {
		names[filepath.Base(path)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// verify looks at every file that counts. The first that is not as it was ends it.
func (l *Landing) verify(ctx context.Context, known func() (map[string]string, error)) error {
	damaged, err := l.inspect(ctx, known)
	if err == nil && len(damaged) > 0 {
		return damaged[0]
	}
	return err
}

// inspect looks at every file that counts and names those that are not named yet.
func (l *Landing) inspect(ctx context.Context, known func() (map[string]string, error)) (damaged []*DamagedError, err error) {
	var noted map[string]string
	if len(l.sums.Files) == 0 && known != nil {
		if noted, err = known(); err != nil {
			return nil, err
		}
	}
	for _, name := range l.counting() {
		path := filepath.Join(l.dir, name)
		now, err := sumFile(ctx, path)
		then, isNamed := l.sums.Files[name]
		if !isNamed {
			then = File{Name: name, Size: now.Size, SHA256: now.SHA256}
			if sum, ok := noted[name]; ok {
				then.SHA256 = sum
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, fs.ErrNotExist) && !isNamed: // a landing that is only just being made
		case errors.Is(err, fs.ErrNotExist):
			damaged = append(damaged, &DamagedError{path, fs.ErrNotExist})
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", path, cause(err))
		case now != then:
			damaged = append(damaged, &DamagedError{path, errSum})
		case !isNamed:
			// Nobody noted its sum: that it can be read is all that can be asked.
			if err := readTable(path, func(g rowGroup) error {
				c := chunks{g: g}
				c.texts("object")
				c.ints("generation")
				return c.err
			}); err != nil {
				var d *DamagedError
				if !errors.As(err, &d) {
					return nil, err
				}
				damaged = append(damaged, d)
				continue
			}
			l.name(now)
		}
	}
	return damaged, nil
}

// Inspect looks at every file of a landing directory that counts and changes
// nothing: which there are, and which of them are not as they were. A directory
// that is not there has none.
func Inspect(ctx context.Context, dir string, known func() (map[string]string, error)) (names []string, damaged []*DamagedError, err error) {
	l := &Landing{dir: dir}
	err = l.scan()
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(l.segments)+len(l.listings) == 0 {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("look at landing %s: %w", dir, err)
	}
	if len(l.listings) == 0 {
		l.listings = []int64{0}
	}
	var own *DamagedError
	if err := l.readSums(); errors.As(err, &own) {
		damaged = append(damaged, own)
		l.sums = sums{Files: map[string]File{}}
	} else if err != nil {
		return nil, nil, fmt.Errorf("look at landing %s: %w", dir, err)
	}
	more, err := l.inspect(ctx, known)
	return l.counting(), append(damaged, more...), err
}

// Aside is the folder in a landing that damaged files are moved to.
const Aside = "damaged"

// SetAside moves files of a landing that are damaged into the folder Aside, and
// names them no longer, so that the next pull goes on without them. Called twice
// it does nothing more.
func SetAside(dir string, damaged []*DamagedError) error {
	l := &Landing{dir: dir}
	err := l.scan()
	if err == nil {
		if err = l.readSums(); errors.Is(err, ErrSeal) {
			l.sums, err = sums{Files: map[string]File{}}, nil // it is among those to be set aside
		}
	}
	if err == nil {
		err = MkdirAll(filepath.Join(dir, Aside))
	}
	l.segments, l.listings = append(l.segments, 0), append(l.listings, 0)
	l.sums.Newest = max(l.sums.Newest, slices.Max(l.segments), slices.Max(l.listings))
	for _, d := range damaged {
		name := filepath.Base(d.File)
		delete(l.sums.Files, name)
		if err == nil {
			err = os.Rename(filepath.Join(dir, name), filepath.Join(dir, Aside, name))
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	// Without a file that is named, all that is there would be taken in unseen; so
	// it is in a landing whose sums are gone, of which nobody knows better.
	if err == nil {
		err = l.writeSums()
	}
	if err != nil {
		return fmt.Errorf("set aside what is damaged in landing %s: %w", dir, cause(err))
	}
	return SyncDir(dir)
}

// Holds are the objects of which a segment holds a body, as far as it can be
// read, each with its generation.
func Holds(segment string) (objects []Object, err error) {
	err = readTable(segment, func(g rowGroup) error {
		c := chunks{g: g}
		names, generations, encodings := c.texts("object"), c.ints("generation"), c.texts("encoding")
		if c.err != nil {
			return c.err
		}
		for i := range names {
			if string(encodings[i]) != unread {
				objects = append(objects, Object{Name: string(names[i]), Generation: generations[i]})
			}
		}
		return nil
	})
	return objects, err
}

// sumFile is a file as it is now.
func sumFile(ctx context.Context, path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := &summing{hash: sha256.New(), w: io.Discard}
	if _, err := io.Copy(sum, ContextReader{ctx, f}); err != nil {
		return File{}, err
	}
	return sum.file(path), nil
}

// summing passes on what it adds up.
type summing struct {
	w    io.Writer
	hash hash.Hash
	size int64
}

func (s *summing) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	return n, err
}

func (s *summing) file(path string) File {
	return File{filepath.Base(path), s.size, hex.EncodeToString(s.hash.Sum(nil))}
}

package mirror

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Displaced is the folder in a landing that files are moved to which had to give
// way to others of their names. Nothing reads it.
const Displaced = "displaced"

// Adopt makes a landing hold these files, as whoever named them has them: other
// landings of one bucket went on from them. What is there with its name and sum
// is not read. The others come by fetch, n at a time, which writes all bytes of a
// file, proved by its sum, or fails. It returns how many came.
//
// A file of the landing that has one of the names and other bytes gives way: it is
// of a pull that nobody named, and the next one fetches again what only it had, so
// far as the bucket still has it. It is moved into the folder Displaced, for no
// night ever told of an object that only it holds, but a person may want that.
// Files of other names stay; where they hold what one of these holds as well,
// neither counts twice.
//
// After an error, or a kill, the landing is whole, and a second call goes on.
func (l *Landing) Adopt(ctx context.Context, want []File, n int, fetch func(ctx context.Context, f File, w io.Writer) error) (came int, err error) {
	var missing []File
	for _, f := range want {
		has, err := l.has(ctx, f)
		if err != nil {
			return 0, fmt.Errorf("look at landing %s: %w", l.dir, err)
		}
		if !has {
			missing = append(missing, f)
		}
	}
	// What is about to change is not noted any more, lest a kill make it look damaged.
	for _, f := range missing {
		delete(l.sums.Files, f.Name)
	}
	if err := l.writeSums(); err != nil {
		return 0, err
	}
	err = InOrder(ctx, n, missing, func(ctx context.Context, f File) (File, error) {
		path := filepath.Join(l.dir, f.Name)
		return f, writeFile(path, l.displace, func(w io.Writer) error { return fetch(ctx, f, w) })
	}, func(f File) error {
		l.name(f)
		came++
		return nil
	})
	l.segments, l.listings = nil, nil
	return came, errors.Join(err, l.scan(), l.writeSums())
}

// has reports whether a file is there with its sum. Where the landing has noted
// another sum for the name, or none, the file itself is asked: a call that was
// killed may have come no further than to bring it.
func (l *Landing) has(ctx context.Context, f File) (bool, error) {
	path := filepath.Join(l.dir, f.Name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, cause(err)
	case l.sums.Files[f.Name] == f:
		return true, nil // whether it still is what was noted is the pull's to ask
	case info.Size() != f.Size:
		return false, nil
	}
	now, err := sumFile(ctx, path)
	if err == nil && now == f {
		l.name(f)
	}
	return now == f, err
}

// displace gives a file that was fetched its name, which another may have.
func (l *Landing) displace(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		aside := filepath.Join(l.dir, Displaced)
		if err := MkdirAll(aside); err != nil {
			return err
		}
		name := filepath.Base(to)
		for i := 1; ; i++ { // what gave way before is not overwritten
			err := os.Link(to, filepath.Join(aside, fmt.Sprintf("%d-%s", i, name)))
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	}
	return os.Rename(from, to)
}

// A Mover is a [Bucket] that moves bytes without holding all of them in memory.
type Mover interface {
	Bucket

	// ReadTo is Read into w, which may have seen a part of them after an error.
	ReadTo(ctx context.Context, name string, generation int64, w io.Writer) error

	// CreateFrom is Create of the bytes of a local file.
	CreateFrom(ctx context.Context, name, file string) error
}

// ReadTo is b's own, or Read.
func ReadTo(ctx context.Context, b Bucket, name string, generation int64, w io.Writer) error {
	if m, ok := b.(Mover); ok {
		return m.ReadTo(ctx, name, generation, w)
	}
	body, err := b.Read(ctx, name, generation)
	if err == nil {
		_, err = w.Write(body)
	}
	return err
}

// CreateFrom is b's own, or Create.
func CreateFrom(ctx context.Context, b Bucket, name, file string) error {
	if m, ok := b.(Mover); ok {
		return m.CreateFrom(ctx, name, file)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return b.Create(ctx, name, body)
}

// AtOnce is how many files may be moved to or from b at a time: where each is held
// in memory, one after the other.
func AtOnce(b Bucket) int {
	if _, ok := b.(Mover); ok {
		return 8
	}
	return 1
}

// Castagnoli is the CRC32C of a local file, and its size.
func Castagnoli(ctx context.Context, file string) (sum uint32, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	size, err = io.Copy(h, ContextReader{ctx, f})
	return h.Sum32(), size, err
}

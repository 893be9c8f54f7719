package mirror

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// tempPrefix begins the name of every file that is still being written, in the
// directory of the final one. What is left behind by a killed process is
// recognised by it: never an object, and removed by OpenLanding.
const tempPrefix = ".tmp-"

// WriteFile makes the file at path from what write writes, replacing one that
// is there. The file appears whole and durable, or the path stays as it was: an
// error of write, or of anything before the file has its name, leaves nothing
// behind. The directory must exist.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := writeFile(path, os.Rename, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeFile writes a temporary file next to path and then gives it its name:
// os.Rename replaces what has the name already, os.Link fails with fs.ErrExist,
// so that of writers who race exactly one succeeds.
func writeFile(path string, publish func(from, to string) error, write func(io.Writer) error) error {
	temp, err := stage(path, write)
	if err != nil {
		return err
	}
	defer os.Remove(temp) // after Rename there is nothing to remove
	dir := filepath.Dir(path)
	if err := publish(temp, path); err != nil {
		return inDir(dir, cause(err))
	}
	return inDir(dir, cause(SyncDir(dir)))
}

// Stage is the first half of WriteFile, for who has many files to make: it writes
// the file that is to be at path, and its bytes are durable, under a temporary name
// next to it. The caller gives it its name with os.Rename, and that is durable after
// [SyncDir]; or removes it. An error leaves nothing behind.
func Stage(path string, write func(io.Writer) error) (temp string, err error) {
	if temp, err = stage(path, write); err != nil {
		err = fmt.Errorf("write %s: %w", path, err)
	}
	return temp, err
}

func stage(path string, write func(io.Writer) error) (string, error) {
	dir := filepath.Dir(path)
	temp := filepath.Join(dir, tempPrefix+strconv.FormatUint(rand.Uint64(), 36))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", inDir(dir, cause(err))
	}
	done := false
	defer func() {
		if !done { // be it for a panic
			f.Close()
			os.Remove(temp)
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := write(w); err != nil {
		return "", inDir(dir, err)
	}
	for _, step := range []func() error{w.Flush, f.Sync, f.Close} {
		if err := step(); err != nil {
			return "", inDir(dir, cause(err))
		}
	}
	done = true
	return temp, nil
}

// inDir makes an error that says that there is no room one that knows where, to
// [IsFull]. It reads as before: what is written is named by whoever writes it.
func inDir(dir string, err error) error {
	if !isFull(err) {
		return err
	}
	return &fullError{err, &fs.PathError{Op: "write", Path: dir, Err: err}}
}

type fullError struct {
	error
	where *fs.PathError
}

func (e *fullError) Unwrap() error { return e.where }

// isFull reports whether the system had no room: on the disk, in a quota, or
// under a limit of the size of files.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// IsFull reports whether an error is that there is no room, and in what folder
// or for what file; "" if that is not known.
func IsFull(err error) (where string, ok bool) {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case !isFull(err):
		return "", false
	case errors.As(err, &path) && isFull(path.Err):
		return path.Path, true
	case errors.As(err, &link) && isFull(link.Err):
		return link.New, true
	}
	return "", true
}

// Sync makes a file and the way to it durable.
func Sync(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), SyncDir(filepath.Dir(file)))
}

// MkdirAll is os.MkdirAll, with the new entries synced in the directories that
// hold them: a file is not durable before the way to it is.
func MkdirAll(dir string) error {
	err := os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrNotExist) {
		if parent := filepath.Dir(dir); parent != dir {
			if err := MkdirAll(parent); err != nil {
				return err
			}
			err = os.Mkdir(dir, 0o777)
		}
	}
	if err == nil {
		return SyncDir(filepath.Dir(dir))
	}
	if !errors.Is(err, fs.ErrExist) {
		return inDir(filepath.Dir(dir), err)
	}
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return syscall.ENOTDIR // not fs.ErrExist, which would mean a name is taken
	}
	return nil
}

// SyncDir makes durable which files a directory has.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// RemoveTemps removes the unfinished files that a killed process left in dir
// itself, not below it. It must not run beside a writer to the same directory.
func RemoveTemps(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if isTemp(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// isTemp reports whether the last element of a path is that of an unfinished file.
func isTemp(base string) bool { return strings.HasPrefix(base, tempPrefix) }

// cause is err without the operation and the path that package os adds: errors
// here name those themselves, the object rather than its place on this machine.
func cause(err error) error {
	var full *fullError
	if errors.As(err, &full) {
		return full
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

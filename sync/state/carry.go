package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sourcecov/sync/mirror"
)

// A Carried file is one of a working directory of which the state has a copy, so
// that a night on any disk has it.
type Carried struct {
	mirror.File
	Object string `json:"object"` // of the state
}

// A Landing names what the nights of a state have landed: its segments, in the
// order of their pulls, and the newest listing.
type Landing struct {
	Segments []Carried `json:"segments"`
	Listing  Carried   `json:"listing"`
}

// A Record is run.json of a run.
type Record struct {
	RunID string `json:"run_id"`
	Carried
}

// Files are those that the landing names; none where nothing was ever carried.
func (l Landing) Files() []Carried {
	files := slices.Clone(l.Segments)
	if l.Listing.Name != "" {
		files = append(files, l.Listing)
	}
	return files
}

// Carries are all carried files that head names, in order of their objects.
func (h Head) Carries() []Carried {
	all := h.Landing.Files()
	for _, r := range h.Records {
		all = append(all, r.Carried)
	}
	slices.SortFunc(all, func(a, b Carried) int { return strings.Compare(a.Object, b.Object) })
	return all
}

// CarryLanding creates an object for each of the files in dir that head does not
// name yet. What it returns is to be appended; it is head's own Landing, and same
// true, if head names just these. What it created and nobody names does no harm.
func (s *Store) CarryLanding(ctx context.Context, head Head, dir string, segments []mirror.File, listing mirror.File) (l Landing, same bool, err error) {
	var missing []mirror.File
	has := map[mirror.File]Carried{}
	for _, c := range head.Landing.Files() {
		has[c.File] = c
	}
	all := append(slices.Clone(segments), listing)
	for _, f := range all {
		if _, ok := has[f]; !ok {
			missing = append(missing, f)
		}
	}
	err = mirror.InOrder(ctx, mirror.AtOnce(s.bucket), missing, func(ctx context.Context, f mirror.File) (Carried, error) {
		return s.carry(ctx, head, "landing", f, filepath.Join(dir, f.Name))
	}, func(c Carried) error {
		has[c.File] = c
		return nil
	})
	if err != nil {
		return l, false, fmt.Errorf("bring the landing into the state: %w", err)
	}
	for _, f := range segments {
		l.Segments = append(l.Segments, has[f])
	}
	l.Listing = has[listing]
	return l, slices.Equal(l.Files(), head.Landing.Files()), nil
}

// CarryRecord creates an object for the record of a run, which is to be appended.
func (s *Store) CarryRecord(ctx context.Context, head Head, runID, file string, body []byte) (Record, error) {
	f := mirror.File{Name: runID + ".json", Size: int64(len(body)), SHA256: mirror.SHA256(body)}
	c, err := s.carry(ctx, head, "runs", f, file)
	if err != nil {
		return Record{}, fmt.Errorf("bring the run's record into the state: %w", err)
	}
	return Record{runID, c}, nil
}

// carry creates the object of one file. Its name has the sum, so that two disks
// that gave one number to different bytes do not meet.
func (s *Store) carry(ctx context.Context, head Head, folder string, f mirror.File, path string) (Carried, error) {
	ext := filepath.Ext(f.Name)
	name := fmt.Sprintf("%s/%s-%.16s", folder, strings.TrimSuffix(f.Name, ext), f.SHA256)
	c := Carried{f, name + ext}
	err := mirror.CreateFrom(ctx, s.bucket, c.Object, path)
	if !errors.Is(err, mirror.ErrExist) {
		return c, err
	}
	// A writer that lost its race, or crashed, has left the very same; unless it
	// was damaged since, and then nothing brings it back under that name.
	is, err := s.isFile(ctx, c.Object, path)
	if err != nil || is {
		return c, err
	}
	c.Object = fmt.Sprintf("%s-%08d%s", name, head.N+1, ext)
	if err := mirror.CreateFrom(ctx, s.bucket, c.Object, path); err != nil && !errors.Is(err, mirror.ErrExist) {
		return c, err
	}
	return c, nil
}

// isFile reports whether an object has the bytes of a file.
func (s *Store) isFile(ctx context.Context, name, path string) (bool, error) {
	o, err := s.find(ctx, name)
	if err != nil || o == nil {
		return false, err
	}
	sum, size, err := mirror.Castagnoli(ctx, path)
	return err == nil && o.CRC32C == sum && o.Size == size, err
}

// find lists one object. It is nil if it is gone.
func (s *Store) find(ctx context.Context, name string) (found *mirror.Object, err error) {
	err = s.bucket.List(ctx, name, func(o mirror.Object) error {
		if o.Name == name {
			found = &o
		}
		return nil
	})
	return found, err
}

// AtOnce is how many carried files may be read at a time.
func (s *Store) AtOnce() int { return mirror.AtOnce(s.bucket) }

// Reader returns what writes the bytes of one of these carried files to w. If it is
// gone, or not what was carried, the error is a [DamagedError], and w may have seen
// bytes of it. They are listed when the first is read, all at once.
func (s *Store) Reader(ctx context.Context, all []Carried) func(ctx context.Context, f mirror.File, w io.Writer) error {
	of := map[mirror.File]string{}
	names := make([]string, len(all))
	for i, c := range all {
		of[c.File], names[i] = c.Object, c.Object
	}
	list := sync.OnceValues(func() (map[string]int64, error) { return s.generations(ctx, names) })
	return func(ctx context.Context, f mirror.File, w io.Writer) error {
		listed, err := list()
		if err != nil {
			return fmt.Errorf("find what the state has of the landing: %w", err)
		}
		name := of[f]
		generation, ok := listed[name]
		if !ok {
			return &DamagedError{name, mirror.ErrNotExist}
		}
		sum := sha256.New()
		err = mirror.ReadTo(ctx, s.bucket, name, generation, io.MultiWriter(sum, w))
		switch {
		case errors.Is(err, mirror.ErrNotExist):
			return &DamagedError{name, mirror.ErrNotExist}
		case err != nil:
			return fmt.Errorf("read the state's %s: %w", name, err)
		case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
			return &DamagedError{name, errSum}
		}
		return nil
	}
}

// generations are those of objects by name, of those that are there.
func (s *Store) generations(ctx context.Context, names []string) (map[string]int64, error) {
	listed := map[string]int64{}
	if len(names) == 0 {
		return listed, nil
	}
	return listed, s.bucket.List(ctx, commonPrefix(names), func(o mirror.Object) error {
		listed[o.Name] = o.Generation
		return nil
	})
}

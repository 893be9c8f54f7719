package place

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// Feeds are the folders at the root of a bucket in which the sources' objects lie.
// Which objects they are is a rule, and rules are SQL; by these names a bucket is
// known when somebody has to be told where it begins. A test compares the two.
var Feeds = []string{"ball-dont-lie", "espn", "nba-com"}

const nextBucket = "--bucket with the folder that holds nba-com/, espn/ and so on: a directory or gs://NAME/PREFIX"

// mostLooks is how many folders are looked into to find out where a bucket begins.
const mostLooks = 100

// Holds reports whether a bucket has any object with a prefix.
func Holds(ctx context.Context, b mirror.Bucket, prefix string) (bool, error) {
	enough := errors.New("enough")
	err := b.List(ctx, prefix, func(mirror.Object) error { return enough })
	if errors.Is(err, enough) {
		return true, nil
	}
	return false, err
}

// Empty is the error of a bucket that holds no object of any source: what was
// found there, and where a bucket is that was perhaps meant.
func (b Bucket) Empty(ctx context.Context, cloud *Cloud) *fault.UsageError {
	s := &search{ctx: ctx, cloud: cloud, left: mostLooks}
	msg := "no object of any source is in it"
	here, err := s.folders(b)
	switch {
	case err != nil:
	case len(here) == 0:
		msg += ", and no folder"
	default:
		msg += ", only " + few(here)
	}
	return s.astray(b, here, msg)
}

// NoObjects is that error as a night tells it, before anything is touched.
func (b Bucket) NoObjects(ctx context.Context, cloud *Cloud) error {
	empty := b.Empty(ctx, cloud)
	empty.Msg = fmt.Sprintf("--bucket %s: %s", b, empty.Msg)
	return empty
}

// noFolder is the error of a bucket that should be a directory and is none.
func (b Bucket) noFolder(why string) error {
	s := &search{ctx: context.Background(), left: mostLooks}
	return s.astray(b, nil, fmt.Sprintf("--bucket %s: %s", b, why))
}

// astray is the error of a name with which no bucket is meant, and the next step:
// the bucket that was, if it is found.
func (s *search) astray(b Bucket, here []string, msg string) *fault.UsageError {
	near, how := s.near(b, here)
	if len(near) == 0 {
		return &fault.UsageError{Msg: msg, Next: nextBucket}
	}
	var next []string
	for _, at := range near[:min(3, len(near))] {
		next = append(next, "--bucket "+Word(string(at)))
	}
	return &fault.UsageError{Msg: fmt.Sprintf("%s; the objects are in %s, %s", msg, near[0], how), Next: strings.Join(next, ", or ")}
}

// search looks for buckets near one that is none.
type search struct {
	ctx   context.Context
	cloud *Cloud
	left  int // folders that may still be looked into
}

// near are the buckets near b, and how they lie to it: below it, above it, or
// beside it under another name.
func (s *search) near(b Bucket, here []string) (found []Bucket, how string) {
	for at := range b.above {
		if s.is(at) {
			return []Bucket{at}, "above it"
		}
	}
	if found = s.below(b, here); len(found) > 0 {
		return found, "a level below"
	}
	for _, name := range here {
		child := b.child(name)
		if names, err := s.folders(child); err == nil {
			found = append(found, s.below(child, names)...)
		}
	}
	if len(found) > 0 {
		return found, "two levels below"
	}
	for parent := range b.above { // the nearest that is there
		if names, err := s.folders(parent); err == nil && len(names) > 0 {
			return s.below(parent, names), "beside it"
		}
	}
	return nil, ""
}

// below are those folders of b that are buckets.
func (s *search) below(b Bucket, names []string) (found []Bucket) {
	for _, name := range names {
		if child := b.child(name); s.is(child) {
			found = append(found, child)
		}
	}
	return found
}

// is reports whether a place looks as a bucket does.
func (s *search) is(b Bucket) bool {
	names, err := s.folders(b)
	return err == nil && slices.ContainsFunc(names, func(name string) bool { return slices.Contains(Feeds, name) })
}

// folders are the names of the folders in a place, in order. A place of Cloud
// Storage that is not there has none.
func (s *search) folders(b Bucket) (names []string, err error) {
	if s.left--; s.left < 0 {
		return nil, fs.ErrNotExist
	}
	if IsURL(string(b)) {
		at, err := ParseGS("--bucket", string(b))
		if err != nil {
			return nil, err
		}
		client, err := s.cloud.Storage(s.ctx)
		if err != nil {
			return nil, err
		}
		return client.Folders(s.ctx, at.Bucket, at.Prefix)
	}
	entries, err := os.ReadDir(string(b))
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(string(b), e.Name())); err == nil && info.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// child is the bucket that begins in a folder of b.
func (b Bucket) child(name string) Bucket {
	if IsURL(string(b)) {
		return Bucket(strings.TrimSuffix(string(b), "/") + "/" + name)
	}
	return Bucket(filepath.Join(string(b), name))
}

// above yields the places in which b lies, the nearest first: six at most, for
// no object lies deeper in its bucket.
func (b Bucket) above(yield func(Bucket) bool) {
	at := strings.TrimSuffix(string(b), "/")
	for range 6 {
		if IsURL(at) {
			slash := strings.LastIndexByte(at, '/')
			if at[:slash] == "gs:/" {
				return
			}
			at = at[:slash]
		} else if up := filepath.Join(at, ".."); up == at {
			return
		} else {
			at = up
		}
		if !yield(Bucket(at)) {
			return
		}
	}
}

// few is a list of folders of which the first three are named.
func few(names []string) string {
	last := len(names) - 1
	switch {
	case last > 2:
		return strings.Join(names[:3], "/, ") + "/ and others"
	case last > 0:
		return strings.Join(names[:last], "/, ") + "/ and " + names[last] + "/"
	}
	return names[0] + "/"
}

// Word is a text as a shell takes it for one word.
func Word(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n'\"\\$`&|;<>()*?[]#~!{}", r) }) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}

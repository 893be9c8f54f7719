// Package mirror brings the objects of a bucket into a directory of our own,
// once each, and keeps them.
//
// A [Bucket] is anything that lists and reads objects: a directory ([Dir]), an
// embedded tree ([FS]) or, in a package of its own, Google Cloud Storage. [Pull]
// compares a bucket with a [Landing] and appends what is new as one immutable
// Parquet segment, plus one listing that says what the bucket held.
package mirror

import (
	"context"
	"io/fs"
	"time"
)

// Object is one generation of one object, as a listing names it.
type Object struct {
	Name       string    // slash-separated, valid UTF-8
	Generation int64     // differs for every content; the CRC32C in a directory, which keeps no history
	Size       int64     // stored bytes, before any decompression
	CRC32C     uint32    // Castagnoli, of the stored bytes
	Created    time.Time // zero where the bucket does not know (a directory)
}

// A Bucket lists, reads and creates objects. Its methods may be called at the
// same time and any number of times. A cancelled context ends each of them with
// an error that is ctx.Err() to errors.Is.
//
// An error names the object and never a place on this machine: [Pull] writes the
// text of a failed Read into the landing, which is the same in every folder.
//
// Package mirrortest has the tests that every implementation passes.
type Bucket interface {
	// List calls fn for the current generation of every object whose name begins
	// with prefix, in byte order of the names, from the caller's goroutine. The
	// prefix may end inside a name; no such object is no error.
	//
	// The first error of fn stops the listing and is returned as it is. Once ctx
	// is cancelled fn is not called again. After any error fn has seen a part of
	// the objects, and a second List starts over.
	//
	// An object that is there but cannot be read is listed all the same, so one
	// bad object never hides the others; Read says what is wrong with it.
	List(ctx context.Context, prefix string, fn func(Object) error) error

	// Read returns the stored bytes of exactly that generation, not decompressed
	// in transit: all of them, or none and an error. The error is [ErrNotExist]
	// to errors.Is if the object is gone or has another generation by now, which
	// a new List tells apart. A bucket that keeps old generations may return
	// their bytes; it never returns those of another generation.
	Read(ctx context.Context, name string, generation int64) ([]byte, error)

	// Create writes a new object, whole or not at all. The error is [ErrExist] to
	// errors.Is if the name is taken, whatever its content, and [ErrReadOnly] if
	// the bucket takes no writes. Of creators that race exactly one succeeds.
	// After any other error the object may exist, whole, and calling again is
	// safe: it then fails with ErrExist, and the content tells whose it is.
	Create(ctx context.Context, name string, body []byte) error
}

// The errors by which callers of a [Bucket] tell cases apart, with errors.Is.
// Each is also the io/fs error it resembles, if there is one; the reverse does
// not hold, so a credentials file that is missing is not mistaken for a missing
// object.
//
// Only a bucket that is reached over a network has the last four: there is no
// bucket of that name, whoever asks may not do this, or is not known at all, and the
// network or the service failed, so that the same call may succeed later.
var (
	ErrNotExist    error = &sentinel{"object does not exist", fs.ErrNotExist}
	ErrExist       error = &sentinel{"object exists already", fs.ErrExist}
	ErrReadOnly    error = &sentinel{"bucket is read-only", fs.ErrPermission}
	ErrNoBucket    error = &sentinel{"bucket does not exist", fs.ErrNotExist}
	ErrPermission  error = &sentinel{"permission denied", fs.ErrPermission}
	ErrCredentials error = &sentinel{"the credentials are not accepted", fs.ErrPermission}
	ErrTemporary   error = &sentinel{"temporary failure", nil}
)

type sentinel struct {
	text string
	like error
}

func (e *sentinel) Error() string { return e.text }
func (e *sentinel) Unwrap() error { return e.like }

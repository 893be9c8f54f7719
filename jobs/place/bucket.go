package place

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sourcecov/fixtures"
	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// Embedded is the name of the bucket inside the binary.
const Embedded = "fixtures"

// A Bucket is where the scraped objects are: the embedded one, a directory or
// gs://NAME/PREFIX. It is the value of --bucket.
type Bucket string

// Check reports what is wrong with the name. It asks no service.
func (b Bucket) Check() error {
	switch {
	case b == Embedded:
		return nil
	case IsURL(string(b)):
		_, err := ParseGS("--bucket", string(b))
		return err
	}
	switch info, err := os.Stat(string(b)); {
	case errors.Is(err, fs.ErrPermission):
		return fault.Usagef(readable(string(b)), "--bucket %s: permission denied", b)
	case err != nil:
		return b.noFolder("no such directory")
	case !info.IsDir():
		return b.noFolder("it is a file, and a bucket is a folder")
	}
	return nil
}

// Open gives the objects.
func (b Bucket) Open(ctx context.Context, cloud *Cloud) (mirror.Bucket, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	switch {
	case b == Embedded:
		return mirror.FS(fixtures.Bucket(), fixtures.DecodeName), nil
	case IsURL(string(b)):
		at, err := ParseGS("--bucket", string(b))
		if err != nil {
			return nil, err
		}
		client, err := cloud.Storage(ctx)
		if err != nil {
			return nil, err
		}
		return explained(client.Bucket(at.Bucket, at.Prefix), func(err error) error { return at.Refusal("--bucket", err) }), nil
	}
	bucket, err := mirror.Dir(string(b))
	if err != nil {
		return nil, fault.Usagef(nextBucket, "--bucket %s: %v", b, err)
	}
	return explained(bucket, func(err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return fault.WithNext(err, readable(string(b)))
		}
		return err
	}), nil
}

// ID tells buckets apart.
func (b Bucket) ID() string {
	if b == Embedded || IsURL(string(b)) {
		return strings.TrimSuffix(string(b), "/")
	}
	abs, err := filepath.Abs(string(b))
	if err != nil {
		return string(b)
	}
	return abs
}

var plainName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// folder names a folder for what belongs to this bucket alone: the landing of
// one bucket must never supply another.
func (b Bucket) folder() string {
	if b == Embedded {
		return Embedded
	}
	name := plainName.ReplaceAllString(filepath.Base(b.ID()), "_")
	return fmt.Sprintf("%s-%08x", name, crc32.ChecksumIEEE([]byte(b.ID())))
}

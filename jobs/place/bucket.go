package place

import (
	"context"
	"fmt"
	"hash/crc32"
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
	if info, err := os.Stat(string(b)); err != nil || !info.IsDir() {
		return fault.Usagef("--bucket DIR, the folder that holds nba-com/, espn/ and so on", "--bucket %s: no such directory", b)
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
		return client.Bucket(at.Bucket, at.Prefix), nil
	}
	bucket, err := mirror.Dir(string(b))
	if err != nil {
		return nil, fault.Usagef("--bucket DIR", "%v", err)
	}
	return bucket, nil
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

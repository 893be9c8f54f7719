package jobs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sourcecov/fixtures"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
	"strings"
)

func (c *config) openBucket() error {
	c.bucketName = c.raw.bucket
	switch {
	case c.raw.bucket == embeddedBucket:
		c.bucket = mirror.FS(fixtures.Bucket(), fixtures.DecodeName)
		return nil
	case strings.Contains(c.raw.bucket, "://"):
		return usagef("--bucket DIR", "--bucket %s: this build reads directories; Google Cloud Storage is not in it yet", c.raw.bucket)
	}
	info, err := os.Stat(c.raw.bucket)
	if err != nil || !info.IsDir() {
		return usagef("--bucket DIR, the folder that holds nba-com/, espn/ and so on", "--bucket %s: no such directory", c.raw.bucket)
	}
	if c.bucket, err = mirror.Dir(c.raw.bucket); err != nil {
		return usagef("--bucket DIR", "%v", err)
	}
	return nil
}

// bucketKey names a folder for what belongs to this bucket alone: the landing
// of one bucket must never supply another.
func (c *config) bucketKey() string {
	if c.raw.bucket == embeddedBucket {
		return embeddedBucket
	}
	name := plainName.ReplaceAllString(filepath.Base(c.bucketID()), "_")
	return fmt.Sprintf("%s-%08x", name, crc32.ChecksumIEEE([]byte(c.bucketID())))
}

// bucketID tells buckets apart.
func (c *config) bucketID() string {
	if c.raw.bucket == embeddedBucket {
		return embeddedBucket
	}
	abs, err := filepath.Abs(c.raw.bucket)
	if err != nil {
		return c.raw.bucket
	}
	return abs
}

// openWarehouse makes the loader that --warehouse names. It asks nobody yet.
func (c *config) openWarehouse() error {
	dir, isDir := strings.CutPrefix(c.raw.warehouse, "dir:")
	switch {
	case c.raw.warehouse == "":
		dir = filepath.Join(c.workdir, "warehouse")
	case isDir && dir == "":
		return usagef("--warehouse dir:DIR", "--warehouse dir: names no directory")
	case !isDir:
		return usagef("--warehouse dir:DIR", "--warehouse %s: this build publishes to a directory, written dir:DIR; loading into BigQuery is not in it yet", c.raw.warehouse)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return usagef("--warehouse dir:DIR", "--warehouse %s: %v", c.raw.warehouse, err)
	}
	c.loader = &warehouse.Dir{Path: dir}
	return nil
}

// placeState fixes where the state is.
func (c *config) placeState() (err error) {
	switch {
	case c.raw.state == "":
		c.stateDir = filepath.Join(c.workdir, "state")
	case strings.Contains(c.raw.state, "://"):
		return usagef("--state DIR", "--state %s: this build keeps its state in a directory; bucket prefixes are not in it yet", c.raw.state)
	default:
		if c.stateDir, err = filepath.Abs(c.raw.state); err != nil {
			return usagef("--state DIR", "--state %s: %v", c.raw.state, err)
		}
	}
	return nil
}

// openStateBucket opens the place of the state and makes it if need be, which a
// dry run does not: then the error is fs.ErrNotExist.
func (n *night) openStateBucket(ctx context.Context) (mirror.Bucket, error) {
	open := mirror.MakeDir
	if n.dryRun {
		open = mirror.Dir
	}
	bucket, err := open(n.stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("--state DIR that can be written", "--state: %v", err)
	}
	return bucket, err
}

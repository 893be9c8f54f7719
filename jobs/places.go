package jobs

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
	"time"

	"sourcecov/fixtures"
	"sourcecov/sync/bq"
	"sourcecov/sync/gcs"
	"sourcecov/sync/mirror"
	"sourcecov/sync/warehouse"
)

// places are where a run's bytes come from and go to, as the flags name them.
// Each is a directory or a service; whichever it is, no verb asks.
type places struct {
	stateDir   string // absolute; "" if the state is in a bucket
	stateCloud gsPath
	dirty      []func() error // closes what was opened, last first
	cloud      *gcs.Client    // opened when first needed
	patience   patience
}

// patience is how long a service is waited for; what is zero is up to its client,
// which waits as long as a night can.
type patience struct {
	attempts    int           // tries of one request
	pause, call time.Duration // between two of them at most, and for one of them
}

// A gsPath is gs://bucket/prefix.
type gsPath struct{ bucket, prefix string }

var gsForm = regexp.MustCompile(`^gs://([a-z0-9][a-z0-9._-]{1,221}[a-z0-9])(?:/(.*))?$`)

// parseGS reads gs://NAME or gs://NAME/PREFIX.
func parseGS(flag, text string) (gsPath, error) {
	m := gsForm.FindStringSubmatch(text)
	if m == nil {
		return gsPath{}, usagef(flag+" gs://NAME/PREFIX", "%s %s: what is not a directory is written gs://NAME or gs://NAME/PREFIX", flag, text)
	}
	prefix := strings.TrimSuffix(m[2], "/")
	if strings.Contains("/"+prefix+"/", "//") && prefix != "" {
		return gsPath{}, usagef(flag+" gs://NAME/PREFIX", "%s %s: a prefix has no empty part", flag, text)
	}
	return gsPath{m[1], prefix}, nil
}

// isURL reports whether a place is written as one of a service.
func isURL(text string) bool { return strings.Contains(text, "://") }

// storage is Google Cloud Storage, or the server that STORAGE_EMULATOR_HOST names.
func (c *config) storage(ctx context.Context) (*gcs.Client, error) {
	if c.cloud != nil {
		return c.cloud, nil
	}
	client, err := gcs.Open(ctx, gcs.Options{Endpoint: c.getenv("STORAGE_EMULATOR_HOST"),
		Attempts: c.patience.attempts, MaxWait: c.patience.pause, Stall: c.patience.call})
	if err != nil {
		return nil, usagef("gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; then sourcecov doctor", "%v", err)
	}
	c.cloud = client
	c.dirty = append(c.dirty, client.Close)
	return client, nil
}

// leavePlaces ends the use of every service.
func (c *config) leavePlaces() (err error) {
	for len(c.dirty) > 0 {
		err = errors.Join(err, c.dirty[len(c.dirty)-1]())
		c.dirty = c.dirty[:len(c.dirty)-1]
	}
	return err
}

// openBucket makes sense of --bucket. A verb that only tells of earlier runs does
// not read it: it may be out of reach by then.
func (c *config) openBucket(ctx context.Context, isRead bool) error {
	c.bucketName = c.raw.bucket
	switch {
	case c.raw.bucket == embeddedBucket:
		c.bucket = mirror.FS(fixtures.Bucket(), fixtures.DecodeName)
		return nil
	case isURL(c.raw.bucket):
		at, err := parseGS("--bucket", c.raw.bucket)
		if err != nil || !isRead {
			return err
		}
		client, err := c.storage(ctx)
		if err != nil {
			return err
		}
		c.bucket = client.Bucket(at.bucket, at.prefix)
		return nil
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
	if c.raw.bucket == embeddedBucket || isURL(c.raw.bucket) {
		return strings.TrimSuffix(c.raw.bucket, "/")
	}
	abs, err := filepath.Abs(c.raw.bucket)
	if err != nil {
		return c.raw.bucket
	}
	return abs
}

var datasetForm = regexp.MustCompile(`^([a-z][a-z0-9.:-]*[a-z0-9])\.([A-Za-z0-9_]+)$`)

// openWarehouse makes the loader that --warehouse names. It asks nobody yet.
func (c *config) openWarehouse(ctx context.Context) error {
	kind, name, _ := strings.Cut(c.raw.warehouse, ":")
	switch {
	case kind == "dir" && name == "":
		return usagef("--warehouse dir:DIR", "--warehouse dir: names no directory")
	case kind == "dir" && c.raw.staging != "":
		return usagef("--warehouse bq:PROJECT.DATASET, or leave --staging away", "--staging is where BigQuery reads files; a directory takes them as they are")
	case kind == "dir":
		dir, err := filepath.Abs(name)
		if err != nil {
			return usagef("--warehouse dir:DIR", "--warehouse %s: %v", c.raw.warehouse, err)
		}
		c.loader = &warehouse.Dir{Path: dir}
		return nil
	case kind != "bq":
		return usagef("--warehouse dir:DIR or --warehouse bq:PROJECT.DATASET", "--warehouse %s: it begins neither with dir: nor with bq:", c.raw.warehouse)
	}
	m := datasetForm.FindStringSubmatch(name)
	if m == nil {
		return usagef("--warehouse bq:PROJECT.DATASET", "--warehouse %s: %q is no PROJECT.DATASET", c.raw.warehouse, name)
	}
	o := bq.Options{Project: m[1], Dataset: m[2], Location: c.raw.location, Endpoint: c.getenv("BIGQUERY_EMULATOR_HOST"),
		Attempts: c.patience.attempts, Pause: c.patience.pause, Call: c.patience.call}
	if c.raw.staging != "" {
		at, err := parseGS("--staging", c.raw.staging)
		if err != nil {
			return err
		}
		client, err := c.storage(ctx)
		if err != nil {
			return err
		}
		c.stage = client.Stage(at.bucket, at.prefix)
		o.Stage = c.stage
	}
	w, err := bq.Open(ctx, o)
	if err != nil {
		return err
	}
	c.dirty = append(c.dirty, w.Close)
	c.loader, c.dataset = w, w
	return nil
}

// placeState fixes where the state is.
func (c *config) placeState() (err error) {
	switch {
	case isURL(c.raw.state):
		c.stateCloud, err = parseGS("--state", c.raw.state)
		return err
	case c.raw.state == "":
		c.stateDir = filepath.Join(c.workdir, "state")
		return nil
	}
	if c.stateDir, err = filepath.Abs(c.raw.state); err != nil {
		return usagef("--state DIR", "--state %s: %v", c.raw.state, err)
	}
	return nil
}

// openState opens the place of the state. A directory is made if need be, and
// if make is true; else that it is not there is fs.ErrNotExist.
func (c *config) openState(ctx context.Context, make bool) (mirror.Bucket, error) {
	if c.stateDir == "" {
		client, err := c.storage(ctx)
		if err != nil {
			return nil, err
		}
		return client.Bucket(c.stateCloud.bucket, c.stateCloud.prefix), nil
	}
	open := mirror.Dir
	if make {
		open = mirror.MakeDir
	}
	bucket, err := open(c.stateDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("--state DIR that can be written", "--state: %v", err)
	}
	return bucket, err
}

// stateName is where the state is, for people.
func (c *config) stateName() string {
	if c.stateDir == "" {
		return strings.TrimSuffix("gs://"+c.stateCloud.bucket+"/"+c.stateCloud.prefix, "/")
	}
	return c.stateDir
}

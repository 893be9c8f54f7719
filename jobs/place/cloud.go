// Package place knows where things are: the bucket, the state and the
// warehouse, each a directory or a service, and the working directory. Names
// are made sense of first; what they name is opened when it is needed.
package place

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"sourcecov/jobs/fault"
	"sourcecov/sync/gcs"
)

// A Cloud is the way to Google's services. It is opened when first needed and
// is not safe for concurrent use.
type Cloud struct {
	Getenv   func(string) string // environment look-up
	Patience Patience
	Waiting  func(what string) // is told of a service that is not there and is asked again, at any time

	client *gcs.Client
	opened []func() error // closes what was opened, last first
}

// Patience is how long a service is waited for. What is zero is up to its
// client, which waits as long as a night can.
type Patience struct {
	Attempts    int           // tries of one request
	Pause, Call time.Duration // between two of them at most, and for one of them
}

// Storage is Google Cloud Storage, or the server that STORAGE_EMULATOR_HOST names.
func (c *Cloud) Storage(ctx context.Context) (*gcs.Client, error) {
	if c.client != nil {
		return c.client, nil
	}
	client, err := gcs.Open(ctx, gcs.Options{Endpoint: c.Getenv("STORAGE_EMULATOR_HOST"),
		Attempts: c.Patience.Attempts, MaxWait: c.Patience.Pause, Stall: c.Patience.Call, Waiting: c.Waiting})
	switch {
	case err != nil && c.Getenv("STORAGE_EMULATOR_HOST") != "": // which takes no credentials
		return nil, fault.Usagef("unset STORAGE_EMULATOR_HOST, or set it to HOST:PORT", "STORAGE_EMULATOR_HOST: %v", err)
	case err != nil:
		return nil, fault.Usagef(Login, "%v", err)
	}
	c.client = client
	c.opened = append(c.opened, client.Close)
	return client, nil
}

// Close ends the use of every service.
func (c *Cloud) Close() (err error) {
	for len(c.opened) > 0 {
		err = errors.Join(err, c.opened[len(c.opened)-1]())
		c.opened = c.opened[:len(c.opened)-1]
	}
	return err
}

// A GS is gs://Bucket/Prefix.
type GS struct{ Bucket, Prefix string }

func (g GS) String() string { return strings.TrimSuffix("gs://"+g.Bucket+"/"+g.Prefix, "/") }

var gsForm = regexp.MustCompile(`^gs://([a-z0-9][a-z0-9._-]{1,221}[a-z0-9])(?:/(.*))?$`)

// ParseGS reads gs://NAME or gs://NAME/PREFIX; flag is what it was given with.
func ParseGS(flag, text string) (GS, error) {
	m := gsForm.FindStringSubmatch(text)
	if m == nil {
		return GS{}, fault.Usagef(flag+" gs://NAME/PREFIX", "%s %s: what is not a directory is written gs://NAME or gs://NAME/PREFIX", flag, text)
	}
	prefix := strings.TrimSuffix(m[2], "/")
	if strings.Contains("/"+prefix+"/", "//") && prefix != "" {
		return GS{}, fault.Usagef(flag+" gs://NAME/PREFIX", "%s %s: a prefix has no empty part", flag, text)
	}
	return GS{m[1], prefix}, nil
}

// IsGS reports whether a place is written as one of Google Cloud Storage.
func IsGS(text string) bool { return gsForm.MatchString(text) }

// IsURL reports whether a place is written as one of a service.
func IsURL(text string) bool { return strings.Contains(text, "://") }

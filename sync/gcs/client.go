// Package gcs is Google Cloud Storage: buckets for package mirror, and a place
// where files wait for BigQuery to load them.
//
// Every call ends: it makes a bounded number of attempts, and a connection on
// which nothing moves is given up. An error that is [mirror.ErrTemporary] says
// that the network or the service was at fault to the last.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"

	"sourcecov/sync/mirror"
)

// Options say where the service is and how patient to be. The zero value is good.
type Options struct {
	// Endpoint is the base URL, or host:port, of a server that is taken for the
	// service and asked without credentials. If it is empty the service is
	// Google's, with Application Default Credentials.
	Endpoint string

	Attempts int           // failures in a row before a call gives up; 6 if 0
	MaxWait  time.Duration // longest pause between two attempts; 10 s if 0
	Stall    time.Duration // how long a connection may stand still; 60 s if 0

	// Waiting, if it is not nil, is told whenever the service is not there and is
	// tried again, by several goroutines at the same time.
	Waiting func(what string)
}

// Client is a connection to the service. Its methods may be called at the same time.
type Client struct {
	service *storage.Client
	base    *http.Transport
	opt     Options
}

// Open prepares a client. It makes no request; without credentials it fails.
func Open(ctx context.Context, opt Options) (*Client, error) {
	if opt.Attempts <= 0 {
		opt.Attempts = 6
	}
	if opt.MaxWait <= 0 {
		opt.MaxWait = 10 * time.Second
	}
	if opt.Stall <= 0 {
		opt.Stall = 60 * time.Second
	}
	base := newTransport(opt.Stall)
	// Reads in the style of the XML interface, said outright: the client has announced
	// another default, under which stored bytes that are compressed break off.
	options := []option.ClientOption{storage.WithDisabledClientMetrics(), storage.WithXMLReads()}
	var rt http.RoundTripper = base
	if opt.Endpoint == "" {
		var err error
		rt, err = transport.NewTransport(ctx, base, option.WithScopes(storage.ScopeReadWrite))
		if err != nil {
			return nil, fmt.Errorf("open Google Cloud Storage: %w", err)
		}
		// Said outright, lest the client look for an emulator in the environment.
		options = append(options, option.WithEndpoint("https://storage.googleapis.com/storage/v1/"))
	} else {
		endpoint, err := apiURL(opt.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("open Google Cloud Storage: %w", err)
		}
		options = append(options, option.WithEndpoint(endpoint), option.WithoutAuthentication())
	}
	options = append(options, option.WithHTTPClient(&http.Client{Transport: &limited{rt}}))
	service, err := storage.NewClient(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("open Google Cloud Storage: %w", err)
	}
	return &Client{service, base, opt}, nil
}

// apiURL makes the address of the JSON API from that of a server.
func apiURL(endpoint string) (string, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%q is no address of a server", endpoint)
	}
	u.Path, u.RawQuery = "/storage/v1/", ""
	return u.String(), nil
}

// Close ends the use of the client and of everything made with it.
func (c *Client) Close() error {
	err := c.service.Close()
	c.base.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("close Google Cloud Storage: %w", err)
	}
	return nil
}

// begin starts one call: the context and the handle of a bucket under which its
// requests share one count of failures.
func (c *Client) begin(ctx context.Context, bucket string) (context.Context, *storage.BucketHandle) {
	b := &budget{most: int32(c.opt.Attempts), waiting: c.opt.Waiting}
	// A retry policy of the whole client would be shared: Retryer changes it in place.
	h := c.service.Bucket(bucket).Retryer(
		storage.WithPolicy(storage.RetryIdempotent),
		storage.WithBackoff(gax.Backoff{Initial: min(500*time.Millisecond, c.opt.MaxWait), Max: c.opt.MaxWait, Multiplier: 2}),
		storage.WithErrorFunc(b.retry),
	)
	return context.WithValue(ctx, budgetKey{}, b), h
}

// Location returns where a bucket is, in upper case, such as US or EUROPE-WEST1.
func (c *Client) Location(ctx context.Context, bucket string) (string, error) {
	in, h := c.begin(ctx, bucket)
	attrs, err := h.Attrs(in)
	if err != nil {
		return "", failed(ctx, "ask for the location of", "gs://"+bucket, ofBucket(bucket, err))
	}
	return strings.ToUpper(attrs.Location), nil
}

// Permissions returns those of the asked permissions, such as
// storage.objects.list, that the caller has on a bucket.
func (c *Client) Permissions(ctx context.Context, bucket string, ask []string) ([]string, error) {
	in, h := c.begin(ctx, bucket)
	granted, err := h.IAM().TestPermissions(in, ask)
	if err != nil {
		return nil, failed(ctx, "ask for permissions on", "gs://"+bucket, ofBucket(bucket, err))
	}
	return granted, nil
}

// ofBucket is err, or that there is no such bucket if that is what it says of a
// request that is about nothing else.
func ofBucket(bucket string, err error) error {
	if errors.Is(err, storage.ErrBucketNotExist) || status(err) == http.StatusNotFound {
		return noBucket(bucket)
	}
	return err
}

// noBucket is the error that a bucket does not exist.
type noBucket string

func (n noBucket) Error() string { return "bucket gs://" + string(n) + " does not exist" }
func (n noBucket) Unwrap() error { return mirror.ErrNoBucket }

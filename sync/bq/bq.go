// Package bq is BigQuery as a warehouse: load jobs and metadata, nothing else.
// No row enters a streaming buffer and no statement changes one, so nothing ever
// waits for a buffer to be flushed (WAREHOUSE.md, "The protocol"). The one query
// that runs counts tables of other people, for an audit: [Tables].
package bq

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/bigquery"
	"golang.org/x/time/rate"

	"sourcecov/sync/warehouse"
)

// Options say which dataset, where the service is and how patient to be. But for
// Project and Dataset the zero value is good.
type Options struct {
	Project string
	Dataset string

	// Location is where the dataset has to be, such as US or EU; "" is wherever it
	// is. A dataset that does not exist is made there, in US if it is "".
	Location string

	// Endpoint is the base URL, or host:port, of a server that is taken for the
	// service and asked without credentials. If it is empty the service is
	// Google's, with Application Default Credentials.
	Endpoint string

	// Stage is where files wait for a load job to read them. If it is nil each
	// file is sent with its job.
	Stage Stage

	Attempts int           // tries of one request, and of one load that failed by the service's fault; 4 if 0
	Pause    time.Duration // before the second try, then longer; 1 s if 0
	Call     time.Duration // how long one request may take, with its upload; 2 min if 0
	Load     time.Duration // how long one load may take before it is left to itself; 30 min if 0

	// Waiting, if it is not nil, is told whenever the service is not there and is
	// tried again, by several goroutines at the same time.
	Waiting func(what string)
}

// A Stage is a place from which BigQuery reads files by their URI.
type Stage interface {
	// Put brings a file there under a name, whole or not at all, and returns its
	// URI. The same file under the same name again is no error, another one is.
	Put(ctx context.Context, name, file string) (uri string, err error)
	// Remove removes it; one that is not there is no error.
	Remove(ctx context.Context, name string) error
	// Location is where the place is, such as US or EUROPE-WEST1.
	Location(ctx context.Context) (string, error)
}

// Warehouse is one dataset. Its methods may be called at the same time.
type Warehouse struct {
	opt     Options
	client  *bigquery.Client
	dataset *bigquery.Dataset

	looks *rate.Limiter // at tables
	gone  atomic.Bool   // nobody was there, so nobody waits for that again

	mu       sync.Mutex
	location string            // of the dataset; "" until it was asked for
	counted  map[string]census // by table
}

// Open prepares a warehouse. It makes no request; without credentials it fails.
func Open(ctx context.Context, opt Options) (*Warehouse, error) {
	w, err := open(ctx, opt)
	if err != nil {
		return nil, &warehouse.SetupError{
			Warehouse:   "bq:" + opt.Project + "." + opt.Dataset,
			Differences: []warehouse.Difference{{Object: "credentials", Wanted: "Application Default Credentials", Live: err.Error()}},
			Next:        nextLogin,
			Err:         warehouse.ErrCredentials,
		}
	}
	return w, nil
}

// open makes the client, and gives each option that is zero its value.
func open(ctx context.Context, opt Options) (*Warehouse, error) {
	if opt.Attempts <= 0 {
		opt.Attempts = 4
	}
	if opt.Pause <= 0 {
		opt.Pause = time.Second
	}
	if opt.Call <= 0 {
		opt.Call = 2 * time.Minute
	}
	if opt.Load <= 0 {
		opt.Load = 30 * time.Minute
	}
	client, err := connect(ctx, opt)
	if err != nil {
		return nil, err
	}
	return &Warehouse{opt: opt, client: client, dataset: client.Dataset(opt.Dataset), counted: map[string]census{},
		looks: rate.NewLimiter(looksPerSecond, atOnce)}, nil
}

// Close ends the use of the warehouse.
func (w *Warehouse) Close() error { return w.client.Close() }

// Name is bq: and the dataset.
func (w *Warehouse) Name() string { return "bq:" + w.opt.Project + "." + w.opt.Dataset }

// Limits keep a day's loads well below what BigQuery allows a project and a
// table: 1,500 jobs a table and day, 4,000 partitions a job (WAREHOUSE.md, "Quotas").
func (w *Warehouse) Limits() warehouse.Limits {
	return warehouse.Limits{WholeAbove: 20, WholeMost: 4000, RunJobs: 400, TableDayJobs: 1000, Parallel: 8}
}

// Target is the destination of a load, with its project: job ids are per project.
func (w *Warehouse) Target(table, partition string) string {
	return w.opt.Project + "." + w.opt.Dataset + "." + destination(table, partition)
}

// destination is the one place where the name of what a load replaces is made. A
// truncating load whose name lacks its partition would empty the whole table.
func destination(table, partition string) string {
	if partition == warehouse.All {
		return table
	}
	return table + "$" + partition
}

// Location is where the dataset is, which every request about a job has to say.
func (w *Warehouse) Location(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.location != "" {
		return w.location, nil
	}
	var md *bigquery.DatasetMetadata
	err := w.retry(ctx, func(ctx context.Context) (err error) {
		md, err = w.dataset.Metadata(ctx)
		return err
	})
	if err != nil {
		return "", w.about(fmt.Sprintf("look at dataset %s.%s", w.opt.Project, w.opt.Dataset), err)
	}
	w.location = md.Location
	return w.location, nil
}

package bq

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"

	"sourcecov/sync/warehouse"
)

// markLabel is the label of a job with the mark of the process that submitted it:
// of a job whose id is taken it tells whether that is our own.
const markLabel = "submitted-by"

// errUnknown is the end of a load whose outcome is not known yet.
var errUnknown = errors.New("it is not known yet what became of it: the next run finds out")

// Load submits a load job, waits for it and returns the rows that it counts. The
// job's id is that of the load and the number of the attempt; BigQuery takes each
// id once, so of a request that is made again at most one runs.
func (w *Warehouse) Load(ctx context.Context, l warehouse.Load) (int64, error) {
	target := destination(l.Table.Name, l.Partition)
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("load %s: %w", target, err)
	}
	bound, cancel := context.WithTimeout(ctx, w.opt.Load)
	defer cancel()
	rows, err := w.load(bound, l)
	var failed *JobError
	switch {
	case err == nil:
		return rows, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &failed): // the last of its jobs is done, and there is no other
		return 0, warehouse.NoEffect(w.about("load "+target, err))
	case bound.Err() != nil:
		err = warehouse.Temporary(fmt.Errorf("it was not done within %s; %w", w.opt.Load, errUnknown))
	}
	return 0, w.about("load "+target, err)
}

// load makes attempts until one succeeds or its failure is no fault of the
// service. A job of an earlier process that has the id already is let come to
// its end, lest it undo ours, and never taken for ours: what it loaded may have
// been replaced since.
func (w *Warehouse) load(ctx context.Context, l warehouse.Load) (rows int64, err error) {
	src, done, err := w.source(ctx, l)
	if err != nil {
		return 0, err
	}
	defer func() { done(err) }()
	failures, pause := 0, w.opt.Pause
	for attempt := 0; ; attempt++ {
		job, ours, err := w.submit(ctx, l, jobID(l.ID, attempt), src)
		if err != nil {
			return 0, err
		}
		rows, err := w.wait(ctx, job)
		var failed *JobError
		switch {
		case !ours && (err == nil || errors.As(err, &failed)):
			continue
		case err == nil:
			return rows, nil
		case overQuota(err):
			return 0, warehouse.Temporary(err)
		case !mayRunAgain(err):
			return 0, err
		}
		if failures++; failures >= w.opt.Attempts {
			return 0, warehouse.Temporary(err)
		}
		if err := gax.Sleep(ctx, pause); err != nil {
			return 0, err
		}
		pause = min(2*pause, time.Minute)
	}
}

func jobID(load string, attempt int) string { return load + "-" + strconv.Itoa(attempt) }

// source says where a job gets its rows: from a file that is sent with each
// request, or from one that waits in the stage. done is told how it ended; a
// staged file is removed once no job can want it any more.
func (w *Warehouse) source(ctx context.Context, l warehouse.Load) (open func() (bigquery.LoadSource, func() error, error), done func(error), err error) {
	describe := func(c *bigquery.FileConfig) {
		c.SourceFormat = bigquery.Parquet
		c.Schema = schemaOf(l.Table.Columns)
		c.ParquetOptions = &bigquery.ParquetOptions{EnableListInference: true} // without it lists arrive empty, and the job succeeds
	}
	if w.opt.Stage == nil {
		return func() (bigquery.LoadSource, func() error, error) {
			f, err := os.Open(l.File)
			if err != nil {
				return nil, nil, err
			}
			src := bigquery.NewReaderSource(f)
			describe(&src.FileConfig)
			return src, f.Close, nil
		}, func(error) {}, nil
	}
	name := stagedName(l)
	uri, err := w.opt.Stage.Put(ctx, name, l.File)
	if err != nil {
		return nil, nil, err
	}
	src := bigquery.NewGCSReference(uri)
	describe(&src.FileConfig)
	return func() (bigquery.LoadSource, func() error, error) { return src, func() error { return nil }, nil },
		func(err error) {
			var failed *JobError
			if err != nil && !errors.As(err, &failed) {
				return // a job may still read it, whatever the error says
			}
			// One that stays behind costs a little; doctor lists it. The load itself has ended.
			_ = w.opt.Stage.Remove(ctx, name)
		}, nil
}

// stagedName is the name of a load's file in the stage: no other run's and no other load's.
func stagedName(l warehouse.Load) string { return path.Join(l.Run, l.ID+".parquet") }

// submit asks for a job until it is known to be accepted. If its id is taken it
// returns the job that has it, and whether that is ours: an answer to an earlier
// request of this process was lost.
func (w *Warehouse) submit(ctx context.Context, l warehouse.Load, id string, open func() (bigquery.LoadSource, func() error, error)) (job *bigquery.Job, ours bool, err error) {
	location, err := w.Location(ctx)
	if err != nil {
		return nil, false, err
	}
	err = w.retry(ctx, func(ctx context.Context) error {
		if l.Guard != nil { // each time: a pause is long enough to be overtaken
			if err := l.Guard(ctx); err != nil {
				return err
			}
		}
		src, closeSource, err := open()
		if err != nil {
			return err
		}
		loader := w.dataset.Table(destination(l.Table.Name, l.Partition)).LoaderFrom(src)
		loader.JobID, loader.Location = id, location
		loader.CreateDisposition = bigquery.CreateNever
		loader.WriteDisposition = bigquery.WriteTruncate
		if l.Partition == warehouse.All {
			loader.WriteDisposition = bigquery.WriteTruncateData // keeps schema, descriptions and policies of the table
		}
		loader.DecimalTargetTypes = []bigquery.DecimalTargetType{bigquery.NumericTargetType}
		loader.JobTimeout = w.opt.Load
		loader.MediaOptions = []googleapi.MediaOption{googleapi.ContentType("application/octet-stream")}
		loader.Labels = map[string]string{ownLabel: ownValue, markLabel: labelValue(l.Mark), "run": labelValue(l.Run), "table": labelValue(l.Table.Name)}
		job, err = loader.Run(ctx)
		return errors.Join(err, closeSource())
	})
	lost := errors.Is(err, warehouse.ErrTemporary) // it may have been accepted all the same
	if !lost && status(err) != http.StatusConflict {
		return job, err == nil, err
	}
	taken, getErr := w.job(ctx, id, location)
	switch {
	case lost && getErr != nil:
		return nil, false, warehouse.Temporary(fmt.Errorf("%w; %w", err, errUnknown))
	case getErr != nil:
		return nil, false, getErr
	}
	job = taken
	config, err := w.check(job, l)
	if err != nil {
		return nil, false, err
	}
	return job, config.Labels[markLabel] == labelValue(l.Mark), nil
}

// job gets a job that is known to exist: at first it may not be found yet.
func (w *Warehouse) job(ctx context.Context, id, location string) (*bigquery.Job, error) {
	var job *bigquery.Job
	for try := 1; ; try++ {
		err := w.retry(ctx, func(ctx context.Context) (err error) {
			job, err = w.client.JobFromIDLocation(ctx, id, location)
			return err
		})
		if err == nil || !notFound(err) || try >= w.opt.Attempts {
			return job, err
		}
		if err := gax.Sleep(ctx, w.opt.Pause/4); err != nil {
			return nil, err
		}
	}
}

// check makes sure that a job found by its id does what the load would do.
func (w *Warehouse) check(job *bigquery.Job, l warehouse.Load) (*bigquery.LoadConfig, error) {
	config, err := job.Config()
	if err != nil {
		return nil, err
	}
	load, ok := config.(*bigquery.LoadConfig)
	if !ok || load.Dst == nil {
		return nil, fmt.Errorf("job %s is no load: somebody else uses this id", job.ID())
	}
	if got := load.Dst.ProjectID + "." + load.Dst.DatasetID + "." + load.Dst.TableID; got != w.Target(l.Table.Name, l.Partition) {
		return nil, fmt.Errorf("job %s loads %s, not %s: somebody else uses this id", job.ID(), got, w.Target(l.Table.Name, l.Partition))
	}
	return load, nil
}

// wait asks for a load until it is done, and returns the rows that it loaded.
func (w *Warehouse) wait(ctx context.Context, job *bigquery.Job) (int64, error) {
	s, err := w.settled(ctx, job)
	switch {
	case errors.Is(err, warehouse.ErrTemporary):
		return 0, warehouse.Temporary(fmt.Errorf("%w; %w", err, errUnknown))
	case err != nil:
		return 0, err
	}
	return loadedRows(s)
}

// settled asks for a job until it is done. That it failed is a [*JobError].
func (w *Warehouse) settled(ctx context.Context, job *bigquery.Job) (*bigquery.JobStatus, error) {
	pause, unknown := w.opt.Pause/4, 0
	for {
		var s *bigquery.JobStatus
		err := w.retry(ctx, func(ctx context.Context) (err error) {
			s, err = job.Status(ctx)
			return err
		})
		switch {
		case notFound(err) && unknown < w.opt.Attempts:
			unknown++ // it was accepted, and is not to be seen everywhere yet
		case err != nil:
			return nil, err
		case s.Done():
			return s, jobError(job.ID(), s)
		}
		if err := gax.Sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(pause*3/2, 10*time.Second)
	}
}

func loadedRows(s *bigquery.JobStatus) (int64, error) {
	if s.Statistics != nil {
		if load, ok := s.Statistics.Details.(*bigquery.LoadStatistics); ok {
			return load.OutputRows, nil
		}
	}
	return 0, errors.New("the job is done and does not say how many rows it loaded")
}

// Find asks for the jobs of every attempt. The newest that succeeded counts, of
// those that the same process submitted.
func (w *Warehouse) Find(ctx context.Context, l warehouse.Load) (warehouse.Outcome, error) {
	bound, cancel := context.WithTimeout(ctx, w.opt.Load)
	defer cancel()
	out, err := w.find(bound, l)
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case bound.Err() != nil:
		err = warehouse.Temporary(fmt.Errorf("it was not done within %s; %w", w.opt.Load, errUnknown))
	}
	return warehouse.Outcome{}, w.about("find load "+l.ID, err)
}

func (w *Warehouse) find(ctx context.Context, l warehouse.Load) (warehouse.Outcome, error) {
	out := warehouse.Outcome{Status: warehouse.NeverRan}
	location, err := w.Location(ctx)
	if err != nil {
		return out, err
	}
	for attempt := 0; ; attempt++ {
		job, err := w.job(ctx, jobID(l.ID, attempt), location)
		if notFound(err) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		config, err := w.check(job, l)
		if err != nil {
			return out, err
		}
		rows, err := w.wait(ctx, job)
		var failed *JobError
		ours := config.Labels[markLabel] == labelValue(l.Mark)
		switch {
		case err != nil && !errors.As(err, &failed):
			return out, err
		case ours && err == nil:
			out = warehouse.Outcome{Status: warehouse.Loaded, Rows: rows}
		case ours && out.Status != warehouse.Loaded:
			out.Status = warehouse.Failed
		}
	}
}

// Release removes the staged file of a load.
func (w *Warehouse) Release(ctx context.Context, l warehouse.Load) error {
	if w.opt.Stage == nil {
		return ctx.Err()
	}
	if err := w.opt.Stage.Remove(ctx, stagedName(l)); err != nil {
		return fmt.Errorf("remove the staged file of load %s: %w", l.ID, err)
	}
	return nil
}

// labelValue makes a text one that BigQuery takes as the value of a label.
func labelValue(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, strings.ToLower(s))
	return s[:min(len(s), 63)]
}

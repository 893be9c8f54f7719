package bq

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/iterator"

	"sourcecov/sync/google"
	"sourcecov/sync/warehouse"
)

// Tables are those of other people, in any dataset of one project: they are looked
// at and counted, and never written. Its methods may be called at the same time.
type Tables struct {
	w    *Warehouse // of no dataset: its way to ask, and to ask again
	most int64
}

// OpenTables prepares to look at the tables of opt.Project; what else of opt is about
// a dataset is not heeded. No query is billed for more than so many bytes. It makes no
// request; without credentials it fails with [warehouse.ErrCredentials].
func OpenTables(ctx context.Context, opt Options, most int64) (*Tables, error) {
	w, err := open(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("bq:%s: %w: %v", opt.Project, warehouse.ErrCredentials, err)
	}
	return &Tables{w, most}, nil
}

// Close ends the use of the tables.
func (t *Tables) Close() error { return t.w.Close() }

// A Counting is what is to be counted of one table: its rows by game and date.
type Counting struct {
	Dataset, Table string
	Game, Date     string // columns with the id of the game and its date
	Key            string // column that tells the rows of one game apart; "" where a game has one
	From, To       string // first and last date, YYYY-MM-DD: some tables refuse whoever names none
}

// Counted is what came of it.
type Counted struct {
	Rows      []CountedRows
	Bytes     int64 // that the query would read, of an estimate
	Streaming Streaming
	Fault     string // why this table cannot be counted, and what to do about it; "" if it was
}

// CountedRows are the rows of one game on one date.
type CountedRows struct {
	Game *string // nil where the rows have no id
	Date string  // YYYY-MM-DD
	Rows int64
	Keys int64 // of them those with a key of their own
}

// Count looks at a table and counts its rows with one query. What is wrong with the
// table itself is its Fault; an error is about all tables, and is
// [warehouse.ErrTemporary] or [warehouse.ErrCredentials] if it is that.
func (t *Tables) Count(ctx context.Context, c Counting) (Counted, error) {
	return t.ask(ctx, "count", c, func(ctx context.Context, location string, out *Counted) (err error) {
		out.Rows, err = t.query(ctx, c, location)
		return err
	})
}

// Estimate looks at a table and asks how much Count would read. No row is read, and
// nothing is billed.
func (t *Tables) Estimate(ctx context.Context, c Counting) (Counted, error) {
	return t.ask(ctx, "estimate", c, func(ctx context.Context, location string, out *Counted) error {
		q := t.counting(c, location)
		q.DryRun, q.MaxBytesBilled = true, 0 // so that it is told also of what is too much
		return t.w.retry(ctx, func(ctx context.Context) error {
			job, err := q.Run(ctx)
			switch {
			case err != nil:
				return err
			case job.LastStatus() == nil || job.LastStatus().Statistics == nil:
				return errGarbled
			}
			out.Bytes = job.LastStatus().Statistics.TotalBytesProcessed
			return nil
		})
	})
}

// ask looks at a table and, if it can be counted, asks the question.
func (t *Tables) ask(ctx context.Context, verb string, c Counting, question func(ctx context.Context, location string, out *Counted) error) (out Counted, err error) {
	bound, cancel := context.WithTimeout(ctx, t.w.opt.Load)
	defer cancel()
	var md *bigquery.TableMetadata
	err = t.w.retry(bound, func(ctx context.Context) (err error) {
		md, err = t.w.client.Dataset(c.Dataset).Table(c.Table).Metadata(ctx)
		return err
	})
	grant := t.grantTable(c)
	if err == nil {
		out.Streaming = streamingOf(md)
		err = suits(md, c)
	}
	if err == nil {
		grant += ", or " + t.grantJobs()
		err = question(bound, md.Location, &out)
	}
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case bound.Err() != nil:
		err = warehouse.Temporary(fmt.Errorf("it was not done within %s", t.w.opt.Load))
	default:
		if out.Fault, err = t.faultOf(err, grant); err == nil {
			return out, nil
		}
	}
	return out, fmt.Errorf("%s table %s: %w", verb, t.name(c), err)
}

func (t *Tables) name(c Counting) string {
	return t.w.opt.Project + "." + c.Dataset + "." + c.Table
}

// grantTable and grantJobs are what lets a table be read, and queries run.
func (t *Tables) grantTable(c Counting) string {
	return fmt.Sprintf("bq query --nouse_legacy_sql 'GRANT `roles/bigquery.dataViewer` ON SCHEMA `%s.%s` TO \"WHO\"'", t.w.opt.Project, c.Dataset)
}

func (t *Tables) grantJobs() string {
	return "gcloud projects add-iam-policy-binding " + t.w.opt.Project + " --member=WHO --role=roles/bigquery.jobUser"
}

// An unsuited table is one that cannot be counted as it is.
type unsuited struct{ why string }

func (e *unsuited) Error() string { return e.why }

// columnName is a name that stands in a query as it is.
var columnName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// suits says why a table cannot be counted. A view or an external table may be whole
// while what was to be loaded is not, and what it costs to read nobody can tell.
func suits(md *bigquery.TableMetadata, c Counting) error {
	switch md.Type {
	case bigquery.RegularTable:
	case "":
		return warehouse.Temporary(fmt.Errorf("%w: it says of no table what it is", errGarbled))
	case bigquery.ViewTable:
		return &unsuited{"it is a view, not a table: name the table behind it in sql/reference/audited_tables.sql"}
	case bigquery.ExternalTable:
		return &unsuited{"it is an external table, whose rows are not in BigQuery: name a table in sql/reference/audited_tables.sql"}
	default:
		return &unsuited{"it is no table but " + strings.ToLower(string(md.Type)) + ": name a table in sql/reference/audited_tables.sql"}
	}
	for _, name := range []string{c.Game, c.Date, c.Key} {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(md.Schema, func(f *bigquery.FieldSchema) bool { return strings.EqualFold(f.Name, name) })
		switch {
		case i < 0 || !columnName.MatchString(name):
			return &unsuited{"it has no column " + name}
		case name == c.Date && md.Schema[i].Type != bigquery.DateFieldType:
			return &unsuited{fmt.Sprintf("its column %s is %s and no DATE", name, md.Schema[i].Type)}
		}
	}
	return nil
}

// faultOf tells what is wrong with one table, in its words, from what is wrong with
// the service, the network or the credentials. What BigQuery refuses it names by a
// reason, in the answer to a request or of a job that failed.
func (t *Tables) faultOf(err error, grant string) (fault string, of error) {
	var own *unsuited
	var failed *JobError
	said, code := message(err), status(err)
	is := func(reasons ...string) bool { return reason(err, reasons...) }
	if errors.As(err, &failed) {
		said = failed.Message
		is = func(reasons ...string) bool { return slices.Contains(reasons, failed.Reason) }
	}
	said = strings.TrimSuffix(said, ".") // for it goes on
	switch {
	case errors.As(err, &own):
		return own.why, nil
	case errors.Is(err, warehouse.ErrTemporary):
		return "", err
	case google.NoToken(err) != nil:
		return "", fmt.Errorf("%w: %v", warehouse.ErrCredentials, google.NoToken(err))
	case code == http.StatusUnauthorized:
		return "", fmt.Errorf("%w: %s", warehouse.ErrCredentials, said)
	case is("bytesBilledLimitExceeded"):
		return fmt.Sprintf("it takes more than the %d bytes that --max-billed allows: %s: sourcecov audit --dry-run tells how much each table takes, then a higher --max-billed", t.most, said), nil
	case code == http.StatusForbidden, is("accessDenied"):
		return "access is denied: " + said + ": " + grant, nil
	case code == http.StatusNotFound, is("notFound"):
		return fmt.Sprintf("there is no such table: %s: --audit bq:PROJECT with the project that has it; bq ls --project_id=%s lists the datasets", said, t.w.opt.Project), nil
	case code >= 400 && code < 500, failed != nil:
		return "it was refused: " + said, nil
	}
	if errors.Is(err, errGarbled) {
		return "", warehouse.Temporary(err)
	}
	// The client could not make sense of what came; whoever wrote it was not BigQuery.
	return "", warehouse.Temporary(fmt.Errorf("%w: %v", errGarbled, err))
}

// jobPrefix begins the ids of all of our queries.
const jobPrefix = "sourcecov_audit_"

// counting is the query that counts. It reads three columns at most, of the
// partitions of some dates.
func (t *Tables) counting(c Counting, location string) *bigquery.Query {
	keys := ""
	if c.Key != "" {
		keys = fmt.Sprintf(", COUNT(DISTINCT %s) AS keys_found", c.Key)
	}
	q := t.w.client.Query(fmt.Sprintf("SELECT %[1]s AS game, %[2]s AS game_date, COUNT(*) AS rows_found%[3]s FROM `%[4]s` WHERE %[2]s BETWEEN DATE '%[5]s' AND DATE '%[6]s' GROUP BY %[1]s, %[2]s",
		c.Game, c.Date, keys, t.name(c), c.From, c.To))
	q.Location, q.Priority = location, bigquery.InteractivePriority
	q.MaxBytesBilled, q.JobTimeout = t.most, t.w.opt.Load
	q.Labels = map[string]string{ownLabel: ownValue, "purpose": "audit", "table": labelValue(c.Table)}
	return q
}

// query counts a table. A job that failed by the service's fault is made anew, as a load is.
func (t *Tables) query(ctx context.Context, c Counting, location string) ([]CountedRows, error) {
	q := t.counting(c, location)
	id := jobPrefix + labelValue(c.Table) + "_" + strings.ToLower(rand.Text())
	pause := t.w.opt.Pause
	for attempt := 0; ; attempt++ {
		q.JobID = jobID(id, attempt)
		job, err := t.submit(ctx, q)
		if err != nil {
			return nil, err
		}
		_, err = t.w.settled(ctx, job)
		switch {
		case err == nil:
			return t.read(ctx, job, c.Key != "")
		case overQuota(err):
			return nil, warehouse.Temporary(err)
		case !mayRunAgain(err):
			return nil, err
		case attempt+1 >= t.w.opt.Attempts:
			return nil, warehouse.Temporary(err)
		}
		if err := gax.Sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(2*pause, time.Minute)
	}
}

// submit starts a query. Nobody else makes ids as ours: one that is taken is that of a
// request whose answer was lost.
func (t *Tables) submit(ctx context.Context, q *bigquery.Query) (job *bigquery.Job, err error) {
	err = t.w.retry(ctx, func(ctx context.Context) (err error) {
		job, err = q.Run(ctx)
		return err
	})
	if status(err) == http.StatusConflict {
		return t.w.job(ctx, q.JobID, q.Location)
	}
	return job, err
}

// read reads all that a query found, or nothing: a page that does not come is asked
// for again with those before it.
func (t *Tables) read(ctx context.Context, job *bigquery.Job, hasKeys bool) (out []CountedRows, err error) {
	err = t.w.retry(ctx, func(ctx context.Context) error {
		out = nil
		found, err := job.Read(ctx)
		for err == nil {
			var cells []bigquery.Value
			if err = found.Next(&cells); err != nil {
				break
			}
			var row CountedRows
			row, err = countedRows(cells, hasKeys)
			out = append(out, row)
		}
		if errors.Is(err, iterator.Done) {
			return nil
		}
		return err
	})
	return out, err
}

// countedRows is one row of what a query found.
func countedRows(cells []bigquery.Value, hasKeys bool) (CountedRows, error) {
	want := 3
	if hasKeys {
		want++
	}
	if len(cells) != want {
		return CountedRows{}, fmt.Errorf("a row has %d cells, not %d", len(cells), want)
	}
	date, isDate := cells[1].(civil.Date)
	rows, isCount := cells[2].(int64)
	keys, isKeys := cells[want-1].(int64)
	if !isDate || !isCount || !isKeys {
		return CountedRows{}, fmt.Errorf("a row is %v", cells)
	}
	out := CountedRows{Date: date.String(), Rows: rows, Keys: keys}
	if !hasKeys {
		out.Keys = 1
	}
	if cells[0] != nil {
		game := fmt.Sprint(cells[0])
		out.Game = &game
	}
	return out, nil
}

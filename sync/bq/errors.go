package bq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"

	"sourcecov/sync/google"
	"sourcecov/sync/warehouse"
)

// A JobError is a load job that came to an end and had no effect.
type JobError struct {
	Job     string
	Reason  string // BigQuery's own word, such as invalid or notFound
	Message string
	All     []string // every error that the job lists: the one above is a summary and hides which field it is
}

func (e *JobError) Error() string {
	text := fmt.Sprintf("job %s failed: %s: %s", e.Job, e.Reason, e.Message)
	for _, m := range e.All {
		if m != e.Message {
			text += "; " + m
		}
	}
	return text
}

// retry makes a request, several times if what went wrong may pass: the network,
// the service itself, a rate limit. Each try has its own deadline, for the client
// would go on trying for ever. A service that is not there has a smaller budget,
// which all requests share: it is told while it lasts, and once it is used up
// each of the others tries once. What is left in the end is an ErrTemporary then.
func (w *Warehouse) retry(ctx context.Context, request func(context.Context) error) error {
	pause := w.opt.Pause
	for try, knock := 1, 1; ; try++ {
		call, cancel := context.WithTimeout(ctx, w.opt.Call)
		err := request(call)
		cancel()
		var nobody *unreachable
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &nobody):
			if knock >= min(knocks, w.opt.Attempts) || w.gone.Load() {
				w.gone.Store(true)
				return warehouse.Temporary(fmt.Errorf("%w: %s", nobody, nobody.why))
			}
			if w.opt.Waiting != nil {
				w.opt.Waiting(fmt.Sprintf("BigQuery is not there: %v: %s; asking again", nobody, nobody.why))
			}
			if err := gax.Sleep(ctx, min(w.opt.Pause, knockPause)<<(knock-1)); err != nil {
				return err
			}
			knock++
			continue
		}
		w.gone.Store(false)
		switch {
		case err == nil:
			return nil
		case !passes(err):
			return err
		case try >= w.opt.Attempts || quota(err):
			return warehouse.Temporary(err)
		}
		if err := gax.Sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, time.Minute)
	}
}

// passes reports whether a request may succeed later without anybody doing anything.
func passes(err error) bool {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return api.Code >= 500 || api.Code == http.StatusTooManyRequests || api.Code == http.StatusRequestTimeout ||
			reason(err, "rateLimitExceeded", "jobRateLimitExceeded", "quotaExceeded", "backendError")
	}
	var file *fs.PathError
	var asked *url.Error
	var op *net.OpError
	switch {
	case errors.As(err, &file), google.NoToken(err) != nil:
		return false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &asked), errors.As(err, &op):
		return true
	}
	return false
}

// quota reports whether a day's quota is used up: trying again soon is of no use.
func quota(err error) bool { return reason(err, "quotaExceeded") }

// reason reports whether a refused request names one of these reasons.
func reason(err error, reasons ...string) bool {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return false
	}
	for _, item := range api.Errors {
		for _, r := range reasons {
			if item.Reason == r {
				return true
			}
		}
	}
	return false
}

func status(err error) int {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return api.Code
	}
	return 0
}

func notFound(err error) bool { return status(err) == http.StatusNotFound }

// about is the one place where an error of the client becomes one of ours: what
// was tried, and a refusal as the matter of configuration that it is.
func (w *Warehouse) about(what string, err error) error {
	next, wanted, kind := "", "", error(nil)
	switch {
	case err == nil:
		return nil
	case google.NoToken(err) != nil, status(err) == http.StatusUnauthorized:
		next, wanted, kind = nextLogin, "credentials that are accepted", warehouse.ErrCredentials
	case status(err) == http.StatusForbidden && !passes(err):
		next, wanted, kind = "sourcecov doctor with the same --warehouse, which lists what is lacking; if nothing is, only a job can tell: gcloud projects add-iam-policy-binding "+
			w.opt.Project+" --member=WHO --role=roles/bigquery.jobUser", "the permission", warehouse.ErrPermission
	case notFound(err):
		next, wanted = w.migrate()+", which makes what is missing; without --apply it shows what that is", "that it exists"
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
	if token := google.NoToken(err); token != nil {
		err = token
	}
	return &warehouse.SetupError{Warehouse: w.Name(), Next: next, Err: kind,
		Differences: []warehouse.Difference{{Object: what, Wanted: wanted, Live: message(err)}}}
}

// nextLogin is the next step of whoever has no credentials, or none that are accepted.
const nextLogin = "gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; then the same command again"

// migrate is the command that makes what is missing of this warehouse.
func (w *Warehouse) migrate() string {
	command := "sourcecov migrate --apply --warehouse " + w.Name()
	if w.opt.Location != "" {
		command += " --location " + w.opt.Location
	}
	return command
}

// message is what the service says of a refusal, without the URL.
func message(err error) string {
	var api *googleapi.Error
	if errors.As(err, &api) && api.Message != "" {
		return fmt.Sprintf("%d %s", api.Code, strings.TrimSpace(api.Message))
	}
	return err.Error()
}

// jobError is the error of a job that is done, or nil.
func jobError(id string, s *bigquery.JobStatus) error {
	if s.Err() == nil {
		return nil
	}
	out := &JobError{Job: id, Message: s.Err().Error()}
	var failed *bigquery.Error
	if errors.As(s.Err(), &failed) {
		out.Reason, out.Message = failed.Reason, failed.Message
	}
	for _, e := range s.Errors {
		out.All = append(out.All, e.Message)
	}
	return out
}

// mayRunAgain reports whether a job failed by the service's fault: the same load
// under another id may succeed.
func mayRunAgain(err error) bool {
	var failed *JobError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Reason {
	case "backendError", "internalError", "jobBackendError", "jobInternalError", "rateLimitExceeded", "jobRateLimitExceeded":
		return true
	}
	return false
}

// overQuota reports whether a job failed for want of quota.
func overQuota(err error) bool {
	var failed *JobError
	return errors.As(err, &failed) && failed.Reason == "quotaExceeded"
}

package bq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"syscall"
	"time"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"

	"sourcecov/sync/google"
)

// A service that is not there is asked this often, each time for as long as a
// connection may take at most: with the pauses in between 15 s in all. Whoever
// answers slowly has minutes; whoever does not answer the door has not.
const (
	knocks     = 3
	knockFor   = 4 * time.Second
	knockPause = time.Second // before the second, then twice that
)

// unreachable is the end of a request that came to no connection. Its text is
// not that of its cause, which the client library takes for a reason to try
// again for as long as it may.
type unreachable struct {
	host string
	why  string // such as connection refused
}

func (u *unreachable) Error() string { return "no connection to " + u.host }

// errLate is why a connection was given up.
var errLate = errors.New("no connection in time")

// errGarbled is the end of a request whose answer is not what the service
// writes: a page for people, of a proxy perhaps, or an answer that broke off. Not
// even that something does not exist is told by such a page.
var errGarbled = errors.New("the answer is not JSON, or not all of it: something may stand between here and BigQuery")

// asking makes requests, once each: no connection is an [unreachable], and an answer
// that the service does not write is errGarbled, but for those that tell of the
// service's fault by their status. Neither looks to the client library like something to
// try again; that is up to [Warehouse.retry].
type asking struct {
	base http.RoundTripper
	wait time.Duration // for a connection
}

func (a *asking) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	late := time.AfterFunc(a.wait, func() { cancel(errLate) })
	defer late.Stop()
	connected := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { late.Stop() }}
	resp, err := a.base.RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, connected)))
	if err != nil {
		if why := noConnection(ctx, err); why != "" && r.Context().Err() == nil {
			err = &unreachable{r.URL.Host, why}
		}
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	refuses := resp.StatusCode >= 400 && resp.StatusCode < 500
	says := resp.StatusCode < 300 && len(body) > 0 || refuses // else a redirection, an upload that begins, or no answer
	switch {
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case err != nil, says && !isAnswer(r, resp, body):
		return nil, fmt.Errorf("%w (%s)", errGarbled, resp.Status)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// isAnswer reports whether a body is what the service writes: one JSON object, and of
// a job one that says which it is and how it stands. The client library looks into an
// answer without asking whether that is there.
func isAnswer(r *http.Request, resp *http.Response, body []byte) bool {
	if !json.Valid(body) || !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return false
	}
	if resp.StatusCode >= 300 || !ofJob.MatchString(r.URL.Path) {
		return true
	}
	var job struct{ JobReference, Status *struct{} }
	return json.Unmarshal(body, &job) == nil && job.JobReference != nil && job.Status != nil
}

// ofJob is the path of jobs.insert and jobs.get.
var ofJob = regexp.MustCompile(`/projects/[^/]+/jobs(/[^/]+)?$`)

// noConnection says why a request came to no connection, "" if it came to one.
func noConnection(ctx context.Context, err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var number syscall.Errno
	switch {
	case google.NoToken(err) != nil: // there was one, and it refused
		return ""
	case errors.As(err, &dns):
		return "no address found for " + dns.Name
	case errors.Is(context.Cause(ctx), errLate):
		return "no answer in time"
	case !errors.As(err, &op) || op.Op != "dial" && op.Op != "proxyconnect":
		return ""
	case errors.As(op, &number):
		return number.Error()
	case op.Timeout():
		return "no answer in time"
	}
	return op.Err.Error()
}

// connect makes the client.
func connect(ctx context.Context, opt Options) (*bigquery.Client, error) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 100 // that many requests at the same time share connections
	var rt http.RoundTripper = base
	var options []option.ClientOption
	if opt.Endpoint == "" {
		var err error
		if rt, err = transport.NewTransport(ctx, base, option.WithScopes(bigquery.Scope)); err != nil {
			return nil, err
		}
	} else {
		endpoint := opt.Endpoint
		if !strings.Contains(endpoint, "://") {
			endpoint = "http://" + endpoint
		}
		options = append(options, option.WithEndpoint(strings.TrimSuffix(endpoint, "/")+"/bigquery/v2/"), option.WithoutAuthentication())
	}
	options = append(options, option.WithHTTPClient(&http.Client{Transport: &asking{rt, min(opt.Call/2, knockFor)}}))
	return bigquery.NewClient(ctx, opt.Project, options...)
}

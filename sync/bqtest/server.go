// Package bqtest is a BigQuery for tests: an HTTP server in the test's own
// process that the official Go client and the bq command line take for the
// real one. It is meant to be as strict as the real one, traps included, so
// that code which would fail there fails here. What it does not know it
// answers with 501 notImplemented and the name of what is missing.
package bqtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"
)

// AtOnce as Options.Polls makes jobs DONE in the answer to jobs.insert.
const AtOnce = -1

// Options say how a server behaves.
type Options struct {
	// Project is the only project there is; "" is test.
	Project string
	// Objects reads a gs:// object at the moment at which a job runs. An error
	// that is fs.ErrNotExist becomes notFound in the job's status. It must not
	// call the server.
	Objects func(ctx context.Context, bucket, object string) ([]byte, error)
	// Polls is how many jobs.get answer PENDING or RUNNING before DONE; 0 is 1.
	Polls int
	// Now is the server's clock; nil is time.Now.
	Now func() time.Time
	// OnRequest is called twice for every request, in the goroutine that serves
	// it. It may ask the server for anything but Close.
	OnRequest func(r Request, when When)
}

// When is the moment at which OnRequest is called.
type When string

// The moments: nothing of the request is handled yet; all of it is, and the
// answer is not written yet. A fault that refuses a request leaves out neither.
const (
	Before When = "before"
	After  When = "after"
)

// A Request is one request as the server understood it.
type Request struct {
	Method, Path string
	Call         string // method of the API, such as jobs.insert; upload.start and upload.chunk for a resumable upload before its last chunk, which is the jobs.insert; discovery; unknown
	JobID        string
	Kind         string // of the job: load, query; copy and extract, which are refused
	Table        string // dataset.table with the decorator, if any; of a job, its destination
	SQL          string // of a query
	Status       int    // that the client was told; 0: no answer (yet)
	Fault        Kind   // that was injected into it; "" none
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	URL string

	opt  Options
	http *httptest.Server
	dir  string // Parquet on its way in

	log struct {
		sync.Mutex
		requests []*Request
		faults   []*planned
	}

	mu       sync.Mutex // guards all that follows
	store    *store
	serial   int // makes etags, upload ids and table names
	datasets map[string]*dataset
	jobs     map[string]*job
	order    []*job // in order of insertion
	uploads  map[string]*upload
	denied   []string
}

// NewServer starts a server with no dataset.
func NewServer(opt Options) (*Server, error) {
	if opt.Project == "" {
		opt.Project = "test"
	}
	if opt.Polls == 0 {
		opt.Polls = 1
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	dir, err := os.MkdirTemp("", "bqtest-")
	if err != nil {
		return nil, fmt.Errorf("start bqtest: %w", err)
	}
	st, err := openStore()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start bqtest: %w", err), os.RemoveAll(dir))
	}
	s := &Server{
		opt: opt, dir: dir, store: st,
		datasets: map[string]*dataset{}, jobs: map[string]*job{}, uploads: map[string]*upload{},
	}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s, nil
}

// Close stops the server and forgets everything.
func (s *Server) Close() error {
	s.http.CloseClientConnections() // a client that was cut off half-way would keep it waiting
	s.http.Close()
	return errors.Join(s.store.close(), os.RemoveAll(s.dir))
}

// Requests returns every request since the start or ClearRequests, in order of arrival.
func (s *Server) Requests() []Request {
	s.log.Lock()
	defer s.log.Unlock()
	all := make([]Request, len(s.log.requests))
	for i, r := range s.log.requests {
		all[i] = *r
	}
	return all
}

// ClearRequests forgets the requests so far.
func (s *Server) ClearRequests() {
	s.log.Lock()
	defer s.log.Unlock()
	s.log.requests = nil
}

// Deny takes permissions such as bigquery.jobs.create away from the caller.
// Calls that need one of them are answered with accessDenied, and
// testIamPermissions leaves them out.
func (s *Server) Deny(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied = append(s.denied, permissions...)
}

// ServeHTTP answers one request: read it, tell OnRequest, let the planned fault
// happen or not, handle it, tell OnRequest, answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.route(r)
	if s.cutsUpload(c) {
		s.cut(w, c)
		return
	}
	err := c.read()
	s.describe(c)
	place := s.enter(c.entry)
	fault := s.take(&c.entry, c.chunk)
	s.tell(c.entry, Before)

	var a answer
	switch {
	case err != nil:
		a = answerError(err)
	case fault.Do == Empty404:
		a = answer{status: http.StatusNotFound}
	case fault.Do == HTML404:
		a = answer{status: http.StatusNotFound, page: signIn}
	case fault.Do.refuses():
		a = answerError(fault.Do.refusal())
	default:
		c.outcome = fault.Do
		a = s.handle(c)
	}
	c.entry.Status, c.entry.Fault = a.status, fault.Do
	s.tell(c.entry, After)

	switch fault.Do {
	case DropAnswer:
		c.entry.Status = 0
		s.update(place, c.entry)
		hangUp(w)
		return
	case HTMLAfter:
		a.page = signIn
	case HalfAnswer:
		a.half = true
	case Status503After:
		a = answerError(Status503Before.refusal())
		c.entry.Status = a.status
	}
	s.update(place, c.entry)
	a.write(w)
}

func (s *Server) handle(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.permit(c); err != nil {
		return answerError(err)
	}
	a, err := c.do(s, c)
	if err != nil {
		return answerError(err)
	}
	return a
}

func (s *Server) tell(r Request, when When) {
	if s.opt.OnRequest != nil {
		s.opt.OnRequest(r, when)
	}
}

// enter appends the request and returns its place in the log, for update.
func (s *Server) enter(r Request) *Request {
	s.log.Lock()
	defer s.log.Unlock()
	s.log.requests = append(s.log.requests, &r)
	return &r
}

func (s *Server) update(place *Request, r Request) {
	s.log.Lock()
	defer s.log.Unlock()
	*place = r
}

// next is a number that was never given before.
func (s *Server) next() int {
	s.serial++
	return s.serial
}

// Count is how many requests of one call there were, for tests that say how
// many there may be.
func (s *Server) Count(call string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Call == call {
			n++
		}
	}
	return n
}

package bqtest

import (
	"io"
	"net"
	"net/http"
	"slices"
)

// A Kind is something that goes wrong.
type Kind string

// What can go wrong with any call.
const (
	Status503Before   Kind = "503 before"     // not accepted
	Status503After    Kind = "503 after"      // accepted, the effect made, then the 503
	DropAnswer        Kind = "drop answer"    // accepted, the effect made, then the connection is cut
	HTMLAfter         Kind = "html after"     // accepted, the effect made, then a 200 with a page for people
	HTML404           Kind = "html 404"       // not accepted, a page for people
	Empty404          Kind = "empty 404"      // not accepted, no word
	HalfAnswer        Kind = "half an answer" // accepted, the effect made, then a 200 with the first half of the JSON
	Status500         Kind = "500"            // not accepted, internalError
	RateLimited429    Kind = "429 rate limit" // reason rateLimitExceeded
	RateLimited403    Kind = "403 rate limit" // reason rateLimitExceeded
	QuotaExceeded403  Kind = "403 quota"
	NotFound404       Kind = "404"
	AccessDenied403   Kind = "403 access"
	Unauthorized401   Kind = "401"
	PreconditionFails Kind = "412"
	Duplicate409      Kind = "409" // although nothing of that name is there
)

// What can go wrong with an upload. A Fault with an empty Call meets any
// request that carries media.
const (
	Chunk503  Kind = "503 chunk"  // a chunk of a resumable upload, the last one included, is not accepted
	CutUpload Kind = "cut upload" // the connection is reset after the first bytes of the body
)

// What can become of a job that jobs.insert accepts.
const (
	JobBackendError  Kind = "job backendError"  // DONE, failed, without effect; a new id may succeed
	JobInternalError Kind = "job internalError" // likewise
	JobRateLimited   Kind = "job rateLimit"     // likewise, too many table update operations
	JobQuotaExceeded Kind = "job quota"         // DONE, failed
	JobInvalid       Kind = "job invalid"       // DONE, failed for good
	JobEndless       Kind = "job endless"       // RUNNING until it is cancelled, times out or is released
)

// A Fault is one thing that goes wrong once, or with every matching call.
type Fault struct {
	Call  string // method of the API; "" is any that Do makes sense for
	Table string // dataset.table, with or without the decorator; "" is any
	Nth   int    // the matching call that it meets: 1 the next one, 0 every one
	Do    Kind
}

type planned struct {
	Fault
	met int // matching calls so far
}

// Inject appends to the plan. A call is counted by the first fault of the plan
// that matches it, and by no other; a fault that has happened leaves the plan.
func (s *Server) Inject(faults ...Fault) {
	s.log.Lock()
	defer s.log.Unlock()
	for _, f := range faults {
		s.log.faults = append(s.log.faults, &planned{Fault: f})
	}
}

// Planned is how many faults have not happened yet, those for every call included.
func (s *Server) Planned() int {
	s.log.Lock()
	defer s.log.Unlock()
	return len(s.log.faults)
}

// ClearFaults empties the plan.
func (s *Server) ClearFaults() {
	s.log.Lock()
	defer s.log.Unlock()
	s.log.faults = nil
}

// take returns the fault that meets the request, the zero Fault if none does.
func (s *Server) take(r *Request, chunk bool) Fault {
	f, _ := s.meet(func(f *planned) bool { return f.Do != CutUpload && f.matches(r, chunk) })
	return f
}

// meet counts a request for the first fault that it matches, and returns that
// one if this is the request that it waits for.
func (s *Server) meet(match func(*planned) bool) (f Fault, isDue bool) {
	s.log.Lock()
	defer s.log.Unlock()
	i := slices.IndexFunc(s.log.faults, match)
	if i < 0 {
		return Fault{}, false
	}
	p := s.log.faults[i]
	p.met++
	if p.Nth == 0 {
		return p.Fault, true
	}
	if p.met < p.Nth {
		return Fault{}, false
	}
	s.log.faults = slices.Delete(s.log.faults, i, i+1)
	return p.Fault, true
}

func (f *planned) matches(r *Request, chunk bool) bool {
	if f.Call != "" && f.Call != r.Call || f.Table != "" && f.Table != r.Table && f.Table != undecorated(r.Table) {
		return false
	}
	switch {
	case f.Do == Chunk503:
		return chunk
	case f.Do.isOutcome():
		return r.Call == "jobs.insert"
	}
	return true
}

func (k Kind) isOutcome() bool {
	switch k {
	case JobBackendError, JobInternalError, JobRateLimited, JobQuotaExceeded, JobInvalid, JobEndless:
		return true
	}
	return false
}

func (k Kind) refuses() bool { return k.refusal() != nil }

// refusal is the answer to a call that is not accepted, nil if it is.
func (k Kind) refusal() *failure {
	switch k {
	case Status503Before, Chunk503:
		return fail(503, "backendError", "Visibility check was unavailable. Please retry the request")
	case Status500:
		return fail(500, "internalError", "An internal error occurred and the request could not be completed.")
	case RateLimited429:
		return fail(429, "rateLimitExceeded", "Exceeded rate limits: too many api requests per user per method for this user_method.")
	case RateLimited403:
		return fail(403, "rateLimitExceeded", "Exceeded rate limits: too many table update operations for this table.")
	case QuotaExceeded403:
		return fail(403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for imports per project.")
	case NotFound404:
		return fail(404, "notFound", "Not found")
	case AccessDenied403:
		return fail(403, "accessDenied", "Access Denied: User does not have permission.")
	case Unauthorized401:
		return fail(401, "authError", "Request had invalid authentication credentials.")
	case Duplicate409:
		return fail(409, "duplicate", "Already Exists")
	case PreconditionFails:
		return fail(412, "conditionNotMet", "Precondition check failed.")
	}
	return nil
}

// outcome is what a job fails with, nil if it does not.
func (k Kind) outcome() *failure {
	switch k {
	case JobBackendError:
		return fail(503, "backendError", "Error encountered during execution. Retrying may solve the problem.")
	case JobInternalError:
		return fail(500, "internalError", "An internal error occurred and the request could not be completed. Error: 1234567")
	case JobRateLimited:
		return fail(403, "rateLimitExceeded", "Exceeded rate limits: too many table update operations for this table.")
	case JobQuotaExceeded:
		return fail(403, "quotaExceeded", "Quota exceeded: Your table exceeded quota for imports or query appends per table.")
	case JobInvalid:
		return fail(400, "invalid", "Error while reading data, error message: Input is not valid.")
	}
	return nil
}

// cutsUpload takes a planned CutUpload if it meets the request, of whose body
// no more is read than says which job it is for.
func (s *Server) cutsUpload(c *call) bool {
	if c.upload != "multipart" && !c.chunk || !s.plans(CutUpload) {
		return false
	}
	if c.upload == "multipart" {
		c.peek()
	}
	s.describe(c)
	_, isDue := s.meet(func(f *planned) bool { return f.Do == CutUpload && f.matches(&c.entry, c.chunk) })
	return isDue
}

func (s *Server) plans(k Kind) bool {
	s.log.Lock()
	defer s.log.Unlock()
	return slices.ContainsFunc(s.log.faults, func(f *planned) bool { return f.Do == k })
}

// cut reads a little more of the body and resets the connection.
func (s *Server) cut(w http.ResponseWriter, c *call) {
	c.entry.Fault = CutUpload
	s.enter(c.entry)
	s.tell(c.entry, Before)
	io.CopyN(io.Discard, c.r.Body, 512) // an error here is a client that has gone already
	s.tell(c.entry, After)
	hangUp(w)
}

// hangUp cuts the connection so that the client sees a reset and not an end.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

package gcstest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
)

// Kind is a way in which a request fails.
type Kind int

const (
	Unavailable      Kind = iota + 1 // answered with 503, without effect
	UnavailableAfter                 // answered with 503 although it took effect
	TooMany                          // answered with 429, without effect
	Forbidden                        // answered with 403, without effect
	Cut                              // took effect; the connection ends in the middle of the answer's body
	Dropped                          // took effect; the connection ends without an answer
	Hang                             // never answered, without effect
	Page                             // answered with 200 and a page for people, without effect
	Half                             // took effect; the answer is half of itself, and says that this is all
)

// Fault is a failure of certain requests.
type Fault struct {
	Kind   Kind
	Method string // of the requests that it concerns; "" is any
	URL    string // part of their path and query, unescaped; "" is in any
	Nth    int    // the first of them that it hits; 1 if 0
	Times  int    // how many it hits, in a row; 1 if 0, all if negative
}

// ClearFaults takes back what was injected.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

type fault struct {
	Fault
	seen int
}

// Inject adds faults. A request that several of them hit has the first of these.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Nth = max(f.Nth, 1)
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, &fault{Fault: f})
	}
}

// arrived records a request and returns the fault that hits it, or 0.
func (s *Server) arrived(r *http.Request, bytes int) Kind {
	text := r.URL.Path
	if r.URL.RawQuery != "" {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil {
			query = r.URL.RawQuery
		}
		text += "?" + query
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, text, bytes})
	var kind Kind
	for _, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(text, f.URL) {
			continue
		}
		f.seen++
		if n := f.seen - f.Nth; kind == 0 && n >= 0 && (f.Times < 0 || n < f.Times) {
			kind = f.Kind
		}
	}
	return kind
}

// refuse answers a request that is to have no effect, and reports whether it is one.
func refuse(w http.ResponseWriter, kind Kind) bool {
	switch kind {
	case Unavailable:
		fail(w, http.StatusServiceUnavailable, "Backend Error")
	case TooMany:
		fail(w, http.StatusTooManyRequests, "The rate of requests is too high.")
	case Forbidden:
		fail(w, http.StatusForbidden, "tester@example.com does not have access.")
	case Page:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><html><body>Please sign in to the network.</body></html>")
	default:
		return false
	}
	return true
}

// send passes an answer on, as far as the fault lets it.
func send(w http.ResponseWriter, rec *httptest.ResponseRecorder, kind Kind) {
	switch kind {
	case UnavailableAfter:
		fail(w, http.StatusServiceUnavailable, "Backend Error")
		return
	case Dropped:
		panic(http.ErrAbortHandler)
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	body := rec.Body.Bytes()
	if kind == Half {
		body = body[:len(body)/2]
		w.Header().Del("Content-Length")
	}
	if w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(rec.Code)
	if kind == Cut {
		w.Write(body[:len(body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(body)
}

// fail answers with an error in the form of the JSON interface.
func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":%q,"errors":[{"message":%q,"domain":"global"}]}}`, status, message, message)
}

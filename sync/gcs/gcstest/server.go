// Package gcstest is Google Cloud Storage in the process of a test: its JSON and
// XML interfaces on a loopback address, with faults at will.
package gcstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// Server is the service. Its methods may be called at the same time.
//
// What the fake beneath lacks is added: uploads that break off are not taken, a
// chunk that is sent again counts once, pages have an end, deletions heed
// ifGenerationMatch, buckets have a location and permissions can be asked for.
type Server struct {
	URL string // http://127.0.0.1:PORT

	// OnRequest, if not nil, is called for every request twice: when all of it
	// has arrived, and when its effect is there but the answer not yet sent. It
	// may be called at the same time. Set it before the first request.
	OnRequest func(r *http.Request, before bool)

	// PageSize is the number of objects on a page of a listing that does not ask
	// for another. Set it before the first request.
	PageSize int

	fake *fakestorage.Server
	http *httptest.Server

	mu         sync.Mutex
	locations  map[string]string
	denied     []string
	faults     []*fault
	requests   []Request
	chunks     map[string]*httptest.ResponseRecorder // answers to chunks, by upload and range
	generation int64
	closed     chan struct{}
}

// Request is one request that has arrived.
type Request struct {
	Method string
	URL    string // path and query, unescaped
	Bytes  int    // of its body
}

// Object is an object with more than its bytes.
type Object struct {
	Bucket, Name    string
	Body            []byte
	Generation      int64     // a new one if 0
	ContentEncoding string    // gzip, for bytes that are compressed already
	Created         time.Time // now if zero
}

// NewServer starts a server that stops at the end of the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{PageSize: 1000, locations: map[string]string{}, chunks: map[string]*httptest.ResponseRecorder{}, closed: make(chan struct{})}
	s.http = httptest.NewUnstartedServer(s)
	address := s.http.Listener.Addr().String()
	var err error
	s.fake, err = fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener:  true,
		Scheme:      "http",
		ExternalURL: "http://" + address,
		PublicHost:  address, // where it answers reads in the style of the XML interface
	})
	if err != nil {
		t.Fatal(err)
	}
	s.http.Start()
	s.URL = s.http.URL
	t.Cleanup(func() {
		close(s.closed)
		s.http.CloseClientConnections()
		s.http.Close()
		s.fake.Stop()
	})
	return s
}

// Endpoint is what clients are given: the value of STORAGE_EMULATOR_HOST.
func (s *Server) Endpoint() string { return s.URL }

// CreateBucket makes a bucket, in the location given or US.
func (s *Server) CreateBucket(name string, location ...string) {
	s.fake.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: name})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locations[name] = "US"
	if len(location) > 0 {
		s.locations[name] = location[0]
	}
}

// Put writes an object, over one that is there, and returns its generation.
func (s *Server) Put(bucket, object string, body []byte) int64 {
	return s.PutObject(Object{Bucket: bucket, Name: object, Body: body})
}

// PutObject is Put for an object with more than its bytes.
func (s *Server) PutObject(o Object) int64 {
	s.mu.Lock()
	if o.Generation == 0 {
		// The fake's is the time in microseconds, which may not have passed.
		s.generation = max(s.generation+1, time.Now().UnixMicro())
		o.Generation = s.generation
	}
	s.mu.Unlock()
	s.fake.CreateObject(fakestorage.Object{
		ObjectAttrs: fakestorage.ObjectAttrs{
			BucketName: o.Bucket, Name: o.Name, Generation: o.Generation,
			ContentEncoding: o.ContentEncoding, Created: o.Created,
		},
		Content: bytes.Clone(o.Body),
	})
	return o.Generation
}

// Remove deletes an object that is there.
func (s *Server) Remove(t testing.TB, bucket, object string) {
	t.Helper()
	if err := s.fake.Backend().DeleteObject(bucket, object); err != nil {
		t.Fatalf("remove gs://%s/%s: %v", bucket, object, err)
	}
}

// Object returns the stored bytes of an object, and whether there is one.
func (s *Server) Object(bucket, object string) ([]byte, bool) {
	o, err := s.fake.GetObject(bucket, object)
	return o.Content, err == nil
}

// Read returns the stored bytes of an object. The error is fs.ErrNotExist to
// errors.Is if there is none. It is no request: no fault hits it.
func (s *Server) Read(ctx context.Context, bucket, object string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	body, ok := s.Object(bucket, object)
	if !ok {
		return nil, fmt.Errorf("gs://%s/%s: %w", bucket, object, fs.ErrNotExist)
	}
	return body, nil
}

// Names returns the names of the objects of a bucket, in order.
func (s *Server) Names(bucket string) []string {
	list, err := s.fake.ListObjectsWithOptionsPaginated(bucket, fakestorage.ListOptions{}) // no page size: all of them
	if err != nil {
		return nil
	}
	var names []string
	for _, o := range list.Objects {
		names = append(names, o.Name)
	}
	return names
}

// Requests returns the requests so far, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Deny takes permissions away that everyone has otherwise, as far as they are
// asked for; requests are served all the same (see Forbidden).
func (s *Server) Deny(permissions ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied = append(s.denied, permissions...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // what has not arrived has no effect
	}
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }
	rewind()
	kind := s.arrived(r, len(body))
	if s.OnRequest != nil {
		s.OnRequest(r, true)
		rewind()
	}
	if refuse(w, kind) {
		return
	}
	if kind == Hang {
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		panic(http.ErrAbortHandler)
	}
	rec := httptest.NewRecorder()
	s.answer(rec, r)
	if s.OnRequest != nil {
		rewind()
		s.OnRequest(r, false)
	}
	send(w, rec, kind)
}

// answer does what a request asks for.
func (s *Server) answer(w *httptest.ResponseRecorder, r *http.Request) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/storage/v1/b/"), "/")
	api := strings.HasPrefix(r.URL.Path, "/storage/v1/b/")
	q := r.URL.Query()
	switch {
	case api && r.Method == http.MethodGet && len(segments) == 1:
		s.bucket(w, r, segments[0])
		return
	case api && r.Method == http.MethodGet && len(segments) == 3 && segments[1] == "iam" && segments[2] == "testPermissions":
		s.permissions(w, segments[0], q["permissions"])
		return
	case api && r.Method == http.MethodGet && len(segments) == 2 && segments[1] == "o" && q.Get("maxResults") == "":
		q.Set("maxResults", strconv.Itoa(s.PageSize))
		r.URL.RawQuery = q.Encode()
	case api && r.Method == http.MethodDelete && len(segments) == 3 && q.Get("ifGenerationMatch") != "":
		name, _ := url.PathUnescape(segments[2])
		o, err := s.fake.GetObject(segments[0], name)
		if err == nil && strconv.FormatInt(o.Generation, 10) != q.Get("ifGenerationMatch") {
			fail(w, http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
			return
		}
	case q.Get("upload_id") != "":
		s.chunk(w, r, q.Get("upload_id")+" "+r.Header.Get("Content-Range"))
		return
	}
	s.fake.HTTPHandler().ServeHTTP(w, r)
}

// bucket answers with the properties of a bucket, its location among them.
func (s *Server) bucket(w http.ResponseWriter, r *http.Request, name string) {
	rec := httptest.NewRecorder()
	s.fake.HTTPHandler().ServeHTTP(rec, r)
	var properties map[string]any
	if rec.Code != http.StatusOK || json.Unmarshal(rec.Body.Bytes(), &properties) != nil {
		fail(w, http.StatusNotFound, "The specified bucket does not exist.")
		return
	}
	s.mu.Lock()
	properties["location"] = s.locations[name]
	s.mu.Unlock()
	reply(w, properties)
}

func (s *Server) permissions(w http.ResponseWriter, bucket string, asked []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.locations[bucket]; !ok {
		fail(w, http.StatusNotFound, "The specified bucket does not exist.")
		return
	}
	answer := map[string]any{"kind": "storage#testIamPermissionsResponse"}
	granted := slices.DeleteFunc(asked, func(p string) bool { return slices.Contains(s.denied, p) })
	if len(granted) > 0 { // otherwise the service leaves the list out
		answer["permissions"] = granted
	}
	reply(w, answer)
}

// chunk takes a part of an upload; the same part again gets the same answer.
func (s *Server) chunk(w *httptest.ResponseRecorder, r *http.Request, key string) {
	s.mu.Lock()
	rec, again := s.chunks[key]
	s.mu.Unlock()
	if !again {
		rec = httptest.NewRecorder()
		s.fake.HTTPHandler().ServeHTTP(rec, r)
		s.mu.Lock()
		s.chunks[key] = rec
		s.mu.Unlock()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

func reply(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(errors.Join(http.ErrAbortHandler, err))
	}
}

package gcs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"cloud.google.com/go/storage"
)

// knockFor is how long a connection may take to come about. A service that is not
// there costs three of these and the pauses in between, which is less than 15 s.
const knockFor = 4 * time.Second

// newTransport makes connections that are given up when nothing moves on them.
func newTransport(stall time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: min(stall, knockFor)}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		// A dialer of our own leaves HTTP/1 alone: one request a connection, so
		// that a connection on which nothing moves is a request that stalls.
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &movingConn{c, stall}, nil
		},
		TLSHandshakeTimeout: min(stall, knockFor),
		IdleConnTimeout:     stall / 2, // before an idle one is taken for a stalled one
		MaxIdleConnsPerHost: 100,       // more than a pull uses at a time: one that is closed is dialled again for every object
	}
}

// movingConn is a connection that fails once nothing was read or written for
// that long.
type movingConn struct {
	net.Conn
	stall time.Duration
}

func (c *movingConn) Read(p []byte) (int, error) {
	c.moved()
	return c.Conn.Read(p)
}

func (c *movingConn) Write(p []byte) (int, error) {
	c.moved()
	return c.Conn.Write(p)
}

// moved sets both deadlines: while a long body is written a read is pending.
func (c *movingConn) moved() { c.SetDeadline(time.Now().Add(c.stall)) }

// budget counts the failures in a row of the requests of one call. The client
// bounds the retries of some requests by number, of uploads only by time and of
// bodies that break off not at all.
type budget struct {
	most    int32
	failed  atomic.Int32
	waiting func(what string) // may be nil
	garbled atomic.Int32      // answers that arrived whole and were not to be read, in all
}

type budgetKey struct{}

// retry reports whether a request that failed is to be made again.
func (b *budget) retry(err error) bool {
	again := storage.ShouldRetry(err) || foreign(err)
	if again && b.failed.Load() == 0 { // the requests went well: it is what was answered
		return b.garbled.Add(1) < b.most
	}
	again = again && b.failed.Load() < b.most
	if again && b.waiting != nil && isNobody(err) {
		b.waiting("Cloud Storage is not there: " + broken(err) + "; asking again")
	}
	return again
}

// errForeign says that an answer is a page for people, as a proxy or a portal
// between here and the service gives it.
var errForeign = errors.New("a page for people in the place of an answer")

// foreign reports whether an answer came from somebody else than the service, or
// is not all of it, whatever its status says.
func foreign(err error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	return errors.Is(err, errForeign) || errors.As(err, &syntax) || errors.As(err, &shape)
}

// isPage reports whether an answer is a page for people and not an object that is one.
func isPage(r *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "text/html" && r.Header.Get("X-Goog-Generation") == ""
}

// isNobody reports whether a request came to no connection.
func isNobody(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// errGaveUp ends a call that has failed too often.
var errGaveUp = errors.New("too many failures")

// limited makes requests and books their failures on the budget of their call.
type limited struct{ base http.RoundTripper }

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	b, ok := r.Context().Value(budgetKey{}).(*budget)
	if !ok {
		return l.base.RoundTrip(r)
	}
	if b.failed.Load() >= b.most {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errGaveUp
	}
	resp, err := l.base.RoundTrip(r)
	switch {
	case err != nil && isNobody(err):
		b.failed.Add(max(1, b.most/3))
	case err != nil:
		b.failed.Add(1)
	case isPage(resp):
		b.failed.Add(1)
		resp.Body.Close()
		return nil, errForeign
	case temporary(resp.StatusCode):
		b.failed.Add(1)
	default:
		resp.Body = &bookedBody{ReadCloser: resp.Body, budget: b}
	}
	return resp, err
}

// bookedBody is the body of an answer, whose failure counts as one of the request.
type bookedBody struct {
	io.ReadCloser
	budget *budget
	broken bool
}

func (b *bookedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && !b.broken {
		b.broken = true
		b.budget.failed.Add(1)
	}
	return n, err
}

func (b *bookedBody) Close() error {
	if !b.broken {
		b.budget.failed.Store(0)
	}
	return b.ReadCloser.Close()
}

package gcs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/mirror"
)

const uploads = "/upload/"

// TestCreateAgain: however an attempt fails, one object comes of it and no error.
func TestCreateAgain(t *testing.T) {
	for name, faults := range map[string][]gcstest.Fault{
		"503 before":     {{Kind: gcstest.Unavailable, URL: uploads}},
		"503 after":      {{Kind: gcstest.UnavailableAfter, URL: uploads}},
		"429":            {{Kind: gcstest.TooMany, URL: uploads, Times: 3}},
		"answer dropped": {{Kind: gcstest.Dropped, URL: uploads}},
		"answer cut":     {{Kind: gcstest.Cut, URL: uploads}},
		"all of them": {
			{Kind: gcstest.Unavailable, URL: uploads}, {Kind: gcstest.UnavailableAfter, URL: uploads, Nth: 2},
			{Kind: gcstest.Dropped, URL: uploads, Nth: 3},
		},
		"and then looking": {
			{Kind: gcstest.Dropped, URL: uploads}, {Kind: gcstest.Unavailable, Method: "GET", URL: "/o/"},
		},
	} {
		for _, size := range []int{0, 100_000, 17 << 20} {
			t.Run(name, func(t *testing.T) {
				s := server(t)
				s.Inject(faults...)
				body := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
				if err := open(t, s).Bucket("box", "p").Create(t.Context(), "x", body); err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
				if got, ok := s.Object("box", "p/x"); !ok || !bytes.Equal(got, body) || len(s.Names("box")) != 1 {
					t.Errorf("%d bytes: %q, %d bytes", size, s.Names("box"), len(got))
				}
			})
		}
	}
}

const chunkSize = 16 << 20

// TestCreateTaken: an object of somebody else is in the way, whatever came first.
func TestCreateTaken(t *testing.T) {
	for name, kind := range map[string]gcstest.Kind{"503": gcstest.Unavailable, "dropped": gcstest.Dropped, "none": 0} {
		t.Run(name, func(t *testing.T) {
			s := server(t)
			if kind != 0 {
				s.Inject(gcstest.Fault{Kind: kind, URL: uploads})
			}
			s.Put("box", "x", []byte("theirs"))
			err := open(t, s).Bucket("box", "").Create(t.Context(), "x", []byte("theirs"))
			if !errors.Is(err, mirror.ErrExist) {
				t.Errorf("Create = %v", err)
			}
		})
	}
	// Another writer is first while this one waits to try again.
	s := server(t)
	s.Inject(gcstest.Fault{Kind: gcstest.Unavailable, URL: uploads})
	s.OnRequest = func(_ *http.Request, before bool) {
		if before && len(s.Requests()) == 1 {
			s.Put("box", "x", []byte("theirs"))
		}
	}
	if err := open(t, s).Bucket("box", "").Create(t.Context(), "x", []byte("ours")); !errors.Is(err, mirror.ErrExist) {
		t.Errorf("overtaken: Create = %v", err)
	}
	if got, _ := s.Object("box", "x"); string(got) != "theirs" {
		t.Errorf("it is %q now", got)
	}
}

func TestReadAgain(t *testing.T) {
	s := server(t)
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	g := s.Put("box", "x", want)
	s.Inject(
		gcstest.Fault{Kind: gcstest.Unavailable, URL: "/box/x"},
		gcstest.Fault{Kind: gcstest.Cut, URL: "/box/x", Nth: 2},
		gcstest.Fault{Kind: gcstest.Dropped, URL: "/box/x", Nth: 3},
	)
	if body, err := open(t, s).Bucket("box", "").Read(t.Context(), "x", g); err != nil || !bytes.Equal(body, want) {
		t.Errorf("Read = %d bytes, %v", len(body), err)
	}
}

// TestGivesUp: what never gets better ends soon, with an error that says so and
// says the same on every machine.
func TestGivesUp(t *testing.T) {
	for kind, want := range map[gcstest.Kind]string{
		gcstest.Unavailable: "503 Service Unavailable",
		gcstest.TooMany:     "429 Too Many Requests",
		gcstest.Dropped:     "the connection broke off",
		gcstest.Cut:         "the connection broke off",
		gcstest.Hang:        "no answer in time",
	} {
		t.Run(want, func(t *testing.T) {
			s := server(t)
			g := s.Put("box", "x", bytes.Repeat([]byte("x"), 1000))
			s.Inject(gcstest.Fault{Kind: kind, Times: -1})
			stall := 10 * time.Second
			if kind == gcstest.Hang {
				stall = 100 * time.Millisecond
			}
			c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: s.Endpoint(), Attempts: 3, MaxWait: time.Millisecond, Stall: stall})
			if err != nil {
				t.Fatal(err)
			}
			b := c.Bucket("box", "")
			start := time.Now()
			_, read := b.Read(t.Context(), "x", g)
			_, where := c.Location(t.Context(), "box")
			for what, err := range map[string]error{
				"List":     b.List(t.Context(), "", func(mirror.Object) error { return nil }),
				"Read":     read,
				"Create":   b.Create(t.Context(), "y", []byte("1")),
				"Big":      b.Create(t.Context(), "z", make([]byte, chunkSize)),
				"Location": where,
				"Remove":   c.Stage("box", "").Remove(t.Context(), "x"),
			} {
				if kind >= gcstest.Cut && kind <= gcstest.Dropped && what == "Remove" && err == nil {
					continue // the answer was lost, and then it is not there
				}
				if !errors.Is(err, mirror.ErrTemporary) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "127.0.0.1") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("it took %v", d)
			}
			if n := len(s.Requests()); n > 6*4+4 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestDeadNetwork: nobody listens, and there is no such host.
func TestDeadNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	for endpoint, want := range map[string]string{address: "connection refused", "nowhere.invalid:80": "no address found for nowhere.invalid"} {
		var told []string
		c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: endpoint, MaxWait: time.Millisecond,
			Waiting: func(what string) { told = append(told, what) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Bucket("box", "").Read(t.Context(), "x", 1); !errors.Is(err, mirror.ErrTemporary) || err.Error() != "read x: temporary failure: "+want {
			t.Errorf("%s: %v", endpoint, err)
		}
		// Who refuses is asked three times, which is told while it lasts; a host that does not exist once.
		again := slices.Repeat([]string{"Cloud Storage is not there: connection refused; asking again"}, 2)
		if endpoint == address && !slices.Equal(told, again) || endpoint != address && len(told) > 0 {
			t.Errorf("%s: told was %q", endpoint, told)
		}
		if err := c.Bucket("box", "").Create(t.Context(), "x", nil); !errors.Is(err, mirror.ErrTemporary) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// TestNotTheService: a page of HTML or half an answer, with status 200, is the
// network's fault: asked again, and temporary if it never gets better. It is no
// missing object and no empty bucket, and nobody is asked without end.
func TestNotTheService(t *testing.T) {
	for kind, want := range map[gcstest.Kind]string{
		gcstest.Page: "the answer is not the service's",
		gcstest.Half: "",
	} {
		for _, times := range []int{1, -1} {
			s := server(t)
			g := s.Put("box", "x", bytes.Repeat([]byte("x"), 1000))
			c := open(t, s)
			b := c.Bucket("box", "")
			for what, call := range map[string]func() error{
				"List": func() error {
					listed := 0
					err := b.List(t.Context(), "x", func(mirror.Object) error { listed++; return nil })
					if err == nil && listed != 1 {
						t.Errorf("%d objects are listed", listed)
					}
					return err
				},
				"Read":     func() error { _, err := b.Read(t.Context(), "x", g); return err },
				"Create":   func() error { return b.Create(t.Context(), "y", []byte("1")) },
				"Location": func() error { _, err := c.Location(t.Context(), "box"); return err },
				"Permissions": func() error {
					_, err := c.Permissions(t.Context(), "box", []string{"storage.objects.list"})
					return err
				},
			} {
				s.ClearFaults()
				s.Inject(gcstest.Fault{Kind: kind, Times: times})
				before := len(s.Requests())
				err := call()
				asked := len(s.Requests()) - before
				switch {
				case times == 1 && err != nil:
					t.Errorf("%d once: %s: %v", kind, what, err)
				case times < 0 && (!errors.Is(err, mirror.ErrTemporary) || !strings.Contains(err.Error(), want)):
					t.Errorf("%d for ever: %s: %v", kind, what, err)
				case asked > 20:
					t.Errorf("%d: %s: asked %d times", kind, what, asked)
				}
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	s := server(t)
	g := s.Put("box", "x", nil)
	s.Inject(gcstest.Fault{Kind: gcstest.Forbidden, Times: -1})
	c := open(t, s)
	b := c.Bucket("box", "")
	_, read := b.Read(t.Context(), "x", g)
	_, where := c.Location(t.Context(), "box")
	for what, err := range map[string]error{
		"List":     b.List(t.Context(), "", func(mirror.Object) error { return nil }),
		"Read":     read,
		"Create":   b.Create(t.Context(), "y", nil),
		"Location": where,
		"Remove":   c.Stage("box", "").Remove(t.Context(), "x"),
	} {
		if !errors.Is(err, mirror.ErrPermission) || errors.Is(err, mirror.ErrTemporary) || what != "Read" && !strings.Contains(err.Error(), "tester@example.com") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(s.Requests()); n != 5 {
		t.Errorf("%d requests: what is refused is not asked again", n)
	}
}

// TestCancelled: whenever it comes, a call ends at once, with the context's
// error, and what it wrote is there whole or not at all.
func TestCancelled(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789"), 2<<20)
	for _, size := range []int{1000, len(body)} {
		for n := range 4 {
			for _, when := range []bool{true, false} {
				s := server(t)
				ctx, cancel := context.WithCancel(t.Context())
				s.OnRequest = func(_ *http.Request, before bool) {
					if before == when && len(s.Requests()) == n+1 {
						cancel()
					}
				}
				err := open(t, s).Bucket("box", "").Create(ctx, "x", body[:size])
				if err == nil && ctx.Err() == nil {
					continue // it had no so many requests
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("Create = %v", err)
				}
				if got, ok := s.Object("box", "x"); ok && !bytes.Equal(got, body[:size]) {
					t.Errorf("%d of %d bytes are there", len(got), size)
				}
				cancel()
			}
		}
	}
	// While it waits to try again.
	s := server(t)
	s.Inject(gcstest.Fault{Kind: gcstest.Unavailable, Times: -1})
	c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: s.Endpoint(), Attempts: 100, MaxWait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for what, err := range map[string]error{
		"Create": c.Bucket("box", "").Create(ctx, "x", nil),
		"List":   c.Bucket("box", "").List(ctx, "", func(mirror.Object) error { return nil }),
	} {
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, mirror.ErrTemporary) {
			t.Errorf("%s = %v", what, err)
		}
	}
}

// TestChecksum: the request that starts an upload says what the bytes add up to,
// so that no service takes others for them, whatever it makes of an upload that
// is broken off.
func TestChecksum(t *testing.T) {
	for _, size := range []int{10, chunkSize} {
		s := server(t)
		told := false
		s.OnRequest = func(r *http.Request, before bool) {
			if before && len(s.Requests()) == 1 {
				body, err := io.ReadAll(r.Body)
				told = err == nil && bytes.Contains(body, []byte(`"crc32c":"`))
			}
		}
		if err := open(t, s).Bucket("box", "").Create(t.Context(), "x", make([]byte, size)); err != nil || !told {
			t.Errorf("%d bytes: %v, checksum told: %v", size, err, told)
		}
	}
}

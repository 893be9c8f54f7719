package gcs_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/mirror"
	"sourcecov/sync/mirror/mirrortest"
)

// open makes a client of a server that is not patient.
func open(t *testing.T, s *gcstest.Server) *gcs.Client {
	t.Helper()
	c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: s.Endpoint(), Attempts: 4, MaxWait: 5 * time.Millisecond, Stall: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// server has one empty bucket, "box".
func server(t *testing.T) *gcstest.Server {
	t.Helper()
	s := gcstest.NewServer(t)
	s.CreateBucket("box")
	return s
}

// TestBucket runs the suite of all buckets, over whole buckets and over parts of
// one, with objects around that are none of it.
func TestBucket(t *testing.T) {
	for _, prefix := range []string{"", "deep/down", "slash/"} {
		t.Run("prefix="+prefix, func(t *testing.T) {
			folder := prefix
			if prefix != "" {
				folder = strings.TrimSuffix(prefix, "/") + "/"
			}
			servers := map[mirror.Bucket]*gcstest.Server{}
			mirrortest.Run(t, func(t *testing.T, objects map[string][]byte) mirror.Bucket {
				s := server(t)
				s.PageSize = 5
				s.CreateBucket("other")
				s.Put("other", folder+"a.json", []byte("of another bucket"))
				for _, folder := range []string{folder, folder + "a/"} {
					s.Put("box", folder+"folder/", nil) // as the console makes them
				}
				if prefix != "" {
					for _, name := range []string{"a.json", "deep/a.json", "deep/down", "deep/downa.json", "deep/down-a.json", "deep/down0", "deep0", "slash", "slash.json", "slasha.json", "z"} {
						s.Put("box", name, []byte("outside"))
					}
					s.Put("box", folder, nil)
				}
				for name, body := range objects {
					s.Put("box", folder+name, body)
				}
				b := open(t, s).Bucket("box", prefix)
				servers[b] = s
				return b
			}, mirrortest.Overwrite(func(t *testing.T, b mirror.Bucket, name string, body []byte) {
				servers[b].Put("box", folder+name, body)
			}))
		})
	}
}

func TestPages(t *testing.T) {
	s := server(t)
	var want []string
	for i := range 1100 {
		want = append(want, fmt.Sprintf("p/%06d", i))
		s.Put("box", want[i], []byte{'x'})
	}
	// Of a second page that fails at first and breaks off at second nothing is seen twice.
	s.Inject(
		gcstest.Fault{Kind: gcstest.Unavailable, URL: "pageToken", Nth: 1},
		gcstest.Fault{Kind: gcstest.Cut, URL: "pageToken", Nth: 2},
	)
	if got := mirrortest.Names(t, open(t, s).Bucket("box", "p"), ""); len(got) != 1100 || got[0] != "000000" || got[1099] != "001099" || !slices.IsSorted(got) {
		t.Errorf("%d objects, from %q to %q", len(got), got[0], got[len(got)-1])
	}
	if n := len(s.Requests()); n != 4 {
		t.Errorf("%d requests for two pages, one of which failed twice", n)
	}
	if r := s.Requests()[0]; !strings.Contains(r.URL, "projection=noAcl") || !strings.Contains(r.URL, "fields=") {
		t.Errorf("%s asks for more than is needed", r.URL)
	}
}

func TestAttributes(t *testing.T) {
	s := server(t)
	made := time.Date(2025, 1, 2, 3, 4, 5, 678000000, time.UTC)
	s.PutObject(gcstest.Object{Bucket: "box", Name: "x", Body: []byte("1"), Generation: 1735787045678901, Created: made})
	var got []mirror.Object
	err := open(t, s).Bucket("box", "").List(t.Context(), "", func(o mirror.Object) error {
		got = append(got, o)
		return nil
	})
	want := mirror.Object{Name: "x", Generation: 1735787045678901, Size: 1, CRC32C: 0x90f599e3, Created: made}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// TestGzip: the stored bytes are read, not what they decompress to, and their
// checksum is looked at.
func TestGzip(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, strings.Repeat(`{"game":1}`, 1000))
	w.Close()
	s := server(t)
	s.Inject(gcstest.Fault{Kind: gcstest.Cut, URL: "/box/x"})
	g := s.PutObject(gcstest.Object{Bucket: "box", Name: "x", Body: z.Bytes(), ContentEncoding: "gzip"})
	body, err := open(t, s).Bucket("box", "").Read(t.Context(), "x", g)
	if err != nil || !bytes.Equal(body, z.Bytes()) {
		t.Errorf("Read = %d bytes, %v, want the %d stored ones", len(body), err, z.Len())
	}
}

// TestOverwritten: an object that was replaced or removed after it was listed is gone.
func TestOverwritten(t *testing.T) {
	s := server(t)
	was := s.Put("box", "x", []byte("one"))
	b := open(t, s).Bucket("box", "")
	is := s.Put("box", "x", []byte("two"))
	if body, err := b.Read(t.Context(), "x", was); !errors.Is(err, mirror.ErrNotExist) || errors.Is(err, mirror.ErrTemporary) || body != nil {
		t.Errorf("the old generation: %q, %v", body, err)
	}
	if body, err := b.Read(t.Context(), "x", is); err != nil || string(body) != "two" {
		t.Errorf("the new generation: %q, %v", body, err)
	}
	if body, err := b.Read(t.Context(), "x", 0); !errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("no generation at all: %q, %v", body, err)
	}
	// Half of the old bytes arrive, then the object is replaced.
	big := bytes.Repeat([]byte("0123456789"), 200_000)
	was = s.Put("box", "y", big)
	s.Inject(gcstest.Fault{Kind: gcstest.Cut, URL: "/box/y"})
	c := open(t, s)
	swapped := false
	s.OnRequest = func(_ *http.Request, before bool) {
		if !before && !swapped {
			swapped = true
			s.Put("box", "y", bytes.ToUpper(big))
		}
	}
	if body, err := c.Bucket("box", "").Read(t.Context(), "y", was); !errors.Is(err, mirror.ErrNotExist) || body != nil {
		t.Errorf("replaced half-way: %d bytes, %v", len(body), err)
	}
	s.Remove(t, "box", "x")
	if _, err := b.Read(t.Context(), "x", is); !errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestNames(t *testing.T) {
	s := server(t)
	b := open(t, s).Bucket("box", "in")
	for _, name := range []string{"", "x/", "a\nb", "a\rb", "a\xffb", strings.Repeat("x", 1022)} {
		if err := b.Create(t.Context(), name, nil); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create(%q) = %v", name, err)
		}
		if _, err := b.Read(t.Context(), name, 1); !errors.Is(err, mirror.ErrNotExist) {
			t.Errorf("Read(%q) = %v", name, err)
		}
	}
	if got := mirrortest.Names(t, b, "a\xff"); len(got) > 0 {
		t.Errorf("listed: %q", got)
	}
	if err := b.Create(t.Context(), strings.Repeat("x", 1021), nil); err != nil {
		t.Error(err)
	}
	for _, name := range []string{".", ".."} {
		if err := open(t, s).Bucket("box", "").Create(t.Context(), name, nil); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Create(%q) = %v", name, err)
		}
	}
}

func TestNoBucket(t *testing.T) {
	s := server(t)
	c := open(t, s)
	b := c.Bucket("elsewhere", "p")
	_, where := c.Location(t.Context(), "elsewhere")
	_, may := c.Permissions(t.Context(), "elsewhere", []string{"storage.objects.get"})
	_, listed := c.Stage("elsewhere", "p").List(t.Context())
	for what, err := range map[string]error{
		"List":        b.List(t.Context(), "", func(mirror.Object) error { return nil }),
		"Create":      b.Create(t.Context(), "x", []byte("1")),
		"Location":    where,
		"Permissions": may,
		"Stage.List":  listed,
	} {
		if !errors.Is(err, mirror.ErrNoBucket) || errors.Is(err, mirror.ErrNotExist) || !strings.Contains(fmt.Sprint(err), "bucket gs://elsewhere does not exist") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := b.Read(t.Context(), "x", 1); !errors.Is(err, mirror.ErrNotExist) {
		t.Errorf("Read: %v", err)
	}
}

func TestLocationAndPermissions(t *testing.T) {
	s := server(t)
	s.CreateBucket("far", "us-central1")
	s.Deny("storage.objects.delete")
	c := open(t, s)
	for bucket, want := range map[string]string{"box": "US", "far": "US-CENTRAL1"} {
		if got, err := c.Location(t.Context(), bucket); err != nil || got != want {
			t.Errorf("%s is in %q, %v", bucket, got, err)
		}
	}
	ask := []string{"storage.objects.create", "storage.objects.delete", "storage.objects.list"}
	got, err := c.Permissions(t.Context(), "box", ask)
	if err != nil || !slices.Equal(got, []string{"storage.objects.create", "storage.objects.list"}) {
		t.Errorf("granted: %q, %v", got, err)
	}
	if got, err := c.Permissions(t.Context(), "box", ask[1:2]); err != nil || len(got) > 0 {
		t.Errorf("granted: %q, %v", got, err)
	}
}

// TestFolders: the folders of a place, and no object of it.
func TestFolders(t *testing.T) {
	s := server(t)
	s.PageSize = 2
	for _, name := range []string{"a/x", "b", "b/c/x", "b/d/e/x", "b/f/x", "b/g", "b/h/", "c/x"} {
		s.Put("box", name, nil)
	}
	c := open(t, s)
	for prefix, want := range map[string]string{"": "a b c", "b": "c d f h", "b/": "c d f h", "b/d": "e", "nowhere": ""} {
		got, err := c.Folders(t.Context(), "box", prefix)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q has %q, %v; want %s", prefix, got, err, want)
		}
	}
	if _, err := c.Folders(t.Context(), "nowhere", ""); !errors.Is(err, mirror.ErrNoBucket) {
		t.Errorf("of no bucket: %v", err)
	}
}

func TestOpen(t *testing.T) {
	for _, endpoint := range []string{"ftp://x", "http://", "://", "a b"} {
		if c, err := gcs.Open(context.Background(), gcs.Options{Endpoint: endpoint}); err == nil {
			t.Errorf("Open(%q) = %v", endpoint, c)
		}
	}
	s := server(t)
	s.Put("box", "x", nil)
	for _, endpoint := range []string{strings.TrimPrefix(s.URL, "http://"), s.URL + "/", s.URL + "/storage/v1/"} {
		c, err := gcs.Open(t.Context(), gcs.Options{Endpoint: endpoint})
		if err != nil {
			t.Fatal(err)
		}
		if got := mirrortest.Names(t, c.Bucket("box", ""), ""); len(got) != 1 {
			t.Errorf("%s has %q", endpoint, got)
		}
	}
}

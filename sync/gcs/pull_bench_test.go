package gcs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"golang.org/x/sync/errgroup"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"

	"sourcecov/sync/gcs"
	"sourcecov/sync/gcs/gcstest"
	"sourcecov/sync/mirror"
)

// BenchmarkPull pulls 3,300 objects of 20 KB from a server that is 40 ms away, and
// has the bare client list and read the same ones, 64 at a time: /bare is how many
// times as long the pull takes.
func BenchmarkPull(b *testing.B) {
	s := gcstest.NewServer(b)
	s.CreateBucket("box")
	random := rand.New(rand.NewPCG(1, 2))
	prefixes := []string{"ball/", "espn/", "nba/"}
	for i := range 3300 {
		s.Put("box", fmt.Sprintf("%s%05d.json", prefixes[i%3], i), numbers(random, 20_000))
	}
	far := httptest.NewServer(&away{near: s})
	b.Cleanup(far.Close)
	ctx := context.Background()
	if err := readBare(ctx, far.URL, prefixes); err != nil { // the first answers take the server long
		b.Fatal(err)
	}
	client, err := gcs.Open(ctx, gcs.Options{Endpoint: far.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	var pulled, bare time.Duration
	for b.Loop() {
		start := time.Now()
		l, err := mirror.OpenLanding(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		if r, err := mirror.Pull(ctx, client.Bucket("box", ""), prefixes, l, mirror.Options{}); err != nil || r.New != 3300 {
			b.Fatal(r, err)
		}
		middle := time.Now()
		if err := readBare(ctx, far.URL, prefixes); err != nil {
			b.Fatal(err)
		}
		pulled, bare = pulled+middle.Sub(start), bare+time.Since(middle)
	}
	b.ReportMetric(pulled.Seconds()/float64(b.N), "pull-s")
	b.ReportMetric(bare.Seconds()/float64(b.N), "bare-s")
	b.ReportMetric(pulled.Seconds()/bare.Seconds(), "/bare")
}

// away is a server 40 ms away: what it is asked again it answers at once, so that
// the time is the client's.
type away struct {
	near *gcstest.Server
	said sync.Map // *httptest.ResponseRecorder, by URL
}

func (a *away) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(40 * time.Millisecond)
	q := r.URL.Query()
	q.Del("generation") // there is one
	key := r.URL.EscapedPath() + "?" + q.Encode()
	said, ok := a.said.Load(key)
	if !ok {
		rec := httptest.NewRecorder()
		r.Host = strings.TrimPrefix(a.near.URL, "http://")
		a.near.ServeHTTP(rec, r)
		said, _ = a.said.LoadOrStore(key, rec)
	}
	rec := said.(*httptest.ResponseRecorder)
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

// numbers is JSON of so many bytes that compresses as box scores do.
func numbers(random *rand.Rand, size int) []byte {
	body := []byte("[")
	for len(body) < size {
		body = fmt.Appendf(body, `{"personId":%d,"points":%d,"assists":%d,"minutes":"PT%02dM%02d.00S"},`,
			random.IntN(2_000_000), random.IntN(40), random.IntN(12), random.IntN(48), random.IntN(60))
	}
	return append(body[:size-1], ']')
}

// readBare lists and reads everything with Google's client as it comes.
func readBare(ctx context.Context, url string, prefixes []string) error {
	client, err := storage.NewClient(ctx, option.WithEndpoint(url+"/storage/v1/"), option.WithoutAuthentication(), storage.WithXMLReads())
	if err != nil {
		return err
	}
	defer client.Close()
	box := client.Bucket("box")
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for _, prefix := range prefixes {
		for it := box.Objects(ctx, &storage.Query{Prefix: prefix}); ; {
			attrs, err := it.Next()
			if err == iterator.Done {
				break
			}
			if err != nil {
				return errors.Join(group.Wait(), err)
			}
			group.Go(func() error {
				r, err := box.Object(attrs.Name).NewReader(ctx)
				if err != nil {
					return err
				}
				defer r.Close()
				_, err = io.ReadAll(r)
				return err
			})
		}
	}
	return group.Wait()
}

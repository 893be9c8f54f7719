package bq

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
)

// nobody is an address at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// opened is a dataset at an address, with what it told while it waited.
func opened(t *testing.T, address string) (w *Warehouse, told *[]string) {
	t.Helper()
	told = &[]string{}
	w, err := Open(t.Context(), Options{Project: "test", Dataset: "d", Endpoint: address, Pause: time.Millisecond,
		Waiting: func(what string) { *told = append(*told, what) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, told
}

// TestNobodyThere: a service that is not there is asked three times, which is told
// while it lasts, and once by each request after that.
func TestNobodyThere(t *testing.T) {
	address := nobody(t)
	w, told := opened(t, address)
	tables := []warehouse.Table{{Name: "games", Partition: "game_date"}}
	err := w.Preflight(t.Context(), tables)
	says := "no connection to " + address + ": connection refused"
	if !errors.Is(err, warehouse.ErrTemporary) || !strings.HasSuffix(err.Error(), says) {
		t.Errorf("Preflight = %v", err)
	}
	if want := slices.Repeat([]string{"BigQuery is not there: " + says + "; asking again"}, knocks-1); !slices.Equal(*told, want) {
		t.Errorf("told was %q", *told)
	}
	*told = nil
	for _, ask := range []func() error{
		func() error { _, err := w.Missing(t.Context(), tables[0], map[string]int64{"20250101": 1}); return err },
		func() error { _, err := w.Find(t.Context(), warehouse.Load{ID: "sourcecov-1"}); return err },
		func() error { _, err := w.Streaming(t.Context(), "d", "games"); return err },
	} {
		if err := ask(); !errors.Is(err, warehouse.ErrTemporary) || len(*told) > 0 {
			t.Errorf("%v, and told was %q", err, *told)
		}
	}
}

// TestThereAgain: who is there again is waited for the next time it is not.
func TestThereAgain(t *testing.T) {
	w, told := opened(t, nobody(t))
	if err := w.Preflight(t.Context(), nil); !errors.Is(err, warehouse.ErrTemporary) || len(*told) != knocks-1 {
		t.Fatalf("%v, and told was %q", err, *told)
	}
	there, err := bqtest.NewServer(bqtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close() })
	address := w.client
	other, _ := opened(t, there.URL)
	w.client, w.dataset = other.client, other.dataset
	var setup *warehouse.SetupError
	if err := w.Preflight(t.Context(), nil); !errors.As(err, &setup) { // there is no dataset
		t.Errorf("Preflight = %v", err)
	}
	w.client, w.dataset = address, address.Dataset("d")
	if err := w.Preflight(t.Context(), nil); !errors.Is(err, warehouse.ErrTemporary) || len(*told) != 2*(knocks-1) {
		t.Errorf("%v, and told was %q", err, *told)
	}
}

// TestBudget: a service that does not even refuse is given up within 15 seconds.
func TestBudget(t *testing.T) {
	all := knocks * knockFor
	for knock := range knocks - 1 {
		all += knockPause << knock
	}
	if all > 15*time.Second {
		t.Errorf("it takes %s", all)
	}
}

// TestSilence: a connection that is not made in time, because whoever listens is
// silent in the middle of it, is none.
func TestSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it takes the connection and says nothing to TLS
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a := &asking{http.DefaultTransport.(*http.Transport).Clone(), time.Millisecond}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.RoundTrip(r)
	var none *unreachable
	if !errors.As(err, &none) || none.why != "no answer in time" {
		t.Errorf("%v", err)
	}
}

// TestPace: looks at tables are fewer than Google's 100 a second, and none goes
// past the count.
func TestPace(t *testing.T) {
	there, err := bqtest.NewServer(bqtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close() })
	w, _ := opened(t, there.URL)
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var last time.Duration
	for range 1000 {
		last = w.looks.ReserveN(now, 1).DelayFrom(now)
	}
	if last < 10*time.Second {
		t.Errorf("1,000 looks within %s", last)
	}
	w.looks = rate.NewLimiter(0, 0) // none is allowed
	table := warehouse.Table{Name: "games", Partition: "game_date"}
	for name, ask := range map[string]func() error{
		"Missing": func() error { _, err := w.Missing(t.Context(), table, map[string]int64{"20250101": 1}); return err },
		"Strays":  func() error { _, err := w.Strays(t.Context(), table, map[string]int64{"20250101": 1}); return err },
	} {
		if err := ask(); err == nil || there.Count("tables.get") > 0 {
			t.Errorf("%s: %v after %s", name, err, fmt.Sprint(there.Requests()))
		}
	}
}

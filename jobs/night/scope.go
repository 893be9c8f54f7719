package night

import (
	"context"
	"regexp"
	"strings"
	"time"

	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// A Scope says for which instant a night answers and which game dates it lists,
// as it was typed; what is "" is up to the bucket, and then to the clock.
type Scope struct {
	AsOf     string // RFC 3339
	From, To string // YYYY-MM-DD
	Game     string // an NBA id or YYYYMMDD_AWY_HOM; "" for every game
	Full     bool   // the 90 days before as-of
}

// FirstDate and LastDate enclose the dates of every game there can be.
const FirstDate, LastDate = "1946-11-01", "2145-12-31"

// FirstAsOf is the first date that a warehouse has a partition for, and coverage_runs is partitioned by as-of.
// It is the first day of first_year in reference/thresholds.sql, which nobody can be
// asked yet when a command line is read; a test compares the two.
const FirstAsOf = "1960-01-01"

var windowForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$`)

// defaults are what a bucket says of itself: two files of one line at its root.
type defaults struct{ asOf, window string }

func readDefaults(ctx context.Context, bucket mirror.Bucket) (d defaults, err error) {
	if d.asOf, err = rootFile(ctx, bucket, "AS_OF"); err == nil {
		d.window, err = rootFile(ctx, bucket, "WINDOW")
	}
	return d, err
}

// rootFile reads a one-line file at the bucket's root; "" if there is none.
func rootFile(ctx context.Context, bucket mirror.Bucket, name string) (string, error) {
	var found *mirror.Object
	err := bucket.List(ctx, name, func(o mirror.Object) error {
		if o.Name == name {
			found = &o
		}
		return nil
	})
	if err != nil || found == nil {
		return "", err
	}
	body, err := bucket.Read(ctx, name, found.Generation)
	return strings.TrimSpace(string(body)), err
}

// instant is the as-of: that of the flag, else the bucket's, else the clock's.
func (s Scope) instant(d defaults, now time.Time) (time.Time, error) {
	text, from := s.AsOf, "--as-of"
	if text == "" {
		text, from = d.asOf, "the bucket's AS_OF"
	}
	if text == "" {
		return now.UTC().Truncate(time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.Usagef("--as-of 2025-04-20T14:00:00Z", "%s %q is not a valid time; use 2025-01-01T00:00:00Z", from, text)
	}
	// Nothing may be recorded under a later as-of: the state would take every
	// true night after it for one that looks back.
	if t.After(now) {
		return t, fault.Usagef("an instant that has passed, such as --as-of 2025-04-20T14:00:00Z", "%s %s is in the future", from, text)
	}
	if first, _ := time.Parse(time.DateOnly, FirstAsOf); t.Before(first) {
		return t, fault.Usagef("--as-of 2025-04-20T14:00:00Z", "%s %s is before %s: no table can hold what a run says of such a date", from, text, FirstAsOf)
	}
	return t.UTC().Truncate(time.Second), nil
}

// window is the dates to list: those of the flags, else the bucket's, else the
// last days before as-of. One game is listed whatever its date.
func (s Scope) window(d defaults, asOf time.Time) (from, to string, err error) {
	if s.Game != "" && s.From == "" && s.To == "" {
		return FirstDate, LastDate, nil
	}
	days := 7
	switch m := windowForm.FindStringSubmatch(d.window); {
	case s.Full:
		days = 90
	case m != nil:
		from, to = m[1], m[2]
	case d.window != "":
		return "", "", fault.Usagef("write it as 2023-10-01..2025-04-20", "the bucket's WINDOW %q is not FROM..TO", d.window)
	}
	for _, x := range []struct{ from, value string }{{"--from", s.From}, {"--to", s.To}, {"the bucket's WINDOW", from}, {"the bucket's WINDOW", to}} {
		if _, err := time.Parse(time.DateOnly, x.value); x.value != "" && err != nil {
			return "", "", fault.Usagef("--from 2023-10-24 --to 2023-11-25", "%s %q is not a date YYYY-MM-DD", x.from, x.value)
		}
	}
	last := asOf
	if s.To != "" {
		last, _ = time.Parse(time.DateOnly, s.To) // checked above
		from = ""
	}
	if from == "" {
		from, to = last.AddDate(0, 0, -days).Format(time.DateOnly), last.Format(time.DateOnly)
	}
	if s.From != "" {
		from = s.From
	}
	if to < from {
		return "", "", fault.Usagef("swap --from and --to", "the window %s..%s ends before it begins", from, to)
	}
	return from, to, nil
}

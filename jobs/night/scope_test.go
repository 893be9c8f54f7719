package night

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"sourcecov/sql"
)

// TestFirstAsOf: the date in Go is that of the rule.
func TestFirstAsOf(t *testing.T) {
	text, err := fs.ReadFile(sql.Embedded(), "reference/thresholds.sql")
	if err != nil {
		t.Fatal(err)
	}
	year, isFirst := strings.CutSuffix(FirstAsOf, "-01-01")
	if !isFirst || !strings.Contains(string(text), "('first_year', "+year+",") {
		t.Errorf("%s is not the first day of first_year", FirstAsOf)
	}
}

// TestScope: flags before what the bucket says before the clock.
func TestScope(t *testing.T) {
	now := time.Date(2025, 11, 27, 5, 0, 0, 0, time.UTC)
	const window = "2023-10-01..2025-04-20"
	for name, c := range map[string]struct {
		scope  Scope
		bucket defaults
		want   string
	}{
		"clock":      {want: "2025-11-27T05:00:00Z 2025-11-20 2025-11-27"},
		"full audit": {scope: Scope{Full: true}, want: "2025-11-27T05:00:00Z 2025-08-29 2025-11-27"},
		"bucket": {
			bucket: defaults{"2025-04-20T14:00:00Z", window},
			want:   "2025-04-20T14:00:00Z 2023-10-01 2025-04-20",
		},
		"flags": {
			scope:  Scope{AsOf: "2025-04-20T10:00:00-04:00", From: "2025-04-01"},
			bucket: defaults{"2024-01-01T00:00:00Z", window},
			want:   "2025-04-20T14:00:00Z 2025-04-01 2025-04-20",
		},
		"a game has every date":  {scope: Scope{Game: "0022300061"}, want: "2025-11-27T05:00:00Z 1946-11-01 2145-12-31"},
		"bad window":             {bucket: defaults{window: "2023-10-01 to 2025-04-20"}, want: "error"},
		"bad as-of":              {bucket: defaults{asOf: "now"}, want: "error"},
		"as-of to come":          {scope: Scope{AsOf: "2025-11-27T05:00:01Z"}, want: "error"},
		"as-of of a wrong clock": {scope: Scope{AsOf: "1959-12-31T23:59:59Z"}, want: "error"},
		"as-of of a first date":  {scope: Scope{AsOf: "1960-01-01T00:00:00Z"}, want: "1960-01-01T00:00:00Z 1959-12-25 1960-01-01"},
		"ends before it begins":  {scope: Scope{From: "2025-12-01"}, want: "error"},
	} {
		t.Run(name, func(t *testing.T) {
			got := "error"
			asOf, err := c.scope.instant(c.bucket, now)
			if err == nil {
				var from, to string
				if from, to, err = c.scope.window(c.bucket, asOf); err == nil {
					got = asOf.Format(time.RFC3339) + " " + from + " " + to
				}
			}
			if got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

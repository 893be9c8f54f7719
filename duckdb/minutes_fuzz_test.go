package duckdb

import (
	stdsql "database/sql"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// clock is minutes as a feed writes them: whole, with a fraction, with seconds; of those there are never 60.
var clock = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,6})?)(?::([0-5]?\d))?$`)

// FuzzMinutes: no text stops a night; of one that reads as minutes the macro gives
// what exact arithmetic gives, to a hundredth, or NULL if it does not fit.
func FuzzMinutes(f *testing.F) {
	for _, text := range []string{"35:42", "35", "05", "240:00", "34.000000:12", "-", "--", "", " ", "0:30", "DNP", "DNP:00", "9999.99", "9999:59", "1:2:3", ":", "12:", ":12", "35:75", "0:35:12", "PT35M12.00S", "PT", "1_0", "1e3", "-5", "+5:+6", "NaN", "٣"} {
		f.Add(text)
	}
	db, _ := openTest(f)
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // JSON holds no other
		}
		var got stdsql.NullString
		if err := db.conn.QueryRowContext(t.Context(), "SELECT minutes_of(?::VARCHAR)::VARCHAR", text).Scan(&got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if strings.Trim(text, " -") == "" && len(text) < 3 && got.Valid {
			t.Errorf("%q is no value, and %s minutes", text, got.String)
		}
		m := clock.FindStringSubmatch(text)
		if m == nil {
			return
		}
		want, _ := new(big.Rat).SetString(m[1])
		if m[2] != "" {
			seconds, _ := new(big.Rat).SetString(m[2])
			want.Add(want, seconds.Quo(seconds, big.NewRat(60, 1)))
		}
		half := big.NewRat(5_000_001, 1_000_000_000) // of a hundredth, and what floating point takes
		if !got.Valid {
			if want.Cmp(big.NewRat(9999_99, 100)) <= 0 {
				t.Errorf("%q is NULL", text)
			}
			return
		}
		value, ok := new(big.Rat).SetString(got.String)
		if !ok || value.Sub(value, want).Abs(value).Cmp(half) > 0 {
			t.Errorf("%q is %s, want %s", text, got.String, want.FloatString(4))
		}
	})
}

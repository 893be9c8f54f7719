package duckdb

import (
	"context"
	"fmt"
	"testing"
)

// TestFingerprint: two relations have one fingerprint if and only if they have
// the same rows, in whatever order.
func TestFingerprint(t *testing.T) {
	fingerprint := func(t *testing.T, columns, body string) string {
		t.Helper()
		db, cat, err := open(t, Options{}, map[string]string{
			"type/tier.sql": "-- S.\n-- grain: label\n-- column: label VARCHAR -- l\nSELECT unnest(['poor', 'gold']) " +
				"AS label\n",
			"model/x.sql": "-- S.\n-- grain: a\n" + columns + body + "\n",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.BuildAll(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		prints, err := db.Prints(context.Background(), cat.Lookup("model.x"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(prints.All().Rows, " ", prints.All().Hash())
	}
	const ab = "-- column: a BIGINT -- a\n-- column: b VARCHAR -- b\n"
	const list = "-- column: a VARCHAR[] -- a\n"
	values := func(v string) string {
		return "SELECT a::BIGINT AS a, b::VARCHAR AS b FROM (VALUES " + v + ") AS v (a, b)"
	}
	lists := func(v string) string { return "SELECT " + v + "::VARCHAR[] AS a" }
	for name, c := range map[string]struct {
		columns, one, other string
		same                bool
	}{
		"itself": {ab, values("(1, 'x'), (2, 'y')"), values("(1, 'x'), (2, 'y')"), true},
		"another order": {ab, values("(1, 'x'), (2, 'y'), (3, NULL)"),
			values("(3, NULL), (2, 'y'), (1, 'x')"), true},
		"last values swapped": {ab, values("(1, 'x'), (2, 'y')"), values("(1, 'y'), (2, 'x')"), false},
		"first values swapped": {ab, values("(1, 'x'), (2, 'y'), (3, 'z')"),
			values("(2, 'x'), (1, 'y'), (3, 'z')"), false},
		"columns swapped":       {ab, values("(1, '2')"), values("(2, '1')"), false},
		"NULL and empty":        {ab, values("(1, NULL)"), values("(1, '')"), false},
		"NULL and its name":     {ab, values("(1, NULL)"), values("(1, 'NULL')"), false},
		"NULL elsewhere":        {ab, values("(1, NULL)"), values("(NULL, '1')"), false},
		"a row twice":           {ab, values("(1, 'x')"), values("(1, 'x'), (1, 'x')"), false},
		"pairs, which XOR away": {ab, values("(1, 'x'), (1, 'x')"), values("(2, 'y'), (2, 'y')"), false},
		"another row three times": {ab, values("(1, 'x'), (1, 'x'), (2, 'y')"),
			values("(1, 'x'), (2, 'y'), (2, 'y')"), false},
		"no rows": {ab, values("(1, 'x')") + " WHERE a > 1", values("(2, 'x')") + " WHERE a > 2",
			true},
		"one element or two":        {list, lists("['x, y']"), lists("['x', 'y']"), false},
		"an empty list and NULL":    {list, lists("[]"), lists("NULL"), false},
		"a list of NULL and 'null'": {list, lists("[NULL]"), lists("['null']"), false},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := fingerprint(t, c.columns, c.one), fingerprint(t, c.columns, c.other)
			if (one == other) != c.same {
				t.Errorf("%s and %s", one, other)
			}
		})
	}
	t.Run("an ENUM is its label", func(t *testing.T) {
		enum := fingerprint(t, "-- column: a BIGINT -- a\n-- column: b tier -- b\n",
			"SELECT 1::BIGINT AS a, 'gold'::tier AS b")
		if text := fingerprint(t, ab, values("(1, 'gold')")); text != enum {
			t.Errorf("%s as an ENUM, %s as text", enum, text)
		}
	})
}

package runs

import (
	"strings"
	"testing"
)

// TestMerge: each run stands once; what both disks did in turns comes in its turn.
func TestMerge(t *testing.T) {
	for _, c := range []struct{ here, known, want string }{
		{"c b a", "", "c b a"},
		{"", "c b a", "c b a"},
		{"d b", "d c b a", "d c b a"},
		{"x d b y", "e d c b a", "x e d c b y a"},
		{"b d", "d c b a", "c b a d"}, // a disk whose files were restored says otherwise than the state
	} {
		var known []Run
		for _, id := range strings.Fields(c.known) {
			known = append(known, Run{ID: id})
		}
		var got []string
		for _, r := range merge(strings.Fields(c.here), known) {
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q and %q: %q, want %q", c.here, c.known, got, c.want)
		}
	}
}

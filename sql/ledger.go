package sql

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// Hash is the h1 of one file, in the form that go.sum made familiar.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "h1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// lines is the ledger without its total: one `path h1` line a file, sorted by path.
func lines(files []*File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path+" "+f.Hash+"\n")
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// Total is the h1 of a set of files, by their paths and hashes.
func Total(files []*File) string { return Hash(lines(files)) }

// Ledger is the text of sql.sum: the total first, then a line for each file.
// A changed, added or missing file shows in a review as a changed line here.
func (c *Catalog) Ledger() string { return fmt.Sprintf("%s\n%s", c.Sum, lines(c.Files)) }

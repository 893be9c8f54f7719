package sql

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/dirhash"
)

// Hash is the h1 of one file's text: its SHA-256 in base64.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "h1:" + base64.StdEncoding.EncodeToString(sum[:])
}

// Total is the h1 of a set of files, by their paths and texts, as Go computes it
// of a module: the hash of what `sha256sum */*.sql` prints.
func Total(files []*File) string {
	var paths []string
	texts := map[string]string{}
	for _, f := range files {
		paths = append(paths, f.Path)
		texts[f.Path] = f.Text
	}
	sum, err := dirhash.Hash1(paths, func(path string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(texts[path])), nil
	})
	if err != nil { // of a path with a newline, which no catalog holds
		return ""
	}
	return sum
}

// Ledger is the text of sql.sum: the total first, then a line `path h1` for each
// file. A changed, added or missing file shows in a review as a changed line here.
func (c *Catalog) Ledger() string {
	var lines []string
	for _, f := range c.Files {
		lines = append(lines, f.Path+" "+f.Hash+"\n")
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s\n%s", c.Sum, strings.Join(lines, ""))
}

// Released says whether these are the files that sql.sum in this program lists. It
// is written only after the engine that is linked in has proved each of them.
func (c *Catalog) Released() bool {
	ledger, err := embedded.ReadFile("sql.sum")
	total, _, _ := strings.Cut(string(ledger), "\n")
	return err == nil && total == c.Sum
}

package sql_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sourcecov/sql"
)

// A citation is a page and titles of it: RULES.md, "Validity" and "Matching".
var (
	citation = regexp.MustCompile(`([\w./-]*\w\.md)\b(?:,? "([^"]+)"((?:(?:,| and) "[^"]+")*))?`)
	title    = regexp.MustCompile(`"([^"]+)"`)
	heading  = regexp.MustCompile(`(?m)^#+ (?:\d+\. )?(.+)$`)
	// The pages that the law was first written on are no part of the repository.
	oldForm = regexp.MustCompile(`\b0[1-7]-[a-z]+\b|shared` + `/design`)
	// Where a sentence goes on in the next line of a comment.
	newLine = regexp.MustCompile(`\s*\n\s*(?://|--)?\s*`)
)

// pages are the repository's markdown files by path, each with its titles.
func pages(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for name, text := range texts(t, root) {
		if path.Ext(name) != ".md" {
			continue
		}
		found[name] = []string{}
		for _, m := range heading.FindAllStringSubmatch(text, -1) {
			if slices.Contains(found[name], m[1]) {
				t.Errorf("%s: the title %q stands twice, a citation could mean either", name, m[1])
			}
			found[name] = append(found[name], m[1])
		}
	}
	return found
}

// texts are the files that people wrote, by path.
func texts(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && strings.HasPrefix(d.Name(), ".") || d.Name() == "bucket" && path.Base(path.Dir(filepath.ToSlash(name))) == "fixtures" {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".sql", ".go", ".md"}, path.Ext(name)) && !slices.Contains([]string{"why", "Makefile"}, d.Name()) {
			return nil
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(root, name)
		found[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// cited resolves every citation of a text and says what is wrong with it.
func cited(text string, pages map[string][]string) (faults []string, citations int) {
	for _, old := range oldForm.FindAllString(text, -1) {
		faults = append(faults, "it cites "+old+", which is no page of the repository")
	}
	for _, m := range citation.FindAllStringSubmatch(newLine.ReplaceAllString(text, " "), -1) {
		citations++
		var of []string
		for page := range pages {
			if page == path.Clean(m[1]) || path.Base(page) == path.Base(m[1]) {
				of = append(of, page)
			}
		}
		switch {
		case len(of) == 0:
			faults = append(faults, "there is no page "+m[1])
			continue
		case len(of) > 1 && m[2] != "":
			faults = append(faults, "more than one page is called "+m[1])
			continue
		}
		for _, q := range title.FindAllStringSubmatch(m[0], -1) {
			if !slices.Contains(pages[of[0]], q[1]) {
				faults = append(faults, m[1]+" has no title "+q[1])
			}
		}
	}
	return faults, citations
}

func TestCitations(t *testing.T) {
	all := pages(t, "..")
	total := 0
	for name, text := range texts(t, "..") {
		if name == "sql/cite_test.go" {
			continue // its own cases are no citations
		}
		faults, n := cited(text, all)
		total += n
		for _, f := range faults {
			t.Errorf("%s: %s", name, f)
		}
	}
	if total < 20 {
		t.Errorf("only %d citations found", total)
	}
}

func TestCitationsAreResolved(t *testing.T) {
	all := map[string][]string{"sql/LAW.md": {"Status", "Best snapshot"}, "README.md": {"sourcecov"}, "a/README.md": {"a"}}
	for text, want := range map[string]string{
		`-- A rule (LAW.md, "Status").`:                         "",
		"// A rule (LAW.md,\n// \"Best\n// snapshot\") of old.": "",
		`see LAW.md, "Status" and "Best snapshot"`:              "",
		"see README.md":                   "",
		`(LAW.md, "Stati")`:               "LAW.md has no title Stati",
		`(LAW.md, "Status" and "Best")`:   "LAW.md has no title Best",
		`(NOLAW.md, "Status")`:            "there is no page NOLAW.md",
		`(README.md, "a")`:                "more than one page is called README.md",
		"(0" + "1-semantics, \"Things\")": "it cites 0" + "1-semantics, which is no page of the repository",
		"in shared" + "/design":           "it cites shared" + "/design, which is no page of the repository",
	} {
		faults, _ := cited(text, all)
		if got := strings.Join(faults, "; "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What a reader of BigQuery sees cites nothing: he has no pages.
func TestDescriptionsCiteNothing(t *testing.T) {
	cat, err := sql.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range cat.Files {
		docs := []string{}
		if f.Kind == sql.Publish || f.Kind == sql.View {
			docs = append(docs, f.Doc)
			if !strings.HasSuffix(f.Doc, ".") {
				t.Errorf("sql/%s: its sentence has no full stop", f.Path)
			}
		}
		// The columns of every other kind may be published some day as they stand.
		for _, c := range f.Columns {
			docs = append(docs, c.Doc)
		}
		for _, doc := range docs {
			if citation.MatchString(doc) || oldForm.MatchString(doc) {
				t.Errorf("sql/%s: a description cites: %s", f.Path, doc)
			}
		}
	}
}

// A number that RULES.md repeats is that of the reference table.
func TestRulesRepeatNumbers(t *testing.T) {
	rules, err := os.ReadFile("RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("reference/thresholds.sql")
	if err != nil {
		t.Fatal(err)
	}
	value := map[string]string{}
	for _, m := range regexp.MustCompile(`\('(\w+)', ([\d.]+), '`).FindAllStringSubmatch(string(table), -1) {
		value[m[1]] = m[2]
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile("`(\\w+)` =\\s+(\\d+(?:\\.\\d+)?)").FindAllStringSubmatch(string(rules), -1) {
		said[m[1]] = true
		if value[m[1]] != m[2] {
			t.Errorf("RULES.md says %s = %s, reference/thresholds.sql %q", m[1], m[2], value[m[1]])
		}
	}
	for name := range value {
		if !said[name] {
			t.Errorf("RULES.md does not say what %s is for", name)
		}
	}
}

package jobs_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// What a line of help says of a verb, and of a flag.
var (
	verbLine  = regexp.MustCompile(`(?m)^  ([a-z]+)\b`)
	flagLine  = regexp.MustCompile(`(?m)^ +(?:-([a-z]), |    )--([a-z-]+)`)
	flagWord  = regexp.MustCompile(`(?:^|[\s(])--([a-z][a-z-]*)`)
	ownWord   = regexp.MustCompile(`\bsourcecov ([a-z]+|…)`)
	otherTool = regexp.MustCompile(`\b(?:gcloud|bq) (?:[a-z]|--)[^,;]*`) // whose flags are not ours
)

// manual is the flags of every verb, as help tells them.
var manual = sync.OnceValues(func() (map[string][]string, error) {
	_, out, _ := runIn(context.Background(), environment, []string{"help"})
	_, verbs, _ := strings.Cut(out, "usage:")
	flags := map[string][]string{"help": nil, "": {"help", "version"}} // which stand for a verb too
	for _, v := range verbLine.FindAllStringSubmatch(verbs, -1) {
		if flags[v[1]] == nil && v[1] != "help" {
			_, out, _ := runIn(context.Background(), environment, []string{v[1], "--help"})
			for _, f := range flagLine.FindAllStringSubmatch(out, -1) {
				flags[v[1]] = append(flags[v[1]], f[2])
			}
		}
	}
	if len(flags["nightly"]) < 10 || len(flags["doctor"]) < 5 {
		return nil, fmt.Errorf("help tells of %v", flags)
	}
	return flags, nil
})

// badHint says what a text names that is not there: a verb, a flag that no verb has,
// or, of a command line that is written out, a flag that its verb has not. What is not
// known yet stands in it as ….
func badHint(flags map[string][]string, text string) (bad []string) {
	text = otherTool.ReplaceAllString(text, "")
	known := func(flag string) bool {
		for _, of := range flags {
			if slices.Contains(of, flag) {
				return true
			}
		}
		return false
	}
	for _, f := range flagWord.FindAllStringSubmatch(text, -1) {
		if !known(f[1]) {
			bad = append(bad, "no verb has the flag --"+f[1])
		}
	}
	for _, at := range ownWord.FindAllStringSubmatchIndex(text, -1) {
		verb := text[at[2]:at[3]]
		of, is := flags[verb]
		if verb == "…" || notVerbs[verb] {
			continue
		}
		if !is {
			bad = append(bad, "there is no verb "+verb)
			continue
		}
		command := text[at[1]:]
		if end := strings.IndexAny(command, ",;:"); end >= 0 && !strings.HasPrefix(command[end:], ", --") {
			command = command[:end] // what follows is about something else
		}
		for _, f := range flagWord.FindAllStringSubmatch(command, -1) {
			if !slices.Contains(of, f[1]) {
				bad = append(bad, verb+" has no flag --"+f[1])
			}
		}
	}
	return bad
}

// notVerbs follow the name of the program in a sentence about it.
var notVerbs = map[string]bool{"says": true}

// TestHintsName: no text of the program names a verb or a flag that is not there. All
// texts in the source are looked at, but for scripts of a shell, and the hints of
// every transcript.
func TestHintsName(t *testing.T) {
	t.Parallel()
	flags, err := manual()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	look := func(where, text string) {
		seen++
		for _, bad := range badHint(flags, text) {
			t.Errorf("%s: %s: %q", where, bad, text)
		}
	}
	for _, root := range []string{".", "../sync", "../duckdb", "../sql"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "bqtest") || strings.Contains(path, "gcstest") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text, isText := written(e)
				if isText && !strings.HasPrefix(text, "#") && (strings.Contains(text, "sourcecov ") || strings.Contains(text, "--")) {
					look(files.Position(e.Pos()).String(), text)
				}
				return !isText
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	scripts, _ := filepath.Glob("../fixtures/cli/*.txtar")
	for _, name := range scripts {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(body), "\n") {
			if _, next, has := strings.Cut(line, "next: "); has {
				look(name, next)
			}
		}
	}
	if seen < 150 {
		t.Errorf("only %d texts were looked at", seen)
	}
}

// written is the text of an expression that is one, with … for what is not known.
func written(e ast.Expr) (text string, isText bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return regexp.MustCompile(`%[-+#0-9.*]*[a-z]`).ReplaceAllString(text, "…"), err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, isLeft := written(e.X)
		right, isRight := written(e.Y)
		if !isLeft {
			left = "…"
		}
		if !isRight {
			right = "…"
		}
		return left + right, isLeft || isRight
	}
	return "", false
}

// TestBadHint: what the test above would say of hints that are wrong.
func TestBadHint(t *testing.T) {
	t.Parallel()
	flags, err := manual()
	if err != nil {
		t.Fatal(err)
	}
	for hint, bad := range map[string]int{
		"sourcecov nightly, with the same --bucket and --workdir, then this command again": 0,
		"sourcecov verify newest, or another":                                              0,
		"gcloud storage buckets add-iam-policy-binding gs://x --member=WHO --role=r":       0,
		"sourcecov … --help": 0,
		"sourcecov nigthly":  1,
		"--bukcet DIR":       1,
		"sourcecov explain GAME --as-of 2025-01-01T00:00:00Z": 1,
		"sourcecov repair --warehouse x; then --acept-loss":   2,
		"sourcecov repair with the same --warehouse":          1,
	} {
		if got := badHint(flags, hint); len(got) != bad {
			t.Errorf("%q: %q", hint, got)
		}
	}
}

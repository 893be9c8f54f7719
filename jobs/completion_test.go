package jobs

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// scriptOf writes the completion for a shell into a file. A shell that is not here
// skips the test.
func scriptOf(t *testing.T, shell string) (file string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skip("no " + shell + " here")
	}
	var out bytes.Buffer
	if code := Main(context.Background(), nowhere(&out, "completion", shell)); code != exitDone {
		t.Fatalf("exit %d", code)
	}
	file = filepath.Join(t.TempDir(), "completion."+shell)
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBash asks bash itself for completions: every verb, every flag of each, words,
// directories, and nothing after a flag that takes what nobody can guess.
func TestBash(t *testing.T) {
	script, dir := scriptOf(t, "bash"), t.TempDir()
	for _, name := range []string{"scraped here", "scraped*"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "scraped.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	complete := func(words ...string) []string {
		t.Helper()
		cmd := exec.Command("bash", "--norc", "-c", `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sourcecov; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script)
		cmd.Args = append(append(cmd.Args, "sourcecov"), words...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", words, err, out)
		}
		return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
	}
	all := complete("")
	for _, v := range verbs {
		if !slices.Contains(all, v.name) {
			t.Errorf("%s is not completed: %v", v.name, all)
		}
		offered := complete(v.name, "--")
		set, _ := new(flags).set(v, func(string) string { return "" })
		set.VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(offered, "--"+f.Name) {
				t.Errorf("--%s of %s is not completed: %v", f.Name, v.name, offered)
			}
		})
	}
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"ni"}, "nightly"},
		{[]string{"help", "ver"}, "verify version"},
		{[]string{"nightly", "--dry"}, "--dry-run"},
		{[]string{"explain", "--dry"}, ""},
		{[]string{"nightly", "--fail-on", ""}, "critical warning never"},
		{[]string{"nightly", "--fail-on", "=", "c"}, "critical"},
		{[]string{"nightly", "--fail-on", "="}, "critical warning never"},
		{[]string{"nightly", "--as-of", ""}, ""},
		{[]string{"nightly", "--bucket", "scr"}, "scraped here scraped*"},
		{[]string{"verify", "n"}, "newest"},
		{[]string{"completion", ""}, "bash fish zsh"},
		{[]string{"nosuch", ""}, ""},
	} {
		got := complete(c.words...)
		slices.Sort(got)
		want := strings.Fields(c.want)
		if strings.Contains(c.want, "*") {
			want = []string{"scraped here", "scraped*"}
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q", c.words, got, want)
		}
	}
}

// TestZsh asks zsh whether it understands the script, and completes a verb on a terminal of its own.
func TestZsh(t *testing.T) {
	script := scriptOf(t, "zsh")
	out, err := exec.Command("zsh", "-f", "-c", `autoload -Uz compinit && compinit -u -D && source "$1" && [[ $_comps[sourcecov] == _sourcecov ]]
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z "autoload -Uz compinit && compinit -u -D && source $1; PS1=; bindkey '^I' list-choices"
		zpty -w z $'sourcecov nightly --dry-\t'
		sleep 1; zpty -r -t z first; while zpty -r -t z more; do first+=$more; done; print -r -- $first`, "zsh", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--dry-run") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFish asks fish itself for completions.
func TestFish(t *testing.T) {
	script := scriptOf(t, "fish")
	for line, want := range map[string]string{
		"sourcecov ni": "nightly\t", "sourcecov nightly --dry": "--dry-run\t", "sourcecov nightly --fail-on c": "critical", "sourcecov completion z": "zsh",
	} {
		out, err := exec.Command("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%s: %v: %s", line, err, out)
		}
	}
}

// TestFollowedBy: what is said of flags is said of flags that there are.
func TestFollowedBy(t *testing.T) {
	known := map[string]bool{}
	for _, v := range verbs {
		set, _ := new(flags).set(v, func(string) string { return "" })
		set.VisitAll(func(f *pflag.Flag) { known[f.Name] = takesValue(f) })
	}
	for name := range followedBy {
		if !known[name] {
			t.Errorf("--%s is no flag that takes a value", name)
		}
	}
}

package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/jobs/fault"
	"sourcecov/jobs/gaps"
	"sourcecov/jobs/place"
	"sourcecov/jobs/print"
)

// shells are those whose completion can be printed, each by a function of every
// command line that there is.
var shells = map[string]func([]completed) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}

// completed is a verb as a shell completes it.
type completed struct {
	name, does, takes string
	words             []string // what it takes can be one of these
	flags             []*pflag.Flag
}

// directory stands in followedBy for the names of directories.
var directory = []string{"DIR"}

// followedBy says what can be completed after a flag; nothing after the others.
var followedBy = map[string][]string{
	"bucket": directory, "workdir": directory, "state": directory, "sql": directory,
	"fail-on": {"critical", "warning", "never"}, "color": colors,
	"format": print.Formats, "details": print.Sections(), "kind": gaps.Kinds, "run": {place.Newest},
}

func runCompletion(_ context.Context, c *command) (int, error) {
	script := shells[c.arg]
	if script == nil {
		return 0, fault.Usagef("sourcecov completion bash", "completion is for bash, zsh or fish, not %q", c.arg)
	}
	c.out.Script(c.arg, script(c.completions()))
	return exitDone, nil
}

// completions are all verbs, help among them.
func (c *command) completions() []completed {
	var all []completed
	var names []string
	for _, v := range c.verbs {
		x := completed{name: v.name, does: v.does, takes: v.takes, words: v.words}
		set, _ := new(flags).set(v, func(string) string { return "" })
		set.VisitAll(func(f *pflag.Flag) {
			f.Usage, _, _ = strings.Cut(f.Usage, " [SOURCECOV_") // its twin in the environment
			x.flags = append(x.flags, f)
		})
		all, names = append(all, x), append(names, v.name)
	}
	return append(all, completed{name: "help", does: "tell what a verb takes, with examples", takes: "VERB", words: names})
}

// takesValue reports whether something has to follow a flag.
func takesValue(f *pflag.Flag) bool { return f.NoOptDefVal == "" }

// bashCompletion is a script for bash of any version since 3.2.
func bashCompletion(all []completed) string {
	var names, verbCases, valueCases []string
	valued := map[string]bool{}
	for _, v := range all {
		names = append(names, v.name)
		var offered []string
		for _, f := range v.flags {
			offered = append(offered, "--"+f.Name)
			if takesValue(f) && !valued[f.Name] {
				valued[f.Name] = true
				do := "return"
				switch words := followedBy[f.Name]; {
				case slices.Equal(words, directory):
					do = "compopt -o filenames 2>/dev/null; _sourcecov_offer -d; return"
				case words != nil:
					do = "_sourcecov_offer -W '" + strings.Join(words, " ") + "'; return"
				}
				valueCases = append(valueCases, fmt.Sprintf("    --%s) %s ;;\n", f.Name, do))
			}
		}
		verbCases = append(verbCases, fmt.Sprintf("    %s) flags='%s' words='%s' ;;\n", v.name, strings.Join(offered, " "), strings.Join(v.words, " ")))
	}
	return `# bash completion of sourcecov: source this file, or put it where bash-completion looks
_sourcecov_offer() {
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@" -- "$cur")
}
_sourcecov() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flags= words=
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        _sourcecov_offer -W '` + strings.Join(names, " ") + `'
        return
    fi
    # --flag=value comes as three words
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    case $prev in
` + strings.Join(valueCases, "") + `    esac
    case ${COMP_WORDS[1]} in
` + strings.Join(verbCases, "") + `    esac
    if [[ $cur == -* || -z $words ]]; then words=$flags; fi
    _sourcecov_offer -W "$words"
}
complete -F _sourcecov sourcecov
`
}

// zshCompletion is a script for zsh, in which every flag has its description.
func zshCompletion(all []completed) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	escape := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `:`, `\:`).Replace
	var names, cases string
	for _, v := range all {
		names += "        " + quote(v.name+":"+escape(v.does)) + "\n"
		cases += "    " + v.name + ")\n        _arguments"
		for _, f := range v.flags {
			spec := "[" + escape(f.Usage) + "]"
			name := "--" + f.Name
			if takesValue(f) {
				spec = "=" + spec + ":" + f.Name + ":"
				switch words := followedBy[f.Name]; {
				case slices.Equal(words, directory):
					spec += "_files -/"
				case words != nil:
					spec += "(" + strings.Join(words, " ") + ")"
				}
			}
			if t := f.Value.Type(); t == "stringArray" || t == "stringSlice" {
				name = "*" + name
			}
			if f.Shorthand != "" {
				short := "-" + f.Shorthand
				cases += fmt.Sprintf(" \\\n            '(%s %s)'{%s,%s}%s", short, name, short, name, quote(spec))
				continue
			}
			cases += " \\\n            " + quote(name+spec)
		}
		if v.takes != "" {
			cases += " \\\n            " + quote("*:"+v.takes+":("+strings.Join(v.words, " ")+")")
		}
		cases += " ;;\n"
	}
	return `#compdef sourcecov
# zsh completion of sourcecov: put it as _sourcecov into a folder of $fpath, or source it
_sourcecov() {
    local -a verbs
    verbs=(
` + names + `    )
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
` + cases + `    esac
}
if [[ $funcstack[1] == _sourcecov ]]; then _sourcecov "$@"; else compdef _sourcecov sourcecov; fi
`
}

// fishCompletion is a script for fish, in which every flag has its description.
func fishCompletion(all []completed) string {
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	s := "# fish completion of sourcecov: put it as sourcecov.fish into ~/.config/fish/completions, or source it\ncomplete -c sourcecov -f\n"
	for _, v := range all {
		s += "complete -c sourcecov -n __fish_use_subcommand -a " + v.name + " -d " + quote(v.does) + "\n"
	}
	for _, v := range all {
		line := "complete -c sourcecov -n '__fish_seen_subcommand_from " + v.name + "'"
		if len(v.words) > 0 {
			s += line + " -a " + quote(strings.Join(v.words, " ")) + "\n"
		}
		for _, f := range v.flags {
			s += line + " -l " + f.Name
			if f.Shorthand != "" {
				s += " -s " + f.Shorthand
			}
			if takesValue(f) {
				s += " -x"
				switch words := followedBy[f.Name]; {
				case slices.Equal(words, directory):
					s += " -a '(__fish_complete_directories)'"
				case words != nil:
					s += " -a " + quote(strings.Join(words, " "))
				}
			}
			s += " -d " + quote(f.Usage) + "\n"
		}
	}
	return s
}

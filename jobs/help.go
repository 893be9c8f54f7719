package jobs

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"sourcecov/jobs/fault"
)

// help answers `sourcecov help`, and `sourcecov help VERB` as that verb's --help does.
func help(ctx context.Context, w World) int {
	var names []string
	for _, arg := range w.Args[min(1, len(w.Args)):] {
		if !strings.HasPrefix(arg, "-") {
			names = append(names, arg)
		}
	}
	switch len(names) {
	case 0:
		w.print(overview())
		return exitDone
	case 1:
	default:
		return refuse(ctx, w, fault.Usagef("sourcecov help "+names[0], "help takes one verb, not %d", len(names)))
	}
	v, err := verbNamed(names[0])
	if err != nil {
		return refuse(ctx, w, err)
	}
	w.print(v.help())
	return exitDone
}

// overview lists the verbs.
func overview() string {
	s := "sourcecov says what every data source had for every scheduled game, and why not.\n\nusage: sourcecov <verb> [flags]\n\n"
	rows := [][2]string{}
	for _, v := range verbs {
		rows = append(rows, [2]string{v.usage(), v.does})
	}
	rows = append(rows, [2]string{"help [VERB]", "this text, or what a verb takes, with examples"})
	longest := 0
	for _, r := range rows {
		longest = max(longest, len(r[0]))
	}
	for _, r := range rows {
		s += fmt.Sprintf("  %-*s  %s\n", longest, r[0], r[1])
	}
	return s + exitHelp
}

// usage is the verb with what it takes besides flags.
func (v verb) usage() string { return strings.TrimSpace(v.name + " " + v.takes) }

// help tells what the verb does and takes.
func (v verb) help() string {
	s, _ := new(flags).set(v, func(string) string { return "" })
	text := fmt.Sprintf("sourcecov %s: %s\n\nusage: sourcecov %s [flags]\n\nexamples:\n", v.name, v.does, v.usage())
	for _, line := range v.examples {
		text += "  " + line + "\n"
	}
	return text + "\nflags:\n" + s.FlagUsages() + exitHelp
}

// verbNamed is the verb of that name. The error says which one may have been meant.
func verbNamed(name string) (verb, error) {
	names := []string{"help"}
	for _, v := range verbs {
		if v.name == name {
			return v, nil
		}
		names = append(names, v.name)
	}
	msg := fmt.Sprintf("unknown command %q", name)
	if near := nearest(name, names); near != "" {
		msg += "; did you mean " + near + "?"
	}
	return verb{}, fault.Usagef("sourcecov help", "%s", msg)
}

// unknownFlag says which flag may have been meant by one that the verb does not have.
func unknownFlag(s *pflag.FlagSet, v verb, unknown *pflag.NotExistError) error {
	var names []string
	s.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	msg := unknown.Error()
	if near := nearest(unknown.GetSpecifiedName(), names); near != "" {
		msg += "; did you mean --" + near + "?"
	}
	return fault.Usagef("sourcecov "+v.name+" --help", "%s", msg)
}

// nearest is the name that was probably meant: the one that differs least, in two
// letters at most, and in less than half of what was typed; "" for none.
func nearest(typed string, names []string) (near string) {
	least := 3
	for _, name := range names {
		if d := distance(typed, name); d < least && 2*d < len(typed) {
			least, near = d, name
		}
	}
	return near
}

// distance is how many letters have to be put in, taken out or replaced.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

package jobs

import (
	"fmt"
	"strconv"
)

func (u *textUI) verified(v *verification) {
	fmt.Fprintf(u.out, "run %s, recorded by sourcecov %s with DuckDB %s\n\n", v.then.RunID, v.then.Run.Version, v.then.Run.EngineVersion)
	var rows [][]string
	for _, c := range v.at {
		equal := strconv.Itoa(c.Equal)
		if c.Equal < 0 {
			equal = "-"
		}
		rows = append(rows, []string{c.What, strconv.Itoa(c.Count), equal})
	}
	u.table([]string{"compared", "there are", "equal"}, rows)
	fmt.Fprintln(u.out)
	for _, line := range v.told {
		fmt.Fprintln(u.out, line)
	}
	if len(v.bad) == 0 {
		fmt.Fprintln(u.out, "everything is equal")
		return
	}
	u.differences(v)
}

// differences are told by kind. Of relations the first one is, with its file:
// those after it read it, or one that does.
func (u *textUI) differences(v *verification) {
	var rows [][]string
	relations := 0
	for _, d := range v.bad {
		if d.What == "relation" {
			if relations++; relations == 1 {
				fmt.Fprintf(u.out, "\nthe first relation that differs is %s (%s): %s\n", d.Name, v.pathOf(d.Name), d.Said)
			}
			continue
		}
		rows = append(rows, []string{d.What, d.Name, d.Said})
	}
	if relations > 1 {
		fmt.Fprintf(u.out, "%s after it too, which --json lists\n", count(int64(relations-1), "relation"))
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(u.out, "\n%s\n", count(int64(len(rows)), "difference"))
	u.table([]string{"what", "name", "how"}, rows[:min(shownRows, len(rows))])
	u.more(len(rows))
}

func (u *jsonUI) verified(v *verification) {
	for _, c := range v.at {
		var equal any = c.Equal
		if c.Equal < 0 {
			equal = nil
		}
		u.line("compared", "what", c.What, "count", c.Count, "equal", equal)
	}
	for _, line := range v.told {
		u.line("verify_note", "note", line)
	}
	for _, d := range v.bad {
		path := any(nil)
		if d.What == "relation" {
			path = v.pathOf(d.Name)
		}
		u.line("difference", "what", d.What, "name", d.Name, "sql_path", path, "said", d.Said)
	}
	u.line("verified", "run_id", v.then.RunID, "run_key", v.then.Run.RunKey, "sql_h1", v.then.Run.SQLH1, "engine", v.then.Run.EngineVersion,
		"executed", v.now != nil, "differences", len(v.bad))
}

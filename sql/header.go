package sql

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// keys lists the header keys and the kinds that may carry each; required says
// for which kinds a file without it is refused.
var keys = map[string]struct{ allowed, required []Kind }{
	"grain":     {kinds, []Kind{Schema, Stage, Model, Check, Publish, View, Report, Explain, List, Alert, Reference}},
	"reads":     {kinds, nil},
	"param":     {kinds, []Kind{Macro}},
	"column":    {kinds, []Kind{Reference, Schema, Stage, Model, Publish, View, Check, Report, Explain, List, Alert}},
	"columns":   {[]Kind{Stage, Publish, View}, nil},
	"key":       {[]Kind{Publish}, []Kind{Publish}},
	"partition": {[]Kind{Publish}, nil},
	"cluster":   {[]Kind{Publish}, nil},
	"empty":     {[]Kind{Publish}, nil},
	"severity":  {[]Kind{Check}, []Kind{Check}},
	"finds":     {[]Kind{Check}, []Kind{Check}},
	"over":      {[]Kind{Check}, []Kind{Check}},
	"into":      {[]Kind{Stage}, nil},
	"parts":     {[]Kind{Stage, Model, Publish}, nil},
}

var (
	headerLine = regexp.MustCompile(`^-- ([a-z]+): (.+)$`)
	columnLine = regexp.MustCompile(`^([a-z][a-z0-9_]*) (.+?) -- (.+)$`)
	handedLine = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:, [a-z][a-z0-9_]*)*) from ([a-z0-9_.]+)$`)
	unionName  = regexp.MustCompile(`^stage\.[a-z][a-z0-9_]*$`)
	identifier = regexp.MustCompile(`^([a-z]|\d{3}_[a-z])[a-z0-9_]*$`) // a schema file is numbered
)

// parse reads one file's header: the leading comment lines. The first is a
// sentence, every other is `-- key: value`.
func parse(name, text string) (*File, error) {
	kind, base, ok := split(name)
	if !ok {
		return nil, &FileError{name, 1, fmt.Sprintf("no such kind of file; the folders are %v", kinds)}
	}
	f := &File{Kind: kind, Name: base, Path: name, Text: text, Hash: Hash(text), line: map[string]int{}}
	if !identifier.MatchString(base) {
		return nil, f.errorf("", "a file name is lower-case letters, digits and underscores")
	}
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "--") {
			break
		}
		if i == 0 {
			f.Doc = strings.TrimSpace(strings.TrimPrefix(line, "--"))
			continue
		}
		m := headerLine.FindStringSubmatch(line)
		if m == nil {
			return nil, &FileError{name, i + 1, "a header line reads `-- key: value`; comments go below the SELECT"}
		}
		if err := f.set(m[1], m[2], i+1); err != nil {
			return nil, err
		}
	}
	if f.Doc == "" || !strings.HasSuffix(f.Doc, ".") {
		return nil, f.errorf("", "the first line is a comment that says in one sentence what the file holds, with its full stop")
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		k := keys[key]
		if _, has := f.line[key]; !has && slices.Contains(k.required, kind) {
			return nil, f.errorf("", "a %s file needs `-- %s:`", kind, key)
		}
	}
	return f, f.checkKeys()
}

func (f *File) set(key, value string, line int) error {
	k, known := keys[key]
	if !known || !slices.Contains(k.allowed, f.Kind) {
		f.line[key] = line
		return f.errorf(key, "unknown header key %q for a %s file", key, f.Kind)
	}
	if _, again := f.line[key]; again && !slices.Contains([]string{"column", "columns", "param"}, key) {
		return &FileError{f.Path, line, "a second `" + key + "` line"}
	}
	f.line[key] = line
	switch key {
	case "grain":
		f.Grain = value
	case "reads":
		f.Reads = list(value)
	case "key":
		f.Key = list(value)
	case "partition":
		f.Partition = value
	case "cluster":
		f.Cluster = list(value)
	case "empty":
		f.Empty = value
	case "into":
		if f.Into = value; !unionName.MatchString(value) {
			return f.errorf(key, "a union is named stage.<name>, not %s", value)
		}
	case "parts":
		f.Parts = value
	case "severity":
		if value != "block" && value != "warn" && value != "info" {
			return f.errorf(key, "severity is block, warn or info, not %q", value)
		}
		f.Severity = value
	case "finds":
		f.Finds = value
	case "over":
		hasWhere := false
		if f.Over.Relation, f.Over.Where, hasWhere = strings.Cut(value, " where "); hasWhere && strings.TrimSpace(f.Over.Where) == "" {
			return f.errorf(key, "after `where` stands a condition")
		}
	case "column", "param":
		m := columnLine.FindStringSubmatch(value)
		if m == nil {
			return f.errorf(key, "a %s reads `-- %s: name TYPE -- meaning`", key, key)
		}
		col := Column{Name: m[1], Type: m[2], Doc: m[3]}
		if err := checkType(col.Type); err != nil {
			return f.errorf(key, "%s %s: %v", key, col.Name, err)
		}
		if key == "param" {
			f.Params = append(f.Params, col)
			return nil
		}
		return f.add(key, col)
	case "columns":
		m := handedLine.FindStringSubmatch(value)
		if m == nil {
			return f.errorf(key, "columns read `-- columns: name, name from relation`")
		}
		f.line["column"] = line // a fault of its columns is found there
		for _, name := range list(m[1]) {
			f.handed = append(f.handed, handed{len(f.Columns), m[2], line})
			if err := f.add(key, Column{Name: name}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *File) add(key string, col Column) error {
	if slices.Contains(f.ColumnNames(), col.Name) {
		return f.errorf(key, "column %s is declared twice", col.Name)
	}
	f.Columns = append(f.Columns, col)
	return nil
}

// checkKeys holds `key`, `partition` and `cluster` to columns that exist.
func (f *File) checkKeys() error {
	names := f.ColumnNames()
	for _, k := range f.Key {
		if !slices.Contains(names, k) {
			return f.errorf("key", "key column %s is not declared", k)
		}
	}
	for _, k := range f.Cluster {
		if !slices.Contains(names, k) {
			return f.errorf("cluster", "cluster column %s is not declared", k)
		}
	}
	if len(f.Cluster) > 4 {
		return f.errorf("cluster", "a table is clustered by four columns at most, not %d", len(f.Cluster))
	}
	if f.Partition != "" && !slices.Contains(names, f.Partition) {
		return f.errorf("partition", "partition column %s is not declared", f.Partition)
	}
	if want := map[Kind]string{Stage: "pull"}[f.Kind]; f.Parts != "" && f.Parts != cmp.Or(want, "season") {
		return f.errorf("parts", "a stage is in parts by pull, what is computed of it by season, not by %s", f.Parts)
	}
	return nil
}

func list(value string) []string {
	out := strings.Split(value, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

package sql

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzHeader: whatever a file holds, its header is read or a line of the file is
// named as the one to mend; what was read stands in the text.
func FuzzHeader(f *testing.F) {
	cat, err := Load(Embedded())
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range cat.Files {
		f.Add(file.Path, file.Text)
	}
	f.Add("model/x.sql", "-- A sentence.\n-- grain: a\n-- column: a DECIMAL(3,1) -- b -- c\n--\n-- key: a,,b\nSELECT 1")
	f.Add("model/x", "--.\r\n-- grain: \x00")
	f.Fuzz(func(t *testing.T, path, text string) {
		file, err := parse(path, text)
		if err != nil {
			var at *FileError
			if !errors.As(err, &at) || at.Path != path || at.Line < 1 || at.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%#v names no line of the file", err)
			}
			return
		}
		lines := strings.Split(text, "\n")
		names := file.ColumnNames()
		for _, c := range file.Columns {
			if c.Type == "" { // handed on: the catalog knows its type
				if !strings.Contains(text, "-- columns: ") || !strings.Contains(text, c.Name) {
					t.Errorf("no line hands on the column %s", c.Name)
				}
				continue
			}
			if !slices.Contains(lines, "-- column: "+c.Name+" "+c.Type+" -- "+c.Doc) {
				t.Errorf("there is no line of the column %+v", c)
			}
		}
		for _, name := range slices.Concat(file.Key, file.Cluster) {
			if !slices.Contains(names, name) {
				t.Errorf("%s is no column of %v", name, names)
			}
		}
		if doc, ok := strings.CutPrefix(lines[0], "--"); !ok || strings.TrimSpace(doc) != file.Doc {
			t.Errorf("the sentence is %q", file.Doc)
		}
		if _, err := parse(path, strings.Join(lines[1:], "\n")); err == nil {
			t.Error("a file without its sentence is accepted")
		}
	})
}

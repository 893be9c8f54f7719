package sql

import (
	"fmt"
	"regexp"
	"strings"
)

// A type is a name, perhaps with digits, as in DECIMAL(4,1); a STRUCT of named
// types; or a list of one of these, which has [] after it. Whether the name is one
// that the engine or a type file knows is found where the file is run.
var (
	typeName  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\(\d{1,2}(, ?\d{1,2})?\))?`)
	fieldName = regexp.MustCompile(`^([a-z][a-z0-9_]*|"[a-z][a-z0-9_]*") `)
)

// checkType returns an error if a text is no type: it stands in statements as it is.
func checkType(text string) error {
	if rest, ok := cutType(text); !ok || rest != "" {
		return fmt.Errorf("%q is no type: write a name, as DECIMAL(4,1), STRUCT(name TYPE, name TYPE), and [] after it for a list", text)
	}
	return nil
}

// cutType takes a type off the beginning of a text.
func cutType(text string) (rest string, ok bool) {
	if inner, isStruct := strings.CutPrefix(text, "STRUCT("); isStruct {
		for {
			name := fieldName.FindString(inner)
			if name == "" {
				return "", false
			}
			if inner, ok = cutType(inner[len(name):]); !ok {
				return "", false
			}
			if rest, ok = strings.CutPrefix(inner, ")"); ok {
				break
			}
			if inner, ok = strings.CutPrefix(inner, ", "); !ok {
				return "", false
			}
		}
	} else {
		name := typeName.FindString(text)
		if name == "" {
			return "", false
		}
		rest = text[len(name):]
	}
	for strings.HasPrefix(rest, "[]") {
		rest = rest[len("[]"):]
	}
	return rest, true
}

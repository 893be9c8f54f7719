package warehouse

import (
	"reflect"
	"testing"
)

// FuzzParseType: a type that is read can be written and read again, and a
// DECIMAL among it fits a NUMERIC.
func FuzzParseType(f *testing.F) {
	for _, text := range []string{
		"VARCHAR", "BIGINT[]", "DECIMAL(6,2)", "DECIMAL(38, 9)", "DECIMAL(2,3)", "DECIMAL(0,0)", "VARCHAR[][]",
		`STRUCT("source" VARCHAR, score DECIMAL(4,1), tried STRUCT(at TIMESTAMPTZ, ok BOOLEAN)[])[]`,
		"STRUCT()", "STRUCT(a VARCHAR)(b VARCHAR)", "STRUCT(a DATE, )", "DECIMAL(99999999999999999999,9)",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		typ, err := ParseType(text)
		if err != nil {
			return
		}
		again, err := ParseType(typ.String())
		if err != nil || !reflect.DeepEqual(again, typ) {
			t.Errorf("%q is %+v, which is written %q and read as %+v, %v", text, typ, typ, again, err)
		}
		sane(t, text, typ)
	})
}

func sane(t *testing.T, text string, typ Type) {
	t.Helper()
	if p, s := typ.Precision, typ.Scale; typ.Name == "DECIMAL" && (p < 1 || p > 38 || s < 0 || s > 9 || s > p) {
		t.Errorf("%q has DECIMAL(%d,%d)", text, p, s)
	}
	for _, f := range typ.Fields {
		if f.Name == "" {
			t.Errorf("%q has a field without a name", text)
		}
		sane(t, text, f.Type)
	}
}

package warehouse_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"

	"sourcecov/sync/warehouse"
)

// byArrow is what arrow-go reads of a footer.
func byArrow(body []byte) (p warehouse.Proof, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	r, err := file.NewParquetReader(bytes.NewReader(body))
	if err != nil {
		return p, err
	}
	p = warehouse.Proof{Rows: r.NumRows(), Meta: map[string]string{}}
	for _, kv := range r.MetaData().KeyValueMetadata() {
		if kv.Value != nil {
			p.Meta[kv.Key] = *kv.Value
		}
	}
	return p, nil
}

// TestFooter: what is read of a footer is what arrow-go reads, of a file that is cut
// off nothing is read, and of one in which a byte is another no other thing than
// arrow-go reads. Most of what arrow-go finds to be damaged is found.
func TestFooter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.parquet")
	read := func(body []byte) (warehouse.Proof, error) {
		if err := os.WriteFile(name, body, 0o644); err != nil {
			t.Fatal(err)
		}
		return warehouse.ReadFooter(name)
	}
	body, err := os.ReadFile(write(t, twoRows))
	if err != nil {
		t.Fatal(err)
	}
	want, err := byArrow(body)
	if err != nil {
		t.Fatal(err)
	}
	same := func(p warehouse.Proof) bool { return p.Rows == want.Rows && maps.Equal(p.Meta, want.Meta) }
	if p, err := read(body); err != nil || !same(p) || p.Rows != 2 || p.Meta[warehouse.LoadID] != "k" {
		t.Errorf("%+v, %v; arrow-go reads %+v", p, err, want)
	}
	long := append(bytes.Repeat([]byte{0}, 20<<10), body...)
	if p, err := read(long); err != nil || !same(p) {
		t.Errorf("of a file that is longer: %+v, %v", p, err)
	}
	for n := range body {
		if p, err := read(body[:n]); err == nil {
			t.Fatalf("of the first %d of %d bytes is read %+v", n, len(body), p)
		}
	}
	found, unfound := 0, 0
	size := int(body[len(body)-8]) | int(body[len(body)-7])<<8
	for at := len(body) - 8 - size; at < len(body); at++ {
		for _, flip := range []byte{0x01, 0x10, 0xff} {
			damaged := bytes.Clone(body)
			damaged[at] ^= flip
			ours, ourErr := read(damaged)
			arrows, arrowErr := byArrow(damaged)
			switch {
			case ourErr == nil && arrowErr == nil && (ours.Rows != arrows.Rows || !maps.Equal(ours.Meta, arrows.Meta)):
				t.Errorf("byte %d is another: %+v, arrow-go reads %+v", at, ours, arrows)
			case ourErr != nil:
				found++
			case arrowErr != nil:
				unfound++
			}
		}
	}
	if found < 10*unfound {
		t.Errorf("%d damages are found, and %d that arrow-go finds are not", found, unfound)
	}
}

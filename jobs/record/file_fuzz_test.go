package record

import (
	"bytes"
	"testing"
)

// FuzzDecode: any bytes are read or refused; what was read can be written, is
// then intact, and is no longer if any one byte of it changes.
func FuzzDecode(f *testing.F) {
	whole, err := (&Record{RunID: "20250420T140000Z-785ff182", Params: map[string]any{"game": nil}, SQL: []SQLFile{{Path: "model/x.sql", Text: "SELECT 1"}}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, uint(9), byte('x'))
	f.Add(whole, uint(len(whole)-5), byte('A'))
	f.Add(whole[:len(whole)/2], uint(0), byte(0))
	f.Add([]byte(`{"run_id":"x","inputs":{}}`), uint(1), byte(' '))
	f.Add([]byte("{}"), uint(1), byte(0))
	f.Add([]byte(beforeSum+afterSum), uint(1), byte(0))
	f.Fuzz(func(t *testing.T, body []byte, at uint, to byte) {
		r, _, err := Decode(body)
		if err != nil {
			return
		}
		sealed, err := r.Encode()
		if err != nil {
			t.Fatalf("what %q says cannot be written: %v", body, err)
		}
		again, intact, err := Decode(sealed)
		if err != nil || !intact {
			t.Fatalf("%q is not intact: %v", sealed, err)
		}
		if twice, err := again.Encode(); err != nil || !bytes.Equal(twice, sealed) {
			t.Fatalf("%q is read and written as %q, %v", sealed, twice, err)
		}
		changed := bytes.Clone(sealed)
		if i := at % uint(len(changed)); changed[i] != to {
			changed[i] = to
			if Intact(changed) {
				t.Errorf("byte %d of %q may change to %q unseen", i, sealed, to)
			}
		}
	})
}

package warehouse

import "testing"

// FuzzFooter: any bytes are read or refused, soon, and those that are read have been
// read to their end.
func FuzzFooter(f *testing.F) {
	whole := []byte{
		0x15, 0x02, // version
		0x19, 0x1c, 0x48, 0x01, 'x', 0x00, // a column
		0x16, 0x04, // rows
		0x19, 0x0c, // no row group
		0x19, 0x1c, 0x18, 0x01, 'k', 0x18, 0x01, 'v', 0x00, // k: v
		0x00,
	}
	f.Add(whole)
	f.Add([]byte{0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{0x1c, 0x1c, 0x1c, 0x1c, 0x1c, 0x1c})
	if p, err := decodeFooter(whole); err != nil || p.Rows != 2 || p.Meta["k"] != "v" {
		f.Errorf("%+v, %v", p, err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decodeFooter(body); err != nil {
			return
		}
		if p, err := decodeFooter(append(body, 0)); err == nil {
			t.Errorf("%x is read, and with a byte more too: %+v", body, p)
		}
		if p, err := decodeFooter(body[:len(body)-1]); err == nil {
			t.Errorf("%x is read, and with a byte less too: %+v", body, p)
		}
	})
}

package mirror_test

import (
	"bytes"
	"testing"

	"sourcecov/sync/mirror"
)

// FuzzNames: an object of any name comes back from a directory as it was put
// there, alone, or is refused and leaves nothing.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"nba-com/schedule/2024-25/2025-01-08T10:05:03.690956+00:00.json", "a", "", ".", "..", "../a", "/a", "a/", "a//b",
		"a/./b", "a/.tmp-b", ".tmp-a/b", "a\\b", "a\x00b", "a\xff", "é/日本.json", "%3A", "a*?[b]", " ", "\n",
	} {
		f.Add(name, []byte(name))
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		bucket, err := mirror.Dir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		created := bucket.Create(t.Context(), name, body)
		var listed []mirror.Object
		if err := bucket.List(t.Context(), "", func(o mirror.Object) error {
			listed = append(listed, o)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if created != nil {
			if len(listed) > 0 {
				t.Fatalf("%q was refused (%v) and there is %+v", name, created, listed)
			}
			return
		}
		if len(listed) != 1 || listed[0].Name != name {
			t.Fatalf("%q was put there, and there is %+v", name, listed)
		}
		if got, err := bucket.Read(t.Context(), name, listed[0].Generation); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%q holds %q, %v, not %q", name, got, err, body)
		}
	})
}

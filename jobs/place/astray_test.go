package place

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// TestAbove: the places in which a bucket lies, and nothing above the bucket of a service.
func TestAbove(t *testing.T) {
	for b, want := range map[Bucket][]Bucket{
		"gs://x":         nil,
		"gs://x/":        nil,
		"gs://x/a/b/":    {"gs://x/a", "gs://x"},
		"/a/b":           {"/a", "/"},
		"a":              {".", "..", "../..", "../../..", "../../../..", "../../../../.."},
		"/1/2/3/4/5/6/7": {"/1/2/3/4/5/6", "/1/2/3/4/5", "/1/2/3/4", "/1/2/3", "/1/2", "/1"},
	} {
		if got := slices.Collect(b.above); !slices.Equal(got, want) {
			t.Errorf("above %s are %q", b, got)
		}
	}
}

// TestWord: what is offered to be typed is one word of a shell.
func TestWord(t *testing.T) {
	for text, want := range map[string]string{"/a/b-1.x": "/a/b-1.x", "/a b": "'/a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := Word(text); got != want {
			t.Errorf("%s is typed %s", text, got)
		}
	}
}

// TestRefusal: what somebody has to mend has a next step, and stays the error that it is.
func TestRefusal(t *testing.T) {
	at := GS{"box", "p"}
	for _, x := range []struct {
		flag string
		err  error
		next string
	}{
		{"--bucket", mirror.ErrPermission, "gcloud storage buckets add-iam-policy-binding gs://box --member=WHO --role=roles/storage.objectViewer"},
		{"--state", mirror.ErrPermission, "gcloud storage buckets add-iam-policy-binding gs://box --member=WHO --role=roles/storage.objectUser"},
		{"--bucket", mirror.ErrNoBucket, "--bucket with one that exists, gs://NAME/PREFIX: gcloud storage ls lists them"},
		{"--staging", mirror.ErrNoBucket, "--staging with a bucket that exists: gcloud storage ls lists them; gcloud storage buckets create gs://box makes this one"},
		{"--bucket", mirror.ErrCredentials, Login},
		{"--bucket", mirror.ErrTemporary, ""},
		{"--bucket", mirror.ErrNotExist, ""},
		{"--bucket", fs.ErrPermission, ""},
	} {
		err := fmt.Errorf("list: %w", x.err)
		got := at.Refusal(x.flag, err)
		var known *fault.NextError
		if errors.As(got, &known) != (x.next != "") || known != nil && known.Next != x.next || got.Error() != err.Error() || !errors.Is(got, x.err) {
			t.Errorf("%s %v: %v, next %v", x.flag, x.err, got, known)
		}
	}
	if at.Refusal("--bucket", nil) != nil {
		t.Error("no error is one")
	}
}

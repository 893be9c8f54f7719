package jobs_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A fixtureNight is a night over all the fixtures that is over.
type fixtureNight struct {
	work, stdout string
	code         int
	said         string
}

// sharedDir holds the working directory of the shared night; TestMain removes it.
var sharedDir string

var sharedNight = sync.OnceValues(func() (n fixtureNight, err error) {
	if sharedDir, err = os.MkdirTemp("", "sourcecov-test-"); err != nil {
		return n, err
	}
	n.work = filepath.Join(sharedDir, "work")
	n.code, n.stdout, n.said = run(context.Background(), "nightly", "--workdir", n.work)
	return n, nil
})

// A smallNight is a night over the small bucket, which lies in a directory.
type smallNight struct{ bucket, work string }

var sharedSmallNight = sync.OnceValues(func() (n smallNight, err error) {
	if _, err = sharedNight(); err != nil { // it makes the directory
		return n, err
	}
	n.bucket, n.work = filepath.Join(sharedDir, "small"), filepath.Join(sharedDir, "small-work")
	if err = writeBucket(smallBucket(), n.bucket); err != nil {
		return n, err
	}
	if code, _, said := run(context.Background(), "nightly", "-q", "--bucket", n.bucket, "--workdir", n.work); code != 0 {
		err = fmt.Errorf("the night over the small bucket: exit %d\n%s", code, said)
	}
	return n, err
})

// smallFinished is the shared night over the small bucket. Tests change neither.
func smallFinished(t *testing.T) smallNight {
	t.Helper()
	n, err := sharedSmallNight()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// finished is the shared night. Tests read what it left and change nothing.
func finished(t *testing.T) fixtureNight {
	t.Helper()
	n, err := sharedNight()
	if err != nil || n.code != 0 {
		t.Fatalf("the night over the fixtures: exit %d, %v\n%s%s", n.code, err, n.stdout, n.said)
	}
	return n
}

// copyFinished copies the working directory of the shared night, for tests that
// change it or open its database.
func copyFinished(t *testing.T, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(finished(t).work)); err != nil {
		t.Fatal(err)
	}
}

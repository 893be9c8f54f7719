package place

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// A State is where the state is kept: a directory or gs://NAME/PREFIX.
type State struct {
	Dir string // absolute; "" if it is in a bucket
	GS  GS
}

// ParseState makes sense of --state; without it the state is in the working directory.
func ParseState(text string, workdir Workdir) (State, error) {
	switch {
	case IsURL(text):
		at, err := ParseGS("--state", text)
		return State{GS: at}, err
	case text == "":
		return State{Dir: workdir.path("state")}, nil
	}
	dir, err := filepath.Abs(text)
	if err != nil {
		return State{}, fault.Usagef("--state DIR", "--state %s: %v", text, err)
	}
	return State{Dir: dir}, nil
}

// String is where the state is, for people.
func (s State) String() string {
	if s.Dir == "" {
		return s.GS.String()
	}
	return s.Dir
}

// Open opens the place. A directory is made if need be, and if mayMake is true;
// else that it is not there is [fs.ErrNotExist].
func (s State) Open(ctx context.Context, cloud *Cloud, mayMake bool) (mirror.Bucket, error) {
	if s.Dir == "" {
		client, err := cloud.Storage(ctx)
		if err != nil {
			return nil, err
		}
		return explained(client.Bucket(s.GS.Bucket, s.GS.Prefix), func(err error) error { return s.GS.Refusal("--state", err) }), nil
	}
	open := mirror.Dir
	if mayMake {
		open = mirror.MakeDir
	}
	bucket, err := open(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unwritable("--state", err)
	}
	return bucket, err
}

// InWorkdir reports whether the state lies in the working directory, and so
// beside the landing, on one disk with it.
func (s State) InWorkdir(w Workdir) bool {
	return s.Dir != "" && strings.HasPrefix(s.Dir+string(filepath.Separator), string(w)+string(filepath.Separator))
}

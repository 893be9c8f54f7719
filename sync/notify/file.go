package notify

import (
	"context"
	"encoding/json"
	"errors"
	"os"
)

// File appends a JSON line a message to a file.
type File struct{ Path string }

func (f File) Name() string { return "file:" + f.Path }

func (f File) Send(ctx context.Context, m Message) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	line, err := json.Marshal(m)
	if err == nil {
		err = f.append(append(line, '\n'))
	}
	if err != nil {
		return &Refusal{Said: told(err.Error()), Temporary: true, Next: "make room for the file of --alert file:PATH, or name another"}
	}
	return nil
}

func (f File) append(line []byte) error {
	to, err := os.OpenFile(f.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = to.Write(line)
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

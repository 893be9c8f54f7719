package gcs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"

	"cloud.google.com/go/storage"

	"sourcecov/sync/mirror"
)

// Stage is a part of a bucket in which files wait for a load job, which reads
// them by their URI. Its methods may be called at the same time.
type Stage struct {
	client *Client
	bucket string
	folder string
}

// Stage returns the staging area gs://bucket/prefix.
func (c *Client) Stage(bucket, prefix string) *Stage { return &Stage{c, bucket, folder(prefix)} }

// Put uploads a local file under a name and returns its URI. It becomes visible
// whole or not at all. If an object of that name has the very same bytes, by size
// and CRC32C, it is what a killed run left and is taken; with other bytes the
// error is [mirror.ErrExist] to errors.Is.
func (s *Stage) Put(ctx context.Context, name, file string) (uri string, err error) {
	if !canCreate(name, s.folder) {
		return "", fmt.Errorf("stage %s: %w", name, fs.ErrInvalid)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("stage %s: %w", name, err)
	}
	defer f.Close()
	sum := crc32.New(castagnoli)
	size, err := io.Copy(sum, mirror.ContextReader{Ctx: ctx, R: f})
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", fmt.Errorf("stage %s: %w", name, err)
	}
	u := upload{body: f, size: size, crc: sum.Sum32()}
	err = s.client.create(ctx, s.bucket, s.folder+name, u, func(there *storage.ObjectAttrs) bool { return there.Size == u.size && there.CRC32C == u.crc })
	switch {
	case errors.Is(err, mirror.ErrExist):
		return "", fmt.Errorf("stage %s: there is another file of that name: %w", name, mirror.ErrExist)
	case err != nil:
		return "", failed(ctx, "stage", name, err)
	}
	return "gs://" + s.bucket + "/" + s.folder + name, nil
}

// Remove deletes a staged file. One that is not there is no error.
func (s *Stage) Remove(ctx context.Context, name string) error {
	if !isObject(name) {
		return nil
	}
	in, h := s.client.begin(ctx, s.bucket)
	// Deleting twice is as good as once, which the client cannot know of an
	// object whose generation is not given, and so would not try again.
	o := h.Retryer(storage.WithPolicy(storage.RetryAlways)).Object(s.folder + name)
	if err := o.Delete(in); err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		return failed(ctx, "remove the staged", name, err)
	}
	return nil
}

// List returns the names of what is staged, in order.
func (s *Stage) List(ctx context.Context) ([]string, error) {
	var names []string
	err := (&objects{s.client, s.bucket, s.folder}).List(ctx, "", func(o mirror.Object) error {
		names = append(names, o.Name)
		return nil
	})
	return names, err
}

// Location returns where the bucket is, in upper case.
func (s *Stage) Location(ctx context.Context) (string, error) {
	return s.client.Location(ctx, s.bucket)
}

package gcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"cloud.google.com/go/storage"

	"sourcecov/sync/mirror"
)

// chunk is how much of an upload is held in memory, to be sent again. What is
// smaller goes in one request.
const chunk = 16 << 20

// upload is one new object.
type upload struct {
	body     io.Reader
	size     int64
	crc      uint32
	metadata map[string]string
}

// create makes a new object. If the name is taken, ours tells whether by this
// very upload, of which an answer was lost: that is success, and anything else
// mirror.ErrExist.
func (c *Client) create(ctx context.Context, bucket, object string, u upload, ours func(*storage.ObjectAttrs) bool) error {
	in, h := c.begin(ctx, bucket)
	err := u.send(in, h.Object(object))
	switch s := status(err); {
	case s == http.StatusPreconditionFailed:
	case u.inChunks() && (s == http.StatusNotFound || s == http.StatusGone):
		// The service does not know the upload any more: it may be complete.
	case s == 0 && in.Err() == nil && (errors.Is(err, io.ErrUnexpectedEOF) || foreign(err)):
		// Success was told, and the rest of that answer was lost or is not to be read.
	default:
		return ofBucket(bucket, err)
	}
	in, h = c.begin(ctx, bucket)
	there, err := h.Object(object).Attrs(in)
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		return fmt.Errorf("%w: the upload has to start over", mirror.ErrTemporary)
	case err != nil:
		return err
	case !ours(there):
		return mirror.ErrExist
	}
	return nil
}

// send creates the object if its name is free, whole or not at all. After an
// error that is not a refusal it may be there.
func (u *upload) send(ctx context.Context, o *storage.ObjectHandle) error {
	// Closing a writer publishes what it was given so far, so whatever goes wrong
	// before that ends with the context cancelled and the writer left alone.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := o.If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ChunkSize = int(min(chunk, u.size+1))
	w.ContentType = "application/octet-stream"
	w.Metadata = u.metadata
	// The service then refuses anything but these bytes.
	w.CRC32C, w.SendCRC32C = u.crc, true
	n, err := io.Copy(w, u.body)
	if err != nil {
		return err
	}
	if n != u.size {
		return fmt.Errorf("it has changed from %d to %d bytes meanwhile", u.size, n)
	}
	return w.Close()
}

// inChunks reports whether the object goes in more than one request.
func (u *upload) inChunks() bool { return u.size >= chunk }

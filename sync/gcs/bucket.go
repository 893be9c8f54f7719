package gcs

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"sourcecov/sync/mirror"
)

// Bucket returns the objects of gs://bucket/prefix; their names are what follows
// the prefix, which ends in a slash (one is added) or is "" for the whole bucket.
//
// Names that end in a slash, with which tools mark folders, are not objects of
// it: not listed, not read, refused by Create with fs.ErrInvalid like other names
// that the service does not have. Read returns stored bytes, also of objects with
// Content-Encoding gzip; if the whole bucket is gone every object is.
func (c *Client) Bucket(bucket, prefix string) mirror.Bucket {
	return &objects{c, bucket, folder(prefix)}
}

// folder is a prefix with the slash at its end, if it is not empty.
func folder(prefix string) string {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix
}

type objects struct {
	client *Client
	bucket string
	folder string
}

var _ mirror.Mover = (*objects)(nil)

func (b *objects) List(ctx context.Context, prefix string, fn func(mirror.Object) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("list %q: %w", prefix, err)
	}
	if !utf8.ValidString(prefix) {
		return nil // no name begins so
	}
	q := &storage.Query{Prefix: b.folder + prefix, Projection: storage.ProjectionNoACL}
	if err := q.SetAttrSelection([]string{"Name", "Generation", "Size", "CRC32C", "Created"}); err != nil {
		return fmt.Errorf("list %q: %w", prefix, err)
	}
	in, h := b.client.begin(ctx, b.bucket)
	for it := h.Objects(in, q); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err == nil {
			err = ctx.Err() // a page that is here already needs no network
		}
		if err != nil {
			return failed(ctx, "list", fmt.Sprintf("%q", prefix), ofBucket(b.bucket, err))
		}
		name, inside := strings.CutPrefix(attrs.Name, b.folder)
		if !inside || !isObject(name) {
			continue
		}
		err = fn(mirror.Object{Name: name, Generation: attrs.Generation, Size: attrs.Size, CRC32C: attrs.CRC32C, Created: attrs.Created.UTC()})
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("list %q: %w", prefix, err)
		}
	}
}

// Folders returns the names of the folders of gs://bucket/prefix, in order: what
// names of objects have up to the next slash.
func (c *Client) Folders(ctx context.Context, bucket, prefix string) (names []string, err error) {
	q := &storage.Query{Prefix: folder(prefix), Delimiter: "/", Projection: storage.ProjectionNoACL}
	if err := q.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, fmt.Errorf("list the folders of gs://%s: %w", bucket, err)
	}
	in, h := c.begin(ctx, bucket)
	for it := h.Objects(in, q); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names, nil
		}
		if err != nil {
			return nil, failed(ctx, "list the folders of", "gs://"+bucket, ofBucket(bucket, err))
		}
		if name := strings.TrimSuffix(strings.TrimPrefix(attrs.Prefix, q.Prefix), "/"); attrs.Prefix != "" && name != "" {
			names = append(names, name)
		}
	}
}

// isObject reports whether what follows the prefix names an object.
func isObject(name string) bool {
	return name != "" && !strings.HasSuffix(name, "/") && utf8.ValidString(name)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that bytes do not have the checksum that was sent with them.
var errDamaged = errors.New("the bytes were damaged on the way")

func (b *objects) Read(ctx context.Context, name string, generation int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	gone := fmt.Errorf("read %s: generation %d: %w", name, generation, mirror.ErrNotExist)
	if !isObject(name) || generation <= 0 { // 0 would mean any
		return nil, gone
	}
	in, h := b.client.begin(ctx, b.bucket)
	o := h.Object(b.folder + name).Generation(generation).ReadCompressed(true)
	body, err := download(in, o)
	if errors.Is(err, errDamaged) {
		body, err = download(in, o)
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read %s: %w", name, ctx.Err())
	case errors.Is(err, storage.ErrObjectNotExist):
		return nil, gone
	case errors.Is(err, errDamaged):
		return nil, fmt.Errorf("read %s: %w: %w", name, mirror.ErrTemporary, err)
	case err != nil:
		return nil, failed(ctx, "read", name, err)
	}
	return body, nil
}

// ReadTo holds no more than a buffer in memory. What was damaged on the way may
// have been written by then: the error is temporary.
func (b *objects) ReadTo(ctx context.Context, name string, generation int64, w io.Writer) error {
	if !isObject(name) || generation <= 0 {
		return fmt.Errorf("read %s: generation %d: %w", name, generation, mirror.ErrNotExist)
	}
	in, h := b.client.begin(ctx, b.bucket)
	r, err := h.Object(b.folder + name).Generation(generation).ReadCompressed(true).NewReader(in)
	if err == nil {
		defer r.Close()
		out := &written{w: w}
		_, err = io.Copy(out, r)
		if out.err != nil {
			return out.err
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("read %s: %w", name, ctx.Err())
	case errors.Is(err, storage.ErrObjectNotExist):
		return fmt.Errorf("read %s: generation %d: %w", name, generation, mirror.ErrNotExist)
	case status(err) == 0 && broken(err) == "": // see download
		return fmt.Errorf("read %s: %w: %w", name, mirror.ErrTemporary, errDamaged)
	}
	return failed(ctx, "read", name, err)
}

// written keeps the error of a writer apart from those of what is written.
type written struct {
	w   io.Writer
	err error
}

func (w *written) Write(p []byte) (n int, err error) {
	n, w.err = w.w.Write(p)
	return n, w.err
}

// download returns the bytes of an object as they are stored. Those that break
// off are continued by the client, from the same generation.
func download(ctx context.Context, o *storage.ObjectHandle) ([]byte, error) {
	r, err := o.NewReader(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var buf bytes.Buffer
	if r.Attrs.Size > 0 {
		buf.Grow(int(r.Attrs.Size) + bytes.MinRead) // enough to find the end without growing
	}
	_, err = buf.ReadFrom(r)
	body := buf.Bytes()
	// A wrong checksum is an error that has no type. What is left when every other
	// kind is ruled out is that; a compressed object whose bytes broke off comes to
	// it too, for the client continues those in the wrong place.
	if err != nil && ctx.Err() == nil && !errors.Is(err, storage.ErrObjectNotExist) && status(err) == 0 && broken(err) == "" {
		return nil, errDamaged
	}
	if err != nil {
		return nil, err
	}
	if body == nil {
		body = []byte{} // an empty object is not nothing
	}
	return body, nil
}

// tokenKey is the metadata by which a creator knows its own object: if the
// answer to an upload was lost, the client's next attempt finds the name taken.
const tokenKey = "sourcecov-token"

func (b *objects) Create(ctx context.Context, name string, body []byte) error {
	return b.create(ctx, name, upload{
		body: bytes.NewReader(body),
		size: int64(len(body)),
		crc:  crc32.Checksum(body, castagnoli),
	})
}

// CreateFrom holds no more than a chunk in memory.
func (b *objects) CreateFrom(ctx context.Context, name, file string) error {
	crc, size, err := mirror.Castagnoli(ctx, file)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer f.Close()
	return b.create(ctx, name, upload{body: f, size: size, crc: crc})
}

func (b *objects) create(ctx context.Context, name string, u upload) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	if !canCreate(name, b.folder) {
		return fmt.Errorf("create %s: %w", name, fs.ErrInvalid)
	}
	token := rand.Text()
	u.metadata = map[string]string{tokenKey: token}
	err := b.client.create(ctx, b.bucket, b.folder+name, u, func(there *storage.ObjectAttrs) bool { return there.Metadata[tokenKey] == token })
	if err != nil {
		return failed(ctx, "create", name, err)
	}
	return nil
}

// canCreate reports whether the service can have an object of that name.
func canCreate(name, folder string) bool {
	full := folder + name
	return isObject(name) && len(full) <= 1024 && !strings.ContainsAny(full, "\r\n") &&
		full != "." && full != ".." && !strings.HasPrefix(full, ".well-known/acme-challenge/")
}

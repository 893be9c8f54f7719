package place

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sourcecov/jobs/fault"
	"sourcecov/sync/bq"
	"sourcecov/sync/mirror"
)

// Roles that grant what a night asks of a bucket, and no more than that.
const (
	roleReads  = "roles/storage.objectViewer"
	roleWrites = "roles/storage.objectUser"
	roleLooks  = "roles/storage.legacyBucketReader" // storage.buckets.get is in no smaller role
)

// NextDoctor is the next step where only asking every question can tell what is wrong.
const NextDoctor = "sourcecov doctor with the same --bucket, --workdir, --state, --warehouse and --staging, which says what is lacking"

// NextRepair is the next step of whoever has a damaged file.
const NextRepair = "put it back from a backup; without one, sourcecov repair with the same --bucket, --workdir and --state says what is lost and how to go on"

// Login is the next step of whoever has no credentials, or none that are accepted.
const Login = "gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; then the same command again"

// Refusal is the error of a question that Cloud Storage answered by err, with the
// next step of whoever named this place by a flag, --bucket, --state or --staging.
// An error that is about what is in the bucket, and not about the bucket, is returned
// as it is, and so is one that may pass by itself. What doctor and every other verb
// say of a bucket comes from here.
func (g GS) Refusal(flag string, err error) error {
	var known *fault.NextError
	switch {
	case errors.As(err, &known):
	case errors.Is(err, mirror.ErrCredentials):
		return fault.WithNext(err, Login)
	case errors.Is(err, mirror.ErrPermission):
		return fault.WithNext(err, g.Grant(flag))
	case errors.Is(err, mirror.ErrNoBucket) && flag == "--bucket": // an empty one would be of no use
		return fault.WithNext(err, "--bucket with one that exists, gs://NAME/PREFIX: gcloud storage ls lists them")
	case errors.Is(err, mirror.ErrNoBucket):
		return fault.WithNext(err, fmt.Sprintf("%s with a bucket that exists: gcloud storage ls lists them; gcloud storage buckets create gs://%s makes this one", flag, g.Bucket))
	}
	return err
}

// LocationRefusal is Refusal of the question where the bucket is, which needs a
// permission of its own.
func (g GS) LocationRefusal(flag string, err error) error {
	if errors.Is(err, mirror.ErrPermission) {
		return fault.WithNext(err, g.Grant(flag, "storage.buckets.get"))
	}
	return g.Refusal(flag, err)
}

// Grant is the command that gives what a place that a flag names has to permit.
// Where only some permissions are lacking a smaller role may do.
func (g GS) Grant(flag string, lacking ...string) string {
	role := roleWrites
	switch {
	case len(lacking) == 1 && lacking[0] == "storage.buckets.get":
		role = roleLooks
	case flag == "--bucket":
		role = roleReads
	}
	return fmt.Sprintf("gcloud storage buckets add-iam-policy-binding gs://%s --member=WHO --role=%s", g.Bucket, role)
}

// readable is the command that makes a directory readable.
func readable(dir string) string { return "chmod -R u+rX " + Word(dir) + ", as its owner" }

// explained is a bucket whose errors are first told to explain, which may know the
// next step.
func explained(b mirror.Bucket, explain func(error) error) mirror.Bucket {
	e := explainedBucket{b, explain}
	if m, ok := b.(mirror.Mover); ok {
		return explainedMover{e, m}
	}
	return e
}

type explainedBucket struct {
	mirror.Bucket
	explain func(error) error
}

func (b explainedBucket) List(ctx context.Context, prefix string, fn func(mirror.Object) error) error {
	return b.explain(b.Bucket.List(ctx, prefix, fn))
}

func (b explainedBucket) Read(ctx context.Context, name string, generation int64) ([]byte, error) {
	body, err := b.Bucket.Read(ctx, name, generation)
	return body, b.explain(err)
}

func (b explainedBucket) Create(ctx context.Context, name string, body []byte) error {
	return b.explain(b.Bucket.Create(ctx, name, body))
}

type explainedMover struct {
	explainedBucket
	mover mirror.Mover
}

func (b explainedMover) ReadTo(ctx context.Context, name string, generation int64, w io.Writer) error {
	return b.explain(b.mover.ReadTo(ctx, name, generation, w))
}

func (b explainedMover) CreateFrom(ctx context.Context, name, file string) error {
	return b.explain(b.mover.CreateFrom(ctx, name, file))
}

// explainedStage is the place where files wait, likewise.
type explainedStage struct {
	bq.Stage
	at GS
}

func (s explainedStage) Put(ctx context.Context, name, file string) (uri string, err error) {
	uri, err = s.Stage.Put(ctx, name, file)
	return uri, s.at.Refusal("--staging", err)
}

func (s explainedStage) Remove(ctx context.Context, name string) error {
	return s.at.Refusal("--staging", s.Stage.Remove(ctx, name))
}

func (s explainedStage) Location(ctx context.Context) (string, error) {
	location, err := s.Stage.Location(ctx)
	return location, s.at.LocationRefusal("--staging", err)
}

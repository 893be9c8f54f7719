package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

const nextRepair = "put it back from a backup; without one, sourcecov repair with the same flags says what is lost and how to go on"

// Roles that grant what is asked for, and no more than that.
const (
	roleReads  = "roles/storage.objectViewer"
	roleWrites = "roles/storage.objectUser"
	roleLooks  = "roles/storage.legacyBucketReader" // storage.buckets.get is in no smaller role
)

// grant is the command that gives a role on a bucket.
func grant(bucket, role string) string {
	return fmt.Sprintf("gcloud storage buckets add-iam-policy-binding gs://%s --member=WHO --role=%s", bucket, role)
}

// noSuchBucket is why a bucket that is not there is asked no more.
const noSuchBucket = "there is no such bucket"

// unasked says why a place in a bucket of Cloud Storage is not asked; "" if it can
// be. That a bucket is not there is asked once and believed, whatever else is in it.
func (d *checkup) unasked(bucket string) string {
	switch {
	case d.unopened[theStorage] != nil:
		return "there are no credentials for Cloud Storage"
	case d.storageDown:
		return "Cloud Storage did not answer the questions above"
	case d.noBucket[bucket]:
		return noSuchBucket
	}
	return ""
}

// refused is the line of a question that Cloud Storage answered by an error.
func (d *checkup) refused(check, bucket, subject, role string, err error) {
	next := "gcloud storage ls gs://" + bucket + ", to see whether another program gets an answer"
	switch {
	case errors.Is(err, mirror.ErrTemporary):
		d.storageDown = true
	case errors.Is(err, mirror.ErrNoBucket):
		d.noBucket[bucket] = true
		next = "name a bucket that exists, gs://NAME/PREFIX: gcloud storage ls lists them; gcloud storage buckets create gs://" + bucket + " makes this one"
	case errors.Is(err, mirror.ErrPermission):
		next = grant(bucket, role)
	}
	d.failure(check, subject, next, err)
}

// isRefusal reports whether an error is about a bucket and not what is in it.
func isRefusal(err error) bool {
	return errors.Is(err, mirror.ErrTemporary) || errors.Is(err, mirror.ErrNoBucket) || errors.Is(err, mirror.ErrPermission)
}

// permitted asks for permissions on a bucket.
func (d *checkup) permitted(ctx context.Context, check string, at place.GS, subject, role string, permissions ...string) {
	granted, err := d.storage.Permissions(ctx, at.Bucket, permissions)
	if err != nil {
		d.refused(check, at.Bucket, subject, role, err)
		return
	}
	lacking := slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return slices.Contains(granted, p) })
	if len(lacking) > 0 {
		if slices.Equal(lacking, []string{"storage.buckets.get"}) {
			role = roleLooks
		}
		d.fail(check, subject, grant(at.Bucket, role), "lacking: %s", strings.Join(lacking, ", "))
		return
	}
	d.ok(check, subject, "granted: %s", strings.Join(permissions, ", "))
}

// askBucket looks for an object of every source and for the permission to read.
func (d *checkup) askBucket(ctx context.Context) {
	subject := string(d.Bucket)
	at, err := place.ParseGS("--bucket", subject)
	isCloud := place.IsURL(subject) && err == nil
	permissions := func(why string) {
		switch {
		case !place.IsURL(subject): // whoever can read a directory has shown that
		case why != "":
			d.skip("bucket", subject, "permissions: %s", why)
		default:
			d.permitted(ctx, "bucket", at, subject, roleReads, "storage.objects.get", "storage.objects.list")
		}
	}
	switch {
	case isCloud && d.unasked(at.Bucket) != "":
		d.skip("bucket", subject, "%s", d.unasked(at.Bucket))
		permissions(d.unasked(at.Bucket))
		return
	case d.unopened[theBucket] != nil:
		d.failure("bucket", subject, "", d.unopened[theBucket])
		permissions("--bucket names nothing that can be asked")
		return
	case d.rules == nil:
		d.skip("bucket", subject, "the SQL files say where objects lie, and they are not in order")
		permissions("")
		return
	}
	d.askSources(ctx, subject, at, isCloud)
	if isCloud {
		permissions(d.unasked(at.Bucket))
	}
}

// askSources looks for one object of every source that is ever expected.
func (d *checkup) askSources(ctx context.Context, subject string, at place.GS, isCloud bool) {
	paths, err := duckdb.Select[struct {
		Feed   string `json:"feed"`
		Prefix string `json:"prefix"`
	}](ctx, d.rules, `SELECT DISTINCT p.feed, p.prefix FROM reference.object_paths AS p
		JOIN reference.sources AS s ON s.source = p.feed WHERE s.due_from <> 'never' ORDER BY ALL`)
	if err != nil {
		d.failure("bucket", subject, "fix the file, or run without --sql", err)
		return
	}
	has, prefixes := map[string]bool{}, map[string][]string{}
	var sources, lacking []string
	for _, p := range paths {
		if prefixes[p.Feed] == nil {
			sources = append(sources, p.Feed)
		}
		prefixes[p.Feed] = append(prefixes[p.Feed], p.Prefix)
		if has[p.Feed] {
			continue
		}
		if has[p.Feed], err = holdsAny(ctx, d.bucket, p.Prefix); err != nil {
			d.refused("bucket", at.Bucket, subject, roleReads, err)
			return
		}
	}
	for _, s := range sources {
		if !has[s] {
			lacking = append(lacking, s)
		}
	}
	where := ""
	if isCloud {
		where = d.whereabouts(ctx, at.Bucket)
	}
	switch {
	case len(lacking) == len(sources):
		d.fail("bucket", subject, "--bucket with the folder that holds nba-com/, espn/ and so on: a directory or gs://NAME/PREFIX",
			"no object of any of the %s%s", phrase.Count(len(sources), "source"), where)
	case len(lacking) > 0:
		d.warn("bucket", subject, "look whether the scraper still writes under "+strings.Join(prefixes[lacking[0]], " or ")+"; a night runs all the same",
			"no object of %s%s", strings.Join(lacking, ", "), where)
	default:
		d.ok("bucket", subject, "objects of all %s%s", phrase.Count(len(sources), "source"), where)
	}
}

// whereabouts is the location of a bucket, which a night need not know of one
// that it only reads.
func (d *checkup) whereabouts(ctx context.Context, bucket string) string {
	location, err := d.storage.Location(ctx, bucket)
	if err != nil {
		return "; where it is may not be asked, and a night need not know"
	}
	return "; it is in " + location
}

// errEnough ends a listing that has shown what was to be seen.
var errEnough = errors.New("enough")

// holdsAny reports whether a bucket has any object with a prefix.
func holdsAny(ctx context.Context, b mirror.Bucket, prefix string) (bool, error) {
	err := b.List(ctx, prefix, func(mirror.Object) error { return errEnough })
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}

// askState reads HEAD, asks whether the state could be appended to, and counts
// the loads of which nobody knows yet what came.
func (d *checkup) askState(ctx context.Context) {
	if err := d.unopened[theState]; err != nil {
		d.failure("state", d.State, "", err)
		d.skip("state", d.State, "permissions: --state names nothing that can be asked")
		d.skip("state", "loads", "the state cannot be read")
		return
	}
	subject, isCloud := d.state.String(), d.state.Dir == ""
	if why := d.unasked(d.state.GS.Bucket); isCloud && why != "" {
		d.skip("state", subject, "%s", why)
		d.skip("state", subject, "permissions: %s", why)
		d.skip("state", "loads", "the state cannot be read")
		return
	}
	recorded, err := compute.ReadState(ctx, func(ctx context.Context) (mirror.Bucket, error) { return d.state.Open(ctx, d.Cloud, false) })
	var unlike []string
	if err == nil && recorded.Store != nil {
		found, failed := recorded.Store.Inspect(ctx, false)
		for _, s := range found.Damaged {
			unlike = append(unlike, s.Name)
		}
		err = failed
	}
	switch {
	case err == nil && recorded.Head.N == 0:
		d.ok("state", subject, "nothing is recorded yet")
	case err == nil && len(unlike) > 0:
		d.fail("state", subject, nextRepair, "of %s not as appended, or gone: %s", phrase.Count(len(recorded.Head.Names())+len(recorded.Head.Carries()), "file"), few(unlike))
	case err == nil && recorded.Head.AsOf.IsZero():
		d.ok("state", subject, "HEAD is number %d, and no run is recorded yet%s", recorded.Head.N, carried(recorded.Head))
	case err == nil:
		d.ok("state", subject, "HEAD is number %d, the newest as-of %s%s", recorded.Head.N, recorded.Head.AsOf.UTC().Format(time.RFC3339),
			carried(recorded.Head))
	case isCloud && isRefusal(err):
		d.refused("state", d.state.GS.Bucket, subject, roleWrites, err)
	default:
		d.failure("state", subject, nextRepair+"; or name another place with --state", err)
	}
	switch {
	case !isCloud:
		d.writable("state", subject, d.state.Dir)
	case d.unasked(d.state.GS.Bucket) != "":
		d.skip("state", subject, "permissions: %s", d.unasked(d.state.GS.Bucket))
	default:
		d.permitted(ctx, "state", d.state.GS, subject, roleWrites, "storage.objects.get", "storage.objects.list", "storage.objects.create")
	}
	if err != nil {
		d.skip("state", "loads", "the state cannot be read")
		return
	}
	d.askLoads(ctx, recorded)
}

// carried says what a state has of the landing, which is nothing beside one.
func carried(h state.Head) string {
	files := h.Landing.Files()
	if len(files) == 0 {
		return ""
	}
	var bytes int64
	for _, f := range files {
		bytes += f.Size
	}
	return fmt.Sprintf("; it has a copy of the landing, %s of %.1f MiB", phrase.Count(len(files), "file"), float64(bytes)/(1<<20))
}

// askLoads asks for loads that a run intended and of which no receipt tells.
func (d *checkup) askLoads(ctx context.Context, recorded *compute.State) {
	switch {
	case d.rules == nil:
		d.skip("state", "loads", "the SQL files are not in order")
		return
	case d.opened.Loader == nil:
		d.skip("state", "loads", "without a warehouse nobody can tell which are meant")
		return
	case len(recorded.Head.Segments["intents"]) == 0:
		d.ok("state", "loads", "none was ever intended")
		return
	}
	open, err := recorded.OpenIntents(ctx, d.rules, d.cat, d.opened.Loader.Name(), d.dir)
	if err != nil {
		d.failure("state", "loads", nextRepair, err)
		return
	}
	for _, i := range open {
		d.unsettled[i.LoadID] = true
	}
	if len(d.unsettled) > 0 {
		d.warn("state", "loads", "sourcecov nightly, which finds out before it does anything else",
			"%s into %s intended and not accounted for: a run was cut off, or is at it now", phrase.Count(len(d.unsettled), "load"), d.opened.Loader.Name())
		return
	}
	d.ok("state", "loads", "each that was intended into %s is accounted for", d.opened.Loader.Name())
}

// writable asks whether files could be written into a directory, or whether it
// could be made. It does not try.
func (d *checkup) writable(check, subject, dir string) {
	at, made := dir, true
	for {
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at:
			at, made = filepath.Dir(at), false
			continue
		case err != nil && !errors.Is(err, syscall.ENOTDIR):
			d.fail(check, subject, "name another directory, or repair this one", "cannot be looked at: %v", bare(err))
		case err != nil || !info.IsDir():
			d.fail(check, subject, "name another directory", "cannot be made: there is a file in the way")
		case syscall.Access(at, 0x2|0x1) != nil: // write, and pass through
			d.fail(check, subject, "chmod u+wx "+at+", as its owner; or name another directory", "cannot be written")
		case !made:
			d.ok(check, subject, "is not there yet and can be made")
		default:
			d.ok(check, subject, "can be written")
		}
		return
	}
}

// bare is an error without the path that package os puts before it.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// askWorkdir asks whose working directory it is and whether every landing file is as it was.
func (d *checkup) askWorkdir(ctx context.Context) {
	subject := string(d.workdir)
	if err := d.unopened[theWorkdir]; err != nil {
		d.failure("workdir", subject, "", err)
		return
	}
	d.writable("workdir", subject, string(d.workdir))
	owner, err := d.workdir.Owner()
	switch {
	case err == nil && owner == "", errors.Is(err, syscall.ENOTDIR):
		d.ok("workdir", "bucket", "belongs to no bucket yet")
	case err != nil:
		d.fail("workdir", "bucket", "make the file readable, or name another directory with --workdir", "cannot be read: %v", bare(err))
	case owner == d.Bucket.ID():
		d.ok("workdir", "bucket", "belongs to %s", owner)
	default:
		d.fail("workdir", "bucket", "--workdir ANOTHER, or leave --workdir away: each bucket then has its own",
			"belongs to the bucket %s, not to %s", owner, d.Bucket.ID())
	}
	d.askLanding(ctx)
}

func (d *checkup) askLanding(ctx context.Context) {
	dir := d.workdir.Landing()
	names, damaged, err := mirror.Inspect(ctx, dir, nil)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		d.fail("workdir", "landing", "make the folder readable, or name another directory with --workdir", "cannot be read: %v", bare(err))
		return
	}
	var bad []string
	for _, f := range damaged {
		bad = append(bad, filepath.Base(f.File))
	}
	switch {
	case len(bad) > 0:
		d.fail("workdir", "landing", nextRepair, "of %s not as written, or gone: %s", phrase.Count(len(names), "file"), few(bad))
	case len(names) == 0:
		d.ok("workdir", "landing", "nothing is landed yet")
	default:
		d.ok("workdir", "landing", "%s, each as it was written", phrase.Count(len(names), "file"))
	}
}

// few is a list of which the first three are named.
func few(names []string) string {
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
}

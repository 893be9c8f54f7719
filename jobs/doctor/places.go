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

	"sourcecov/jobs/compute"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/place"
	"sourcecov/sync/mirror"
	"sourcecov/sync/state"
)

// notAccepted is why neither service is asked any more.
const notAccepted = "the credentials are not accepted"

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
	case d.notAccepted:
		return notAccepted
	case d.noBucket[bucket]:
		return noSuchBucket
	}
	return ""
}

// refused is the line of a question that Cloud Storage answered by an error.
func (d *checkup) refused(check string, at place.GS, subject string, err error) {
	switch {
	case errors.Is(err, mirror.ErrTemporary):
		d.storageDown = true
	case errors.Is(err, mirror.ErrNoBucket):
		d.noBucket[at.Bucket] = true
	case errors.Is(err, mirror.ErrCredentials):
		d.notAccepted = true
	case errors.Is(err, mirror.ErrPermission):
		d.forbidden[check] = len(d.lines)
	}
	d.failure(check, subject, "gcloud storage ls gs://"+at.Bucket+", to see whether another program gets an answer", at.Refusal("--"+check, err))
}

// isRefusal reports whether an error is about a bucket and not what is in it.
func isRefusal(err error) bool {
	return errors.Is(err, mirror.ErrTemporary) || errors.Is(err, mirror.ErrNoBucket) || errors.Is(err, mirror.ErrPermission) || errors.Is(err, mirror.ErrCredentials)
}

// permitted asks for permissions on a bucket. What was refused above for want of one
// of them is not told twice: the permission is what is wrong.
func (d *checkup) permitted(ctx context.Context, check string, at place.GS, subject string, permissions ...string) {
	granted, err := d.storage.Permissions(ctx, at.Bucket, permissions)
	if err != nil {
		d.refused(check, at, subject, err)
		return
	}
	lacking := slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return slices.Contains(granted, p) })
	if len(lacking) == 0 {
		d.ok(check, subject, "granted: %s", strings.Join(permissions, ", "))
		return
	}
	said := "lacking: " + strings.Join(lacking, ", ")
	if line, told := d.forbidden[check]; told {
		said += "; " + d.lines[line].Found
		d.lines[line].Status, d.lines[line].Found, d.lines[line].Next = NotAsked, "the permission below is lacking", ""
	}
	d.fail(check, subject, at.Grant("--"+check, lacking...), "%s", said)
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
			d.permitted(ctx, "bucket", at, subject, "storage.objects.get", "storage.objects.list")
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
	paths, err := compute.SourcePaths(ctx, d.rules)
	if err != nil {
		d.failure("bucket", subject, d.fixSQL(), err)
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
		if has[p.Feed], err = place.Holds(ctx, d.bucket, p.Prefix); err != nil {
			d.unlistable(subject, at, isCloud, err)
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
		location, err := d.storage.Location(ctx, at.Bucket)
		switch {
		case err == nil:
			where = "; it is in " + location
		case errors.Is(err, mirror.ErrNoBucket): // a service may list what is not there
			d.refused("bucket", at, subject, err)
			return
		default:
			where = "; where it is may not be asked, and a night need not know"
		}
	}
	switch {
	case len(lacking) == len(sources):
		empty := d.Bucket.Empty(ctx, d.Cloud)
		d.fail("bucket", subject, empty.Next, "%s%s", empty.Msg, where)
	case len(lacking) > 0:
		d.warn("bucket", subject, "look whether the scraper still writes under "+strings.Join(prefixes[lacking[0]], " or ")+"; a night runs all the same",
			"no object of %s%s", strings.Join(lacking, ", "), where)
	default:
		d.ok("bucket", subject, "objects of all %s%s", phrase.Count(len(sources), "source"), where)
	}
}

// unlistable is the line of a bucket that cannot be listed.
func (d *checkup) unlistable(subject string, at place.GS, isCloud bool, err error) {
	if isCloud {
		d.refused("bucket", at, subject, err)
		return
	}
	d.failure("bucket", subject, "repair the directory, or name another one with --bucket", err)
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
	line := len(d.lines)
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
		d.fail("state", subject, place.NextRepair, "of %s not as appended, or gone: %s", phrase.Count(len(recorded.Head.Names())+len(recorded.Head.Carries()), "file"), few(unlike))
	case err == nil && recorded.Head.AsOf.IsZero():
		d.ok("state", subject, "HEAD is number %d, and no run is recorded yet%s", recorded.Head.N, carried(recorded.Head))
	case err == nil:
		d.ok("state", subject, "HEAD is number %d, the newest as-of %s%s", recorded.Head.N, recorded.Head.AsOf.UTC().Format(time.RFC3339),
			carried(recorded.Head))
	case isCloud && isRefusal(err):
		d.refused("state", d.state.GS, subject, err)
	default:
		d.failure("state", subject, place.NextRepair+"; or name another place with --state", err)
	}
	switch {
	case !isCloud:
		d.writable("state", subject, d.state.Dir)
		if last := d.lines[len(d.lines)-1]; err != nil && last.Status != OK { // for the same reason it cannot be read
			d.lines[line] = Line{Check: "state", Subject: subject, Status: NotAsked, Found: "what is recorded: it cannot be opened"}
		}
	case d.unasked(d.state.GS.Bucket) != "":
		d.skip("state", subject, "permissions: %s", d.unasked(d.state.GS.Bucket))
	default:
		d.permitted(ctx, "state", d.state.GS, subject, "storage.objects.get", "storage.objects.list", "storage.objects.create")
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
		d.failure("state", "loads", place.NextRepair, err)
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

// writable asks whether files could be written into the directory of a flag, or
// whether it could be made. It does not try. One in a working directory that cannot
// be written is told with that.
func (d *checkup) writable(check, subject, dir string) {
	switch at, isThere, why := blocked(dir); {
	case why == "" && isThere:
		d.ok(check, subject, "can be written")
	case why == "":
		d.ok(check, subject, "is not there yet and can be made")
	case d.isInBlockedWorkdir(dir):
		d.skip(check, subject, "it lies in the working directory, which cannot be written")
	case at != "":
		d.fail(check, subject, "chmod u+wx "+at+", as its owner; or "+another(check), "%s", why)
	default:
		d.fail(check, subject, another(check), "%s", why)
	}
}

// another is the flag that names another directory for what a check is about.
func another(check string) string {
	if check == "warehouse" {
		return "--warehouse dir:DIR with another directory"
	}
	return "--" + check + " with another directory"
}

func (d *checkup) isInBlockedWorkdir(dir string) bool {
	_, _, why := blocked(string(d.workdir))
	return why != "" && d.workdir != "" && strings.HasPrefix(dir, string(d.workdir)+string(filepath.Separator))
}

// blocked says why a directory can neither be written nor be made, "" if it can. If
// it is for want of a permission, at is the directory that lacks it.
func blocked(dir string) (at string, isThere bool, why string) {
	at, isThere = dir, true
	for {
		info, err := os.Stat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(at) != at:
			at, isThere = filepath.Dir(at), false
			continue
		case err != nil && !errors.Is(err, syscall.ENOTDIR):
			return "", false, fmt.Sprintf("cannot be looked at: %v", bare(err))
		case err != nil || !info.IsDir():
			return "", false, "cannot be made: there is a file in the way"
		case syscall.Access(at, 0x2|0x1) != nil: // write, and pass through
			return at, isThere, "cannot be written"
		}
		return "", isThere, ""
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
	others := d.workdir.BelongsTo(d.Bucket)
	switch {
	case err == nil && owner == "", errors.Is(err, syscall.ENOTDIR):
		d.ok("workdir", "bucket", "belongs to no bucket yet")
	case err != nil:
		d.fail("workdir", "bucket", "make the file readable, or name another directory with --workdir", "cannot be read: %v", bare(err))
	case others != nil:
		d.failure("workdir", "bucket", "", others)
	default:
		d.ok("workdir", "bucket", "belongs to %s", owner)
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
		d.fail("workdir", "landing", place.NextRepair, "of %s not as written, or gone: %s", phrase.Count(len(names), "file"), few(bad))
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

package jobs_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sourcecov/jobs/compute"
	"sourcecov/jobs/place"
	"sourcecov/sql"
	"sourcecov/sync/gcs/gcstest"
)

// typed is a command line after its hint was typed: the flags of the first thing that
// it offers stand in the place of those that were there.
func typed(t *testing.T, args []string, hint string) []string {
	t.Helper()
	hint, _, _ = strings.Cut(hint, ",")
	words := strings.Fields(strings.ReplaceAll(hint, "'", ""))
	if len(words) != 2 || !strings.HasPrefix(words[0], "--") {
		t.Fatalf("nobody can type %q", hint)
	}
	at := slices.Index(args, words[0])
	if at < 0 {
		return append(slices.Clone(args), words...)
	}
	args = slices.Clone(args)
	args[at+1] = words[1]
	return args
}

// TestFeeds: the folders by which a bucket is known are those of the sources.
func TestFeeds(t *testing.T) {
	t.Parallel()
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := compute.OpenRules(t.Context(), cat, nil, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	defer rules.Close()
	paths, err := compute.SourcePaths(t.Context(), rules)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, p := range paths {
		folder, _, _ := strings.Cut(p.Prefix, "/")
		folders = append(folders, folder)
	}
	slices.Sort(folders)
	if folders = slices.Compact(folders); !slices.Equal(folders, place.Feeds) {
		t.Errorf("place.Feeds are %q, the sources' objects lie in %q", place.Feeds, folders)
	}
}

// TestHintsHelp: a night that was refused for a wrong name says the next step; doctor,
// asked of the same places, says the same; and typed, it is what helps.
func TestHintsHelp(t *testing.T) {
	long(t)
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "data", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	bucket := filepath.Join(root, "data", "scraped")
	if err := os.Rename(copyBucket(t, smallBucket()), bucket); err != nil {
		t.Fatal(err)
	}
	c := newCloud(t)
	for _, name := range c.gcs.Names("scraped") {
		body, _ := c.gcs.Read(t.Context(), "scraped", name)
		c.gcs.Put("ours", "data/scraped/"+name, body)
	}
	c.gcs.Put("ours", "data/other/readme", []byte("x"))
	file := filepath.Join(root, "file")
	write(t, file, "x")
	for name, x := range map[string]struct {
		args []string // of nightly
		next string
	}{
		"a file of the bucket":            {[]string{"--bucket", filepath.Join(bucket, "AS_OF")}, "--bucket " + bucket},
		"a file far within":               {[]string{"--bucket", anyFile(t, bucket)}, "--bucket " + bucket},
		"a level too high":                {[]string{"--bucket", filepath.Dir(bucket)}, "--bucket " + bucket},
		"two levels too high":             {[]string{"--bucket", root}, "--bucket " + bucket},
		"a level too deep":                {[]string{"--bucket", filepath.Join(bucket, "nba-com")}, "--bucket " + bucket},
		"two levels too deep":             {[]string{"--bucket", filepath.Join(bucket, "nba-com", "schedule") + "/"}, "--bucket " + bucket},
		"misspelt":                        {[]string{"--bucket", bucket + "d"}, "--bucket " + bucket},
		"an empty folder beside":          {[]string{"--bucket", filepath.Join(root, "data", "empty")}, "--bucket " + bucket},
		"a level too high in a cloud":     {[]string{"--bucket", "gs://ours/data"}, "--bucket gs://ours/data/scraped"},
		"two levels too high in a cloud":  {[]string{"--bucket", "gs://ours"}, "--bucket gs://ours/data/scraped"},
		"a level too deep in a cloud":     {[]string{"--bucket", "gs://ours/data/scraped/nba-com/"}, "--bucket gs://ours/data/scraped"},
		"a misspelt prefix in a cloud":    {[]string{"--bucket", "gs://ours/data/scarped"}, "--bucket gs://ours/data/scraped"},
		"a file of the SQL":               {[]string{"--sql", "../sql/model/game.sql"}, "--sql ../sql"},
		"SQL a level too high":            {[]string{"--sql", ".."}, "--sql ../sql"},
		"SQL a level too deep":            {[]string{"--sql", "../sql/model"}, "--sql ../sql"},
		"SQL misspelt":                    {[]string{"--sql", "../slq"}, "--sql ../sql"},
		"no such bucket in a cloud":       {[]string{"--bucket", "gs://nowhere"}, "--bucket with one that exists, gs://NAME/PREFIX: gcloud storage ls lists them"},
		"a working directory in a file":   {[]string{"--bucket", bucket, "--workdir", filepath.Join(file, "w")}, "--workdir DIR that can be written"},
		"a state of which nothing exists": {[]string{"--bucket", bucket, "--state", "gs://nowhere/s"}, "--state with a bucket that exists: gcloud storage ls lists them; gcloud storage buckets create gs://nowhere makes this one"},
	} {
		t.Run(name, func(t *testing.T) {
			args := x.args
			if !slices.Contains(args, "--workdir") {
				args = append(args, "--workdir", filepath.Join(t.TempDir(), "w"))
			}
			code, _, said := c.run(t.Context(), append([]string{"nightly"}, args...)...)
			_, next, _ := strings.Cut(said, "\nnext: ")
			if next = strings.TrimSpace(next); code != 2 || next != x.next {
				t.Fatalf("exit %d, want 2 and next %q:\n%s", code, x.next, said)
			}
			code, out, said := c.run(t.Context(), append([]string{"doctor"}, args...)...)
			if code != 2 || !strings.Contains(said, "next: "+hintOfDoctor(next)) || strings.Count("\n"+out, "\nfail ") != 1 {
				t.Errorf("doctor exits with %d and says\n%s%s", code, out, said)
			}
			if strings.Contains(x.next, " with ") || strings.Contains(x.next, " DIR ") {
				return // a place of one's own
			}
			args = typed(t, args, next)
			if code, out, said := c.run(t.Context(), append([]string{"doctor"}, args...)...); code != 0 {
				t.Errorf("%v: doctor exits with %d\n%s%s", args, code, out, said)
			}
			if name != "a level too high" {
				return // of the night itself one is enough
			}
			c.must(t, 0, append([]string{"nightly", "-q"}, args...)...)
			args = []string{"--bucket", "fixtures", "--workdir", args[slices.Index(args, "--workdir")+1]}
			code, _, said = c.run(t.Context(), append([]string{"nightly", "-q"}, args...)...)
			if code != 2 || !strings.Contains(said, "next: --workdir ANOTHER") {
				t.Errorf("another bucket's working directory: exit %d %s", code, said)
			}
		})
	}
}

// hintOfDoctor is the same step as doctor says it, which looks at more.
func hintOfDoctor(next string) string {
	if next == "--workdir DIR that can be written" {
		return "--workdir with another directory"
	}
	return next
}

// anyFile is the path of a file far below a directory.
func anyFile(t *testing.T, dir string) (name string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "nba-com", "schedule", "*", "*.json"))
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	return found[0]
}

// TestHintOfBucketThatIsRefused: whoever may not read the bucket, or write the state,
// is told the very command that grants it, by a night as by doctor.
func TestHintOfBucketThatIsRefused(t *testing.T) {
	t.Parallel()
	for bucket, role := range map[string]string{"scraped": "objectViewer", "ours": "objectUser"} {
		c := newHealthyCloud(t)
		c.gcs.Inject(gcstest.Fault{Kind: gcstest.Forbidden, URL: "/b/" + bucket + "/o", Times: -1})
		c.gcs.Deny("storage.objects.list")
		grant := "gcloud storage buckets add-iam-policy-binding gs://" + bucket + " --member=WHO --role=roles/storage." + role
		for _, verb := range []string{"nightly", "doctor"} {
			code, out, said := c.run(context.Background(), append([]string{verb}, c.flags(t.TempDir())...)...)
			if code != 2 || !strings.Contains(out+said, "next: "+grant+"\n") {
				t.Errorf("%s of %s: exit %d\n%s%s", verb, bucket, code, out, said)
			}
		}
	}
}

package jobs_test

import (
	"context"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sourcecov/duckdb"
	"sourcecov/fixtures"
	"sourcecov/sql"
	"sourcecov/sync/mirror"
)

var partsBucket = flag.String("parts-bucket", "", "a directory that TestParts looks at besides, as large as may be")

// TestParts: of every relation that says that it can be computed in parts, any part by
// itself is what it is in the whole, be the rest there or not. The bucket came by three
// pulls, and has objects of one season in the folders of another.
func TestParts(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	err := fs.WalkDir(fixtures.Bucket(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fixtures.Bucket(), name)
		files[fixtures.DecodeName(name)] = &fstest.MapFile{Data: body}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for from, to := range map[string]string{"2023-10-24": "2025-04-15", "2024-10-22": "2023-11-16", "20231024": "20250415", "20241022": "20231116"} {
			if strings.Contains(name, "/"+from+"/") {
				files[strings.ReplaceAll(name, "/"+from+"/", "/"+to+"/")] = files[name]
				moved++
			}
		}
	}
	if moved < 8 {
		t.Fatalf("%d objects moved to the folders of another season", moved)
	}
	partsHold(t, files)
	if *partsBucket != "" {
		partsHold(t, os.DirFS(*partsBucket))
	}
}

func partsHold(t *testing.T, bucket fs.FS) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	landing, err := mirror.OpenLanding(filepath.Join(dir, "landing"))
	if err != nil {
		t.Fatal(err)
	}
	for _, prefixes := range [][]string{{"ball-dont-lie/", "failures/"}, {"espn/", "manual/", "nba-com/schedule/", "nba-com/team-boxscore/"},
		{"ball-dont-lie/", "espn/", "failures/", "manual/", "nba-com/"}} {
		if _, err := mirror.Pull(ctx, mirror.FS(bucket, nil), prefixes, landing, mirror.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.Open(ctx, duckdb.Options{Allowed: []string{dir}}, cat)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.OverLanding(ctx, landing.Segments(), landing.Listing()); err != nil {
		t.Fatal(err)
	}
	asOf, err := fs.ReadFile(bucket, "AS_OF")
	if err != nil {
		t.Fatal(err)
	}
	params := buildAll(t, db, cat, dir, strings.TrimSpace(string(asOf)))
	for _, f := range cat.Files {
		if f.Parts == "" {
			continue
		}
		whole, err := db.Prints(ctx, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(whole) < 2 {
			t.Logf("%s: %d parts", f.Relation(), len(whole))
		}
		for _, part := range slices.Sorted(maps.Keys(whole)) {
			if err := db.BuildParts(ctx, f, params, []string{part}); err != nil {
				t.Fatal(err)
			}
			now, err := db.Prints(ctx, f, nil)
			if err != nil {
				t.Fatal(err)
			}
			if differ := whole.Differ(now); len(differ) > 0 {
				t.Errorf("%s: part %q alone changes the parts %q: %d rows instead of %d", f.Path, part, differ, now.All().Rows, whole.All().Rows)
				break
			}
		}
		if f.Parts != "season" || len(whole) == 0 {
			continue
		}
		if err := db.Drop(ctx, f); err != nil {
			t.Fatal(err)
		}
		groups := slices.Collect(slices.Chunk(slices.Sorted(maps.Keys(whole)), 2))
		rows, err := db.BuildApart(ctx, f, params, groups)
		if err != nil {
			t.Fatal(err)
		}
		now, err := db.Prints(ctx, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		if differ := whole.Differ(now); len(differ) > 0 {
			t.Errorf("%s: built two parts at a time, the parts %q are others", f.Path, differ)
		}
		for i, group := range groups {
			of := int64(0)
			for _, part := range group {
				of += whole[part].Rows
			}
			if rows[i] != of {
				t.Errorf("%s: of the parts %q came %d rows, not %d", f.Path, group, rows[i], of)
			}
		}
	}
}

// paramsAt is what SQL files may ask for at an instant, of a run without a past.
func paramsAt(cat *sql.Catalog, asOf any) duckdb.Params {
	return duckdb.Params{"as_of": asOf, "max_object": 16 << 20, "window_from": nil, "window_to": nil, "game": nil, "environment": "test",
		"target": "", "clock": "2026-01-02T03:04:05Z", "sql_h1": cat.Sum, "rules_changed_since": nil,
		"listed_before": nil, "accept_loss": false,
		"channels": []string{}, "is_replay": false, "blocked": nil}
}

// buildAll builds everything, over a state without rows.
func buildAll(t *testing.T, db *duckdb.DB, cat *sql.Catalog, dir string, asOf any) duckdb.Params {
	t.Helper()
	ctx := context.Background()
	params := paramsAt(cat, asOf)
	for _, f := range cat.Files {
		if f.Kind.Asked() {
			continue
		}
		if f.Kind == sql.Schema {
			segment := filepath.Join(dir, f.Name+".parquet")
			if err := db.SaveEmpty(ctx, f, segment); err != nil {
				t.Fatal(err)
			}
			params["segments"] = []string{segment}
		}
		if err := db.Build(ctx, f, params); err != nil {
			t.Fatal(err)
		}
	}
	return params
}

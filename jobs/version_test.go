package jobs

import (
	"runtime/debug"
	"testing"

	"sourcecov/duckdb"
	"sourcecov/sql"
)

// TestVersion: a release goes by its version, anything else by its commit.
func TestVersion(t *testing.T) {
	at := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	commit, dirty := debug.BuildSetting{Key: "vcs.revision", Value: "8fdbc34"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":              at("v1.2.3", commit),
		"devel":               at("(devel)"),
		"devel-8fdbc34":       at("(devel)", commit),
		"devel-8fdbc34+dirty": at("", commit, dirty),
	} {
		if got := versionOf(info); got != want {
			t.Errorf("%+v is %s, want %s", info, got, want)
		}
	}
}

// TestVersionText: the engine and the SQL are those that a run would record.
func TestVersionText(t *testing.T) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.Open(t.Context(), duckdb.Options{}, cat)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := "sourcecov v1\nDuckDB    " + db.Version() + "\nSQL       " + cat.Sum + "\n"
	if got, err := versionText("v1"); got != want || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

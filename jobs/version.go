package jobs

import (
	"context"
	"runtime"
	"runtime/debug"

	"sourcecov/duckdb"
	"sourcecov/jobs/print"
	"sourcecov/sql"
)

// buildVersion is the version that the program was built from, as far as the
// build knows: a tag, a commit, or devel.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// buildRevision is the commit that the program was built from, and whether the
// sources differed from it; "" if the build does not know.
func buildRevision() (revision string, modified bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	return revision, modified
}

// runVersion tells what a result depends on besides its inputs: program, engine and SQL files.
func runVersion(ctx context.Context, c *command) (int, error) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		return 0, err
	}
	v := print.Versions{Program: c.world.Version, Go: runtime.Version(), SQL: cat.Sum}
	v.Revision, v.Modified = buildRevision()
	if v.Engine, err = duckdb.EngineVersion(ctx); err != nil {
		return 0, err
	}
	c.out.Versions(v)
	return 0, nil
}

package jobs

import (
	"context"
	"fmt"
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

// version prints what a result depends on besides its inputs: program, engine and SQL files.
func version(ctx context.Context, w World) int {
	cat, err := sql.Load(sql.Embedded())
	engine := ""
	if err == nil {
		engine, err = duckdb.EngineVersion(ctx)
	}
	if err != nil {
		return finish(ctx, print.New(printing(w, false, false, false)), err, exitDone)
	}
	fmt.Fprintf(w.Stdout, "sourcecov %s\nDuckDB %s\nSQL %s\n", w.Version, engine, cat.Sum)
	return exitDone
}

package jobs

import (
	"fmt"
	"runtime/debug"

	"sourcecov/duckdb"
	"sourcecov/sql"
)

// BuildVersion is the version that Go recorded in this program when it was
// built: that of the module, which of a checkout holds the commit.
func BuildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	switch {
	case revision == "":
		return "devel" // go run and go test record no commit
	case settings["vcs.modified"] == "true":
		return "devel-" + revision + "+dirty"
	}
	return "devel-" + revision
}

// versionText is what `sourcecov version` prints: the program, the engine, and
// the sum of the SQL files inside the program, on which every result depends.
func versionText(program string) (string, error) {
	cat, err := sql.Load(sql.Embedded())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("sourcecov %s\nDuckDB    %s\nSQL       %s\n", program, duckdb.EngineVersion(), cat.Sum), nil
}

package place

import (
	"io/fs"
	"os"
	"path/filepath"

	"sourcecov/jobs/fault"
)

// SQLFiles are the files of --sql DIR, a folder with a folder for each kind. Of
// another folder, or a file, it says where such a folder is.
func SQLFiles(dir string) (fs.FS, error) {
	why := "it holds no folder of SQL files"
	switch info, err := os.Stat(dir); {
	case err != nil:
		why = "no such directory"
	case !info.IsDir():
		why = "it is a file, and SQL files stand in a folder"
	case has(dir, "*/*.sql"):
		return os.DirFS(dir), nil
	}
	for _, at := range append(foldersOf(dir), filepath.Join(dir, ".."), filepath.Join(dir, "..", ".."), filepath.Join(dir, "..", "sql"), "sql") {
		if has(at, "reference/*.sql") {
			return nil, fault.Usagef("--sql "+Word(at), "--sql %s: %s", dir, why)
		}
	}
	return nil, fault.Usagef("--sql with the folder that holds reference/, model/ and so on; without --sql those inside the program are run", "--sql %s: %s", dir, why)
}

// has reports whether a folder has files of a pattern.
func has(dir, pattern string) bool {
	found, err := fs.Glob(os.DirFS(dir), pattern)
	return err == nil && len(found) > 0
}

// foldersOf are the folders in a folder.
func foldersOf(dir string) (out []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

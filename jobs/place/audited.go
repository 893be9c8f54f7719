package place

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sourcecov/jobs/fault"
)

// Audited is a folder with the platform's tables, each as Parquet files in
// DATASET/TABLE.
type Audited string

// ParseAudited reads what --audit says. The folder has to be there; a table may not be.
func ParseAudited(text string) (Audited, error) {
	const next = "--audit dir:DIR, with the files of each table in DIR/DATASET/TABLE/*.parquet"
	dir, is := strings.CutPrefix(text, "dir:")
	switch {
	case text == "":
		return "", fault.Usagef(next, "nobody said where the tables are")
	case strings.HasPrefix(text, "bq:"):
		return "", fault.Usagef(next, "--audit %s: tables are read from Parquet files only, not from BigQuery", text)
	case !is || dir == "":
		return "", fault.Usagef(next, "--audit %q is no place of tables", text)
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fault.Usagef(next, "--audit %s: there is no such folder", text)
	case err != nil:
		return "", fault.Usagef(next, "--audit %s: %w", text, err)
	case !info.IsDir():
		return "", fault.Usagef(next, "--audit %s: it is a file and no folder", text)
	}
	dir, err = filepath.Abs(dir)
	return Audited(dir), err
}

// Files are those of one table; if there are none, why tells the reason.
func (a Audited) Files(dataset, table string) (files []string, why string) {
	dir := filepath.Join(string(a), dataset, table)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "there is no folder " + dir
	}
	if err != nil {
		return nil, err.Error()
	}
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".parquet") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, "no Parquet file is in " + dir
	}
	return files, ""
}

package place

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sourcecov/jobs/fault"
	"sourcecov/sync/bq"
	"sourcecov/sync/warehouse"
)

// Audited is where the platform's tables are: a folder, each as Parquet files in
// DATASET/TABLE, or a project of BigQuery.
type Audited struct {
	Dir     string // absolute; "" if they are in BigQuery
	Project string
}

// projectForm is the id of a project, with its domain before a colon if it has one.
var projectForm = regexp.MustCompile(`^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9]$`)

// ParseAudited reads what --audit says. A folder has to be there; a table may not be.
func ParseAudited(text string) (Audited, error) {
	const next = "--audit bq:PROJECT, or --audit dir:DIR, with the files of each table in DIR/DATASET/TABLE/*.parquet"
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return Audited{}, fault.Usagef(next, "nobody said where the tables are")
	case kind == "bq" && name == "":
		return Audited{}, fault.Usagef(next, "--audit bq: names no project")
	case kind == "bq" && !projectForm.MatchString(name):
		return Audited{}, fault.Usagef(next, "--audit %s: %q is no PROJECT; its datasets are named in sql/reference/audited_tables.sql", text, name)
	case kind == "bq":
		return Audited{Project: name}, nil
	case kind != "dir" || name == "":
		return Audited{}, fault.Usagef(next, "--audit %q is no place of tables", text)
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Audited{}, fault.Usagef(next, "--audit %s: there is no such folder", text)
	case err != nil:
		return Audited{}, fault.Usagef(next, "--audit %s: %w", text, err)
	case !info.IsDir():
		return Audited{}, fault.Usagef(next, "--audit %s: it is a file and no folder", text)
	}
	dir, err := filepath.Abs(name)
	return Audited{Dir: dir}, err
}

// Files are those of one table; if there are none, why tells the reason.
func (a Audited) Files(dataset, table string) (files []string, why string) {
	dir := filepath.Join(a.Dir, dataset, table)
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

// Open is the way to the tables in BigQuery, of which no query is billed for more than
// so many bytes. It asks nobody yet, and is closed with its Cloud.
func (a Audited) Open(ctx context.Context, cloud *Cloud, maxBilled int64) (*bq.Tables, error) {
	tables, err := bq.OpenTables(ctx, bq.Options{Project: a.Project, Endpoint: cloud.Getenv("BIGQUERY_EMULATOR_HOST"),
		Attempts: cloud.Patience.Attempts, Pause: cloud.Patience.Pause, Call: cloud.Patience.Call, Waiting: cloud.Waiting}, maxBilled)
	if err != nil {
		return nil, a.Refusal(err)
	}
	cloud.opened = append(cloud.opened, tables.Close)
	return tables, nil
}

// Refusal is the error of a question that BigQuery answered by err, with the next step
// where somebody has to take one.
func (a Audited) Refusal(err error) error {
	if errors.Is(err, warehouse.ErrCredentials) {
		return fault.Usagef(Login, "%w", err)
	}
	return err
}

package jobs

import (
	"os"

	"sourcecov/sql"
)

// Forge changes the SQL texts and the engine's version of a record and every
// hash over them, so that the record contradicts itself nowhere.
func Forge(file, engine string, change func(path, text string) string) error {
	r, _, err := readRecord(file)
	if err != nil {
		return err
	}
	files := make([]*sql.File, len(r.SQL))
	for i, f := range r.SQL {
		text := change(f.Path, f.Text)
		r.SQL[i] = sqlFile{f.Path, sql.Hash(text), text}
		files[i] = &sql.File{Path: f.Path, Text: text}
	}
	r.Run.SQLH1 = sql.Total(files)
	if engine != "" {
		r.Run.EngineVersion = engine
	}
	body, err := r.seal()
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

// Intact reports whether every byte of a record is as it was written.
func Intact(body []byte) bool {
	rest, sum, ok := unseal(body)
	return ok && sealOf(rest) == sum
}

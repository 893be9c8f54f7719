package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A record ends with the SHA-256 of all bytes before that sum. What surrounds
// the sum is fixed, so no byte of the file can change unseen.
const (
	beforeSum = ",\n \"sha256\": \""
	afterSum  = "\"\n}\n"
	sumSize   = 2 * sha256.Size
)

// What [Read] says of a file that it cannot read as a record.
var (
	ErrDamaged = errors.New("the record is damaged")
	ErrEarly   = errors.New("the record was written by a version that recorded otherwise")
)

// earlyVersion added up SQL files in another way and wrote every cell as text;
// before that a record had neither relations nor a sum.
const earlyVersion = "0.1.0"

// Encode is the record as run.json holds it. It sets SHA256.
func (r *Record) Encode() ([]byte, error) {
	r.SHA256 = strings.Repeat("0", sumSize)
	body, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the run record: %w", err)
	}
	rest, _, ok := splitSum(append(body, '\n'))
	if !ok {
		return nil, errors.New("write the run record: sha256 is not its last field")
	}
	r.SHA256 = sumOf(rest)
	return append(append(rest, r.SHA256...), afterSum...), nil
}

func sumOf(rest []byte) string {
	sum := sha256.Sum256(rest)
	return hex.EncodeToString(sum[:])
}

// splitSum splits a record at its sum; false if there is none where it must be.
func splitSum(body []byte) (rest []byte, sum string, ok bool) {
	at := len(body) - len(afterSum) - sumSize
	if at < 0 || !bytes.HasSuffix(body, []byte(afterSum)) || !bytes.HasSuffix(body[:at], []byte(beforeSum)) {
		return nil, "", false
	}
	return body[:at:at], string(body[at : at+sumSize]), true
}

// Read reads a run.json. intact says whether every byte is as it was written: a
// damaged record that can be read is returned too, so that its parts that have
// hashes of their own can tell which of them it is.
func Read(file string) (r *Record, intact bool, err error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, false, fmt.Errorf("read the run record: %w", err)
	}
	return Decode(body)
}

// Decode is Read for bytes that were read.
func Decode(body []byte) (r *Record, intact bool, err error) {
	var mark struct {
		RunID string `json:"run_id"`
		Run   struct {
			Version string `json:"sourcecov_version"`
		} `json:"run"`
		Relations json.RawMessage `json:"relations"`
		SHA256    string          `json:"sha256"`
	}
	switch {
	case json.Unmarshal(body, &mark) != nil:
		return nil, false, ErrDamaged
	case mark.RunID != "" && (mark.Run.Version == earlyVersion || mark.Relations == nil && mark.SHA256 == ""):
		return nil, false, ErrEarly
	}
	r = &Record{}
	if json.Unmarshal(body, r) != nil {
		return nil, false, ErrDamaged
	}
	return r, Intact(body), nil
}

// Intact reports whether every byte of a record is as it was written.
func Intact(body []byte) bool {
	rest, sum, ok := splitSum(body)
	return ok && sumOf(rest) == sum
}

// LandingSums gives the SHA-256 of landing files by name, as the runs below a
// folder found them; of a name that was given twice that of the newest record.
func LandingSums(runs string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(runs, "*", "run.json"))
	if err != nil {
		return nil, fmt.Errorf("list the run records: %w", err)
	}
	written := func(name string) time.Time {
		info, err := os.Stat(name)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(names, func(a, b string) int { return written(a).Compare(written(b)) })
	sums := map[string]string{}
	for _, name := range names {
		r, intact, err := Read(name)
		if err != nil || !intact {
			continue // what it says of a file may be what is damaged
		}
		for _, f := range r.Inputs.Landing() {
			sums[f.Name] = f.SHA256
		}
	}
	return sums, nil
}

// unmarshal reads one object into several values.
func unmarshal(body []byte, into ...any) error {
	for _, v := range into {
		if err := json.Unmarshal(body, v); err != nil {
			return err
		}
	}
	return nil
}

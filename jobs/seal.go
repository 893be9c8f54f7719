package jobs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// A record ends with the SHA-256 of all bytes before that sum. What surrounds
// the sum is fixed, so no byte of the file can change unseen.
const (
	sealStart = ",\n \"sha256\": \""
	sealEnd   = "\"\n}\n"
	sealSize  = 2 * sha256.Size
)

// What readRecord says of a file that it cannot read as a record.
var (
	errDamagedRecord = errors.New("the record is damaged")
	errEarlyRecord   = errors.New("the record was written by a version that did not record enough to verify")
)

// seal is the record as run.json holds it.
func (r *record) seal() ([]byte, error) {
	r.SHA256 = strings.Repeat("0", sealSize)
	body, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the run record: %w", err)
	}
	rest, _, ok := unseal(append(body, '\n'))
	if !ok {
		return nil, errors.New("write the run record: sha256 is not its last field")
	}
	r.SHA256 = sealOf(rest)
	return append(append(rest, r.SHA256...), sealEnd...), nil
}

func sealOf(rest []byte) string {
	sum := sha256.Sum256(rest)
	return hex.EncodeToString(sum[:])
}

// unseal splits a record at its sum; false if there is none where it must be.
func unseal(body []byte) (rest []byte, sum string, ok bool) {
	at := len(body) - len(sealEnd) - sealSize
	if at < 0 || !bytes.HasSuffix(body, []byte(sealEnd)) || !bytes.HasSuffix(body[:at], []byte(sealStart)) {
		return nil, "", false
	}
	return body[:at:at], string(body[at : at+sealSize]), true
}

// readRecord reads a run.json. intact says whether every byte is as it was
// written: a damaged record that can be read is returned too, so that its parts
// that have hashes of their own can tell which of them it is.
func readRecord(file string) (r *record, intact bool, err error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, false, fmt.Errorf("read the run record: %w", err)
	}
	var mark struct {
		RunID     string          `json:"run_id"`
		Relations json.RawMessage `json:"relations"`
		SHA256    string          `json:"sha256"`
	}
	switch {
	case json.Unmarshal(body, &mark) != nil:
		return nil, false, errDamagedRecord
	case mark.RunID != "" && mark.Relations == nil && mark.SHA256 == "":
		return nil, false, errEarlyRecord
	}
	r = &record{}
	if json.Unmarshal(body, r) != nil {
		return nil, false, errDamagedRecord
	}
	rest, sum, ok := unseal(body)
	return r, ok && sealOf(rest) == sum, nil
}

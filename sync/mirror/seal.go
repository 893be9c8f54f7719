package mirror

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// ErrSeal says that a sealed text is not as it was written.
var ErrSeal = errors.New("its bytes are not those of its sha256")

// What surrounds the sum is fixed, so no byte of a sealed text can change unseen.
const (
	beforeSeal = ",\n  \"sha256\": \""
	afterSeal  = "\"\n}\n"
)

// Seal is v, a struct with fields, as JSON whose last field is the SHA-256 of
// all bytes before that sum.
func Seal(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	body = append(bytes.TrimSuffix(body, []byte("\n}")), beforeSeal...)
	return append(append(body, SHA256(body)...), afterSeal...), nil
}

// Unseal reads what Seal wrote. The error is ErrSeal if a byte of it is another.
func Unseal(body []byte, v any) error {
	at := len(body) - len(afterSeal) - 2*sha256.Size
	if at < 0 || !bytes.HasSuffix(body[:at], []byte(beforeSeal)) ||
		!bytes.Equal(body[at:], []byte(SHA256(body[:at])+afterSeal)) {
		return ErrSeal
	}
	return json.Unmarshal(body, v)
}

// SHA256 is the sum of bytes, in hex.
func SHA256(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

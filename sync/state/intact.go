package state

import (
	"fmt"
	"hash/crc32"
	"strings"
)

// Intact reports whether a segment's content is what its name says.
func Intact(name string, body []byte) bool {
	return strings.HasSuffix(name, fmt.Sprintf("-%08x.parquet", crc32.ChecksumIEEE(body)))
}

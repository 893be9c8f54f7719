package warehouse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// ReadFooter reads the rows and the metadata that a file's footer claims. It walks
// over all of the footer and keeps nothing else of it: a night asks the footers of
// thousands of files, and arrow-go takes most of its time to make a schema and
// statistics of what is in there. What is no footer of a Parquet file, or is cut off,
// is an error.
func ReadFooter(name string) (Proof, error) {
	f, err := os.Open(name)
	if err != nil {
		return Proof{}, fmt.Errorf("read parquet: %w", err)
	}
	defer f.Close()
	p, err := readFooter(f)
	if err != nil {
		return Proof{}, fmt.Errorf("read %s: %w", name, err)
	}
	return p, nil
}

var errFooter = errors.New("it has no footer of a Parquet file, or a damaged one")

// footerEnd is what a file ends with: the length of its footer, and the format's name.
const footerEnd = 8

func readFooter(f *os.File) (p Proof, err error) {
	info, err := f.Stat()
	if err != nil {
		return p, err
	}
	// One read for most files.
	tail := make([]byte, min(info.Size(), 16<<10))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return p, err
	}
	if len(tail) < footerEnd || string(tail[len(tail)-4:]) != "PAR1" {
		return p, errFooter
	}
	body := tail[:len(tail)-footerEnd]
	size := int64(binary.LittleEndian.Uint32(tail[len(body):]))
	switch {
	case size <= int64(len(body)):
		body = body[int64(len(body))-size:]
	case size > info.Size()-footerEnd:
		return p, errFooter
	default:
		body = make([]byte, size)
		if _, err := f.ReadAt(body, info.Size()-footerEnd-size); err != nil {
			return p, err
		}
	}
	return decodeFooter(body)
}

// What is known of a footer's structs.
var (
	footerShape = &shape{need: [10]byte{1: kindI32, 2: kindList, footerRows: kindI64, 4: kindList},
		of: [10]*shape{2: columnShape, 4: groupShape, footerMeta: pairShape}}
	columnShape = &shape{need: [10]byte{4: kindBinary}}
	groupShape  = &shape{need: [10]byte{1: kindList, 2: kindI64, 3: kindI64}, of: [10]*shape{1: chunkShape}}
	chunkShape  = &shape{need: [10]byte{2: kindI64}, of: [10]*shape{3: {
		need: [10]byte{1: kindI32, 2: kindList, 3: kindList, 4: kindI32, 5: kindI64, 6: kindI64, 7: kindI64, 9: kindI64},
	}}}
	pairShape = &shape{need: [10]byte{1: kindBinary}}
)

// The fields of a footer that are asked for.
const (
	footerRows = 3
	footerMeta = 5
)

func decodeFooter(body []byte) (Proof, error) {
	p := Proof{Meta: map[string]string{}}
	c := compact{rest: body}
	c.structure(footerShape, func(id int64, kind byte) bool {
		switch {
		case id == footerRows && kind == kindI64:
			p.Rows = c.varint()
		case id == footerMeta && kind == kindList:
			c.list(func(kind byte) {
				if kind != kindStruct {
					c.fail()
					return
				}
				key, value := "", (*string)(nil)
				c.structure(pairShape, func(id int64, kind byte) bool {
					if (id != 1 && id != 2) || kind != kindBinary {
						return false
					}
					text := string(c.take(c.uvarint()))
					if id == 1 {
						key = text
					} else {
						value = &text
					}
					return true
				})
				if value != nil {
					p.Meta[key] = *value
				}
			})
		default:
			return false
		}
		return true
	})
	if c.bad || len(c.rest) > 0 {
		return Proof{}, errFooter
	}
	return p, nil
}

// compact reads Thrift's compact protocol, in which Parquet footers are written.
// Once something is not as it must be, bad is true and nothing is left.
type compact struct {
	rest  []byte
	bad   bool
	depth int
}

// A shape is what is known of a struct, by the ids of its fields: the kinds of those
// that it cannot do without, and the structs that are in them.
type shape struct {
	need [10]byte
	of   [10]*shape
}

func (s *shape) field(id int64) (need byte, of *shape) {
	if s == nil || id < 0 || id >= int64(len(s.need)) {
		return 0, nil
	}
	return s.need[id], s.of[id]
}

// Kinds of values.
const (
	kindStop   = 0
	kindTrue   = 1
	kindFalse  = 2
	kindByte   = 3
	kindI16    = 4
	kindI32    = 5
	kindI64    = 6
	kindDouble = 7
	kindBinary = 8
	kindList   = 9
	kindStruct = 12
)

// mostDepth is far deeper than anything in a Parquet footer.
const mostDepth = 32

func (c *compact) fail() { c.rest, c.bad = nil, true }

func (c *compact) take(n uint64) []byte {
	if n > uint64(len(c.rest)) {
		c.fail()
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *compact) byte() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *compact) uvarint() uint64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.take(uint64(n))
	return v
}

func (c *compact) varint() int64 {
	v := c.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// structure reads a struct. Of each field it calls use, which reads the value or
// returns false.
func (c *compact) structure(s *shape, use func(id int64, kind byte) bool) {
	if c.depth++; c.depth > mostDepth {
		c.fail()
	}
	defer func() { c.depth-- }()
	var missing [10]byte
	if s != nil {
		missing = s.need
	}
	for id := int64(0); !c.bad; {
		head := c.byte()
		kind := head & 15
		if kind == kindStop {
			break
		}
		if delta := head >> 4; delta > 0 {
			id += int64(delta)
		} else {
			id = c.varint()
		}
		need, of := s.field(id)
		if need == kind {
			missing[id] = 0
		}
		if !c.bad && (use == nil || !use(id, kind)) {
			c.skip(kind, of)
		}
	}
	if missing != [10]byte{} {
		c.fail()
	}
}

// list reads a list. Of each element it calls use, which reads it.
func (c *compact) list(use func(kind byte)) {
	head := c.byte()
	kind, n := head&15, uint64(head>>4)
	if n == 15 {
		n = c.uvarint()
	}
	for ; n > 0 && !c.bad; n-- {
		use(kind)
	}
}

// skip passes over a value; s is what is known of the structs in it. A Parquet
// footer has neither sets nor maps.
func (c *compact) skip(kind byte, s *shape) {
	switch kind {
	case kindTrue, kindFalse: // a field's value is its kind
	case kindByte:
		c.take(1)
	case kindI16, kindI32, kindI64:
		c.uvarint()
	case kindDouble:
		c.take(8)
	case kindBinary:
		c.take(c.uvarint())
	case kindList:
		c.list(func(kind byte) {
			if kind == kindTrue || kind == kindFalse {
				kind = kindByte // an element's is not
			}
			c.skip(kind, s)
		})
	case kindStruct:
		c.structure(s, nil)
	default:
		c.fail()
	}
}

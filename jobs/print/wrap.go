package print

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// Wrapping gives a writer that breaks lines at words where they are longer than a
// terminal is wide, and in words where those are. Width is asked at each write; where
// it is 0 all is written as it comes. What follows a break stands below the line's
// last column, or a little further in than the line. A line that may be broken is written once it has ended.
func Wrapping(w io.Writer, width func() int) io.Writer { return &wrapping{w: w, width: width} }

type wrapping struct {
	w     io.Writer
	width func() int
	begun []byte // of a line that has not ended
}

func (p *wrapping) Write(b []byte) (int, error) {
	width := p.width()
	if width <= 0 && len(p.begun) == 0 {
		return p.w.Write(b)
	}
	p.begun = append(p.begun, b...)
	end := bytes.LastIndexByte(p.begun, '\n') + 1
	if end == 0 {
		return len(b), nil
	}
	var out strings.Builder
	for line := range strings.Lines(string(p.begun[:end])) {
		for _, part := range wrapped(strings.TrimSuffix(line, "\n"), width) {
			out.WriteString(part + "\n")
		}
	}
	p.begun = append(p.begun[:0], p.begun[end:]...)
	_, err := io.WriteString(p.w, out.String())
	return len(b), err
}

// wrapped is a line as lines of that width.
func wrapped(line string, width int) []string {
	if width <= 0 || columns(line) <= width {
		return []string{line}
	}
	words := strings.TrimLeft(line, " ")
	first := min(len(line)-len(words), width/4)
	hang := hanging(words, first, width)
	parts := fold(words, width-first, width-hang)
	for i := range parts {
		in := hang
		if i == 0 {
			in = first
		}
		parts[i] = strings.Repeat(" ", in) + parts[i]
	}
	return parts
}

// hanging is how far in words go on that begin so far in: where their last column
// begins, if they stand in columns and it has room, else a little.
func hanging(words string, in, width int) int {
	hang := min(in+2, width/4)
	for _, gap := range between.FindAllStringIndex(words, -1) {
		if at := in + columns(words[:gap[1]]); at <= width-wordsRoom {
			hang = at
		}
	}
	return hang
}

// between is what stands between columns.
var between = regexp.MustCompile("  +")

// fold breaks a text into one that takes no more columns than first, and others of
// no more than rest. There is always one.
func fold(s string, first, rest int) (parts []string) {
	for room := max(1, first); ; room = max(1, rest) {
		end := fits(s, room)
		if end == len(s) {
			return append(parts, s)
		}
		at := end
		if space := strings.LastIndexByte(s[:end+1], ' '); space > 0 { // a word that ends at the edge is whole
			at = space
		}
		parts = append(parts, strings.TrimRight(s[:at], " "))
		s = strings.TrimLeft(s[at:], " ")
	}
}

// fits is how many bytes of a text fit into so many columns; of a letter that is
// too wide by itself, all of it.
func fits(s string, room int) int {
	left := s
	for used := 0; left != ""; {
		rest, w := next(left)
		if used += w; used > room && left != s {
			break
		}
		left = rest
	}
	return len(s) - len(left)
}

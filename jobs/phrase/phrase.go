// Package phrase writes what stands in many sentences.
package phrase

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Count is a number with its noun: 1 game, 2 games.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Printable is a text from outside as it may be shown: what is no letter, sign
// or space, such as a line break, what speaks to a terminal, what turns the
// direction of writing, stands as \u and its code. So does macro/printable.sql
// in what is published. In JSON it is an escape of the same value.
func Printable(s string) string {
	if !strings.ContainsFunc(s, isHidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !isHidden(r):
			b.WriteRune(r)
		case r > 0xffff: // in the form of JSON
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// isHidden reports whether a letter shows nothing itself. What is no UTF-8 comes
// as the letter that stands for it.
func isHidden(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// Error is the text of an error as it may be shown. Its lines after the first are
// indented, so that none can be taken for another message.
func Error(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = Printable(line)
	}
	return strings.Join(lines, "\n    ")
}

package print

import (
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"sourcecov/jobs/doctor"
	"sourcecov/jobs/phrase"
	"sourcecov/jobs/record"
)

// A tone is what a word means to whoever reads it. A terminal shows it as a colour;
// the word alone says it too.
type tone string

// The tones are the terminal's own colours, by their codes.
const (
	plain  tone = ""
	good   tone = "32" // green
	unsure tone = "33" // yellow
	bad    tone = "31" // red
)

// A painted text is fit to be printed as it is, so [text.printf] leaves it alone.
type painted string

// paint gives a text its colour, where colours are wanted. It may come from outside.
func (p *text) paint(t tone, s string) painted {
	s = phrase.Printable(s)
	if !p.color || t == plain || s == "" {
		return painted(s)
	}
	return painted("\x1b[" + string(t) + "m" + s + "\x1b[0m")
}

// tones are those of the words of severities, verdicts and doctor.
var tones = map[string]tone{
	"critical": bad, "warning": unsure,
	record.NotOK: bad, record.NotJudged: unsure, // and OK, as of doctor
	doctor.OK: good, doctor.Fail: bad, doctor.NotAsked: unsure,
}

// toneOf is that of a cell: a column of severities has them.
func toneOf(column, cell string) tone {
	if strings.HasSuffix(column, "severity") {
		return tones[cell]
	}
	return plain
}

// escape is how a colour is written, which takes no room on a line.
var escape = regexp.MustCompile("^\x1b\\[[0-9;]*m")

// columns are how many of a terminal's columns a text takes.
func columns(s string) (n int) {
	for s != "" {
		var w int
		s, w = next(s)
		n += w
	}
	return n
}

// next is what is left of a text without its first letter or colour, and how many
// columns that takes.
func next(s string) (rest string, w int) {
	if e := escape.FindString(s); e != "" {
		return s[len(e):], 0
	}
	_, rest, w, _ = uniseg.FirstGraphemeClusterInString(s, -1)
	return rest, w
}

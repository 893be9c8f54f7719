package print

import (
	"slices"
	"strings"

	"sourcecov/jobs/phrase"
)

// table aligns columns under their heads.
func (p *text) table(head []string, rows [][]string) {
	p.grid(append([][]string{head}, rows...), func(row, col int) tone {
		if row == 0 {
			return plain
		}
		return toneOf(head[col], rows[row-1][col])
	})
}

// aligned aligns rows that have a name each and what it is.
func (p *text) aligned(rows [][]string) {
	p.grid(rows, func(row, col int) tone {
		if col == 0 {
			return plain
		}
		return toneOf(rows[row][0], rows[row][col])
	})
}

// Where a table stands, how far its columns are apart, where a row goes on that is
// wider than the terminal, and the room in which the words of the last column
// may be broken before it goes on there too.
const (
	tableIndent = 2
	columnGap   = 2
	goesOn      = 6
	wordsRoom   = 24
)

// grid aligns the columns of rows, all of which have as many. On a terminal that is
// not as wide, the last column breaks at words; and columns for which no room is
// left stand on lines below, which are aligned over all rows like the first.
func (p *text) grid(rows [][]string, toneAt func(row, col int) tone) {
	var widths []int
	shown := make([][]string, len(rows))
	for i, row := range rows {
		shown[i] = make([]string, len(row))
		for j, cell := range row {
			if j == len(widths) {
				widths = append(widths, 0)
			}
			shown[i][j] = phrase.Printable(cell)
			widths[j] = max(widths[j], columns(shown[i][j]))
		}
	}
	width := p.width()
	lines := layout(widths, width)
	for i, row := range shown {
		for _, l := range lines {
			cells := row[min(l.from, len(row)):min(l.to, len(row))]
			if l.from > 0 && !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
				continue
			}
			p.printf("%s", painted(p.line(l, cells, widths, width, func(col int) tone { return toneAt(i, col) })))
		}
	}
}

// A tableLine has the columns of a row from one up to another, so far in.
type tableLine struct{ from, to, indent int }

// layout says which columns stand on which line. Where width is 0 it is one.
func layout(widths []int, width int) (lines []tableLine) {
	in := func(indent int) int {
		if width > 0 {
			return min(indent, width/4)
		}
		return indent
	}
	l := tableLine{indent: in(tableIndent)}
	used := l.indent
	for col, w := range widths {
		isLast := col == len(widths)-1
		if width > 0 && col > l.from && used+w > width && !(isLast && width-used >= wordsRoom) {
			l.to = col
			lines = append(lines, l)
			l = tableLine{from: col, indent: in(goesOn)}
			used = l.indent
		}
		used += w + columnGap
	}
	l.to = len(widths)
	return append(lines, l)
}

// line is one of a row's lines. The last of its cells is broken where the terminal ends.
func (p *text) line(l tableLine, cells []string, widths []int, width int, toneAt func(col int) tone) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", l.indent))
	used := l.indent
	for i, cell := range cells {
		col := l.from + i
		if i < len(cells)-1 {
			b.WriteString(string(p.paint(toneAt(col), cell)))
			b.WriteString(strings.Repeat(" ", widths[col]-columns(cell)+columnGap))
			used += widths[col] + columnGap
			continue
		}
		parts := []string{cell}
		if width > 0 {
			parts = fold(cell, width-used, width-used)
		}
		for j, part := range parts {
			if j > 0 {
				b.WriteString("\n" + strings.Repeat(" ", used))
			}
			b.WriteString(string(p.paint(toneAt(col), part)))
		}
	}
	return b.String() + "\n"
}

package print

import (
	"bytes"
	"strings"
	"testing"
)

// TestWrapped: lines break at words, hang two columns in, and count no colours; what
// fits is as it was.
func TestWrapped(t *testing.T) {
	red := "\x1b[31m" + "NOT OK" + "\x1b[0m"
	for _, c := range []struct {
		line  string
		width int
		want  string
	}{
		{"as long as it is", 0, "as long as it is"},
		{"a b  c", 6, "a b  c"},
		{"one two three", 9, "one two|  three"},
		{"one two three", 7, "one two| three"},
		{"  in by two words", 12, "  in by two|   words"},
		{"  --flag  what it does to whoever types it in a hurry", 36, "  --flag  what it does to whoever|          types it in a hurry"},
		{"  --flag  what it does to whoever types it", 30, "  --flag  what it does to|    whoever types it"},
		{"abcdefghij", 4, "abcd| efg| hij"},
		{red + " x", 8, red + " x"},
		{red + " and so on", 12, red + " and|  so on"},
		{"Jokić Dončić", 6, "Jokić| Donči| ć"},
		{"日本語", 4, "日本| 語"},
		{"日", 1, "日"},
	} {
		if got := strings.Join(wrapped(c.line, c.width), "|"); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.line, c.width, got, c.want)
		}
	}
}

// TestNarrow: no table breaks a terminal, however narrow, and all that stands in it
// is there; a wide one is one line a row.
func TestNarrow(t *testing.T) {
	head := []string{"game", "teams", "severity", "source", "reason"}
	row := []string{"0022300201", "OKC@GSW", "critical", "nbac_gamebook_player_stats", "no object; the scraper logged timeout: read timed out after 30 s"}
	for width := range 140 {
		for _, color := range []bool{false, true} {
			var b bytes.Buffer
			p := &text{out: &b, width: func() int { return width }, color: color}
			p.table(head, [][]string{row, {"", "", "", "", ""}, row})
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			for _, line := range lines {
				if width > 0 && columns(line) > width {
					t.Errorf("at %d: %q takes %d", width, line, columns(line))
				}
			}
			if (width == 0 || width == 139) && len(lines) != 4 {
				t.Errorf("at %d: %d lines:\n%s", width, len(lines), &b)
			}
			if color != strings.Contains(b.String(), "\x1b[31m") {
				t.Errorf("at %d, colours %v: %q", width, color, &b)
			}
			squeeze := func(s string) string {
				for _, code := range []string{"\x1b[31m", "\x1b[0m", " ", "\n"} {
					s = strings.ReplaceAll(s, code, "")
				}
				return s
			}
			if want := squeeze(strings.Join(head, "") + strings.Join(row, "") + strings.Join(row, "")); squeeze(b.String()) != want {
				t.Errorf("at %d something is lost:\n%s", width, &b)
			}
		}
	}
}

// TestPainted: a colour is for a terminal, and what comes from outside has none of its own.
func TestPainted(t *testing.T) {
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		p := &text{out: &b, width: func() int { return 0 }, color: color}
		p.printf("%s %s\n", p.paint(bad, "NOT\x1b[0m OK"), "a\x1b[31mb")
		want := "NOT\\u001b[0m OK a\\u001b[31mb\n"
		if color {
			want = "\x1b[31mNOT\\u001b[0m OK\x1b[0m a\\u001b[31mb\n"
		}
		if b.String() != want {
			t.Errorf("colours %v: %q, want %q", color, &b, want)
		}
	}
}

package doctor

import "fmt"

// count is a number with its noun: 1 game, 2 games.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

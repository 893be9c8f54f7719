// Package phrase writes what stands in many sentences.
package phrase

import "fmt"

// Count is a number with its noun: 1 game, 2 games.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

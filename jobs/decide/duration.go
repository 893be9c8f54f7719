package decide

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

const day = 24 * time.Hour

var spanForm = regexp.MustCompile(`^(\d{1,5})([mhdw])$`)

var units = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day}

// duration reads how long somebody takes a group on: 90m, 12h, 3d or 2w.
func duration(text string) (time.Duration, error) {
	m := spanForm.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("it is a whole number of minutes, hours, days or weeks, such as 90m, 12h, 3d or 2w")
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 {
		return 0, errors.New("give at least one minute, such as 3d")
	}
	return time.Duration(n) * units[m[2]], nil
}

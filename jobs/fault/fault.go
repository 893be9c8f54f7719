// Package fault has the errors that say what to type next. Which exit status
// they lead to is decided in package jobs.
package fault

import (
	"errors"
	"fmt"
)

// A UsageError is a mistake on the command line or in the configuration.
type UsageError struct {
	Msg  string
	Next string // what to type
}

func (e *UsageError) Error() string { return e.Msg }

// Usagef makes a UsageError.
func Usagef(next, format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...), next}
}

// A DamageError says that something that was recorded is not as it was.
type DamageError struct {
	Msg  string
	Next string // what to do about it
}

func (e *DamageError) Error() string { return e.Msg }

// Damagef makes a DamageError.
func Damagef(next, format string, args ...any) error {
	return &DamageError{fmt.Sprintf(format, args...), next}
}

// ErrBusy says that another run is in the working directory.
var ErrBusy = errors.New("another run is using this working directory")

// Also calls a closing function and joins its error, if it has one, to the other.
func Also(err *error, closing func() error) {
	if e := closing(); e != nil {
		*err = errors.Join(*err, e)
	}
}

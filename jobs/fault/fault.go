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
	Err  error  // by which it was found; may be nil
}

func (e *UsageError) Error() string { return e.Msg }

func (e *UsageError) Unwrap() error { return e.Err }

// Usagef makes a UsageError. With %w, as of [fmt.Errorf], it keeps an error.
func Usagef(next, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &UsageError{err.Error(), next, errors.Unwrap(err)}
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

// A NextError is an error of any kind to which somebody knew the next step.
type NextError struct {
	Err  error
	Next string // what to type
}

func (e *NextError) Error() string { return e.Err.Error() }

func (e *NextError) Unwrap() error { return e.Err }

// WithNext makes a NextError. What err is to errors.Is and errors.As it stays.
func WithNext(err error, next string) error { return &NextError{err, next} }

// ErrBusy says that another run is in the working directory.
var ErrBusy = errors.New("another run is using this working directory")

// Also calls a closing function and joins its error, if it has one, to the other.
func Also(err *error, closing func() error) {
	if e := closing(); e != nil {
		*err = errors.Join(*err, e)
	}
}

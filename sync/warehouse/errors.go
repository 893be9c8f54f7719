package warehouse

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTemporary is what an error is to errors.Is if the same call may succeed
// later without anybody doing anything: the network, a quota, a load still running.
var ErrTemporary = errors.New("temporary")

// Temporary marks err as one that may pass by itself. The text stays as it is.
func Temporary(err error) error { return &marked{err, ErrTemporary} }

// ErrNoEffect is what an error of a load is to errors.Is if the load has ended
// and changed nothing. Of any other error nobody knows: the load may still come
// to be, whatever the error says.
var ErrNoEffect = errors.New("without effect")

// NoEffect marks err as the end of a load that changed nothing. The text stays as it is.
func NoEffect(err error) error { return &marked{err, ErrNoEffect} }

// marked is an error that is another one too.
type marked struct{ err, as error }

func (e *marked) Error() string        { return e.err.Error() }
func (e *marked) Unwrap() error        { return e.err }
func (e *marked) Is(target error) bool { return target == e.as }

// A Difference is one thing about a warehouse that is not as it must be.
type Difference struct {
	Object   string // such as a table, or table.column
	Wanted   string
	Live     string // what is there instead
	Additive bool   // bringing it about takes nothing away from what is there
	Cosmetic bool   // loads are right without it: descriptions, labels, views
}

// IsAbsent reports whether the difference is that the object is not there.
func (d Difference) IsAbsent() bool { return d.Additive && d.Live == "nothing" }

func (d Difference) String() string {
	return fmt.Sprintf("%s: wanted %s, there is %s", d.Object, d.Wanted, d.Live)
}

// A SetupError is about a warehouse that has to be set up otherwise before
// anything is loaded: nothing was.
type SetupError struct {
	Warehouse   string
	Differences []Difference
	Next        string // what to type or do
	Err         error  // ErrPermission or ErrCredentials, if it is that; else nil
}

func (e *SetupError) Unwrap() error { return e.Err }

// What a [SetupError] is to errors.Is if the warehouse refused to answer.
var (
	ErrPermission  = errors.New("permission denied")
	ErrCredentials = errors.New("the credentials are not accepted")
)

func (e *SetupError) Error() string {
	return fmt.Sprintf("%s cannot take the tables as it is: %s", e.Warehouse, strings.Join(Told(e.Differences), "; "))
}

// Told is what differences say, each in a text of its own; but many objects that are
// not there are one.
func Told(differences []Difference) (texts []string) {
	var absent []string
	for _, d := range differences {
		if d.IsAbsent() {
			absent = append(absent, d.Object)
		}
	}
	for _, d := range differences {
		switch {
		case !d.IsAbsent() || len(absent) <= few:
			texts = append(texts, d.String())
		case d.Object == absent[0]:
			texts = append(texts, fmt.Sprintf("there is no %s and %d more", strings.Join(absent[:few], ", "), len(absent)-few))
		}
	}
	return texts
}

// few is how many objects that are not there are named one by one.
const few = 3

// A BudgetError says that a plan has more jobs than allowed; none was started.
type BudgetError struct {
	Table string // the table whose day is used up; "" if it is the run that has too many
	Jobs  int    // what the plan would come to
	Most  int
}

func (e *BudgetError) Error() string {
	if e.Table == "" {
		return fmt.Sprintf("the plan has %d load jobs, more than the %d that a run may start; nothing was loaded", e.Jobs, e.Most)
	}
	return fmt.Sprintf("%s would come to %d load jobs within 24 hours, more than the %d that are allowed; nothing was loaded", e.Table, e.Jobs, e.Most)
}

// A RowsError says that a warehouse counts other rows than were sent: the
// partition holds what it must not, and the next run loads it again.
type RowsError struct {
	Load      string
	Sent      int64
	Counted   int64
	Warehouse string
}

func (e *RowsError) Error() string {
	return fmt.Sprintf("load %s: %d rows were exported, %s counts %d", e.Load, e.Sent, e.Warehouse, e.Counted)
}

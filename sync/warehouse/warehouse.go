// Package warehouse brings finished Parquet into a warehouse, whole partitions
// at a time, and knows of each whether it is there.
//
// A [Loader] is a warehouse: a directory ([Dir]), BigQuery in a package of its
// own, or either of them with its hands tied ([DryRun]). [Plan] says what has to
// be loaded, as few jobs as it takes; [Execute] does it. In between the caller
// records what it intends, and afterwards what came of it, so that a run that is
// killed at any moment is taken up by the next one without loading twice.
package warehouse

import "context"

// All is the partition of a table that has none, and of a job that replaces the
// content of a whole table.
const All = "all"

// A Load makes one file the whole content of one partition, or of a table.
type Load struct {
	ID        string // the same for the same content after the same past, see [Job]
	Table     Table
	Partition string // YYYYMMDD, or All
	File      string // finished Parquet; its footer has the ID as load_id
	Rows      int64  // rows that were exported into it
	SHA256    string // of the bytes of File, in hex, if they were proved to be all this ([Prove]); "" if they were not
	Run       string // the run that makes it
	Mark      string // of the process that makes it: no other has the same

	// Guard, if it is not nil, is asked right before each request that could start
	// the load; its error ends the Load.
	Guard func(context.Context) error
}

// A Loader is a warehouse to load into. Its methods may be called at the same
// time; a cancelled context ends each of them soon with an error that is
// ctx.Err() to errors.Is. Every method ends by itself within a bounded time.
//
// Of the errors, those that may pass by themselves are [ErrTemporary] to
// errors.Is, and those that somebody has to mend by configuration are a
// [*SetupError]. Package warehousetest has the tests that every Loader passes.
type Loader interface {
	// Name identifies the warehouse in receipts; two names are two warehouses.
	Name() string

	// Limits are what the warehouse allows.
	Limits() Limits

	// Target names what a load into a partition replaces. It is part of load ids,
	// so it tells apart what this Loader could mistake for each other.
	Target(table, partition string) string

	// Preflight looks whether the tables are there and could take their loads,
	// for ever: that nothing would be refused, or be lost in silence. It changes
	// nothing. What is wrong is a *SetupError with every difference in it.
	Preflight(ctx context.Context, tables []Table) error

	// Load replaces the partition by the file, whole or not at all, and returns
	// the rows that the warehouse itself counts as loaded. A Load whose ID was
	// loaded before by the same Mark changes nothing and returns what it did then.
	// After an error that is ErrNoEffect the partition is as it was before. After
	// any other it may be, or the load goes on by itself and comes to an end
	// later; [Loader.Find] tells.
	Load(ctx context.Context, l Load) (rows int64, err error)

	// Find says what became of a load that was once intended: the rows that it
	// loaded, or that it never was, or failed, and had no effect then. It waits
	// for one that is going on; if that takes too long it is an ErrTemporary. A
	// load of the same ID with another Mark is another one: what it loaded may have
	// been replaced since. It changes nothing. Of the Load all but File and the
	// rest of Table is needed.
	Find(ctx context.Context, l Load) (Outcome, error)

	// Release removes what a load that came to its end may have left outside its
	// partition. It is for who has recorded what Find said of it.
	Release(ctx context.Context, l Load) error

	// Missing lists those partitions of a table that are not there as receipts
	// say: want maps every partition with a receipt to its rows. It loads and
	// changes nothing.
	Missing(ctx context.Context, table Table, want map[string]int64) ([]string, error)

	// Strays lists those partitions of a table that hold rows though want does not
	// know of them: state that was lost has left them. A warehouse that cannot
	// name them says All.
	Strays(ctx context.Context, table Table, want map[string]int64) ([]string, error)
}

// A Bulk is a Loader to which many loads at once cost far less than one after the
// other.
type Bulk interface {
	Loader

	// LoadAll makes loads, no two into one partition, as [Execute] promises, but for
	// two things. It asks the guard once for many loads and says for how many; and a
	// load that fails may keep those before it from being made too.
	LoadAll(ctx context.Context, loads []Load, guard func(context.Context) error) ([]Outcome, error)
}

// Limits are what a warehouse allows; 0 is no limit.
type Limits struct {
	WholeAbove   int // of more touched partitions than this, one job replaces the whole table; 0: never
	WholeMost    int // partitions that one job may write
	RunJobs      int // jobs of one run
	TableDayJobs int // jobs of one table within 24 hours
	Parallel     int // loads at the same time; 1 if 0
}

// An Outcome is what became of a load.
type Outcome struct {
	Status Status
	Rows   int64 // that the warehouse counts, if Loaded or Miscounted
}

// Status is what became of a load.
type Status string

// What can become of a load. One of which nobody knows has no status.
const (
	Loaded   Status = "loaded"    // the partition holds it, or held it until a later load
	Failed   Status = "failed"    // it was tried and had no effect
	NeverRan Status = "never_ran" // the warehouse has not heard of it

	Miscounted Status = "miscounted" // the partition holds it, and not as many rows as were sent
)

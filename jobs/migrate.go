package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"sourcecov/sql"
	"sourcecov/sync/warehouse"
)

func migrateFlags(f *pflag.FlagSet, c *config) {
	warehouseFlags(f, c)
	f.BoolVar(&c.apply, "apply", false, "make what is missing and add what is lacking; without it nothing is changed")
	f.BoolVar(&c.dryRun, "dry-run", false, "show the differences and change nothing, as without --apply")
}

// migrate compares the warehouse with the tables and views that the SQL files
// declare. With --apply it makes what is missing and adds what is lacking; what
// would take something away it refuses, and then it changes nothing at all.
func migrate(ctx context.Context, c *config) error {
	if c.apply && c.dryRun {
		return usagef("sourcecov migrate --dry-run first, then sourcecov migrate --apply", "--apply and --dry-run contradict each other")
	}
	cat, err := sql.Load(c.sqlFiles)
	if err != nil {
		return usagef("mend the file, or run without --sql", "%v", err)
	}
	tables, views, err := publishedTables(cat)
	if err != nil {
		return err
	}
	if c.dataset == nil {
		c.ui.migration(c.raw.warehouse, nil, "a directory needs nothing made beforehand")
		return nil
	}
	if c.apply {
		made, err := c.dataset.Apply(ctx, tables, views)
		if refused := refusal(err); refused != nil {
			c.ui.migration(c.raw.warehouse, refused.Differences, "nothing was changed")
			return err
		}
		if err != nil {
			return err
		}
		c.ui.migration(c.raw.warehouse, made, fmt.Sprintf("%s made or added", count(int64(len(made)), "thing")))
		return nil
	}
	differences, err := c.dataset.Compare(ctx, tables, views)
	if err != nil {
		return err
	}
	refused := &warehouse.SetupError{Warehouse: c.dataset.Name(), Next: "mend by hand what is refused, for migrate takes nothing away; then the same again"}
	for _, d := range differences {
		if !d.Additive {
			refused.Differences = append(refused.Differences, d)
		}
	}
	switch {
	case len(differences) == 0:
		c.ui.migration(c.raw.warehouse, nil, fmt.Sprintf("%s and %s are as they must be", count(int64(len(tables)), "table"), count(int64(len(views)), "view")))
		return nil
	case len(refused.Differences) == 0:
		c.ui.migration(c.raw.warehouse, differences, "nothing was changed; next: the same with --apply")
		return nil
	}
	c.ui.migration(c.raw.warehouse, differences, "nothing was changed")
	return refused
}

// refusal is the error of a warehouse that has to be mended by hand, or nil.
func refusal(err error) *warehouse.SetupError {
	var refused *warehouse.SetupError
	if errors.As(err, &refused) {
		return refused
	}
	return nil
}

// migrationStep says what migrate does about a difference.
func migrationStep(d warehouse.Difference) string {
	if d.Additive {
		return "add"
	}
	return "refuse"
}

func (u *textUI) migration(where string, differences []warehouse.Difference, said string) {
	var rows [][]string
	for _, d := range differences {
		rows = append(rows, []string{migrationStep(d), d.Object, d.Wanted, d.Live})
	}
	if len(rows) > 0 {
		u.table([]string{"step", "object", "wanted", "there is"}, rows)
	}
	fmt.Fprintf(u.out, "%s: %s\n", where, said)
}

func (u *jsonUI) migration(where string, differences []warehouse.Difference, said string) {
	for _, d := range differences {
		u.line("migration", "step", migrationStep(d), "object", d.Object, "wanted", d.Wanted, "live", d.Live)
	}
	u.line("migrated", "warehouse", where, "said", said)
}

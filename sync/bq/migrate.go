package bq

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/bigquery"
	"golang.org/x/sync/errgroup"

	"sourcecov/sync/warehouse"
)

// atOnce is how many tables are looked at at the same time, and looksPerSecond
// how many in a second: Google allows 100 requests of a user to one method.
const atOnce, looksPerSecond = 8, 80

// object is what differences call the dataset itself.
func (w *Warehouse) object() string { return "dataset " + w.opt.Dataset }

// Compare lists all that is not as it must be: dataset, tables and views, in
// this order. It changes nothing.
func (w *Warehouse) Compare(ctx context.Context, tables []warehouse.Table, views []warehouse.View) ([]warehouse.Difference, error) {
	out, exists, err := w.compareDataset(ctx)
	if err != nil {
		return nil, err
	}
	found := make([][]warehouse.Difference, len(tables)+len(views))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, t := range tables {
		group.Go(func() (err error) {
			found[i], err = w.compare(ctx, t.Name, exists, tableText(t), func(live *bigquery.TableMetadata) []warehouse.Difference { return compareTable(t, live) })
			return err
		})
	}
	for i, v := range views {
		group.Go(func() (err error) {
			found[len(tables)+i], err = w.compare(ctx, v.Name, exists, "a view", func(live *bigquery.TableMetadata) []warehouse.Difference { return w.compareView(v, live) })
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, differences := range found {
		for _, d := range differences {
			d.Cosmetic = d.Cosmetic || i >= len(tables)
			out = append(out, d)
		}
	}
	return out, nil
}

// tableText says what a table is, to be made.
func tableText(t warehouse.Table) string {
	md := metadataOf(t)
	return fmt.Sprintf("a table of %d columns, %s, %s", len(t.Columns), partitioning(md), clustering(md))
}

// compare looks at one table or view.
func (w *Warehouse) compare(ctx context.Context, name string, datasetExists bool, wanted string, compare func(*bigquery.TableMetadata) []warehouse.Difference) ([]warehouse.Difference, error) {
	missing := []warehouse.Difference{{Object: name, Wanted: wanted, Live: "nothing", Additive: true}}
	if !datasetExists {
		return missing, nil
	}
	live, err := w.metadata(ctx, name)
	if notFound(err) {
		return missing, nil
	}
	if err != nil {
		return nil, w.about("look at "+w.Target(name, warehouse.All), err)
	}
	return compare(live), nil
}

func (w *Warehouse) metadata(ctx context.Context, name string) (md *bigquery.TableMetadata, err error) {
	if err := w.looks.Wait(ctx); err != nil {
		return nil, err
	}
	err = w.retry(ctx, func(ctx context.Context) (err error) {
		md, err = w.dataset.Table(name).Metadata(ctx)
		return err
	})
	return md, err
}

func (w *Warehouse) compareView(v warehouse.View, live *bigquery.TableMetadata) []warehouse.Difference {
	if live.Type != bigquery.ViewTable {
		return []warehouse.Difference{{Object: v.Name, Wanted: "a view", Live: strings.ToLower(string(live.Type))}}
	}
	var out []warehouse.Difference
	if live.ViewQuery != w.viewQuery(v) || live.UseLegacySQL {
		out = append(out, warehouse.Difference{Object: v.Name, Wanted: "the query of sql/view/" + v.Name + ".sql", Live: "another", Additive: true})
	}
	return append(out, compareLooks(v.Name, w.viewOf(v), live)...)
}

// compareDataset looks at the dataset and the place of staged files.
func (w *Warehouse) compareDataset(ctx context.Context) (out []warehouse.Difference, exists bool, err error) {
	object := w.object()
	var md *bigquery.DatasetMetadata
	err = w.retry(ctx, func(ctx context.Context) (err error) {
		md, err = w.dataset.Metadata(ctx)
		return err
	})
	location := w.wantedLocation()
	switch {
	case notFound(err):
		out = append(out, warehouse.Difference{Object: object, Wanted: "a dataset in " + location, Live: "nothing", Additive: true})
	case err != nil:
		return nil, false, w.about("look at dataset "+w.opt.Project+"."+w.opt.Dataset, err)
	default:
		exists = true
		if w.opt.Location != "" && !strings.EqualFold(md.Location, w.opt.Location) {
			out = append(out, warehouse.Difference{Object: object, Wanted: "location " + w.opt.Location, Live: md.Location})
		}
		location = md.Location
		// A new table takes over what its dataset has; and a project without
		// billing has both, of 60 days.
		if md.DefaultPartitionExpiration > 0 {
			out = append(out, warehouse.Difference{Object: object, Wanted: "no default partition expiration: games older than that would vanish, and the loads would say that they succeeded", Live: fmt.Sprintf("one of %s", md.DefaultPartitionExpiration)})
		}
		if md.DefaultTableExpiration > 0 {
			out = append(out, warehouse.Difference{Object: object, Wanted: "no default table expiration", Live: fmt.Sprintf("one of %s", md.DefaultTableExpiration)})
		}
	}
	if w.opt.Stage == nil {
		return out, exists, nil
	}
	stage, err := w.opt.Stage.Location(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("look where the staging bucket is: %w", err)
	}
	if !Together(location, stage) {
		out = append(out, warehouse.Difference{Object: "staging bucket", Wanted: "a location that loads into " + strings.ToUpper(location), Live: stage})
	}
	return out, exists, nil
}

func (w *Warehouse) wantedLocation() string {
	if w.opt.Location == "" {
		return "US"
	}
	return strings.ToUpper(w.opt.Location)
}

// Together reports whether a bucket can feed a dataset without its bytes being
// carried across: they are in the same place, or the bucket is within the
// dataset's multi-region.
func Together(dataset, bucket string) bool {
	dataset, bucket = strings.ToUpper(dataset), strings.ToUpper(bucket)
	switch dataset {
	case "US":
		return bucket == "US" || strings.HasPrefix(bucket, "US-") || bucket == "NAM4"
	case "EU":
		return bucket == "EU" || strings.HasPrefix(bucket, "EUROPE-") || bucket == "EUR4" || bucket == "EUR5" || bucket == "EUR7" || bucket == "EUR8"
	}
	return dataset == bucket
}

// Preflight refuses what Compare finds, but for what loads can do without.
func (w *Warehouse) Preflight(ctx context.Context, tables []warehouse.Table) error {
	differences, err := w.Compare(ctx, tables, nil)
	if err != nil {
		return err
	}
	refused := &warehouse.SetupError{Warehouse: w.Name(), Next: w.migrate() + ", which makes what is lacking; without --apply it shows what that is"}
	noDataset := slices.ContainsFunc(differences, func(d warehouse.Difference) bool { return d.Object == w.object() && d.IsAbsent() })
	for _, d := range differences {
		if d.Cosmetic || noDataset && d.IsAbsent() && d.Object != w.object() { // one cause, told once
			continue
		}
		if refused.Differences = append(refused.Differences, d); !d.Additive {
			refused.Next = "change these by hand, for migrate takes nothing away: a wrong table can be copied and dropped, an expiration is taken off with bq update; sourcecov migrate shows all of them"
		}
	}
	if len(refused.Differences) > 0 {
		return refused
	}
	return nil
}

// Apply makes the dataset, tables and views that are missing and adds what is
// lacking to those that exist. If there is one difference that is not additive
// it changes nothing and returns a *warehouse.SetupError.
func (w *Warehouse) Apply(ctx context.Context, tables []warehouse.Table, views []warehouse.View) ([]warehouse.Difference, error) {
	differences, err := w.Compare(ctx, tables, views)
	if err != nil {
		return nil, err
	}
	refused := &warehouse.SetupError{Warehouse: w.Name(), Next: "change these by hand, for migrate takes nothing away; then this command again"}
	wrong := map[string]bool{}
	for _, d := range differences {
		if !d.Additive {
			refused.Differences = append(refused.Differences, d)
		}
		name, _, _ := strings.Cut(d.Object, ".")
		wrong[name] = true
	}
	if len(refused.Differences) > 0 {
		return nil, refused
	}
	if wrong[w.object()] {
		if err := w.makeDataset(ctx); err != nil {
			return nil, err
		}
	}
	for _, t := range tables {
		if wrong[t.Name] {
			if err := w.bring(ctx, t.Name, metadataOf(t)); err != nil {
				return nil, err
			}
		}
	}
	for _, v := range views { // after the tables that they read
		if wrong[v.Name] {
			if err := w.bring(ctx, v.Name, w.viewOf(v)); err != nil {
				return nil, err
			}
		}
	}
	return differences, nil
}

func (w *Warehouse) makeDataset(ctx context.Context) error {
	err := w.retry(ctx, func(ctx context.Context) error {
		err := w.dataset.Create(ctx, &bigquery.DatasetMetadata{
			Location: w.wantedLocation(), Labels: map[string]string{ownLabel: ownValue},
			Description: "What every data source had for every game, which source was used and how good the result is.",
		})
		if status(err) == http.StatusConflict { // an answer was lost, or somebody else made it just now
			return nil
		}
		return err
	})
	return w.about("make dataset "+w.opt.Project+"."+w.opt.Dataset, err)
}

// bring makes a table or view, or brings one that exists up to what is wanted.
func (w *Warehouse) bring(ctx context.Context, name string, want *bigquery.TableMetadata) error {
	table := w.dataset.Table(name)
	err := w.retry(ctx, func(ctx context.Context) error {
		err := mend(ctx, table, want)
		if notFound(err) {
			if err = table.Create(ctx, want); status(err) == http.StatusConflict {
				err = mend(ctx, table, want)
			}
		}
		// It has changed since it was looked at: by this very request, whose
		// answer the client library lost and asked again, or by somebody else.
		if status(err) == http.StatusPreconditionFailed {
			err = mend(ctx, table, want)
		}
		return err
	})
	if status(err) == http.StatusPreconditionFailed {
		err = warehouse.Temporary(fmt.Errorf("somebody else changed it at the same moment: %w", err))
	}
	return w.about("bring "+w.Target(name, warehouse.All)+" up to what is wanted", err)
}

// mend brings a table or view that exists up to what is wanted, if it is as it was looked at.
func mend(ctx context.Context, table *bigquery.Table, want *bigquery.TableMetadata) error {
	live, err := table.Metadata(ctx)
	if err != nil {
		return err
	}
	_, err = table.Update(ctx, update(want, live), live.ETag)
	return err
}

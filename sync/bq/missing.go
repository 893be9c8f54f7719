package bq

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"sourcecov/sync/warehouse"
)

// Missing compares the rows of the whole table with those of all receipts, and
// only if they differ looks at each partition. A partition whose rows were
// replaced by as many others is not noticed here.
func (w *Warehouse) Missing(ctx context.Context, table warehouse.Table, want map[string]int64) ([]string, error) {
	if err := ctx.Err(); err != nil || len(want) == 0 {
		return nil, err
	}
	var all int64
	for _, rows := range want {
		all += rows
	}
	rows, exists, err := w.rows(ctx, table.Name, warehouse.All)
	if err != nil || exists && rows == all {
		return nil, err
	}
	var missing []string
	if !exists || table.Partition == "" {
		for partition := range want {
			missing = append(missing, partition)
		}
		slices.Sort(missing)
		return missing, nil
	}
	var partitions []string
	for partition := range want {
		partitions = append(partitions, partition)
	}
	slices.Sort(partitions)
	gone := make([]bool, len(partitions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, partition := range partitions {
		group.Go(func() error {
			rows, _, err := w.rows(ctx, table.Name, partition)
			gone[i] = rows != want[partition]
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, partition := range partitions {
		if gone[i] {
			missing = append(missing, partition)
		}
	}
	return missing, nil
}

// Strays counts: rows of the table beyond those of the partitions that have a
// receipt belong to partitions that have none. BigQuery lists partitions only to
// queries, so it cannot name them.
func (w *Warehouse) Strays(ctx context.Context, table warehouse.Table, want map[string]int64) ([]string, error) {
	if err := ctx.Err(); err != nil || table.Partition == "" {
		return nil, err
	}
	left, exists, err := w.rows(ctx, table.Name, warehouse.All)
	if err != nil || !exists {
		return nil, err
	}
	for _, rows := range want {
		left -= rows
	}
	if left == 0 {
		return nil, nil
	}
	// Some partition does not hold what its receipt says: count what is there.
	missing, err := w.Missing(ctx, table, want)
	if err != nil {
		return nil, err
	}
	for _, partition := range missing {
		rows, _, err := w.rows(ctx, table.Name, partition)
		if err != nil {
			return nil, err
		}
		left += want[partition] - rows
	}
	if left > 0 {
		return []string{warehouse.All}, nil
	}
	return nil, nil
}

// rows is how many rows a table or partition holds, without those of a streaming buffer.
func (w *Warehouse) rows(ctx context.Context, table, partition string) (rows int64, exists bool, err error) {
	md, err := w.metadata(ctx, destination(table, partition))
	if notFound(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, w.about("look at "+w.Target(table, partition), err)
	}
	return int64(md.NumRows), true, nil
}

// Streaming says of a table of any dataset of the project whether somebody is
// streaming rows into it: rows that no UPDATE, DELETE or MERGE may touch for up
// to 90 minutes, and the instant of the oldest (UTC).
type Streaming struct {
	Exists bool
	Rows   uint64    // estimated; 0 if there is no streaming buffer
	Oldest time.Time // zero if there is none
}

// Streaming looks at one table.
func (w *Warehouse) Streaming(ctx context.Context, dataset, table string) (s Streaming, err error) {
	err = w.retry(ctx, func(ctx context.Context) error {
		md, err := w.client.Dataset(dataset).Table(table).Metadata(ctx)
		if err == nil {
			s.Exists = true
			if md.StreamingBuffer != nil {
				s.Rows, s.Oldest = md.StreamingBuffer.EstimatedRows, md.StreamingBuffer.OldestEntryTime.UTC()
			}
		}
		return err
	})
	if notFound(err) {
		return s, nil
	}
	return s, w.about("look at "+w.opt.Project+"."+dataset+"."+table, err)
}

// Lacking lists those of the given permissions on a table that the credentials lack.
func (w *Warehouse) Lacking(ctx context.Context, table string, permissions []string) (lacking []string, err error) {
	var granted []string
	err = w.retry(ctx, func(ctx context.Context) (err error) {
		granted, err = w.dataset.Table(table).IAM().TestPermissions(ctx, permissions)
		return err
	})
	if err != nil {
		return nil, w.about("ask for the permissions on "+w.Target(table, warehouse.All), err)
	}
	for _, p := range permissions {
		if !slices.Contains(granted, p) {
			lacking = append(lacking, p)
		}
	}
	return lacking, nil
}

package bq

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/bigquery"
	"golang.org/x/sync/errgroup"

	"sourcecov/sync/warehouse"
)

// Missing compares the rows of the whole table with those of all receipts, and
// only if they differ looks at each partition, unless there are no rows at all.
// A partition whose rows were replaced by as many others is not noticed here.
func (w *Warehouse) Missing(ctx context.Context, table warehouse.Table, want map[string]int64) ([]string, error) {
	if err := ctx.Err(); err != nil || len(want) == 0 {
		return nil, err
	}
	live, err := w.look(ctx, table.Name, warehouse.All)
	if err != nil || live != nil && int64(live.NumRows) == sum(want) {
		return nil, err
	}
	there := map[string]int64{}
	switch {
	case live == nil:
		return slices.Sorted(maps.Keys(want)), nil
	case table.Partition == "":
		there[warehouse.All] = int64(live.NumRows)
	default:
		if there, err = w.count(ctx, table.Name, live, want); err != nil {
			return nil, err
		}
	}
	var missing []string
	for _, partition := range slices.Sorted(maps.Keys(want)) {
		if there[partition] != want[partition] {
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
	live, err := w.look(ctx, table.Name, warehouse.All)
	if err != nil || live == nil || int64(live.NumRows) == sum(want) {
		return nil, err
	}
	// Some partition does not hold what its receipt says: count what is there.
	there, err := w.count(ctx, table.Name, live, want)
	if err != nil {
		return nil, err
	}
	if int64(live.NumRows) > sum(there) {
		return []string{warehouse.All}, nil
	}
	return nil, nil
}

func sum(rows map[string]int64) (all int64) {
	for _, n := range rows {
		all += n
	}
	return all
}

// A census is the rows of a table's partitions, as far as they were counted, while
// the table was one version of itself.
type census struct {
	version string
	rows    map[string]int64
}

// count is how many rows each of the partitions holds that want names, of a table
// that has just been looked at. Of a version of a table each is looked at once,
// whoever asks; of one without rows none is.
func (w *Warehouse) count(ctx context.Context, table string, live *bigquery.TableMetadata, want map[string]int64) (map[string]int64, error) {
	if live.NumRows == 0 {
		return nil, nil
	}
	version := fmt.Sprint(live.CreationTime.UnixMilli(), live.LastModifiedTime.UnixMilli(), live.NumRows, live.ETag)
	w.mu.Lock()
	known := w.counted[table]
	w.mu.Unlock()
	rows := map[string]int64{}
	if known.version == version {
		maps.Copy(rows, known.rows)
	}
	partitions := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(p string) bool { _, is := rows[p]; return is })
	counts := make([]int64, len(partitions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, partition := range partitions {
		group.Go(func() error {
			part, err := w.look(ctx, table, partition)
			if part != nil {
				counts[i] = int64(part.NumRows)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, partition := range partitions {
		rows[partition] = counts[i]
	}
	w.mu.Lock()
	w.counted[table] = census{version, rows}
	w.mu.Unlock()
	there := map[string]int64{}
	for partition := range want {
		there[partition] = rows[partition]
	}
	return there, nil
}

// look is a table or partition as it is, its rows without those of a streaming
// buffer; nil if it is not there.
func (w *Warehouse) look(ctx context.Context, table, partition string) (*bigquery.TableMetadata, error) {
	md, err := w.metadata(ctx, destination(table, partition))
	if notFound(err) {
		return nil, nil
	}
	return md, w.about("look at "+w.Target(table, partition), err)
}

// Streaming says of a table of any dataset of the project whether somebody is
// streaming rows into it: rows that no UPDATE, DELETE or MERGE may touch for up
// to 90 minutes, and the instant of the oldest (UTC).
type Streaming struct {
	Exists bool
	Rows   uint64    // estimated; 0 if there is no streaming buffer
	Oldest time.Time // zero if there is none
}

// Streams reports whether anybody does.
func (s Streaming) Streams() bool { return s.Rows > 0 || !s.Oldest.IsZero() }

// streamingOf is what a table that is there says of it.
func streamingOf(md *bigquery.TableMetadata) Streaming {
	s := Streaming{Exists: true}
	if b := md.StreamingBuffer; b != nil {
		s.Rows, s.Oldest = b.EstimatedRows, b.OldestEntryTime.UTC()
	}
	return s
}

// Streaming looks at one table.
func (w *Warehouse) Streaming(ctx context.Context, dataset, table string) (s Streaming, err error) {
	err = w.retry(ctx, func(ctx context.Context) error {
		md, err := w.client.Dataset(dataset).Table(table).Metadata(ctx)
		if err == nil {
			s = streamingOf(md)
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

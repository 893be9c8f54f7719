package night

import (
	"context"
	"sync/atomic"

	"sourcecov/sync/warehouse"
)

// toldLoads is a warehouse of which every load is told when it begins.
type toldLoads struct {
	warehouse.Loader
	progress Progress
	of       int
	begun    atomic.Int64
}

// told is the night's warehouse, which tells of so many loads. One that takes them
// all at once tells of none: it is done before anybody has read it.
func (n *night) told(loads int) warehouse.Loader {
	if _, atOnce := n.Loader.(warehouse.Bulk); atOnce {
		n.Progress.Doing("publish", "giving the files to the warehouse", 0, 0)
		return n.Loader
	}
	return &toldLoads{Loader: n.Loader, progress: n.Progress, of: loads}
}

func (l *toldLoads) Load(ctx context.Context, load warehouse.Load) (int64, error) {
	l.progress.Doing("publish", "loading "+load.Table.Name+"/"+load.Partition, int(l.begun.Add(1))-1, l.of)
	return l.Loader.Load(ctx, load)
}

package warehouse

import "context"

// Sum is the SHA-256 of a partition's file, in hex, as receipts have it. The
// error wraps fs.ErrNotExist if the file is gone.
func (d *Dir) Sum(ctx context.Context, table, partition string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return SHA256(d.place(table, partition))
}

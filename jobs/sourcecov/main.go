// Command sourcecov says what every data source had for every scheduled game.
// Its manual is package jobs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sourcecov/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a limit of the size of files is an error like a full disk
	signal.Ignore(syscall.SIGPIPE) // a reader who has read enough is no reason to leave a night half done
	os.Exit(jobs.Main(ctx, jobs.Process()))
}

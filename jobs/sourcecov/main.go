// Command sourcecov says what every data source had for every scheduled game.
// Its manual is package jobs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sourcecov/jobs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a limit of the size of files is an error like a full disk
	os.Exit(jobs.Main(ctx, jobs.World{
		Args:   os.Args[1:],
		Getenv: os.Getenv,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Now:    time.Now,

		StderrIsTerminal: isTerminal(os.Stderr),
	}))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

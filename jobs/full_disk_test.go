package jobs_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// mounts says that make full-disk asks: then what cannot be mounted is a failure.
var mounts = flag.Bool("mounts", false, "TestFullDisk tries every size and place, and fails where it cannot mount a file system")

// inside is set in the environment of the process that has a mount table of its own.
const inside = "SOURCECOV_TEST_MOUNTS"

// TestFullDisk: a night on a disk that fills exits 1, names the folder, claims
// nothing, and the next night with room makes all of it good. The disks are small
// tmpfs in a mount table of the test's own, for which no root is needed where the
// system lets anybody have a user namespace.
func TestFullDisk(t *testing.T) {
	long(t)
	if os.Getenv(inside) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v", fmt.Sprintf("-mounts=%v", *mounts))
		cmd.Env = append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		cannot := "cannot mount a tmpfs here: it takes root or an unprivileged user namespace"
		switch {
		case err != nil && !errors.As(err, &exit), bytes.Contains(out, []byte("mount: ")):
			if *mounts {
				t.Fatalf("%s: %v\n%s", cannot, err, out)
			}
			t.Skipf("%s: %v", cannot, err)
		case err != nil:
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
		disks := bytes.Count(out, []byte(": all on ")) // each was filled, and healed
		count("disk sizes", tally{tried: disks, survived: disks})
		return
	}
	small := copyBucket(t, smallBucket())
	clean := t.TempDir()
	must(t, 0, "nightly", "-q", "--bucket", small, "--workdir", clean)
	sizes := []int{96, 3000, 7000} // one in the landing, one in the warehouse, one in the checkpoint
	if *mounts {
		sizes = []int{16, 64, 200, 500, 1000, 2000, 3000, 5000, 8000, 12000}
	}
	for _, size := range sizes {
		disk := tmpfs(t, t.TempDir(), size)
		fills(t, fmt.Sprintf("all on %d KiB", size), disk, clean, "--bucket", small, "--workdir", filepath.Join(disk, "work"))
	}
	for place, size := range map[string]int{"landing": 20, "state": 12, "warehouse": 60} {
		work := t.TempDir()
		disk := filepath.Join(work, place)
		if err := os.Mkdir(disk, 0o755); err != nil {
			t.Fatal(err)
		}
		tmpfs(t, disk, size)
		fills(t, fmt.Sprintf("%s on %d KiB", place, size), disk, clean, "--bucket", small, "--workdir", work)
	}
	temp := tmpfs(t, t.TempDir(), 100)
	t.Setenv("TMPDIR", temp)
	if code, _, said := run(t.Context(), "nightly", "-q", "--bucket", small, "--workdir", clean, "--dry-run"); code != 1 ||
		!strings.Contains(said, "next: make room on the disk of "+temp) {
		t.Errorf("a dry run with 100 KiB for temporary files: exit %d, %s", code, said)
	}
	if code, _, said := run(t.Context(), "verify", "newest", "-q", "--workdir", clean); code != 1 ||
		!strings.Contains(said, "next: make room on the disk of "+temp) {
		t.Errorf("verify with 100 KiB for temporary files: exit %d, %s", code, said)
	}
}

// tmpfs makes a folder one on a disk of so many KiB, until the test ends.
func tmpfs(t *testing.T, dir string, kib int) string {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kib)); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// fills runs a night that has to fail for want of room on the disk, and then, with
// room, one that has to end as the clean one did.
func fills(t *testing.T, what, disk, clean string, flags ...string) {
	t.Helper()
	night := append([]string{"nightly", "-q"}, flags...)
	code, _, said := run(t.Context(), night...)
	_, hint, _ := strings.Cut(said, "\nnext: make room on the disk of ")
	folder, _, _ := strings.Cut(hint, ",")
	if info, err := os.Stat(folder); code != 1 || err != nil || !info.IsDir() {
		t.Errorf("%s: exit %d, %s", what, code, said)
	}
	t.Logf("%s: %s", what, folder)
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=200m"); err != nil {
		t.Fatalf("mount: %v", err)
	}
	heals(t, what, clean, flags...)
}

// heals runs a night with room.
func heals(t *testing.T, what, clean string, flags ...string) {
	t.Helper()
	work := flags[3]
	out := must(t, 0, append([]string{"nightly"}, flags...)...)
	if strings.Contains(out, "already done") {
		t.Errorf("%s: what failed is called done", what)
	}
	if out := must(t, 0, append([]string{"nightly"}, flags...)...); !strings.Contains(out, "already done") {
		t.Errorf("%s: with room the night is never done", what)
	}
	must(t, 0, "explain", "0022300062", "--workdir", work)
	verify := []string{"verify", "newest", "-q", "--workdir", work}
	warehouse := filepath.Join(work, "warehouse")
	for i, flag := range flags {
		switch flag {
		case "--state":
			verify = append(verify, flag, flags[i+1])
		case "--warehouse":
			warehouse = strings.TrimPrefix(flags[i+1], "dir:")
		}
	}
	must(t, 0, verify...)
	for _, f := range tables(t) {
		if f.Name == "coverage_runs" || f.Name == "coverage_actions" {
			continue // they tell of the failed run, too
		}
		want := fmt.Sprint(rows(t, filepath.Join(clean, "warehouse"), f.Name))
		if got := fmt.Sprint(rows(t, warehouse, f.Name)); got != want {
			t.Errorf("%s: %s is %.300s, want %.300s", what, f.Name, got, want)
		}
	}
}

// TestFileLimit: a limit of the size of files is as a full disk, and needs no
// mount to be tried. The database is written last and is by far the largest file.
func TestFileLimit(t *testing.T) {
	long(t)
	t.Parallel()
	small := smallFinished(t)
	for _, limit := range []int{4 << 10, 200 << 10, 4 << 20} {
		work := t.TempDir()
		flags := []string{"--bucket", small.bucket, "--workdir", work}
		cmd := program(t, []string{fileLimit + "=" + strconv.Itoa(limit)}, append([]string{"nightly", "-q"}, flags...)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said.String(), "next: make room on the disk of "+work) {
			t.Errorf("files of %d bytes: %v, %s", limit, err, &said)
		}
		heals(t, fmt.Sprintf("files of %d bytes", limit), small.work, flags...)
	}
}

// fileLimit names, in the environment, how large a file of this process may be.
const fileLimit = "SOURCECOV_TEST_FILE_LIMIT"

// limitFiles does what a shell does before it starts the program.
func limitFiles() {
	bytes, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // as main does
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
		panic(err)
	}
}

// TestDatabaseThatDoesNotAnswer: a run is not done if its database is gone, cut
// or has no schema; and if the one to look around in is gone, it is made again.
func TestDatabaseThatDoesNotAnswer(t *testing.T) {
	long(t)
	t.Parallel()
	work := t.TempDir()
	night := []string{"nightly", "--bucket", smallFinished(t).bucket, "--workdir", work}
	must(t, 0, night...)
	database := filepath.Join(work, "runs", runsOf(t, work)[0], "run.duckdb")
	newest := filepath.Join(work, "sourcecov.duckdb")
	if err := os.Remove(newest); err != nil {
		t.Fatal(err)
	}
	if out := must(t, 0, night...); !strings.Contains(out, "already done") {
		t.Errorf("without the newest database the night is not done:\n%s", out)
	}
	must(t, 0, "explain", "0022300062", "--workdir", work)
	for what, damage := range map[string]func() error{
		"gone":  func() error { return os.Remove(database) },
		"cut":   func() error { return os.Truncate(database, 12<<10) }, // its headers alone
		"noise": func() error { return os.WriteFile(database, []byte("no database at all"), 0o644) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if out := must(t, 0, night...); strings.Contains(out, "already done") {
			t.Errorf("the database is %s and the night is called done", what)
		}
		must(t, 0, "explain", "0022300062", "--workdir", work)
		if out := must(t, 0, night...); !strings.Contains(out, "already done") {
			t.Errorf("the database was %s once and the night is never done again", what)
		}
	}
}

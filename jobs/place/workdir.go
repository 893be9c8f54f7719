package place

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"sourcecov/jobs/fault"
	"sourcecov/sync/mirror"
)

// A Workdir is a working directory: what one bucket's runs keep. It is absolute.
type Workdir string

var patterns = regexp.MustCompile(`[?*\[\]{}]`) // the engine would take them for patterns and options

// ParseWorkdir makes sense of --workdir; without it each bucket has its own.
func ParseWorkdir(text string, bucket Bucket) (Workdir, error) {
	if text == "" {
		text = filepath.Join(".sourcecov", bucket.folder())
	}
	dir, err := filepath.Abs(text)
	if err != nil {
		return "", fault.Usagef("--workdir DIR", "--workdir %s: %v", text, err)
	}
	if patterns.MatchString(dir) {
		return "", fault.Usagef("--workdir DIR, in a folder without such characters", "--workdir %s: a path with one of ? * [ ] { } cannot be used", dir)
	}
	return Workdir(dir), nil
}

func (w Workdir) path(parts ...string) string {
	return filepath.Join(append([]string{string(w)}, parts...)...)
}

// Landing is the folder of what was pulled.
func (w Workdir) Landing() string { return w.path("landing") }

// Runs is the folder of all runs.
func (w Workdir) Runs() string { return w.path("runs") }

// Run is the folder of one run.
func (w Workdir) Run(id string) string { return w.path("runs", id) }

// Record is the file that tells of a run.
func (w Workdir) Record(id string) string { return w.path("runs", id, "run.json") }

// AuditedFile is the name of the file with what a run counted of the platform's tables.
const AuditedFile = "audited.parquet"

// Audited is that file of a run; one that did not look has none.
func (w Workdir) Audited(id string) string { return w.path("runs", id, AuditedFile) }

// Database is the file of a run's database.
func (w Workdir) Database(id string) string { return w.path("runs", id, "run.duckdb") }

// Newest is the database of the newest run.
func (w Workdir) Newest() string { return w.path("sourcecov.duckdb") }

// Take makes the directory and takes it for one run alone, of the bucket that it
// belongs to if it is anybody's yet: [Workdir.Claim] makes it so. Close gives it
// back; the kernel does that too when the process ends, however it ends.
func (w Workdir) Take(bucket Bucket) (io.Closer, error) {
	if err := os.MkdirAll(string(w), 0o755); err != nil {
		return nil, unwritable("--workdir", err)
	}
	lock, err := os.OpenFile(w.path("lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, unwritable("--workdir", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", w, fault.ErrBusy), lock.Close())
	}
	err = w.BelongsTo(bucket)
	if err == nil {
		err = w.sweep()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// Claim makes the directory that of the bucket. It is for a run that has found its
// places in order: one that was refused leaves the directory to the bucket that was meant.
func (w Workdir) Claim(bucket Bucket) error {
	owner, err := w.Owner()
	if err != nil || owner != "" {
		return err
	}
	return WriteFile(w.path("bucket"), []byte(bucket.ID()))
}

// unwritable says that the directory of a flag cannot be written: a mistake of
// whoever named it, unless there is no room.
func unwritable(flag string, err error) error {
	if _, full := mirror.IsFull(err); full {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return fault.Usagef(flag+" DIR that can be written", "%s: %w", flag, err)
}

// Owner is the ID of the bucket that the directory belongs to, "" if it is nobody's yet.
func (w Workdir) Owner() (string, error) {
	owner, err := os.ReadFile(w.path("bucket"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read whose working directory this is: %w", err)
	}
	return string(owner), nil
}

// BelongsTo refuses a directory of another bucket: objects landed from one would
// pass for objects of the other that are gone.
func (w Workdir) BelongsTo(bucket Bucket) error {
	owner, err := w.Owner()
	if err != nil || owner == "" || owner == bucket.ID() {
		return err
	}
	return fault.Usagef("--workdir ANOTHER, or leave --workdir away: each bucket then has its own",
		"the working directory %s belongs to the bucket %s, not to %s", w, owner, bucket.ID())
}

// Busy reports whether a run is in the directory. It takes no lock that a run
// would have to wait for.
func (w Workdir) Busy() bool {
	lock, err := os.Open(w.path("lock"))
	if err != nil {
		return false // a directory that was restored without its lock is in nobody's use
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// Copy makes a temporary directory with the same landing, for a run that must
// not change this one. Close removes it.
func (w Workdir) Copy() (Workdir, io.Closer, error) {
	tmp, err := os.MkdirTemp("", "sourcecov-dry-run-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the dry run: %w", err)
	}
	remove := closer(func() error { return os.RemoveAll(tmp) })
	if _, err := os.Stat(w.Landing()); errors.Is(err, fs.ErrNotExist) {
		return Workdir(tmp), remove, nil
	}
	if err := os.CopyFS(Workdir(tmp).Landing(), os.DirFS(w.Landing())); err != nil {
		return "", nil, errors.Join(fmt.Errorf("copy the landing for the dry run: %w", err), remove())
	}
	return Workdir(tmp), remove, nil
}

type closer func() error

func (c closer) Close() error { return c() }

// Recorded lists the runs that have a record, by id.
func (w Workdir) Recorded() ([]string, error) {
	records, err := filepath.Glob(w.path("runs", "*", "run.json"))
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	ids := make([]string, len(records))
	for i, name := range records {
		ids[i] = filepath.Base(filepath.Dir(name))
	}
	return ids, nil
}

// RecordedLast is the one of these runs whose record was written last.
func (w Workdir) RecordedLast(ids []string) string {
	return slices.MaxFunc(ids, func(a, b string) int {
		return modTime(w.Record(a)).Compare(modTime(w.Record(b)))
	})
}

// Temp makes a folder below the directory for one step of a run. What a killed
// run left of such folders is removed by [Workdir.Take].
func (w Workdir) Temp() (dir string, remove func() error, err error) {
	if err = os.MkdirAll(w.Temps(), 0o755); err == nil {
		dir, err = os.MkdirTemp(w.Temps(), "")
	}
	if err != nil {
		return "", nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	return dir, func() error {
		err := os.RemoveAll(dir)
		os.Remove(w.Temps()) // unless somebody else is in it
		return err
	}, nil
}

// Temps is the folder of all that Temp makes, and of nothing else.
func (w Workdir) Temps() string { return w.path(".tmp") }

// early are the temporary folders of versions that made them in the directory itself.
var early = regexp.MustCompile(`^(state|settle)-\d+$`)

// sweep removes the temporary folders that killed runs left.
func (w Workdir) sweep() error {
	entries, err := os.ReadDir(string(w))
	for _, e := range entries {
		if !early.MatchString(e.Name()) {
			continue
		}
		// A folder of that name could be somebody's --state, which has a HEAD.
		if heads, _ := filepath.Glob(w.path(e.Name(), "HEAD-*")); len(heads) == 0 {
			err = errors.Join(err, os.RemoveAll(w.path(e.Name())))
		}
	}
	if err = errors.Join(err, os.RemoveAll(w.Temps())); err != nil {
		return fmt.Errorf("remove what killed runs left: %w", err)
	}
	return nil
}

// Clear removes what an unfinished run of this id left, and of others what a run
// that is through does not have, and makes the run's folder.
func (w Workdir) Clear(id string) error {
	var left []string
	for _, what := range []string{"building-*", "publish", "state"} {
		found, err := filepath.Glob(w.path("runs", "*", what))
		if err != nil {
			return fmt.Errorf("find what killed runs left: %w", err)
		}
		left = append(left, found...)
	}
	var err error
	for _, dir := range append(left, w.Run(id)) {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err := errors.Join(err, os.MkdirAll(w.Run(id), 0o755)); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	return nil
}

// MakeNewest makes a run's database the one that [Workdir.Newest] stands for.
func (w Workdir) MakeNewest(id string) error {
	tmp := w.Newest() + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("link the newest database: %w", err)
	}
	if err := os.Link(w.Database(id), tmp); err != nil {
		return fmt.Errorf("link the newest database: %w", err)
	}
	if err := os.Rename(tmp, w.Newest()); err != nil {
		return fmt.Errorf("link the newest database: %w", err)
	}
	return nil
}

// keptDatabases is how many runs keep their database; every run.json is kept.
const keptDatabases = 14

// Prune drops the oldest databases, but never that of the run with this id. Run
// ids begin with as-of, but it is the order of writing that counts here.
func (w Workdir) Prune(id string) error {
	names, err := filepath.Glob(w.path("runs", "*", "run.duckdb"))
	if err != nil {
		return fmt.Errorf("drop old databases: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int { return modTime(b).Compare(modTime(a)) })
	for _, name := range names[min(keptDatabases, len(names)):] {
		if strings.HasPrefix(name, w.Run(id)+string(filepath.Separator)) {
			continue
		}
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("drop old databases: %w", err)
		}
	}
	return nil
}

// modTime is when a file was written; the zero time if it is gone.
func modTime(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// WriteFile writes a small file whole or not at all, with its folder.
func WriteFile(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return mirror.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

package warehouse

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Part is one partition of a table as it should be.
type Part struct {
	Value string // YYYYMMDD, or All
	Rows  int64
	Hash  string   // content hash
	Games []string // NBA ids in it, sorted; none in a table without games
}

// Content is a table and all its partitions as they should be, by value.
type Content struct {
	Table Table
	Parts []Part
}

// A Receipt is what a partition holds by the last load of it.
type Receipt struct {
	LoadID string
	Hash   string
	Rows   int64

	// Doubtful says that the partition is known not to hold that, and not known
	// to be empty.
	Doubtful bool
}

// A Job is one load to come.
//
// Its ID names the content and the past: it holds a hash over the target, the
// content and the load that the target holds now. So the same job after a crash
// has the same ID, whoever asks, and content that comes back after another has
// another (WAREHOUSE.md, "The protocol").
type Job struct {
	ID        string
	Table     Table
	Partition string // YYYYMMDD, or All: it replaces the whole table
	Parts     []Part // what it brings; of a partition that is emptied a Part without rows
	Hash      string // content hash over Parts
	Parent    string // the load that it replaces, "" if it is the first; of a whole table a hash over those of its partitions
}

// Rows is how many rows the job brings.
func (j Job) Rows() (sum int64) {
	for _, p := range j.Parts {
		sum += p.Rows
	}
	return sum
}

// A Planner decides what to load. It asks nobody and changes nothing.
type Planner struct {
	Limits Limits
	Target func(table, partition string) string // of the Loader
	Empty  string                               // content hash of no rows
	// Spent counts the jobs of each table that were intended within the last 24 hours.
	Spent map[string]int64
	// Replaced reports whether a table holds rows of which no receipt knows and that
	// cannot be named: it is replaced as a whole; nil: none.
	Replaced func(table string) bool
	// Forced reports whether a partition is loaded whatever its receipt says; nil: none.
	Forced func(table, partition string) bool
}

// Plan compares content with receipts (by table, then partition) and returns the
// jobs that make the warehouse hold the content, in order of tables and
// partitions. What is unchanged has no job. A partition that has a receipt with
// rows, or a doubtful one, and is not in the content any more is emptied; one of all of a table that
// is partitioned now, or the reverse, is about a table that is gone and empties
// nothing. Too many jobs are a [*BudgetError].
func (p Planner) Plan(contents []Content, receipts map[string]map[string]Receipt) ([]Job, error) {
	var jobs []Job
	for _, c := range contents {
		mine := p.jobs(c, receipts[c.Table.Name])
		if most := p.Limits.TableDayJobs; most > 0 && len(mine) > 0 && int(p.Spent[c.Table.Name])+len(mine) > most {
			return nil, &BudgetError{Table: c.Table.Name, Jobs: int(p.Spent[c.Table.Name]) + len(mine), Most: most}
		}
		jobs = append(jobs, mine...)
	}
	if most := p.Limits.RunJobs; most > 0 && len(jobs) > most {
		return nil, &BudgetError{Jobs: len(jobs), Most: most}
	}
	return jobs, nil
}

// jobs are those of one table.
func (p Planner) jobs(c Content, receipts map[string]Receipt) []Job {
	parts := slices.Clone(c.Parts)
	is := map[string]bool{} // in the content
	for _, p := range c.Parts {
		is[p.Value] = true
	}
	for value, r := range receipts {
		isOfTable := (value == All) == (c.Table.Partition == "")
		if isOfTable && (r.Rows > 0 || r.Doubtful || p.forces(c, value)) && !is[value] {
			parts = append(parts, Part{Value: value, Hash: p.Empty, Games: []string{}})
		}
	}
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Value, b.Value) })
	var touched []Part
	for _, part := range parts {
		if r := receipts[part.Value]; r.Hash != part.Hash || r.Doubtful || p.forces(c, part.Value) {
			touched = append(touched, part)
		}
	}
	fits := p.Limits.WholeMost == 0 || len(c.Parts) <= p.Limits.WholeMost
	many := len(touched) > p.Limits.WholeAbove || p.Replaced != nil && p.Replaced(c.Table.Name)
	if c.Table.Partition != "" && p.Limits.WholeAbove > 0 && many && fits {
		return []Job{p.job(c.Table, All, parts, wholeHash(parts), parentOfAll(receipts))}
	}
	var jobs []Job
	for _, part := range touched {
		jobs = append(jobs, p.job(c.Table, part.Value, []Part{part}, part.Hash, receipts[part.Value].LoadID))
	}
	return jobs
}

func (p Planner) forces(c Content, partition string) bool {
	return p.Forced != nil && p.Forced(c.Table.Name, partition)
}

func (p Planner) job(t Table, partition string, parts []Part, hash, parent string) Job {
	sum := digest(p.Target(t.Name, partition), hash, parent)
	return Job{
		ID:    fmt.Sprintf("sourcecov-%s-%s-%s", t.Name, partition, sum[:16]),
		Table: t, Partition: partition, Parts: parts, Hash: hash, Parent: parent,
	}
}

func wholeHash(parts []Part) string {
	var lines []string
	for _, p := range parts {
		lines = append(lines, p.Value, p.Hash)
	}
	return digest(lines...)
}

func parentOfAll(receipts map[string]Receipt) string {
	var lines []string
	for value, r := range receipts {
		lines = append(lines, value+" "+r.LoadID)
	}
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	return digest(lines...)
}

// digest is a SHA-256 over texts, in hex, that no other list of texts has.
func digest(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		fmt.Fprintf(&b, "%d:%s\n", len(t), t)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

package bqtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The states of a job.
const (
	pending = "PENDING"
	running = "RUNNING"
	done    = "DONE"
)

// A job is a load or query job. Its id is taken for ever.
type job struct {
	id       string
	kind     string
	location string
	config   object // configuration, as it came
	media    []byte
	hasMedia bool // it is the source

	state   string
	polls   int  // jobs.get until it is DONE
	endless bool // not to be run by anybody
	outcome Kind

	created, started, ended time.Time

	failed *failure
	stats  object // of its kind
	result *result
}

var jobID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (s *Server) insertJob(c *call) (answer, error) {
	config := c.json.object("configuration")
	j := &job{config: config, media: c.media, hasMedia: c.hasMedia, state: pending, polls: s.opt.Polls, outcome: c.outcome, created: s.opt.Now(), stats: object{}}
	for _, kind := range []string{"load", "copy", "query", "extract"} {
		if config.object(kind) == nil {
			continue
		}
		if j.kind != "" {
			return answer{}, invalid("a job has one configuration, not both %s and %s", j.kind, kind)
		}
		j.kind = kind
	}
	j.id = c.json.string("jobReference", "jobId")
	if j.id == "" {
		j.id = "job_" + itoa(s.next())
	}
	if !jobID.MatchString(j.id) || len(j.id) > 1024 {
		return answer{}, invalid("Invalid job ID \"%s\". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.", j.id)
	}
	if p := c.json.string("jobReference", "projectId"); p != "" && p != s.opt.Project {
		return answer{}, invalid("the job reference names the project %s", p)
	}
	if old := s.jobs[j.id]; old != nil {
		return answer{}, fail(409, "duplicate", "Already Exists: Job %s:%s.%s", s.opt.Project, old.location, j.id)
	}
	if err := checkLabels(config); err != nil {
		return answer{}, err
	}
	if err := s.accept(j, c.json.string("jobReference", "location")); err != nil {
		return answer{}, err
	}
	if config.bool("dryRun") {
		if j.kind != "query" {
			return answer{}, notImplemented("dryRun of a " + j.kind + " job")
		}
		j.state = done
		return ok(s.jobResource(j))
	}
	j.endless = c.outcome == JobEndless
	s.jobs[j.id] = j
	s.order = append(s.order, j)
	if s.opt.Polls == AtOnce && !j.endless {
		s.run(j)
	}
	return ok(s.jobResource(j))
}

// accept judges what BigQuery judges before it takes a job, and finds the
// location that the job runs in.
func (s *Server) accept(j *job, want string) error {
	var ds *dataset
	var err error
	switch j.kind {
	case "load":
		if err = s.acceptLoad(j); err == nil {
			ds, err = s.datasetNamed(j.config.string("load", "destinationTable", "datasetId"))
		}
	case "query":
		ds, err = s.acceptQuery(j)
	case "":
		err = invalid("Required parameter is missing: configuration")
	default:
		err = notImplemented(j.kind + " jobs")
	}
	if err != nil {
		return err
	}
	if want != "" && !strings.EqualFold(want, ds.location) {
		return notFound("Not found: Dataset %s:%s was not found in location %s", s.opt.Project, ds.id, location(want))
	}
	j.location = ds.location
	return nil
}

// run brings a job to its end. It may be called for a job that is DONE.
func (s *Server) run(j *job) {
	if j.state == done {
		return
	}
	j.state = done
	j.started, j.ended = s.opt.Now(), s.opt.Now()
	if j.failed = j.outcome.outcome(); j.failed == nil {
		if err := s.execute(j); err != nil {
			j.failed = asFailure(err)
		}
	}
	j.media = nil
}

// execute makes the effect of a job, all of it or none.
func (s *Server) execute(j *job) error {
	switch j.kind {
	case "load":
		return s.runLoad(j)
	case "query":
		return s.runQuery(j)
	}
	return fmt.Errorf("run a %s job", j.kind)
}

func (s *Server) jobResource(j *job) object {
	config := j.config.clone()
	config["jobType"] = strings.ToUpper(j.kind)
	stats := object{"creationTime": millis(j.created), "totalBytesProcessed": "0"}
	if bytes := j.stats.string("totalBytesProcessed"); bytes != "" {
		stats["totalBytesProcessed"] = bytes
	}
	if j.state != pending {
		stats["startTime"] = millis(timeOr(j.started, j.created))
	}
	if j.state == done {
		stats["endTime"] = millis(timeOr(j.ended, j.created))
		if j.failed == nil || j.kind == "query" {
			stats[j.kind] = j.stats
		}
	}
	status := object{"state": j.state}
	if j.failed != nil {
		status["errorResult"], status["errors"] = j.failed.proto(), []object{j.failed.proto()}
	}
	return object{
		"kind": "bigquery#job", "etag": "job", "id": s.opt.Project + ":" + j.location + "." + j.id, "user_email": "tester@example.com",
		"jobReference":  s.reference(j),
		"selfLink":      s.URL + "/bigquery/v2/projects/" + s.opt.Project + "/jobs/" + j.id + "?location=" + j.location,
		"configuration": config, "statistics": stats, "status": status,
	}
}

// timeOr is the time, or the other one while it is not known.
func timeOr(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

// findJob finds the job that a request names. Without its location only a job
// of the two multi-regions is found.
func (s *Server) findJob(c *call) (*job, error) {
	j := s.jobs[c.jobID]
	want := c.query.Get("location")
	isMulti := j != nil && (j.location == "US" || j.location == "EU")
	if j == nil || want == "" && !isMulti || want != "" && !strings.EqualFold(want, j.location) {
		where := ""
		if want != "" {
			where = location(want) + "."
		}
		return nil, notFound("Not found: Job %s:%s%s", s.opt.Project, where, c.jobID)
	}
	return j, nil
}

// poll lets a job go one step further.
func (s *Server) poll(j *job) error {
	switch {
	case j.state == done:
	case j.endless:
		j.state = running
		ms, err := j.config.int("jobTimeoutMs")
		if err != nil {
			return err
		}
		if ms > 0 && s.opt.Now().Sub(j.created) > time.Duration(ms)*time.Millisecond {
			s.stop(j, fmt.Sprintf("Operation timed out after %.1f seconds.", float64(ms)/1000))
		}
	case j.polls > 0:
		if j.polls--; j.polls == 0 {
			j.state, j.started = running, s.opt.Now()
		}
	default:
		s.run(j)
	}
	return nil
}

// stop ends a job without effect.
func (s *Server) stop(j *job, why string) {
	j.state, j.ended, j.endless, j.media = done, s.opt.Now(), false, nil
	j.failed = fail(400, "stopped", "%s", why)
}

func (s *Server) getJob(c *call) (answer, error) {
	j, err := s.findJob(c)
	if err != nil {
		return answer{}, err
	}
	if err := s.poll(j); err != nil {
		return answer{}, err
	}
	return ok(s.jobResource(j))
}

func (s *Server) listJobs(c *call) (answer, error) {
	list := []object{}
	for _, j := range slices.Backward(s.order) {
		o := s.jobResource(j)
		o["state"] = j.state
		if j.failed != nil {
			o["errorResult"] = j.failed.proto()
		}
		list = append(list, o)
	}
	return ok(object{"kind": "bigquery#jobList", "etag": "list", "jobs": list})
}

func (s *Server) cancelJob(c *call) (answer, error) {
	j, err := s.findJob(c)
	if err != nil {
		return answer{}, err
	}
	if j.state != done {
		s.stop(j, "Job execution was cancelled: User requested cancellation")
	}
	return ok(object{"kind": "bigquery#jobCancelResponse", "job": s.jobResource(j)})
}

// Release lets the endless jobs so far run like any other.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.order {
		j.endless = false
	}
}

// JobState is the state of a job, without polling it; "" if there is none.
func (s *Server) JobState(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.jobs[id]; j != nil {
		return j.state
	}
	return ""
}

// JobIDs are the ids of all jobs ever accepted, sorted.
func (s *Server) JobIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.jobs))
}

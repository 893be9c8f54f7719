package jobs

import (
	"context"
	"fmt"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sourcecov/jobs/fault"
	"sourcecov/jobs/runs"
	"sourcecov/jobs/tell"
	"sourcecov/sync/mirror"
	"sourcecov/sync/notify"
)

// alerting are the flags that say who is told.
type alerting struct {
	channels         []string
	hookFile         string
	smtp, from, user string
	passwordFile     string
	replay           string
}

// What is secret comes from the environment or a file, and from no flag: a command
// line stands in the list of processes.
const (
	hookVariable     = "SOURCECOV_SLACK_WEBHOOK"
	passwordVariable = "SOURCECOV_SMTP_PASSWORD"
)

func channelFlag(f *flags, s *pflag.FlagSet) {
	s.StringArrayVar(&f.alerting.channels, "alert", nil, "whom to tell: slack, mail:ADDRESS or file:PATH; may be repeated")
}

func alertFlags(f *flags, s *pflag.FlagSet) {
	channelFlag(f, s)
	s.StringVar(&f.alerting.hookFile, "slack-webhook-file", "", "file with the URL of Slack's incoming webhook (default what "+hookVariable+" holds)")
	s.StringVar(&f.alerting.smtp, "smtp", "", "server that takes mail, HOST:PORT; it must speak TLS")
	s.StringVar(&f.alerting.from, "mail-from", "", "address that mail comes from (default the one that it goes to)")
	s.StringVar(&f.alerting.user, "smtp-user", "", "user of that server; without one nobody signs in")
	s.StringVar(&f.alerting.passwordFile, "smtp-password-file", "", "file with his password (default what "+passwordVariable+" holds)")
}

func replayFlags(f *flags, s *pflag.FlagSet) {
	s.StringVar(&f.alerting.replay, "replay", "", "date YYYY-MM-DD, or an instant, whose newest run is told of")
	channelFlag(f, s)
	stateFlag(f, s)
}

// channelName is a channel as it is recorded.
func channelName(spec string) (string, error) {
	kind, what, _ := strings.Cut(spec, ":")
	switch kind {
	case "slack":
		if what == "" && spec == "slack" {
			return spec, nil
		}
		return "", fault.Usagef("--alert slack, with the webhook in "+hookVariable, "--alert slack takes nothing after it: a webhook is a secret")
	case "mail":
		address, err := mail.ParseAddress(what)
		if err != nil || address.Address != what {
			return "", fault.Usagef("--alert mail:ops@example.com", "--alert mail: what follows is not an address")
		}
		return spec, nil
	case "file":
		if what == "" {
			return "", fault.Usagef("--alert file:alerts.jsonl", "--alert file: takes the name of a file")
		}
		path, err := filepath.Abs(what)
		if err != nil {
			return "", fault.Usagef("--alert file:alerts.jsonl", "--alert %s: %v", spec, err)
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return "", fault.Usagef("make that directory first, or name a file elsewhere", "--alert %s: there is no directory %s", spec, filepath.Dir(path))
		}
		return spec, nil
	}
	// It may be the webhook itself, in the wrong place.
	return "", fault.Usagef("--alert slack, --alert mail:ops@example.com or --alert file:alerts.jsonl", "--alert is slack, mail:ADDRESS or file:PATH")
}

// names are the channels that were typed, each once.
func (a *alerting) names() (out []string, err error) {
	for _, spec := range a.channels {
		name, err := channelName(spec)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, nil
}

// open makes the channels. Nobody is asked yet.
func (a *alerting) open(getenv func(string) string) (out []notify.Channel, err error) {
	names, err := a.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		kind, what, _ := strings.Cut(name, ":")
		var c notify.Channel
		switch kind {
		case "slack":
			c, err = a.slack(getenv)
		case "mail":
			c, err = a.mail(what, getenv)
		case "file":
			c = notify.File{Path: what}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *alerting) slack(getenv func(string) string) (notify.Channel, error) {
	hook, from, err := secret(a.hookFile, "--slack-webhook-file", hookVariable, getenv)
	if err != nil {
		return nil, err
	}
	if hook == "" {
		return nil, fault.Usagef("put the webhook's URL into "+hookVariable+", or its file into --slack-webhook-file", "--alert slack: there is no webhook")
	}
	c, err := notify.NewSlack(hook)
	if err != nil {
		return nil, fault.Usagef("copy the URL of the incoming webhook from Slack's page of the app", "the webhook in %s is of no use: %v", from, err)
	}
	return c, nil
}

// mailPatience is how long a mail server may take for each answer.
const mailPatience = 15 * time.Second

func (a *alerting) mail(to string, getenv func(string) string) (notify.Channel, error) {
	host, port, err := net.SplitHostPort(a.smtp)
	n, notNumber := strconv.Atoi(port)
	if err != nil || notNumber != nil || host == "" || n < 1 || n > 65535 {
		return nil, fault.Usagef("--smtp smtp.example.com:587", "--alert mail: needs the server in --smtp HOST:PORT, not %q", a.smtp)
	}
	m := notify.Mail{To: to, From: to, Host: host, Port: n, User: a.user, Patience: mailPatience}
	if a.from != "" {
		if m.From = a.from; !strings.Contains(a.from, "@") {
			return nil, fault.Usagef("--mail-from sourcecov@example.com", "--mail-from %s: it is not an address", a.from)
		}
	}
	if m.User != "" {
		if m.Password, _, err = secret(a.passwordFile, "--smtp-password-file", passwordVariable, getenv); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// secret is what a file holds, else what the environment does, and which of them it was.
func secret(file, flag, variable string, getenv func(string) string) (text, from string, err error) {
	if file == "" {
		return strings.TrimSpace(getenv(variable)), variable, nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return "", flag, fault.Usagef("name a file that can be read", "%s: %v", flag, err)
	}
	return strings.TrimSpace(string(body)), flag, nil
}

func runAlert(ctx context.Context, c *command) (int, error) {
	if c.alerting.replay == "" {
		return 0, fault.Usagef("sourcecov alert --replay 2025-04-20; people are told by sourcecov nightly --alert slack", "alert tells nobody: it takes --replay DATE")
	}
	until, err := tell.Until(c.alerting.replay)
	if err != nil {
		return 0, err
	}
	names, err := c.alerting.names()
	if err != nil {
		return 0, err
	}
	p, err := c.places()
	if err != nil {
		return 0, err
	}
	r, err := runs.Before(p.workdir, until)
	if err != nil {
		return 0, err
	}
	if !p.workdir.HasDatabase(r.RunID) {
		return 0, fault.Usagef(fmt.Sprintf("sourcecov nightly --as-of %s, which looks back and makes it anew, then this command again", r.Run.AsOf.Format(time.RFC3339)),
			"the database of the run %s was dropped", r.RunID)
	}
	lines, err := tell.Replay(ctx, tell.Options{
		SQL: p.sql, Record: r, Database: p.workdir.Database(r.RunID), Temp: p.workdir.Temp, Threads: c.threads, Memory: c.memory, Now: c.world.Now,
		OpenState: func(ctx context.Context) (mirror.Bucket, error) { return p.state.Open(ctx, c.cloud, false) },
	}, names)
	if err != nil {
		return 0, err
	}
	c.out.Began(r)
	c.out.Replayed(r, lines)
	return 0, nil
}

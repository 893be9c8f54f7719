package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Slack is an incoming webhook. Its URL is a secret: it leaves this type for
// nobody but the host that it names.
type Slack struct {
	hook    *url.URL
	secrets []string
	// Patience is how long one answer may take, Bound how long a message may, with all waiting.
	Patience, Bound time.Duration
}

// NewSlack makes a channel of a webhook's URL. An error does not repeat it.
func NewSlack(hook string) (*Slack, error) {
	at, err := url.Parse(strings.TrimSpace(hook))
	if err != nil || at.Host == "" {
		return nil, errors.New("it is no URL")
	}
	if ip := net.ParseIP(at.Hostname()); at.Scheme != "https" && (at.Scheme != "http" || ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("it does not begin with https://")
	}
	s := &Slack{hook: at, Patience: 10 * time.Second, Bound: time.Minute}
	s.secrets = []string{at.String(), at.Path, at.RawQuery, at.User.String()}
	for _, part := range strings.Split(at.Path, "/") {
		if len(part) >= 6 {
			s.secrets = append(s.secrets, part)
		}
	}
	return s, nil
}

func (s *Slack) Name() string { return "slack" }

// tries is how often a message is given to a service that says that it failed.
const tries = 3

// Send tells in as many posts as the text needs.
func (s *Slack) Send(ctx context.Context, m Message) error {
	bound, cancel := context.WithTimeout(ctx, s.Bound)
	defer cancel()
	for _, text := range slackTexts(m) {
		if err := s.post(bound, text); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
	return nil
}

// post gives one text, again where the service says that it did not take it.
func (s *Slack) post(ctx context.Context, text string) error {
	for try := 1; ; try++ {
		refusal, wait := s.once(ctx, text)
		if refusal == nil {
			return nil
		}
		deadline, _ := ctx.Deadline()
		if wait <= 0 || try == tries || time.Until(deadline) < wait {
			return refusal
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return refusal
		case <-timer.C:
		}
	}
}

// once gives one text once. wait is after how long it may be given again; 0 for not
// tonight. A service that is silent may have taken it.
func (s *Slack) once(ctx context.Context, text string) (refusal *Refusal, wait time.Duration) {
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return &Refusal{Said: told(err.Error()), OnlyThis: true}, 0
	}
	client := http.Client{Timeout: s.Patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.hook.String(), bytes.NewReader(body))
	if err != nil {
		return &Refusal{Said: "the webhook's URL is no URL", Next: nextHook}, 0
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return s.unanswered(err)
	}
	defer answer.Body.Close()
	read, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
	said := fmt.Sprintf("HTTP %d %s", answer.StatusCode, told(string(read), s.secrets...))
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		return nil, 0
	case code == http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 1
		}
		return &Refusal{Said: fmt.Sprintf("%s: it asks to wait %d s", strings.TrimSpace(said), seconds), Temporary: true, Next: nextNight}, time.Duration(seconds) * time.Second
	case code >= 300 && code < 400:
		return &Refusal{Said: fmt.Sprintf("HTTP %d: it redirects, and nobody follows with a secret", code), Next: nextHook}, 0
	case code == http.StatusBadRequest:
		return &Refusal{Said: said, OnlyThis: true, Next: "report this as a fault of sourcecov: Slack did not understand the message"}, 0
	case code >= 500:
		return &Refusal{Said: said, Temporary: true, Next: nextNight}, time.Second
	case code == http.StatusRequestTimeout:
		return &Refusal{Said: said, Temporary: true, Next: nextNight}, 0
	}
	// no_service, channel_not_found, channel_is_archived, action_prohibited and what else is lasting.
	return &Refusal{Said: said, Next: nextHook}, 0
}

const (
	nextNight = "nothing: the next night tells it"
	nextHook  = "make a new incoming webhook in Slack, for a channel that is there, and give it in SOURCECOV_SLACK_WEBHOOK or --slack-webhook-file"
)

// unanswered is a refusal of somebody who gave no answer. The error of the client
// names the URL; what caused it does not.
func (s *Slack) unanswered(err error) (*Refusal, time.Duration) {
	var outer *url.Error
	var dial *net.OpError
	wait, isTimeout := time.Duration(0), false
	if errors.As(err, &outer) {
		isTimeout = outer.Timeout()
		err = outer.Err
	}
	if errors.As(err, &dial) && dial.Op == "dial" {
		wait = time.Second // it was not sent
	}
	said := "no answer: " + told(err.Error(), s.secrets...)
	if isTimeout {
		said = fmt.Sprintf("no answer within %s: it may have arrived, and is told again", s.Patience)
	}
	return &Refusal{Said: said, Temporary: true, Next: nextNight}, wait
}

// mostText is how long a post may be, in letters. Slack cuts texts at 40,000, breaks
// them at some 4,000, and refuses blocks above 3,000.
const mostText = 3000

var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackTexts are the posts of a message, cut between lines.
func slackTexts(m Message) []string {
	var texts []string
	text, length := "", 0
	for i, line := range m.text() {
		letters := []rune(line)
		if len(letters) > mostText/5 { // escaped it is five times as long at most
			letters = append(letters[:mostText/5-1], '…')
		}
		line = slackEscape.Replace(string(letters))
		if i == 0 {
			line = "*" + strings.ReplaceAll(line, "*", "") + "*"
		}
		n := len([]rune(line)) + 1
		if length+n > mostText && text != "" {
			texts = append(texts, text)
			text, length = "", 0
		}
		if text != "" {
			text += "\n"
		}
		text, length = text+line, length+n
	}
	return append(texts, text)
}

package notify_test

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"sourcecov/sync/notify"
	"sourcecov/sync/notify/notifytest"
)

// mailTo sends to a postbox whose certificate it knows.
func mailTo(p *notifytest.Postbox) notify.Mail {
	return notify.Mail{To: "ops@example.com", From: "sourcecov@example.com", Host: "127.0.0.1", Port: p.Port,
		TLS: &tls.Config{RootCAs: p.Roots(), ServerName: "example.com"}, Patience: 5 * time.Second}
}

// TestMail: a mail has the text twice, plain and as HTML, and goes over TLS or not at all.
func TestMail(t *testing.T) {
	t.Parallel()
	box := notifytest.NewPostbox(t, true)
	m := mailTo(box)
	if err := m.Send(t.Context(), storm); err != nil {
		t.Fatal(err)
	}
	body := <-box.Mails
	for _, want := range []string{"Subject: critical: <a> & b", "To: <ops@example.com>", "text/plain", "1 < 2 & 3 > 2", "text/html", "<li>1 &lt; 2 &amp; 3 &gt; 2</li>", "next: sourcecov report"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not in the mail:\n%s", want, body)
		}
	}
	var refusal *notify.Refusal
	m.To = "no@example.com"
	if err := m.Send(t.Context(), storm); !errors.As(err, &refusal) || refusal.Temporary || !strings.Contains(refusal.Said, "no such user") {
		t.Errorf("an address that is refused: %+v", refusal)
	}
	m.To, m.TLS = "ops@example.com", nil
	if err := m.Send(t.Context(), storm); !errors.As(err, &refusal) || refusal.Temporary {
		t.Errorf("a certificate that nobody knows: %+v", refusal)
	}
	without := notifytest.NewPostbox(t, false)
	plain := mailTo(without)
	if err := plain.Send(t.Context(), storm); !errors.As(err, &refusal) || refusal.Temporary || len(without.Mails) > 0 {
		t.Errorf("a server without TLS: %+v", refusal)
	}
	plain.Host, plain.Port = "127.0.0.1", 1
	if err := plain.Send(t.Context(), storm); !errors.As(err, &refusal) || !refusal.Temporary {
		t.Errorf("nobody there: %+v", refusal)
	}
}

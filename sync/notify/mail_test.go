package notify_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sourcecov/sync/notify"
)

// A postbox keeps the mail that it gets; the address no@example.com it refuses.
type postbox struct{ mails chan string }

func (p postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return session(p), nil }

type session postbox

func (session) Mail(string, *smtp.MailOptions) error { return nil }
func (session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "no@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}
func (s session) Data(r io.Reader) error {
	body, err := io.ReadAll(quotedprintable.NewReader(r))
	if err == nil {
		s.mails <- string(body)
	}
	return err
}
func (session) Reset()        {}
func (session) Logout() error { return nil }

// mailServer is one that speaks TLS, if it may, with a certificate that the client knows.
func mailServer(t *testing.T, withTLS bool) (notify.Mail, chan string) {
	t.Helper()
	lender := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(lender.Close)
	box := postbox{make(chan string, 10)}
	server := smtp.NewServer(box)
	server.Domain = "example.com"
	if withTLS {
		server.TLSConfig = &tls.Config{Certificates: lender.TLS.Certificates}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	roots := x509.NewCertPool()
	roots.AddCert(lender.Certificate())
	return notify.Mail{To: "ops@example.com", From: "sourcecov@example.com", Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port,
		TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"}, Patience: 5 * time.Second}, box.mails
}

// TestMail: a mail has the text twice, plain and as HTML, and goes over TLS or not at all.
func TestMail(t *testing.T) {
	t.Parallel()
	m, mails := mailServer(t, true)
	if err := m.Send(t.Context(), storm); err != nil {
		t.Fatal(err)
	}
	body := <-mails
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
	plain, mails := mailServer(t, false)
	if err := plain.Send(t.Context(), storm); !errors.As(err, &refusal) || refusal.Temporary || len(mails) > 0 {
		t.Errorf("a server without TLS: %+v", refusal)
	}
	plain.Host, plain.Port = "127.0.0.1", 1
	if err := plain.Send(t.Context(), storm); !errors.As(err, &refusal) || !refusal.Temporary {
		t.Errorf("nobody there: %+v", refusal)
	}
}

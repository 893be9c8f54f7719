// Package notifytest is a real mail server to test against.
package notifytest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// A Postbox takes mail at 127.0.0.1, but for an address that begins with no@.
type Postbox struct {
	Port  int
	Mails chan string // decoded, with their headers; it holds 10
	cert  *x509.Certificate
}

// NewPostbox opens one that speaks TLS, if it may, and closes it with the test.
func NewPostbox(t testing.TB, withTLS bool) *Postbox {
	t.Helper()
	lender := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(lender.Close)
	p := &Postbox{Mails: make(chan string, 10), cert: lender.Certificate()}
	server := smtp.NewServer(backend{p.Mails})
	server.Domain = "example.com"
	if withTLS {
		server.TLSConfig = &tls.Config{Certificates: lender.TLS.Certificates}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.Port = listener.Addr().(*net.TCPAddr).Port
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return p
}

// Roots know the certificate of the postbox, which is one of example.com and 127.0.0.1.
func (p *Postbox) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(p.cert)
	return roots
}

// CertFile writes the certificate into a file as another process takes it in SSL_CERT_FILE.
func (p *Postbox) CertFile(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "postbox.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

type backend struct{ mails chan string }

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) { return session(b), nil }

type session backend

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

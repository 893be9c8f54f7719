package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Mail sends a mail a message, as text and HTML, over TLS and in no other way.
type Mail struct {
	To, From string
	Host     string
	Port     int
	User     string // "" for a server that asks nobody who he is
	Password string
	TLS      *tls.Config // nil for that of the system
	Patience time.Duration
}

func (m Mail) Name() string { return "mail:" + m.To }

// implicitTLS is the port on which a server speaks TLS from the first byte.
const implicitTLS = 465

func (m Mail) Send(ctx context.Context, message Message) error {
	err := m.send(ctx, message)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	refusal := &Refusal{Said: told(err.Error(), m.Password), Temporary: true, Next: nextNight}
	var sending *mail.SendError
	var answered *textproto.Error
	var line net.Error
	code := 0
	if errors.As(err, &answered) {
		code = answered.Code
	} else if errors.As(err, &sending) {
		code = sending.ErrorCode()
	}
	switch {
	case code >= 500:
		refusal.Temporary, refusal.Next = false, "give another address in --alert mail:ADDRESS, or have the server take it"
	case code > 0:
	case !errors.As(err, &line) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		// Neither the server said so nor the line: its certificate, or that it has no TLS, for which the library has no type.
		refusal.Temporary, refusal.Next = false, "give a server in --smtp that speaks TLS with a certificate that is known here"
	}
	return refusal
}

func (m Mail) send(ctx context.Context, message Message) error {
	letter := mail.NewMsg()
	if err := letter.From(m.From); err != nil {
		return err
	}
	if err := letter.To(m.To); err != nil {
		return err
	}
	letter.Subject(message.Title)
	letter.SetMessageIDWithValue(strings.Map(inID, message.ID) + "@sourcecov")
	lines := message.text()
	letter.SetBodyString(mail.TypeTextPlain, strings.Join(lines, "\n")+"\n")
	letter.AddAlternativeString(mail.TypeTextHTML, asHTML(message))
	options := []mail.Option{mail.WithPort(m.Port), mail.WithTimeout(m.Patience), mail.WithTLSPolicy(mail.TLSMandatory)}
	if m.Port == implicitTLS {
		options = append(options, mail.WithSSL())
	}
	if m.TLS != nil {
		options = append(options, mail.WithTLSConfig(m.TLS))
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	client, err := mail.NewClient(m.Host, options...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, letter)
}

// inID is a letter as it may stand in the id of a mail.
func inID(letter rune) rune {
	if letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9' || letter == '-' || letter == '_' {
		return letter
	}
	return '.'
}

func asHTML(m Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<h3>%s</h3>\n<ul>\n", html.EscapeString(m.Title))
	for _, line := range m.Lines {
		fmt.Fprintf(&b, "<li>%s</li>\n", html.EscapeString(line))
	}
	b.WriteString("</ul>\n")
	for _, next := range m.Next {
		fmt.Fprintf(&b, "<p>next: <code>%s</code></p>\n", html.EscapeString(next))
	}
	return b.String()
}

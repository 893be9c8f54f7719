package gcs

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"google.golang.org/api/googleapi"

	"sourcecov/sync/google"
	"sourcecov/sync/mirror"
)

// failed is the one place where an error of the client becomes one of ours: with
// the verb and the name, and what it is to errors.Is.
func failed(ctx context.Context, verb, name string, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = classify(err)
	}
	return fmt.Errorf("%s %s: %w", verb, name, err)
}

// classify says what an error of the client is. Its text is the same wherever
// and whenever that goes wrong: no address, no port, no number of a request.
func classify(err error) error {
	var api *googleapi.Error
	if errors.As(err, &api) {
		text := fmt.Sprintf("%d %s", api.Code, http.StatusText(api.Code))
		switch {
		case temporary(api.Code):
			return fmt.Errorf("%w: %s", mirror.ErrTemporary, text)
		case api.Code == http.StatusUnauthorized:
			return fmt.Errorf("%w: %s", mirror.ErrCredentials, withMessage(text, api))
		case api.Code == http.StatusForbidden:
			return fmt.Errorf("%w: %s", mirror.ErrPermission, withMessage(text, api))
		}
		return errors.New(withMessage(text, api))
	}
	if token := google.NoToken(err); token != nil {
		return fmt.Errorf("%w: %s", mirror.ErrCredentials, strings.Join(strings.Fields(token.Error()), " "))
	}
	if text := broken(err); text != "" {
		return fmt.Errorf("%w: %s", mirror.ErrTemporary, text)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// broken tells in a few words how the network failed: "" if it did not. In which
// of many ways a connection broke off depends on a moment, so these are one.
func broken(err error) string {
	var dns *net.DNSError
	var number syscall.Errno
	var n net.Error
	var op *net.OpError
	var asked *url.Error
	switch {
	case foreign(err):
		return "the answer is not the service's"
	case errors.As(err, &dns):
		return "no address found for " + dns.Name
	case errors.As(err, &op) && op.Op == "dial" && errors.As(err, &number):
		return number.Error()
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &n) && n.Timeout():
		return "no answer in time"
	case errors.As(err, &op), errors.Is(err, errGaveUp), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &asked) && errors.Is(err, io.EOF):
		return "the connection broke off"
	}
	return ""
}

// status is the HTTP status that err came with, or 0.
func status(err error) int {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return api.Code
	}
	return 0
}

// temporary reports whether a status is the service's fault, or asks for patience.
func temporary(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// withMessage adds what the service says about a refusal, such as which account
// lacks which permission. Reads are answered in XML, all else in JSON.
func withMessage(text string, api *googleapi.Error) string {
	message := api.Message
	if message == "" {
		var e struct{ Message, Details string }
		if xml.Unmarshal([]byte(api.Body), &e) == nil {
			message = strings.TrimSpace(e.Message + " " + e.Details)
		}
	}
	if message == "" {
		return text
	}
	return text + ": " + message
}

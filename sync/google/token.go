// Package google is what Cloud Storage and BigQuery have in common.
package google

import (
	"errors"

	"cloud.google.com/go/auth"
	"golang.org/x/oauth2"
)

// NoToken is the refusal of whoever was asked for a token with credentials that are
// not accepted; nil if an error is another one, or may pass. Which of the two types it
// has depends on the kind of credentials.
func NoToken(err error) error {
	var first *auth.Error
	var second *oauth2.RetrieveError
	switch {
	case errors.As(err, &second) && second.Response != nil && second.Response.StatusCode < 500:
		return second
	case errors.As(err, &first) && first.Response != nil && first.Response.StatusCode < 500:
		return first
	}
	return nil
}

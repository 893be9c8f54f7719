package bqtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// An object is a JSON object as it came or goes. Numbers in it are json.Number.
type object map[string]any

// A failure is an error as BigQuery tells it.
type failure struct {
	code            int
	reason, message string
	location        string
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.code, f.reason, f.message) }

// fail makes a failure. A nil *failure is not an error: mind the interface.
func fail(code int, reason, format string, args ...any) *failure {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &failure{code: code, reason: reason, message: format}
}

func invalid(format string, args ...any) *failure { return fail(400, "invalid", format, args...) }

func notImplemented(what string) *failure {
	return fail(501, "notImplemented", "bqtest does not implement %s", what)
}

func notFound(format string, args ...any) *failure { return fail(404, "notFound", format, args...) }

// asFailure finds the failure in an error. An error of the server's own is
// told as 400, which no client tries again.
func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return fail(400, "bqtestBroken", "bqtest itself failed: %v", err)
}

// proto is the error as status.errorResult and the envelope have it.
func (f *failure) proto() object {
	p := object{"reason": f.reason, "message": f.message}
	if f.location != "" {
		p["location"] = f.location
	}
	return p
}

var statusNames = map[int]string{
	400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
	412: "FAILED_PRECONDITION", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE",
}

// An answer is what will be written. A nil body is none.
type answer struct {
	status int
	header http.Header
	body   any
	page   string // instead of the body
	half   bool   // the second half of the body is left out
}

// signIn is what a proxy says instead of the service.
const signIn = "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"

func ok(body any) (answer, error) { return answer{status: 200, body: body}, nil }

func answerError(err error) answer {
	f := asFailure(err)
	p := f.proto()
	p["domain"] = "global"
	return answer{status: f.code, body: object{"error": object{
		"code": f.code, "message": f.message, "errors": []object{p}, "status": statusNames[f.code],
	}}}
}

func (a answer) write(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	var body []byte
	if a.body != nil {
		var err error
		if body, err = json.Marshal(a.body); err != nil {
			a.status, body = 400, []byte(fmt.Sprintf(`{"error":{"code":400,"message":%q}}`, err))
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	}
	if a.half {
		body = body[:len(body)/2]
	}
	if a.page != "" {
		body = []byte(a.page)
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	w.Write(body) // a client that has gone is no concern of the server
}

// parse reads a JSON object.
func parse(body []byte) (object, error) {
	var o object
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&o); err != nil {
		return nil, fail(400, "parseError", "Parse Error: %v", err)
	}
	return o, nil
}

// at follows names into nested objects; nil if there is nothing.
func (o object) at(names ...string) any {
	var v any = o
	for _, name := range names {
		switch m := v.(type) {
		case object:
			v = m[name]
		case map[string]any:
			v = m[name]
		default:
			return nil
		}
	}
	return v
}

// has reports whether something was said under that name. bq says false, null
// and [] for much that it means nothing by.
func (o object) has(names ...string) bool {
	switch v := o.at(names...).(type) {
	case nil:
		return false
	case bool:
		return v
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// object is the nested object of that name, nil if there is none.
func (o object) object(names ...string) object {
	switch v := o.at(names...).(type) {
	case object:
		return v
	case map[string]any:
		return v
	}
	return nil
}

// objects is the list of objects of that name.
func (o object) objects(names ...string) []object {
	var all []object
	for _, m := range listed[map[string]any](o.at(names...)) {
		all = append(all, m)
	}
	return all
}

func (o object) string(names ...string) string {
	switch v := o.at(names...).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (o object) strings(names ...string) []string {
	return listed[string](o.at(names...))
}

// listed are those of the values of a list that are of a kind.
func listed[T any](list any) (all []T) {
	values, _ := list.([]any)
	for _, v := range values {
		if is, ok := v.(T); ok {
			all = append(all, is)
		}
	}
	return all
}

func (o object) bool(names ...string) bool {
	switch v := o.at(names...).(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}

// int reads an int64, which the wire has as a string or as a number; 0 if
// there is none.
func (o object) int(names ...string) (int64, error) {
	text := o.string(names...)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("Invalid value at '%s' (TYPE_INT64), %q", strings.Join(names, "."), text)
	}
	return n, nil
}

// clone copies the object and everything below it.
func (o object) clone() object { return cloned(map[string]any(o)).(map[string]any) }

func cloned(v any) any {
	switch v := v.(type) {
	case object:
		return cloned(map[string]any(v))
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = cloned(e)
		}
		return c
	case []any:
		c := slices.Clone(v)
		for i := range c {
			c[i] = cloned(c[i])
		}
		return c
	}
	return v
}

// plain drops nulls, which mean absent, from what a client sent.
func (o object) plain() object {
	for k, v := range o {
		switch v := v.(type) {
		case nil:
			delete(o, k)
		case map[string]any:
			object(v).plain()
		}
	}
	return o
}

// patch applies a JSON merge patch: null removes, objects merge, all else replaces.
func (o object) patch(with object) {
	for k, v := range with {
		switch v := v.(type) {
		case nil:
			delete(o, k)
		case map[string]any:
			if old := o.object(k); old != nil {
				old.patch(v)
			} else {
				o[k] = cloned(v).(map[string]any)
				o.object(k).plain()
			}
		default:
			o[k] = cloned(v)
		}
	}
}

func itoa[T ~int | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

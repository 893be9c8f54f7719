package bqtest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// An upload is a resumable upload that goes on, or has ended with an answer.
type upload struct {
	job    object
	media  []byte
	answer *answer
}

// routeUpload tells the requests of an upload apart by their headers.
func (c *call) routeUpload() {
	switch {
	case c.query.Get("upload_id") != "":
		c.upload, c.chunk, c.do = "resumable", true, (*Server).takeChunk
		c.entry.Call = "upload.chunk"
		if _, _, last, err := c.contentRange(); err == nil && last {
			c.entry.Call = "jobs.insert"
		}
	case c.query.Get("uploadType") == "multipart":
		c.upload = "multipart"
	case c.query.Get("uploadType") == "resumable":
		c.upload, c.do, c.entry.Call = "start", (*Server).startUpload, "upload.start"
	default:
		c.do = refuse("uploadType=" + c.query.Get("uploadType"))
	}
}

// readMultipart takes a multipart/related body apart: the job, then the file.
func (c *call) readMultipart() error {
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return invalid("Content-Type of a multipart upload: %v", err)
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	var all [][]byte
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return invalid("multipart upload: %v", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return invalid("multipart upload: %v", err)
		}
		all = append(all, content)
	}
	if len(all) != 2 {
		return invalid("a multipart upload has 2 parts, this one %d", len(all))
	}
	c.media, c.hasMedia = all[1], true
	c.json, err = parse(all[0])
	return err
}

// peek reads the first part of a multipart body, the job, and puts the body
// back together. What is wrong with it readMultipart will find.
func (c *call) peek() {
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return
	}
	var read bytes.Buffer
	body := c.r.Body
	defer func() { c.r.Body = io.NopCloser(io.MultiReader(&read, body)) }()
	part, err := multipart.NewReader(io.TeeReader(body, &read), params["boundary"]).NextPart()
	if err != nil {
		return
	}
	if content, err := io.ReadAll(part); err == nil {
		c.json, _ = parse(content)
	}
}

func (s *Server) startUpload(c *call) (answer, error) {
	id := "upload-" + itoa(s.next())
	s.uploads[id] = &upload{job: c.json}
	at := fmt.Sprintf("%s%s?uploadType=resumable&upload_id=%s", s.URL, c.r.URL.Path, id)
	return answer{status: 200, header: http.Header{"Location": {at}, "X-Guploader-Uploadid": {id}}}, nil
}

// contentRange reads the Content-Range: the offset, the length, and whether it
// is the end of the file. A request without one brings the whole file.
func (c *call) contentRange() (from, n int64, last bool, err error) {
	text := c.r.Header.Get("Content-Range")
	if text == "" {
		return 0, c.r.ContentLength, true, nil
	}
	span, total, _ := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	end := int64(-1)
	if total != "*" {
		if end, err = strconv.ParseInt(total, 10, 64); err != nil {
			return 0, 0, false, invalid("Content-Range %q", text)
		}
	}
	if span == "*" { // nothing more comes, or the client asks how far it got
		return end, 0, end >= 0, nil
	}
	var to int64
	if _, err := fmt.Sscanf(span, "%d-%d", &from, &to); err != nil {
		return 0, 0, false, invalid("Content-Range %q", text)
	}
	return from, to - from + 1, to+1 == end, nil
}

// takeChunk appends a chunk. The same chunk again is harmless, and the last one
// again, after an answer that got lost, is given the same answer.
func (s *Server) takeChunk(c *call) (answer, error) {
	u := s.uploads[c.query.Get("upload_id")]
	if u == nil {
		return answer{}, notFound("Not found: upload %s", c.query.Get("upload_id"))
	}
	if u.answer != nil {
		return *u.answer, nil
	}
	from, n, last, err := c.contentRange()
	if err != nil {
		return answer{}, err
	}
	have := int64(len(u.media))
	switch {
	case n >= 0 && n != int64(len(c.body)):
		return answer{}, invalid("a chunk said to have %d bytes has %d", n, len(c.body))
	case n == 0 && from > have: // bytes */TOTAL before the end asks how far it got
		return u.incomplete(c), nil
	case from > have:
		return answer{}, invalid("a chunk from byte %d comes after %d bytes", from, have)
	case !last && len(c.body)%(256<<10) != 0:
		return answer{}, invalid("a chunk of %d bytes: all but the last are multiples of 256 KiB", len(c.body))
	}
	if known := have - from; known < int64(len(c.body)) {
		u.media = append(u.media, c.body[known:]...)
	}
	if !last {
		return u.incomplete(c), nil
	}
	c.json, c.media, c.hasMedia = u.job, u.media, true
	a, err := s.insertJob(c)
	if err != nil {
		a = answerError(err)
	}
	u.answer, u.media = &a, nil
	return a, nil
}

// incomplete is status 308, as each client wants to be told of it.
func (u *upload) incomplete(c *call) answer {
	h := http.Header{}
	if len(u.media) > 0 {
		h.Set("Range", fmt.Sprintf("bytes=0-%d", len(u.media)-1))
	}
	if c.r.Header.Get("X-GUploader-No-308") != "" {
		h.Set("X-Http-Status-Code-Override", "308")
		return answer{status: 200, header: h}
	}
	return answer{status: 308, header: h}
}

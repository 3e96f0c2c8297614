package mailreport

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// Bounds of what is unpacked.
const (
	mostBytes = 16 << 20 // of one report
	mostParts = 20       // files in an archive, parts of a mail
	mostDepth = 3        // a mail holds an archive that holds a report
)

// read reads a file by what its name and its first bytes say. What was read
// before an error is returned with it.
func read(name string, body []byte, depth int) ([]*report, error) {
	lower := strings.ToLower(name)
	switch {
	case depth > mostDepth:
		return nil, errors.New("it is packed too deeply")
	case len(bytes.TrimSpace(body)) == 0:
		return nil, errors.New("it is empty")
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		plain, err := gunzip(body)
		if err != nil {
			return nil, err
		}
		return read(strings.TrimSuffix(lower, ".gz"), plain, depth+1)
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return unzip(body, depth)
	case strings.HasSuffix(lower, ".eml"):
		return readMail(body, depth)
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		return readTLS(body)
	case bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))), []byte("<")):
		r, err := readDMARC(body)
		if err != nil {
			return nil, err
		}
		return []*report{r}, nil
	}
	return nil, errors.New("it is neither XML nor JSON, nor packed or mailed in a way that is known")
}

// bounded reads to the end or to the bound, whichever is a report's.
func bounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > mostBytes:
		return nil, fmt.Errorf("unpacked it is larger than %d MiB", mostBytes>>20)
	}
	return b, nil
}

func gunzip(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	plain, err := bounded(z)
	if err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	return plain, nil
}

func unzip(body []byte, depth int) (out []*report, err error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	files := 0
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if files++; files > mostParts {
			return out, fmt.Errorf("it holds more than %d files", mostParts)
		}
		r, err := f.Open()
		if err != nil {
			return out, fmt.Errorf("it cannot be unpacked: %w", err)
		}
		plain, err := bounded(r)
		_ = r.Close()
		if err != nil {
			return out, fmt.Errorf("it cannot be unpacked: %w", err)
		}
		some, err := read(f.Name, plain, depth+1)
		out = append(out, some...)
		if err != nil {
			return out, err
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no report")
	}
	return out, nil
}

// readMail looks for the report among the attachments of a mail.
func readMail(body []byte, depth int) ([]*report, error) {
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it is no mail: %w", err)
	}
	var problem error
	parts := 0
	out := walk(textproto.MIMEHeader(m.Header), m.Body, &parts, &problem, depth)
	if problem == nil && len(out) == 0 {
		problem = errors.New("the mail holds no aggregate report")
	}
	return out, problem
}

// walk goes through the parts of a mail. Texts and failure reports are passed
// over; what looks like a report and is none is the problem.
func walk(h textproto.MIMEHeader, body io.Reader, parts *int, problem *error, depth int) (out []*report) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for *parts < mostParts {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return out
			}
			if err != nil {
				*problem = fmt.Errorf("a part of the mail cannot be read: %w", err)
				return out
			}
			*parts++
			out = append(out, walk(p.Header, p, parts, problem, depth)...)
		}
		*problem = fmt.Errorf("the mail has more than %d parts", mostParts)
		return out
	}
	if !reportType(kind) {
		return nil
	}
	plain, err := bounded(decode(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		*problem = fmt.Errorf("an attachment cannot be read: %w", err)
		return nil
	}
	some, err := read(fileName(h, params), plain, depth+1)
	if err != nil {
		*problem = err
	}
	return some
}

func reportType(kind string) bool {
	switch kind {
	case "application/zip", "application/x-zip-compressed", "application/x-zip", "application/gzip", "application/x-gzip", "application/xml", "text/xml",
		"application/tlsrpt+gzip", "application/tlsrpt+json", "application/octet-stream", "application/json":
		return true
	}
	return false
}

func fileName(h textproto.MIMEHeader, params map[string]string) string {
	if _, p, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && p["filename"] != "" {
		return p["filename"]
	}
	return params["name"]
}

func decode(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

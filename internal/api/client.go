package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Client calls operations, of this process or of a server.
type Client struct {
	HTTP  *http.Client
	Base  string      // "https://assay.example.com"; anything for a Client of a Server
	Token secret.Text // empty for a Client of a Server
	Key   string      // idempotency key of the next write; may be empty
}

// Call calls the operation and returns its output.
func Call[Out, In any](ctx context.Context, c *Client, operation string, in *In) (*Out, error) {
	q, err := question(reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	return sent[Out](ctx, c, operation, q)
}

func sent[Out any](ctx context.Context, c *Client, operation string, q query) (*Out, error) {
	body, err := c.send(ctx, operation, q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	out := new(Out)
	if err := json.NewDecoder(body).Decode(out); err != nil && err != io.EOF {
		return nil, fmt.Errorf("answer of %s: %w", operation, err)
	}
	return out, nil
}

// Content is a file that is sent.
type Content struct {
	Type   string // media type
	Reader io.Reader
	Size   int64 // bytes; -1 if not known
}

// Send calls an operation that takes a file, which is read from its beginning
// each time if it can be.
func Send[Out, In any](ctx context.Context, c *Client, operation string, in *In, file Content) (*Out, error) {
	q, err := question(reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	if back, ok := file.Reader.(io.Seeker); ok && file.Size >= 0 {
		if _, err := back.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	q.kind, q.file = file.Type, &file
	return sent[Out](ctx, c, operation, q)
}

// Fetch calls an operation that answers with a file. The caller closes it.
func Fetch[In any](ctx context.Context, c *Client, operation string, in *In) (io.ReadCloser, error) {
	q, err := question(reflect.ValueOf(in).Elem())
	if err != nil {
		return nil, err
	}
	return c.send(ctx, operation, q)
}

// Raw calls the operation with its input as JSON, parameters beside "body",
// and returns the answer. The caller closes it.
func (c *Client) Raw(ctx context.Context, operation string, in []byte) (io.ReadCloser, error) {
	q := query{path: map[string]string{}, query: url.Values{}}
	members := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(in)) > 0 {
		if err := json.Unmarshal(in, &members); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "The input is not a JSON object: %v.", err)
		}
	}
	o, err := find(operation)
	if err != nil {
		return nil, err
	}
	for _, name := range o.params() {
		if v, ok := members[name]; ok {
			q.path[name] = bare(v)
			delete(members, name)
		}
	}
	if body, ok := members["body"]; ok {
		q.body, q.kind = body, "application/json"
		delete(members, "body")
	}
	for name, v := range members {
		q.query.Set(name, bare(v))
	}
	return c.send(ctx, operation, q)
}

// bare is a JSON value as a parameter is written.
func bare(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// query is the input of an operation, in the parts of a request.
type query struct {
	path  map[string]string
	query url.Values
	body  []byte
	kind  string   // media type of the body
	file  *Content // the body, if it is a file
}

// question takes an input apart.
func question(in reflect.Value) (q query, err error) {
	q = query{path: map[string]string{}, query: url.Values{}}
	return q, q.add(in)
}

func (q *query) add(in reflect.Value) error {
	for i := range in.NumField() {
		f, v := in.Type().Field(i), in.Field(i)
		switch {
		case f.Anonymous:
			if err := q.add(v); err != nil {
				return err
			}
		case f.Tag.Get("path") != "":
			q.path[f.Tag.Get("path")] = fmt.Sprint(v.Interface())
		case f.Tag.Get("query") != "":
			name, _, _ := strings.Cut(f.Tag.Get("query"), ",")
			if v.Kind() == reflect.Slice {
				for j := range v.Len() {
					q.query.Add(name, fmt.Sprint(v.Index(j).Interface()))
				}
			} else if !v.IsZero() {
				q.query.Set(name, fmt.Sprint(v.Interface()))
			}
		case f.Name == "RawBody":
			q.body, q.kind = v.Bytes(), cmp.Or(f.Tag.Get("contentType"), "application/octet-stream")
		case f.Name == "Body":
			b, err := json.Marshal(v.Interface())
			if err != nil {
				return err
			}
			q.body, q.kind = b, "application/json"
		}
	}
	return nil
}

func find(operation string) (*Operation, error) {
	table := Table()
	for i := range table {
		if table[i].ID == operation {
			return &table[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "There is no operation %q. They are listed in the manual and in %s/openapi.json.", operation, Prefix)
}

func (c *Client) send(ctx context.Context, operation string, q query) (io.ReadCloser, error) {
	o, err := find(operation)
	if err != nil {
		return nil, err
	}
	path := o.Path
	for _, name := range o.params() {
		if q.path[name] == "" {
			return nil, fault.New(fault.Invalid, "The operation %s needs %q.", operation, name)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(q.path[name]))
	}
	target := strings.TrimSuffix(c.Base, "/") + Prefix + path
	if len(q.query) > 0 {
		target += "?" + q.query.Encode()
	}
	var body io.Reader = bytes.NewReader(q.body)
	if q.file != nil {
		body = io.NopCloser(q.file.Reader) // the caller closes it
	}
	req, err := http.NewRequestWithContext(ctx, o.Method, target, body)
	if err != nil {
		return nil, err
	}
	if q.file != nil {
		req.ContentLength = q.file.Size
	}
	if q.kind != "" {
		req.Header.Set("Content-Type", q.kind)
	}
	if !c.Token.Empty() {
		req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	}
	if c.Key != "" && !o.Reads() {
		req.Header.Set(keyHeader, c.Key)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res.Body, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, asFault(res)
}

// maxProblem bounds what is read of an error.
const maxProblem = 1 << 20

// asFault is the error that a server answered with.
func asFault(res *http.Response) error {
	var p huma.ErrorModel
	b, err := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	if err != nil || json.Unmarshal(b, &p) != nil || p.Status == 0 {
		return fault.New(kindOf(res.StatusCode), "%s answered with %d and not as Assay does. Is the address right?", res.Request.URL.Host, res.StatusCode)
	}
	kind, ok := strings.CutPrefix(p.Type, problemType)
	if !ok {
		kind = string(kindOf(p.Status))
	}
	var fields []fault.Field
	for _, e := range p.Errors {
		fields = append(fields, fault.Field{Name: strings.TrimPrefix(e.Location, "body."), Text: e.Message})
	}
	if len(fields) > 0 && fault.Kind(kind) == fault.Invalid {
		return fault.Fields(p.Detail, fields...)
	}
	return fault.New(fault.Kind(kind), "%s", p.Detail)
}

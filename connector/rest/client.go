package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
)

// Client calls the APIs of one vendor for one collection.
type Client struct {
	HTTP   *http.Client
	Hosts  []string // that may be called, in lower case; nothing else is
	Run    *connector.Run
	Vendor string // "Okta", for the texts
	// Authorize returns the Authorization header for a scope of the vendor's. An
	// error is a refusal of the call.
	Authorize func(ctx context.Context, scope string) (string, error)
	// Recorded says that a folder answers: where one answer is missing, the next may
	// be there.
	Recorded bool
	// Pace learns from the answers how fast the vendor lets itself be asked; it may
	// be nil. Now is its clock.
	Pace *Pace
	Now  clock.Clock
	// Said reads the vendor's words from the body of a refused call.
	Said func(body []byte) string
}

// Call is one kind of request, under the name that the manifest gives it.
type Call struct {
	Name  string // "GET /api/v1/users"
	URL   string
	Scope string     // what Authorize is asked for
	Form  url.Values // posted instead of a GET when it is not nil
	Bare  bool       // without an Authorization header
}

// RefusedError is an answer that is no data.
type RefusedError struct {
	Vendor string
	Status int
	Said   string // as the vendor words it
	Until  string // when a spent budget of calls is full again; empty otherwise
}

const later = "later"

func (r *RefusedError) Error() string {
	switch r.Until {
	case "":
		return strings.TrimSpace(fmt.Sprintf("%s answered %d %s", r.Vendor, r.Status, r.Said))
	case later:
		return "the budget of calls is spent: collect again later"
	default:
		return "the budget of calls is spent until " + r.Until
	}
}

// Status is the status of a refused call, or 0 for other errors.
func Status(err error) int {
	if r, ok := errors.AsType[*RefusedError](err); ok {
		return r.Status
	}
	return 0
}

// Answer is what a call brought.
type Answer struct {
	Body []byte
	Link string // address that the Link header calls next; empty without one
}

// Send makes one call. A refusal is an error, and noted in the manifest.
func (c *Client) Send(ctx context.Context, k Call) (Answer, error) {
	a, err := c.try(ctx, k)
	if err != nil && ctx.Err() == nil {
		c.Run.Refuse(k.Name, Clip(err.Error()))
	}
	return a, err
}

func (c *Client) try(ctx context.Context, k Call) (Answer, error) {
	at, err := url.Parse(k.URL)
	if err != nil || at.Scheme != "https" || !slices.Contains(c.Hosts, strings.ToLower(at.Host)) {
		return Answer{}, fmt.Errorf("%s leads to another host", k.Name)
	}
	req, err := c.request(ctx, k)
	if err != nil {
		return Answer{}, err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return Answer{}, fmt.Errorf("%s: %w", k.Name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if c.Pace != nil {
		c.Pace.Note(resp.Header, c.Now())
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: the answer broke off: %w", k.Name, err)
	}
	if resp.StatusCode != http.StatusOK {
		return Answer{}, c.refuse(resp, body)
	}
	return Answer{Body: body, Link: nextPage(resp.Header.Values("Link"))}, nil
}

func (c *Client) request(ctx context.Context, k Call) (*http.Request, error) {
	method, body := http.MethodGet, []byte(nil)
	if k.Form != nil {
		method, body = http.MethodPost, []byte(k.Form.Encode())
	}
	req, err := http.NewRequestWithContext(outbound.Reading(ctx), method, k.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if k.Form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if k.Bare {
		return req, nil
	}
	auth, err := c.Authorize(ctx, k.Scope)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", auth)
	return req, nil
}

func (c *Client) refuse(resp *http.Response, body []byte) error {
	r := &RefusedError{Vendor: c.Vendor, Status: resp.StatusCode}
	if c.Said != nil {
		r.Said = Clip(c.Said(body))
	}
	if resp.StatusCode != http.StatusTooManyRequests {
		return r
	}
	r.Until = later
	if at, ok := outbound.FullAgain(resp.Header); ok {
		r.Until = at.UTC().Format(time.RFC3339)
	}
	return r
}

// nextPage is the address that a Link header calls next (RFC 8288). Some send
// one header per link.
func nextPage(headers []string) string {
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			address, rest, ok := strings.Cut(strings.TrimSpace(part), ">")
			if ok && strings.HasPrefix(address, "<") && strings.Contains(rest, `rel="next"`) {
				return address[1:]
			}
		}
	}
	return ""
}

// Get reads one document.
func Get[T any](ctx context.Context, c *Client, k Call) (T, error) {
	var out T
	a, err := c.Send(ctx, k)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return out, c.Malformed(k.Name, err)
	}
	c.Run.Page(k.Name, "", 1)
	return out, nil
}

// Malformed is the error of an answer that is not what is documented, noted.
func (c *Client) Malformed(name string, err error) error {
	text := "the answer is not what is documented: " + Clip(err.Error())
	c.Run.Refuse(name, text)
	return errors.New(name + ": " + text)
}

// Page reads one page of a list from an answer: what is on it, and the address
// of the next one, which is empty on the last.
type Page[T any] func(Answer) (list []T, next string, err error)

// Array reads a page that is an array and names the next in its Link header.
func Array[T any](a Answer) (list []T, next string, err error) {
	err = json.Unmarshal(a.Body, &list)
	if err == nil && list == nil {
		err = errors.New("null in the place of a list")
	}
	return list, a.Link, err
}

// Pages reads a list to its end.
func Pages[T any](ctx context.Context, c *Client, k Call, page Page[T], each func(*T) error) error {
	return Along(ctx, c, k, nil, page, each)
}

// Along reads a list to its end and keeps how far it came, from where an earlier
// collection was cut off, if one was. The place in a list is the address of the
// next page.
func Along[T any](ctx context.Context, c *Client, k Call, s *connector.Stretch, page Page[T], each func(*T) error) error {
	beginning := k.URL
	var resumed bool
	k.URL, resumed = s.Begin(beginning)
	for seen := map[string]bool{}; ; {
		if seen[k.URL] {
			return c.Malformed(k.Name, errors.New("a page follows itself"))
		}
		seen[k.URL] = true
		a, err := c.Send(ctx, k)
		if resumed && isLost(err) {
			s.Restart()
			k.URL, resumed = beginning, false
			clear(seen)
			continue
		}
		if err != nil {
			return err
		}
		resumed = false
		list, next, err := page(a)
		if err != nil {
			return c.Malformed(k.Name, err)
		}
		c.Run.Page(k.Name, "", len(list))
		if err := tell(ctx, s, list, next, each); err != nil || next == "" {
			return err
		}
		k.URL = next
	}
}

// tell tells of a page, and keeps that it was told.
func tell[T any](ctx context.Context, s *connector.Stretch, list []T, next string, each func(*T) error) error {
	for i := range list {
		if err := each(&list[i]); err != nil {
			return err
		}
	}
	if err := s.Reached(ctx, next); err != nil {
		return &sinkError{err}
	}
	return nil
}

// isLost reports that a vendor does not know a place in a list any more.
func isLost(err error) bool {
	switch Status(err) {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

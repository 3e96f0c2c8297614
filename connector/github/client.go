package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/rest"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
)

// client calls one API with one credential.
type client struct {
	http  *http.Client
	base  *url.URL
	run   *connector.Run
	token func(ctx context.Context) (string, error)
	tape  *tape // instead of the network; nil without recordings
	now   clock.Clock
	pace  *rest.Pace // of the GraphQL API, by which the long lists are read
}

func newClient(s *source, run *connector.Run) *client {
	c := &client{http: s.env.HTTP, base: s.api, run: run, tape: s.tape, now: s.env.Now, pace: &rest.Pace{Window: time.Hour}}
	c.token = func(context.Context) (string, error) { return s.token, nil }
	if s.key != nil {
		c.token = (&app{source: s, client: c}).token
	}
	return c
}

// refusal is an answer that is no data.
type refusal struct {
	status  int
	message string // as GitHub words it
	reset   string // when a spent budget is full again; empty otherwise
}

func (r *refusal) Error() string {
	switch {
	case r.reset == later:
		return "the budget of calls is spent: collect again later"
	case r.reset != "":
		return "the budget of calls is spent until " + r.reset
	case r.status == 0:
		return r.message
	}
	return fmt.Sprintf("GitHub answered %d %s", r.status, r.message)
}

// later is when a budget is full again, where GitHub does not say.
const later = "later"

// The queries, as the manifest names them.
const (
	queryMembers = "query membersWithRole"
	queryPulls   = "query pullRequests"
	queryReviews = "query reviews"
	queryHistory = "query history"

	queryDeployments = "query deployments"
	queryIdentities  = "query externalIdentities"
)

// answer is what a call brought.
type answer struct {
	body []byte
	next string // address of the next page; empty on the last
}

// call is one kind of request under the name that the manifest gives it.
type call struct {
	name   string // "GET /orgs/{org}/teams"
	method string
	url    string
	body   []byte
	auth   string // instead of the token
	absent string // words of a 404 that say that there is nothing, which is an answer
}

func (c *client) address(path string) string { return c.base.String() + path }

// send makes one call. A refusal is an error, and noted in the manifest.
func (c *client) send(ctx context.Context, k call) (answer, error) {
	a, err := c.try(ctx, k)
	switch r, ok := errors.AsType[*refusal](err); {
	case err == nil || ctx.Err() != nil:
	case ok && r.status == http.StatusNotFound && k.absent != "" && strings.Contains(r.message, k.absent):
		c.run.Page(k.name, "", 0)
		return a, errAbsent
	default:
		c.run.Refuse(k.name, clip(err.Error()))
	}
	return a, err
}

func (c *client) try(ctx context.Context, k call) (answer, error) {
	at, err := url.Parse(k.url)
	if err != nil || at.Scheme != c.base.Scheme || at.Host != c.base.Host {
		return answer{}, fmt.Errorf("%s leads to another host", k.name)
	}
	auth := k.auth
	if auth == "" {
		token, err := c.token(ctx)
		if err != nil {
			return answer{}, err
		}
		auth = "Bearer " + token
	}
	req, err := http.NewRequestWithContext(outbound.Reading(ctx), k.method, k.url, bytes.NewReader(k.body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", auth)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-Github-Api-Version", "2022-11-28")
	resp, err := c.http.Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return answer{}, fmt.Errorf("%s: %w", k.name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if k.body != nil {
		c.pace.Note(resp.Header, c.now())
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%s: the answer broke off: %w", k.name, err)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return answer{}, refuse(resp, body)
	}
	return answer{body: body, next: nextPage(resp.Header.Get("Link"))}, nil
}

func refuse(resp *http.Response, body []byte) error {
	var said struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &said)
	r := &refusal{status: resp.StatusCode, message: clip(said.Message)}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusForbidden {
		switch n := json.Number(resp.Header.Get("X-Ratelimit-Reset")); {
		case resp.Header.Get("X-Ratelimit-Remaining") == "0":
			r.reset = later
			if seconds, err := n.Int64(); err == nil {
				r.reset = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
			}
		case resp.Header.Get("Retry-After") != "":
			r.reset = later
		}
	}
	return r
}

// nextPage is the address that a Link header calls next (RFC 8288).
func nextPage(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		address, after, ok := strings.Cut(strings.TrimSpace(part), ">")
		if ok && strings.HasPrefix(address, "<") && strings.Contains(after, `rel="next"`) {
			return address[1:]
		}
	}
	return ""
}

// errAbsent means that GitHub says that there is nothing.
var errAbsent = errors.New("there is none")

// get reads one document.
func get[T any](ctx context.Context, c *client, name, path string) (T, error) {
	return getOr[T](ctx, c, call{name: name, url: c.address(path)})
}

// getOr reads one document, or says errAbsent.
func getOr[T any](ctx context.Context, c *client, k call) (T, error) {
	var out T
	k.method = http.MethodGet
	a, err := c.send(ctx, k)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		return out, c.malformed(k.name, err)
	}
	c.run.Page(k.name, "", 1)
	return out, nil
}

func (c *client) malformed(name string, err error) error {
	c.run.Refuse(name, "the answer is not what is documented: "+clip(err.Error()))
	return fmt.Errorf("%s: the answer is not what is documented: %w", name, err)
}

// pages reads a list to its end.
func pages[T any](ctx context.Context, c *client, name, path string, each func(*T) error) error {
	return along(ctx, c, nil, name, path, each)
}

// along is pages, but that it keeps how far it came, and goes on where an earlier
// collection was cut off.
func along[T any](ctx context.Context, c *client, s *connector.Stretch, name, path string, each func(*T) error) error {
	seen := map[string]bool{}
	next, resumed := s.Begin(c.address(path))
	for next != "" {
		if seen[next] {
			return c.malformed(name, fmt.Errorf("a page follows itself"))
		}
		seen[next] = true
		a, err := c.send(ctx, call{name: name, method: http.MethodGet, url: next})
		if resumed && isLost(err) {
			s.Restart()
			next, resumed = c.address(path), false
			clear(seen)
			continue
		}
		if err != nil {
			return err
		}
		resumed = false
		var list []T
		if err := json.Unmarshal(a.body, &list); err != nil {
			return c.malformed(name, err)
		}
		c.run.Page(name, "", len(list))
		for i := range list {
			if err := each(&list[i]); err != nil {
				return err
			}
		}
		next = a.next
		if err := s.Reached(ctx, next); err != nil {
			return &sinkError{err}
		}
	}
	return nil
}

// isLost reports that GitHub does not know a place in a list any more. Of a query
// it says so in an answer without a status.
func isLost(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	if !ok || r.reset != "" {
		return false
	}
	switch r.status {
	case 0, http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// ask posts a GraphQL query. An answer with errors is a refusal, also when it
// has some data.
func ask[T any](ctx context.Context, c *client, name, text string, variables map[string]any) (T, error) {
	var out struct {
		Data   T `json:"data"`
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		return out.Data, err
	}
	a, err := c.query(ctx, name, variables, body)
	if err != nil {
		return out.Data, err
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		return out.Data, c.malformed(name, err)
	}
	if len(out.Errors) > 0 {
		r := &refusal{message: clip("GitHub answered " + out.Errors[0].Type + " " + out.Errors[0].Message)}
		if out.Errors[0].Type == "RATE_LIMITED" {
			r.reset = later
		}
		c.run.Refuse(name, r.Error())
		return out.Data, r
	}
	return out.Data, nil
}

// query sends a query, or finds its answer among the recordings.
func (c *client) query(ctx context.Context, name string, variables map[string]any, body []byte) (answer, error) {
	if c.tape == nil {
		return c.send(ctx, call{name: name, method: http.MethodPost, url: c.graphQL(), body: body})
	}
	found, err := c.tape.answer(name, variables)
	if err != nil {
		c.run.Refuse(name, clip(err.Error()))
	}
	return answer{body: found}, err
}

// graphQL is beside the REST API on github.com, and beside v3 on a server.
func (c *client) graphQL() string {
	u := *c.base
	u.Path = strings.TrimSuffix(u.Path, "/v3") + "/graphql"
	return u.String()
}

// cursor is where a GraphQL list goes on.
type cursor struct {
	HasNextPage bool   `json:"hasNextPage"`
	EndCursor   string `json:"endCursor"`
}

const longestProblem = 200

func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}

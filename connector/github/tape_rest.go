package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"assay/connector/recordings"
)

// shape is what an answer of the REST API must look like to be taken for one.
type shape struct {
	path string   // as path.Match takes it
	list bool     // a list of such objects
	keys []string // that every object has
}

// shapes are those of the requests that the connector makes, the more special
// ones first.
func shapes() []shape {
	return []shape{
		{"/orgs/*", false, []string{"id", "login"}},
		{"/orgs/*/members", true, []string{"id", "login", "type"}},
		{"/orgs/*/outside_collaborators", true, []string{"id", "login", "type"}},
		{"/orgs/*/teams", true, []string{"id", "slug", "privacy"}},
		{"/orgs/*/teams/*/members", true, []string{"id", "login", "type"}},
		{"/orgs/*/teams/*/repos", true, []string{"id", "full_name", "permissions"}},
		{"/orgs/*/organization-roles", false, []string{"roles", "total_count"}},
		{"/orgs/*/organization-roles/*/users", true, []string{"id", "login", "type"}},
		{"/orgs/*/organization-roles/*/teams", true, []string{"id", "slug", "privacy"}},
		{"/orgs/*/repos", true, []string{"id", "full_name", "private"}},
		{"/orgs/*/dependabot/alerts", true, []string{"number", "security_advisory", "repository"}},
		{"/orgs/*/code-scanning/alerts", true, []string{"number", "rule", "tool", "repository"}},
		{"/orgs/*/secret-scanning/alerts", true, []string{"number", "secret_type", "repository"}},
		{"/orgs/*/audit-log", true, []string{"_document_id", "@timestamp", "action"}},
		{"/orgs/*/invitations", true, []string{"id", "role", "created_at"}},
		{"/repos/*/*/releases", true, []string{"id", "tag_name", "draft"}},
		{"/repos/*/*/collaborators", true, []string{"id", "login", "permissions"}},
		{"/repos/*/*/branches", true, []string{"name", "protected"}},
		{"/repos/*/*/branches/*/protection", false, []string{"url"}},
		{"/repos/*/*/rules/branches/*", true, []string{"type"}},
		{"/repos/*/*/rulesets/*", false, []string{"id", "enforcement"}},
		{"/repos/*/*/pulls", true, []string{"number", "merged_at", "base", "head"}},
		{"/repos/*/*/pulls/*", false, []string{"number", "merged_at", "base", "head"}},
		{"/repos/*/*/pulls/*/reviews", true, []string{"id", "state"}},
		{"/repos/*/*/commits/*/status", false, []string{"state", "total_count"}},
		{"/repos/*/*/commits/*/check-runs", false, []string{"total_count", "check_runs"}},
	}
}

func shapeOf(address string) *shape {
	for _, s := range shapes() {
		if ok, _ := path.Match(s.path, address); ok {
			return &s
		}
	}
	return nil
}

// fits says what of an answer is not as documented.
func (s *shape) fits(body []byte) error {
	docs := []json.RawMessage{body}
	if s.list {
		docs = nil
		if err := json.Unmarshal(body, &docs); err != nil {
			return fmt.Errorf("it is not a list, as the answer to GET %s is", s.path)
		}
	}
	for _, doc := range docs {
		have := keys([]json.RawMessage{doc})
		for _, k := range s.keys {
			if !have[k] {
				return fmt.Errorf("it does not have the shape of an answer to GET %s: there is no %s", s.path, k)
			}
		}
	}
	return nil
}

// RoundTrip is http.RoundTripper's.
func (t *tape) RoundTrip(req *http.Request) (*http.Response, error) {
	if resp, err := t.fromPlaced(req); resp != nil || err != nil {
		return resp, err
	}
	asked := req
	if org := "/orgs/" + t.org; strings.EqualFold(req.URL.Path, org) { // organization.json is a name too
		asked = t.organizationFile(req)
	}
	resp, err := t.files.RoundTrip(t.withoutState(asked))
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	status := said(body)
	switch s := shapeOf(t.canonical(req.URL.Path)); {
	case status != 0 && resp.StatusCode == http.StatusOK:
		resp.StatusCode = status
	case s == nil || resp.StatusCode != http.StatusOK:
	default:
		if err := s.fits(body); err != nil {
			return nil, fmt.Errorf("a recording of GET %s is not taken: %w", req.URL.Path, err)
		}
		if err := whole(resp, body, s.list); err != nil {
			return nil, err
		}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (t *tape) organizationFile(req *http.Request) *http.Request {
	if t.files.Has(req.URL) {
		return req
	}
	other := req.Clone(req.Context())
	other.URL.Path = "/orgs/" + t.org + "/organization"
	return other
}

// saved reports that a file is named after a path of the API with its query.
func (t *tape) saved(address string) bool {
	u, err := url.Parse(address)
	return err == nil && t.files.Has(u)
}

// withoutState is a request for a list without its state, or without which
// branches are asked for, unless a file is named by that.
func (t *tape) withoutState(req *http.Request) *http.Request {
	if t.files.Has(req.URL) {
		return req
	}
	other := req.Clone(req.Context())
	query := other.URL.Query()
	query.Del("state")
	query.Del("protected")
	other.URL.RawQuery = query.Encode()
	return other
}

// fromPlaced answers from what is known by its content. Its own next page is
// looked for, so that a list that was cut short is missed.
func (t *tape) fromPlaced(req *http.Request) (*http.Response, error) {
	list := t.placed[t.request(req.URL)]
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // its name may tell
	}
	for i := range list {
		t.used[list[i].file] = true
		if !bytes.Equal(list[i].body, list[0].body) {
			return nil, fmt.Errorf("several recordings answer GET %s: %s and %s", req.URL.Path, list[0].file, list[i].file)
		}
	}
	p := list[0]
	resp := &http.Response{
		StatusCode: p.status, Status: strconv.Itoa(p.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1, Request: req, Body: io.NopCloser(bytes.NewReader(p.body)),
	}
	if p.headed {
		resp.Header.Set(recordings.Ended, "yes")
	}
	if p.link != "" {
		resp.Header.Set("Link", "<"+p.link+`>; rel="next"`)
	}
	if s := shapeOf(t.canonical(req.URL.Path)); s != nil && p.status == http.StatusOK {
		if err := s.fits(p.body); err != nil {
			return nil, fmt.Errorf("%s is not taken: %w", p.file, err)
		}
		return resp, whole(resp, p.body, s.list)
	}
	return resp, nil
}

// said is the status of an error that gh prints in the place of an answer, or 0.
func said(body []byte) int {
	var e struct {
		Message string `json:"message"`
		About   string `json:"documentation_url"`
		Status  string `json:"status"`
	}
	if json.Unmarshal(body, &e) != nil || e.Message == "" || e.About == "" {
		return 0
	}
	if n, err := strconv.Atoi(e.Status); err == nil && n >= 400 {
		return n
	}
	if e.Message == "Not Found" || e.Message == "Branch not protected" {
		return http.StatusNotFound
	}
	return http.StatusForbidden
}

// whole refuses a list that ends where a page does, when nothing tells whether
// another followed: its head was not kept, and no further file is there.
func whole(resp *http.Response, body []byte, list bool) error {
	if !list || resp.Header.Get("Link") != "" || resp.Header.Get(recordings.Ended) != "" {
		return nil
	}
	var all []json.RawMessage
	if json.Unmarshal(body, &all) == nil && (len(all) == 30 || len(all) == 100) {
		return fmt.Errorf("a recorded list has %d entries, as a page has, and was saved without its head: whether more follows cannot be told", len(all))
	}
	return nil
}

// partial are names of lists that look like the organization's own and hold a
// part of them: a team's repositories, the teams that have a role.
var partial = regexp.MustCompile(`(^|[/_])(teams[/_][^/]+[/_]repos|organization-roles[/_])`)

// placeByContent takes an answer that names its own request.
func (t *tape) placeByContent(name string, f *recordings.File) {
	if partial.MatchString(name) || len(f.Docs) != 1 || f.Status != 0 && f.Status != http.StatusOK {
		return
	}
	body := f.Docs[0]
	first := keys(elements(body))
	list := len(bytes.TrimSpace(body)) > 0 && bytes.TrimSpace(body)[0] == '['
	at := ""
	switch {
	case !list && first["members_url"] && first["repos_url"] && first["login"]:
		at = "/orgs/" + text(body, "login")
	case !list && first["url"] && (first["enforce_admins"] || first["allow_force_pushes"]):
		at = pathOf(text(body, "url"))
	case !list && first["merged_at"] && first["base"] && first["head"] && first["url"]:
		at = pathOf(text(body, "url"))
	case list && first["full_name"] && first["private"] && first["owner"]:
		at = "/orgs/" + t.org + "/repos"
	case list && first["slug"] && first["privacy"] && first["members_url"]:
		at = "/orgs/" + t.org + "/teams"
	case list && first["rule"] && first["tool"] && first["repository"]:
		at = "/orgs/" + t.org + "/code-scanning/alerts"
	case list && first["secret_type"] && first["repository"]:
		at = "/orgs/" + t.org + "/secret-scanning/alerts"
	case list && first["_document_id"] && first["@timestamp"]:
		at = "/orgs/" + t.org + "/audit-log"
	case list && first["security_advisory"] && first["dependency"] && first["repository"]:
		at = "/orgs/" + t.org + "/dependabot/alerts"
	}
	if s := shapeOf(at); s == nil || s.list != list || s.fits(body) != nil {
		return
	}
	k := t.request(&url.URL{Path: at})
	if t.files.Has(&url.URL{Path: at}) { // a file of that name goes first
		return
	}
	t.placed[k] = append(t.placed[k], placement{file: name, status: http.StatusOK, link: f.Link, headed: f.Status != 0, body: body})
}

// text is a text of an object.
func text(body []byte, name string) string {
	var members map[string]json.RawMessage
	var out string
	if json.Unmarshal(body, &members) == nil {
		_ = json.Unmarshal(members[name], &out)
	}
	return out
}

// pathOf is the path of an address of the API, without what a server puts before
// it.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/api/v3")
}

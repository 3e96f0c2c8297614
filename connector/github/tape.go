package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"assay/connector"
	"assay/connector/recordings"
	"assay/internal/kit/fault"
)

// tape is a folder of recordings in the place of the network. A file is taken by
// its content where that says what it is: answers of the GraphQL API, exchanges
// with their requests, deliveries of webhooks, and answers that name themselves.
// Otherwise its name says which request it answers.
type tape struct {
	files      *recordings.Transport
	org        string
	graphs     map[string][]graph     // by query and what it is about
	placed     map[string][]placement // by request
	deliveries []delivery
	strange    map[string]string // why a file is refused, by file
	used       map[string]bool   // files that answered something
}

// graph is one answer of the GraphQL API.
type graph struct {
	file   string
	after  string // cursor behind which it goes on; empty on the first page
	cursor cursor
	body   json.RawMessage
}

// placement is an answer whose request is known by its content.
type placement struct {
	file   string
	status int
	link   string
	headed bool // its head was kept, and tells whether more follows
	body   json.RawMessage
}

// openTape reads the folder once.
func openTape(ctx context.Context, s *source) (*tape, error) {
	folder, err := recordings.Open(ctx, s.env.Host, s.from)
	if err != nil {
		return nil, err
	}
	if s.org == "" {
		if s.org, err = whose(folder); err != nil {
			return nil, err
		}
	}
	t := &tape{
		org: s.org, graphs: map[string][]graph{}, placed: map[string][]placement{}, strange: map[string]string{}, used: map[string]bool{},
		files: &recordings.Transport{Folder: folder, Bases: []string{"/orgs/" + s.org, "/repos/" + s.org, "/repos"}, Idle: []string{"type", "includes_parents", "hide_secret", "include", "order", "phrase"}},
	}
	for _, name := range folder.Names {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := t.take(name); err != nil {
			t.strange[name] = err.Error()
		}
	}
	for _, pages := range t.graphs {
		chain(pages)
	}
	return t, nil
}

// whose finds the organization in what the recordings say of themselves.
func whose(folder *recordings.Folder) (string, error) {
	found := map[string]bool{}
	for _, name := range folder.Names {
		f, err := folder.Read(name)
		if err != nil || f.Parse() != nil {
			continue
		}
		for _, doc := range f.Docs {
			for _, one := range elements(doc) {
				if org := named(one); org != "" {
					found[org] = true
				}
			}
		}
	}
	if len(found) != 1 {
		return "", fault.New(fault.Invalid, "The recordings do not say of which one organization they are: give its name.")
	}
	return slices.Collect(maps.Keys(found))[0], nil
}

// named is the organization that a document says it is of.
func named(doc json.RawMessage) string {
	have := keys([]json.RawMessage{doc})
	switch {
	case have["members_url"] && have["repos_url"]:
		return text(doc, "login")
	case have["method"] && have["path"]:
		rest, ok := strings.CutPrefix(text(doc, "path"), "/orgs/")
		org, _, _ := strings.Cut(rest, "/")
		if ok {
			return org
		}
	case have["data"]:
		var d graphData
		if json.Unmarshal(doc, &d) == nil && d.Data != nil && d.Data.Repository != nil {
			org, _, _ := strings.Cut(d.Data.Repository.Name, "/")
			return org
		}
	case looksDelivered(have):
		if d, err := readDelivery(doc); err == nil {
			return d.owner()
		}
	case have["full_name"] && have["owner"]:
		org, _, _ := strings.Cut(text(doc, "full_name"), "/")
		return org
	}
	return ""
}

// take decides on one file by its content; what does not say what it is waits to
// be asked for by its name. A file is taken as a whole or not at all.
func (t *tape) take(name string) error {
	f, err := t.files.Folder.Read(name)
	if err == nil {
		err = f.Parse()
	}
	if err != nil {
		return err
	}
	docs := f.Docs
	if len(docs) == 1 {
		docs = elements(docs[0])
	}
	switch first := keys(docs); {
	case len(docs) == 0:
		return nil
	case first["data"] || first["errors"]:
		return t.takeGraphs(name, docs)
	case first["method"] && first["path"] && first["status"] && first["response"]:
		return t.takeExchanges(name, docs)
	case looksDelivered(first):
		return t.takeDeliveries(name, docs)
	}
	t.placeByContent(name, &f)
	return nil
}

// elements are those of a list of objects, or the document itself.
func elements(doc json.RawMessage) []json.RawMessage {
	if trimmed := bytes.TrimSpace(doc); len(trimmed) == 0 || trimmed[0] != '[' {
		return []json.RawMessage{doc}
	}
	var list []json.RawMessage
	if json.Unmarshal(doc, &list) != nil {
		return nil
	}
	return list
}

// keys are the names of the members of the first object.
func keys(docs []json.RawMessage) map[string]bool {
	out := map[string]bool{}
	if len(docs) == 0 {
		return out
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(docs[0], &members)
	for k := range members {
		out[k] = true
	}
	return out
}

// graphData is what tells one query's answers from another's.
type graphData struct {
	Data *struct {
		Organization *struct {
			Login   string `json:"login"`
			Members *struct {
				Page cursor `json:"pageInfo"`
			} `json:"membersWithRole"`
			Provider json.RawMessage `json:"samlIdentityProvider"`
		} `json:"organization"`
		Repository *struct {
			Name  string `json:"nameWithOwner"`
			Pulls *struct {
				Page cursor `json:"pageInfo"`
			} `json:"pullRequests"`
			Deployments *struct {
				Page cursor `json:"pageInfo"`
			} `json:"deployments"`
			Ref json.RawMessage `json:"ref"`
		} `json:"repository"`
		Node *struct {
			ID      string `json:"id"`
			Reviews *struct {
				Page cursor `json:"pageInfo"`
			} `json:"reviews"`
		} `json:"node"`
	} `json:"data"`
}

func (t *tape) takeGraphs(name string, docs []json.RawMessage) error {
	found := map[string][]graph{}
	for _, doc := range docs {
		var d graphData
		if err := json.Unmarshal(doc, &d); err != nil {
			return fmt.Errorf("it is not what GitHub's GraphQL API answers: %w", err)
		}
		k, at, err := d.place()
		if err != nil {
			return err
		}
		found[k] = append(found[k], graph{file: name, cursor: at, body: doc})
	}
	for k, list := range found {
		t.graphs[k] = append(t.graphs[k], list...)
	}
	t.used[name] = true
	return nil
}

// place is which query the answer is of, and about what.
func (d *graphData) place() (key string, at cursor, err error) {
	switch v := d.Data; {
	case v == nil:
		return "", at, errors.New("it is an answer of GitHub's GraphQL API without data")
	case v.Organization != nil && v.Organization.Members != nil:
		return queryMembers, v.Organization.Members.Page, nil
	case v.Organization != nil && v.Organization.Provider != nil:
		return placeIdentities(v.Organization.Provider)
	case v.Node != nil && v.Node.Reviews != nil && v.Node.ID != "":
		return queryReviews + " " + v.Node.ID, v.Node.Reviews.Page, nil
	case v.Repository != nil && v.Repository.Name != "" && v.Repository.Pulls != nil:
		return queryPulls + " " + strings.ToLower(v.Repository.Name), v.Repository.Pulls.Page, nil
	case v.Repository != nil && v.Repository.Name != "" && v.Repository.Deployments != nil:
		return queryDeployments + " " + strings.ToLower(v.Repository.Name), v.Repository.Deployments.Page, nil
	case v.Repository != nil && v.Repository.Name != "" && v.Repository.Ref != nil:
		var ref struct {
			Target struct {
				History struct {
					Page cursor `json:"pageInfo"`
				} `json:"history"`
			} `json:"target"`
		}
		if err := json.Unmarshal(v.Repository.Ref, &ref); err != nil {
			return "", at, fmt.Errorf("it is not what GitHub's GraphQL API answers: %w", err)
		}
		return queryHistory + " " + strings.ToLower(v.Repository.Name), ref.Target.History.Page, nil
	}
	return "", at, errors.New("it is an answer of GitHub's GraphQL API to a query that is not the connector's")
}

// chain says of each page behind which it goes on: the one that lies before it.
func chain(pages []graph) {
	for i := 1; i < len(pages); i++ {
		if prev := pages[i-1]; prev.cursor.HasNextPage {
			pages[i].after = prev.cursor.EndCursor
		}
	}
}

// answer is the recorded answer to a query.
func (t *tape) answer(query string, variables map[string]any) (json.RawMessage, error) {
	k := query
	switch query {
	case queryPulls, queryHistory, queryDeployments:
		k += strings.ToLower(fmt.Sprintf(" %v/%v", variables["owner"], variables["name"]))
	case queryReviews:
		k += fmt.Sprintf(" %v", variables["id"])
	}
	after, _ := variables["after"].(string)
	for i := range t.graphs[k] {
		if g := &t.graphs[k][i]; g.after == after {
			return g.body, nil
		}
	}
	if after != "" {
		return nil, fmt.Errorf("%w: the page of the %s after %s", recordings.ErrMissing, k, after)
	}
	return nil, fmt.Errorf("%w: the %s", recordings.ErrMissing, k)
}

// asked reports that there is an answer to a query.
func (t *tape) asked(query, about string) bool {
	return t != nil && len(t.graphs[strings.TrimSpace(query+" "+strings.ToLower(about))]) > 0
}

// exchange is a request with its answer, as libraries that replay them keep it.
type exchange struct {
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Status   int             `json:"status"`
	Response json.RawMessage `json:"response"`
	Headers  map[string]any  `json:"headers"`
}

func (t *tape) takeExchanges(name string, docs []json.RawMessage) error {
	found := map[string]placement{}
	for _, doc := range docs {
		var x exchange
		if err := json.Unmarshal(doc, &x); err != nil {
			return fmt.Errorf("its exchanges are not whole: %w", err)
		}
		u, err := url.Parse(x.Path)
		if err != nil || !strings.EqualFold(x.Method, http.MethodGet) || shapeOf(t.canonical(u.Path)) == nil {
			continue
		}
		link := ""
		for k, v := range x.Headers {
			if strings.EqualFold(k, "link") {
				link = nextPage(fmt.Sprint(v))
			}
		}
		found[t.request(u)] = placement{file: name, status: x.Status, link: link, headed: true, body: x.Response}
	}
	if len(found) == 0 {
		return fmt.Errorf("none of its exchanges (%d) is a request that the connector makes", len(docs))
	}
	for k, p := range found {
		t.placed[k] = append(t.placed[k], p)
	}
	return nil
}

// request is a request without what does not narrow it, except the page.
func (t *tape) request(u *url.URL) string {
	query := u.Query()
	for name := range query {
		if !slices.Contains([]string{"role", "filter", "affiliation", "page"}, name) {
			query.Del(name)
		}
	}
	if query.Get("page") == "1" {
		query.Del("page")
	}
	return strings.TrimSuffix(strings.ToLower(t.canonical(u.Path))+"?"+query.Encode(), "?")
}

var numbered = regexp.MustCompile(`^/organizations/[0-9]+(/|$)`)

// canonical is a path with the organization's name, where a next page has its
// number.
func (t *tape) canonical(address string) string {
	return numbered.ReplaceAllString(address, "/orgs/"+t.org+"$1")
}

func (t *tape) takeDeliveries(name string, docs []json.RawMessage) error {
	var list []delivery
	others, untimed := 0, 0
	for _, doc := range docs {
		d, err := readDelivery(doc)
		switch {
		case err != nil:
			return err
		case !d.about(t.org):
			others++
		case d.at.IsZero():
			untimed++
		default:
			list = append(list, d)
		}
	}
	t.deliveries = append(t.deliveries, list...)
	t.used[name] = true
	switch {
	case others > 0:
		return fmt.Errorf("of its deliveries %d are taken and %d are about others than %s", len(list), others, t.org)
	case untimed > 0:
		return fmt.Errorf("of its deliveries %d are taken and %d do not say when they were: save them as GitHub's list of deliveries gives them", len(list), untimed)
	}
	return nil
}

// close names every file that nothing asked for, and says why.
func (t *tape) close(run *connector.Run) {
	unused := t.files.Unused()
	var files []recordings.Refused
	for _, name := range t.files.Folder.Names {
		switch why, refused := t.strange[name]; {
		case refused:
			files = append(files, recordings.Refused{File: name, Why: clip(why)})
		case !t.used[name] && slices.Contains(unused, name):
			files = append(files, recordings.Refused{File: name, Why: "neither its name nor its shape tells which request of the connector it answers"})
		}
	}
	recordings.Name(run, kindOrg, files)
}

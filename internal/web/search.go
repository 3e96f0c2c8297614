package web

import (
	"cmp"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/evidence"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// hit is something that may match a search.
type hit struct {
	page.SearchHit
	text string // further words to look in
	rank int
}

// section is what can be searched of one kind.
type section struct {
	id, title, list string // list: the page that filters by the same words; empty if none does
	needs           access.Permission
	find            func(*request) ([]hit, error)
}

func (s *Server) sections() []section {
	out := []section{
		{"controls", "Controls", "/controls", access.ControlRead, s.hitControls},
		{"checks", "Checks", "/checks", access.CheckRead, s.hitChecks},
		{"criteria", "Criteria", "/criteria", access.CriteriaRead, s.hitCriteria},
		{"people", "People", "/people", access.PersonRead, s.hitPeople},
		{"connections", "Connections", "/connectors", access.ConnectorRead, s.hitConnections},
		{"evidence", "Evidence", "/evidence", access.EvidenceRead, s.hitEvidence},
	}
	for i := range s.Suite.Registers.Declarations {
		d := &s.Suite.Registers.Declarations[i]
		out = append(out, section{d.Path, d.Title, "/" + d.Path, d.Read, func(r *request) ([]hit, error) { return s.hitRecords(r, d) }})
	}
	return out
}

// hitRecords are the records that a register itself finds; the words are looked
// for in all of its texts.
func (s *Server) hitRecords(r *request, d *register.Declaration) (out []hit, err error) {
	q := strings.TrimSpace(clip(r.URL.Query().Get("q"), 200))
	l, err := s.Suite.Registers.List(r.Context(), r.who, d.Noun, register.Filter{Query: q, Limit: mostFound})
	for i := range l.Records {
		rec := &l.Records[i]
		tone, label := d.BadgeOf(rec, &l.World)
		out = append(out, hit{SearchHit: page.SearchHit{
			ID: rec.ID, Title: rec.Label(d), Href: "/" + d.Path + "/" + rec.ID, Badge: view.Badge{State: view.State(tone), Label: label},
		}, text: q})
	}
	return out, err
}

const mostFound = 500 // records of a register

const shownHits = 8

// exportedHit is what a search found as a file has it, with those that the page
// has no room for.
type exportedHit struct {
	Noun  string `json:"noun"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Sub   string `json:"sub"`
	State string `json:"state"`
	Href  string `json:"href"`
}

// search jumps to what an id names, else shows what matches, by kind.
func (s *Server) search(r *request) (answer, error) {
	q := strings.TrimSpace(clip(r.URL.Query().Get("q"), 200))
	v := page.SearchView{Head: view.Head{Title: "Search"}}
	if q == "" {
		v.Head.Answer = view.Say("Look for controls, checks, criteria, people, connections and evidence. An id leads straight to its page.")
		v.Empty = &view.Empty{Kind: view.NoneYet, Icon: "search", Title: "What are you looking for?", Text: view.Say("Type in the field above, such as IAM-01, CC6.1 or a name.")}
		return show(page.Search(s.shell(r, "Search", ""), v))
	}
	if strings.HasPrefix(q, "lf_") && r.who.Can(access.LogRead) {
		return goTo("/log/leaf/" + queryEscape(q))
	}
	rows, to, err := s.hits(r, q, &v)
	if err != nil {
		return answer{}, err
	}
	if to != "" {
		return goTo(to)
	}
	if a, ok, err := exported(r, "hits", rows); ok || err != nil {
		return a, err
	}
	v.Head.Title = "Search: " + q
	if len(rows) > 0 {
		v.Head.Actions = []view.Action{exportMenu(queryOf(r))}
	}
	v.Head.Answer = view.Text{view.B(plural(len(rows), "hit")), view.T(".")}
	if len(rows) == 0 {
		v.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "Nothing matches", Text: view.Say("Every word must be in the id, the title or the text. Try fewer words, or look through a list."),
			Actions: []view.Action{{Label: "Controls", Href: "/controls"}, {Label: "Checks", Href: "/checks"}, {Label: "Criteria", Href: "/criteria"}},
		}
	}
	return show(page.Search(s.shell(r, "Search", ""), v))
}

// hits fills the page with what matches, by kind, and returns all of it; to is
// the page of what the words are the id of, unless the list is asked for.
func (s *Server) hits(r *request, q string, v *page.SearchView) (rows []exportedHit, to string, err error) {
	for _, sec := range s.sections() {
		if !r.who.Can(sec.needs) {
			continue
		}
		all, err := sec.find(r)
		if err != nil {
			return nil, "", err
		}
		found := ranked(q, all)
		if len(found) == 0 {
			continue
		}
		if found[0].rank == exact && r.URL.Query().Get("format") == "" {
			return nil, found[0].Href, nil
		}
		g := page.SearchGroup{ID: "h-" + sec.id, Title: sec.title, Count: view.Num(len(found))}
		for i := range found {
			h := &found[i]
			rows = append(rows, exportedHit{sec.id, h.ID, h.Title, h.Sub, h.Badge.Label, h.Href})
			if i < shownHits {
				g.Hits = append(g.Hits, h.SearchHit)
			}
		}
		if len(found) > shownHits {
			g.All = view.Ref{Label: "All " + view.Num(len(found)), Href: sec.list + "?q=" + queryEscape(q)}
		}
		v.Groups = append(v.Groups, g)
	}
	return rows, "", nil
}

// The ranks of a hit, best first.
const (
	exact   = iota // the id itself
	byID           // the id begins so
	byStart        // the title begins so
	byTitle        // every word is in id and title
	byText         // every word is somewhere
	noResult
)

// ranked returns what matches, best first, in the order given where it is alike.
func ranked(q string, all []hit) (out []hit) {
	want := strings.ToLower(q)
	for _, h := range all {
		id, title := strings.ToLower(h.ID), strings.ToLower(h.Title)
		switch {
		case id == want && id != "":
			h.rank = exact
		case id != "" && strings.HasPrefix(id, want):
			h.rank = byID
		case strings.HasPrefix(title, want):
			h.rank = byStart
		case matches(q, h.ID, h.Title):
			h.rank = byTitle
		case matches(q, h.ID, h.Title, h.Sub, h.text):
			h.rank = byText
		default:
			h.rank = noResult
		}
		if h.rank < noResult {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	return out
}

func (s *Server) hitControls(r *request) (out []hit, err error) {
	o, err := s.Suite.Controls.List(r.Context(), r.who)
	all := o.All()
	for i := range all {
		c := &all[i]
		out = append(out, hit{SearchHit: page.SearchHit{
			ID: c.Control, Title: c.Title, Href: "/controls/" + c.Control, Sub: ownerOf(&c.Version), Badge: groupBadge(c.Standing.Group, c.Standing.Summary),
		}, text: c.Statement})
	}
	return out, err
}

func (s *Server) hitChecks(r *request) (out []hit, err error) {
	list, err := s.Suite.Checks.List(r.Context(), r.who)
	for i := range list {
		c := &list[i]
		h := hit{SearchHit: page.SearchHit{ID: c.ID, Title: c.Title, Href: "/checks/" + c.ID, Badge: view.Badge{State: view.None, Label: "Never run"}}, text: c.Description}
		if c.Last != nil {
			h.Badge = runBadge(c.Last.Status, c.Last.Reason)
		}
		out = append(out, h)
	}
	return out, err
}

func (s *Server) hitCriteria(r *request) (out []hit, err error) {
	sc, ok := s.period(r)
	if !ok {
		return nil, nil
	}
	for _, c := range s.Suite.Library.Criteria().InScope(sc.Categories) {
		out = append(out, criterionHit(&c))
	}
	return out, nil
}

func criterionHit(c *criteria.Criterion) hit {
	return hit{SearchHit: page.SearchHit{ID: string(c.ID), Title: c.Title, Href: "/criteria/" + string(c.ID), Sub: c.Summary}}
}

func (s *Server) hitPeople(r *request) (out []hit, err error) {
	l, err := s.Suite.People.List(r.Context(), r.who, person.Filter{})
	for i := range l.People {
		p := &l.People[i]
		out = append(out, hit{
			SearchHit: page.SearchHit{Title: p.Name, Href: "/people/" + p.ID, Sub: strings.Trim(p.Title+", "+p.Group, ", "), Badge: view.Badge{State: view.Open, Label: string(p.State)}},
			text:      p.Email + " " + p.ExternalID,
		})
		if q := strings.TrimSpace(r.URL.Query().Get("q")); q != "" && (strings.EqualFold(q, p.Email) || q == p.ID) {
			out[len(out)-1].ID = q
		}
	}
	return out, err
}

func (s *Server) hitConnections(r *request) (out []hit, err error) {
	list, err := s.Suite.Connectors.List(r.Context(), r.who)
	for i := range list {
		c := &list[i]
		out = append(out, hit{SearchHit: page.SearchHit{ID: c.ID, Title: c.Name, Href: "/connectors/" + c.ID, Sub: c.Product}, text: c.Authority})
	}
	return out, err
}

func (s *Server) hitEvidence(r *request) (out []hit, err error) {
	l, err := s.Suite.Evidence.List(r.Context(), r.who, evidence.Filter{})
	for i := range l.Evidence {
		e := &l.Evidence[i]
		out = append(out, hit{
			SearchHit: page.SearchHit{ID: e.ID, Title: e.Title, Href: "/evidence/" + e.ID, Sub: strings.Trim(strings.Join(e.Controls, ", ")+", "+e.File, ", ")},
			text:      e.Note + " " + e.ByName,
		})
	}
	return out, err
}

// orgs offers the organizations that the person is a member of.
func (s *Server) orgs(r *request) (answer, error) {
	members, err := s.mine(r)
	if err != nil {
		return answer{}, err
	}
	all, err := s.Suite.Orgs.All(r.Context())
	if err != nil {
		return answer{}, err
	}
	names := map[string]string{}
	for i := range all {
		names[all[i].ID] = all[i].Name
	}
	picks := view.Choices{Name: "org", Label: "Organization", Quiet: true}
	for i := range members {
		m := &members[i]
		picks.Options = append(picks.Options, view.Choice{Value: m.Org, Label: names[m.Org], Detail: "as " + string(m.Role) + ", last used " + r.moment(m.LastAt), Checked: m.Org == r.who.Org})
	}
	v := page.FormView{
		Head: view.Head{Title: "Switch organization", Answer: view.Say("Organizations of this installation share nothing but the people who are members of several.")},
		Form: view.Form{Action: "/orgs", Submit: "Switch", Cancel: view.Ref{Label: "Stay", Href: "/"}}, Sections: []page.FormSection{{Title: "Organization", Picks: []view.Choices{picks}}},
	}
	return show(page.Form(s.shell(r, "Switch organization", ""), v))
}

func (s *Server) orgSwitch(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Auth.SwitchOrg(r.Context(), r.who, cmp.Or(r.text("org"), r.URL.Query().Get("org"))); err != nil {
		return answer{}, err
	}
	return goTo("/")
}

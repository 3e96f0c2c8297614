package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// connectionID is the id in the address; the registers' have two parts.
func connectionID(r *request) string {
	if name := r.PathValue("register"); name != "" {
		return collect.RegisterID(name)
	}
	if kind := r.PathValue("kind"); kind != "" {
		return collect.ImportID(kind)
	}
	return r.PathValue("id")
}

type connectionPage struct {
	r     *request
	c     *collect.Connection
	runs  []fact.Collection
	kinds []resource.Schema
	shown *fact.Manifest // of the newest collection that ended; nil before the first
	base  string
	hook  string // the whole address to which a webhook sends
}

// connection is one connection with its collections; with ?seq=12 one of them.
func (s *Server) connection(r *request) (answer, error) {
	if seq := r.URL.Query().Get("seq"); seq != "" {
		return s.collection(r, seq)
	}
	c, runs, err := s.Suite.Connectors.Get(r.Context(), r.who, connectionID(r))
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "collections", runs); ok || err != nil {
		return a, err
	}
	checks, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	p := &connectionPage{r: r, c: &c, runs: runs, base: connectionHref(c.ID), hook: s.origin(r) + collect.HookPath(r.who.Org, c.ID)}
	if p.kinds, err = s.kindsOf(r, &c); err != nil {
		p.kinds = nil // the product is not in this build; its history stays
	}
	if p.shown, err = s.newest(r, p); err != nil {
		return answer{}, err
	}
	v := page.ConnectionView{Head: p.head(), Progress: p.progress(), Settings: p.settings(), Unseen: p.unseen(), Checks: p.checks(checks)}
	if c.Last != nil && (c.Last.State == fact.Broken || c.Last.State == fact.Interrupted) {
		v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Say("The newest collection broke off. " + c.Last.Problem)})
	}
	p.fill(&v, s)
	crumb := view.Crumb{Label: "Connectors", Href: "/connectors"}
	return show(page.Connection(s.shell(r, c.Name, "connectors", crumb, view.Crumb{Label: c.Name}), v))
}

// newest is what the newest collection that ended says of itself.
func (s *Server) newest(r *request, p *connectionPage) (*fact.Manifest, error) {
	i := slices.IndexFunc(p.runs, func(c fact.Collection) bool { return c.Leaf != "" })
	if i < 0 {
		return nil, nil //nolint:nilnil // before the first collection there is none
	}
	m, err := s.Suite.Connectors.Manifest(r.Context(), r.who, p.c.ID, p.runs[i].Seq)
	return &m, err
}

func (p *connectionPage) head() view.Head {
	c := p.c
	h := view.Head{Title: c.Name, Badges: []view.Badge{connectionBadge(p.r, c)}, Notes: []string{c.Product, every(c.Every)}}
	switch {
	case c.Last == nil:
		h.Answer = view.Say("Nothing was collected yet.")
	case c.Success.IsZero():
		h.Answer = view.Say("No collection has run to its end yet.")
	default:
		h.Answer = view.Text{view.T("Collected "), view.B(ago(p.r.now, c.Success)), view.T(", " + plural(c.Last.Resources, "resource") + " in the newest collection.")}
	}
	if c.State == collect.Removed {
		h.Answer = append(view.Say("It was removed. What it collected stays, and so does the log. "), h.Answer...)
		return h
	}
	if c.Uploaded() {
		return p.uploadedHead(h)
	}
	if p.r.who.Can(access.ConnectorSync) && c.State == collect.Enabled {
		h.Actions = append(h.Actions, view.Action{Label: "Collect now", Href: p.base + "/sync", Post: true, Icon: "loop", Look: view.Primary})
	}
	if !p.r.who.Can(access.ConnectorEdit) || c.Register {
		return h
	}
	switch c.State {
	case collect.Enabled:
		h.More = []view.Action{{Label: "Change settings", Href: p.base + "/edit"}, {Label: "Age of facts", Href: p.base + "/freshness"}, {Label: "Pause", Href: p.base + "/pause", Post: true}, {Label: "Remove", Href: p.base + "/remove", Post: true}}
	case collect.Paused:
		h.Actions = append(h.Actions, view.Action{Label: "Resume", Href: p.base + "/resume", Post: true, Icon: "play", Look: view.Primary})
		h.More = []view.Action{{Label: "Change settings", Href: p.base + "/edit"}, {Label: "Remove", Href: p.base + "/remove", Post: true}}
	case collect.Removed:
	}
	return h
}

func (p *connectionPage) progress() *page.Progress {
	if p.c.Last == nil || p.c.Last.State != fact.Running {
		return nil
	}
	return &page.Progress{Title: "A collection is running", Words: "since " + p.r.moment(p.c.Last.StartedAt), Done: p.c.Last.Items, Href: p.base}
}

func (p *connectionPage) settings() *page.PairsCard {
	card := &page.PairsCard{Title: "Settings", Pairs: []view.Pair{
		{Term: "Product", Value: view.Say(p.c.Product)}, {Term: "Collected", Value: view.Say(every(p.c.Every))},
	}}
	if p.c.Authority != "" {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Ids are given out by", Value: view.Say(p.c.Authority), Mono: true})
	}
	for _, name := range sortedNames(p.c.Settings) {
		card.Pairs = append(card.Pairs, view.Pair{Term: name, Value: view.Say(clip(p.c.Settings[name], 300)), Mono: true})
	}
	for _, name := range p.c.HasSecret {
		card.Pairs = append(card.Pairs, view.Pair{Term: name, Value: view.Say("set, sealed, not shown")})
	}
	if slices.Contains(p.c.HasSecret, "webhook_secret") {
		card.Pairs = append(card.Pairs, view.Pair{Term: "A webhook sends to", Value: view.Say(p.hook), Mono: true})
	}
	if p.c.Register {
		card.Note = "This is one of your own registers. It is collected like any source, so that what it says is in the log."
	}
	return card
}

// unseen is what the newest collection could not see.
func (p *connectionPage) unseen() *page.LinesCard {
	if p.shown == nil {
		return nil
	}
	return &page.LinesCard{Title: "What it could not see", Lines: unseen(p.shown), Empty: "Nothing was refused and nothing was cut off."}
}

func unseen(m *fact.Manifest) (out []view.Line) {
	for i := range m.Calls {
		if call := &m.Calls[i]; call.Refused > 0 || call.Truncated {
			out = append(out, view.Line{State: view.Warn, Lead: call.Name, Text: call.Problem, Right: callWords(call)})
		}
	}
	for i := range m.Kinds {
		for _, problem := range m.Kinds[i].Problems {
			out = append(out, view.Line{State: stateIf(!m.Kinds[i].Complete, view.Warn), Lead: m.Kinds[i].Kind, Text: problem})
		}
	}
	return out
}

func callWords(c *connector.Call) string {
	switch {
	case c.Refused > 0:
		return view.Num(c.Refused) + " refused"
	case c.Truncated:
		return "cut off"
	case c.Retries > 0:
		return plural(c.Retries, "retry")
	}
	return ""
}

func (p *connectionPage) checks(all []check.Summary) *page.LinesCard {
	if len(p.kinds) == 0 {
		return nil
	}
	card := &page.LinesCard{Title: "Checks it feeds", Empty: "No check that is in force reads it."}
	for _, c := range fedBy(p.kinds, all) {
		line := view.Line{State: view.None, Lead: c.ID, Text: c.Title, Href: "/checks/" + c.ID}
		if c.Last != nil {
			line.State = runBadge(c.Last.Status, c.Last.Reason).State
		}
		if c.Failing > 0 && c.Last != nil && c.Last.Status == rule.Fail {
			line.Right, line.Late = view.Num(c.Failing)+" failing", true
		}
		card.Lines = append(card.Lines, line)
	}
	const most = 12
	if n := len(card.Lines); n > most {
		card.Link, card.Lines = view.Ref{Label: fmt.Sprintf("%d checks", n), Href: "/checks"}, card.Lines[:most]
	}
	return card
}

// fill fills the tab: collections, or the kinds of the newest.
func (p *connectionPage) fill(v *page.ConnectionView, s *Server) {
	now := p.r.URL.Query().Get("tab")
	tab := func(name, label string, n int) view.Tab {
		t := view.Tab{Label: label, Href: p.base + "?tab=" + name, Current: now == name || now != "kinds" && name == "collections"}
		if n > 0 {
			t.Count = view.Num(n)
		}
		return t
	}
	v.Tabs = []view.Tab{tab("collections", "Collections", len(p.runs)), tab("kinds", "Kinds", len(p.kinds))}
	v.List = s.listOf(p.r, "newest first")
	if now == "kinds" {
		v.TabTitle, v.Kinds, v.List.Shown = "Kinds of resources", p.kindRows(), ""
	} else {
		v.TabTitle = "Collections"
		from, to, pager := p.r.slice(len(p.runs))
		v.List.Pager = pager
		for i := range p.runs[from:to] {
			v.Collections = append(v.Collections, p.runRow(&p.runs[from+i]))
		}
	}
	if len(v.Kinds)+len(v.Collections) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nothing was collected yet", Text: view.Say("The first collection begins within a minute of connecting.")}
		if p.c.Uploaded() {
			v.List.Empty.Text = view.Say("Each file that somebody brings is a collection.")
		}
	}
}

func (p *connectionPage) runRow(c *fact.Collection) page.CollectionRow {
	row := page.CollectionRow{
		When: p.r.moment(c.StartedAt), Href: p.base + "?seq=" + strconv.FormatInt(c.Seq, 10), Trigger: "–", Calls: "–",
		Resources: view.Num(c.Resources), Changed: fmt.Sprintf("+%d −%d", c.Added, c.Removed), Took: "–", Badge: collectionBadge(c.State),
	}
	if !c.FinishedAt.IsZero() {
		row.Took = c.FinishedAt.Sub(c.StartedAt).Round(100 * time.Millisecond).String()
	}
	if c.Leaf != "" {
		row.Evidence = view.Ref{Label: "leaf", Href: "/log/leaf/" + c.Leaf}
	}
	return row
}

func collectionBadge(s fact.State) view.Badge {
	switch s {
	case fact.Done:
		return view.Badge{State: view.Pass, Label: "Ran to its end"}
	case fact.Running:
		return view.Badge{State: view.Info, Label: "Running"}
	case fact.Interrupted:
		return view.Badge{State: view.Warn, Label: "Interrupted"}
	case fact.Broken:
	}
	return view.Badge{State: view.Fail, Label: "Broke off"}
}

func (p *connectionPage) kindRows() (out []page.KindRow) {
	if p.shown == nil {
		for i := range p.kinds {
			out = append(out, page.KindRow{Kind: p.kinds[i].Kind, Facets: facets(&p.kinds[i]), Count: "–", Upstream: "–", Backfill: "–", Badge: view.Badge{State: view.None, Label: "Not collected yet"}})
		}
		return out
	}
	for i := range p.shown.Kinds {
		rep := &p.shown.Kinds[i]
		row := page.KindRow{Kind: rep.Kind, Facets: "–", Count: view.Num(rep.Items), Upstream: "–", Backfill: "as it is now", Badge: completeBadge(rep)}
		if j := slices.IndexFunc(p.kinds, func(k resource.Schema) bool { return k.Kind == rep.Kind }); j >= 0 {
			row.Facets = facets(&p.kinds[j])
		}
		if !rep.From.IsZero() {
			row.Backfill = p.r.day(rep.From) + " – " + p.r.day(rep.To)
		}
		out = append(out, row)
	}
	return out
}

func completeBadge(rep *connector.Report) view.Badge {
	if rep.Complete {
		return view.Badge{State: view.Pass, Label: "Complete"}
	}
	return view.Badge{State: view.Warn, Label: "Incomplete"}
}

func facets(k *resource.Schema) string {
	var names []string
	for _, c := range k.Facets {
		names = append(names, strings.ReplaceAll(c.Facet, "_", " "))
	}
	return nonEmpty(strings.Join(names, ", "), "–")
}

// collection is one collection with its manifest: every call, what was
// complete, and the leaf that seals it.
func (s *Server) collection(r *request, seq string) (answer, error) {
	c, runs, err := s.Suite.Connectors.Get(r.Context(), r.who, connectionID(r))
	if err != nil {
		return answer{}, err
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "There is no collection %q here.", clip(seq, 20))
	}
	m, err := s.Suite.Connectors.Manifest(r.Context(), r.who, c.ID, n)
	if err != nil {
		return answer{}, err
	}
	v := page.EvidenceView{TabTitle: "Kinds of resources", Columns: []view.Column{
		{Label: "Kind"}, {Label: "Found", Class: "n"}, {Label: "Complete"}, {Label: "Covers"}, {Label: "Why not"},
	}, Manifest: manifestCard(r, &m), Provenance: []view.Pair{
		{Term: "Connection", Value: view.Text{view.A(c.Name, connectionHref(c.ID))}},
		{Term: "Connector", Value: view.Say(m.Connector + " " + m.Version)},
		{Term: "Read", Value: view.Say(nonEmpty(m.Scope, "–")), Mono: true},
		{Term: "Began", Value: view.Say(r.moment(m.StartedAt))},
		{Term: "Ended", Value: view.Say(r.moment(m.FinishedAt))},
	}}
	v.Head = view.Head{
		Title: fmt.Sprintf("Collection %d of %s", m.Seq, c.Name), Back: &view.Ref{Label: c.Name, Href: connectionHref(c.ID)},
		Answer: view.Text{view.B(plural(m.Resources(), "resource")), view.T(fmt.Sprintf(" listed; %d new or changed and %d gone since the collection before.", m.Added, m.Removed))},
	}
	if m.Problem != "" {
		v.Notices = []view.Notice{{State: view.Fail, Text: view.Say("It broke off. " + m.Problem)}}
	}
	for i := range m.Kinds {
		v.Rows = append(v.Rows, kindCells(r, &m, i))
	}
	for i := range runs {
		if runs[i].Seq == m.Seq {
			v.Head.Badges = []view.Badge{collectionBadge(runs[i].State)}
			v.Proof = s.leafProof(r, runs[i].Leaf, view.ProofStep{State: view.Pass, Title: "Root of the listing", Detail: m.Root})
		}
	}
	crumbs := []view.Crumb{{Label: "Connectors", Href: "/connectors"}, {Label: c.Name, Href: connectionHref(c.ID)}, {Label: "Collection " + seq}}
	return show(page.Evidence(s.shell(r, v.Head.Title, "connectors", crumbs...), v))
}

func kindCells(r *request, m *fact.Manifest, i int) []view.Cell {
	rep := &m.Kinds[i]
	covers := "as it was then"
	if !rep.From.IsZero() {
		covers = r.day(rep.From) + " – " + r.day(rep.To)
	}
	return []view.Cell{
		{Text: rep.Kind, Mono: true},
		{Text: view.Num(rep.Items)},
		{Badge: completeBadge(rep)},
		{Text: covers},
		{Text: strings.Join(rep.Problems, " ")},
	}
}

func manifestCard(r *request, m *fact.Manifest) *page.ManifestCard {
	card := &page.ManifestCard{Facts: []view.Pair{
		{Term: "Calls", Value: view.Say(view.Num(len(m.Calls)))},
		{Term: "Took", Value: view.Say(m.FinishedAt.Sub(m.StartedAt).Round(100 * time.Millisecond).String())},
		{Term: "Root of the listing", Value: view.Say(m.Root), Mono: true},
	}}
	for _, name := range sortedNames(m.Parameters) {
		card.Facts = append(card.Facts, view.Pair{Term: name, Value: view.Say(clip(m.Parameters[name], 300)), Mono: true})
	}
	for i := range m.Calls {
		c := &m.Calls[i]
		row := page.ManifestRow{
			Call: c.Name, Sub: c.Problem, Scope: clip(c.Parameters, 120), Time: r.moment(c.LastAt), Calls: view.Num(c.Pages + c.Refused + c.Retries),
			Pages: view.Num(c.Pages), Rows: view.Num(c.Items), Hash: "–", Badge: view.Badge{State: view.Pass, Label: "Answered"},
		}
		if words := callWords(c); words != "" {
			row.Badge = view.Badge{State: view.Warn, Label: words}
		}
		card.Rows = append(card.Rows, row)
	}
	card.Note = "The manifest is in the log's leaf by its hash: a call cannot be added to it or taken from it afterwards."
	return card
}

// leafProof is the way from a leaf to the signed head.
func (s *Server) leafProof(r *request, leaf string, first ...view.ProofStep) *page.ProofCard {
	if leaf == "" {
		return nil
	}
	card := &page.ProofCard{Badge: view.Badge{State: view.Info, Label: "Pending"}, Steps: first}
	at, logged := s.leafIndex(r, leaf)
	if !logged {
		card.Steps = append(card.Steps, view.ProofStep{State: view.Info, Title: "Leaf, not in the tree yet", Detail: leaf})
		return card
	}
	card.Badge = view.Badge{State: view.Pass, Label: "In the log"}
	card.Steps = append(card.Steps, view.ProofStep{State: view.Pass, Title: "Leaf, entry " + view.Num(int(at)), Detail: leaf})
	if head, err := s.logHead(r); err == nil && head.signed > at {
		card.Steps = append(card.Steps, view.ProofStep{State: view.Pass, Title: "Signed head", Detail: fmt.Sprintf("covers the first %s entries, signed %s", view.Num(int(head.signed)), r.moment(head.signedAt))})
	}
	return card
}

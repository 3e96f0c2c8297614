package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

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
		Answer: view.Text{view.B(plural(m.Items, "resource")), view.T(fmt.Sprintf(" listed; %d new or changed and %d gone since the collection before.", m.Added, m.Removed))},
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

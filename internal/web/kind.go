package web

import (
	"net/url"
	"strings"

	"assay/connector/imports"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// kindNew asks for the declaration of a kind, or of the next version of one.
func (s *Server) kindNew(r *request) (answer, error) {
	if err := r.may(access.KindDeclare); err != nil {
		return answer{}, err
	}
	text := imports.Template()
	if kind := r.URL.Query().Get("kind"); kind != "" {
		have, err := s.Suite.Connectors.KindVersions(r.Context(), r.who, kind)
		if err != nil {
			return answer{}, err
		}
		text = have[0].Text
	}
	return s.showKind(r, text, nil)
}

func (s *Server) showKind(r *request, text string, refused error) (answer, error) {
	title := "Declare a kind"
	if r.URL.Query().Get("kind") != "" {
		title = "Declare the next version"
	}
	v := page.ImportView{
		Head: view.Head{Title: title, Answer: view.Say("Say once what a row is. A version never changes, so that what was collected keeps its meaning: the next one raises the version and adds to it.")},
		Form: view.Form{
			Action: importBase + "/new", Submit: "Declare it", Cancel: view.Ref{Label: "Cancel", Href: "/connectors"}, Fields: []view.Input{
				{Name: "declaration", Label: "Declaration", Type: "textarea", Rows: "24", Value: text, Required: true, Full: true, Mono: true, Hint: "YAML. What it does not name is left out of every row."},
			},
		},
		Title: "The kind, its fields and its id",
		Aside: []page.AsideCard{
			{ID: "h-words", Title: "What to write", Pairs: []view.Pair{
				{Term: "kind", Value: view.Say("your own word, a dot, a noun: acme.device")},
				{Term: "family", Value: view.Say("state: it exists; event: it happens, and at names the field with the time")},
				{Term: "authority", Value: view.Say("who gives out the ids")},
				{Term: "id", Value: view.Say("the fields that tell one row from another, for ever")},
				{Term: "fields", Value: view.Say("string, int, decimal, bool, time, date, list, map, object; optional, personal, volatile")},
				{Term: "read", Value: view.Say("where a value stands and how it is written, if its name does not say it")},
			}},
			{ID: "h-facets", Title: "Facets", Text: view.Say("A kind that fills a facet is judged by the checks over it, whatever the product."), Note: strings.Join(resource.FacetNames(), ", ")},
		},
	}
	status, err := refuse(&v.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Connectors", Href: "/connectors"}, {Label: "Import a file", Href: importBase}, {Label: title}}
	return answer{status: status, page: page.Import(s.shell(r, title, "connectors", crumbs...), v)}, nil
}

func (s *Server) kindDeclare(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.KindDeclare); err != nil {
		return answer{}, err
	}
	text := strings.ReplaceAll(r.PostFormValue("declaration"), "\r\n", "\n")
	k, err := s.Suite.Connectors.DeclareKind(r.Context(), r.who, []byte(text))
	if err != nil {
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
			err = fault.Fields("The kind was not declared.", fault.Field{Name: "declaration", Text: fault.Text(err)})
		}
		return s.showKind(r, text, err)
	}
	return s.done(r, k.Title+" is declared, version "+view.Num(k.Version)+". Now bring a file of it.", importBase+"?kind="+url.QueryEscape(k.Kind))
}

// uploadedHead is the head of a connection of files that people bring.
func (p *connectionPage) uploadedHead(h view.Head) view.Head {
	kind := "?kind=" + url.QueryEscape(p.c.UploadedKind())
	if p.r.who.Can(access.ImportAdd) && p.c.State == collect.Enabled {
		h.Actions = append(h.Actions, view.Action{Label: "Import a file", Href: importBase + kind, Icon: "up", Look: view.Primary})
	}
	if p.r.who.Can(access.KindDeclare) {
		h.More = append(h.More, view.Action{Label: "Declare the next version", Href: importBase + "/new" + kind})
	}
	if !p.r.who.Can(access.ConnectorEdit) {
		return h
	}
	if p.c.State == collect.Paused {
		h.Actions = append(h.Actions, view.Action{Label: "Resume", Href: p.base + "/resume", Post: true, Icon: "play", Look: view.Primary})
	} else {
		h.More = append(h.More, view.Action{Label: "Pause", Href: p.base + "/pause", Post: true})
	}
	h.More = append(h.More, view.Action{Label: "Remove", Href: p.base + "/remove", Post: true})
	return h
}

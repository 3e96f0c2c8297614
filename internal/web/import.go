package web

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"assay/connector/imports"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

const importBase = "/connectors/import"

func (s *Server) importRoutes(get, post func(string, handler)) {
	get(importBase, s.importNew)
	post(importBase+"/try", s.importTry)
	get(importBase+"/try", s.importTried)
	post(importBase+"/save", s.importSave)
	get(importBase+"/new", s.kindNew)
	post(importBase+"/new", s.kindDeclare)
	get(importBase+"/{kind}", s.connection)
	post(importBase+"/{kind}/pause", s.connectionSet(collect.Paused))
	post(importBase+"/{kind}/resume", s.connectionSet(collect.Enabled))
	post(importBase+"/{kind}/remove", s.connectionSet(collect.Removed))
}

// importNew asks for a file and its kind.
func (s *Server) importNew(r *request) (answer, error) {
	if err := r.may(access.ImportAdd); err != nil {
		return answer{}, err
	}
	r.PostForm = url.Values{"kind": {r.URL.Query().Get("kind")}}
	return s.showImport(r, nil, nil)
}

func (s *Server) showImport(r *request, result *page.ImportResult, refused error) (answer, error) {
	kinds, err := s.Suite.Connectors.DeclaredKinds(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if len(kinds) == 0 && refused == nil && r.who.Can(access.KindDeclare) {
		return goTo(importBase + "/new")
	}
	v := page.ImportView{
		Head: view.Head{Title: "Import a file", Answer: view.Say("What no connector reads comes in as a file of a kind that you declare. It is sealed and judged like everything else; a row that does not fit is named and left out.")},
		Form: view.Form{
			Action: importBase + "/try", Upload: true, Submit: "Look without storing", Icon: "search", Hint: "Nothing is stored by looking.",
			Cancel: view.Ref{Label: "Cancel", Href: "/connectors"}, Fields: []view.Input{
				{Name: "kind", Label: "Kind", Type: "select", Value: r.text("kind"), Options: kindOptions(kinds), Required: true},
				{Name: "format", Label: "Format", Type: "select", Value: r.text("format"), Options: append([]view.Option{{Value: "", Label: "as the file's name ends"}}, options(imports.JSON, imports.NDJSON, imports.CSV)...)},
			},
		},
		Title: "What it is", Sections: []page.FormSection{
			{Title: "What it tells of", Hint: "Days are whole, in " + r.loc.String(), Fields: []view.Input{
				{Name: "covers_from", Label: "Events: first day of which it holds every one", Type: "date", Value: r.text("covers_from"), Optional: true},
				{Name: "covers_to", Label: "Events: last such day", Type: "date", Value: r.text("covers_to"), Optional: true},
				{Name: "written_on", Label: "List: day on which the source wrote it", Type: "date", Value: r.text("written_on"), Optional: true, Hint: "Today, if empty. A list of more than seven days tells nothing about today."},
			}},
			{Title: "The rows", Hint: "A file, or pasted", Fields: []view.Input{
				{Name: "text", Label: "Rows", Type: "textarea", Rows: "5", Value: r.PostFormValue("text"), Optional: true, Full: true, Mono: true, Hint: "Used when there is no file. At most 1 MiB; choose the format above."},
				{Name: "file", Label: "File", Type: "file", Optional: true, Full: true, Accept: ".json,.ndjson,.jsonl,.csv", Hint: "JSON, NDJSON or CSV in UTF-8, at most " + view.Num(int(s.Suite.Connectors.MostImported()>>20)) + " MiB. The file itself is not kept."},
			}},
		},
		Aside: []page.AsideCard{kindsCard(r, kinds)}, Result: result,
	}
	status, err := refuse(&v.Form, v.Sections, refused)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: page.Import(connectShell(s, r, "Import a file"), v)}, nil
}

func kindOptions(kinds []collect.DeclaredKind) (out []view.Option) {
	for i := range kinds {
		out = append(out, view.Option{Value: kinds[i].Kind, Label: kinds[i].Title + " (" + kinds[i].Kind + ", " + string(kinds[i].Family) + ")"})
	}
	return out
}

func kindsCard(r *request, kinds []collect.DeclaredKind) page.AsideCard {
	card := page.AsideCard{ID: "h-kinds", Title: "Kinds that you declared", Note: "A kind is declared once, in a few lines of YAML: its fields, its id, and which facets it fills."}
	for i := range kinds {
		k := &kinds[i]
		card.Lines = append(card.Lines, view.Line{State: view.None, Lead: k.Title, Text: k.Kind + " version " + view.Num(k.Version), Href: connectionHref(collect.ImportID(k.Kind))})
	}
	if r.who.Can(access.KindDeclare) {
		card.Lines = append(card.Lines, view.Line{State: view.Info, Lead: "Declare a kind", Href: importBase + "/new"})
	} else if len(kinds) == 0 {
		card.Note = "None yet. A lead declares them."
	}
	return card
}

// importTry reads the file whole and keeps nothing of it but the file itself,
// for as long as it takes to look.
func (s *Server) importTry(r *request) (answer, error) {
	if err := r.may(access.ImportAdd); err != nil {
		return answer{}, err
	}
	name, content, err := r.stream(s.Suite.Connectors.MostImported())
	if r.PostForm == nil {
		r.PostForm = url.Values{}
	}
	r.Form = r.PostForm // the body is read: nothing may look for more in it
	if err != nil {
		return s.showImport(r, nil, err)
	}
	if text := r.PostFormValue("text"); content == nil && strings.TrimSpace(text) != "" {
		name, content = "pasted", strings.NewReader(text)
	}
	if content == nil {
		return s.showImport(r, nil, fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: "Choose a file, or paste the rows."}))
	}
	upload, err := s.uploadFrom(r, name, content)
	if err != nil {
		return s.showImport(r, nil, importProblem(err))
	}
	to, err := s.look(r, upload)
	return to, errors.Join(err, upload.File.Close())
}

// look reads an upload and keeps it for the decision.
func (s *Server) look(r *request, u collect.Upload) (answer, error) {
	found, err := s.Suite.Connectors.TryImport(r.Context(), r.who, u)
	if err != nil {
		return s.showImport(r, nil, importProblem(err))
	}
	if found.Kept == 0 && found.Rows > 0 {
		return s.showImport(r, importedResult(&found),
			fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: "None of its rows can be kept as " + found.Kind.Kind + "."}))
	}
	key, err := s.stage(r, "", &u, &found)
	if err != nil {
		return answer{}, err
	}
	return goTo(importBase + "/try?draft=" + key)
}

// uploadFrom reads the form's words, then the file.
func (s *Server) uploadFrom(r *request, name string, content io.Reader) (collect.Upload, error) {
	var wrong []fault.Field
	u := collect.Upload{Kind: r.text("kind"), Format: r.text("format"), Name: name}
	from, to, written := r.date("covers_from", &wrong), r.date("covers_to", &wrong), r.date("written_on", &wrong)
	if len(wrong) > 0 {
		return u, fault.Fields("Nothing was read.", wrong...)
	}
	if from != 0 {
		u.From = from.Start(r.loc)
	}
	if to != 0 {
		u.To = (to + 1).Start(r.loc)
		if to == standing.DayOf(r.now, r.loc) { // the day is not over
			u.To = r.now
		}
	}
	if written != 0 && written != standing.DayOf(r.now, r.loc) {
		u.WrittenAt = written.Start(r.loc)
	}
	var err error
	u.File, err = s.Suite.Connectors.Spool(r.Context(), content)
	if err != nil && fault.Of(err) == fault.Internal {
		err = fault.Wrap(fault.Invalid, err, "The file did not arrive whole. Nothing was saved: send it again.")
	}
	return u, err
}

// importProblem names the fields of an error as the form has them.
func importProblem(err error) error {
	list := slices.Clone(fault.FieldsOf(err))
	for i := range list {
		if list[i].Name == "written_at" {
			list[i].Name = "written_on"
		}
	}
	switch {
	case len(list) > 0:
		return fault.Fields(fault.Text(err), list...)
	case fault.Is(err, fault.NotFound):
		return fault.Fields("Nothing was read.", fault.Field{Name: "kind", Text: fault.Text(err)})
	case fault.Is(err, fault.Invalid):
		return fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: fault.Text(err)})
	}
	return err
}

func (s *Server) importTried(r *request) (answer, error) {
	if err := r.may(access.ImportAdd); err != nil {
		return answer{}, err
	}
	key := r.URL.Query().Get("draft")
	found, err := s.staged(r, key)
	if fault.Is(err, fault.NotFound) {
		return goTo(importBase)
	}
	if err != nil {
		return answer{}, err
	}
	return show(page.Import(connectShell(s, r, "Import a file"), triedView(r, key, &found)))
}

func triedView(r *request, key string, found *collect.Imported) page.ImportView {
	v := page.ImportView{
		Head:   view.Head{Title: "What Assay reads of it", Answer: view.Say("This was a dry run: nothing of it is stored."), Back: &view.Ref{Label: "Another file", Href: importBase + "?kind=" + url.QueryEscape(found.Kind.Kind)}},
		Result: importedResult(found),
		Title:  "Bring it in",
		Form: view.Form{
			Action: importBase + "/save", Submit: "Seal it as a collection", Icon: "play", Hidden: []view.Hidden{{Name: "draft", Value: key}},
			Cancel: view.Ref{Label: "Cancel", Href: importBase},
			Hint:   "It is kept for 30 minutes for you alone, encrypted, and then forgotten.",
		},
		Aside: []page.AsideCard{{ID: "h-kind", Title: found.Kind.Title, Pairs: []view.Pair{
			{Term: "Kind", Value: view.Say(found.Kind.Kind), Mono: true},
			{Term: "Version", Value: view.Say(view.Num(found.Kind.Version))},
			{Term: "Ids are given out by", Value: view.Say(found.Kind.Authority), Mono: true},
			{Term: "Fills", Value: view.Say(facets(&found.Kind.Schema))},
		}}},
	}
	if rep := &found.Report; !rep.To.IsZero() {
		v.Aside[0].Pairs = append(v.Aside[0].Pairs, view.Pair{Term: "Covers", Value: view.Say(r.moment(rep.From) + " – " + r.moment(rep.To))})
	}
	return v
}

// importSave brings in what was looked at.
func (s *Server) importSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ImportAdd); err != nil {
		return answer{}, err
	}
	key := r.PostFormValue("draft")
	u, was, err := s.unstage(r, key)
	if fault.Is(err, fault.NotFound) {
		return answer{}, fault.New(fault.Conflict, "The file was brought in already, is older than 30 minutes, or belongs to somebody else. Choose it again.")
	}
	if err != nil {
		return answer{}, err
	}
	got, err := s.Suite.Connectors.Import(r.Context(), r.who, u)
	if fault.Is(err, fault.Busy) || fault.Is(err, fault.Conflict) { // for another try
		_, kept := s.stage(r, key, &u, &was.Found)
		err = errors.Join(err, kept)
	}
	if err := errors.Join(err, u.File.Close()); err != nil {
		return answer{}, err
	}
	return s.done(r, plural(got.Kept, "row")+" kept and sealed, "+view.Num(got.RefusedAll)+" refused. The checks over them run within a minute.",
		connectionHref(got.Connection)+"?seq="+strconv.FormatInt(got.Collection.Seq, 10))
}

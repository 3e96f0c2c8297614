package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) evidenceRoutes(get, post func(string, handler)) {
	get("/evidence", s.evidenceList)
	get("/evidence/new", s.evidenceNew)
	post("/evidence/new", s.evidenceAdd)
	get("/evidence/{id}", s.evidence)
	get("/evidence/{id}/download", s.evidenceDownload)
	post("/evidence/{id}/verify", s.evidenceVerify)
}

// evidence is one piece with its proof and its corrections.
func (s *Server) evidence(r *request) (answer, error) {
	d, err := s.Suite.Evidence.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	base := "/evidence/" + d.ID
	v := page.EvidenceView{TabTitle: "About it", Proof: s.leafProof(r, d.Leaf), Facts: []view.Pair{
		{Term: "Covers", Value: view.Say(dayOf(d.From) + " – " + dayOf(d.To-1))},
		{Term: "Controls", Tags: controlRefs(d.Controls)},
		{Term: "Needed", Value: view.Say(nonEmpty(string(d.Frequency), "once"))},
		{Term: "Falls due", Value: view.Say(dayOf(d.DueOn))},
		{Term: "Note", Value: view.Say(nonEmpty(d.Note, "–"))},
	}, Provenance: []view.Pair{
		{Term: "Kind", Value: view.Say(titled(string(d.Kind)))},
		{Term: "Added by", Who: view.Who{Name: d.ByName}},
		{Term: "Added", Value: view.Say(r.moment(d.At))},
		{Term: "Kept until", Value: view.Say(dayOf(d.KeepUntil))},
	}}
	v.Head = view.Head{Title: d.Title, Notes: []string{string(d.Freshness)}, Answer: view.Say("Evidence is never changed. A correction is a new piece, and this one stays.")}
	if d.Blob != "" {
		v.Provenance = append(v.Provenance, view.Pair{Term: "File", Value: view.Say(fmt.Sprintf("%s, %s bytes", d.File, view.Num(int(d.Size))))}, view.Pair{Term: "Read as", Value: view.Say(d.Media)})
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Download", Href: base + "/download", Icon: "down"})
	}
	if d.Connection != "" {
		v.Provenance = append(v.Provenance, view.Pair{Term: "Collection", Value: view.Text{view.A(fmt.Sprintf("%s, %d", d.Connection, d.Seq), fmt.Sprintf("%s?seq=%d", connectionHref(d.Connection), d.Seq))}})
	}
	v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Verify", Href: base + "/verify", Post: true, Icon: "check"})
	if d.SupersededBy != "" {
		v.Notices = []view.Notice{{State: view.Warn, Text: view.Say("It was corrected by a later piece."), Action: view.Action{Label: "Open that", Href: "/evidence/" + d.SupersededBy}}}
	} else if r.who.Can(access.EvidenceAdd) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Correct it", Href: "/evidence/new?supersedes=" + d.ID, Look: view.Primary})
	}
	if len(d.Chain) > 1 {
		for i := range slices.Backward(d.Chain) {
			e := &d.Chain[i]
			v.Versions = append(v.Versions, view.Event{Time: r.moment(e.At), State: view.None, Title: e.Title, Href: "/evidence/" + e.ID, Meta: metaOf(e.ByName, e.File)})
		}
	}
	crumbs := []view.Crumb{{Label: "Evidence", Href: "/evidence"}, {Label: d.Title}}
	return show(page.Evidence(s.shell(r, d.Title, "evidence", crumbs...), v))
}

// evidenceDownload gives the file as bytes to save, never as a page.
func (s *Server) evidenceDownload(r *request) (answer, error) {
	e, rc, err := s.Suite.Evidence.Open(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(rc, evidence.MaxSize+1)) // whole before a byte is sent: only then it is proven
	if err := errors.Join(err, rc.Close()); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: e.File, media: "application/octet-stream", body: body}}, nil
}

// evidenceVerify recomputes everything about a piece.
func (s *Server) evidenceVerify(r *request) (answer, error) {
	v, err := s.Suite.Evidence.Verify(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	to := "/evidence/" + r.PathValue("id")
	if v.Holds {
		return s.done(r, fmt.Sprintf("It holds: %s recomputed, entry %s of the log.", plural(len(v.Steps), "step"), view.Num(int(v.Index))), to)
	}
	f := flash{Text: "It is not in its place in the log yet, so nothing is proven. Try again in a minute.", State: view.Warn}
	if !v.Pending {
		f = flash{Text: "It does not hold.", State: view.Fail}
		for _, step := range v.Steps {
			if !step.OK {
				f.Text += " " + step.Name + ": " + step.Text
			}
		}
	}
	f.Text = clip(f.Text, 1000)
	s.say(r, f)
	return goTo(to)
}

func (s *Server) evidenceNew(r *request) (answer, error) {
	if err := r.may(access.EvidenceAdd); err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	today := standing.DayOf(r.now, r.loc)
	r.PostForm = url.Values{"control": {q.Get("control")}, "lane": {q.Get("lane")}, "from": {today.String()}, "to": {today.String()}}
	if old := q.Get("supersedes"); old != "" {
		d, err := s.Suite.Evidence.Get(r.Context(), r.who, old)
		if err != nil {
			return answer{}, err
		}
		r.PostForm = url.Values{
			"supersedes": {d.ID}, "title": {d.Title}, "control": {strings.Join(d.Controls, " ")}, "lane": {d.Lane},
			"from": {d.From.String()}, "to": {(d.To - 1).String()}, "frequency": {string(d.Frequency)},
		}
	}
	return s.showEvidenceForm(r, nil)
}

func (s *Server) showEvidenceForm(r *request, refused error) (answer, error) {
	needed := append([]view.Option{{Value: "", Label: "once"}}, options(scheduled()...)...)
	f := page.FormView{
		Head:  view.Head{Title: "Add evidence", Answer: view.Say("It is encrypted, sealed in the log under your name, and never changed.")},
		Title: "What it shows", Form: view.Form{
			Action: "/evidence/new", Upload: true, Submit: "Add evidence", Cancel: view.Ref{Label: "Cancel", Href: "/evidence"},
			Fields: []view.Input{
				{Name: "title", Label: "Title", Value: r.text("title"), Required: true, Full: true},
				{Name: "controls", Label: "Controls that it serves", Value: r.text("control"), Required: true, Mono: true, Sample: "IAM-03 IAM-04"},
				{Name: "lane", Label: "Lane of the control", Value: r.text("lane"), Optional: true, Mono: true, Hint: "Empty serves every upload that the control asks for."},
				{Name: "from", Label: "First day that it covers", Type: "date", Value: r.text("from"), Required: true},
				{Name: "to", Label: "Last day that it covers", Type: "date", Value: r.text("to"), Required: true},
				{Name: "frequency", Label: "How often it is needed", Type: "select", Value: r.text("frequency"), Options: needed},
				{Name: "note", Label: "Note", Type: "textarea", Value: r.text("note"), Optional: true, Full: true},
			},
		},
		Sections: []page.FormSection{{Title: "The proof itself", Hint: "A file, or your own statement", Fields: []view.Input{
			{Name: "statement", Label: "Statement", Type: "textarea", Rows: "5", Value: r.text("statement"), Optional: true, Full: true, Hint: "What was done, when, and what came of it. Used when there is no file."},
			{Name: "file", Label: "File", Type: "file", Optional: true, Full: true, Hint: "At most 50 MiB."},
		}}},
	}
	if old := r.text("supersedes"); old != "" {
		f.Head.Title, f.Form.Hidden = "Correct evidence", []view.Hidden{{Name: "supersedes", Value: old}}
	}
	if _, posted := r.PostForm["controls"]; posted {
		f.Form.Fields[1].Value = r.text("controls")
	}
	crumbs := []view.Crumb{{Label: "Evidence", Href: "/evidence"}, {Label: "New"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "evidence", crumbs...), &f, refused)
}

// stream reads a posted form up to its file, which is read by the caller: the
// content goes to no disk in plain. The name is empty when there is no file.
func (r *request) stream(most int64) (name string, content io.Reader, err error) {
	r.Body = http.MaxBytesReader(r.w, r.Body, most+maxForm)
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return "", nil, r.form()
	}
	unreadable := func(err error) error {
		return fault.Wrap(fault.Invalid, err, "The form could not be read. Nothing was saved.")
	}
	if err != nil {
		return "", nil, unreadable(err)
	}
	r.PostForm = url.Values{}
	left := int64(maxForm)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, unreadable(err)
		}
		if part.FileName() != "" {
			return part.FileName(), part, nil
		}
		b, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return "", nil, unreadable(err)
		}
		if left -= int64(len(b)); left < 0 {
			return "", nil, fault.New(fault.TooLarge, "The form is larger than 1 MiB. Nothing was saved.")
		}
		r.PostForm.Add(part.FormName(), string(b))
	}
}

func (s *Server) evidenceAdd(r *request) (answer, error) {
	if err := r.may(access.EvidenceAdd); err != nil {
		return answer{}, err
	}
	name, content, err := r.stream(evidence.MaxSize)
	if r.PostForm == nil {
		r.PostForm = url.Values{}
	}
	r.Form = r.PostForm // the body is read: nothing may look for more in it
	if err != nil {
		return s.showEvidenceForm(r, err)
	}
	var wrong []fault.Field
	d := evidence.Details{
		Title: r.text("title"), Lane: r.text("lane"), From: r.date("from", &wrong), To: r.date("to", &wrong), Frequency: standing.Frequency(r.text("frequency")),
		Note: strings.ReplaceAll(r.text("note"), "\r\n", "\n"), Supersedes: r.text("supersedes"),
		Controls: strings.FieldsFunc(r.text("controls"), func(c rune) bool { return c == ',' || c == ';' || c <= ' ' }),
	}
	if d.To != 0 {
		d.To++ // the form's last day is covered
	}
	var e evidence.Evidence
	switch {
	case len(wrong) > 0:
		err = fault.Fields("The evidence was not added.", wrong...)
	case content != nil:
		e, err = s.Suite.Evidence.Upload(r.Context(), r.who, d, name, content)
	default:
		e, err = s.Suite.Evidence.Attest(r.Context(), r.who, d, r.text("statement"))
	}
	if fault.Is(err, fault.NotFound) { // a control that is not there
		err = fault.Fields("The evidence was not added.", fault.Field{Name: "controls", Text: fault.Text(err)})
	}
	if err != nil {
		return s.showEvidenceForm(r, err)
	}
	return s.done(r, "It is added and sealed. Its place in the log follows within a minute.", "/evidence/"+e.ID)
}

package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/sheet"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func sheetMarkWord(m sheet.Mark) string {
	return map[sheet.Mark]string{sheet.Pass: "pass", sheet.Deviates: "deviation", sheet.NA: "not applicable", "": "nothing"}[m]
}

func (w *testing) row(r *sheet.Row) page.SheetRow {
	n := strconv.Itoa(r.Number)
	row := page.SheetRow{Number: n, Name: r.Label, Href: "/sheets/" + w.l.Record.ID + "/items/" + n, Note: r.Whole.Note}
	var sub []string
	if !r.At.IsZero() {
		sub = append(sub, w.r.moment(r.At))
	}
	if r.Doubtful {
		sub = append(sub, "not known whether it belongs")
	}
	row.Sub = strings.Join(sub, ", ")
	if r.Replaced {
		row.Replaced = "Replaced by the next in line: it is not tested."
	}
	if x := w.l.Exceptions[r.Number]; x != "" {
		row.Exception = view.Ref{Label: x, Href: "/exceptions/" + x}
	}
	if list := r.Evidence(); len(list) > 0 {
		row.Evidence = "evidence: " + strconv.Itoa(len(list))
	}
	if typed, ok := w.typed["n."+n]; ok {
		row.Note = typed[0]
	}
	for _, a := range w.l.Attributes {
		row.Cells = append(row.Cells, w.cell(r, a.Letter))
		if c := r.Cells[a.Letter]; c.Note != "" && !w.marks() {
			row.Note = strings.TrimSpace(row.Note + " " + a.Letter + ": " + c.Note)
		}
	}
	return row
}

func (w *testing) cell(r *sheet.Row, letter string) page.SheetCell {
	c, n := r.Cells[letter], strconv.Itoa(r.Number)
	out := page.SheetCell{Letter: letter, Mark: string(c.Mark), Wrong: w.wrong[n+letter], Badge: map[sheet.Mark]view.Badge{
		sheet.Pass: {State: view.Pass, Label: "Pass"}, sheet.Deviates: {State: view.Fail, Label: "Deviates"}, sheet.NA: {State: view.None, Label: "n/a"}, "": {State: view.Open, Label: "to mark"},
	}[c.Mark]}
	if r.Replaced {
		out.Badge = view.Badge{}
	}
	if typed, ok := w.typed["c."+n+"."+letter]; ok {
		out.Mark = typed[0]
	}
	switch v := c.Verdict; {
	case v == nil:
	case c.Auto:
		out.ByCheck = "by check"
	case v.Says == "":
		out.ByCheck = "check: cannot tell"
	case v.Says != c.Mark:
		out.ByCheck = "check: " + sheetMarkWord(v.Says)
	}
	return out
}

// asides are what was signed, and where the items come from.
func (w *testing) asides() []page.AsideCard {
	rec := &w.l.Record
	signs := page.AsideCard{ID: "h-signs", Title: "Signatures"}
	sign := func(by, on, leaf, word string) {
		one := view.Sign{State: view.Open, Text: "not " + word}
		if rec.Get(by) != "" {
			one = view.Sign{State: view.Pass, Text: rec.Get(by) + " " + word, Right: dayOf(rec.Date(on))}
		}
		signs.Signs = append(signs.Signs, one)
		if id := rec.Get(leaf); id != "" {
			signs.Pairs = append(signs.Pairs, view.Pair{Term: "Sealed as it was " + word, Value: view.Text{view.A("entry of the log", "/log/leaf/"+id)}})
		}
	}
	sign("prepared_by", "prepared_on", "prepared_leaf", "prepared")
	sign("reviewed_by", "reviewed_on", "leaf", "reviewed")
	signs.Note = "Everything on the sheet can be read by the organization. The firm’s private papers belong on its own installation."
	from := page.AsideCard{ID: "h-items", Title: "Items and rate"}
	pair := func(term string, value view.Text) {
		from.Pairs = append(from.Pairs, view.Pair{Term: term, Value: value})
	}
	for _, name := range []string{"sample", "population"} {
		if id := rec.Get(name); id != "" {
			pair(strings.ToUpper(name[:1])+name[1:], view.Text{view.A(id, "/"+name+"s/"+id)})
		}
	}
	if text := rec.Get("by_hand_why"); text != "" {
		pair("By hand", view.Say(text))
	}
	for _, f := range []struct{ name, term string }{{"population_count", "Of a population of"}, {"tested", "Tested"}, {"deviated", "Deviated"}, {"rate", "Rate"}, {"upper", "Upper limit of the rate"}, {"tolerable", "Tolerable rate, percent"}, {"compensating", "Compensating controls"}, {"conclusion", "The firm concludes"}} {
		if list := rec.List(f.name); len(list) > 0 {
			pair(f.term, view.Say(strings.Join(list, " ")))
		}
	}
	return []page.AsideCard{signs, from}
}

// sheetMark makes the marks of a page.
func (s *Server) sheetMark(r *request) (answer, error) {
	if err := r.may(access.SheetPerform); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	var list []sheet.Marking
	for name := range r.PostForm {
		if m, ok := r.marking(name); ok {
			list = append(list, m)
		}
	}
	back := r.URL.RequestURI()
	if len(list) == 0 {
		return s.done(r, "Nothing was marked.", back)
	}
	n, err := s.Suite.Sheets.Mark(r.Context(), r.who, r.PathValue("id"), list)
	if fault.Is(err, fault.Invalid) {
		return s.sheetPage(r, r.PostForm, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, sheetMarked(n), back)
}

func sheetMarked(n int) string {
	if n == 0 {
		return "Nothing differs from what was marked."
	}
	return plural(n, "mark") + " made."
}

// marking reads a field of the grid: "c.3.B" is a mark, "n.3" the note of an item.
func (r *request) marking(name string) (m sheet.Marking, ok bool) {
	value := r.text(name)
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return m, false
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return m, false
	}
	switch m.Item = n; {
	case parts[0] == "c" && len(parts) == 3:
		mark := sheet.Mark(value)
		m.Attribute, m.Mark = parts[2], &mark
		return m, true
	case parts[0] == "n" && len(parts) == 2:
		m.Note = &value
		return m, true
	}
	return m, false
}

func (s *Server) sheetItemForm(r *request) (answer, error) {
	if err := r.may(access.SheetRead); err != nil {
		return answer{}, err
	}
	return s.itemPage(r, nil)
}

// itemPage is one item: each mark with its note, its evidence and what the check said.
func (s *Server) itemPage(r *request, refused error) (answer, error) {
	n, err := strconv.Atoi(r.PathValue("item"))
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "There is no such item.")
	}
	w := &testing{s: s, r: r}
	if w.l, err = s.Suite.Sheets.List(r.Context(), r.who, r.PathValue("id"), sheet.Filter{After: n - 1, Limit: 1}); err != nil {
		return answer{}, err
	}
	if len(w.l.Rows) != 1 || w.l.Rows[0].Number != n {
		return answer{}, fault.New(fault.NotFound, "%s has no item %d.", w.l.Record.ID, n)
	}
	made, err := s.Suite.Sheets.History(r.Context(), r.who, r.PathValue("id"), n)
	if err != nil {
		return answer{}, err
	}
	row, id := &w.l.Rows[0], w.l.Record.ID
	v := page.FormView{
		Head: view.Head{ID: id, Title: row.Label, Answer: view.Say(fmt.Sprintf("Item %d of %d of the test “%s”.", n, w.l.Counts.Rows+w.l.Counts.Replaced, w.l.Record.Get("title")))},
		Form: view.Form{Action: r.URL.Path, Submit: "Save", Cancel: view.Ref{Label: "Back to the marks", Href: "/sheets/" + id + "/marks"}},
	}
	v.Aside = append(v.Aside, w.item(row), w.history(made))
	if w.marks() && !row.Replaced {
		v.Title = "The item as a whole"
		v.Form.Fields = []view.Input{
			{Name: "note", Label: "Note", Value: r.typed("note", row.Whole.Note), Full: true, Hint: "For every mark of the item that has none of its own."},
			{Name: "evidence", Label: "Evidence", Value: r.typed("evidence", strings.Join(row.Whole.Evidence, " ")), Full: true, Mono: true, Hint: "Ids, with spaces between."},
		}
		for _, a := range w.l.Attributes {
			v.Sections = append(v.Sections, w.section(row, &a))
		}
	}
	crumbs := []view.Crumb{{Label: "Test sheets", Href: "/sheets"}, {Label: id, Href: "/sheets/" + id}, {Label: "Marks", Href: "/sheets/" + id + "/marks"}, {Label: "Item " + strconv.Itoa(n)}}
	return s.showForm(r, s.shell(r, row.Label, "sheets", crumbs...), &v, refused)
}

// section is one mark of an item.
func (w *testing) section(row *sheet.Row, a *sheet.Attribute) page.FormSection {
	c := row.Cells[a.Letter]
	out := page.FormSection{Title: a.Letter + ": " + a.Text}
	if v := c.Verdict; v != nil {
		out.Hint = "The check " + v.Check + ", version " + strconv.Itoa(v.Version) + ", run of " + w.r.moment(v.At) + ": " + v.Text
	}
	mark := view.Input{Name: "mark." + a.Letter, Label: "Mark", Type: "select", Value: w.r.typed("mark."+a.Letter, string(c.Mark)), Options: []view.Option{{Value: "", Label: "–"}}}
	for _, m := range sheet.Marks() {
		mark.Options = append(mark.Options, view.Option{Value: string(m), Label: sheetMarkWord(m)})
	}
	out.Fields = []view.Input{
		mark,
		{Name: "evidence." + a.Letter, Label: "Evidence", Value: w.r.typed("evidence."+a.Letter, strings.Join(c.Evidence, " ")), Mono: true, Hint: "Ids, with spaces between."},
		{Name: "note." + a.Letter, Label: "Note", Value: w.r.typed("note."+a.Letter, c.Note), Full: true},
	}
	return out
}

// item is what the item is.
func (w *testing) item(row *sheet.Row) page.AsideCard {
	out := page.AsideCard{ID: "h-item", Title: "Item"}
	pair := func(term, value string, mono bool) {
		if value != "" {
			out.Pairs = append(out.Pairs, view.Pair{Term: term, Value: view.Say(value), Mono: mono})
		}
	}
	pair("Kind", row.Kind, true)
	pair("Id", row.ID, true)
	if row.Place > sheet.ByHand {
		pair("Place in the population", strconv.Itoa(row.Place), false)
	}
	pair("Record", row.Record, true)
	if !row.At.IsZero() {
		pair("When", w.r.moment(row.At), false)
	}
	if row.Replaced {
		out.Note = "Replaced by the next in line: it is not tested."
	}
	for _, a := range w.l.Attributes {
		c := row.Cells[a.Letter]
		line := view.Line{State: w.cell(row, a.Letter).Badge.State, Lead: a.Letter, Text: sheetMarkWord(c.Mark), Right: w.cell(row, a.Letter).ByCheck, Sub: c.Note}
		if c.Verdict != nil {
			line.Sub, line.Href = strings.TrimSpace(c.Note+" "+c.Verdict.Text), "/log/leaf/"+c.Verdict.Leaf
		}
		out.Lines = append(out.Lines, line)
	}
	for _, id := range row.Evidence() {
		out.Lines = append(out.Lines, view.Line{State: view.Info, Text: "Evidence", Right: id, Href: "/evidence/" + id})
	}
	return out
}

// history is who marked what when, the newest first.
func (w *testing) history(made []sheet.Cell) page.AsideCard {
	out := page.AsideCard{ID: "h-history", Title: "History"}
	if len(made) == 0 {
		out.Text = view.Say("No mark was made yet.")
	}
	for i := len(made) - 1; i >= 0; i-- {
		c := &made[i]
		out.Lines = append(out.Lines, view.Line{State: view.None, Lead: c.Attribute, Text: sheetMarkWord(c.Mark), Right: w.r.moment(c.At), Sub: strings.TrimSpace(c.Who() + ". " + c.Note)})
	}
	return out
}

// sheetItem makes the marks of one item.
func (s *Server) sheetItem(r *request) (answer, error) {
	if err := r.may(access.SheetPerform); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	n, err := strconv.Atoi(r.PathValue("item"))
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "There is no such item.")
	}
	list := itemMarks(n, r.PostForm)
	count, err := s.Suite.Sheets.Mark(r.Context(), r.who, r.PathValue("id"), list)
	if fault.Is(err, fault.Invalid) {
		var fields []fault.Field
		for _, f := range fault.FieldsOf(err) {
			name := "note." + strings.TrimPrefix(f.Name, strconv.Itoa(n))
			fields = append(fields, fault.Field{Name: strings.TrimSuffix(name, "."), Text: f.Text})
		}
		return s.itemPage(r, fault.Fields(fault.Text(err), fields...))
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, sheetMarked(count), "/sheets/"+r.PathValue("id")+"/marks")
}

// itemMarks reads the form of one item.
func itemMarks(n int, form url.Values) []sheet.Marking {
	byLetter := map[string]*sheet.Marking{}
	var order []string
	at := func(letter string) *sheet.Marking {
		if byLetter[letter] == nil {
			byLetter[letter] = &sheet.Marking{Item: n, Attribute: letter}
			order = append(order, letter)
		}
		return byLetter[letter]
	}
	for name := range form {
		field, letter, _ := strings.Cut(name, ".")
		value := strings.TrimSpace(form.Get(name))
		switch field {
		case "mark":
			mark := sheet.Mark(value)
			at(letter).Mark = &mark
		case "note":
			at(letter).Note = &value
		case "evidence":
			ids := strings.Fields(value)
			at(letter).Evidence = &ids
		}
	}
	out := make([]sheet.Marking, 0, len(order))
	for _, letter := range order {
		out = append(out, *byLetter[letter])
	}
	return out
}

func (s *Server) sheetRaiseForm(r *request) (answer, error) {
	if err := r.may(access.ExceptionEdit); err != nil {
		return answer{}, err
	}
	return s.raisePage(r, nil)
}

func (s *Server) raisePage(r *request, refused error) (answer, error) {
	l, err := s.Suite.Sheets.List(r.Context(), r.who, r.PathValue("id"), sheet.Filter{Show: sheet.Bad})
	if err != nil {
		return answer{}, err
	}
	id := l.Record.ID
	var items []string
	for i := range l.Rows {
		if n := l.Rows[i].Number; l.Exceptions[n] == "" {
			items = append(items, strconv.Itoa(n))
		}
	}
	v := page.FormView{
		Head: view.Head{ID: id, Title: "Raise an exception", Answer: view.Text{
			view.B(fmt.Sprintf("%d of %s deviate. ", l.Counts.Deviated, plural(l.Counts.Tested, "item"))), view.T("The exception takes the control, the sample, the figures and the evidence of the sheet; management responds to it."),
		}},
		Title: "Exception", Form: view.Form{Action: r.URL.Path, Submit: "Raise", Cancel: view.Ref{Label: "Cancel", Href: "/sheets/" + id + "/marks"}, Fields: []view.Input{
			{Name: "title", Label: "In a few words", Value: r.typed("title", l.Record.Get("title")), Full: true},
			{Name: "items", Label: "Items", Value: r.typed("items", strings.Join(items, " ")), Full: true, Hint: "Numbers, with spaces between; of those that deviate and are in no exception."},
			{Name: "what", Label: "In what way, and when", Type: "textarea", Value: r.typed("what", sheet.Told(l.Rows)), Full: true, Hint: "Goes on after “For 2 of 25 leavers selected,”."},
		}},
	}
	crumbs := []view.Crumb{{Label: "Test sheets", Href: "/sheets"}, {Label: id, Href: "/sheets/" + id}, {Label: "Raise an exception"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "sheets", crumbs...), &v, refused)
}

func (s *Server) sheetRaise(r *request) (answer, error) {
	if err := r.may(access.ExceptionEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	in := sheet.Raising{Title: r.text("title"), What: r.text("what")}
	for _, word := range strings.FieldsFunc(r.text("items"), func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return s.raisePage(r, fault.Fields("Nothing was raised.", fault.Field{Name: "items", Text: "Write numbers with spaces between."}))
		}
		in.Items = append(in.Items, n)
	}
	x, err := s.Suite.Sheets.Raise(r.Context(), r.who, r.PathValue("id"), in)
	if fault.Is(err, fault.Invalid) {
		return s.raisePage(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, x.ID+" is raised.", "/exceptions/"+x.ID)
}

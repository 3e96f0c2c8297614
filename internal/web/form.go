package web

import (
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// may is the error for somebody who may not do what a form is for: the page is
// not shown to those whose post would be refused.
func (r *request) may(p access.Permission) error {
	_, err := r.who.May(p)
	return err
}

// refuse puts what was wrong into a form: the summary, the message at each
// field, and the page's status. Without an error the form stays as it is. An
// error that is not about the input is handed back.
func refuse(f *view.Form, sections []page.FormSection, err error) (status int, other error) {
	if err == nil {
		return 0, nil
	}
	p, by, ok := problems(err)
	if !ok {
		return 0, err
	}
	f.Problems = p
	mark(f.Fields, by)
	for i := range sections {
		mark(sections[i].Fields, by)
		for _, group := range [][]view.Choices{sections[i].Picks, sections[i].Lists} {
			for j := range group {
				group[j].Error = by[group[j].Name]
			}
		}
	}
	return statusOf(fault.Of(err)), nil
}

func mark(fields []view.Input, by map[string]string) {
	for i := range fields {
		fields[i].Error = by[fields[i].Name]
	}
}

// showForm renders a page with one form, refused or not.
func (*Server) showForm(_ *request, sh view.Shell, v *page.FormView, err error) (answer, error) {
	status, err := refuse(&v.Form, v.Sections, err)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: page.Form(sh, *v)}, nil
}

// typed is what a form holds: what was posted, else what is known.
func (r *request) typed(name, known string) string {
	if _, posted := r.PostForm[name]; posted {
		return r.PostForm.Get(name)
	}
	return known
}

// text is a posted field without the blanks around it.
func (r *request) text(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// date reads a posted day; empty is no day. What cannot be read is added to
// wrong.
func (r *request) date(name string, wrong *[]fault.Field) standing.Date {
	text := r.text(name)
	if text == "" {
		return 0
	}
	d, err := standing.ParseDate(text)
	if err != nil {
		*wrong = append(*wrong, fault.Field{Name: name, Text: "Write the day as YYYY-MM-DD, such as 2026-11-22."})
	}
	return d
}

// options makes a select's options of words that are their own labels.
func options[T ~string](words ...T) []view.Option {
	out := make([]view.Option, 0, len(words))
	for _, w := range words {
		out = append(out, view.Option{Value: string(w), Label: strings.ReplaceAll(string(w), "_", " ")})
	}
	return out
}

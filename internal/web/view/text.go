package view

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Mark says how a Span is set.
type Mark string

// The marks of a Span.
const (
	MarkNone Mark = ""
	MarkBold Mark = "b"
	MarkCode Mark = "code"
	MarkIns  Mark = "ins" // added text in a comparison
	MarkDel  Mark = "del" // removed text in a comparison
)

// Span is a stretch of text with one mark, and a link when Href is set.
type Span struct {
	Text string
	Mark Mark
	Href string
}

// Text is a sentence or paragraph made of spans. It renders itself, escaped,
// with nothing between the spans: blanks belong into the texts.
type Text []Span

// T is a plain span.
func T(s string) Span { return Span{Text: s} }

// B is a bold span, for the figures and dates that answer the question.
func B(s string) Span { return Span{Text: s, Mark: MarkBold} }

// C is a span of code: a command, a field, a path.
func C(s string) Span { return Span{Text: s, Mark: MarkCode} }

// A is a link.
func A(s, href string) Span { return Span{Text: s, Href: href} }

// Ins is a span that the newer text has and the older has not.
func Ins(s string) Span { return Span{Text: s, Mark: MarkIns} }

// Del is a span that the older text has and the newer has not.
func Del(s string) Span { return Span{Text: s, Mark: MarkDel} }

// Say makes a Text of one plain span; an empty string makes no text at all.
func Say(s string) Text {
	if s == "" {
		return nil
	}
	return Text{T(s)}
}

// String is the text without its marks and links.
func (t Text) String() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Render writes the spans as escaped HTML; it makes Text a templ.Component.
func (t Text) Render(_ context.Context, w io.Writer) error {
	var b strings.Builder
	for _, s := range t {
		if s.Href != "" {
			b.WriteString(`<a href="` + templ.EscapeString(string(templ.URL(s.Href))) + `">`)
		}
		if s.Mark != MarkNone {
			b.WriteString("<" + string(s.Mark) + ">")
		}
		b.WriteString(templ.EscapeString(s.Text))
		if s.Mark != MarkNone {
			b.WriteString("</" + string(s.Mark) + ">")
		}
		if s.Href != "" {
			b.WriteString("</a>")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

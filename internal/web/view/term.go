package view

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// termLines writes the lines of a terminal without any blank that is not in
// them: inside <pre> every blank shows.
func termLines(lines []TermLine) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, l := range lines {
			if l.Prompt {
				b.WriteString("$ ")
			}
			if l.Mark != "" {
				b.WriteString(`<span class="` + termClass(l.State) + `">` + templ.EscapeString(l.Mark) + "</span>  ")
			}
			b.WriteString(templ.EscapeString(l.Text) + "\n")
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

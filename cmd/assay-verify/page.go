package main

import (
	"html/template"
	"io"
	"strings"

	"assay/internal/pack"
)

// sheet is the report as one file that needs nothing else: no script, no address.
const sheet = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Verdict}}: {{.Name}}</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; border-left: .5rem solid; padding-left: .75rem }
.good { border-color: #1a7f4b }
.bad { border-color: #b3261e }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace }
</style>
<h1 class="{{.Class}}">{{.Verdict}}</h1>
<p>What <code>assay-verify</code> found of {{if .Name}}{{.Name}}{{else}}the file{{end}}, offline and on its own.</p>
<pre>{{.Text}}</pre>
</html>
`

// page writes the report as a page. Everything in it that came from the package is
// text, whatever it looks like.
func page(w io.Writer, r *pack.Report) error {
	t, err := template.New("report").Parse(sheet)
	if err != nil {
		return err
	}
	class := "bad"
	if r.Verified {
		class = "good"
	}
	return t.Execute(w, struct{ Verdict, Name, Class, Text string }{
		strings.ReplaceAll(verdict(r), "\n", ": "), plain(r.Name), class, words(r),
	})
}

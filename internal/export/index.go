package export

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// index is what index.html shows beside the header.
type index struct {
	root       tlog.Hash
	stamps     int // time stamp tokens in the package
	witnesses  int // that cosigned the log in the package
	controls   []Control
	evidence   []evidenceRow
	exclusions []check.Exclusion
	papers     string // whose working papers are here; empty for none
}

type evidenceRow struct {
	id, title, covers string
	controls          []string
	files             []fileLink
}

type fileLink struct{ file, name string }

// page writes HTML; everything that it is given is escaped.
type page struct{ b bytes.Buffer }

// raw is HTML of this package's own.
type raw string

func (p *page) add(parts ...any) {
	for _, part := range parts {
		if r, ok := part.(raw); ok {
			p.b.WriteString(string(r))
			continue
		}
		p.b.WriteString(html.EscapeString(fmt.Sprint(part)))
	}
}

// table writes rows of cells; a cell is text, or raw.
func (p *page) table(heads []string, rows [][]any) {
	p.add(raw("<div class=\"wide\"><table><thead><tr>"))
	for _, h := range heads {
		p.add(raw("<th scope=\"col\">"), h, raw("</th>"))
	}
	p.add(raw("</tr></thead><tbody>\n"))
	for _, row := range rows {
		p.add(raw("<tr>"))
		for _, cell := range row {
			p.add(raw("<td>"), cell, raw("</td>"))
		}
		p.add(raw("</tr>\n"))
	}
	p.add(raw("</tbody></table></div>\n"))
}

func link(file, text string) raw {
	return raw(`<a href="` + html.EscapeString(file) + `">` + html.EscapeString(text) + `</a>`)
}

func code(s string) raw { return raw("<code>" + html.EscapeString(s) + "</code>") }

const style = `:root{color-scheme:light dark;--ink:#1c1b19;--soft:#5d5a54;--line:#d9d5cc;--paper:#fdfcfa;--bad:#a3221c;--warn:#8a5a00;--good:#1f6b3a}
@media (prefers-color-scheme:dark){:root{--ink:#ece9e3;--soft:#a8a49b;--line:#3a3834;--paper:#191817;--bad:#ff8f85;--warn:#f0b95b;--good:#7fd09a}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:70rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0}h2{font-size:1.15rem;margin:2.25rem 0 .5rem}p,ul,ol,dl{max-width:46rem}
.soft,dt,th{color:var(--soft)}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:500}code,pre{font:.85em/1.5 ui-monospace,monospace;overflow-wrap:anywhere}pre{padding:.75rem 1rem;border:1px solid var(--line);border-radius:.4rem;overflow-x:auto}
a{color:inherit}.fail{color:var(--bad);font-weight:600}.unknown{color:var(--warn);font-weight:600}.pass{color:var(--good)}.demo{border:2px solid var(--bad);padding:.5rem 1rem;border-radius:.4rem}
@media print{body{max-width:none;padding:0}}`

// page makes index.html: it opens in any browser, without a program, a script or
// a connection.
func (x *exporting) page() []byte {
	p := &page{}
	title := x.header.Name
	if title == "" {
		title = "Evidence package"
	}
	x.top(p, title)
	if x.index.papers != "" {
		p.add(raw("<p>"), link(pack.PaperFile(papersIndex), "The working papers of "+x.index.papers), raw("</p>\n"))
	}
	x.about(p)
	x.proof(p)
	x.controlTable(p)
	x.checkTable(p)
	x.collectionTable(p)
	x.evidenceTable(p)
	x.exclusionTable(p)
	p.add(raw("</main>\n</body>\n</html>\n"))
	return p.b.Bytes()
}

// top is the head of a page, down to its title.
func (x *exporting) top(p *page, title string) {
	p.add(raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"),
		raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>"),
		title, " · ", x.org.Name, raw("</title>\n<style>"), raw(style), raw("</style>\n</head>\n<body>\n<main>\n"))
	if pack.Demonstration(x.header.Origin) {
		p.add(raw("<p class=\"demo\"><strong>DEMONSTRATION.</strong> The organization and everything in this package are made up.</p>\n"))
	}
	p.add(raw("<p class=\"soft\">"), x.org.Name, raw("</p>\n<h1>"), title, raw("</h1>\n"))
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func (x *exporting) about(p *page) {
	h := &x.header
	period := "everything since the log began"
	if !h.Whole() {
		period = minute(h.From) + " up to " + minute(h.To)
	}
	p.add(raw("<dl>\n"))
	for _, row := range [][2]any{
		{"Organization", x.org.Name},
		{"Service", x.org.Service},
		{"Period", period},
		{"Made", minute(h.MadeAt) + " by " + h.MadeBy},
		{"Log", code(h.Origin)},
		{"Entries", h.Size},
		{"Root", code(tlog.B64(x.index.root[:]))},
		{"Holds", fmt.Sprintf("%d collections, %d records, %d runs of checks, %d trail entries, %d evidence items",
			x.sum.Collections, x.sum.Records, x.sum.Results, x.sum.Trail, x.sum.Objects)},
	} {
		if row[1] != "" {
			p.add(raw("<dt>"), row[0], raw("</dt><dd>"), row[1], raw("</dd>\n"))
		}
	}
	p.add(raw("</dl>\n"))
}

func (x *exporting) proof(p *page) {
	p.add(raw(`<h2>What a verification of this package shows</h2>
<ul>
<li>No file, record, collection, verdict or trail entry was altered, added, removed or swapped after it was recorded.</li>
<li>Every run of a check that was begun has a result, by the definition then in force, on the newest collection of every source.</li>
<li>Every verdict of the period comes out the same when it is performed again, by you.</li>
</ul>
<h2>What it does not show</h2>
<ul>
<li>That the sources told the truth when they were collected.</li>
`))
	if x.index.stamps == 0 {
		p.add(raw("<li>When things happened, beyond the operator's own clock: the log has no outside time stamp.</li>\n"))
	} else {
		p.add(raw("<li>When things happened, without the roots of an authority that you trust: the package holds "), x.index.stamps, raw(" outside time stamps, and they are verified under roots that you give.</li>\n"))
	}
	if x.index.witnesses == 0 {
		p.add(raw("<li>That there is no other history: no witness signed this log. Compare with a checkpoint that you kept from an earlier time (a pin).</li>\n"))
	} else {
		p.add(raw("<li>That there is no other history, without the key of a witness that you trust ("), x.index.witnesses, raw(" signed), or a checkpoint that you kept from an earlier time (a pin).</li>\n"))
	}
	p.add(raw(`<li>An opinion. This package makes no conclusion about any control or criterion.</li>
</ul>
<h2>How to verify</h2>
<p>Without any program of ours, in the folder where the package is unpacked:</p>
<pre>sha256sum --check manifest-sha256.txt
sha256sum --check tagmanifest-sha256.txt</pre>
<p>Completely, offline, with the packed file and a policy that you got from another source:</p>
<pre>assay-verify --policy policy.txt package.zip
assay-verify --write-pin pin.txt package.zip</pre>
<p class="soft">The format is public, so that anybody can write another verifier.</p>
`))
}

func (x *exporting) controlTable(p *page) {
	if len(x.index.controls) == 0 {
		return
	}
	var rows [][]any
	for _, c := range x.index.controls {
		rows = append(rows, []any{code(c.ID), c.Title, strings.Join(c.Criteria, ", "), c.Headline})
	}
	p.add(raw("<h2>Controls</h2>\n"))
	p.table([]string{"Control", "Statement", "Criteria", "Over the period"}, rows)
}

func (x *exporting) checkTable(p *page) {
	p.add(raw("<h2>Checks</h2>\n"))
	list := x.plan.Verdicts()
	if len(list) == 0 {
		p.add(raw("<p>No check ran in the period.</p>\n"))
		return
	}
	var rows [][]any
	for _, v := range list {
		status := v.Status
		if v.Reason != "" {
			status += " (" + v.Reason + ")"
		}
		class := v.Status
		rows = append(rows, []any{
			link(pack.CheckFile(v.Definition), v.Check), x.titles[v.Definition], minute(v.At),
			raw(`<span class="` + html.EscapeString(class) + `">` + html.EscapeString(strings.ReplaceAll(status, "_", " ")) + `</span>`),
			v.Population, v.Pass, v.Fail, v.Unknown, v.Excluded,
		})
	}
	p.table([]string{"Check", "What it asserts", "Last run", "Verdict", "Population", "Pass", "Fail", "Unknown", "Excluded"}, rows)
}

func (x *exporting) collectionTable(p *page) {
	p.add(raw("<h2>Collections</h2>\n"))
	if len(x.spans) == 0 {
		p.add(raw("<p>Nothing was collected in the period.</p>\n"))
		return
	}
	var rows [][]any
	for _, s := range x.spans {
		newest := s.Seqs[len(s.Seqs)-1]
		rows = append(rows, []any{
			code(s.Connection), s.Connector, len(s.Seqs), s.Partial, minute(s.First), minute(s.Last),
			link(pack.CollectionFile(s.Connection, newest, pack.ManifestExt), "newest manifest"),
		})
	}
	p.table([]string{"Connection", "Product", "Collections", "Of them incomplete", "First", "Last", ""}, rows)
}

func (x *exporting) evidenceTable(p *page) {
	p.add(raw("<h2>Evidence files</h2>\n"))
	if x.s.Evidence == nil {
		p.add(raw("<p>Evidence files are not in this package.</p>\n"))
		return
	}
	if len(x.index.evidence) == 0 {
		p.add(raw("<p>No evidence was added in the period.</p>\n"))
		return
	}
	var rows [][]any
	for _, e := range x.index.evidence {
		var files raw
		for _, f := range e.files {
			files += link(f.file, f.name) + " "
		}
		rows = append(rows, []any{e.title, e.covers, strings.Join(e.controls, ", "), files})
	}
	p.table([]string{"Evidence", "Covers", "Controls", "Files"}, rows)
}

func (x *exporting) exclusionTable(p *page) {
	if len(x.index.exclusions) == 0 {
		return
	}
	var rows [][]any
	for _, e := range x.index.exclusions {
		rows = append(rows, []any{e.Check, e.Label, e.Reason, minute(e.From), minute(e.Until), string(e.State)})
	}
	p.add(raw("<h2>Exclusions</h2>\n"))
	p.table([]string{"Check", "Resource", "Reason", "From", "Until", "State"}, rows)
}

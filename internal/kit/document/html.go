package document

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"assay/internal/kit/sheet"
)

// look is the style of a document that is read in a browser: on its own, without
// script or anything from elsewhere.
const look = `body{font:16px/1.55 system-ui,"Segoe UI",Arial,sans-serif;color:#1b2430;background:#fff;margin:0 auto;max-width:62rem;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}
h1,h2,h3,h4{color:#183a5e;line-height:1.25;break-after:avoid}h1{font-size:2rem}h2{margin-top:3rem;border-top:2px solid #183a5e;padding-top:1rem}
.mark{position:sticky;top:0;background:#8f1d1d;color:#fff;font-weight:700;letter-spacing:.15em;text-align:center;padding:.25rem}
.note{border-left:4px solid #8a6100;background:#fff8e6;padding:.5rem .9rem}nav ol{list-style:none;padding-left:0}nav .l2{padding-left:1.5rem}nav .l3{padding-left:3rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem;margin:1rem 0}th,td{border:1px solid #bec6d0;padding:.35rem .5rem;text-align:left;vertical-align:top;min-width:4.5rem}
th{background:#183a5e;color:#fff}tbody tr:nth-child(even){background:#f3f6fa}a{color:#14509f}footer{margin-top:3rem;color:#55606e;font-size:.875rem}
@media print{.mark{position:fixed;left:0;right:0}thead{display:table-header-group}tr{break-inside:avoid}}`

// WriteHTML writes the document as one page.
func (d *Document) WriteHTML(w io.Writer) error {
	if err := d.valid(); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n", safe(d.Title), look)
	if d.Mark != "" {
		fmt.Fprintf(&b, "<div class=\"mark\">%s</div>\n", safe(d.Mark))
	}
	fmt.Fprintf(&b, "<header>\n<h1>%s</h1>\n", safe(d.Title))
	for _, line := range append([]string{d.Subtitle}, d.Cover...) {
		if line != "" {
			fmt.Fprintf(&b, "<p>%s</p>\n", safe(line))
		}
	}
	b.WriteString("</header>\n")
	list := d.contents()
	b.WriteString("<nav aria-label=\"Table of contents\">\n<h2>Table of contents</h2>\n<ol>\n")
	for i := range list {
		fmt.Fprintf(&b, "<li class=\"l%d\"><a href=\"#h%d\">%s</a></li>\n", list[i].level, i, safe(list[i].title()))
	}
	b.WriteString("</ol>\n</nav>\n<main>\n")
	h := 0
	for i := range d.Blocks {
		d.block(&b, i, list, &h)
	}
	fmt.Fprintf(&b, "</main>\n<footer><p>%s</p></footer>\n</body>\n</html>\n", safe(d.Foot))
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Document) block(b *strings.Builder, i int, list []entry, h *int) {
	x := &d.Blocks[i]
	at := ""
	if x.Anchor != "" {
		at = ` id="` + name(x.Anchor) + `"`
	}
	switch x.Kind {
	case Heading:
		fmt.Fprintf(b, "<h%d id=\"h%d\">", x.Level+1, *h)
		if at != "" {
			fmt.Fprintf(b, "<span%s></span>", at)
		}
		fmt.Fprintf(b, "%s</h%d>\n", safe(list[*h].title()), x.Level+1)
		*h++
	case Para:
		fmt.Fprintf(b, "<p%s>%s</p>\n", at, inline(x.Text))
	case Note:
		fmt.Fprintf(b, "<p class=\"note\"%s>%s</p>\n", at, inline(x.Text))
	case Item:
		if i == 0 || d.Blocks[i-1].Kind != Item {
			b.WriteString("<ul>\n")
		}
		fmt.Fprintf(b, "<li%s>%s</li>\n", at, inline(x.Text))
		if i+1 == len(d.Blocks) || d.Blocks[i+1].Kind != Item {
			b.WriteString("</ul>\n")
		}
	case Grid:
		x.Table.html(b, at)
	}
}

func (t *Table) html(b *strings.Builder, at string) {
	fmt.Fprintf(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"%s><table>\n<thead><tr>", safe(t.Name), at)
	for _, head := range t.Head {
		fmt.Fprintf(b, "<th scope=\"col\">%s</th>", safe(head))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for i := range t.Rows {
		r := &t.Rows[i]
		b.WriteString("<tr")
		if r.Anchor != "" {
			b.WriteString(` id="` + name(r.Anchor) + `"`)
		}
		b.WriteString(">")
		for _, c := range r.Cells {
			b.WriteString("<td>" + inline(c) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table></div>\n")
}

func inline(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		s := safe(r.Text)
		if r.Bold {
			s = "<strong>" + s + "</strong>"
		}
		if r.Italic {
			s = "<em>" + s + "</em>"
		}
		if r.To != "" {
			s = `<a href="#` + name(r.To) + `">` + s + "</a>"
		}
		b.WriteString(s)
	}
	return b.String()
}

func safe(s string) string { return html.EscapeString(Clean(s)) }

// name is an anchor as HTML, DOCX and links can all have it. Different anchors
// have different names.
func name(anchor string) string {
	var b strings.Builder
	b.WriteString("r_")
	for _, c := range []byte(anchor) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// WriteXLSX writes the tables as a workbook, a sheet each. Without any table it
// is an error.
func (d *Document) WriteXLSX(w io.Writer) error {
	if err := d.valid(); err != nil {
		return err
	}
	var tables []sheet.Table
	taken := map[string]int{}
	for i := range d.Blocks {
		t := d.Blocks[i].Table
		if t == nil {
			continue
		}
		one := sheet.Table{Name: sheetNamed(t.Name, taken), Head: t.Head}
		for j := range t.Rows {
			row := make([]string, 0, len(t.Head))
			for _, c := range t.Rows[j].Cells {
				row = append(row, Clean(Plain(c)))
			}
			one.Rows = append(one.Rows, row)
		}
		tables = append(tables, one)
	}
	if len(tables) == 0 {
		return errors.New("the document has no table")
	}
	return sheet.WriteBook(w, tables...)
}

// sheetNamed is a name that no other sheet has; spreadsheets take 31 characters
// and tell no capitals apart.
func sheetNamed(want string, taken map[string]int) string {
	const most = 26
	r := []rune(Clean(want))
	short := strings.TrimSpace(string(r[:min(len(r), most)]))
	if short == "" {
		short = "Table"
	}
	key := strings.ToLower(short)
	taken[key]++
	if n := taken[key]; n > 1 {
		return fmt.Sprintf("%s (%d)", short, n)
	}
	return short
}

package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Widths between the margins, in twentieths of a point: A4, upright and across.
const (
	uprightWidth = 9412
	acrossWidth  = 14344
)

const space = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// WriteDOCX writes the document for word processors. The page numbers of its
// table of contents are those of the PDF until the reader's program counts them
// anew.
func (d *Document) WriteDOCX(w io.Writer) error {
	pages, err := d.pages()
	if err != nil {
		return err
	}
	body := &wordBody{d: d, list: pages, marks: map[string]int{}}
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", wordTypes},
		{"_rels/.rels", wordRoot},
		{"docProps/core.xml", d.wordCore()},
		{"word/document.xml", body.write()},
		{"word/_rels/document.xml.rels", wordRelations},
		{"word/styles.xml", wordStyles},
		{"word/numbering.xml", wordNumbering},
		{"word/settings.xml", xml.Header + `<w:settings ` + space + `><w:zoom w:percent="100"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`},
		{"word/header1.xml", d.wordHead()},
		{"word/footer1.xml", d.wordFoot()},
	}
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, p.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// esc is a text within XML.
func esc(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(Clean(s))) // a buffer takes everything
	return b.String()
}

// wordRun is a run; shape is properties of the text, in the order of the schema.
func wordRun(text, shape string) string {
	if shape != "" {
		shape = "<w:rPr>" + shape + "</w:rPr>"
	}
	return "<w:r>" + shape + `<w:t xml:space="preserve">` + esc(text) + "</w:t></w:r>"
}

// wordField is a field that readers' programs compute, with what it shows until
// then.
func wordField(code, shown string) string {
	return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
		wordRun(shown, "") + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
}

func wordPara(style, inside string) string {
	if style != "" {
		style = `<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`
	}
	return "<w:p>" + style + inside + "</w:p>"
}

// wordBody is the main part as it is written.
type wordBody struct {
	d      *Document
	list   []entry
	b      strings.Builder
	marks  map[string]int // ids of bookmarks by anchor
	heads  int            // headings so far
	ids    int            // ids of bookmarks so far
	across bool           // the present section lies across the page
}

func (x *wordBody) write() string {
	x.b.WriteString(xml.Header + `<w:document ` + space + `><w:body>`)
	x.number()
	x.b.WriteString(wordPara("Title", wordRun(x.d.Title, "")))
	if x.d.Subtitle != "" {
		x.b.WriteString(wordPara("Subtitle", wordRun(x.d.Subtitle, "")))
	}
	for _, line := range x.d.Cover {
		x.b.WriteString(wordPara("", wordRun(line, "")))
	}
	x.contents()
	for i := range x.d.Blocks {
		x.block(i)
	}
	x.b.WriteString(wordSection(x.across) + `</w:body></w:document>`)
	return x.b.String()
}

// number gives each anchor a bookmark.
func (x *wordBody) number() {
	add := func(anchor string) {
		if anchor != "" {
			x.marks[anchor] = len(x.marks) + 1
		}
	}
	for i := range x.d.Blocks {
		add(x.d.Blocks[i].Anchor)
		if t := x.d.Blocks[i].Table; t != nil {
			for j := range t.Rows {
				add(t.Rows[j].Anchor)
			}
		}
	}
}

func (x *wordBody) contents() {
	x.b.WriteString(wordPara("TOCHeading", wordRun("Table of contents", "")))
	for i := range x.list {
		e := &x.list[i]
		inside := ""
		if i == 0 {
			inside = `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \o "1-3" \h \z \u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`
		}
		inside += fmt.Sprintf(`<w:hyperlink w:anchor="_Toc%d">%s<w:r><w:tab/></w:r>%s</w:hyperlink>`, i, wordRun(e.title(), ""), wordField(fmt.Sprintf(`PAGEREF _Toc%d \h`, i), strconv.Itoa(e.page)))
		if i == len(x.list)-1 {
			inside += `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
		}
		x.b.WriteString(wordPara(fmt.Sprintf("TOC%d", e.level), inside))
	}
}

func wordSection(across bool) string {
	size := `<w:pgSz w:w="11906" w:h="16838"/>`
	if across {
		size = `<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>`
	}
	return `<w:sectPr><w:headerReference w:type="default" r:id="rIdH"/><w:footerReference w:type="default" r:id="rIdF"/><w:type w:val="nextPage"/>` + size +
		`<w:pgMar w:top="1417" w:right="1247" w:bottom="1247" w:left="1247" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>`
}

func (x *wordBody) bookmark(named, inside string) string {
	x.ids++
	return fmt.Sprintf(`<w:bookmarkStart w:id="%d" w:name="%s"/>%s<w:bookmarkEnd w:id="%d"/>`, x.ids, named, inside, x.ids)
}

// at is what a block or a row says, under its anchor's bookmark if it has one.
func (x *wordBody) at(anchor, inside string) string {
	if anchor == "" {
		return inside
	}
	return x.bookmark(fmt.Sprintf("ref%d", x.marks[anchor]), inside)
}

func (x *wordBody) block(i int) {
	b := &x.d.Blocks[i]
	switch b.Kind {
	case Heading:
		x.heading(i)
	case Para:
		x.b.WriteString(wordPara("", x.at(b.Anchor, x.runs(b.Text))))
	case Note:
		x.b.WriteString(wordPara("Note", x.at(b.Anchor, x.runs(b.Text))))
	case Item:
		x.b.WriteString(`<w:p><w:pPr><w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>` + x.at(b.Anchor, x.runs(b.Text)) + `</w:p>`)
	case Grid:
		x.table(b.Table)
	}
}

// heading begins a new page at level 1, across it if a wide table follows.
func (x *wordBody) heading(i int) {
	b := &x.d.Blocks[i]
	if b.Level == 1 {
		x.b.WriteString(`<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>` + wordSection(x.across) + `</w:pPr></w:p>`)
		x.across = x.d.wide(i)
	}
	text := x.bookmark(fmt.Sprintf("_Toc%d", x.heads), wordRun(x.list[x.heads].title(), ""))
	x.heads++
	x.b.WriteString(wordPara(fmt.Sprintf("Heading%d", b.Level), x.at(b.Anchor, text)))
}

func (x *wordBody) runs(list []Run) string {
	var b strings.Builder
	for _, r := range list {
		own := ""
		if r.To != "" {
			own += `<w:rStyle w:val="Hyperlink"/>`
		}
		if r.Bold {
			own += `<w:b/>`
		}
		if r.Italic {
			own += `<w:i/>`
		}
		s := wordRun(r.Text, own)
		if r.To != "" {
			s = fmt.Sprintf(`<w:hyperlink w:anchor="ref%d">%s</w:hyperlink>`, x.marks[r.To], s)
		}
		b.WriteString(s)
	}
	return b.String()
}

func (x *wordBody) table(t *Table) {
	total := uprightWidth
	if x.across {
		total = acrossWidth
	}
	widths := t.spread(float64(total))
	fmt.Fprintf(&x.b, `<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/></w:tblPr><w:tblGrid>`, total)
	for _, w := range widths {
		fmt.Fprintf(&x.b, `<w:gridCol w:w="%d"/>`, int(w))
	}
	x.b.WriteString(`</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for i, head := range t.Head {
		x.cell(int(widths[i]), "183A5E", "TableHead", wordRun(head, ""))
	}
	x.b.WriteString(`</w:tr>`)
	for i := range t.Rows {
		r := &t.Rows[i]
		fill := ""
		if i%2 == 1 {
			fill = "F3F6FA"
		}
		x.b.WriteString(`<w:tr>`)
		for j, c := range r.Cells {
			inside := x.runs(c)
			if j == 0 {
				inside = x.at(r.Anchor, inside)
			}
			x.cell(int(widths[j]), fill, "TableText", inside)
		}
		x.b.WriteString(`</w:tr>`)
	}
	x.b.WriteString(`</w:tbl>` + wordPara("", ""))
}

func (x *wordBody) cell(width int, fill, style, inside string) {
	if fill != "" {
		fill = `<w:shd w:val="clear" w:color="auto" w:fill="` + fill + `"/>`
	}
	fmt.Fprintf(&x.b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s</w:tcPr>%s</w:tc>`, width, fill, wordPara(style, inside))
}

const small = `<w:color w:val="55606E"/><w:sz w:val="16"/>`

func (d *Document) wordHead() string {
	mark := ""
	if d.Mark != "" {
		mark = wordRun(d.Mark+"   ", `<w:b/><w:color w:val="8F1D1D"/><w:sz w:val="22"/>`)
	}
	return xml.Header + `<w:hdr ` + space + `><w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="4" w:space="4" w:color="BEC6D0"/></w:pBdr></w:pPr>` + mark + wordRun(d.Head, small) + `</w:p></w:hdr>`
}

func (d *Document) wordFoot() string {
	return xml.Header + `<w:ftr ` + space + `><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + wordRun(d.Foot+"   Page ", small) + wordField("PAGE", "1") + wordRun(" of ", small) + wordField("NUMPAGES", "1") + `</w:p></w:ftr>`
}

func (d *Document) wordCore() string {
	at := d.Made.UTC().Format(time.RFC3339)
	return xml.Header + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` +
		esc(d.Title) + `</dc:title><dc:creator>` + esc(d.Author) + `</dc:creator><dc:language>en</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified></cp:coreProperties>`
}

package document

import (
	"fmt"
	"io"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of a page, in millimetres.
const (
	margin  = 22.0
	topLine = 24.0 // where text begins
	lowest  = 20.0 // from the foot of the page, where it ends
	inset   = 1.5  // of a cell
	atLeast = 12.0 // of what follows a heading, on its page
)

// ink is a colour: red, green, blue.
type ink [3]int

var (
	black  = ink{27, 36, 48}
	navy   = ink{24, 58, 94}
	grey   = ink{85, 96, 110}
	red    = ink{143, 29, 29}
	ruled  = ink{190, 198, 208}
	shaded = ink{243, 246, 250}
	warned = ink{255, 248, 230}
	linked = ink{20, 80, 159}
	white  = ink{255, 255, 255}
)

// WritePDF writes the document as a PDF on A4.
func (d *Document) WritePDF(w io.Writer) error {
	list, err := d.pages()
	if err != nil {
		return err
	}
	p, err := d.layout(list)
	if err != nil {
		return err
	}
	return p.f.Output(w)
}

// pages is the table of contents with the page of each heading. The table takes
// as many pages whatever it says, so that one layout finds them.
func (d *Document) pages() ([]entry, error) {
	if err := d.valid(); err != nil {
		return nil, err
	}
	list := d.contents()
	p, err := d.layout(list)
	if err != nil {
		return nil, err
	}
	return p.found, nil
}

// pdf is a document being laid out.
type pdf struct {
	*measure
	d       *Document
	given   []entry // to print
	found   []entry // with the pages of this layout
	links   []int   // of the headings
	anchors map[string]int
	across  bool
}

func (d *Document) layout(given []entry) (*pdf, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCreationDate(d.Made.UTC())
	f.SetModificationDate(d.Made.UTC())
	f.SetCatalogSort(true)
	f.SetLang("en")
	f.SetTitle(Clean(d.Title), true)
	f.SetAuthor(Clean(d.Author), true)
	f.SetMargins(margin, topLine, margin)
	f.SetAutoPageBreak(false, 0)
	f.AliasNbPages("{pages}")
	m, err := measured(f)
	if err != nil {
		return nil, err
	}
	p := &pdf{measure: m, d: d, given: given, anchors: map[string]int{}}
	f.SetHeaderFunc(p.head)
	f.SetFooterFunc(p.foot)
	p.cover()
	p.contents()
	for i := range d.Blocks {
		p.block(i)
	}
	return p, f.Error()
}

func (p *pdf) page() {
	way := "P"
	if p.across {
		way = "L"
	}
	p.f.AddPageFormat(way, fpdf.SizeType{Wd: 210, Ht: 297})
	p.f.SetY(topLine)
}

// width is what there is between the margins, floor where text must end.
func (p *pdf) width() float64 { w, _ := p.f.GetPageSize(); return w - 2*margin }
func (p *pdf) floor() float64 { _, h := p.f.GetPageSize(); return h - lowest }

// head is what stands at the top of each page, and the mark behind its text.
func (p *pdf) head() {
	p.ink(grey)
	p.font("", 8)
	mark, room := p.show(p.d.Mark), 40.0
	if mark != "" {
		p.fitted(mark, 12, p.width()/2)
		room = max(room, p.wide(mark)+6)
		p.font("", 8)
	}
	p.f.Text(margin, 13, p.cut(p.show(p.d.Head), p.width()-room))
	p.draw(ruled)
	p.f.Line(margin, 16, margin+p.width(), 16)
	if mark == "" {
		return
	}
	p.fitted(mark, 12, p.width()/2)
	p.ink(red)
	p.f.Text(margin+p.width()-p.wide(mark), 13, mark)
	w, h := p.f.GetPageSize()
	p.fitted(mark, 90, h*2/3)
	p.f.SetTextColor(246, 234, 234)
	p.f.TransformBegin()
	p.f.TransformRotate(45, w/2, h/2)
	p.f.Text((w-p.wide(mark))/2, h/2+15, mark)
	p.f.TransformEnd()
}

// fitted sets the bold face, as large as it may be for a text within a width.
func (p *pdf) fitted(text string, size, width float64) {
	p.font("B", size)
	if wide := p.wide(text); wide > width {
		p.font("B", size*width/wide)
	}
}

func (p *pdf) foot() {
	p.font("", 8)
	p.ink(grey)
	_, h := p.f.GetPageSize()
	p.f.Text(margin, h-10, p.cut(p.show(p.d.Foot), p.width()-40))
	number := fmt.Sprintf("Page %d of {pages}", p.f.PageNo())
	p.f.Text(margin+p.width()-p.wide(fmt.Sprintf("Page %d of 000", p.f.PageNo())), h-10, number)
}

func (p *pdf) cover() {
	p.page()
	p.f.SetY(60)
	p.lines(Say("%s", p.d.Title), setting{size: 26, lead: 11.5, bold: true, ink: navy}, margin, p.width())
	p.f.SetY(p.f.GetY() + 6)
	if p.d.Subtitle != "" {
		p.lines(Say("%s", p.d.Subtitle), setting{size: 13, lead: 6.5, ink: grey}, margin, p.width())
	}
	p.f.SetY(p.f.GetY() + 10)
	for _, line := range p.d.Cover {
		p.lines(Say("%s", line), body, margin, p.width())
		p.f.SetY(p.f.GetY() + 3)
	}
}

// contents prints the table of contents. A title that is longer than a line is
// cut, so that the table takes a line for each heading.
func (p *pdf) contents() {
	p.page()
	p.lines(Say("Table of contents"), setting{size: 18, lead: 9, bold: true, ink: navy}, margin, p.width())
	p.f.SetY(p.f.GetY() + 4)
	for i := range p.given {
		e := &p.given[i]
		link := p.f.AddLink()
		p.links = append(p.links, link)
		if p.f.GetY()+6 > p.floor() {
			p.page()
		}
		p.ink(black)
		p.font(map[bool]string{true: "B"}[e.level == 1], 9.5)
		x, y, number := margin+float64(e.level-1)*6, p.f.GetY(), strconv.Itoa(e.page)
		end := margin + p.width() - p.wide(number)
		title := p.cut(p.show(e.title()), end-x-8)
		p.f.Text(x, y+4, title)
		p.f.Text(end, y+4, number)
		dot := p.wide(" .")
		for at := end - dot - 1; at > x+p.wide(title)+1; at -= dot {
			p.f.Text(at, y+4, ".")
		}
		p.f.Link(margin, y, p.width(), 6, link)
		p.f.SetY(y + 6)
	}
}

// anchor is the link of an anchor, made when it is first named.
func (p *pdf) anchor(named string) int {
	link, ok := p.anchors[named]
	if !ok {
		link = p.f.AddLink()
		p.anchors[named] = link
	}
	return link
}

func (p *pdf) here(anchor string) {
	if anchor != "" {
		p.f.SetLink(p.anchor(anchor), p.f.GetY(), p.f.PageNo())
	}
}

func (p *pdf) block(i int) {
	b := &p.d.Blocks[i]
	switch b.Kind {
	case Heading:
		p.heading(i)
	case Para:
		p.room(2 * body.lead)
		p.here(b.Anchor)
		p.lines(b.Text, body, margin, p.width())
		p.f.SetY(p.f.GetY() + 2.6)
	case Item:
		p.room(body.lead)
		p.here(b.Anchor)
		p.ink(black)
		p.font("", body.size)
		p.f.Text(margin+3, p.f.GetY()+body.lead*0.75, "•")
		p.lines(b.Text, body, margin+8, p.width()-8)
		p.f.SetY(p.f.GetY() + 1.2)
		if i+1 == len(p.d.Blocks) || p.d.Blocks[i+1].Kind != Item {
			p.f.SetY(p.f.GetY() + 1.6)
		}
	case Note:
		p.note(b)
	case Grid:
		p.table(b)
	}
}

// room begins a page unless so much is left of this one.
func (p *pdf) room(need float64) {
	if p.f.GetY()+need > p.floor() {
		p.page()
	}
}

// heading begins a page at level 1, and keeps what follows with it.
func (p *pdf) heading(i int) {
	b := &p.d.Blocks[i]
	look := []setting{{size: 18, lead: 9, bold: true, ink: navy}, {size: 13, lead: 6.6, bold: true, ink: navy}, {size: 11, lead: 5.6, bold: true, ink: navy}}[b.Level-1]
	e := p.given[len(p.found)]
	if b.Level == 1 {
		p.across = p.d.wide(i)
		p.page()
	} else {
		p.room(3 + p.high(Say("%s", e.title()), look, p.width()) + 2 + p.first(i+1))
		if p.f.GetY() > topLine {
			p.f.SetY(p.f.GetY() + 3)
		}
	}
	p.f.SetLink(p.links[len(p.found)], p.f.GetY(), p.f.PageNo())
	p.here(b.Anchor)
	p.f.Bookmark(p.show(e.title()), b.Level-1, -1)
	e.page = p.f.PageNo()
	p.found = append(p.found, e)
	p.lines(Say("%s", e.title()), look, margin, p.width())
	p.f.SetY(p.f.GetY() + 2)
}

// first is how much of what follows a heading stands on its page at least.
func (p *pdf) first(i int) float64 {
	if i >= len(p.d.Blocks) {
		return 0
	}
	b := &p.d.Blocks[i]
	switch b.Kind {
	case Heading:
		return atLeast + p.first(i+1)
	case Grid:
		row := 0.0
		if len(b.Table.Rows) > 0 {
			row = min(p.grid(b.Table).high(b.Table.Rows[0].Cells), (p.floor()-topLine)/3)
		}
		return atLeast + row
	case Para, Item, Note:
		return min(p.high(b.Text, body, p.width()-8)+6, 3*atLeast)
	}
	return atLeast
}

func (p *pdf) note(b *Block) {
	h := p.high(b.Text, body, p.width()-8) + 5
	p.room(min(h, p.floor()-topLine))
	p.here(b.Anchor)
	y := p.f.GetY()
	if y+h <= p.floor() { // one that is longer than a page goes without its ground
		p.fill(warned)
		p.f.Rect(margin, y, p.width(), h, "F")
		p.fill(ink{138, 97, 0})
		p.f.Rect(margin, y, 1.2, h, "F")
	}
	p.f.SetY(y + 2.5)
	p.lines(b.Text, body, margin+5, p.width()-8)
	p.f.SetY(p.f.GetY() + 5)
}

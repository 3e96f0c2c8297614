package document

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// setting is how a stretch of lines is set.
type setting struct {
	size float64 // points
	lead float64 // millimetres from line to line
	bold bool
	ink  ink
}

var (
	body = setting{size: 9.5, lead: 5, ink: black}
	cell = setting{size: 7.5, lead: 3.7, ink: black}
)

// measure knows the fonts: what they have and how wide it is.
type measure struct {
	f     *fpdf.Fpdf
	known *sfnt.Font
	has   map[rune]bool
	style string
	size  float64
	wides map[string]float64 // of words at size 1, by style and word
	buf   sfnt.Buffer
}

func measured(f *fpdf.Fpdf) (*measure, error) {
	for style, font := range map[string][]byte{"": goregular.TTF, "B": gobold.TTF, "I": goitalic.TTF, "BI": gobolditalic.TTF} {
		f.AddUTF8FontFromBytes("go", style, font)
	}
	known, err := sfnt.Parse(goregular.TTF)
	return &measure{f: f, known: known, has: map[rune]bool{}, wides: map[string]float64{}}, err
}

func (m *measure) font(style string, size float64) {
	if m.style != style || m.size != size || m.f.PageNo() == 0 {
		m.style, m.size = style, size
	}
	m.f.SetFont("go", style, size)
}

func (m *measure) ink(c ink)  { m.f.SetTextColor(c[0], c[1], c[2]) }
func (m *measure) fill(c ink) { m.f.SetFillColor(c[0], c[1], c[2]) }
func (m *measure) draw(c ink) { m.f.SetDrawColor(c[0], c[1], c[2]) }

// missing stands for a character that the fonts lack.
const missing = '□'

// show is a text in characters that the fonts have.
func (m *measure) show(s string) string {
	return strings.Map(func(r rune) rune {
		ok, seen := m.has[r]
		if !seen {
			i, err := m.known.GlyphIndex(&m.buf, r)
			ok = err == nil && i != 0 && r <= 0xffff
			m.has[r] = ok
		}
		if !ok {
			return missing
		}
		return r
	}, Clean(s))
}

// wide is how wide a text is in the present font, in millimetres.
func (m *measure) wide(s string) float64 {
	key := m.style + "\x00" + s
	one, ok := m.wides[key]
	if !ok {
		one = m.f.GetStringWidth(s) / m.size
		if len(s) < 40 {
			m.wides[key] = one
		}
	}
	return one * m.size
}

// cut shortens a text to a width.
func (m *measure) cut(s string, width float64) string {
	if m.wide(s) <= width {
		return s
	}
	x := m.wide("…")
	for i, r := range s {
		if x += m.wide(string(r)); x > width {
			return s[:i] + "…"
		}
	}
	return s
}

// word is a stretch that no line divides, with the space after it.
type word struct {
	text  string
	style string
	to    string
	wide  float64 // without the space after it
	space float64
}

// wrap divides runs into lines.
func (m *measure) wrap(runs []Run, l setting, width float64) (lines [][]word) {
	var line []word
	x := 0.0
	for _, r := range runs {
		style := ""
		if r.Bold || l.bold {
			style = "B"
		}
		if r.Italic {
			style += "I"
		}
		m.font(style, l.size)
		for part := range strings.SplitAfterSeq(m.show(r.Text), " ") {
			for _, one := range m.broken(strings.TrimRight(part, " "), width) {
				w := word{text: one, style: style, to: r.To, wide: m.wide(one)}
				if x+w.wide > width && len(line) > 0 {
					lines, line, x = append(lines, line), nil, 0
				}
				line = append(line, w)
				x += w.wide
			}
			if n := len(line); n > 0 && strings.HasSuffix(part, " ") {
				line[n-1].space = m.wide(" ")
				x += line[n-1].space
			}
		}
	}
	return append(lines, line)
}

// broken is a word in pieces that fit a line, one for an ordinary word.
func (m *measure) broken(s string, width float64) (out []string) {
	if s == "" {
		return nil
	}
	if m.wide(s) <= width {
		return []string{s}
	}
	from, x := 0, 0.0
	for i, r := range s {
		w := m.wide(string(r))
		if x+w > width && i > from {
			out = append(out, s[from:i])
			from, x = i, 0
		}
		x += w
	}
	return append(out, s[from:])
}

// put draws a line of words with its foot at y.
func (p *pdf) put(line []word, l setting, x, y float64) {
	for i := 0; i < len(line); {
		j, wide := i, 0.0
		var said strings.Builder
		for ; j < len(line) && line[j].style == line[i].style && line[j].to == line[i].to; j++ {
			said.WriteString(line[j].text)
			wide += line[j].wide + line[j].space
			if line[j].space > 0 {
				said.WriteByte(' ')
			}
		}
		p.font(line[i].style, l.size)
		p.ink(l.ink)
		if line[i].to != "" {
			p.ink(linked)
			p.f.Link(x, y-l.lead*0.75, wide, l.lead, p.anchor(line[i].to))
		}
		if text := strings.TrimRight(said.String(), " "); text != "" {
			p.f.Text(x, y, text)
		}
		x += wide
		i = j
	}
}

// lines sets runs from the present height on, on as many pages as they need.
func (p *pdf) lines(runs []Run, l setting, x, width float64) {
	for _, line := range p.wrap(runs, l, width) {
		p.room(l.lead)
		y := p.f.GetY()
		p.put(line, l, x, y+l.lead*0.75)
		p.f.SetY(y + l.lead)
	}
}

// high is how high runs are.
func (m *measure) high(runs []Run, l setting, width float64) float64 {
	return float64(len(m.wrap(runs, l, width))) * l.lead
}

// grid is the measures of a table.
type grid struct {
	*pdf
	widths []float64
}

func (p *pdf) grid(t *Table) grid { return grid{p, t.spread(p.width())} }

func (g grid) high(cells [][]Run) (h float64) {
	for i, c := range cells {
		h = max(h, g.measure.high(c, cell, g.widths[i]-2*inset)+2*inset)
	}
	return h
}

func (p *pdf) table(b *Block) {
	t, g := b.Table, p.grid(b.Table)
	head := make([][]Run, len(t.Head))
	for i, text := range t.Head {
		p.font("B", cell.size)
		head[i] = []Run{{Text: p.cut(p.show(text), 3*g.widths[i]), Bold: true}}
	}
	headed := g.high(head)
	first := 0.0
	if len(t.Rows) > 0 {
		first = min(g.high(t.Rows[0].Cells), (p.floor()-topLine)/3)
	}
	p.room(headed + first)
	p.here(b.Anchor)
	begin := func() { g.row(head, nil, setting{size: cell.size, lead: cell.lead, bold: true, ink: white}, navy) }
	begin()
	for i := range t.Rows {
		r := &t.Rows[i]
		h := g.high(r.Cells)
		if full := p.floor() - topLine - headed; p.f.GetY()+h > p.floor() && (h <= full || p.f.GetY()+4*cell.lead > p.floor()) {
			p.page()
			begin()
		}
		p.here(r.Anchor)
		ground := white
		if i%2 == 1 {
			ground = shaded
		}
		g.row(r.Cells, begin, cell, ground)
	}
	p.f.SetY(p.f.GetY() + 5)
}

// row draws a row. One that is higher than what is left of the page goes on on
// the next, under the headings that begin draws.
func (g grid) row(cells [][]Run, begin func(), l setting, ground ink) {
	parts := make([][][]word, len(cells))
	left := 0
	for i, c := range cells {
		parts[i] = g.wrap(c, l, g.widths[i]-2*inset)
		left = max(left, len(parts[i]))
	}
	for from := 0; left > 0; {
		y := g.f.GetY()
		n := left
		if begin != nil {
			n = max(1, min(left, int((g.floor()-y-2*inset)/l.lead)))
		}
		h := float64(n)*l.lead + 2*inset
		g.fill(ground)
		g.draw(ruled)
		x := margin
		for i := range cells {
			g.f.Rect(x, y, g.widths[i], h, "FD")
			for k := from; k < min(from+n, len(parts[i])); k++ {
				g.put(parts[i][k], l, x+inset, y+inset+float64(k-from)*l.lead+l.lead*0.75)
			}
			x += g.widths[i]
		}
		g.f.SetY(y + h)
		from, left = from+n, left-n
		if left > 0 {
			g.page()
			begin()
		}
	}
}

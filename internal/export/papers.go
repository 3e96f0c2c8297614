package export

import (
	"context"
	"io"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/kit/bag"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/pack"
	"assay/internal/standing"
	"assay/internal/trail"
	"assay/internal/workpaper"
)

// PapersIn says whose working papers are wanted.
type PapersIn struct {
	Engagement string   // id
	For        []string // public keys that the caller encrypts it to, for the trail; none: it is not encrypted
}

// Workpapers writes the working papers of an engagement to w, in a package of the days
// that they are about: from the first that is examined, or that evidence they name was
// added on, up to today.
func (s Service) Workpapers(ctx context.Context, who access.Actor, in PapersIn, w io.Writer) (Summary, error) {
	grant, err := who.May(access.EngagementWorkpapers)
	if err != nil {
		return Summary{}, err
	}
	if s.Papers == nil {
		return Summary{}, fault.New(fault.NotFound, "Working papers are not kept here.")
	}
	x := &exporting{s: s, bag: bag.NewWriter(w), engagement: in.Engagement}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if x.in, err = s.papersOf(tx, in.Engagement); err != nil {
			return err
		}
		detail := map[string]string{"from": clock.Format(x.in.From), "to": clock.Format(x.in.To)}
		if len(in.For) > 0 {
			detail["encrypted_to"] = strings.Join(in.For, " ")
		}
		return trail.Add(tx, trail.Act{Noun: engagement.Noun, Object: in.Engagement, Label: x.in.Name, Detail: detail})
	})
	if err != nil {
		return Summary{}, err
	}
	return s.write(ctx, grant, x)
}

// papersOf is the package of an engagement.
func (s Service) papersOf(tx *db.Tx, id string) (in PackageIn, err error) {
	e, err := s.Papers.Books.Load(tx, engagement.Noun, id)
	if err != nil {
		return in, err
	}
	in.Name = "Working papers of " + id + ", " + e.Get("title")
	if r := []rune(in.Name); len(r) > 150 {
		in.Name = string(r[:150])
	}
	if in.From, err = s.Papers.From(tx, id); err != nil {
		return in, err
	}
	cited, err := s.Papers.Cited(tx, id)
	if err != nil {
		return in, err
	}
	first, err := evidence.Earliest(tx, cited)
	if err != nil {
		return in, err
	}
	if !first.IsZero() && first.Before(in.From) {
		in.From = first
	}
	o, err := org.Load(tx)
	if err != nil {
		return in, err
	}
	tomorrow := standing.DayOf(tx.Now(), o.Location()) + 1
	in.From, in.To = clock.Trunc(in.From), clock.Trunc(tomorrow.Start(o.LocationOn(tomorrow)))
	return in, nil
}

// papers writes the working papers, and which of them open a commitment of the log.
func (x *exporting) papers(tx *db.Tx) error {
	if x.engagement == "" {
		return nil
	}
	files := map[string]fileLink{}
	for _, e := range x.index.evidence {
		link := fileLink{name: e.title}
		if len(e.files) > 0 {
			link.file = "../" + e.files[0].file
		}
		files[e.id] = link
	}
	out, err := x.s.Papers.Write(tx, x.engagement, &workpaper.To{
		Origin: x.header.Origin, MadeBy: x.s.MadeBy, Logged: x.plan.Sealed,
		Add: func(name string, content []byte) error {
			x.sum.Papers++
			return x.bag.Add(pack.PaperFile(name), content)
		},
		Evidence: func(id string) (file, title string, ok bool) {
			l, ok := files[id]
			return l.file, l.name, ok
		},
	})
	if err != nil {
		return err
	}
	list := make([]pack.Paper, 0, len(out.Proofs))
	for _, p := range out.Proofs {
		list = append(list, pack.Paper{File: p.File, Leaf: p.Leaf, Path: p.Path, Salt: p.Salt})
	}
	b, err := pack.EncodePapers(list)
	if err != nil {
		return err
	}
	x.index.papers = out.Title
	if err := x.bag.Add(pack.FilePapers, b); err != nil {
		return err
	}
	return x.bag.Add(pack.PaperFile(papersIndex), x.papersPage(&out))
}

const papersIndex = "index.html"

// papersPage is the table of contents of the working papers.
func (x *exporting) papersPage(out *workpaper.Papers) []byte {
	p := &page{}
	x.top(p, out.Title)
	p.add(raw("<p>"), link("../"+pack.FileIndex, "What is in the package, and how to verify it"), raw("</p>\n<dl>\n"))
	for _, row := range out.About {
		p.add(raw("<dt>"), row[0], raw("</dt><dd>"), row[1], raw("</dd>\n"))
	}
	p.add(raw("</dl>\n<p>Files that are called capture or sealed are what the log commits to, byte for byte: a verification opens each. The tables are for readers. No conclusion is drawn here; an opinion is the firm’s alone.</p>\n"))
	for i := range out.Sections {
		s := &out.Sections[i]
		p.add(raw("<h2>"), s.Title, raw("</h2>\n"))
		if s.Note != "" {
			p.add(raw("<p class=\"soft\">"), s.Note, raw("</p>\n"))
		}
		if len(s.Rows) == 0 {
			p.add(raw("<p>None.</p>\n"))
			continue
		}
		rows := make([][]any, 0, len(s.Rows))
		for _, r := range s.Rows {
			row := make([]any, 0, len(r))
			for _, c := range r {
				row = append(row, paperCell(&c))
			}
			rows = append(rows, row)
		}
		p.table(s.Head, rows)
	}
	p.add(raw("</main>\n</body>\n</html>\n"))
	return p.b.Bytes()
}

// paperCell is a cell of the table of contents.
func paperCell(c *workpaper.Cell) raw {
	p := &page{}
	p.add(c.Text)
	for _, f := range c.Files {
		p.add(raw(" "))
		if f.Name == "" {
			p.add(f.Text)
			continue
		}
		p.add(link(f.Name, f.Text))
	}
	return raw(p.b.String())
}

package report

import (
	"context"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/kit/document"
	"assay/internal/ledger"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/trail"
)

// Service is the use cases of reports.
type Service struct {
	DB       *db.DB
	Library  *catalog.Library
	Books    *register.Book
	Controls *control.Service
	// Readiness rates the criteria.
	Readiness *readiness.Service
	// Evidence keeps what firms issue.
	Evidence *evidence.Service
	MadeBy   string // program and version
}

// Build drafts a report, or gives the very one that the firm issued. That it was built is an entry of the trail, written
// before, and so in the log that the report names.
func (s Service) Build(ctx context.Context, who access.Actor, in In) (*Report, error) {
	grant, err := who.May(access.ReportBuild)
	if err != nil {
		return nil, err
	}
	if err := in.valid(); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		detail := map[string]string{"type": string(in.Kind)}
		if in.Engagement != "" {
			detail["engagement"] = in.Engagement
		}
		if in.Recipient != "" {
			detail["recipient"] = in.Recipient
		}
		return trail.Add(tx, trail.Act{Noun: "report", Label: "type " + string(in.Kind), Detail: detail})
	})
	if err != nil {
		return nil, err
	}
	var r *Report
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if r, err = s.kept(tx, &in); r != nil || err != nil {
			return err
		}
		r, err = s.Draft(tx, in)
		return err
	})
	if err == nil && in.Recipient != "" {
		err = r.For(in.Recipient)
	}
	return r, err
}

// Draft is Build for a transaction whose use case asked for the permission, without
// the entry of the trail.
func (s Service) Draft(tx *db.Tx, in In) (*Report, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	f, err := s.read(tx, &in)
	if err != nil {
		return nil, err
	}
	b := &builder{facts: f, r: &Report{Kind: in.Kind}, cites: map[string]int{}}
	if err := b.compose(&in); err != nil {
		return nil, err
	}
	return b.r, nil
}

// compose writes the parts of the report in their order.
func (b *builder) compose(in *In) error {
	b.front()
	switch in.Kind {
	case Type1, Type2:
		for _, part := range []func(){b.auditors, b.assertion, b.system, b.tests, b.other} {
			part()
		}
	case Bridge:
		if err := b.bridge(in); err != nil {
			return err
		}
	case Type3:
		b.public()
	case Readiness:
		b.readiness()
	case Board:
		b.board()
	}
	if b.failed != nil {
		return b.failed
	}
	return b.appendix()
}

// front is what stands on the first page and on each.
func (b *builder) front() {
	d := &b.r.Document
	title, file := "", ""
	switch b.r.Kind {
	case Type1, Type2:
		title = "SOC 2 Type " + string(b.r.Kind) + " report"
		d.Subtitle = b.org.Name + ": its description of " + b.service() + ", and its controls relevant to " + b.categories() + ", " + b.when()
		file = "type-" + string(b.r.Kind)
	case Type3:
		title, file = "SOC 3 report", "soc-3"
		d.Subtitle = b.org.Name + ": its controls within " + b.service() + " relevant to " + b.categories() + ", " + b.when()
	case Board:
		title, file = "Summary for those who oversee", "summary"
		d.Subtitle = b.org.Name + ": " + b.plan.Name + ", as of " + dayed(b.today)
	case Bridge:
		title, file = "Bridge letter", "bridge-letter"
		d.Subtitle = b.org.Name + ": from the last report to " + dayed(b.today)
	case Readiness:
		title, file = "Readiness report", "readiness"
		d.Subtitle = b.org.Name + ": where it stands for a report on " + b.categories() + ", " + b.when()
	}
	d.Title, d.Author, d.Made, d.Head, d.Mark = title, b.org.Name, b.at, b.org.Name+", "+title, "DRAFT"
	if b.deal != nil && b.deal.State == engagement.Withdrawn {
		d.Mark = "WITHDRAWN"
	}
	if b.issued() && b.r.Kind != Type3 { // what was issued is the Type 2
		d.Mark = ""
	}
	b.r.File = b.org.Slug + "-" + file
	d.Foot = b.at.Format("2006-01-02 15:04 MST") + "; log head " + headName(b.logHead.Size, b.logHead.Root.String())
	d.Cover = b.coverLines()
}

func (b *builder) coverLines() (out []string) {
	if b.r.Kind == Type1 || b.r.Kind == Type2 {
		by := "Service auditor: " + b.firm() + "."
		if b.deal != nil {
			by += " Engagement " + b.deal.ID + ", “" + b.deal.Get("title") + "”."
		} else {
			by += " No engagement of this type is on record: the dates and the categories are those of the program " + b.plan.Name + "."
		}
		out = append(out, by, "A report of this kind is for the parties that it specifies and for nobody else.")
	}
	if b.r.Kind == Type3 {
		out = append(out, b.publicCover()...)
	}
	if b.running() && b.r.Kind != Bridge {
		out = append(out, "The period runs until "+dayed(b.period.To-1)+". The records reach until "+dayed(b.today)+", and nothing here is about a day after it.")
	}
	switch {
	case b.r.Mark == "" && b.deal.Get("opinion_text") != "":
		out = append(out, "Issued by "+b.firm()+", "+b.deal.Get("city")+", on "+dayed(b.deal.Date("report_on"))+"; issue "+b.deal.Get("report_version")+". Assembled from the records of "+b.org.Name+" by "+b.s.MadeBy+". The log commits to the files of this issue, and the engagement names their SHA-256.")
	case b.r.Mark != "":
		out = append(out, "This is a draft. It was assembled from the records of "+b.org.Name+" by "+b.s.MadeBy+", and concludes nothing.")
	default:
		out = append(out, "Assembled from the records of "+b.org.Name+" by "+b.s.MadeBy+" after the firm issued its report. The report is the file that the firm issued, whose SHA-256 is "+b.deal.Get("report_sha256")+"; this is not that file.")
	}
	return append(out, "Numbers in brackets lead to the evidence that a sentence rests on; the last appendix names each with its entry in the log.")
}

// headName names a head of the log by its size and the beginning of its root.
func headName(size uint64, root string) string {
	return strings.TrimSpace(several(int(size), "entry", "entries") + ", root " + root[:min(16, len(root))] + "…") //nolint:gosec // far below 2^63
}

// appendix names the evidence.
func (b *builder) appendix() error {
	leaves := make([]string, 0, len(b.r.Cites))
	for i := range b.r.Cites {
		if l := b.r.Cites[i].Leaf; l != "" {
			leaves = append(leaves, l)
		}
	}
	at, err := ledger.Places(b.tx, leaves)
	if err != nil {
		return err
	}
	label := map[Kind]string{Type1: "A", Type2: "A"}[b.r.Kind]
	b.section(label, "Evidence")
	if len(b.r.Cites) == 0 {
		b.para(say("No sentence of this document rests on evidence."))
		return nil
	}
	b.para(say("Each entry is a leaf of the organization's log, counted from 0. Whoever has the evidence package of the period can verify it without trusting the organization."))
	t := &document.Table{Name: "Evidence", Head: []string{"No.", "What", "Log entry", "Id of the entry"}, Widths: []int{7, 55, 13, 25}}
	for i := range b.r.Cites {
		c := &b.r.Cites[i]
		place, id := "not in the log", c.Leaf
		if index, ok := at[c.Leaf]; ok && c.Leaf != "" {
			c.Index = index
			place = "#" + number(index)
		} else if c.Leaf != "" {
			place = "waits for its place"
		}
		row := cells(number(int64(c.Number)), c.What, place, id)
		row.Anchor = "e" + number(int64(c.Number))
		t.Rows = append(t.Rows, row)
	}
	b.grid(t)
	return nil
}

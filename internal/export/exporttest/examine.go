package exporttest

import (
	"bytes"
	"encoding/hex"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/export"
	"assay/internal/governance"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/sample"
	"assay/internal/sheet"
	"assay/internal/standing"
	"assay/internal/workpaper"
)

// Examination is an engagement of the house, with everything that working papers
// hold: a request that was answered, a population, a sample drawn with a nonce, a test
// that two signed, and an exception that management answered.
type Examination struct {
	Books  *register.Book
	Sheets *sheet.Service
	ID     string // of the engagement
	house  *House
}

// Auditor is somebody of the firm.
func (h *House) Auditor(id string) access.Actor {
	who := h.Lead(id)
	who.Role = access.RoleAuditor
	return who
}

// Examine has a firm examine the last days. Others must see the log, or nothing can be
// drawn.
func (o *Outside) Examine() *Examination {
	h := o.house
	h.T.Helper()
	library, err := catalog.Load(catalog.Files())
	h.must(err)
	e := &Examination{house: h, Books: &register.Book{
		DB: h.DB, Library: library,
		Declarations: []register.Declaration{
			engagement.Declaration(), engagement.Requests(), engagement.Populations(), engagement.Samples(), engagement.Sheets(), engagement.Exceptions(), governance.Findings(),
		},
		People:   func(*db.Tx) ([]register.Someone, error) { return nil, nil },
		PersonOf: func(*db.Tx, string) (string, error) { return "", nil },
	}}
	populations := &population.Service{DB: h.DB, Keys: h.Ring, Books: e.Books}
	e.Sheets = &sheet.Service{DB: h.DB, Books: e.Books, Populations: populations}
	settle := engagement.SettleException(e.Books)
	e.Books.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{
		"population.capture": populations.Take, "sample.commit": populations.Commit, "sample.reveal": populations.Reveal, "sheet.begin": e.Sheets.Begin, "sheet.prepare": e.Sheets.Prepare,
		"sheet.review": e.Sheets.Review, "exception.report": settle,
	}
	h.Export.Papers = &workpaper.Service{Books: e.Books, Populations: populations, Sheets: e.Sheets}
	last := standing.DayOf(h.Hand.Now(), h.Org.Location()) - 1
	controls := control.Service{DB: h.DB, Library: library, Checks: h.Checks, Program: func(*db.Tx) (control.Program, bool, error) {
		return control.Program{Period: standing.Period{From: last - 3, To: last + 30, Zone: h.Org.Location()}}, true, nil
	}}
	_, err = controls.Adopt(h.T.Context(), h.Lead("usr_a"), []string{"IAM-08"}, last-3)
	h.must(err)
	e.run(o, last)
	return e
}

// run takes the steps of the examination.
func (e *Examination) run(o *Outside, last standing.Date) {
	lead, auditor, partner := e.house.Lead("usr_a"), e.house.Auditor("usr_b"), e.house.Auditor("usr_c")
	e.ID = e.Add(lead, engagement.Noun, "title", "FY26 <examined>", "type", "type2", "categories", "security", "firm", "Calder & Finch", "service", "Orders", "subservice", "none",
		"from", (last - 3).String(), "to", last.String()).ID
	q := e.Add(auditor, engagement.RequestNoun, "title", "Who left", "engagement", e.ID)
	e.Move(lead, q, "submit", "answer", "=Nobody")
	p := e.Add(auditor, engagement.PopulationNoun, "title", "Days", "engagement", e.ID, "facts", "date.day")
	p = e.Move(auditor, p, "capture")
	p = e.Move(lead, p, "reconcile", "second_source", "A calendar", "second_count", p.Get("count"))
	e.Move(auditor, p, "freeze", "reliability", "Counted.", "gap_treatment", "None.")
	nonce := sample.Nonce(bytes.Repeat([]byte{7}, 32))
	s := e.Add(auditor, engagement.SampleNoun, "title", "Some days", "population", p.ID, "method", "random", "size", "2")
	s = e.Move(auditor, s, "commit", "nonce_hash", nonce.Hash().String())
	o.Round()
	s = e.Move(auditor, s, "reveal", "nonce", hex.EncodeToString(nonce[:]))
	t := e.Add(auditor, engagement.SheetNoun, "title", "Leavers", "engagement", e.ID, "control", "IAM-08", "inspection", "The accounts.", "inquiry", "The lead.", "items", "days", "attributes", "In time", "sample", s.ID)
	t = e.Move(auditor, t, "begin")
	e.mark(t.ID, 1, sheet.Pass, "")
	e.mark(t.ID, 2, sheet.Deviates, "a day late")
	x, err := e.Sheets.Raise(e.house.T.Context(), auditor, t.ID, sheet.Raising{})
	e.house.must(err)
	t = e.Move(auditor, t, "prepare")
	e.Move(partner, t, "review")
	f := e.Add(lead, governance.FindingNoun, "title", "Tickets come late", "source", "examination", "severity", "medium", "found_on", last.String(), "due_on", (last + 20).String(), "what", "They do.")
	x = e.Move(lead, x, "respond", "response", "The ticket came late.", "finding", f.ID, "correct_by", (last + 20).String())
	e.Move(auditor, x, "report")
}

// Add puts a record in a register.
func (e *Examination) Add(who access.Actor, noun string, pairs ...string) register.Record {
	e.house.T.Helper()
	r, err := e.Books.Add(e.house.T.Context(), who, noun, register.Input{Fields: paired(pairs)})
	e.house.must(err)
	return r
}

// Move takes a step of a record.
func (e *Examination) Move(who access.Actor, r register.Record, name string, pairs ...string) register.Record {
	e.house.T.Helper()
	out, err := e.Books.Move(e.house.T.Context(), who, r.Noun, r.ID, name, register.Step{Reason: "Because.", Fields: paired(pairs)})
	e.house.must(err)
	return out
}

func (e *Examination) mark(id string, item int, mark sheet.Mark, note string) {
	_, err := e.Sheets.Mark(e.house.T.Context(), e.house.Auditor("usr_b"), id, []sheet.Marking{{Item: item, Attribute: "A", Mark: &mark, Note: &note}})
	e.house.must(err)
}

// Papers exports the working papers.
func (e *Examination) Papers() ([]byte, export.Summary) {
	e.house.T.Helper()
	var b bytes.Buffer
	sum, err := e.house.Export.Workpapers(e.house.T.Context(), e.house.Auditor("usr_b"), export.PapersIn{Engagement: e.ID}, &b)
	e.house.must(err)
	return b.Bytes(), sum
}

// Clock is the hand of the house's clock.
func (e *Examination) Clock() *clock.Hand { return e.house.Hand }

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err, fault.FieldsOf(err))
	}
}

func paired(pairs []string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = append(out[pairs[i]], pairs[i+1])
	}
	return out
}

package api

import (
	"context"
	"io"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/register"
	"assay/internal/sheet"
	"assay/internal/suite"
)

// sheetOperations are those of test sheets besides what every register has.
func sheetOperations() []Operation {
	return []Operation{
		{ID: "sheet.grid", Method: get, Path: "/sheets/{id}/items", Permission: access.SheetRead, Summary: "The items of a test sheet with the marks in force, and what checks said of them.", Do: does(sheetGrid)},
		{ID: "sheet.marks", Method: get, Path: "/sheets/{id}/items/{item}/marks", Permission: access.SheetRead, Summary: "Every mark that was ever made of an item, the oldest first.", Do: does(sheetMarks)},
		{ID: "sheet.mark", Method: post, Path: "/sheets/{id}/marks", Permission: access.SheetPerform, Summary: "Make marks on a test sheet: all that are sent, or none.", Do: does(sheetMark)},
		{ID: "sheet.raise", Method: post, Path: "/sheets/{id}/exceptions", Permission: access.ExceptionEdit, Summary: "Raise an exception of deviations, with the control, the sample and the figures of the sheet.", Do: does(sheetRaise)},
		{ID: "sheet.file", Method: get, Path: "/sheets/{id}/file", Permission: access.SheetRead, Summary: "A whole test sheet; JSON is what the log commits to, of when it was signed last.", Do: sends(sheetFile)},
	}
}

// SheetGridIn asks for items of a test sheet.
type SheetGridIn struct {
	Page
	ID   string `path:"id"`
	Show string `query:"show" enum:"all,open,deviating,check" doc:"open: with marks to make. check: marked otherwise than a check said, or left open by it."`
}

// SheetVerdict is what a check said of an item in the days of the test.
type SheetVerdict struct {
	Check   string    `json:"check"`
	Version int       `json:"version"`
	Says    string    `json:"says,omitempty" enum:"pass,deviation" doc:"Absent: it cannot tell, which is never a pass."`
	Text    string    `json:"text"`
	At      time.Time `json:"at" doc:"Of the run."`
	Run     string    `json:"run"`
	Leaf    string    `json:"leaf" doc:"Of the run's entry in the log."`
}

// SheetMark is a mark of an attribute of an item.
type SheetMark struct {
	Attribute string        `json:"attribute,omitempty" doc:"A letter; absent for the item as a whole."`
	Mark      string        `json:"mark,omitempty" enum:"pass,deviation,not_applicable" doc:"Absent: none yet, or taken back."`
	ByCheck   bool          `json:"by_check" doc:"The mark is the check's, filled in."`
	Verdict   *SheetVerdict `json:"verdict,omitempty"`
	Note      string        `json:"note,omitempty"`
	Evidence  []string      `json:"evidence"`
	At        *time.Time    `json:"at,omitempty"`
	By        string        `json:"by,omitempty"`
}

// SheetItem is an item of a test sheet.
type SheetItem struct {
	Item      int         `json:"item" doc:"Its number, from 1."`
	Place     *int        `json:"place,omitempty" doc:"In the population, from 0; absent for what was named by hand."`
	Label     string      `json:"label"`
	Resource  *Ref        `json:"resource,omitempty"`
	Record    string      `json:"record,omitempty" doc:"Hash of its record in the population."`
	At        *time.Time  `json:"at,omitempty"`
	Doubtful  bool        `json:"doubtful,omitempty" doc:"Whether it belongs to the population is not known."`
	Replaced  bool        `json:"replaced,omitempty" doc:"By the next in line: it is not tested."`
	Note      string      `json:"note,omitempty"`
	Evidence  []string    `json:"evidence"`
	Marks     []SheetMark `json:"marks"`
	Exception string      `json:"exception,omitempty" doc:"That it is in."`
}

// SheetAttribute is what is looked at in each item.
type SheetAttribute struct {
	Letter        string `json:"letter"`
	Text          string `json:"text"`
	Check         string `json:"check,omitempty" doc:"That fills it in."`
	Pass          int    `json:"pass"`
	Deviations    int    `json:"deviations"`
	NotApplicable int    `json:"not_applicable"`
	ToMark        int    `json:"to_mark"`
}

// SheetGrid is a page of a test sheet.
type SheetGrid struct {
	Attributes []SheetAttribute `json:"attributes"`
	Items      []SheetItem      `json:"items"`
	Total      int              `json:"total" doc:"That the filter finds."`
	ToTest     int              `json:"to_test"`
	Left       int              `json:"left" doc:"Marks to make."`
	Tested     int              `json:"tested"`
	Deviated   int              `json:"deviated"`
	ByCheck    int              `json:"by_check" doc:"Marks that are a check's."`
	Next       string           `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func sheetGrid(ctx context.Context, s *suite.Suite, who access.Actor, in *SheetGridIn) (*SheetGrid, error) {
	after, err := placeOf(in.After)
	if err != nil {
		return nil, err
	}
	l, err := s.Sheets.List(ctx, who, in.ID, sheet.Filter{Show: sheet.Show(in.Show), After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &SheetGrid{
		Attributes: []SheetAttribute{}, Items: []SheetItem{}, Total: l.Total, ToTest: l.Counts.Rows, Left: l.Counts.Left, Tested: l.Counts.Tested, Deviated: l.Counts.Deviated, ByCheck: l.Counts.Machine,
	}
	for _, a := range l.Attributes {
		n := l.Counts.By[a.Letter]
		out.Attributes = append(out.Attributes, SheetAttribute{a.Letter, a.Text, a.Check, n.Pass, n.Deviates, n.NA, n.Open})
	}
	for i := range l.Rows {
		out.Items = append(out.Items, sheetItemOf(&l, &l.Rows[i]))
	}
	if in.Limit > 0 && len(l.Rows) == in.Limit {
		out.Next = strconv.Itoa(l.Rows[len(l.Rows)-1].Number)
	}
	return out, nil
}

func sheetItemOf(l *sheet.Listing, r *sheet.Row) SheetItem {
	out := SheetItem{
		Item: r.Number, Label: r.Label, Record: r.Record, At: maybe(r.At), Doubtful: r.Doubtful, Replaced: r.Replaced, Note: r.Whole.Note,
		Evidence: listOf(r.Whole.Evidence), Marks: []SheetMark{}, Exception: l.Exceptions[r.Number],
	}
	if r.Place > sheet.ByHand {
		out.Place, out.Resource = &r.Place, &Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}
	}
	for _, a := range l.Attributes {
		if c, ok := r.Cells[a.Letter]; ok {
			out.Marks = append(out.Marks, sheetMarkOf(&c))
		}
	}
	return out
}

// listOf is a list that is never absent.
func listOf(list []string) []string { return append([]string{}, list...) }

func sheetMarkOf(c *sheet.Cell) SheetMark {
	out := SheetMark{Attribute: c.Attribute, Mark: string(c.Mark), ByCheck: c.Auto, Note: c.Note, Evidence: listOf(c.Evidence), At: maybe(c.At), By: c.ByName}
	if v := c.Verdict; v != nil {
		out.Verdict = &SheetVerdict{v.Check, v.Version, string(v.Says), v.Text, v.At, v.Run, v.Leaf}
	}
	return out
}

// SheetItemIn names an item of a test sheet.
type SheetItemIn struct {
	ID   string `path:"id"`
	Item int    `path:"item" minimum:"1"`
}

// SheetMarks are all marks of an item.
type SheetMarks struct {
	Marks []SheetMark `json:"marks"`
}

func sheetMarks(ctx context.Context, s *suite.Suite, who access.Actor, in *SheetItemIn) (*SheetMarks, error) {
	list, err := s.Sheets.History(ctx, who, in.ID, in.Item)
	if err != nil {
		return nil, err
	}
	out := &SheetMarks{Marks: []SheetMark{}}
	for i := range list {
		out.Marks = append(out.Marks, sheetMarkOf(&list[i]))
	}
	return out, nil
}

// SheetMarkIn is marks on a test sheet.
type SheetMarkIn struct {
	ID   string `path:"id"`
	Body SheetMarking
}

// SheetMarking are marks, made together.
type SheetMarking struct {
	Marks []SheetChoice `json:"marks" minItems:"1" maxItems:"1000"`
}

// SheetChoice is a mark. What is absent stays as it is.
type SheetChoice struct {
	Item      int       `json:"item" minimum:"1" doc:"Its number."`
	Attribute string    `json:"attribute,omitempty" maxLength:"1" doc:"A letter; absent for the note and the evidence of the item as a whole."`
	Mark      *string   `json:"mark,omitempty" enum:"pass,deviation,not_applicable,none" doc:"none takes a mark back."`
	Note      *string   `json:"note,omitempty" maxLength:"1000"`
	Evidence  *[]string `json:"evidence,omitempty" maxItems:"20" doc:"Ids."`
}

// SheetMarked says how many marks differ from those that were in force.
type SheetMarked struct {
	Marked int `json:"marked"`
}

func sheetMark(ctx context.Context, s *suite.Suite, who access.Actor, in *SheetMarkIn) (*SheetMarked, error) {
	list := make([]sheet.Marking, 0, len(in.Body.Marks))
	for _, c := range in.Body.Marks {
		m := sheet.Marking{Item: c.Item, Attribute: c.Attribute, Note: c.Note, Evidence: c.Evidence}
		if c.Mark != nil {
			mark := sheet.Mark(*c.Mark)
			if mark == "none" {
				mark = ""
			}
			m.Mark = &mark
		}
		list = append(list, m)
	}
	n, err := s.Sheets.Mark(ctx, who, in.ID, list)
	return &SheetMarked{n}, err
}

// SheetRaiseIn says of which deviations an exception is raised.
type SheetRaiseIn struct {
	ID   string `path:"id"`
	Body SheetRaising
}

// SheetRaising is what is said of deviations.
type SheetRaising struct {
	Items []int  `json:"items,omitempty" maxItems:"1000" doc:"Their numbers; absent for all that are in no exception."`
	Title string `json:"title,omitempty" maxLength:"300" doc:"The sheet's if absent."`
	What  string `json:"what,omitempty" maxLength:"20000" doc:"In what way, and when; what the marks say if absent."`
}

// SheetRaised is the exception that was raised.
type SheetRaised struct {
	ID string `json:"id"`
}

func sheetRaise(ctx context.Context, s *suite.Suite, who access.Actor, in *SheetRaiseIn) (*SheetRaised, error) {
	x, err := s.Sheets.Raise(ctx, who, in.ID, sheet.Raising{Items: in.Body.Items, Title: in.Body.Title, What: in.Body.What})
	return &SheetRaised{x.ID}, err
}

// SheetFileIn asks for a test sheet as a file.
type SheetFileIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"csv,json,xlsx" default:"csv"`
}

func sheetFile(ctx context.Context, s *suite.Suite, who access.Actor, in *SheetFileIn) (*File, error) {
	format := in.Format
	if format == "" {
		format = "csv"
	}
	if err := s.Sheets.Write(ctx, who, in.ID, format, io.Discard); err != nil {
		return nil, err
	}
	return &File{Name: in.ID + "." + format, Type: register.Format(format).MediaType(), Write: func(w io.Writer) error {
		return s.Sheets.Write(ctx, who, in.ID, format, w)
	}}, nil
}

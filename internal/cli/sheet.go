package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

// sheetVerbs are what test sheets have besides what every register has.
func sheetVerbs(about of) []verb {
	return []verb{
		{"grid", "The items of a test sheet with their marks.", sheetGridCmd{of: about}},
		{"mark", "Mark attributes of items: pass, deviation, not_applicable, or none to take it back.", sheetMarkCmd{of: about}},
		{"marks", "Every mark that was ever made of an item.", sheetMarksCmd{of: about}},
		{"raise", "Raise an exception of deviations.", sheetRaiseCmd{of: about}},
		{"file", "Write a test sheet as CSV or XLSX, or as JSON as the log commits to it.", sheetFileCmd{of: about}},
	}
}

type sheetGridCmd struct {
	of   `kong:"-"`
	ID   string `arg:"" help:"Such as TS-01."`
	Show string `enum:"all,open,deviating,check," default:"" placeholder:"PART" help:"Only these: open, deviating, check (marked otherwise than a check said, or left open by it)."`
}

// Run shows the items of a sheet.
func (c *sheetGridCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.SheetGrid](ctx, r, "sheet.grid", &api.SheetGridIn{ID: strings.ToUpper(c.ID), Show: c.Show})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.SheetGrid) {
		head := []string{"item", "what"}
		for i := range v.Attributes {
			a := &v.Attributes[i]
			head = append(head, a.Letter)
			by := ""
			if a.Check != "" {
				by = ", filled in by " + a.Check
			}
			p.line("%s  %s%s: %d pass, %d deviate, %d not applicable, %d to mark", a.Letter, a.Text, by, a.Pass, a.Deviations, a.NotApplicable, a.ToMark)
		}
		rows := [][]string{append(head, "note", "exception")}
		for i := range v.Items {
			rows = append(rows, sheetLine(v, &v.Items[i]))
		}
		p.table(rows)
		p.line("%d to test, %d marks to make. %d tested, %d deviate; %d marks are a check's.", v.ToTest, v.Left, v.Tested, v.Deviated, v.ByCheck)
	})
}

// sheetLine is an item in a table. An asterisk says that a check made the mark.
func sheetLine(v *api.SheetGrid, item *api.SheetItem) []string {
	line := []string{strconv.Itoa(item.Item), clip(item.Label, 40)}
	note := item.Note
	for i := range v.Attributes {
		text := ""
		for j := range item.Marks {
			m := &item.Marks[j]
			if m.Attribute != v.Attributes[i].Letter {
				continue
			}
			if text = m.Mark; m.ByCheck {
				text += "*"
			}
			if m.Note != "" {
				note = strings.TrimSpace(note + " " + m.Attribute + ": " + m.Note)
			}
		}
		line = append(line, text)
	}
	if item.Replaced {
		note = strings.TrimSpace("replaced by the next in line " + note)
	}
	return append(line, clip(note, 60), item.Exception)
}

type sheetMarkCmd struct {
	of       `kong:"-"`
	ID       string   `arg:"" help:"Such as TS-01."`
	Mark     string   `arg:"" enum:"pass,deviation,not_applicable,none,keep" help:"pass, deviation, not_applicable; none takes a mark back, keep leaves it and changes what is said."`
	Cells    []string `arg:"" help:"Numbers of items with the letter of the attribute, such as 3B or 1-25A; the number alone with keep for the item as a whole."`
	Note     *string  `placeholder:"TEXT" help:"What was seen; needed for a deviation."`
	Evidence []string `placeholder:"ID" help:"Ids of evidence."`
}

// Run makes marks.
func (c *sheetMarkCmd) Run(ctx context.Context, r *run) error {
	in := &api.SheetMarkIn{ID: strings.ToUpper(c.ID)}
	for _, text := range c.Cells {
		from, to, letter, err := cellsOf(text)
		if err != nil {
			return err
		}
		for n := from; n <= to; n++ {
			choice := api.SheetChoice{Item: n, Attribute: letter, Note: c.Note}
			if c.Mark != "keep" {
				choice.Mark = &c.Mark
			}
			if len(c.Evidence) > 0 {
				choice.Evidence = &c.Evidence
			}
			in.Body.Marks = append(in.Body.Marks, choice)
		}
	}
	out, err := change[api.SheetMarked](ctx, r, "sheet.mark", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.SheetMarked) { p.line("%s", markedWords(v.Marked)) })
}

func markedWords(n int) string {
	switch n {
	case 0:
		return "Nothing differs from what was marked."
	case 1:
		return "One mark was made."
	}
	return fmt.Sprintf("%d marks were made.", n)
}

// cellsOf reads "3B", "1-25A" or "3".
func cellsOf(text string) (from, to int, letter string, err error) {
	refused := fault.New(fault.Invalid, "Write cells such as 3B or 1-25A; %q is none.", text)
	digits := strings.TrimRightFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
	letter = strings.ToUpper(text[len(digits):])
	first, last, ranged := strings.Cut(digits, "-")
	if !ranged {
		last = first
	}
	from, err = strconv.Atoi(first)
	if err == nil {
		to, err = strconv.Atoi(last)
	}
	if err != nil || from < 1 || to < from || to-from >= 1000 || len(letter) > 1 {
		return 0, 0, "", refused
	}
	return from, to, letter, nil
}

type sheetMarksCmd struct {
	of   `kong:"-"`
	ID   string `arg:"" help:"Such as TS-01."`
	Item int    `arg:"" help:"Number of the item."`
}

// Run shows the history of an item.
func (c *sheetMarksCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.SheetMarks](ctx, r, "sheet.marks", &api.SheetItemIn{ID: strings.ToUpper(c.ID), Item: c.Item})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.SheetMarks) {
		rows := [][]string{{"at", "attribute", "mark", "by", "note"}}
		for i := range v.Marks {
			m := &v.Marks[i]
			by, note := m.By, m.Note
			if m.ByCheck {
				by = "check " + m.Verdict.Check
			}
			if m.Verdict != nil {
				note = strings.TrimSpace(note + " [" + m.Verdict.Text + "]")
			}
			rows = append(rows, []string{m.At.UTC().Format("2006-01-02 15:04"), m.Attribute, m.Mark, by, note})
		}
		p.table(rows)
	})
}

type sheetRaiseCmd struct {
	of    `kong:"-"`
	ID    string `arg:"" help:"Such as TS-01."`
	Items []int  `arg:"" optional:"" help:"Numbers of items; all deviations that are in no exception unless given."`
	Title string `placeholder:"TEXT" help:"The sheet's unless given."`
	What  string `placeholder:"TEXT" help:"In what way, and when; what the marks say unless given."`
}

// Run raises an exception.
func (c *sheetRaiseCmd) Run(ctx context.Context, r *run) error {
	in := &api.SheetRaiseIn{ID: strings.ToUpper(c.ID), Body: api.SheetRaising{Items: c.Items, Title: c.Title, What: c.What}}
	out, err := change[api.SheetRaised](ctx, r, "sheet.raise", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.SheetRaised) { p.line("%s is raised.", v.ID) })
}

type sheetFileCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as TS-01."`
	File   string `arg:"" optional:"" help:"Where to write; standard output unless given."`
	Format string `enum:"csv,json,xlsx," default:"" placeholder:"FORMAT" help:"csv, xlsx, or json as the log commits to it; by the file's name unless given."`
}

// Run writes a sheet to a file.
func (c *sheetFileCmd) Run(ctx context.Context, r *run) error {
	return fetched(ctx, r, "sheet.file", &api.SheetFileIn{ID: strings.ToUpper(c.ID), Format: formatOf(c.Format, c.File)}, c.File)
}

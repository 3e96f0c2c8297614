package sheet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/engagement"
	"assay/internal/register"
	"assay/internal/resource"
	"assay/internal/sample"
)

// Mark is what an attribute of an item showed. The empty one is none yet.
type Mark string

// The marks.
const (
	Pass     Mark = "pass"
	Deviates Mark = "deviation"
	NA       Mark = "not_applicable"
)

// Marks lists them, in the order in which pages offer them.
func Marks() []Mark { return []Mark{Pass, Deviates, NA} }

// Attribute is what is looked at in each item.
type Attribute struct {
	Letter string `json:"letter"`
	Text   string `json:"text"`
	Check  string `json:"check,omitempty"` // that fills it in
}

// Attributes are those of a sheet, in order.
func Attributes(r *register.Record) []Attribute {
	checks, _ := engagement.MachineOf(r)
	list := r.List("attributes")
	out := make([]Attribute, 0, len(list))
	for i, text := range list {
		letter := engagement.Letter(i)
		out = append(out, Attribute{Letter: letter, Text: text, Check: checks[letter]})
	}
	return out
}

// Item is what is tested. Its JSON is stored, and part of what is sealed.
type Item struct {
	Label     string    `json:"label"`
	Kind      string    `json:"kind,omitempty"`
	Authority string    `json:"authority,omitempty"`
	ID        string    `json:"id,omitempty"`
	Record    string    `json:"record,omitempty"` // hash of its record in the population
	At        time.Time `json:"at,omitzero"`
	Doubtful  bool      `json:"doubtful,omitempty"` // whether it belongs to the population is not known
	Replaced  bool      `json:"replaced,omitempty"` // by the next in line: it is not tested
}

// Ref is the resource; zero for what was named by hand.
func (i *Item) Ref() resource.Ref {
	return resource.Ref{Kind: i.Kind, Authority: i.Authority, ID: i.ID}
}

// ByHand is the place of the first item that is of no population; those of the others
// are below.
const ByHand = -1

// Row is an item with its marks.
type Row struct {
	Number int // from 1, in the order selected
	Place  int // in the population, from 0; ByHand and below for none
	Item
	Whole Cell            // the note and the evidence of the item as a whole
	Cells map[string]Cell // by letter
}

// Cell is the mark of an attribute of an item.
type Cell struct {
	Number    int
	Attribute string // a letter; empty for the item as a whole
	Mark      Mark
	Said
	At     time.Time
	By     string
	ByName string
}

// Said is what is known about a mark. Its JSON is stored, and part of what is sealed.
type Said struct {
	Note     string   `json:"note,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	Auto     bool     `json:"by_check,omitempty"` // the mark is the check's
	Verdict  *Verdict `json:"verdict,omitempty"`
}

// Verdict is what a check said of an item in the days of a test.
type Verdict struct {
	Check   string    `json:"check"`
	Version int       `json:"version"`
	Says    Mark      `json:"says,omitempty"` // none where it cannot tell
	Text    string    `json:"text"`           // what it said, in a sentence
	At      time.Time `json:"at"`             // of the run
	Run     string    `json:"run"`
	Leaf    string    `json:"leaf"` // of the run's entry in the log
}

// note is what was said of a mark: its own words, or those about its item.
func (r *Row) note(c *Cell) string {
	if c.Note != "" {
		return c.Note
	}
	return r.Whole.Note
}

// deviates reports whether an attribute of the item deviates.
func (r *Row) deviates() bool {
	for _, c := range r.Cells {
		if c.Mark == Deviates {
			return !r.Replaced
		}
	}
	return false
}

// Evidence is what an item and its marks rest on, each once.
func (r *Row) Evidence() []string { return cited([]Row{*r}) }

// Tally counts the marks of one attribute.
type Tally struct{ Pass, Deviates, NA, Open int }

// Counts are how far a sheet is, and what it shows.
type Counts struct {
	Rows, Replaced int // items to test; items that others replaced
	Left           int // marks to make
	Tested         int // items to which an attribute applies
	Deviated       int // items of which an attribute deviates
	Machine        int // marks that are a check's
	By             map[string]Tally
}

// count counts what the rows of a sheet show.
func count(attributes []Attribute, rows []Row) Counts {
	c := Counts{By: map[string]Tally{}}
	for i := range rows {
		r := &rows[i]
		if r.Replaced {
			c.Replaced++
			continue
		}
		c.Rows++
		applies := false
		for _, a := range attributes {
			cell, t := r.Cells[a.Letter], c.By[a.Letter]
			switch cell.Mark {
			case Pass:
				t.Pass++
			case Deviates:
				t.Deviates++
			case NA:
				t.NA++
			default:
				t.Open++
				c.Left++
			}
			applies = applies || cell.Mark == Pass || cell.Mark == Deviates
			if cell.Auto {
				c.Machine++
			}
			c.By[a.Letter] = t
		}
		if applies {
			c.Tested++
		}
		if r.deviates() {
			c.Deviated++
		}
	}
	return c
}

// unsaid are the marks that need words and have none: deviations, and what is marked
// otherwise than a check said.
func unsaid(attributes []Attribute, rows []Row) (out []string) {
	for i := range rows {
		r := &rows[i]
		for _, a := range attributes {
			c := r.Cells[a.Letter]
			other := c.Verdict != nil && c.Verdict.Says != "" && c.Mark != c.Verdict.Says
			if !r.Replaced && (c.Mark == Deviates && !c.Auto || other) && r.note(&c) == "" {
				out = append(out, strconv.Itoa(r.Number)+a.Letter)
			}
		}
	}
	return out
}

// mostTold bounds the deviations that a result tells one by one.
const mostTold = 12

// result words what a test showed.
func result(r *register.Record, c *Counts, rows []Row) string {
	switch r.Get("outcome") {
	case engagement.NotTested:
		return "Not tested: " + r.Get("untested")
	case engagement.NoOccurrence:
		return engagement.Occurred(r)
	case engagement.NoDeviation:
		return "No deviations noted."
	}
	return fmt.Sprintf("For %s, %s", Of(r, c.Deviated), strings.Join(told(rows), "; ")) + "."
}

// Of says how many of how many: "2 of 25 leavers selected".
func Of(r *register.Record, deviated int) string {
	how := " selected"
	if r.Get("selection") == string(sample.Whole) {
		how = ", which were all"
	}
	return fmt.Sprintf("%d of %s %s%s", deviated, r.Get("tested"), r.Get("items"), how)
}

// told says what was seen of each item that deviates.
func told(rows []Row) (out []string) {
	n := 0
	for i := range rows {
		r := &rows[i]
		if !r.deviates() {
			continue
		}
		if n++; n > mostTold {
			continue
		}
		var words []string
		for _, letter := range sorted(r.Cells) {
			if c := r.Cells[letter]; c.Mark == Deviates {
				said := r.note(&c)
				if said == "" && c.Verdict != nil {
					said = strings.ToLower(c.Verdict.Text[:1]) + c.Verdict.Text[1:]
				}
				if said = strings.TrimRight(said, ". "); !slices.Contains(words, said) {
					words = append(words, said)
				}
			}
		}
		out = append(out, strings.Join(words, ", and "))
	}
	if n > mostTold {
		out = append(out, fmt.Sprintf("and %d more", n-mostTold))
	}
	return out
}

// Told says what was seen of each item that deviates.
func Told(rows []Row) string { return strings.Join(told(rows), "; ") }

func sorted(cells map[string]Cell) (out []string) {
	for letter := range cells {
		out = append(out, letter)
	}
	slices.Sort(out)
	return out
}

// outcome is how a test came out, when every mark is made.
func outcome(c *Counts) string {
	switch {
	case c.Rows == 0 || c.Tested == 0:
		return engagement.NoOccurrence
	case c.Deviated > 0:
		return engagement.Deviations
	}
	return engagement.NoDeviation
}

// tell writes what the rows show into the record.
func tell(r *register.Record, c *Counts) {
	for name, n := range map[string]int{"rows": c.Rows, "left": c.Left, "tested": c.Tested, "deviated": c.Deviated, "by_machine": c.Machine} {
		r.Values.Set(name, strconv.Itoa(n))
	}
}

// project writes the rate and its upper limit into the record. What was chosen by hand
// has no limit: it says nothing about the rest.
func project(r *register.Record, c *Counts) error {
	r.Values.Set("rate", "")
	r.Values.Set("upper", "")
	if c.Tested == 0 {
		return nil
	}
	r.Values.Set("rate", engagement.Percents(sample.Rate((int64(c.Deviated)*int64(sample.All)+int64(c.Tested)/2)/int64(c.Tested))))
	of, _ := r.Int("population_count")
	switch method := sample.Method(r.Get("selection")); {
	case method == sample.Whole:
		of = c.Tested
	case !method.Projects():
		return nil
	}
	confidence, ok := r.Int("confidence")
	if !ok {
		return nil
	}
	upper, err := sample.Upper(of, c.Tested, c.Deviated, sample.Rate(confidence)*100)
	if err == nil {
		r.Values.Set("upper", engagement.Percents(upper))
	}
	return err
}

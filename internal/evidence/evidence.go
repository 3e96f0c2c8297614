package evidence

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/standing"
)

// Kind says how evidence came about.
type Kind string

// The kinds.
const (
	Uploaded  Kind = "uploaded"  // a file
	Attested  Kind = "attested"  // a person's statement
	Collected Kind = "collected" // a collection that a connector made, referred to
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Uploaded, Attested, Collected} }

// The limits.
const (
	MaxSize      = 50 << 20 // bytes of a file
	maxStatement = 20000    // bytes of a statement
	keepYears    = 7        // after the year in which it was added
)

// Details are what is said about a piece of evidence.
type Details struct {
	Title    string
	Controls []string // ids of the controls that it serves
	Lane     string   // of the controls, such as "upload/visitor-log"; empty serves every upload lane
	From, To standing.Date
	// Frequency is how often such evidence is needed; it makes the day on which
	// this piece falls due. Empty: once.
	Frequency  standing.Frequency
	Note       string
	Supersedes string // id of the piece that this one corrects
}

// Evidence is one stored piece.
type Evidence struct {
	ID   string
	Kind Kind
	Details
	DueOn        standing.Date // last day on which it is not too old; 0 for none
	KeepUntil    standing.Date
	File         string // name of the file, without a path
	Media        string // media type as its bytes say
	Size         int64  // bytes of the plain content
	Blob         string // name of the stored ciphertext; empty for a reference
	Connection   string // of a reference: the collection
	Seq          int64
	By           string // actor id
	ByName       string
	At           time.Time // when it was added
	SupersededBy string
	Heads        int // controls for which it is the head
	Leaf         string

	dataKey  []byte // wrapped
	blobSalt tlog.Salt
	salt     tlog.Salt // of the details
}

// Freshness is how evidence stands today.
type Freshness string

// The freshnesses. Only a head falls due.
const (
	Fresh      Freshness = "fresh"
	Due        Freshness = "due" // within 14 days
	Overdue    Freshness = "overdue"
	Once       Freshness = "once"       // needed no further
	Continued  Freshness = "continued"  // a later piece reaches further
	Superseded Freshness = "superseded" // corrected by another piece
)

// DueSoon is how many days ahead evidence is called due.
const DueSoon = 14

// Freshness is the evidence's on a day.
func (e *Evidence) Freshness(today standing.Date) Freshness {
	switch {
	case e.SupersededBy != "":
		return Superseded
	case e.Heads == 0:
		return Continued
	case e.DueOn == 0:
		return Once
	case today > e.DueOn:
		return Overdue
	case today+DueSoon >= e.DueOn:
		return Due
	}
	return Fresh
}

// Inert reports whether the content may be shown by a browser, as its media
// type and with sniffing off. Everything else is for downloading.
func (e *Evidence) Inert() bool { return e.Media != mediaBytes && e.Blob != "" }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clean puts the details into the form in which they are kept, or returns what
// is wrong with them.
func (d *Details) clean() error {
	var wrong []fault.Field
	say := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	if d.Title = oneLine(d.Title); d.Title == "" || len(d.Title) > 200 || !utf8.ValidString(d.Title) {
		say("title", "Say what it is, in at most 200 characters.")
	}
	if d.Note = strings.TrimSpace(d.Note); len(d.Note) > 4000 || !utf8.ValidString(d.Note) {
		say("note", "At most 4,000 characters.")
	}
	for i := range d.Controls {
		d.Controls[i] = strings.TrimSpace(d.Controls[i])
	}
	d.Controls = slices.DeleteFunc(d.Controls, func(c string) bool { return c == "" })
	slices.Sort(d.Controls)
	if d.Controls = slices.Compact(d.Controls); len(d.Controls) == 0 || len(d.Controls) > 50 {
		say("controls", "Name the controls that it serves, one at least.")
	}
	if d.Lane = strings.TrimSpace(d.Lane); len(d.Lane) > 100 {
		say("lane", "The lane is not known.")
	}
	if d.Frequency != "" && d.Frequency.MaxAge() == 0 {
		say("frequency", "Choose how often it is needed, or once.")
	}
	first, last := standing.NewDate(1990, 1, 1), standing.NewDate(2200, 1, 1)
	switch {
	case d.From < first || d.From >= last:
		say("from", "Give the first day that it covers.")
	case d.To <= d.From:
		say("to", "The last day that it covers is before the first.")
	case d.To > d.From.AddMonths(120):
		say("to", "It cannot cover more than ten years.")
	}
	if len(wrong) > 0 {
		return fault.Fields("The evidence was not added.", wrong...)
	}
	return nil
}

func (d *Details) dueOn() standing.Date {
	if age := d.Frequency.MaxAge(); age > 0 {
		return d.To - 1 + standing.Date(age)
	}
	return 0
}

// fileName is the last part of a path, fit to be shown and saved under.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '"' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimLeft(oneLine(s), ".")
	for len(s) > 150 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	if s == "" || s == "/" {
		return "evidence"
	}
	return s
}

// DetailsPath is the path under which a leaf commits to the words about a piece
// of evidence.
const DetailsPath = "details"

// Words are the canonical bytes that the leaf commits to.
func (e *Evidence) Words() ([]byte, error) {
	return canon.Marshal(map[string]any{"title": e.Title, "note": e.Note, "file": e.File, "by": e.ByName})
}

// body is what the leaf says in the open.
func (e *Evidence) body(collection string) map[string]any {
	return map[string]any{
		"evidence": e.ID, "kind": string(e.Kind), "controls": e.Controls, "lane": e.Lane,
		"from": e.From.String(), "to": e.To.String(), "supersedes": e.Supersedes, "collection": collection,
	}
}

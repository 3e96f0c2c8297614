package criteria

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/kit/fault"
)

// LicensedText is the published wording that an org, which holds it under its
// own licence, imported for itself. It is never part of a Library and never
// shown to another org. It may cover only some of the ids.
type LicensedText struct {
	Publication string // what the org says it holds, such as an edition
	texts       map[string]string
}

// LicensedEntry is the wording of one criterion or point of focus.
type LicensedEntry struct {
	ID   string // of a criterion or of a point of focus in our numbering
	Text string
	Line int // where it stood in the org's file; 0 when it comes from the store
}

// MaxLicensedText is the longest wording of one id, in bytes. The longest
// published criterion is far below it.
const MaxLicensedText = 8 << 10

// mostReasons is how many wrong lines an error names before it only counts.
const mostReasons = 20

// License checks what the org supplies and returns it as a value apart from the
// library. It is all or nothing: an id that the library does not know, an id
// that comes twice, or a text that is empty, too long or not plain text is
// refused with its line, as is a file without any entry. The error is Invalid.
func (l *Library) License(publication string, entries []LicensedEntry) (LicensedText, error) {
	t := LicensedText{Publication: strings.TrimSpace(publication), texts: make(map[string]string, len(entries))}
	if len(entries) == 0 {
		return LicensedText{}, fault.New(fault.Invalid, "The file holds no text. It needs one entry for each criterion, with its id and its wording.")
	}
	var wrong []fault.Field
	for _, e := range entries {
		text := strings.TrimSpace(e.Text)
		_, twice := t.texts[e.ID]
		why := ""
		switch {
		case !l.knows(e.ID):
			why = fmt.Sprintf("%.40q is no criterion or point of focus of %s.", e.ID, l.framework.ID)
		case twice:
			why = e.ID + " is there twice."
		case text == "":
			why = e.ID + " has no text."
		case len(text) > MaxLicensedText:
			why = fmt.Sprintf("The text of %s is longer than %d bytes.", e.ID, MaxLicensedText)
		case !plainText(text):
			why = fmt.Sprintf("The text of %s is not plain UTF-8 text.", e.ID)
		}
		if why != "" {
			wrong = append(wrong, fault.Field{Name: fmt.Sprintf("line %d", e.Line), Text: why})
			continue
		}
		t.texts[e.ID] = text
	}
	if len(wrong) > 0 {
		return LicensedText{}, refusal(wrong)
	}
	return t, nil
}

// refusal names the wrong lines in the sentence too, for doors without fields.
func refusal(wrong []fault.Field) error {
	var b strings.Builder
	b.WriteString("The text was not imported.")
	for _, f := range wrong[:min(len(wrong), mostReasons)] {
		b.WriteString(" In " + f.Name + ": " + f.Text)
	}
	if rest := len(wrong) - mostReasons; rest > 0 {
		fmt.Fprintf(&b, " And %d more.", rest)
	}
	return fault.Fields(b.String(), wrong...)
}

// Criterion is the licensed wording of a criterion, if the org supplied it.
func (t LicensedText) Criterion(id ID) (string, bool) { return t.text(string(id)) }

// Point is the licensed wording of a point of focus, if the org supplied it.
func (t LicensedText) Point(id PointID) (string, bool) { return t.text(string(id)) }

// Entries lists what there is in the publication's order, for keeping.
func (t LicensedText) Entries() []LicensedEntry {
	entries := make([]LicensedEntry, 0, len(t.texts))
	for id, text := range t.texts {
		entries = append(entries, LicensedEntry{ID: id, Text: text})
	}
	slices.SortFunc(entries, func(a, b LicensedEntry) int { return Compare(a.ID, b.ID) })
	return entries
}

func (t LicensedText) text(id string) (string, bool) {
	text, ok := t.texts[id]
	return text, ok
}

func (l *Library) knows(id string) bool {
	_, criterion := l.byID[ID(id)]
	_, point := l.points[PointID(id)]
	return criterion || point
}

// plainText refuses what a page or a document could take for something else
// than words: control characters and invisible direction marks.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
	})
}

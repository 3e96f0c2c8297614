package register

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/standing"
)

// The bounds of what a field takes.
const (
	mostText = 300
	mostLong = 20000
	mostList = 200
)

// lookup is what the reading of a value may ask of the world.
type lookup struct {
	zone     *time.Location
	settings Values
	person   func(text string) (id string, err error)
	control  func(id string) error
	criteria func(id string) bool
	link     func(noun, id string) error
	evidence func(id string) error
}

// wrong is why a value was refused, as a sentence for people.
type wrong string

func (w wrong) Error() string { return string(w) }

// read turns what somebody entered into the canonical text. Nothing stays
// nothing.
func (f *Field) read(text string, l *lookup) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(db.Plain(text), "\r\n", "\n"))
	if text == "" {
		return "", nil
	}
	switch f.Type {
	case Text:
		if text = strings.Join(strings.Fields(text), " "); utf8.RuneCountInString(text) > mostText {
			return "", wrong("At most 300 characters.")
		}
		return text, nil
	case Long:
		if len(text) > mostLong {
			return "", wrong("At most 20,000 characters.")
		}
		return text, nil
	case Choice:
		return f.choose(text, l.settings)
	case Date:
		d, err := standing.ParseDate(text)
		if err != nil {
			return "", wrong("Write the day as YYYY-MM-DD, such as 2026-11-22.")
		}
		return d.String(), nil
	case Time:
		return readTime(text, l.zone)
	case Number:
		return f.readNumber(text)
	case Money:
		return readMoney(text)
	case Duration:
		return readDuration(text)
	case YesNo:
		return readYesNo(text)
	case Person, Control, Criterion, Link, Evidence:
		return f.refer(text, l)
	}
	return "", fmt.Errorf("field %s: unknown type %q", f.Name, f.Type)
}

func (f *Field) refer(text string, l *lookup) (string, error) {
	switch f.Type {
	case Person:
		return l.person(text)
	case Control:
		text = strings.ToUpper(text)
		return text, l.control(text)
	case Criterion:
		if text = strings.ToUpper(text); !l.criteria(text) {
			return "", wrong("There is no criterion " + clip(text) + ".")
		}
		return text, nil
	case Evidence:
		return text, l.evidence(text)
	case Link, Text, Long, Choice, Date, Time, Number, Money, Duration, YesNo:
	}
	text = strings.ToUpper(text)
	return text, l.link(f.To, text)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

func (f *Field) choose(text string, settings Values) (string, error) {
	var labels []string
	for _, o := range f.OptionsOf(settings) {
		if strings.EqualFold(text, o.Value) || strings.EqualFold(text, o.Label) {
			return o.Value, nil
		}
		labels = append(labels, o.Value)
	}
	return "", wrong("Choose one of: " + strings.Join(labels, ", ") + ".")
}

func readTime(text string, zone *time.Location) (string, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return clock.Format(t), nil
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return clock.Format(t), nil
		}
	}
	return "", wrong("Write the time as 2026-11-22 09:30, in the organization's zone, or with a zone such as 2026-11-22T09:30:00Z.")
}

func (f *Field) readNumber(text string) (string, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", wrong("Write a whole number.")
	}
	if (f.Min != 0 || f.Max != 0) && (n < f.Min || n > f.Max) {
		return "", wrong(fmt.Sprintf("Give a number from %d to %d.", f.Min, f.Max))
	}
	return strconv.FormatInt(n, 10), nil
}

var moneyForm = regexp.MustCompile(`^(\d{1,12})(?:\.(\d{1,2}))?\s*([A-Za-z]{3})$`)

func readMoney(text string) (string, error) {
	m := moneyForm.FindStringSubmatch(strings.ReplaceAll(text, ",", ""))
	if m == nil {
		return "", wrong("Write an amount with its currency, such as 1250.00 EUR.")
	}
	return strings.TrimLeft(m[1][:len(m[1])-1], "0") + m[1][len(m[1])-1:] + "." + (m[2] + "00")[:2] + " " + strings.ToUpper(m[3]), nil
}

var durationForm = regexp.MustCompile(`^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?$`)

func readDuration(text string) (string, error) {
	m := durationForm.FindStringSubmatch(strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(text), " ", ""), "min", "m"))
	if m == nil || m[0] == "" {
		return "", wrong("Write a span such as 4h, 90m or 1d12h.")
	}
	minutes := 0
	for i, of := range []int{24 * 60, 60, 1} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.Atoi(m[i+1])
		if err != nil {
			return "", wrong("Write a span such as 4h, 90m or 1d12h.")
		}
		minutes += n * of
	}
	return Span(minutes), nil
}

// Span is the canonical text of a duration in minutes.
func Span(minutes int) string {
	var out strings.Builder
	for _, u := range []struct {
		of   int
		name string
	}{{24 * 60, "d"}, {60, "h"}, {1, "m"}} {
		if n := minutes / u.of; n > 0 {
			out.WriteString(strconv.Itoa(n) + u.name)
			minutes -= n * u.of
		}
	}
	if out.Len() == 0 {
		return "0m"
	}
	return out.String()
}

// Minutes reads the canonical text of a duration; 0 for none.
func Minutes(text string) (minutes int) {
	m := durationForm.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	for i, of := range []int{24 * 60, 60, 1} {
		if n, err := strconv.Atoi(m[i+1]); err == nil {
			minutes += n * of
		}
	}
	return minutes
}

func readYesNo(text string) (string, error) {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "1", "on":
		return Yes, nil
	case "no", "n", "false", "0":
		return No, nil
	}
	return "", wrong("Write yes or no.")
}

// The values of a yes_no field.
const (
	Yes = "yes"
	No  = "no"
)

// readAll reads what was entered for a field: one text, or several of a list.
// Lists of short values may come in one text with commas, semicolons or lines
// between.
func (f *Field) readAll(texts []string, l *lookup) ([]string, error) {
	if !f.Many {
		if len(texts) > 1 {
			return nil, wrong("Give one value.")
		}
		v, err := f.read(strings.Join(texts, ""), l)
		if v == "" || err != nil {
			return nil, err
		}
		return []string{v}, nil
	}
	var out []string
	for _, text := range texts {
		for _, part := range f.split(text) {
			v, err := f.read(part, l)
			if err != nil {
				return nil, err
			}
			if v != "" && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	if len(out) > mostList {
		return nil, wrong("At most 200 values.")
	}
	if f.Type != Text {
		slices.Sort(out)
	}
	return out, nil
}

// split takes a text of several values apart. Texts and people's names may hold
// commas and blanks.
func (f *Field) split(text string) []string {
	switch f.Type {
	case Control, Criterion, Link, Evidence:
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \n\t", r) })
	case Choice, Date, Number, Duration, Person:
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\n", r) })
	case Text, Long, Time, Money, YesNo:
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' })
}

func dateIn(text string) standing.Date {
	d, err := standing.ParseDate(text)
	if err != nil {
		return 0
	}
	return d
}

func timeIn(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func intIn(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// key is a canonical text in a form whose order is that of the values.
func (f *Field) key(text string) string {
	if text == "" {
		return ""
	}
	switch f.Type {
	case Number, Choice:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return text
		}
		return orderly(n)
	case Money:
		amount, currency, _ := strings.Cut(text, " ")
		n, err := strconv.ParseInt(strings.Replace(amount, ".", "", 1), 10, 64)
		if err != nil {
			return text
		}
		return currency + orderly(n)
	case Duration:
		return orderly(int64(Minutes(text)))
	case Text, Long:
		if r := []rune(strings.ToLower(text)); len(r) > 80 {
			return string(r[:80])
		}
		return strings.ToLower(text)
	case Date, Time, Person, Control, Criterion, Link, Evidence, YesNo:
	}
	return text
}

// orderly is a number as a text that sorts like it.
func orderly(n int64) string {
	return fmt.Sprintf("%020d", uint64(n)^(1<<63)) //nolint:gosec // the sign is turned round on purpose
}

// TimeOf reads the canonical text of a time.
func TimeOf(text string) (t time.Time, ok bool) {
	t = timeIn(text)
	return t, !t.IsZero()
}

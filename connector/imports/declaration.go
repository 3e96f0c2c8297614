package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// Declaration says what a file's rows are and how they are read.
type Declaration struct {
	resource.Schema `yaml:",inline"`

	// Authority names who gives out the ids: a domain, an account, a register.
	Authority string `yaml:"authority"`
	// ID lists the fields that together are a row's id, for ever.
	ID []string `yaml:"id"`
	// Rows is where in a JSON document the list is, as member names with dots
	// between; empty if the document is the list.
	Rows string `yaml:"rows"`
	// Read says how a field is found and converted where its name and type do
	// not say it already.
	Read map[string]Column `yaml:"read"`
	CSV  Table             `yaml:"csv"`
}

// Column says where a field's value stands and how it is written.
type Column struct {
	Path        string   `yaml:"path"`        // JSON members with dots between, or a CSV column; the field's name
	Time        string   `yaml:"time"`        // unix, unix_ms, or a pattern such as DD.MM.YYYY hh:mm:ss
	Zone        string   `yaml:"zone"`        // of times written without one: Europe/Berlin
	True        []string `yaml:"true"`        // words for yes
	False       []string `yaml:"false"`       // words for no
	Separator   string   `yaml:"separator"`   // between the elements of a list in one CSV cell; semicolon
	Absent      []string `yaml:"absent"`      // words for nothing
	Unavailable []string `yaml:"unavailable"` // words for "could not be read"
	Lower       bool     `yaml:"lower"`       // the text is kept in lower case
}

// Table says how a CSV file is written.
type Table struct {
	Separator string `yaml:"separator"` // comma
}

const (
	mostDeclaration = 256 << 10
	mostFields      = 200
)

// reserved are the first parts of kinds that Assay's own connectors and
// registers declare. A user's kind has another.
var reserved = []string{
	"facet", "linux", "git", "domain", "postgres", "github", "aws", "mailreport", "scanner", "okta", "google_workspace", "status_page",
	"org", "access", "auth", "fact", "collect", "job", "trail", "ledger", "log",
	"program", "task", "finding", "person", "account", "asset", "vendor", "policy", "training", "risk", "incident", "vuln", "change", "review",
	"continuity", "privacy", "evidence", "check", "activity", "control", "system", "engagement", "report", "export", "trust",
}

// Reserved reports that kinds beginning with the word belong to Assay.
func Reserved(word string) bool { return slices.Contains(reserved, word) }

// ParseDeclaration reads a declaration strictly: what it does not know is an
// error that names it.
func ParseDeclaration(text []byte) (Declaration, error) {
	var d Declaration
	switch {
	case len(text) > mostDeclaration:
		return d, fault.New(fault.TooLarge, "The declaration is larger than %d KiB.", mostDeclaration>>10)
	case !utf8.Valid(text):
		return d, fault.New(fault.Invalid, "The declaration is not in UTF-8.")
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return d, fault.Wrap(fault.Invalid, err, "The declaration could not be read: %s.", yamlProblem(err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return d, fault.New(fault.Invalid, "The declaration holds more than one document.")
	}
	if d.Title == "" {
		d.Title = d.Kind
	}
	if err := d.valid(); err != nil {
		return d, fault.Wrap(fault.Invalid, err, "The declaration is wrong: %s.", strings.TrimSuffix(err.Error(), "."))
	}
	return d, nil
}

var (
	goType   = regexp.MustCompile(` in type [\w.]+| into [\w.\[\]*]+`)
	yamlHead = regexp.MustCompile(`^yaml: (unmarshal errors:\s*)?`)
)

// yamlProblem is what is wrong, without the names of our own types.
func yamlProblem(err error) string {
	if errors.Is(err, io.EOF) {
		return "it is empty"
	}
	text := goType.ReplaceAllString(yamlHead.ReplaceAllString(err.Error(), ""), "")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", "; ")), " ")
}

func (d *Declaration) valid() error {
	if err := d.Valid(); err != nil {
		return err
	}
	first, _, _ := strings.Cut(d.Kind, ".")
	switch {
	case Reserved(first):
		return fmt.Errorf("kind %s: kinds that begin with %s are Assay's own; begin it with your own word, such as the product's name", d.Kind, first)
	case len(d.Fields) > mostFields:
		return fmt.Errorf("%d fields; at most %d", len(d.Fields), mostFields)
	case strings.TrimSpace(d.Authority) == "" || len(d.Authority) > 200 || strings.ContainsAny(d.Authority, "\n\x00"):
		return fmt.Errorf("authority: name who gives out the ids, such as a domain or an account, in at most 200 characters")
	case len(d.ID) == 0:
		return fmt.Errorf("id: name the field, or the fields, that tell one row from another for ever")
	case d.CSV.Separator != "" && (utf8.RuneCountInString(d.CSV.Separator) != 1 || strings.ContainsAny(d.CSV.Separator, "\"\r\n\uFFFD")):
		return fmt.Errorf("csv: separator %q: want one character", d.CSV.Separator)
	}
	for _, name := range d.ID {
		if err := d.validID(name); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Read)) {
		f, ok := d.Field(name)
		if !ok {
			return fmt.Errorf("read: %s is not a field", name)
		}
		column := d.Read[name]
		if err := column.valid(f); err != nil {
			return fmt.Errorf("read: %s: %w", name, err)
		}
	}
	return nil
}

func (d *Declaration) validID(name string) error {
	f, ok := d.Field(name)
	switch {
	case !ok:
		return fmt.Errorf("id: %s is not a field", name)
	case f.Optional:
		return fmt.Errorf("id: %s is optional; every row needs its id", name)
	case f.Personal:
		return fmt.Errorf("id: %s is personal, and an id stays when personal data are erased; use a number that the source gives out", name)
	case f.Volatile:
		return fmt.Errorf("id: %s is volatile; an id never changes", name)
	case !slices.Contains([]resource.Type{resource.String, resource.Int, resource.Date, resource.Time}, f.Type):
		return fmt.Errorf("id: %s is a %s; want a string, an int, a date or a time", name, f.Type)
	}
	return nil
}

func (c *Column) valid(f resource.Field) error {
	stamp := c.Time == "unix" || c.Time == "unix_ms"
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{c.Time != "" && f.Type != resource.Time && f.Type != resource.Date, "time: the field is a " + string(f.Type)},
		{stamp && f.Type == resource.Date, "time: " + c.Time + " is an instant, the field is a date"},
		{c.Zone != "" && (f.Type != resource.Time || c.Time == "" || stamp), "zone: it belongs to a time with a pattern"},
		{len(c.True)+len(c.False) > 0 && f.Type != resource.Bool, "true, false: the field is a " + string(f.Type)},
		{(len(c.True) > 0) != (len(c.False) > 0), "true, false: want words for both"},
		{slices.ContainsFunc(c.True, func(w string) bool { return slices.Contains(c.False, w) }), "true, false: a word stands for both"},
		{c.Separator != "" && f.Type != resource.List, "separator: the field is a " + string(f.Type)},
		{c.Lower && f.Type != resource.String, "lower: the field is a " + string(f.Type)},
	} {
		if rule.broken {
			return errors.New(rule.text)
		}
	}
	if c.Zone != "" {
		if _, err := time.LoadLocation(c.Zone); err != nil {
			return fmt.Errorf("zone: %s is not known; want a name such as Europe/Berlin", c.Zone)
		}
	}
	if c.Time == "" || stamp {
		return nil
	}
	if _, err := layout(c.Time, f.Type, c.Zone); err != nil {
		return fmt.Errorf("time: pattern %q: %w", c.Time, err)
	}
	return nil
}

// tokens are the parts of a time pattern, longest first.
var tokens = []struct{ ours, theirs string }{
	{"YYYY", "2006"}, {"SSS", "000"}, {"MM", "01"}, {"DD", "02"}, {"hh", "15"}, {"mm", "04"}, {"ss", "05"}, {"ZZ", "Z07:00"},
}

// layout translates a pattern. One for instants needs the day, the hour, and a
// zone, in the pattern or beside it.
func layout(pattern string, t resource.Type, zone string) (string, error) {
	clock := strings.Contains(pattern, "hh") || strings.Contains(pattern, "mm") || strings.Contains(pattern, "ZZ")
	for _, part := range []string{"YYYY", "MM", "DD"} {
		if !strings.Contains(pattern, part) {
			return "", fmt.Errorf("it lacks %s", part)
		}
	}
	switch {
	case t == resource.Date && clock:
		return "", errors.New("a date has no time of day; declare a time")
	case t == resource.Time && !strings.Contains(pattern, "hh"):
		return "", errors.New("it lacks hh; declare a date")
	case t == resource.Time && (zone == "") == !strings.Contains(pattern, "ZZ"):
		return "", errors.New("want either ZZ in it or a zone beside it")
	}
	return translated(pattern)
}

// translated replaces the tokens; other letters and digits would be taken for
// parts of a time.
func translated(pattern string) (string, error) {
	out := ""
next:
	for pattern != "" {
		for _, tok := range tokens {
			if after, ok := strings.CutPrefix(pattern, tok.ours); ok {
				out, pattern = out+tok.theirs, after
				continue next
			}
		}
		c := pattern[0]
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' && c != 'T' || c >= 'a' && c <= 'z' {
			return "", errors.New("want YYYY, MM, DD, hh, mm, ss, SSS, ZZ and marks between them")
		}
		out, pattern = out+pattern[:1], pattern[1:]
	}
	return out, nil
}

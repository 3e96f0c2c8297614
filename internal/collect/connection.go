package collect

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"assay/connector"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/fault"
)

// State says whether a connection is collected.
type State string

// The states.
const (
	Enabled State = "enabled"
	Paused  State = "paused"
	Removed State = "removed" // kept, with its history
)

// Connection is one configured connector.
type Connection struct {
	ID        string
	Product   string
	Name      string            // as people call it
	Settings  map[string]string // without secrets
	HasSecret []string          // names of the secrets that are set
	Every     time.Duration
	State     State
	Authority string // as learned by the first collection
	Register  bool   // one of the org's own registers, always there
	CreatedAt time.Time
	CreatedBy string

	Last    *fact.Collection // newest collection; nil before the first
	Success time.Time        // when the last one that ran to its end finished

	secrets []byte
	begun   time.Time // registers: since when there is one to read
}

// Since is what the age of a connection's facts counts from: the last
// collection that ran to its end or, before the first, when it was connected.
func (c *Connection) Since() time.Time {
	switch {
	case !c.Success.IsZero():
		return c.Success
	case !c.CreatedAt.IsZero():
		return c.CreatedAt
	}
	return c.begun
}

// grace is how late a collection may be before it is called so.
const grace = time.Hour

// Overdue reports whether a collection that runs to its end is missing: the
// last one, or the connecting, is longer ago than the interval allows, or lies
// in the future, which says nothing about now. Files come when people bring
// them.
func (c *Connection) Overdue(now time.Time) bool {
	age := now.Sub(c.Since())
	return c.State == Enabled && !c.Uploaded() && (age > c.Every+grace || age < -grace)
}

// Broke reports whether the newest collection did not run to its end.
func (c *Connection) Broke() bool {
	return c.Last != nil && (c.Last.State == fact.Broken || c.Last.State == fact.Interrupted)
}

// Troubled reports whether somebody is needed: a collection broke off or is
// missing.
func (c *Connection) Troubled(now time.Time) bool {
	return c.State == Enabled && (c.Broke() || c.Overdue(now))
}

// RegisterID is the connection id of one of the org's own registers.
func RegisterID(product string) string { return "register/" + product }

// New is what a person enters to add a connection.
type New struct {
	Product  string
	Name     string
	Settings map[string]string // secrets among them
	Every    time.Duration     // the product's own if zero
	Clear    []string          // of an edit: names of secrets to forget
}

// check validates the settings against the product and splits them.
func (n *New) check(p *connector.Product) (plain, secrets map[string]string, err error) {
	var wrong []fault.Field
	plain, secrets = map[string]string{}, map[string]string{}
	known := map[string]bool{}
	for _, s := range p.Settings {
		known[s.Name] = true
		v := strings.TrimSpace(n.Settings[s.Name])
		if s.Lines || s.Secret {
			v = n.Settings[s.Name]
		}
		if v == "" {
			v = s.Default
		}
		switch {
		case v == "" && s.Required:
			wrong = append(wrong, fault.Field{Name: s.Name, Text: s.Label + " is needed."})
		case v != db.Plain(v):
			wrong = append(wrong, fault.Field{Name: s.Name, Text: s.Label + " is not text."})
		case len(v) > 256<<10:
			wrong = append(wrong, fault.Field{Name: s.Name, Text: s.Label + " is longer than 256 KiB."})
		case v != "" && len(s.Choices) > 0 && !slices.Contains(s.Choices, v):
			wrong = append(wrong, fault.Field{Name: s.Name, Text: s.Label + " must be one of " + strings.Join(s.Choices, ", ") + "."})
		case v == "":
		case s.Secret:
			secrets[s.Name] = v
		default:
			plain[s.Name] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.Settings)) {
		if !known[name] {
			wrong = append(wrong, fault.Field{Name: clip(name), Text: p.Title + " has no setting of this name."})
			if len(wrong) > 20 {
				break
			}
		}
	}
	wrong = append(wrong, n.name(p)...)
	wrong = append(wrong, n.interval(p)...)
	if len(wrong) > 0 {
		return nil, nil, fault.Fields("The connection was not saved.", wrong...)
	}
	return plain, secrets, nil
}

// name checks what people call it: the product's own name if they say nothing.
func (n *New) name(p *connector.Product) (wrong []fault.Field) {
	if n.Name = strings.TrimSpace(n.Name); n.Name == "" {
		n.Name = p.Title
	}
	if utf8.RuneCountInString(n.Name) > 100 || strings.ContainsFunc(n.Name, unicode.IsControl) || !utf8.ValidString(n.Name) {
		wrong = append(wrong, fault.Field{Name: "name", Text: "At most 100 characters, on one line."})
	}
	return wrong
}

// interval checks how often to collect: as the product says if they say
// nothing.
func (n *New) interval(p *connector.Product) (wrong []fault.Field) {
	n.Every = cmp.Or(n.Every, p.Every, daily)
	if n.Every < 5*time.Minute || n.Every > 31*24*time.Hour {
		wrong = append(wrong, fault.Field{Name: "every", Text: "Collect at most every 5 minutes and at least once in 31 days."})
	}
	return wrong
}

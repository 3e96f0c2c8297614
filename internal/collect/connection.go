package collect

import (
	"maps"
	"slices"
	"strings"
	"time"

	"assay/connector"
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
}

// RegisterID is the connection id of one of the org's own registers.
func RegisterID(product string) string { return "register/" + product }

// New is what a person enters to add a connection.
type New struct {
	Product  string
	Name     string
	Settings map[string]string // secrets among them
	Every    time.Duration     // the product's own if zero
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
			wrong = append(wrong, fault.Field{Name: name, Text: p.Title + " has no setting of this name."})
		}
	}
	if n.Name = strings.TrimSpace(n.Name); n.Name == "" {
		n.Name = p.Title
	}
	if len(n.Name) > 100 {
		wrong = append(wrong, fault.Field{Name: "name", Text: "At most 100 characters."})
	}
	if n.Every == 0 {
		n.Every = p.Every
	}
	if n.Every == 0 {
		n.Every = 24 * time.Hour
	}
	if n.Every < 5*time.Minute || n.Every > 31*24*time.Hour {
		wrong = append(wrong, fault.Field{Name: "every", Text: "Collect at most every 5 minutes and at least once in 31 days."})
	}
	if len(wrong) > 0 {
		return nil, nil, fault.Fields("The connection was not saved.", wrong...)
	}
	return plain, secrets, nil
}

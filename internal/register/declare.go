package register

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/kit/fault"
)

// Type is what the values of a field are.
type Type string

// The types and the canonical text of their values.
const (
	Text      Type = "text"      // one line
	Long      Type = "long"      // several lines
	Choice    Type = "choice"    // value of one of the options
	Date      Type = "date"      // 2026-11-22
	Time      Type = "time"      // 2026-11-22T09:30:00.000Z
	Number    Type = "number"    // whole
	Money     Type = "money"     // 1250.00 EUR
	Duration  Type = "duration"  // 1d4h30m; a day has 24 hours
	Person    Type = "person"    // id in the register of people
	Control   Type = "control"   // id of a control
	Criterion Type = "criterion" // id of a criterion
	Link      Type = "link"      // short id in another register
	Evidence  Type = "evidence"  // id of evidence
	YesNo     Type = "yes_no"    // yes, no
)

// Option is one value of a choice.
type Option struct{ Value, Label, Help string }

// Options are a choice of value and label, in turn.
func Options(pairs ...string) (out []Option) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, Option{Value: pairs[i], Label: pairs[i+1]})
	}
	return out
}

// Field is one field of a register's records.
type Field struct {
	Name     string // letters, digits, underscore: in files, JSON and facts
	Label    string
	Help     string   // one sentence: what to enter
	Also     []string // other headings under which files have it, in small letters
	Type     Type
	Many     bool   // a list of such values
	To       string // of a link: noun of the register that it leads to
	Options  []Option
	Min, Max int64 // of a number; no bounds while both are 0
	Default  string

	Required bool
	Personal bool // identifies a person: erasable in facts
	Listed   bool // a column of the list
	Filter   bool // the list can be narrowed by it
	ByMove   bool // entered with a move, never by editing
	Derived  bool // worked out by Derive
	Timed    bool // derived, and other tomorrow: no list is sorted or narrowed by it

	// Scale gives the options of a choice that settings decide. It may be nil.
	Scale func(settings Values) []Option
}

// Tone is how good it is to be in a state.
type Tone string

// The tones, as pages paint them.
const (
	Good  Tone = "pass"
	Care  Tone = "warn"
	Bad   Tone = "fail"
	Quiet Tone = "none"
	Busy  Tone = "info"
	Begun Tone = "open"
)

// State is where a record is in its life. The first of a declaration is that of
// a new one.
type State struct {
	Name  string
	Label string
	Tone  Tone
	Ended bool // nothing is due any more
	Fixed bool // its fields are not changed any more
}

// Ask is a field that a move asks for.
type Ask struct {
	Field    string
	Required bool
}

// Move is a step from a state to another, or a decision that leaves the state.
// Its name is the last word of the permission, of the trail's action, of the
// operation and of the command.
type Move struct {
	Name       string
	Label      string // of the button: "Accept the risk"
	Help       string // one sentence
	From       []string
	To         string // empty: the state stays
	Permission access.Permission
	Asks       []Ask
	Why        bool // a reason is asked for
	Decides    bool // refused to whoever wrote on the record since the last decision
	Apart      bool // refused to whoever ever wrote on the record, but by moves of the same permission
	// If reports whether a record has the step at all; nil if every one has.
	If func(*Record) bool
	// Ready says what stands in the way, by field. It knows what is derived. It may
	// be nil.
	Ready func(*Record, *World) []fault.Field
	// Effect sets what follows from the move. It may be nil.
	Effect func(*Record, *World)
	// Freezes names a register of which a snapshot is taken. It may be empty.
	Freezes string
}

// Due is a day by which something is to be done with a record.
type Due struct {
	Field string            // a date or a time of the record
	Label string            // "Review"; the record's label follows
	Ahead int               // days before it is due from which it is asked for
	Owner string            // field of the person who is asked; leads are asked as well
	While []string          // states in which it is asked for; those that have not ended if there is none
	May   access.Permission // of whoever is asked; that of changing records if it is empty
}

// Starter is a record to begin with, from the catalog.
type Starter struct {
	ID, Title, Detail, Group string
	Values                   Values
	Unfit                    string // why it does not fit what it would be owned by, in a sentence; empty if it does
}

// Offer is what the choice of starters follows from.
type Offer struct {
	Library  *catalog.Library
	Owner    *Record    // that is to own them; nil in a register of its own
	Controls []Answered // controls of the organization
}

// Answered is a control and who answers for it.
type Answered struct {
	Control string
	Person  string // id in the register of people; empty if nobody is known
}

// Declaration is one register.
type Declaration struct {
	Noun   string // first word of permissions, acts and operations: "risk"
	Prefix string // of short ids: "R" for R-07
	Path   string // of pages and operations: "risks"
	Title  string // "Risks"
	One    string // "risk", in sentences
	About  string // what it is for, in a sentence, for whoever has none yet
	Label  string // name of the field that names a record
	// Facts is the version of the kind of its facts, 1 if zero. Stores keep what they were
	// told of a kind, so that other fields are another version.
	Facts int

	// Parent is the noun of the register whose records own these, and ParentBy
	// the link to it. Both are empty for a register of its own.
	Parent, ParentBy string

	Read, Edit access.Permission
	Fields     []Field
	States     []State
	Moves      []Move
	Dues       []Due
	Settings   []Field                    // with their defaults
	Agree      func(Values) []fault.Field // what of the settings does not fit together; may be nil
	Sample     Values                     // an example that is valid by itself, but for links and people
	// Apart are the fields by which an import tells records apart that have no id, besides
	// their owner; the label if it is empty.
	Apart []string
	Sort  string // field that lists are in order of, "-" before it for the highest first

	// Complete fills in what was left out, before a record is checked. It may be
	// nil.
	Complete func(*Record, *World)
	// Check says what is wrong with a record as a whole. It may be nil.
	Check func(*Record, *World) []fault.Field
	// Held lists the fields that editing leaves as they are, of a record as it was
	// before. It may be nil.
	Held func(*Record) []string
	// Derive sets the derived values. It may be nil.
	Derive func(*Record, *World)
	// Badge is how a record stands, where the state is not all. It may be nil.
	Badge func(*Record, *World) (Tone, string)
	// Starters lists what there is to begin with. It may be nil.
	Starters func(*Offer) []Starter
}

// Field finds a field by its name.
func (d *Declaration) Field(name string) (*Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return &d.Fields[i], true
}

// State finds a state by its name.
func (d *Declaration) State(name string) State {
	i := slices.IndexFunc(d.States, func(s State) bool { return s.Name == name })
	if i < 0 {
		return State{Name: name, Label: name, Tone: Quiet}
	}
	return d.States[i]
}

// Move finds a move by its name.
func (d *Declaration) Move(name string) (*Move, bool) {
	i := slices.IndexFunc(d.Moves, func(m Move) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return &d.Moves[i], true
}

// Kind is the kind of facts that the register offers.
func (d *Declaration) Kind() string { return "program." + d.Noun }

// Entered lists the fields that people enter when they add or change a record.
func (d *Declaration) Entered() (out []Field) {
	for i := range d.Fields {
		if f := &d.Fields[i]; !f.Derived && !f.ByMove {
			out = append(out, *f)
		}
	}
	return out
}

// Indexed reports whether lists can be narrowed or sorted by the field.
func (f *Field) Indexed() bool {
	return !f.Timed && (f.Filter || f.Listed || f.Type == Link || f.Type == Control || f.Type == Person || f.Type == Date)
}

// reserved are names that every record has by itself.
func reserved() []string {
	return []string{"id", "state", "version", "external_id", "archived_at", "archived_why", "created_at", "updated_at", "reason", "label", "kind", "history", "versions"}
}

var (
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	prefixForm = regexp.MustCompile(`^[A-Z]{1,4}$`)
)

// Valid returns what is wrong with the declaration, or nil.
func (d *Declaration) Valid() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(d.Noun+": "+format, args...)) }
	if !nameForm.MatchString(d.Noun) || !prefixForm.MatchString(d.Prefix) || d.Path == "" || d.Title == "" || d.One == "" || d.About == "" {
		say("noun, prefix, path, title, one and about are needed")
	}
	if d.Read == "" || d.Edit == "" || len(d.States) == 0 {
		say("permissions and a state are needed")
	}
	if f, ok := d.Field(d.Label); !ok || f.Type != Text || !f.Required || f.Many {
		say("label %q is not a required text", d.Label)
	}
	for _, name := range d.Apart {
		if f, ok := d.Field(name); !ok || f.Many || f.Derived || f.ByMove {
			say("records cannot be told apart by %q", name)
		}
	}
	wrong = append(wrong, d.parts()...)
	if f, ok := d.Field(d.ParentBy); d.Parent != "" && (!ok || f.Type != Link || f.To != d.Parent || !f.Required || f.Many) {
		say("%q is not a required link to %s", d.ParentBy, d.Parent)
	}
	for _, due := range d.Dues {
		if f, ok := d.Field(due.Field); !ok || f.Type != Date && f.Type != Time || f.Many {
			say("due %s is not a date", due.Field)
		} else if !f.Indexed() {
			say("due %s is not in the index, so it would never be asked for", due.Field)
		}
	}
	return errors.Join(wrong...)
}

// parts says what is wrong with the fields and the moves.
func (d *Declaration) parts() (wrong []error) {
	for i := range d.Fields {
		if err := d.Fields[i].valid(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: field %s: %w", d.Noun, d.Fields[i].Name, err))
		}
	}
	for i := range d.Moves {
		if err := d.fits(&d.Moves[i]); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: move %s: %w", d.Noun, d.Moves[i].Name, err))
		}
	}
	return wrong
}

func (f *Field) valid() error {
	switch {
	case !nameForm.MatchString(f.Name) || f.Label == "":
		return errors.New("a name of small letters and a label are needed")
	case slices.Contains(reserved(), f.Name):
		return errors.New("the name is taken by every record")
	case f.Type == Choice && len(f.Options) == 0 && f.Scale == nil:
		return errors.New("a choice needs options")
	case f.Type == Link && f.To == "":
		return errors.New("a link needs a register")
	case f.Derived && (f.Required || f.ByMove):
		return errors.New("nobody enters what is derived")
	case f.ByMove && f.Required:
		return errors.New("a new record has not moved yet")
	}
	return nil
}

func (d *Declaration) fits(m *Move) error {
	if !nameForm.MatchString(m.Name) || m.Label == "" || m.Permission == "" || len(m.From) == 0 {
		return errors.New("name, label, permission and from are needed")
	}
	if slices.Contains([]string{"list", "show", "add", "edit", "import", "export", "template", "archive", "restore", "settings", "set", "adopt", "starters", "fields", "snapshot"}, m.Name) {
		return errors.New("every register has an act of this name")
	}
	known := func(state string) bool {
		return slices.ContainsFunc(d.States, func(s State) bool { return s.Name == state })
	}
	for _, from := range m.From {
		if !known(from) {
			return fmt.Errorf("there is no state %q", from)
		}
	}
	if m.To != "" && !known(m.To) {
		return fmt.Errorf("there is no state %q", m.To)
	}
	for _, a := range m.Asks {
		if f, ok := d.Field(a.Field); !ok || f.Derived {
			return fmt.Errorf("it asks for %q, which nobody enters", a.Field)
		}
	}
	return nil
}

// AnOne is One with its article: "a risk", "an incident".
func (d *Declaration) AnOne() string {
	if strings.ContainsAny(d.One[:1], "aeiou") {
		return "an " + d.One
	}
	return "a " + d.One
}

package duty

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"assay/internal/standing"
	"assay/internal/task"
)

// Kind says what sort of thing waits.
type Kind string

// The kinds.
const (
	Activity Kind = "activity" // to be performed and recorded
	Check    Kind = "check"    // fails, to be mended
	Approval Kind = "approval" // a decision that somebody asked for
	Evidence Kind = "evidence" // to be added again
	Policy   Kind = "policy"   // to be read and accepted, or reviewed
	Training Kind = "training" // a course to be taken
	Record   Kind = "record"   // a record of a register, to be looked at
	Asked    Kind = "asked"    // a task that a person asked for

	// Milestone is a day to know of, of which nobody has to do anything: Coming alone
	// tells of them.
	Milestone Kind = "milestone"
)

// Kinds lists the kinds in the order of the filter.
func Kinds() []Kind {
	return []Kind{Activity, Check, Approval, Evidence, Policy, Training, Record, Asked}
}

// Duty is one thing that waits for somebody. What was worked out has an id that
// stays as long as the same thing waits, and neither asker nor assignee.
type Duty struct {
	task.Task

	Kind Kind
	Due  time.Time // from when it is late; zero if no day is set
	Late bool
	// Ahead says that it is not asked for yet: Coming alone tells of it.
	Ahead bool
	Act   Act
}

// Act is how it is done.
type Act struct {
	Label string // a verb
	Of    string // what it is done to, for people who hear the button alone
	Href  string
	Post  bool
}

// worked marks the ids of what was worked out.
const worked = "due_"

// named gives what was worked out its id.
func (d *Duty) named() {
	sum := sha256.Sum256([]byte(strings.Join([]string{d.Noun, d.Object, d.Step}, "\x00")))
	d.ID = worked + hex.EncodeToString(sum[:12])
}

// order puts first what is late or due first, and what has no day last.
func order(a, b Duty) int {
	if a.Due.IsZero() != b.Due.IsZero() {
		if a.Due.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
}

// List is everything that concerns one person.
type List struct {
	Waiting []Duty // open, what is due first at the top
	Snoozed []Duty
	Asked   []task.Task // asked for by the person, waiting for others
	Done    []task.Task // by the person in the last 30 days, newest first
	Today   standing.Date
}

// LateOnes is how many of what waits is late.
func (l *List) LateOnes() (n int) {
	for i := range l.Waiting {
		if l.Waiting[i].Late {
			n++
		}
	}
	return n
}

// Find returns what waits or is snoozed by its id.
func (l *List) Find(id string) (Duty, bool) {
	for _, list := range [][]Duty{l.Waiting, l.Snoozed} {
		if i := slices.IndexFunc(list, func(d Duty) bool { return d.ID == id }); i >= 0 {
			return list[i], true
		}
	}
	return Duty{}, false
}

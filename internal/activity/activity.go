package activity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// Performance is an activity done once.
type Performance struct {
	ID          string
	Control     string
	Lane        string
	DueOn       string // date of the occurrence, YYYY-MM-DD
	PerformedAt time.Time
	RecordedAt  time.Time
	By          string // actor id
	ByName      string
	Note        string
	Evidence    []string // evidence ids
	Leaf        string
}

// Service is the use cases of activities.
type Service struct {
	DB *db.DB
	// Known reports whether the control has the lane and the occurrence, and
	// whether what was done counts for it; app wires it to package control.
	Known func(tx *db.Tx, p *Performance) error
	// Then runs in the transaction of a performance. It may be nil.
	Then func(*db.Tx) error
}

// Perform records that the actor performed an activity.
func (s Service) Perform(ctx context.Context, who access.Actor, p Performance) (Performance, error) {
	grant, err := who.May(access.ActivityPerform)
	if err != nil {
		return p, err
	}
	if p.Control != db.Plain(p.Control) || p.Lane != db.Plain(p.Lane) {
		return p, ErrUnknown(db.Plain(p.Control), db.Plain(p.Lane), db.Plain(p.DueOn))
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := p.fill(tx); err != nil {
			return err
		}
		if err := s.Known(tx, &p); err != nil {
			return err
		}
		if err := seal(tx, &p); err != nil {
			return err
		}
		if err := trail.Add(tx, trail.Act{
			Noun: "control", Object: p.Control, Label: p.Control, Detail: map[string]string{"lane": p.Lane, "due_on": p.DueOn, "note": p.Note},
		}); err != nil || s.Then == nil {
			return err
		}
		return s.Then(tx)
	})
	return p, err
}

const (
	mostNote     = 4000
	mostEvidence = 50
)

func (p *Performance) fill(tx *db.Tx) error {
	var wrong []fault.Field
	p.Note = strings.TrimSpace(p.Note)
	switch {
	case utf8.RuneCountInString(p.Note) > mostNote:
		wrong = append(wrong, fault.Field{Name: "note", Text: "At most 4,000 characters."})
	case p.Note != db.Plain(p.Note):
		wrong = append(wrong, fault.Field{Name: "note", Text: "It is not text."})
	case p.Note == "" && len(p.Evidence) == 0:
		wrong = append(wrong, fault.Field{Name: "note", Text: "Say what was done, or add evidence."})
	}
	if _, err := time.Parse(time.DateOnly, p.DueOn); err != nil {
		wrong = append(wrong, fault.Field{Name: "due_on", Text: "Give the date of the occurrence as YYYY-MM-DD."})
	}
	if p.PerformedAt = clock.Trunc(p.PerformedAt); p.PerformedAt.IsZero() {
		p.PerformedAt = tx.Now()
	}
	if p.PerformedAt.After(tx.Now()) {
		wrong = append(wrong, fault.Field{Name: "performed_at", Text: "It cannot have been done in the future."})
	}
	bad, err := p.proof(tx)
	if err != nil {
		return err
	}
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return fault.Fields("The activity was not recorded.", wrong...)
	}
	p.ID, p.RecordedAt, p.By, p.ByName = trail.NewObject(tx, "prf"), tx.Now(), tx.Actor().ID, tx.Actor().Name
	return nil
}

// proof sees that the evidence is the organization's, each piece once.
func (p *Performance) proof(tx *db.Tx) (wrong []fault.Field, err error) {
	once := []string{}
	for _, e := range p.Evidence {
		if !slices.Contains(once, e) {
			once = append(once, e)
		}
	}
	p.Evidence = once
	if len(once) > mostEvidence {
		return []fault.Field{{Name: "evidence", Text: "At most 50 pieces."}}, nil
	}
	for i := range once {
		once[i] = db.Plain(once[i])
	}
	absent, err := evidence.Absent(tx, once)
	if len(absent) > 0 {
		wrong = []fault.Field{{Name: "evidence", Text: "There is no evidence " + strings.Join(absent, ", ") + "."}}
	}
	return wrong, err
}

func seal(tx *db.Tx, p *Performance) error {
	salt := tlog.NewSalt()
	text, err := json.Marshal(map[string]any{"by": p.ByName, "note": p.Note})
	if err != nil {
		return err
	}
	commit := tlog.Commit(salt, "note", text)
	pieces := make([]any, 0, len(p.Evidence))
	for _, e := range p.Evidence {
		pieces = append(pieces, e)
	}
	ids, err := ledger.Append(tx, ledger.Entry{
		Type: "activity.performed", Stream: "control/" + p.Control,
		Body: map[string]any{
			"performance": p.ID, "control": p.Control, "lane": p.Lane, "due_on": p.DueOn,
			"performed_at": clock.Format(p.PerformedAt), "evidence": pieces,
		},
		Commit: map[string]string{"note": tlog.B64(commit[:])},
	})
	if err != nil {
		return err
	}
	p.Leaf = ids[0]
	return insert(tx, p, salt)
}

// ErrUnknown is what Known returns for a lane or occurrence that is not there.
func ErrUnknown(control, lane, dueOn string) error {
	return fault.New(fault.NotFound, "%s", fmt.Sprintf("%s has no activity %q due on %s.", control, lane, dueOn))
}

// ErrEarly is what Known returns for what was done before the occurrence's window
// opened, so that it does not count for it. Opens is a date as people read it.
func ErrEarly(opens string) error {
	return fault.Fields("The activity was not recorded.", fault.Field{
		Name: "performed_at", Text: "The window of this occurrence opens on " + opens + ". What was done before it does not count for it: record it for the occurrence before, or add it as evidence.",
	})
}

// List returns the performances of a control's activities, oldest first; of
// every control for an empty id.
func (s Service) List(ctx context.Context, who access.Actor, control string) (list []Performance, err error) {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = Of(tx, control)
		return err
	})
	return list, err
}

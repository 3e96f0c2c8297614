package policy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of policies.
type Service struct {
	DB      *db.DB
	Library *catalog.Library
	// PersonOf returns the id in the register of people of the person whose
	// account a user's is; empty if nobody's.
	PersonOf func(tx *db.Tx, userID string) (string, error)
	// Known reports, by its error, a control that does not exist. It may be nil.
	Known func(tx *db.Tx, control string) error
	// Changed names the work that follows a change, queued in its transaction
	// with the argument "register/policy": collecting the register. Empty: none.
	Changed string
}

// Words are what an author writes of a version.
type Words struct {
	Text string // Markdown
	Note string // what changes
	Ask  bool   // everybody accepts anew
}

// clean refuses what is not a text.
func (w *Words) clean() error {
	w.Text = strings.TrimSpace(strings.ReplaceAll(db.Plain(w.Text), "\r\n", "\n")) + "\n"
	w.Note = strings.Join(strings.Fields(db.Plain(w.Note)), " ")
	var wrong []fault.Field
	if len(w.Text) < 2 {
		wrong = append(wrong, fault.Field{Name: "text", Text: "Write what the policy says."})
	}
	if len(w.Text) > MostText {
		wrong = append(wrong, fault.Field{Name: "text", Text: "At most 256 KiB. Split what is longer into several policies."})
	}
	if len(w.Note) > 500 {
		wrong = append(wrong, fault.Field{Name: "note", Text: "At most 500 characters."})
	}
	if len(wrong) > 0 {
		return fault.Fields("The text was not saved.", wrong...)
	}
	return nil
}

// Add begins a policy with the draft of its first version.
func (s Service) Add(ctx context.Context, who access.Actor, p Policy, w Words) error {
	g, err := who.May(access.PolicyEdit)
	if err != nil {
		return err
	}
	if wrong := p.clean(); len(wrong) > 0 {
		return fault.Fields("The policy was not added.", wrong...)
	}
	if err := w.clean(); err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := s.known(tx, p.Controls); err != nil {
			return err
		}
		p.CreatedAt = tx.Now()
		if err := insert(tx, &p); err != nil {
			if fault.Is(err, fault.Conflict) {
				return fault.Wrap(fault.Conflict, err, "There is a policy %s already. Open it to write its next version.", p.ID)
			}
			return err
		}
		return s.write(tx, &p, nil, &w)
	})
}

func (s Service) known(tx *db.Tx, controls []string) error {
	if s.Known == nil {
		return nil
	}
	for _, id := range controls {
		if _, ok := s.Library.Control(catalog.ControlID(id)); ok {
			continue // it may be adopted later
		}
		if err := s.Known(tx, id); err != nil {
			return err
		}
	}
	return nil
}

// Edit changes what a policy is about, not what it says. The text has its own
// versions.
func (s Service) Edit(ctx context.Context, who access.Actor, in Policy) error {
	return s.change(ctx, who, access.PolicyEdit, in.ID, func(tx *db.Tx, p *Policy, _ []Version) error {
		in.Template, in.CreatedAt, in.RetiredOn = p.Template, p.CreatedAt, p.RetiredOn
		if wrong := in.clean(); len(wrong) > 0 {
			return fault.Fields("The policy was not changed.", wrong...)
		}
		if err := s.known(tx, in.Controls); err != nil {
			return err
		}
		if err := save(tx, &in); err != nil {
			return err
		}
		return s.wrote(tx, p, map[string]string{
			"title": p.Title + " → " + in.Title, "audience": strings.Join(p.Audience, ", ") + " → " + strings.Join(in.Audience, ", "),
			"controls": strings.Join(p.Controls, ", ") + " → " + strings.Join(in.Controls, ", "), "owner": p.Owner + " → " + in.Owner,
			"review_months": number(p.ReviewMonths) + " → " + number(in.ReviewMonths), "accept_days": number(p.AcceptDays) + " → " + number(in.AcceptDays),
			"again_months": number(p.AgainMonths) + " → " + number(in.AgainMonths),
		})
	})
}

// Write saves the draft, and begins one where none is open. Whoever writes is
// its author from then on. What was sent for approval is a draft again.
func (s Service) Write(ctx context.Context, who access.Actor, id string, w Words) error {
	if err := w.clean(); err != nil {
		return err
	}
	return s.change(ctx, who, access.PolicyEdit, id, func(tx *db.Tx, p *Policy, all []Version) error {
		return s.write(tx, p, all, &w)
	})
}

func (s Service) write(tx *db.Tx, p *Policy, all []Version, w *Words) error {
	if p.RetiredOn != 0 {
		return fault.New(fault.Conflict, "%s was retired. Bring it back before writing a new version.", p.ID)
	}
	by := tx.Actor()
	v := Version{Policy: p.ID, Number: 1, Text: w.Text, Note: w.Note, Ask: w.Ask, Author: by.ID, AuthorName: by.Name, WrittenAt: tx.Now()}
	if n := len(all); n > 0 {
		last := &all[n-1]
		if v.Number = last.Number; !last.Open() {
			v.Number++
		}
	}
	put := insertVersion
	v.Writers = []string{by.ID}
	if i := slices.IndexFunc(all, func(a Version) bool { return a.Number == v.Number }); i >= 0 {
		put = saveDraft
		v.Writers = tidy(append(v.Writers, all[i].Writers...))
	}
	if err := put(tx, &v); err != nil {
		return err
	}
	return s.wrote(tx, p, map[string]string{"version": number(v.Number), "note": v.Note})
}

// Submit sends the draft for approval.
func (s Service) Submit(ctx context.Context, who access.Actor, id string) error {
	return s.decide(ctx, who, access.PolicyEdit, id, func(tx *db.Tx, p *Policy, v *Version) error {
		if !v.SubmittedAt.IsZero() {
			return fault.New(fault.Conflict, "Version %d waits for approval already.", v.Number)
		}
		if gap := strings.Index(v.Text, "{{"); gap >= 0 {
			return fault.New(fault.Conflict, "The text still has a gap to fill: %s. Fill it before it is approved.", clip(v.Text[gap:]))
		}
		v.SubmittedAt, v.Returned = tx.Now(), ""
		if err := saveDraft(tx, v); err != nil {
			return err
		}
		return s.wrote(tx, p, map[string]string{"version": number(v.Number), "state": string(InReview)})
	})
}

func clip(s string) string {
	if end := strings.Index(s, "}}"); end >= 0 {
		s = s[:end+2]
	}
	return s[:min(len(s), 60)]
}

// Return gives a version back to its author.
func (s Service) Return(ctx context.Context, who access.Actor, id, why string) error {
	if why = strings.TrimSpace(db.Plain(why)); why == "" || len(why) > 2000 {
		return fault.Fields("The version was not returned.", fault.Field{Name: "why", Text: "Say what should change, in at most 2,000 characters."})
	}
	return s.decide(ctx, who, access.PolicyApprove, id, func(tx *db.Tx, p *Policy, v *Version) error {
		if v.SubmittedAt.IsZero() {
			return fault.New(fault.Conflict, "Version %d is a draft: its author is still at it.", v.Number)
		}
		v.SubmittedAt, v.Returned = time.Time{}, why
		if err := saveDraft(tx, v); err != nil {
			return err
		}
		return s.wrote(tx, p, map[string]string{"version": number(v.Number), "state": "returned", "why": why})
	})
}

// Approve puts the version that waits in force from a day on, today at the
// earliest. Whoever wrote it cannot.
func (s Service) Approve(ctx context.Context, who access.Actor, id string, from standing.Date) error {
	return s.decide(ctx, who, access.PolicyApprove, id, func(tx *db.Tx, p *Policy, v *Version) error {
		if v.SubmittedAt.IsZero() {
			return fault.New(fault.Conflict, "Version %d is a draft. Its author sends it for approval first.", v.Number)
		}
		if v.WroteOn(tx.Actor().ID) {
			return fault.New(fault.Forbidden, "You wrote on this version. Somebody who did not approves it: ask another lead.")
		}
		today, err := today(tx)
		if err != nil {
			return err
		}
		if from = cmp.Or(from, today); from < today {
			return fault.Fields("The version was not approved.", fault.Field{Name: "effective_on", Text: "It cannot have been in force before today."})
		}
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		if n := len(all); n > 1 && all[n-2].EffectiveOn > from && all[n-2].WithdrawnAt.IsZero() {
			return fault.Fields("The version was not approved.", fault.Field{
				Name: "effective_on", Text: "Version " + number(all[n-2].Number) + " comes into force on " + all[n-2].EffectiveOn.String() + ": withdraw it, or choose that day or a later one.",
			})
		}
		return s.seal(tx, p, v, from)
	})
}

func (s Service) seal(tx *db.Tx, p *Policy, v *Version, from standing.Date) error {
	by := tx.Actor()
	sum := sha256.Sum256([]byte(v.Text))
	v.Approver, v.ApproveName, v.ApprovedAt, v.EffectiveOn, v.Hash = by.ID, by.Name, tx.Now(), from, hex.EncodeToString(sum[:])
	salt := tlog.NewSalt()
	commit := tlog.Commit(salt, "text", []byte(v.Text))
	leaves, err := ledger.Append(tx, ledger.Entry{
		Type: "policy.approved", Stream: "policy/" + p.ID,
		Body: map[string]any{
			"policy": p.ID, "version": v.Number, "author": v.Author, "approver": v.Approver, "effective_on": from.String(), "ask": v.Ask,
		},
		Commit: map[string]string{"text": tlog.B64(commit[:])},
	})
	if err != nil {
		return err
	}
	v.Leaf = leaves[0]
	if err := saveApproval(tx, v, salt); err != nil {
		return err
	}
	return s.wrote(tx, p, map[string]string{"version": number(v.Number), "effective_on": from.String(), "text_sha256": v.Hash})
}

// Withdraw takes back a version before it is in force. A first version that was
// never approved goes with its policy.
func (s Service) Withdraw(ctx context.Context, who access.Actor, id string) error {
	return s.change(ctx, who, access.PolicyEdit, id, func(tx *db.Tx, p *Policy, all []Version) error {
		today, err := today(tx)
		if err != nil {
			return err
		}
		v := &all[len(all)-1]
		if st := v.StateOn(all, today); st != Draft && st != InReview && st != Scheduled {
			return fault.New(fault.Conflict, "Version %d is in force. Retire the policy, or write its next version.", v.Number)
		}
		if len(all) == 1 && v.ApprovedAt.IsZero() {
			if err := remove(tx, id); err != nil {
				return err
			}
			return s.wrote(tx, p, map[string]string{"removed": "yes"})
		}
		v.WithdrawnAt = tx.Now()
		if err := saveWithdrawal(tx, v); err != nil {
			return err
		}
		if !v.ApprovedAt.IsZero() {
			if _, err := ledger.Append(tx, ledger.Entry{
				Type: "policy.withdrawn", Stream: "policy/" + id, Body: map[string]any{"policy": id, "version": v.Number},
			}); err != nil {
				return err
			}
		}
		return s.wrote(tx, p, map[string]string{"version": number(v.Number), "state": string(Withdrawn)})
	})
}

// decide is about the version that is still to be decided on.
func (s Service) decide(ctx context.Context, who access.Actor, may access.Permission, id string, fn func(*db.Tx, *Policy, *Version) error) error {
	return s.change(ctx, who, may, id, func(tx *db.Tx, p *Policy, all []Version) error {
		v := &all[len(all)-1]
		if !v.Open() {
			return fault.New(fault.Conflict, "Nothing of %s waits for a decision. Write a new version first.", id)
		}
		return fn(tx, p, v)
	})
}

// change loads a policy with its versions, of which there is always one.
func (s Service) change(ctx context.Context, who access.Actor, may access.Permission, id string, fn func(*db.Tx, *Policy, []Version) error) error {
	g, err := who.May(may)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("policy " + tx.Org() + " " + id); err != nil {
			return err
		}
		p, err := load(tx, id)
		if err != nil {
			return err
		}
		all, err := versions(tx, id)
		if err != nil {
			return err
		}
		return fn(tx, &p, all)
	})
}

func today(tx *db.Tx) (standing.Date, error) {
	o, err := org.Load(tx)
	if err != nil {
		return 0, err
	}
	return standing.DayOf(tx.Now(), o.Location()), nil
}

// wrote puts an act in the trail and has the register collected.
func (s Service) wrote(tx *db.Tx, p *Policy, detail map[string]string) error {
	for k, v := range detail {
		if was, is, ok := strings.Cut(v, " → "); v == "" || ok && was == is {
			delete(detail, k)
		}
	}
	if err := trail.Add(tx, trail.Act{Noun: "policy", Object: p.ID, Label: p.Title, Detail: detail}); err != nil {
		return err
	}
	if s.Changed == "" {
		return nil
	}
	return job.Add(tx, s.Changed, "register/"+ProductName, tx.Now().Add(settle))
}

const settle = time.Minute // so that one collection takes many changes

func number(n int) string { return strconv.Itoa(n) }

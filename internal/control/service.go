package control

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/auth"
	"assay/internal/check"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of controls.
type Service struct {
	DB      *db.DB
	Library *catalog.Library
	Checks  *check.Service
	// Program returns the current reporting program of the transaction's org;
	// false while there is none.
	Program func(*db.Tx) (Program, bool, error)
	// Named returns a program by id or slug; see In.
	Named func(tx *db.Tx, name string) (Program, error)
	// Uploads returns what people added as evidence.
	Uploads func(*db.Tx) ([]Upload, error)
	// Then runs in the transaction of a change. It may be nil.
	Then func(*db.Tx) error
	// Memory spares decoding again what did not change. It may be nil.
	Memory *Memory

	in    string // the program that is asked for; empty: the current one
	reads bool   // the transaction only reads, so that Memory may be asked
}

// Adopt takes controls of the library over, from a day on, each with the lanes
// that the library and the catalog's checks suggest. Those adopted before are
// left as they are. It returns the ids that were added.
func (s Service) Adopt(ctx context.Context, who access.Actor, ids []string, from standing.Date) (added []string, err error) {
	grant, err := who.May(access.ControlAdopt)
	if err != nil {
		return nil, err
	}
	if from == 0 {
		return nil, fault.Fields("Nothing was adopted.", fault.Field{Name: "effective_on", Text: "Give the day from which the controls hold."})
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if added, err = s.adoptAll(tx, ids, from); err != nil {
			return err
		}
		if err := trail.Add(tx, trail.Act{Noun: "control", Object: "", Label: fmt.Sprintf("%d controls", len(added))}); err != nil || s.Then == nil {
			return err
		}
		return s.Then(tx)
	})
	return added, err
}

func (s Service) adoptAll(tx *db.Tx, ids []string, from standing.Date) (added []string, err error) {
	if err := tx.Lock("control/" + tx.Org()); err != nil {
		return nil, err
	}
	today, err := s.today(tx)
	if err != nil {
		return nil, err
	}
	if text := near(from, today); text != "" {
		return nil, fault.Fields("Nothing was adopted.", fault.Field{Name: "effective_on", Text: text})
	}
	have, err := Versions(tx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if len(have[id]) > 0 || slices.Contains(added, id) {
			continue
		}
		if err := s.adopt(tx, id, from); err != nil {
			return nil, err
		}
		added = append(added, id)
	}
	return added, nil
}

func (s Service) adopt(tx *db.Tx, id string, from standing.Date) error {
	c, ok := s.Library.Control(catalog.ControlID(id))
	if !ok {
		return fault.New(fault.NotFound, "There is no control %q in the library. Nothing was adopted.", id)
	}
	if err := insertControl(tx, id, id); err != nil {
		return err
	}
	v := s.suggest(c, from)
	return s.put(tx, &v)
}

// suggest makes the first version of a control of the library.
func (s Service) suggest(c catalog.LibraryControl, from standing.Date) Version {
	v := Version{
		Control: string(c.ID), Number: 1, EffectiveOn: from, Title: c.Title, Statement: c.Description, OwnerRole: c.OwnerRole,
		Frequency: string(c.Frequency), Nature: string(c.Nature), Kind: string(c.Kind), Key: string(c.Tier) == "core",
		Reason: "Adopted from the library",
	}
	for _, id := range c.Criteria {
		v.Criteria = append(v.Criteria, string(id))
	}
	for _, d := range s.Checks.Catalog {
		if slices.Contains(d.Controls, string(c.ID)) {
			v.Lanes = append(v.Lanes, Lane{ID: "check/" + d.ID, Kind: standing.ByCheck, Check: d.ID, Title: d.Title})
		}
	}
	if lane, ok := performed(v.Frequency, c.Title, from); ok && string(c.Nature) != "automated" {
		v.Lanes = append(v.Lanes, lane)
	}
	return v
}

// performed is the activity of a control that people perform at an interval:
// due at the end of each interval from the day of adoption on. The anchor is
// the end that lies latest in its month: from it the others are counted as the
// last day of each month that is too short.
func performed(frequency, title string, from standing.Date) (Lane, bool) {
	months := map[string]int{"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}[frequency]
	l := Lane{ID: "activity/" + frequency, Kind: standing.ByActivity, Title: title}
	l.Schedule = standing.Schedule{Frequency: standing.Frequency(frequency)}
	switch {
	case frequency == "weekly":
		l.Schedule.Anchor = from + 6
	case months == 0:
		return Lane{}, false
	default:
		latest := 0
		for n := months; n <= 12; n += months {
			end := from.AddMonths(n) - 1
			if _, _, day := end.Civil(); day > latest {
				l.Schedule.Anchor, latest = end, day
			}
		}
	}
	return l, true
}

// Save appends a version of a control, or begins one of the org's own. A
// Number that is not 0 says which version the change was made from: if that is
// not the newest any more, it is a Conflict fault.
func (s Service) Save(ctx context.Context, who access.Actor, v Version) (Version, error) {
	grant, err := who.May(access.ControlEdit)
	if err != nil {
		return v, err
	}
	if err := v.Valid(func(id string) bool { _, ok := s.Library.Criteria().Criterion(criteria.ID(id)); return ok }); err != nil {
		return v, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := tx.Lock("control/" + tx.Org()); err != nil {
			return err
		}
		have, err := versionsOf(tx, v.Control)
		if err != nil {
			return err
		}
		if err := s.fits(tx, &v, have); err != nil {
			return err
		}
		if len(have) == 0 {
			if err := insertControl(tx, v.Control, ""); err != nil {
				return err
			}
		}
		v.Number = len(have) + 1
		if err := s.put(tx, &v); err != nil {
			return err
		}
		if err := trail.Add(tx, trail.Act{Noun: "control", Object: v.Control, Label: v.Title, Detail: map[string]string{
			"version": strconv.Itoa(v.Number), "effective_on": v.EffectiveOn.String(), "reason": v.Reason, "retired": strconv.FormatBool(v.Retired),
		}}); err != nil || s.Then == nil {
			return err
		}
		return s.Then(tx)
	})
	return v, err
}

// fits holds a version to those that there are, and to who and what is here.
func (s Service) fits(tx *db.Tx, v *Version, have []Version) error {
	if v.Number != 0 && v.Number != len(have) {
		return fault.New(fault.Conflict, "%s has %d versions by now, and this change was made from version %d. Open it again and change the newest.",
			v.Control, len(have), v.Number)
	}
	today, err := s.today(tx)
	if err != nil {
		return err
	}
	if err := v.timely(have, today); err != nil {
		return err
	}
	if err := s.known(tx, v, have); err != nil || v.Owner == "" {
		return err
	}
	names, err := auth.Names(tx)
	if err != nil {
		return err
	}
	if v.OwnerName = names[v.Owner]; v.OwnerName == "" {
		return fault.Fields("The control was not saved.", fault.Field{Name: "owner", Text: "Choose somebody who has an account here."})
	}
	return nil
}

// today is the present day, counted as the program counts its days.
func (s Service) today(tx *db.Tx) (standing.Date, error) {
	p, _, err := s.Program(tx)
	return standing.DayOf(tx.Now(), p.Period.Zone), err
}

// known refuses a lane on a check that is neither in the catalog nor the org's
// own, unless the control had it before.
func (s Service) known(tx *db.Tx, v *Version, have []Version) error {
	for _, id := range v.Checks() {
		if slices.ContainsFunc(s.Checks.Catalog, func(d *rule.Definition) bool { return d.ID == id }) ||
			slices.ContainsFunc(have, func(h Version) bool { return slices.Contains(h.Checks(), id) }) {
			continue
		}
		own, err := check.Exists(tx, id)
		if err != nil {
			return err
		}
		if !own {
			return fault.Fields("The control was not saved.", fault.Field{Name: "lanes", Text: fmt.Sprintf("There is no check %q.", id)})
		}
	}
	return nil
}

// put stores a version with its leaf: the wording is committed to.
func (s Service) put(tx *db.Tx, v *Version) error {
	v.Author, v.CreatedAt = tx.Actor().ID, tx.Now()
	lanes := make([]any, 0, len(v.Lanes))
	for _, l := range v.Lanes {
		lanes = append(lanes, map[string]any{
			"id": l.ID, "kind": string(l.Kind), "check": l.Check, "frequency": string(l.Schedule.Frequency),
			"anchor": l.Schedule.Anchor.String(), "opens": l.Schedule.Opens, "grace": l.Schedule.Grace,
		})
	}
	salt := tlog.NewSalt()
	text, err := WordingBytes(v)
	if err != nil {
		return err
	}
	commit := tlog.Commit(salt, "wording", text)
	h := tlog.LeafHash(text)
	ids, err := ledger.Append(tx, ledger.Entry{
		Type: "control.version", Stream: "control/" + v.Control,
		Body: map[string]any{
			"control": v.Control, "version": v.Number, "effective_on": v.EffectiveOn.String(), "retired": v.Retired,
			"criteria": v.Criteria, "fix_limit": v.FixLimit, "lanes": lanes, "hash": hex.EncodeToString(h[:]),
		},
		Commit: map[string]string{"wording": tlog.B64(commit[:])},
	})
	if err != nil {
		return err
	}
	v.Leaf = ids[0]
	return insertVersion(tx, v, salt)
}

// WordingBytes is what a version's leaf commits to.
func WordingBytes(v *Version) ([]byte, error) {
	return canon.Marshal(map[string]any{"title": v.Title, "statement": v.Statement})
}

// Known is activity.Service's question whether a control has an occurrence, one
// that is due by the wording that holds on the day, and whether it was open
// when the activity was performed.
func (s Service) Known(tx *db.Tx, p *activity.Performance) error {
	unknown := activity.ErrUnknown(p.Control, p.Lane, p.DueOn)
	versions, err := versionsOf(tx, p.Control)
	if err != nil {
		return err
	}
	due, err := standing.ParseDate(p.DueOn)
	if err != nil {
		return unknown
	}
	v, ok := InForce(versions, due)
	if !ok {
		return unknown
	}
	i := slices.IndexFunc(v.Lanes, func(l Lane) bool { return l.ID == p.Lane && l.Kind == standing.ByActivity })
	if i < 0 {
		return unknown
	}
	list := v.Lanes[i].Schedule.Occurrences(standing.Period{From: due, To: due + 1})
	if len(list) != 1 {
		return unknown
	}
	program, _, err := s.Program(tx)
	if err != nil {
		return err
	}
	if opens := list[0].Opens.Start(program.Period.Zone); p.PerformedAt.Before(opens) {
		return activity.ErrEarly(opens.Format("2 January 2006"))
	}
	return nil
}

package control

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
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
	// Uploads returns what people added as evidence.
	Uploads func(*db.Tx) ([]Upload, error)
	// Then runs in the transaction of a change. It may be nil.
	Then func(*db.Tx) error
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
		have, err := Versions(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if len(have[id]) > 0 {
				continue
			}
			if err := s.adopt(tx, id, from); err != nil {
				return err
			}
			added = append(added, id)
		}
		if err := trail.Add(tx, trail.Act{Noun: "control", Object: "", Label: fmt.Sprintf("%d controls", len(added))}); err != nil || s.Then == nil {
			return err
		}
		return s.Then(tx)
	})
	return added, err
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
// due at the end of each interval from the day of adoption on.
func performed(frequency, title string, from standing.Date) (Lane, bool) {
	months := map[string]int{"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}[frequency]
	l := Lane{ID: "activity/" + frequency, Kind: standing.ByActivity, Title: title}
	l.Schedule = standing.Schedule{Frequency: standing.Frequency(frequency), Anchor: from.AddMonths(months) - 1}
	if frequency == "weekly" {
		l.Schedule.Anchor = from + 6
	} else if months == 0 {
		return Lane{}, false
	}
	return l, true
}

// Save appends a version of a control, or begins one of the org's own.
func (s Service) Save(ctx context.Context, who access.Actor, v Version) (Version, error) {
	grant, err := who.May(access.ControlEdit)
	if err != nil {
		return v, err
	}
	if err := v.Valid(func(id string) bool { _, ok := s.Library.Criteria().Criterion(criteria.ID(id)); return ok }); err != nil {
		return v, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		have, err := versionsOf(tx, v.Control)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			if err := insertControl(tx, v.Control, ""); err != nil {
				return err
			}
		}
		v.Number = len(have) + 1
		reschedule(&v, have)
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

// reschedule gives an activity whose schedule changed a lane of its own: under
// the old id the new schedule would judge the past.
func reschedule(v *Version, have []Version) {
	for i := range v.Lanes {
		l := &v.Lanes[i]
		if l.Kind != standing.ByActivity {
			continue
		}
		for j := range have {
			if slices.ContainsFunc(have[j].Lanes, func(o Lane) bool { return o.ID == l.ID && o.Schedule != l.Schedule }) {
				l.ID = fmt.Sprintf("%s-%d", strings.TrimRight(l.ID, "-0123456789"), v.Number)
				break
			}
		}
	}
}

// put stores a version with its leaf: the wording is committed to.
func (s Service) put(tx *db.Tx, v *Version) error {
	v.Author, v.CreatedAt = tx.Actor().ID, tx.Now()
	lanes := make([]any, 0, len(v.Lanes))
	for _, l := range v.Lanes {
		lanes = append(lanes, map[string]any{"id": l.ID, "kind": string(l.Kind), "check": l.Check, "frequency": string(l.Schedule.Frequency)})
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

// Known is activity.Service's question whether a control has an occurrence.
func (s Service) Known(tx *db.Tx, control, lane, dueOn string) error {
	versions, err := versionsOf(tx, control)
	if err != nil {
		return err
	}
	due, err := standing.ParseDate(dueOn)
	if err != nil {
		return activity.ErrUnknown(control, lane, dueOn)
	}
	for i := range versions {
		for _, l := range versions[i].Lanes {
			if l.ID != lane || l.Kind != standing.ByActivity {
				continue
			}
			day := standing.Period{From: due, To: due + 1}
			if len(l.Schedule.Occurrences(day)) == 1 {
				return nil
			}
		}
	}
	return activity.ErrUnknown(control, lane, dueOn)
}

package sheet

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Raising is what somebody says of deviations as they raise an exception.
type Raising struct {
	Items []int  // their numbers; empty: all that are in no exception yet
	Title string // the sheet's if empty
	What  string // in what way, and when; what the marks say if empty
}

// Raise makes an exception of deviations of a sheet: with its control, its sample and
// its figures. Every mark is made by then, so that the figures are whole.
func (s *Service) Raise(ctx context.Context, who access.Actor, id string, in Raising) (x register.Record, err error) {
	g, err := who.May(access.ExceptionEdit)
	if err != nil {
		return x, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		r, err := s.Books.Load(tx, engagement.SheetNoun, id)
		if err != nil {
			return err
		}
		rows, c, err := performed(tx, &r)
		if err != nil {
			return err
		}
		switch {
		case r.State != engagement.SheetOpen && r.State != engagement.SheetPrepared || !r.ArchivedAt.IsZero():
			return fault.New(fault.Conflict, "%s is neither in progress nor prepared: nothing is raised from it.", r.ID)
		case c.Left > 0:
			return fault.New(fault.Conflict, "%d marks of %s are not made: how many deviate of how many is not known yet. Nothing was raised.", c.Left, r.ID)
		}
		if rows, err = s.raisable(tx, &r, rows, in.Items); err != nil {
			return err
		}
		fields, err := exceptionOf(tx, &r, rows, &in)
		if err != nil {
			return err
		}
		x, err = s.Books.Enter(tx, engagement.ExceptionNoun, register.Input{Fields: fields}, func(x *register.Record) {
			x.Values.Set("sheet", r.ID)
			x.Values.Set("found", strconv.Itoa(c.Deviated))
			x.Values["sheet_items"] = numbers(rows)
		})
		return err
	})
	return x, err
}

// raisable are the items that an exception is raised of: those asked for, or all that
// deviate and are in no exception.
func (s *Service) raisable(tx *db.Tx, r *register.Record, rows []Row, wanted []int) (out []Row, err error) {
	raised, err := s.Books.Having(tx, engagement.ExceptionNoun, "sheet", r.ID)
	if err != nil {
		return nil, err
	}
	in := map[string]string{}
	for i := range raised {
		if x := &raised[i]; x.ArchivedAt.IsZero() && x.State != engagement.ExceptionOff {
			for _, n := range x.List("sheet_items") {
				in[n] = x.ID
			}
		}
	}
	refused := func(text string) ([]Row, error) {
		return nil, fault.Fields("Nothing was raised.", fault.Field{Name: "items", Text: text})
	}
	for i := range rows {
		n := rows[i].Number
		known := in[strconv.Itoa(n)]
		switch asked := slices.Contains(wanted, n); {
		case asked && known != "":
			return refused("Item " + strconv.Itoa(n) + " is in " + known + " already.")
		case rows[i].deviates() && known == "" && (asked || len(wanted) == 0):
			out = append(out, rows[i])
		case asked:
			return refused("Item " + strconv.Itoa(n) + " does not deviate.")
		}
	}
	switch {
	case len(out) == 0 && len(wanted) == 0:
		return refused("There is no deviation that is in no exception.")
	case len(out) < len(wanted):
		return refused("The sheet has no such item, or it is in the list twice.")
	}
	return out, nil
}

func numbers(rows []Row) (out []string) {
	for i := range rows {
		out = append(out, strconv.Itoa(rows[i].Number))
	}
	return out
}

// exceptionOf are the fields of an exception of deviations.
func exceptionOf(tx *db.Tx, r *register.Record, rows []Row, in *Raising) (map[string][]string, error) {
	v, err := tested(tx, r, &register.World{Today: r.Date("to")})
	if err != nil {
		return nil, err
	}
	what := strings.TrimSpace(in.What)
	if what == "" {
		what = strings.Join(told(rows), "; ")
	}
	out := map[string][]string{
		"title": {nonEmpty(strings.TrimSpace(in.Title), r.Get("title"))}, "what": {what}, "deviated": {strconv.Itoa(len(rows))},
		"criteria": v.Criteria, "evidence": cited(rows), "compensating": r.List("compensating"),
	}
	for _, name := range []string{"engagement", "control", "sample", "selection", "items", "tested", "confidence", "tolerable"} {
		if v := r.Get(name); v != "" {
			out[name] = []string{v}
		}
	}
	if n, ok := r.Int("population_count"); ok && n > 0 {
		out["population"] = []string{strconv.Itoa(n)}
	}
	return out, nil
}

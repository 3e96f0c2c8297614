package review

import (
	"slices"
	"strconv"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/register"
)

// Begin takes the accounts that there are into a review: what a move of the register
// does besides.
func (s *Service) Begin(tx *db.Tx, r *register.Record, w *register.World) error {
	all, err := s.Accounts.Within(tx)
	if err != nil {
		return err
	}
	for _, kind := range r.List("systems") {
		if _, ok := all.Systems[kind]; !ok {
			return fault.Fields("The review was not begun.", fault.Field{Name: "systems", Text: "No connection lists accounts of the kind " + kind + "."})
		}
	}
	was, err := s.before(tx)
	if err != nil {
		return err
	}
	people, err := person.Everybody(tx)
	if err != nil {
		return err
	}
	items, leftOut := gather(r, w, all.Accounts, people, was)
	if len(items) == 0 {
		return fault.New(fault.Conflict, "There is no account to review: no connection lists one that this review is about. Connect a system, or widen the review.")
	}
	if err := insert(tx, r.ID, items); err != nil {
		return err
	}
	complete := register.Yes
	if len(all.Incomplete) > 0 {
		complete = register.No
	}
	for name, text := range map[string]string{
		"begun_at": stamp(tx.Now()), "collected_at": stamp(all.At), "accounts": strconv.Itoa(len(items)), "left_out": strconv.Itoa(leftOut),
		"complete": complete, "missing": joined(all.Incomplete), "undecided": strconv.Itoa(len(items)), "kept": "0", "changed": "0", "removed": "0", "unseen": "0",
	} {
		r.Values.Set(name, text)
	}
	return nil
}

// before are the accounts as the reviews that were signed saw them.
func (s *Service) before(tx *db.Tx) (map[string]*before, error) {
	all, _, err := s.Books.Everything(tx, Noun)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r register.Record) bool { return r.State != Signed })
	slices.SortStableFunc(all, func(a, b register.Record) int { return a.At("begun_at").Compare(b.At("begun_at")) })
	ids := make([]string, 0, len(all))
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return earlier(tx, ids)
}

package review

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

func stamp(t time.Time) string { return clock.Format(t) }

func joined(sentences []string) string { return strings.Join(sentences, "\n") }

// Confirm says by name that what was decided of an account was done, where no
// collection can show it.
func (s *Service) Confirm(ctx context.Context, who access.Actor, id, accountID, note string) error {
	if note = oneLine(db.Plain(note)); note == "" || len([]rune(note)) > mostNote {
		return fault.Fields("Nothing was confirmed.", fault.Field{Name: "note", Text: fmt.Sprintf("Say what you saw, in at most %d characters.", mostNote)})
	}
	g, err := who.May(access.AccessReviewDecide)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("access review " + tx.Org() + " " + id); err != nil {
			return err
		}
		if err := s.binding(tx, id); err != nil {
			return err
		}
		item, err := s.waiting(tx, id, accountID)
		if err != nil {
			return err
		}
		item.DoneAt, item.DoneBy, item.DoneNote = tx.Now(), tx.Actor().Name, note
		if err := done(tx, id, item); err != nil {
			return err
		}
		return s.tell(tx, id, "confirm", map[string]string{"account": item.Account, "note": note})
	})
}

// binding sees that what a review decided holds.
func (s *Service) binding(tx *db.Tx, id string) error {
	r, err := s.Books.Load(tx, Noun, id)
	if err != nil {
		return err
	}
	if r.State != Open && r.State != Signed || !r.ArchivedAt.IsZero() {
		return fault.New(fault.Conflict, "%s is not in progress, and was not signed: nothing was decided that holds.", r.ID)
	}
	return nil
}

// waiting finds an account of a review that waits to be changed or removed, and is
// not the actor's own.
func (s *Service) waiting(tx *db.Tx, id, accountID string) (*Item, error) {
	found, err := some(tx, id, []string{accountID})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "%s has no such account.", id)
	}
	item := &found[0]
	mine, err := s.PersonOf(tx, tx.Actor().ID)
	if err != nil {
		return nil, err
	}
	if item.own(mine) {
		return nil, fault.New(fault.Forbidden, "%s is your own account: somebody else confirms it.", item.Name)
	}
	if !item.Waits() {
		return nil, fault.New(fault.Conflict, "%s does not wait to be changed or removed.", item.Name)
	}
	return item, nil
}

// Follow looks at what is collected now for what reviews decided and no collection
// showed yet: before the register is collected itself.
func (s *Service) Follow(ctx context.Context, org string) error {
	g, err := access.Job(org, "register").May(access.AccountMatch) // it follows from accounts by itself, as their matches do
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		reviews, _, err := s.Books.Everything(tx, Noun)
		if err != nil {
			return err
		}
		reviews = slices.DeleteFunc(reviews, func(r register.Record) bool {
			n, ok := r.Int("unseen")
			return !ok || n == 0 || r.State != Open && r.State != Signed
		})
		if len(reviews) == 0 {
			return nil
		}
		all, err := s.Accounts.Within(tx)
		if err != nil {
			return err
		}
		for i := range reviews {
			if err := s.follow(tx, &reviews[i], &all); err != nil {
				return err
			}
		}
		return nil
	})
}

// follow marks what is done of one review. An account that is not there is gone only
// if every listing of its kind is complete.
func (s *Service) follow(tx *db.Tx, r *register.Record, all *account.Listing) error {
	if err := tx.Lock("access review " + tx.Org() + " " + r.ID); err != nil {
		return err
	}
	items, err := list(tx, r.ID, &Filter{Show: Waiting})
	if err != nil {
		return err
	}
	now := make(map[string]*account.Listed, len(all.Accounts))
	for i := range all.Accounts {
		now[all.Accounts[i].ID] = &all.Accounts[i]
	}
	n := 0
	for i := range items {
		item := &items[i]
		at, listed := all.Listed[item.Kind]
		if !listed || !at.After(item.DecidedAt) {
			continue // nothing was collected since
		}
		is := now[item.Account]
		if is == nil && !all.Whole[item.Kind] || !item.isDone(is) {
			continue
		}
		item.DoneAt = at
		if err := done(tx, r.ID, item); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return nil
	}
	return s.tell(tx, r.ID, "follow", map[string]string{"done": strconv.Itoa(n)})
}

package review

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// Service is the use cases of access reviews besides those of every register.
type Service struct {
	DB       *db.DB
	Books    *register.Book
	Accounts *account.Service
	PersonOf func(tx *db.Tx, userID string) (string, error)
}

// Show is which accounts of a review are listed.
type Show string

// The parts of a review.
const (
	Thought   Show = "thought"   // undecided, and something about it changed
	Unchanged Show = "unchanged" // undecided, and as it was when it was kept
	Decided   Show = "decided"
	Waiting   Show = "waiting" // decided, and not seen to be done
	All       Show = "all"
)

// Shows lists the parts.
func Shows() []Show { return []Show{Thought, Unchanged, Decided, Waiting, All} }

// Filter narrows a listing; the zero value is every account.
type Filter struct {
	Show   Show
	System string // kind
	Query  string // in names and addresses
	After  int    // place of the last one of the page before
	Before int    // place of the first one of the page after, instead
	Limit  int    // 0 for all
}

// Counts are how far a review is.
type Counts struct {
	All       int
	Thought   int // undecided, that need thought
	Waiting   int // decided, not seen to be done
	ByVerdict map[Verdict]int
}

// Undecided counts those without a decision.
func (c *Counts) Undecided() int { return c.ByVerdict[""] }

// Unchanged counts those that are undecided and need no thought.
func (c *Counts) Unchanged() int { return c.Undecided() - c.Thought }

// System is a kind of accounts in a review.
type System struct {
	Kind      string
	Title     string
	Accounts  int
	Undecided int
}

// Listing is a page of a review.
type Listing struct {
	Record  register.Record
	Items   []Item
	Total   int // that the filter finds
	Counts  Counts
	Systems []System
	Mine    string // id of the person whose account the reader's is; empty if nobody's
}

// List returns a page of the accounts of a review.
func (s *Service) List(ctx context.Context, who access.Actor, id string, f Filter) (l Listing, err error) {
	g, err := who.May(access.AccessReviewRead)
	if err != nil {
		return l, err
	}
	if f.Show != "" && !slices.Contains(Shows(), f.Show) {
		return l, fault.Fields("The review was not listed.", fault.Field{Name: "show", Text: "Ask for thought, unchanged, decided, waiting or all."})
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if l.Record, err = s.Books.Load(tx, Noun, id); err != nil {
			return err
		}
		if l.Items, err = list(tx, id, &f); err != nil {
			return err
		}
		if l.Total, err = count(tx, id, &f); err != nil {
			return err
		}
		if l.Counts, err = tally(tx, id); err != nil {
			return err
		}
		if l.Systems, err = s.systems(tx, id); err != nil {
			return err
		}
		l.Mine, err = s.PersonOf(tx, who.ID)
		return err
	})
	return l, err
}

// systems are those of a review, with their titles as the accounts have them.
func (s *Service) systems(tx *db.Tx, id string) ([]System, error) {
	out, err := systems(tx, id)
	for i := range out {
		one, err := list(tx, id, &Filter{System: out[i].Kind, Limit: 1})
		if err != nil {
			return nil, err
		}
		out[i].Title = one[0].System
	}
	return out, err
}

// Decision is what somebody decides of an account, or once decided.
type Decision struct {
	Account string    `json:"account"`
	Verdict Verdict   `json:"verdict"` // empty takes a decision back
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"-"`
	By      string    `json:"-"`
	ByName  string    `json:"-"`
}

// most bounds the decisions that are taken at once, and mostNote a note, in
// characters.
const (
	most     = 500
	mostNote = 1000
)

// Decide takes decisions on accounts of a review: all of them, or none. It returns
// how many differ from those in force.
func (s *Service) Decide(ctx context.Context, who access.Actor, id string, decisions []Decision) (n int, err error) {
	if len(decisions) == 0 || len(decisions) > most {
		return 0, fault.Fields("Nothing was decided.", fault.Field{Name: "decisions", Text: fmt.Sprintf("Send 1 to %d decisions.", most)})
	}
	for i := range decisions {
		decisions[i].Note = oneLine(db.Plain(decisions[i].Note))
	}
	err = s.open(ctx, who, id, func(tx *db.Tx, _ *register.Record) error {
		items, bad, err := s.judge(tx, id, decisions)
		if err != nil {
			return err
		}
		if len(bad) > 0 {
			return fault.Fields("Nothing was decided.", bad...)
		}
		n = len(items)
		return s.keep(tx, id, items)
	})
	return n, err
}

// judge finds the accounts of decisions, and what is wrong with them.
func (s *Service) judge(tx *db.Tx, id string, decisions []Decision) (items []Item, bad []fault.Field, err error) {
	mine, err := s.PersonOf(tx, tx.Actor().ID)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for i := range decisions {
		names = append(names, decisions[i].Account)
	}
	found, err := some(tx, id, names)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]Item{}
	for i := range found {
		known[found[i].Account] = found[i]
	}
	for i := range decisions {
		d := &decisions[i]
		item, ok := known[d.Account]
		if text := d.wrong(&item, ok, mine); text != "" {
			bad = append(bad, fault.Field{Name: d.Account, Text: text})
			continue
		}
		delete(known, d.Account) // a second decision on it finds nothing
		if item.Verdict == d.Verdict && item.Note == d.Note {
			continue
		}
		item.Verdict, item.Note, item.DecidedAt, item.By, item.ByName = d.Verdict, d.Note, tx.Now(), tx.Actor().ID, tx.Actor().Name
		items = append(items, item)
	}
	return items, bad, nil
}

// wrong says what is wrong with a decision on an item; empty if nothing.
func (d *Decision) wrong(item *Item, known bool, mine string) string {
	switch {
	case !known:
		return "The review has no such account, or it is in the list twice."
	case d.Verdict != "" && !slices.Contains(Verdicts(), d.Verdict):
		return "Decide keep, change or remove."
	case item.own(mine):
		return item.Name + " is your own account: somebody else decides on it."
	case d.Verdict == Change && d.Note == "":
		return "Say what " + item.Name + " is to be changed to."
	case len([]rune(d.Note)) > mostNote:
		return fmt.Sprintf("A note has at most %d characters.", mostNote)
	}
	return ""
}

// KeepUnchanged keeps every account that is undecided and needs no thought, with one
// reason. The actor's own are left.
func (s *Service) KeepUnchanged(ctx context.Context, who access.Actor, id, reason string) (n int, err error) {
	if reason = oneLine(db.Plain(reason)); reason == "" || len([]rune(reason)) > mostNote {
		return 0, fault.Fields("Nothing was kept.", fault.Field{Name: "reason", Text: fmt.Sprintf("Say why these can be kept together, in at most %d characters.", mostNote)})
	}
	err = s.open(ctx, who, id, func(tx *db.Tx, _ *register.Record) error {
		mine, err := s.PersonOf(tx, tx.Actor().ID)
		if err != nil {
			return err
		}
		items, err := list(tx, id, &Filter{Show: Unchanged})
		if err != nil {
			return err
		}
		items = slices.DeleteFunc(items, func(i Item) bool { return i.own(mine) })
		for i := range items {
			items[i].Verdict, items[i].Note, items[i].DecidedAt, items[i].By, items[i].ByName = Keep, reason, tx.Now(), tx.Actor().ID, tx.Actor().Name
		}
		n = len(items)
		return s.keep(tx, id, items)
	})
	return n, err
}

// open runs what needs a review that is in progress.
func (s *Service) open(ctx context.Context, who access.Actor, id string, fn func(*db.Tx, *register.Record) error) error {
	g, err := who.May(access.AccessReviewDecide)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if err := tx.Lock("access review " + tx.Org() + " " + id); err != nil {
			return err
		}
		r, err := s.Books.Load(tx, Noun, id)
		if err != nil {
			return err
		}
		if r.State != Open || !r.ArchivedAt.IsZero() {
			return fault.New(fault.Conflict, "%s is not in progress: nothing was decided.", r.ID)
		}
		return fn(tx, &r)
	})
}

// keep writes decisions, and how far the review is.
func (s *Service) keep(tx *db.Tx, id string, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	said := make([]Decision, 0, len(items))
	for i := range items {
		if err := decide(tx, id, &items[i]); err != nil {
			return err
		}
		said = append(said, Decision{Account: items[i].Account, Verdict: items[i].Verdict, Note: items[i].Note})
	}
	b, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("decisions: %w", err)
	}
	sum := sha256.Sum256(b)
	return s.tell(tx, id, "decide", map[string]string{"decisions": strconv.Itoa(len(items)), "decisions_sha256": hex.EncodeToString(sum[:])})
}

// tell writes how far a review is into its record.
func (s *Service) tell(tx *db.Tx, id, act string, detail map[string]string) error {
	c, err := tally(tx, id)
	if err != nil {
		return err
	}
	fields := map[string]string{
		"undecided": strconv.Itoa(c.Undecided()), "kept": strconv.Itoa(c.ByVerdict[Keep]), "changed": strconv.Itoa(c.ByVerdict[Change]),
		"removed": strconv.Itoa(c.ByVerdict[Remove]), "unseen": strconv.Itoa(c.Waiting), "unseen_since": "",
	}
	waiting, err := list(tx, id, &Filter{Show: Waiting})
	if err != nil {
		return err
	}
	var oldest time.Time
	for i := range waiting {
		if at := waiting[i].DecidedAt; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return s.Books.Tell(tx, Noun, id, act, detail, func(r *register.Record, w *register.World) {
		if !oldest.IsZero() {
			fields["unseen_since"] = standing.DayOf(oldest, w.Zone).String()
		}
		for name, text := range fields {
			r.Values.Set(name, text)
		}
	})
}

// History are all decisions on an account of a review, the oldest first.
func (s *Service) History(ctx context.Context, who access.Actor, id, accountID string) (out []Decision, err error) {
	g, err := who.May(access.AccessReviewRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if _, err := s.Books.Load(tx, Noun, id); err != nil {
			return err
		}
		out, err = taken(tx, id, accountID)
		return err
	})
	return out, err
}

// Item returns one account of a review.
func (s *Service) Item(ctx context.Context, who access.Actor, id, accountID string) (i Item, err error) {
	g, err := who.May(access.AccessReviewRead)
	if err != nil {
		return i, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if _, err := s.Books.Load(tx, Noun, id); err != nil {
			return err
		}
		found, err := some(tx, id, []string{accountID})
		if err == nil && len(found) == 0 {
			err = fault.New(fault.NotFound, "%s has no such account.", id)
		}
		if err == nil {
			i = found[0]
		}
		return err
	})
	return i, err
}

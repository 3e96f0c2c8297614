package review

import (
	"slices"
	"strings"
	"time"

	"assay/internal/account"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/standing"
)

// Seen is an account as it was when a review began. Its JSON is stored, and is a
// part of what the log commits to.
type Seen struct {
	Kind       string    `json:"kind"`
	Authority  string    `json:"authority"`
	ID         string    `json:"id"`
	System     string    `json:"system"` // title of the kind
	Name       string    `json:"name"`
	Email      string    `json:"email,omitempty"`
	Holder     string    `json:"holder"`
	State      string    `json:"state"`
	Person     string    `json:"person,omitempty"` // whose it is, or who answers for it
	PersonName string    `json:"person_name,omitempty"`
	Purpose    string    `json:"purpose,omitempty"`
	Admin      *bool     `json:"admin"`   // nil: not known
	Enabled    *bool     `json:"enabled"` // nil: not known
	LastUsed   time.Time `json:"last_used,omitzero"`
	Reasons    []Why     `json:"reasons,omitempty"`
	Since      string    `json:"leaves_on,omitempty"` // date, if whose it is leaves soon
}

// Item is an account of a review, with what was decided.
type Item struct {
	Account string
	Place   int // from 1, by system and name
	Seen
	Thought   bool // it needs thought
	Verdict   Verdict
	Note      string
	DecidedAt time.Time
	By        string
	ByName    string
	DoneAt    time.Time // when what was decided was seen to be done; zero if it was not
	DoneBy    string    // who confirmed it; empty for a collection
	DoneNote  string
}

// Waits reports that something was decided that is not seen to be done.
func (i *Item) Waits() bool { return (i.Verdict == Change || i.Verdict == Remove) && i.DoneAt.IsZero() }

func (i *Item) haystack() string {
	return strings.ToLower(strings.Join([]string{i.Name, i.Email, i.PersonName, i.System, i.ID}, "\n"))
}

// own reports whether an account is a person's own.
func (i *Item) own(mine string) bool {
	return mine != "" && i.Person == mine && i.Holder == string(account.ByPerson)
}

// gather makes the items of a review from the accounts there are, and counts those
// that are left out.
func gather(r *register.Record, w *register.World, accounts []account.Listed, people []person.Person, was map[string]*before) (items []Item, leftOut int) {
	ends := make(map[string]standing.Date, len(people))
	for i := range people {
		ends[people[i].ID] = people[i].EndsOn
	}
	usedOn := func(a *account.Listed) standing.Date { return standing.DayOf(a.LastUsed, w.Zone) }
	for n := range accounts {
		a := &accounts[n]
		in, out := within(r, a)
		if out {
			leftOut++
		}
		if !in {
			continue
		}
		i := Item{Account: a.ID, Seen: seenOf(a)}
		i.Reasons = reasons(a, was[a.ID], w.Today, ends[i.Person], usedOn)
		if slices.Contains(i.Reasons, Leaving) {
			i.Since = ends[i.Person].String()
		}
		i.Thought = len(i.Reasons) > 0
		items = append(items, i)
	}
	slices.SortStableFunc(items, func(a, b Item) int { return byName(&a, &b) })
	for n := range items {
		items[n].Place = n + 1
	}
	return items, leftOut
}

func byName(a, b *Item) int {
	if c := strings.Compare(a.System, b.System); c != 0 {
		return c
	}
	if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
		return c
	}
	return strings.Compare(a.Account, b.Account)
}

func seenOf(a *account.Listed) Seen {
	s := Seen{
		Kind: a.Kind, Authority: a.Authority, ID: a.Ref.ID, System: a.Title, Name: a.Name, Email: a.Email, Holder: string(a.Holder), State: string(a.State),
		PersonName: a.PersonName, Admin: a.Admin, Enabled: a.Enabled, LastUsed: a.LastUsed,
	}
	if m := a.Match; m != nil {
		s.Person, s.Holder, s.Purpose = m.Person, string(m.Holder), m.Note
	}
	return s
}

// isDone reports whether what was decided of an item shows in what is collected now.
// now is nil if no complete listing has the account any more.
func (i *Item) isDone(now *account.Listed) bool {
	if now == nil {
		return true
	}
	if now.Possible {
		return false
	}
	off := now.Enabled != nil && !*now.Enabled
	if i.Verdict == Remove {
		return off
	}
	return off || !same(i.Admin, now.Admin) || i.Person != whose(now)
}

func whose(a *account.Listed) string {
	if a.Match == nil {
		return ""
	}
	return a.Match.Person
}

// same reports whether two answers are equal. What is not known now shows nothing.
func same(was, is *bool) bool { return is == nil || was != nil && *was == *is }

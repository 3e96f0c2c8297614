package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
)

// The limits.
const (
	OfferLimit = 14 * 24 * time.Hour // of a code
	every      = time.Hour           // a summary is published
	fresh      = 24 * time.Hour      // a summary counts
	mostWork   = 25                  // lines of work in a summary
	mostAhead  = 200                 // lines of what comes
	mostOpen   = 200                 // codes that wait
	cooling    = 366 * 24 * time.Hour
)

// Horizon is how many days ahead a client publishes what comes.
const Horizon = 92

// JobPublish is the name of the job that publishes; its argument is the consent's id.
const JobPublish = "portfolio.publish"

// Service is the use cases of providers and of their clients.
type Service struct {
	DB   *db.DB
	Auth auth.Service
	// Look gathers an organization's summary with its own grant.
	Look func(ctx context.Context, who access.Actor) (Summary, error)
}

// Offer is a code that waits for a client's answer.
type Offer struct {
	ID        string
	Name      string // what the provider calls the client until it answers
	By        string // user id
	At        time.Time
	ExpiresAt time.Time
	Consent   string // that answered it; empty while nobody did
	EndedAt   time.Time
}

// open reports whether the code can still be answered.
func (o *Offer) open(now time.Time) bool {
	return o.Consent == "" && o.EndedAt.IsZero() && now.Before(o.ExpiresAt)
}

// Terms is what a client consents to, besides the figures of its position.
type Terms struct {
	Work  bool // the provider sees what is due: titles, controls, names and days
	Staff bool // the provider's staff may come in with the role provider
}

// Consent is a client's to one provider.
type Consent struct {
	ID           string
	Provider     string // organization id
	ProviderName string // when the consent was given
	Terms
	By       string // user id
	At       time.Time
	EndedAt  time.Time
	EndedBy  string
	EndedWhy string
	People   []auth.Member // who is in by it

	offer string
}

// Active reports whether the consent is in force.
func (c *Consent) Active() bool { return c.EndedAt.IsZero() }

// Client is an organization, as its provider sees it.
type Client struct {
	ID     string // of the consent
	Client string // organization id
	Name   string
	At     time.Time
	Terms
	Summary     *Summary // what the client published last; nil before the first
	PublishedAt time.Time
	EndedAt     time.Time
	EndedWhy    string
	Queued      int  // lines of work that the client published
	Enters      bool // whoever asks is a member of the client
}

// Stale reports whether the summary is too old to count.
func (c *Client) Stale(now time.Time) bool {
	return c.Summary == nil || now.Sub(c.PublishedAt) > fresh
}

// Needs reports whether somebody should look after the client: something deviates,
// fails, is late or is not known.
func (c *Client) Needs(now time.Time) bool {
	if c.Stale(now) {
		return true
	}
	return c.Summary.needs()
}

// Summary is what a client publishes. A field that its organization has no answer to is
// empty.
type Summary struct {
	Program    string   `json:"program,omitempty"` // name
	Type       string   `json:"type,omitempty"`    // type1 or type2
	Categories []string `json:"categories,omitempty"`
	Dates      string   `json:"dates,omitempty"` // the period or as-of date in words
	Day        int      `json:"day"`             // days of the period that have begun
	Days       int      `json:"days"`

	Controls   int `json:"controls"`
	Operated   int `json:"operated"`
	Action     int `json:"action"`     // controls that need action
	Deviating  int `json:"deviating"`  // controls with a deviation
	NotDue     int `json:"not_due"`    // controls
	Deviations int `json:"deviations"` // in the period
	Stale      int `json:"stale"`      // evidence to be added again
	Sources    int `json:"sources"`    // connections to products
	Troubled   int `json:"troubled"`   // connections that broke off or are overdue
	Late       int `json:"late"`       // things to do that are past due
	Waiting    int `json:"waiting"`    // things to do

	Work  []Work `json:"-"` // what is due first; with the client's consent alone
	Ahead []Work `json:"-"` // what comes within Horizon and is not asked for yet; with the same consent
}

// needs reports whether somebody should look after the organization.
func (s *Summary) needs() bool {
	return s.Action > 0 || s.Deviating > 0 || s.Troubled > 0 || s.Late > 0
}

// Work is something to do at a client.
type Work struct {
	Title   string    `json:"title"`
	Control string    `json:"control,omitempty"`
	With    string    `json:"with,omitempty"` // whom it waits for: a name, or a role
	Due     time.Time `json:"due,omitzero"`
	Late    bool      `json:"late"`
	Ahead   bool      `json:"-"`              // it is not asked for yet
	Href    string    `json:"href,omitempty"` // page of the client's organization
}

// limited keeps what the consent allows.
func (s *Summary) limited(t Terms) {
	if !t.Work {
		s.Work, s.Ahead = nil, nil
	}
	s.Work, s.Ahead = first(s.Work, mostWork), first(s.Ahead, mostAhead)
}

// first are the works that are due first.
func first(list []Work, most int) []Work {
	slices.SortStableFunc(list, func(a, b Work) int { return byDue(&a, &b) })
	return list[:min(len(list), most)]
}

// worst orders clients by what they need: first what is not known, then deviations,
// action, broken connections, late work; names decide.
func worst(now time.Time) func(a, b Client) int {
	rank := func(c *Client) [5]int {
		if c.Stale(now) {
			return [5]int{1}
		}
		s := c.Summary
		return [5]int{0, s.Deviating, s.Action, s.Troubled, s.Late}
	}
	return func(a, b Client) int {
		x, y := rank(&a), rank(&b)
		for i := range x {
			if x[i] != y[i] {
				return y[i] - x[i]
			}
		}
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}
}

func name(text string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || len(text) > 200 {
		return "", fault.Fields("The code was not made.", fault.Field{Name: "name", Text: "Say which client it is for, in at most 200 characters."})
	}
	return text, nil
}

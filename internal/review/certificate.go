package review

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/sheet"
	"assay/internal/register"
)

// Certificate is a review as it was signed. Its JSON is what the log commits to; what
// was seen to be done afterwards is not in it.
type Certificate struct {
	V         int       `json:"v"`
	Review    string    `json:"review"`
	Title     string    `json:"title"`
	BegunAt   string    `json:"begun_at"`
	Collected string    `json:"collected_at"`
	Complete  bool      `json:"complete"`
	Missing   string    `json:"missing,omitempty"`
	DueOn     string    `json:"due_on"`
	SignedAt  time.Time `json:"signed_at"`
	SignedBy  string    `json:"signed_by"`
	Accounts  []Row     `json:"accounts"`
}

// Row is an account of a certificate.
type Row struct {
	Account string `json:"account"`
	Seen
	Verdict   Verdict   `json:"verdict"`
	Note      string    `json:"note,omitempty"`
	DecidedAt time.Time `json:"decided_at"`
	DecidedBy string    `json:"decided_by"`
}

func certificate(r *register.Record, items []Item, at time.Time, by string) *Certificate {
	c := &Certificate{
		V: 1, Review: r.ID, Title: r.Get("title"), BegunAt: r.Get("begun_at"), Collected: r.Get("collected_at"), Complete: r.Get("complete") == register.Yes,
		Missing: r.Get("missing"), DueOn: r.Get("due_on"), SignedAt: at, SignedBy: by, Accounts: make([]Row, 0, len(items)),
	}
	for i := range items {
		item := &items[i]
		c.Accounts = append(c.Accounts, Row{item.Account, item.Seen, item.Verdict, item.Note, item.DecidedAt, item.ByName})
	}
	return c
}

// Seal commits to a review in the log: what signing does besides.
func (s *Service) Seal(tx *db.Tx, r *register.Record, _ *register.World) error {
	if err := tx.Lock("access review " + tx.Org() + " " + r.ID); err != nil {
		return err
	}
	counts, err := tally(tx, r.ID)
	if err != nil {
		return err
	}
	if n := counts.Undecided(); n > 0 {
		return fault.New(fault.Conflict, "%d accounts of %s are not decided on.", n, r.ID)
	}
	items, err := list(tx, r.ID, &Filter{})
	if err != nil {
		return err
	}
	r.Values.Set("signed_by", tx.Actor().Name)
	body, err := json.Marshal(certificate(r, items, tx.Now(), tx.Actor().Name))
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", r.ID, err)
	}
	leaf, err := s.Books.Seal(tx, r, Noun, len(items), body)
	r.Values.Set("leaf", leaf)
	return err
}

// Certificate reads what was signed.
func (s *Service) Certificate(ctx context.Context, who access.Actor, id string) (c *Certificate, body []byte, err error) {
	snap, err := s.Books.Snapshot(ctx, who, Noun, id)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, nil, fault.New(fault.NotFound, "%s was not signed yet, or is not here.", id)
		}
		return nil, nil, err
	}
	c = &Certificate{}
	if err := json.Unmarshal(snap.Body, c); err != nil {
		return nil, nil, fmt.Errorf("certificate of %s: %w", id, err)
	}
	return c, snap.Body, nil
}

// Write writes a certificate as csv, json or xlsx. JSON is the very bytes that the
// log commits to.
func (s *Service) Write(ctx context.Context, who access.Actor, id, format string, to io.Writer) error {
	c, body, err := s.Certificate(ctx, who, id)
	if err != nil {
		return err
	}
	t := c.table()
	switch format {
	case "json":
		_, err = to.Write(body)
		return err
	case "csv":
		return t.WriteCSV(to)
	case "xlsx":
		return sheet.WriteBook(to, c.cover(), t)
	}
	return fault.New(fault.Invalid, "Certificates are written as csv, json or xlsx.")
}

// cover says what was reviewed, and how.
func (c *Certificate) cover() sheet.Table {
	yes := map[bool]string{true: "yes", false: "no"}
	t := sheet.Table{Name: "Review", Head: []string{"what", "value"}, Rows: [][]string{
		{"review", c.Review + ": " + c.Title},
		{"begun at", c.BegunAt},
		{"collected at", c.Collected},
		{"every listing complete", yes[c.Complete]},
		{"due on", c.DueOn},
		{"signed at", clock.Format(c.SignedAt)},
		{"signed by", c.SignedBy},
		{"accounts", strconv.Itoa(len(c.Accounts))},
	}}
	if c.Missing != "" {
		t.Rows = append(t.Rows, []string{"what may be missing", c.Missing})
	}
	n := map[Verdict]int{}
	for i := range c.Accounts {
		n[c.Accounts[i].Verdict]++
	}
	for _, v := range Verdicts() {
		t.Rows = append(t.Rows, []string{string(v), strconv.Itoa(n[v])})
	}
	return t
}

func (c *Certificate) table() sheet.Table {
	t := sheet.Table{Name: "Accounts", Head: []string{
		"account", "system", "kind", "authority", "id", "name", "holder", "person", "purpose", "admin", "enabled", "last_used", "why", "verdict", "note", "decided_at", "decided_by",
	}}
	word := func(b *bool) string {
		if b == nil {
			return "not known"
		}
		return map[bool]string{true: "yes", false: "no"}[*b]
	}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		var why []string
		for _, w := range a.Reasons {
			why = append(why, string(w))
		}
		used := ""
		if !a.LastUsed.IsZero() {
			used = clock.Format(a.LastUsed)
		}
		t.Rows = append(t.Rows, []string{
			a.Account, a.System, a.Kind, a.Authority, a.ID, a.Name, a.Holder, a.PersonName, a.Purpose, word(a.Admin), word(a.Enabled), used,
			strings.Join(why, " "), string(a.Verdict), a.Note, clock.Format(a.DecidedAt), a.DecidedBy,
		})
	}
	return t
}

package population

import (
	"encoding/json"
	"fmt"
	"strconv"

	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/register"
)

// LeafType is the type of the entries that tell of captures.
const LeafType = "population.captured"

// Path is the path under which a capture is committed to.
const Path = "capture"

// corrects sees that what a population corrects was frozen in the same engagement, and
// that no other population stands in its place already.
func (s *Service) corrects(tx *db.Tx, r *register.Record) error {
	old := r.Get("corrects")
	if old == "" {
		return nil
	}
	all, err := s.Books.Having(tx, engagement.PopulationNoun, "engagement", r.Get("engagement"))
	if err != nil {
		return err
	}
	why := old + " is not a population of " + r.Get("engagement") + "."
	for i := range all {
		switch p := &all[i]; {
		case p.ID == old && (old == r.ID || p.State != engagement.Frozen):
			why = "Only another population that is frozen is corrected. Change one that is not frozen instead."
		case p.ID == old:
			why = ""
		}
	}
	for i := range all {
		if p := &all[i]; why == "" && p.ID != r.ID && p.Get("corrects") == old && p.State != engagement.Wanted && p.State != engagement.Rejected && p.ArchivedAt.IsZero() {
			why = p.ID + " corrects " + old + " already. Correct that one, once it is frozen."
		}
	}
	if why != "" {
		return fault.Fields("Nothing was captured.", fault.Field{Name: "corrects", Text: why})
	}
	return nil
}

// next is the number of a record's next capture.
func next(tx *db.Tx, id string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT coalesce(max(number), 0) + 1 FROM population_capture WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

// Body is what an entry says in the open of a capture: counts and hashes, neither
// names nor the condition.
func (c *Capture) Body() map[string]any {
	return map[string]any{
		"population": c.ID, "number": strconv.Itoa(c.Number), "kind": c.Kind, "from": c.From.String(), "to": c.To.String(), "n": len(c.Items), "root": c.Root.String(), "complete": c.Complete(),
	}
}

// seal writes the capture and its entry.
func seal(tx *db.Tx, r *register.Record, c *Capture) error {
	body, err := c.encode()
	if err != nil {
		return err
	}
	c.salt = tlog.NewSalt()
	commit := tlog.Commit(c.salt, Path, body)
	leaves, err := ledger.Append(tx, ledger.Entry{Type: LeafType, Stream: "population/" + r.ID, Body: c.Body(), Commit: map[string]string{Path: tlog.B64(commit[:])}})
	if err != nil {
		return err
	}
	c.Leaf = leaves[0]
	_, err = tx.Exec(`INSERT INTO population_capture (org_id, id, number, at, items, root, body, salt, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Org(), r.ID, c.Number, db.Ms(c.At), len(c.Items), c.Root.String(), string(body), c.salt[:], c.Leaf)
	return err
}

// Newest is the newest capture of a record.
func Newest(tx *db.Tx, id string) (*Capture, error) {
	c, found, err := db.Maybe(tx, func(scan db.Scan) (*Capture, error) {
		var body, leaf string
		if err := scan(&body, &leaf); err != nil {
			return nil, err
		}
		c, err := Read([]byte(body))
		if err == nil {
			c.Leaf = leaf
		}
		return c, err
	}, `SELECT body, leaf FROM population_capture WHERE org_id = $1 AND id = $2 ORDER BY number DESC LIMIT 1`, tx.Org(), id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "%s was not captured yet.", id)
	}
	return c, nil
}

// Read reads a capture from what the log commits to.
func Read(body []byte) (*Capture, error) {
	c := &Capture{}
	if err := json.Unmarshal(body, c); err != nil {
		return nil, fmt.Errorf("read a capture: %w", err)
	}
	for i := range c.Items {
		if _, err := tlog.ParseHash(c.Items[i].Hash); err != nil {
			return nil, fmt.Errorf("capture of %s: item %d: %w", c.ID, i, err)
		}
	}
	c.Root = rootOf(c.Items)
	return c, nil
}

// Sealed is a capture as it was sealed, with what opens the log's commitment to it,
// whose path is Path.
type Sealed struct {
	Number int
	Body   []byte
	Leaf   string
	Salt   tlog.Salt
}

// Captures are all captures of a record as they were sealed, the oldest first, one
// at a time.
func Captures(tx *db.Tx, id string, each func(*Sealed) error) error {
	return tx.Each(func(scan db.Scan) error {
		s := &Sealed{}
		var body string
		var salt []byte
		if err := scan(&s.Number, &body, &s.Leaf, &salt); err != nil {
			return err
		}
		var err error
		if s.Salt, err = tlog.SaltFrom(salt); err != nil {
			return err
		}
		s.Body = []byte(body)
		return each(s)
	}, `SELECT number, body, leaf, salt FROM population_capture WHERE org_id = $1 AND id = $2 ORDER BY number`, tx.Org(), id)
}

package population_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/sample"
)

// frozen is a frozen population of the five days of the engagement.
func (h *house) frozen() register.Record {
	h.Helper()
	h.on(20)
	r, _ := h.captured("facts", "date.day")
	_, err := h.step(h.lead, r.ID, "reconcile", "second_source", "Calendar", "second_count", "5")
	h.must(err)
	r, err = h.step(h.auditor, r.ID, "freeze", "reliability", "Counted.")
	h.must(err)
	return r
}

func (h *house) plan(population string, pairs ...string) register.Record {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.auditor, engagement.SampleNoun, register.Input{Fields: fields(append([]string{"title", "Days", "population", population}, pairs...)...)})
	h.must(err)
	return r
}

func (h *house) sample(who access.Actor, id, name string, pairs ...string) (register.Record, error) {
	return h.b.Move(h.Context(), who, engagement.SampleNoun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
}

// want sees that something was refused, and says why.
func (h *house) want(_ register.Record, err error) func(kind fault.Kind, text string) {
	return func(kind fault.Kind, text string) {
		h.Helper()
		words := []string{fmt.Sprint(err)}
		for _, f := range fault.FieldsOf(err) {
			words = append(words, f.Text)
		}
		said := strings.Join(words, " ")
		if !fault.Is(err, kind) || !strings.Contains(said, text) {
			h.Errorf("%s, want %s %q", said, kind, text)
		}
	}
}

// anchor signs the log as it is, and has a witness of the test see it: the
// entries of the head.
func (h *house) anchor() (size string) {
	h.Helper()
	h.must(ledger.Settle(h.Context(), h.db, h.org))
	head, err := ledger.Sign(h.Context(), h.db, h.ring, h.org)
	h.must(err)
	g, err := access.Console(h.org).May(access.ConnectorSync)
	h.must(err)
	h.must(h.db.Write(h.Context(), g, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO anchor_cosignature (org_id, size, witness, at, line, leaf) VALUES ($1, $2, 'w', 0, 'x', 'lf_x')`, tx.Org(), head.Size)
		return err
	}))
	return strconv.FormatInt(head.Size, 10)
}

var nonce = sample.Nonce{1, 2, 3}

// A sample is fixed in the log before its seed can be known, is drawn with the
// nonce that was committed to, and anybody draws the same again.
func TestASampleIsCommittedToAndDrawnAgain(t *testing.T) {
	each(t, func(h *house) {
		p := h.frozen()
		h.anchor()
		s := h.plan(p.ID, "size", "2")
		hash, plain := nonce.Hash().String(), hex.EncodeToString(nonce[:])
		h.want(h.sample(h.lead, s.ID, "commit", "nonce_hash", hash))(fault.Forbidden, "")
		h.want(h.sample(h.auditor, s.ID, "commit"))(fault.Invalid, "hash of the nonce")
		h.want(h.sample(h.auditor, s.ID, "commit", "nonce_hash", "zz"))(fault.Invalid, "64 hexadecimal")
		s, err := h.sample(h.auditor, s.ID, "commit", "nonce_hash", hash)
		h.must(err)
		if s.State != engagement.SampleCommitted || s.Get("root") != p.Get("root") || s.Get("items") != "" || s.Get("leaf") == "" {
			h.Fatalf("%+v", s)
		}
		_, err = h.b.Edit(h.Context(), h.auditor, engagement.SampleNoun, s.ID, register.Input{Part: true, Fields: fields("size", "3")})
		h.want(s, err)(fault.Conflict, "")
		h.must(ledger.Settle(h.Context(), h.db, h.org))
		h.want(h.sample(h.auditor, s.ID, "reveal", "nonce", plain))(fault.Conflict, "anchored outside")
		anchored := h.anchor()
		h.plan(p.ID, "size", "1")
		h.anchor() // a later head does not count
		h.want(h.sample(h.auditor, s.ID, "reveal", "nonce", hash))(fault.Invalid, "not the one")
		s, err = h.sample(h.auditor, s.ID, "reveal", "nonce", plain)
		h.must(err)
		h.again(&s, 2)
		if size := s.Get("checkpoint_size"); size != anchored {
			h.Errorf("drawn with the head of %s entries, want %s", size, anchored)
		}
		first := strings.Fields(s.Get("items"))
		h.want(h.sample(h.auditor, s.ID, "replace", "place", "9"))(fault.Invalid, "not selected")
		s, err = h.sample(h.auditor, s.ID, "replace", "place", first[0])
		h.must(err)
		h.again(&s, 3)
		if s.Get("replaced") != first[0] || !slices.Equal(strings.Fields(s.Get("items"))[:2], first) {
			h.Errorf("replaced %q, items %q", s.Get("replaced"), s.Get("items"))
		}
		h.want(h.sample(h.auditor, s.ID, "replace", "place", first[0]))(fault.Invalid, "before")
		h.want(h.sample(h.auditor, s.ID, "extend", "more", "3"))(fault.Invalid, "at most 5")
		s, err = h.sample(h.auditor, s.ID, "extend", "more", "2")
		h.must(err)
		h.again(&s, 5)
		h.want(h.sample(h.auditor, s.ID, "replace", "place", first[1]))(fault.Invalid, "no further")
	})
}

// again draws again out of what the record says, and compares.
func (h *house) again(s *register.Record, size int) {
	h.Helper()
	got, err := population.Redraw(s.Values, size)
	h.must(err)
	var out []string
	for _, place := range got {
		out = append(out, strconv.Itoa(place))
	}
	if s.State != engagement.SampleDrawn || s.Get("selected") != strconv.Itoa(size) || strings.Join(out, " ") != s.Get("items") || s.Get("drawn_leaf") == "" {
		h.Errorf("%s, drawn %q, again %v", s.State, s.Get("items"), out)
	}
}

// What has no seed is drawn at once; sizes follow from the table or from rates; a
// population that is not frozen is not drawn from.
func TestSizesAndMethods(t *testing.T) {
	each(t, func(h *house) {
		p := h.frozen()
		draw := func(pairs ...string) (register.Record, error) {
			return h.sample(h.auditor, h.plan(p.ID, pairs...).ID, "commit")
		}
		if s, err := draw("method", "whole"); err != nil || s.State != engagement.SampleDrawn || s.Get("items") != "all" || s.Get("selected") != "5" {
			h.Errorf("%+v %v", s, err)
		}
		if s, err := draw("method", "judgemental", "chosen", "4; 0", "chosen_why", "The busiest."); err != nil || s.Get("items") != "0 4" {
			h.Errorf("%+v %v", s, err)
		}
		h.want(draw("method", "judgemental", "chosen", "5", "chosen_why", "x"))(fault.Invalid, "There is no item 5")
		hash := nonce.Hash().String()
		for _, c := range []struct {
			pairs []string
			size  string
		}{{[]string{"frequency", "quarterly"}, "2"}, {[]string{"frequency", "quarterly", "higher", "yes"}, "4"}, {[]string{"tolerable", "10"}, "5"}, {[]string{"method", "systematic", "size", "3"}, "3"}} {
			s, err := h.sample(h.auditor, h.plan(p.ID, c.pairs...).ID, "commit", "nonce_hash", hash)
			if err != nil || s.Get("planned_size") != c.size || s.Get("sized_why") == "" {
				h.Errorf("%v: %s, %v", c.pairs, s.Get("planned_size"), err)
			}
		}
		h.want(h.sample(h.auditor, h.plan(p.ID, "size", "6").ID, "commit", "nonce_hash", hash))(fault.Invalid, "has 5 items")
		h.want(h.sample(h.auditor, h.plan(p.ID).ID, "commit", "nonce_hash", hash))(fault.Invalid, "Give a size")
		h.want(h.sample(h.auditor, h.plan(p.ID, "method", "whole").ID, "commit", "nonce_hash", hash))(fault.Invalid, "no seed")
		open, _ := h.captured("facts", "date.day")
		h.want(h.sample(h.auditor, h.plan(open.ID, "size", "1").ID, "commit", "nonce_hash", hash))(fault.Invalid, "not frozen")
	})
}

// A record that says another size than the log is not drawn from.
func TestAChangedCommitmentIsFound(t *testing.T) {
	each(t, func(h *house) {
		s, err := h.sample(h.auditor, h.plan(h.frozen().ID, "size", "2").ID, "commit", "nonce_hash", nonce.Hash().String())
		h.must(err)
		h.anchor()
		g, err := access.Console(h.org).May(access.ConnectorSync)
		h.must(err)
		h.must(h.db.Write(h.Context(), g, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE register_row SET body = replace(body, '"planned_size":["2"]', '"planned_size":["3"]') WHERE org_id = $1 AND id = $2`, tx.Org(), s.ID)
			return err
		}))
		h.want(h.sample(h.auditor, s.ID, "reveal", "nonce", hex.EncodeToString(nonce[:])))(fault.Tampered, "and the log")
	})
}

package backup

import (
	"context"
	"errors"
	"strconv"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/kit/witness"
	"assay/internal/ledger"
	"assay/internal/projection"
	"assay/internal/trail"
)

// Seen is how much of a log somebody outside the database knows.
type Seen struct {
	Who     string `json:"who"` // "the mark of what was signed", "the log mirror", "witness auditor"
	Size    int64  `json:"size"`
	Problem string `json:"problem,omitempty"` // it could not be asked
	Fork    bool   `json:"fork,omitempty"`    // it knows other entries
}

// LogState is what Examine found of one log.
type LogState struct {
	Org     string   `json:"org"`
	Name    string   `json:"name"`
	Origin  string   `json:"origin"`
	Size    int64    `json:"size"`
	Rows    int64    `json:"rows"`              // compared with the log
	Problem string   `json:"problem,omitempty"` // the log or a row is not what was written
	Seen    []Seen   `json:"seen"`
	Missing int64    `json:"missing"`         // entries that somebody knows and the store has not
	Here    int64    `json:"recoverable"`     // of them, those that the log mirror has
	Notes   []string `json:"notes,omitempty"` // what could not be compared
}

// Sound tells whether nothing is wrong and nothing is missing.
func (l *LogState) Sound() bool { return l.Problem == "" && l.Missing == 0 && !l.forked() }

func (l *LogState) forked() bool {
	for i := range l.Seen {
		if l.Seen[i].Fork {
			return true
		}
	}
	return false
}

// Held is what was put back and waits to be accepted; nil if nothing does.
func (s *Service) Held(ctx context.Context) (h *Held, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		h, err = loadHeld(tx)
		return err
	})
	return h, err
}

// Examine computes every log again, holds every row against it, and asks whoever
// is outside the database what they know of it: the mark of what was signed last
// (the signer's, or the file's), the log mirror, the witnesses.
func (s *Service) Examine(ctx context.Context) ([]LogState, error) {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []LogState
	for i := range orgs {
		l, err := s.examine(ctx, orgs[i].ID)
		if err != nil {
			return nil, err
		}
		l.Name = orgs[i].Name
		out = append(out, *l)
	}
	return out, nil
}

func (s *Service) examine(ctx context.Context, org string) (*LogState, error) {
	l := &LogState{Org: org}
	err := s.look(ctx, l, func(tx *db.Tx, l *LogState) error {
		if err := s.inside(tx, l); err != nil {
			return err
		}
		return s.outside(tx, l)
	})
	for i := range l.Seen {
		l.Missing = max(l.Missing, l.Seen[i].Size-l.Size)
	}
	return l, err
}

// look compares one log.
func (s *Service) look(ctx context.Context, l *LogState, with func(*db.Tx, *LogState) error) error {
	grant, err := access.Console(l.Org).May(access.LogRead)
	if err != nil {
		return err
	}
	return s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		head, err := ledger.Head(tx)
		if err != nil {
			return err
		}
		l.Origin, l.Size = head.Origin, int64(head.Size) //nolint:gosec // fits
		return with(tx, l)
	})
}

// inside compares the store with itself.
func (s *Service) inside(tx *db.Tx, l *LogState) error {
	_, err := ledger.Verify(tx)
	if err == nil {
		var found *projection.Found
		if found, err = projection.Compare(tx, projection.Span{To: l.Size}); err == nil {
			l.Rows, err = found.Rows, found.Err()
		}
	}
	if fault.Is(err, fault.Tampered) {
		l.Problem, err = err.Error(), nil
	}
	return err
}

// outside asks those whom the database does not reach.
func (s *Service) outside(tx *db.Tx, l *LogState) error {
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	mark, there, err := s.Keys.Mark(tx.Context(), tx.Org(), o)
	if !there && err == nil {
		l.Notes = append(l.Notes, "There is no mark of what was signed: put the old store's keys/marks beside the master key, or name the signer.")
	} else {
		l.add(tx, "the mark of what was signed", mark, err)
	}
	if s.Config == nil {
		l.Notes = append(l.Notes, "There is no backup.yaml, so that no log mirror was compared.")
	} else {
		s.mirrorSeen(tx, l, o.Verifier())
	}
	signed, err := ledger.Checkpoints(tx, 1)
	if err != nil {
		return err
	}
	if s.Anchors == nil || len(s.Anchors.Config.Witnesses) == 0 || len(signed) == 0 {
		l.Notes = append(l.Notes, "No witness was asked: none is named, or the log was never signed.")
		return nil
	}
	for _, w := range s.Anchors.Config.Witnesses {
		l.Seen = append(l.Seen, s.ask(tx, w, signed[0]))
	}
	return nil
}

// add notes what somebody knows, and whether it is of this log.
func (l *LogState) add(tx *db.Tx, who string, cp tlog.Checkpoint, err error) {
	seen := Seen{Who: who, Size: int64(cp.Size)}                            //nolint:gosec // fits
	if err == nil && cp.Root != (tlog.Hash{}) && int64(cp.Size) <= l.Size { //nolint:gosec // fits
		err = beyond(tx, cp, who)
		seen.Fork = fault.Is(err, fault.Tampered)
	}
	if err != nil {
		seen.Problem = err.Error()
	}
	l.Seen = append(l.Seen, seen)
}

func (s *Service) mirrorSeen(tx *db.Tx, l *LogState, verifier string) {
	var cp tlog.Checkpoint
	place, err := s.place(tx.Context())
	if err == nil {
		cp, _, err = place.mirrorHead(tx.Context(), tx.Org(), verifier)
	}
	if fault.Is(err, fault.NotFound) {
		l.Notes = append(l.Notes, "The log mirror has nothing of this log.")
		return
	}
	l.add(tx, "the log mirror", cp, err)
	l.Here = max(0, int64(cp.Size)-l.Size) //nolint:gosec // fits
}

// ask has a witness compare the newest head that was signed.
func (s *Service) ask(tx *db.Tx, w tlog.Witness, signed ledger.Checkpoint) Seen {
	out := Seen{Who: "witness " + w.Name, Size: signed.Size}
	c := &witness.Client{HTTP: s.Anchors.HTTP, URL: w.URL, Key: w.Key}
	size := uint64(signed.Size) //nolint:gosec // never negative
	_, _, err := c.Add(tx.Context(), signed.Note, size, func(from uint64) ([]tlog.Hash, error) {
		return tlog.ProveConsistency(from, size, ledger.Subtrees(tx, size))
	})
	if seen, ok := errors.AsType[*witness.SeenError](err); ok {
		out.Size, out.Fork = int64(seen.Size), seen.Fork //nolint:gosec // fits
	}
	if err != nil {
		out.Problem = err.Error()
	}
	return out
}

// Accepted is what Accept did of one log.
type Accepted struct {
	Org      string `json:"org"`
	Name     string `json:"name"`
	Replayed int64  `json:"replayed"` // entries that came from the log mirror
	Size     int64  `json:"size"`     // of the log, with the entry that says so
}

// Accept goes on from a store that was put back: entries that the log mirror has
// are put behind the log's last one, and an entry says which they are, since their
// rows are lost. It refuses while anything is wrong, or while somebody knows more
// entries than the store and the mirror.
func (s *Service) Accept(ctx context.Context, who func(whom string) access.Actor) ([]Accepted, error) {
	held, err := s.Held(ctx)
	if err != nil {
		return nil, err
	}
	if held == nil {
		return nil, fault.New(fault.Conflict, "This store was not put back from a backup, or was accepted already.")
	}
	list, err := s.Examine(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := list[i].acceptable(); err != nil {
			return nil, err
		}
	}
	s.DB.Hold(nil)
	var out []Accepted
	for i := range list {
		a, err := s.accept(ctx, who(list[i].Org), &list[i], held)
		if err != nil {
			return out, err
		}
		a.Name = list[i].Name
		out = append(out, *a)
	}
	return out, s.DB.WriteInstallation(ctx, release)
}

func (l *LogState) acceptable() error {
	switch {
	case l.Problem != "":
		return fault.New(fault.Tampered, "%s: %s Nothing was changed.", l.Name, l.Problem)
	case l.forked():
		return fault.New(fault.Tampered, "%s: others know another history of this log. Nothing was changed.", l.Name)
	case l.Missing > l.Here:
		return fault.New(fault.Tampered,
			"%s: %d entries are known to others and are neither in this store nor in the log mirror. Put back a newer copy. Nothing was changed.",
			l.Name, l.Missing-l.Here)
	}
	return nil
}

// TypeRecovered is the entry that says that the log goes on from a copy, and which
// entries before it are there without their rows.
const TypeRecovered = projection.TypeRecovered

func (s *Service) accept(ctx context.Context, who access.Actor, l *LogState, held *Held) (*Accepted, error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return nil, err
	}
	out := &Accepted{Org: l.Org, Replayed: l.Here}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := tx.Lock("ledger " + tx.Org()); err != nil {
			return err
		}
		if err := s.replay(tx, l); err != nil {
			return err
		}
		if _, err := ledger.Append(tx, ledger.Entry{Type: TypeRecovered, Stream: "log", Body: map[string]any{
			"backup": held.Backup, "from": l.Size, "to": l.Size + l.Here,
		}}); err != nil {
			return err
		}
		r := &Run{Kind: KindRestore, Backup: held.Backup, At: held.At, Place: held.Place, OK: true, Size: l.Size}
		return r.add(tx, trail.Act{
			Action: "restore.accept", Noun: "backup", Object: held.Backup, Label: held.Backup,
			Detail: map[string]string{"entries without their rows": strconv.FormatInt(l.Here, 10)},
		})
	})
	if err != nil {
		return nil, err
	}
	signed, err := ledger.Sign(ctx, s.DB, s.Keys, l.Org)
	out.Size = signed.Size
	return out, err
}

// replay puts the mirror's entries behind the log's last one.
func (s *Service) replay(tx *db.Tx, l *LogState) error {
	if l.Here == 0 {
		return nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	place, err := s.place(tx.Context())
	if err != nil {
		return err
	}
	cp, note, err := place.mirrorHead(tx.Context(), tx.Org(), o.Verifier())
	if err != nil {
		return err
	}
	leaves, err := place.entries(tx.Context(), tx.Org(), uint64(l.Size), cp.Size) //nolint:gosec // never negative
	if err != nil {
		return err
	}
	return ledger.Replay(tx, leaves, cp, note)
}

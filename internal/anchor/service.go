package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa"
	"assay/internal/kit/witness"
	"assay/internal/ledger"
	"assay/internal/pack"
)

// JobRound is the work of asking everybody.
const JobRound = "log.anchor"

// Service asks. Its zero value has nobody to ask.
type Service struct {
	DB     *db.DB
	Keys   *keys.Ring
	HTTP   *http.Client
	Config Config
	Log    *slog.Logger
}

// Round signs the head, asks every authority and then every witness about it,
// and returns the size of the head that the witnesses were shown. Whoever does
// not answer is noted; a witness that saw another log is a Tampered fault.
func (s Service) Round(ctx context.Context, org string) (size int64, err error) {
	grant, err := access.Job(org, "anchor").May(access.LogRead)
	if err != nil {
		return 0, err
	}
	head, err := ledger.Sign(ctx, s.DB, s.Keys, org)
	if err != nil {
		return 0, err
	}
	stamped := false
	for _, a := range s.Config.Authorities {
		done, err := s.stamp(ctx, grant, a, head)
		if err := s.tried(ctx, grant, a.Name, err); err != nil {
			return 0, err
		}
		stamped = stamped || done
	}
	if stamped { // what the witnesses see has the stamps in it
		if head, err = ledger.Sign(ctx, s.DB, s.Keys, org); err != nil {
			return 0, err
		}
	}
	var seen error
	for _, w := range s.Config.Witnesses {
		err := s.cosign(ctx, grant, w, head)
		if _, other := errors.AsType[*witness.SeenError](err); other && seen == nil {
			seen = fault.Wrap(fault.Tampered, err, "The witness %s does not accept this log: %v. Keep a copy of the store and tell your auditor.", w.Key.Name, err)
		}
		if err := s.tried(ctx, grant, w.Key.Name, err); err != nil {
			return 0, err
		}
	}
	return head.Size, seen
}

// urgent are the entries that are not left waiting for the hour: what people
// decided.
func urgent() []string {
	return []string{"exclusion.approved", "exclusion.ended", "check.defined", "control.version", "program.added", "program.changed", "policy.approved"}
}

// pause is how long nobody is asked again because of something urgent.
const pause = 5 * time.Minute

// Due tells whether something was decided that no authority of time has stamped
// yet, and none was asked lately.
func (s Service) Due(tx *db.Tx) (bool, error) {
	if len(s.Config.Authorities) == 0 {
		return false, nil
	}
	tries, err := loadTries(tx)
	if err != nil {
		return false, err
	}
	last := int64(0)
	for _, a := range s.Config.Authorities {
		if tx.Now().Sub(tries[a.Name].at) < pause {
			return false, nil
		}
		size, err := lastStamp(tx, a.Name)
		if err != nil {
			return false, err
		}
		last = max(last, size)
	}
	return ledger.Has(tx, last, urgent()...)
}

// tried notes how asking went.
func (s Service) tried(ctx context.Context, grant access.Grant, source string, problem error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := ""
	if problem != nil {
		text = problem.Error()
		if s.Log != nil {
			s.Log.WarnContext(ctx, "anchor", "org", grant.Org(), "source", source, "err", problem)
		}
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error { return saveTry(tx, source, text) })
}

// stamp asks an authority about a head, if the log grew since it was asked last.
func (s Service) stamp(ctx context.Context, grant access.Grant, a Authority, head ledger.Checkpoint) (bool, error) {
	grew := false
	err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		last, err := lastStamp(tx, a.Name)
		if err == nil && head.Size > last {
			grew, err = ledger.Grew(tx, last)
		}
		return err
	})
	if err != nil || !grew {
		return false, err
	}
	text, _, err := tlog.SplitNote(head.Note)
	if err != nil {
		return false, err
	}
	c, err := tlog.ParseCheckpoint(text)
	if err != nil {
		return false, err
	}
	q := tsa.NewRequest(pack.StampHash(c))
	answer, err := s.ask(ctx, a.URL, &q)
	if err != nil {
		return false, err
	}
	der, token, err := q.Answer(answer, s.Config.Roots)
	if err != nil {
		return false, fmt.Errorf("the token of %s is not believed: %w", a.Name, err)
	}
	sum := tlog.Hash(sha256.Sum256(der))
	at := clock.Trunc(token.Time)
	return true, s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		leaves, err := ledger.Append(tx, ledger.Entry{Type: ledger.TypeStamp, Stream: stream, Body: map[string]any{
			"authority": a.Name, "size": head.Size, "token": sum.String(), "time": clock.Format(at),
		}})
		if err != nil {
			return err
		}
		return insertStamp(tx, &Stamp{Hash: sum.String(), Size: head.Size, Authority: a.Name, At: at, Token: der, Leaf: leaves[0]})
	})
}

// stream is that of all entries of this package.
const stream = "anchor"

const maxAsk = 30 * time.Second

func (s Service) ask(ctx context.Context, url string, q *tsa.Request) ([]byte, error) {
	body, err := q.Encode()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, maxAsk)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", tsa.RequestType)
	req.Header.Set("Accept", tsa.ResponseType)
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, tsa.MaxToken+1))
}

// cosign shows a head to a witness, if it has not signed it.
func (s Service) cosign(ctx context.Context, grant access.Grant, w tlog.Witness, head ledger.Checkpoint) error {
	var last int64
	grew := false
	err := s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
		if last, err = lastCosigned(tx, w.Key.String()); err == nil && head.Size > last {
			grew, err = ledger.Grew(tx, last)
		}
		return err
	})
	if err != nil || !grew {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, maxAsk)
	defer stop()
	c := witness.Client{HTTP: s.HTTP, URL: w.URL, Key: w.Key}
	sig, at, err := c.Add(ctx, head.Note, uint64(last), func(from uint64) (proof []tlog.Hash, err error) { //nolint:gosec // never negative
		err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
			size := uint64(head.Size) //nolint:gosec // never negative
			proof, err = tlog.ProveConsistency(from, size, ledger.Subtrees(tx, size))
			return err
		})
		return proof, err
	})
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		leaves, err := ledger.Append(tx, ledger.Entry{Type: "anchor.witness", Stream: stream, Body: map[string]any{
			"key": w.Key.String(), "size": head.Size, "time": clock.Format(at), "cosignature": tlog.B64(sig.Raw),
		}})
		if err != nil {
			return err
		}
		return insertCosignature(tx, &Cosignature{Size: head.Size, Witness: w.Key.String(), At: at, Line: sig.Line(), Leaf: leaves[0]})
	})
}

// Source is somebody who is asked, and how it stands.
type Source struct {
	Name    string // of the authority, or of the witness's key
	Key     string // of a witness
	Size    int64  // entries that the newest stamp or cosignature covers; 0 before any
	At      time.Time
	TriedAt time.Time
	Problem string // of the last try; empty when it went well
}

// State is who is asked about an organization's log.
type State struct{ Authorities, Witnesses []Source }

// State returns how it stands with everybody who is asked.
func (s Service) State(tx *db.Tx) (out State, err error) {
	tries, err := loadTries(tx)
	if err != nil {
		return out, err
	}
	for _, a := range s.Config.Authorities {
		x := Source{Name: a.Name, TriedAt: tries[a.Name].at, Problem: tries[a.Name].problem}
		if x.Size, x.At, err = newestStamp(tx, a.Name); err != nil {
			return out, err
		}
		out.Authorities = append(out.Authorities, x)
	}
	for _, w := range s.Config.Witnesses {
		x := Source{Name: w.Key.Name, Key: w.Key.String(), TriedAt: tries[w.Key.Name].at, Problem: tries[w.Key.Name].problem}
		if x.Size, x.At, err = newestCosignature(tx, x.Key); err != nil {
			return out, err
		}
		out.Witnesses = append(out.Witnesses, x)
	}
	return out, nil
}

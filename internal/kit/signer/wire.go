package signer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// One request and one answer, each a line of JSON, go over each connection.
type request struct {
	Op     string   `json:"op"` // key, create, adopt, head, manifest
	Origin string   `json:"origin"`
	Text   string   `json:"text,omitempty"`
	Seed   []byte   `json:"seed,omitempty"`
	Note   []byte   `json:"note,omitempty"` // of adopt: what was signed last
	Proof  [][]byte `json:"proof,omitempty"`
}

type answer struct {
	Key     string `json:"key,omitempty"`
	Size    uint64 `json:"size,omitempty"`
	Note    []byte `json:"note,omitempty"`
	Error   string `json:"error,omitempty"`
	Refused bool   `json:"refused,omitempty"` // the log is not what was signed
}

const (
	maxMessage = 256 << 10
	maxTime    = 10 * time.Second
)

// Serve answers until the context ends.
func (s *Signer) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		wg.Go(func() { s.talk(c) })
	}
}

func (s *Signer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	late := time.AfterFunc(maxTime, func() { _ = c.Close() })
	defer late.Stop()
	var q request
	dec := json.NewDecoder(io.LimitReader(c, maxMessage))
	dec.DisallowUnknownFields()
	var a answer
	if err := dec.Decode(&q); err != nil {
		a.Error = "The request cannot be read."
	} else if err := s.do(&q, &a); err != nil {
		a = answer{Error: err.Error()}
		_, a.Refused = errors.AsType[*refusedError](err)
	}
	_ = json.NewEncoder(c).Encode(a) // whoever asked may be gone
}

func (s *Signer) do(q *request, a *answer) (err error) {
	switch q.Op {
	case "key":
		a.Key, a.Size, err = s.size(q.Origin)
	case "create":
		a.Key, err = s.key(q.Origin, nil, nil)
	case "adopt":
		if len(q.Seed) == 0 {
			return errors.New("no seed")
		}
		a.Key, err = s.key(q.Origin, q.Seed, q.Note)
	case "head":
		var proof []tlog.Hash
		for _, b := range q.Proof {
			h, err := tlog.HashFrom(b)
			if err != nil {
				return err
			}
			proof = append(proof, h)
		}
		a.Note, err = s.head(q.Origin, q.Text, proof)
	case "manifest":
		a.Note, err = s.manifest(q.Origin, q.Text)
	default:
		err = errors.New("no such request")
	}
	return err
}

// Client asks the signer behind a socket.
type Client struct{ Socket string }

func (c *Client) ask(ctx context.Context, q *request) (a answer, err error) {
	ctx, stop := context.WithTimeout(ctx, maxTime)
	defer stop()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", c.Socket)
	if err != nil {
		return a, fault.Wrap(fault.Busy, err, "The signer at %s does not answer. Start it: assay signer.", c.Socket)
	}
	defer func() { _ = conn.Close() }()
	end := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer end()
	if err := json.NewEncoder(conn).Encode(q); err != nil {
		return a, err
	}
	if err := json.NewDecoder(io.LimitReader(conn, maxMessage)).Decode(&a); err != nil {
		return a, fault.Wrap(fault.Busy, err, "The signer at %s broke off.", c.Socket)
	}
	switch {
	case a.Refused:
		return a, fault.New(fault.Tampered, "%s", a.Error)
	case a.Error != "":
		return a, fault.New(fault.Conflict, "The signer refuses: %s.", a.Error)
	}
	return a, nil
}

// Create has the signer make the key of a new log, and returns the public half.
func (c *Client) Create(ctx context.Context, origin string) (string, error) {
	a, err := c.ask(ctx, &request{Op: "create", Origin: origin})
	return a.Key, err
}

// Adopt hands over a key and what it signed last, which may be empty.
func (c *Client) Adopt(ctx context.Context, origin string, seed, last []byte) (string, error) {
	a, err := c.ask(ctx, &request{Op: "adopt", Origin: origin, Seed: seed, Note: last})
	return a.Key, err
}

// Size is how many entries of the log were signed last.
func (c *Client) Size(ctx context.Context, origin string) (uint64, error) {
	a, err := c.ask(ctx, &request{Op: "key", Origin: origin})
	return a.Size, err
}

// Head has a checkpoint signed. Prove makes a proof from the size that was signed
// last. A head that does not extend it is a Tampered fault.
func (c *Client) Head(ctx context.Context, head tlog.Checkpoint, prove func(from uint64) ([]tlog.Hash, error)) ([]byte, error) {
	last, err := c.ask(ctx, &request{Op: "key", Origin: head.Origin})
	if err != nil {
		return nil, err
	}
	q := &request{Op: "head", Origin: head.Origin, Text: head.Text()}
	if last.Size > 0 && last.Size < head.Size {
		proof, err := prove(last.Size)
		if err != nil {
			return nil, err
		}
		for i := range proof {
			q.Proof = append(q.Proof, proof[i][:])
		}
	}
	a, err := c.ask(ctx, q)
	return a.Note, err
}

// Manifest has the manifest of a package signed.
func (c *Client) Manifest(ctx context.Context, origin, text string) ([]byte, error) {
	a, err := c.ask(ctx, &request{Op: "manifest", Origin: origin, Text: text})
	return a.Note, err
}

package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"assay/internal/kit/tlog"
)

// Client asks one witness.
type Client struct {
	HTTP *http.Client
	URL  string // submission prefix
	Key  tlog.CosignerKey
}

// Prove returns a consistency proof from a size to that of the checkpoint.
type Prove func(from uint64) ([]tlog.Hash, error)

// SeenError says that the witness kept a checkpoint that this log does not
// extend: of more entries, or of other ones.
type SeenError struct {
	Size uint64 // that the witness keeps
	Fork bool   // of other entries
}

// Error says what it means.
func (e *SeenError) Error() string {
	if e.Fork {
		return fmt.Sprintf("the witness saw another history: the first %d entries are not those that it cosigned", e.Size)
	}
	return fmt.Sprintf("the witness cosigned %d entries, and the log has fewer: an old copy was restored, or entries are missing", e.Size)
}

// Add asks for a cosignature on the signed checkpoint. Old is the size that the
// witness is thought to keep; when it says another, it is asked once more.
func (c *Client) Add(ctx context.Context, note []byte, old uint64, prove Prove) (tlog.Signature, time.Time, error) {
	text, _, err := tlog.SplitNote(note)
	if err != nil {
		return tlog.Signature{}, time.Time{}, err
	}
	head, err := tlog.ParseCheckpoint(text)
	if err != nil {
		return tlog.Signature{}, time.Time{}, err
	}
	sig, err := c.add(ctx, note, head, old, prove)
	if at, ok := errors.AsType[*conflictError](err); ok {
		if at.size > head.Size {
			return sig, time.Time{}, &SeenError{Size: at.size}
		}
		sig, err = c.add(ctx, note, head, at.size, prove)
	}
	if at, ok := errors.AsType[*conflictError](err); ok { // it keeps this size, with another root
		return sig, time.Time{}, &SeenError{Size: at.size, Fork: true}
	}
	if err != nil {
		return sig, time.Time{}, err
	}
	seen, err := c.Key.Verify(text, sig)
	return sig, seen, err
}

// conflictError is the size that a witness keeps.
type conflictError struct{ size uint64 }

// Error says which size.
func (e *conflictError) Error() string { return fmt.Sprintf("the witness keeps %d entries", e.size) }

const maxAnswer = 64 << 10

func (c *Client) add(ctx context.Context, note []byte, head tlog.Checkpoint, old uint64, prove Prove) (sig tlog.Signature, err error) {
	q := request{old: old, note: string(note)}
	if old > 0 && old < head.Size {
		if q.proof, err = prove(old); err != nil {
			return sig, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+"/add-checkpoint", strings.NewReader(q.encode()))
	if err != nil {
		return sig, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return sig, fmt.Errorf("witness %s: %w", c.Key.Name, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return sig, fmt.Errorf("witness %s: %w", c.Key.Name, err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return c.own(string(b))
	case http.StatusConflict:
		size, err := strconv.ParseUint(strings.TrimSuffix(string(b), "\n"), 10, 63)
		if err != nil {
			return sig, fmt.Errorf("witness %s: a conflict without a size", c.Key.Name)
		}
		return sig, &conflictError{size}
	case http.StatusUnprocessableEntity:
		return sig, &SeenError{Size: old, Fork: true}
	case http.StatusNotFound:
		return sig, fmt.Errorf("witness %s: it does not watch this log, or the address is wrong", c.Key.Name)
	case http.StatusForbidden:
		return sig, fmt.Errorf("witness %s: it knows another key of this log", c.Key.Name)
	}
	return sig, fmt.Errorf("witness %s: it answers %s", c.Key.Name, resp.Status)
}

// own finds the witness's signature among the lines of an answer.
func (c *Client) own(answer string) (tlog.Signature, error) {
	for line := range strings.Lines(answer) {
		if s, err := tlog.ParseSignature(line); err == nil && c.Key.Made(s) {
			return s, nil
		}
	}
	return tlog.Signature{}, fmt.Errorf("witness %s: its answer holds no signature of its key", c.Key.Name)
}

package witness

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// Witness is the service. Its zero value is not usable: State, Key, Logs and
// Now are all needed.
type Witness struct {
	Key   *tlog.Cosigner
	Logs  []string // verifier keys of the logs that are watched
	State *State
	Now   clock.Clock
	// Said hears of each cosignature and of each refusal that tells of a log which
	// went wrong. It may be nil.
	Said func(text string)

	mu sync.Mutex // guards State
}

// maxRequest bounds a request: 63 hashes and a checkpoint with signatures.
const maxRequest = 64 << 10

// Handler answers add-checkpoint below any prefix, and GET / with the witness's
// key and what it keeps.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.add)
	mux.HandleFunc("GET /{$}", w.show)
	return mux
}

func (w *Witness) show(out http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(out, "witness %s\n", w.Key.Key())
	for _, origin := range w.State.Origins() {
		head := w.State.Head(origin)
		_, _ = fmt.Fprintf(out, "%s %d %s\n", origin, head.Size, tlog.B64(head.Root[:]))
	}
}

// refusal is an answer of the protocol that is no cosignature.
type refusal struct {
	status int
	text   string
	size   bool // text is the size that is kept
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

func (w *Witness) add(out http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxRequest))
	if err != nil {
		http.Error(out, "the request is too long, or was cut off", http.StatusBadRequest)
		return
	}
	line, err := w.Add(string(b))
	if no, ok := errors.AsType[*refusal](err); ok {
		if no.size {
			out.Header().Set("Content-Type", "text/x.tlog.size")
			out.WriteHeader(no.status)
			_, _ = io.WriteString(out, no.text+"\n")
			return
		}
		http.Error(out, no.text, no.status)
		return
	}
	if err != nil {
		w.say("nothing was cosigned: %v", err)
		http.Error(out, "the witness cannot keep its state", http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(out, line)
}

func (w *Witness) say(format string, args ...any) {
	if w.Said != nil {
		w.Said(fmt.Sprintf(format, args...))
	}
}

// Add answers the body of an add-checkpoint request with a signature line.
func (w *Witness) Add(body string) (line string, err error) {
	q, err := parse(body)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "%v", err)
	}
	head, note, err := w.opened(q.note)
	if err != nil {
		return "", err
	}
	if q.old > head.Size {
		return "", refuse(http.StatusBadRequest, "old is %d and the checkpoint is of size %d", q.old, head.Size)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.extends(q, head); err != nil {
		return "", err
	}
	if err := w.State.Keep(note, head); err != nil {
		return "", err
	}
	w.say("cosigned %s, %d entries", head.Origin, head.Size)
	return w.Key.Cosign(head.Text(), w.Now()).Line(), nil
}

// opened verifies the checkpoint under the key of its log, whatever other
// signatures it has, and returns it with the log's signature alone.
func (w *Witness) opened(note string) (head tlog.Checkpoint, alone string, err error) {
	text, sigs, err := tlog.SplitNote([]byte(note))
	if err != nil {
		return head, "", refuse(http.StatusBadRequest, "%v", err)
	}
	origin, _, _ := strings.Cut(text, "\n")
	known := false
	for _, key := range w.Logs {
		if tlog.VerifierName(key) != origin {
			continue
		}
		known = true
		for _, s := range sigs {
			alone = text + "\n" + s.Line()
			if head, err = tlog.OpenCheckpoint([]byte(alone), key); err == nil {
				return head, alone, nil
			}
		}
	}
	if !known {
		return head, "", refuse(http.StatusNotFound, "the log %s is not watched here", origin)
	}
	return head, "", refuse(http.StatusForbidden, "no signature is of the key of %s", origin)
}

// extends holds the checkpoint against what is kept.
func (w *Witness) extends(q request, head tlog.Checkpoint) error {
	last := w.State.Head(head.Origin)
	if q.old != last.Size {
		if head.Size < last.Size {
			w.say("REFUSED %s: it shows %d entries, and %d were cosigned before", head.Origin, head.Size, last.Size)
		}
		return &refusal{status: http.StatusConflict, text: strconv.FormatUint(last.Size, 10), size: true}
	}
	bad := refuse(http.StatusUnprocessableEntity, "the tree of %d is not shown to be the beginning of that of %d", q.old, head.Size)
	switch {
	case last.Size == 0 && len(q.proof) > 0, last.Size == head.Size && len(q.proof) > 0:
		return bad
	case head.Size == 0 && head.Root != tlog.EmptyRoot():
		return bad
	case last.Size == 0:
		return nil
	case last.Size == head.Size && last.Root != head.Root:
		w.say("FORK %s: two trees of %d entries", head.Origin, head.Size)
		return &refusal{status: http.StatusConflict, text: strconv.FormatUint(last.Size, 10), size: true}
	case last.Size == head.Size:
		return nil
	}
	if err := tlog.VerifyConsistency(last.Size, head.Size, last.Root, head.Root, q.proof); err != nil {
		w.say("REFUSED %s: its %d entries are not shown to continue the %d that were cosigned (a fork, or a wrong proof)", head.Origin, head.Size, last.Size)
		return bad
	}
	return nil
}

// request is an add-checkpoint request.
type request struct {
	old   uint64
	proof []tlog.Hash
	note  string
}

const maxProof = 63

func parse(body string) (q request, err error) {
	first, rest, ok := strings.Cut(body, "\n")
	size, old := strings.CutPrefix(first, "old ")
	if q.old, err = strconv.ParseUint(size, 10, 63); !ok || !old || err != nil || strconv.FormatUint(q.old, 10) != size {
		return q, errors.New("the first line is not: old <size>")
	}
	for {
		line, after, ok := strings.Cut(rest, "\n")
		if !ok {
			return q, errors.New("no empty line after the proof")
		}
		if rest = after; line == "" {
			q.note = rest
			return q, nil
		}
		b, err := tlog.ParseB64(line)
		if err != nil {
			return q, fmt.Errorf("proof: %w", err)
		}
		h, err := tlog.HashFrom(b)
		if err != nil {
			return q, fmt.Errorf("proof: %w", err)
		}
		if q.proof = append(q.proof, h); len(q.proof) > maxProof {
			return q, fmt.Errorf("a proof of more than %d hashes", maxProof)
		}
	}
}

// encode is the body of the request.
func (q *request) encode() string {
	var b strings.Builder
	b.WriteString("old " + strconv.FormatUint(q.old, 10) + "\n")
	for _, h := range q.proof {
		b.WriteString(tlog.B64(h[:]) + "\n")
	}
	b.WriteString("\n" + q.note)
	return b.String()
}

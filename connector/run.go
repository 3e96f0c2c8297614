package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"assay/internal/kit/clock"
)

// Resource is one fact as emitted. Its fields are checked against the kind's
// schema before anything is kept.
type Resource struct {
	Kind        string
	Authority   string // empty: the source's authority
	ID          string
	Fields      map[string]any
	Unavailable []string // fields whose sub-call was refused or broke
}

// Sink takes resources in the order emitted. An error stops the collection.
type Sink func(ctx context.Context, r Resource) error

// Run is one collection in progress. Its methods may be called by several
// goroutines.
type Run struct {
	now     clock.Clock
	sink    Sink
	covered map[string]Period
	since   time.Time
	left    map[string]Position
	keep    func(context.Context, Position) error

	mu       sync.Mutex
	calls    map[string]*Call   // guarded by mu
	kinds    map[string]*Report // guarded by mu
	progress func(Progress)
	done     int // guarded by mu
}

// Call sums up every request of one name: the auditor's information about how
// a list was produced.
type Call struct {
	Name       string    `json:"name"` // "ListUsers", "GET /orgs/{org}/members", "read /etc/passwd"
	Parameters string    `json:"parameters,omitempty"`
	Pages      int       `json:"pages"`
	Items      int       `json:"items"`
	Upstream   int       `json:"upstream,omitempty"` // total that the provider states, if it does
	Retries    int       `json:"retries,omitempty"`
	Refused    int       `json:"refused,omitempty"`
	Truncated  bool      `json:"truncated,omitempty"`
	FirstAt    time.Time `json:"first_at"`
	LastAt     time.Time `json:"last_at"`
	Problem    string    `json:"problem,omitempty"` // last refusal or error, without secrets
}

// Report is what a collection says about one kind.
type Report struct {
	Kind     string   `json:"kind"`
	Items    int      `json:"items"`
	Complete bool     `json:"complete"`
	Problems []string `json:"problems,omitempty"` // why it is not complete, or which fields are missing
	// Event kinds: the span that the listing covers, RFC 3339. Outside of it
	// nothing is said.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`

	finished bool // Complete was called
	broken   bool // a problem that makes the listing incomplete was noted
}

// Progress is a step of a running collection, for people.
type Progress struct {
	Text string
	Done int // resources so far
}

// NewRun starts a run for the kinds. Progress may be nil.
func NewRun(now clock.Clock, kinds []string, sink Sink, progress func(Progress)) *Run {
	r := &Run{now: now, sink: sink, progress: progress, calls: map[string]*Call{}, kinds: map[string]*Report{}}
	for _, k := range kinds {
		r.kinds[k] = &Report{Kind: k}
	}
	return r
}

// SetCovered tells, for event kinds, which span complete collections before this
// one hold without a gap, and when the period began. It is called before the
// collection begins.
func (r *Run) SetCovered(spans map[string]Period, since time.Time) { r.covered, r.since = spans, since }

// Covered is until when the events of a kind were listed already, without a gap
// since the beginning of the period; the zero time if that is nothing. A source
// that can ask for what is newer lists from some time before, so that what was
// late is found, and says from when on with Covers.
func (r *Run) Covered(kind string) time.Time { return r.CoveredSince(kind, r.since) }

// CoveredSince is Covered without a gap since another instant: the oldest that a
// product still tells, where it forgets.
func (r *Run) CoveredSince(kind string, since time.Time) time.Time {
	span, ok := r.covered[kind]
	if !ok || span.From.After(since) {
		return time.Time{}
	}
	return span.To
}

// SetSink gives the run its sink when that needs the run itself. It is called
// before the collection begins.
func (r *Run) SetSink(sink Sink) { r.sink = sink }

// Emit hands over one resource.
func (r *Run) Emit(ctx context.Context, res Resource) error {
	r.mu.Lock()
	rep, ok := r.kinds[res.Kind]
	if ok {
		rep.Items++
		r.done++
	}
	r.mu.Unlock()
	if !ok {
		return fmt.Errorf("emit %s: the connector does not declare this kind", res.Kind)
	}
	return r.sink(ctx, res)
}

// Page notes one answered request.
func (r *Run) Page(call, parameters string, items int) {
	r.touch(call, func(c *Call) {
		c.Pages++
		c.Items += items
		if parameters != "" {
			c.Parameters = parameters
		}
	})
}

// Upstream notes the total that the provider states for a call.
func (r *Run) Upstream(call string, total int) { r.touch(call, func(c *Call) { c.Upstream = total }) }

// Retry notes a repeated request.
func (r *Run) Retry(call string) { r.touch(call, func(c *Call) { c.Retries++ }) }

// Refuse notes a request that was not allowed or broke. It says nothing about
// completeness: call Incomplete, or mark the field of the resource.
func (r *Run) Refuse(call, why string) {
	r.touch(call, func(c *Call) { c.Refused++; c.Problem = why })
}

// Truncate notes that a listing was cut off, which makes its kind incomplete.
func (r *Run) Truncate(call, kind, why string) {
	r.touch(call, func(c *Call) { c.Truncated = true; c.Problem = why })
	r.Incomplete(kind, why)
}

func (r *Run) touch(name string, fn func(*Call)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	c, ok := r.calls[name]
	if !ok {
		c = &Call{Name: name, FirstAt: now}
		r.calls[name] = c
	}
	c.LastAt = now
	fn(c)
}

// Complete says that every page and every required sub-call of the kind
// succeeded. It is overruled by any Incomplete, before or after.
func (r *Run) Complete(kind string) {
	r.report(kind, func(rep *Report) { rep.finished = true })
}

// Covers says, for an event kind, which span the listing covers.
func (r *Run) Covers(kind string, from, to time.Time) {
	r.report(kind, func(rep *Report) { rep.From, rep.To = clock.Trunc(from), clock.Trunc(to) })
}

// Incomplete says that resources of the kind may be missing, and why, in a
// sentence for people.
func (r *Run) Incomplete(kind, why string) {
	r.report(kind, func(rep *Report) {
		rep.broken = true
		rep.note(why)
	})
}

// Note tells people something about a kind that does not make its listing
// incomplete, such as a field that needs more privilege.
func (r *Run) Note(kind, text string) { r.report(kind, func(rep *Report) { rep.note(text) }) }

const maxProblems = 20

func (rep *Report) note(text string) {
	if len(rep.Problems) < maxProblems && !slices.Contains(rep.Problems, text) {
		rep.Problems = append(rep.Problems, text)
	}
}

func (r *Run) report(kind string, fn func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rep, ok := r.kinds[kind]; ok {
		fn(rep)
	}
}

// Say reports progress to whoever watches.
func (r *Run) Say(text string) {
	if r.progress == nil {
		return
	}
	r.mu.Lock()
	done := r.done
	r.mu.Unlock()
	r.progress(Progress{Text: text, Done: done})
}

// Calls returns the calls so far, by name.
func (r *Run) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Call, 0, len(r.calls))
	for _, name := range slices.Sorted(maps.Keys(r.calls)) {
		out = append(out, *r.calls[name])
	}
	return out
}

// Reports returns what the run says about each kind, by name. A kind is
// complete if it was finished and nothing broke.
func (r *Run) Reports() []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Report, 0, len(r.kinds))
	for _, name := range slices.Sorted(maps.Keys(r.kinds)) {
		rep := *r.kinds[name]
		rep.Complete = rep.finished && !rep.broken
		rep.Problems = slices.Clone(rep.Problems)
		out = append(out, rep)
	}
	return out
}

package pack

import (
	"fmt"
	"strings"
	"time"
)

// Report is what verification found. Verified is false until everything was
// looked at and there was no objection.
type Report struct {
	Format        string    `json:"format"`
	Verified      bool      `json:"verified"`
	Trust         Trust     `json:"trust"`
	Fork          bool      `json:"fork,omitempty"` // two histories were seen, both signed by the log's key
	Demonstration bool      `json:"demonstration"`
	Origin        string    `json:"origin"`
	Org           string    `json:"org"`
	Name          string    `json:"name"`
	From          time.Time `json:"from,omitzero"`
	To            time.Time `json:"to,omitzero"`
	MadeAt        time.Time `json:"made_at,omitzero"`
	MadeBy        string    `json:"made_by"`

	Files       int         `json:"files"`
	Bytes       int64       `json:"bytes"`
	Log         LogReport   `json:"log"`
	Records     int         `json:"records"`
	Collections int         `json:"collections"`
	Interrupted int         `json:"interrupted"` // collections that were begun and have no manifest in the log
	Commitments Commitments `json:"commitments"`
	Runs        Runs        `json:"runs"`
	Anchors     Anchors     `json:"anchors"`
	Samples     Samples     `json:"samples,omitzero"`

	Problems  []Problem `json:"problems"`
	Further   int       `json:"further_problems"` // that are not listed
	NotProven []string  `json:"not_proven"`

	Gaps        []Gap `json:"gaps"` // what the log shows to be missing; no problems
	FurtherGaps int   `json:"further_gaps,omitempty"`

	Checkpoint []byte        `json:"-"` // newest, signed: what to keep as a pin
	Took       time.Duration `json:"took_ns"`
	Performing time.Duration `json:"performing_ns"` // of it, performing checks again
}

// ReportFormat names this version of the report.
const ReportFormat = "assay.verification/v1"

// Trust is where the key came from under which the log was verified.
type Trust string

// Where the key came from.
const (
	FromPolicy  Trust = "policy"  // given from outside
	FromPin     Trust = "pin"     // a checkpoint that was kept verifies under it
	FromPackage Trust = "package" // nothing from outside: self-consistent only
)

// LogReport is about the log.
type LogReport struct {
	Leaves      uint64         `json:"leaves"`
	Root        string         `json:"root"`
	Checkpoints int            `json:"checkpoints"`
	Streams     int            `json:"streams"`
	Types       map[string]int `json:"types"`
	First       time.Time      `json:"first,omitzero"`
	Last        time.Time      `json:"last,omitzero"`
	PinnedAt    uint64         `json:"pinned_at,omitempty"` // size of the pin, which is a prefix
}

// Commitments are how many were opened and found right.
type Commitments struct {
	Manifests  int `json:"manifests"`
	Personal   int `json:"personal"`
	Trail      int `json:"trail"`
	Erased     int `json:"erased,omitempty"` // of those: personal data was taken out, as the log tells
	Exclusions int `json:"exclusions"`
	Objects    int `json:"objects"`
	Papers     int `json:"papers,omitempty"`
}

// Samples are about the samples of an examination; of packages with working papers.
type Samples struct {
	Same   int `json:"same"`   // drawn again, with the same items
	Chosen int `json:"chosen"` // by people: there is nothing to draw
}

// Runs are about the runs of checks.
type Runs struct {
	Begun     int        `json:"begun"`
	Ended     int        `json:"ended"`
	Broken    int        `json:"broken"` // cut off by a crash, and noted
	Open      int        `json:"open"`   // begun shortly before the end of the log
	Performed int        `json:"performed"`
	Same      int        `json:"same"`    // of those performed: came out the same
	Outside   int        `json:"outside"` // the period: not performed
	Checks    []CheckRun `json:"checks"`
}

// CheckRun is about the runs of one check in the period.
type CheckRun struct {
	Check     string    `json:"check"`
	Runs      int       `json:"runs"`
	Performed int       `json:"performed"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Status    string    `json:"status"` // of the last
}

// Problem is an objection: where, and what.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// maxProblems bounds what a report lists: a package that is wrong everywhere
// need not say so a million times.
const maxProblems = 100

func (r *Report) object(where, format string, args ...any) {
	if len(r.Problems) >= maxProblems {
		r.Further++
		return
	}
	r.Problems = append(r.Problems, Problem{where, fmt.Sprintf(format, args...)})
}

// Refused is a report on a package that could not be read to its end: it is not
// verified, whatever was found before.
func Refused(r *Report, why string) *Report {
	if r.Format == "" {
		*r = Report{Format: ReportFormat, Trust: FromPackage, Problems: []Problem{}, NotProven: []string{}, Gaps: []Gap{}}
	}
	r.Verified = false
	r.object("", "%s.", why)
	return r
}

// maxGaps bounds what a report lists as missing.
const maxGaps = 200

func (r *Report) gaps(list []Gap, unscheduled int) {
	if unscheduled > 0 {
		r.NotProven = append(r.NotProven, fmt.Sprintf("That %d connections were collected as often as they should have been: the log does not say how often that is.", unscheduled))
	}
	r.Gaps = list[:min(len(list), maxGaps)]
	r.FurtherGaps = len(list) - len(r.Gaps)
}

// notProven says what is open about time.
func (a *Anchors) notProven() []string {
	switch {
	case a.Stamps == 0:
		return []string{"When things happened: the times are the operator's own clock. The log has no outside time stamp: its time is not anchored."}
	case !a.Trusted:
		return []string{fmt.Sprintf("When things happened: the log names %d time stamps of %s, and no root of an authority was given to verify them under (--time-roots).", a.Stamps, strings.Join(a.Authorities, " and "))}
	case a.Before > 0:
		return []string{fmt.Sprintf("When %d entries were recorded that are older than the promise of time stamps: no stamp came soon after them.", a.Before)}
	}
	return nil
}

// notProven lists in plain words what the report does not say.
func (r *Report) notProven(h *Header) []string {
	var out []string
	if r.Trust == FromPackage {
		out = append(out, "The key came from the package itself: whoever made the package could have made everything in it. Verify with a policy or a pin from another source.")
	}
	if r.Log.PinnedAt == 0 && len(r.Anchors.Witnesses) == 0 {
		out = append(out, "That this is the only history of the log: no checkpoint from an earlier time was compared (pin), and no witness of a policy cosigned it.")
	}
	out = append(out, r.Anchors.notProven()...)
	out = append(
		out,
		"That the sources told the truth when they were collected.",
		"The words of index.html, of the labels and messages in results, and of standing.json: they are signed, and nothing else is derived from them.",
	)
	if r.Interrupted > 0 {
		out = append(out, fmt.Sprintf("What %d collections saw that were begun and have no manifest in the log: they broke off, or were still running.", r.Interrupted))
	}
	if h.Format == FormatV3 {
		out = append(out, "The working papers that open no commitment of the log: they are signed, and are for readers. That no working paper was left out.")
	}
	if !h.Objects {
		out = append(out, "Evidence files: they are not in this package.")
	}
	if r.Runs.Outside > 0 {
		out = append(out, fmt.Sprintf("The verdicts of %d runs outside the period: they were not performed again.", r.Runs.Outside))
	}
	if r.Runs.Open > 0 {
		out = append(out, fmt.Sprintf("%d runs that were begun less than a day before the end of the log have no result in it yet.", r.Runs.Open))
	}
	return out
}

package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/internal/anchor"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/tlog"
	"assay/internal/suite"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// noOracle says why other hashes are not looked up.
const noOracle = "Hashes of files and of records are not looked up: the log holds only salted commitments to them, which whoever has the file cannot find without the package that opens them."

func entryForm(typed string) page.VerifyForm {
	return page.VerifyForm{Title: "Find an entry of a log", Hint: "By its hash; nobody’s file is needed", Form: view.Form{
		Action: "/verify", Submit: "Find", Fields: []view.Input{{
			Name: "entry", Label: "Hash of the entry, or its id", Value: typed, Required: true, Mono: true, Full: true, Sample: "64 hexadecimal digits, or lf_…", Hint: noOracle,
		}},
	}}
}

// verifyEntry says to anyone whether a log of this server has the entry that
// ?entry= names, and proves it. It tells neither whose log it is nor what the
// entry says.
func (s *Server) verifyEntry(r *request) (answer, error) {
	typed := strings.TrimSpace(r.URL.Query().Get("entry"))
	name, format := strings.ToLower(typed), r.URL.Query().Get("format")
	if format != "" && format != "json" {
		return answer{}, fault.New(fault.Invalid, "A proof is given as format=json.")
	}
	if _, err := tlog.ParseHash(name); err != nil && !id.Valid("lf", name) {
		return s.refuseEntry(r, typed)
	}
	if !s.lookups.take(s.from(r).Address, s.Suite.Now()) {
		return answer{}, fault.New(fault.Busy, "Too many entries were asked for from this address. Wait a minute.")
	}
	found, err := s.Suite.Sighted(r.Context(), name)
	if fault.Is(err, fault.Tampered) {
		s.Log.ErrorContext(r.Context(), "log differs", "entry", name, "err", err)
	}
	if format == "json" {
		if err == nil && found.Note == nil {
			err = fault.New(fault.NotFound, "No signed head of the log has this entry yet. One is signed every few minutes while the log grows.")
		}
		if err != nil {
			return answer{}, err
		}
		return entryProof(&found)
	}
	v := page.VerifyView{Form: packageForm(r), Entry: entryForm(typed)}
	switch {
	case err == nil:
		sightOn(r, &v, name, &found)
	case fault.Is(err, fault.NotFound):
		v.State, v.Title = view.None, "No log here has this entry"
		v.Answer = view.Say("Either it was never recorded on this server, or a digit differs. " + noOracle)
	case fault.Is(err, fault.Tampered):
		v.State, v.Title, v.Answer = view.Fail, "The log that has this entry does not hold", view.Say(fault.Text(err)+" Keep what you have, and tell whoever gave you the hash.")
	default:
		return answer{}, err
	}
	return s.verifyPage(r, v, 0)
}

func (s *Server) refuseEntry(r *request, typed string) (answer, error) {
	v := page.VerifyView{Title: "Which entry?", Answer: view.Say("An entry of a log is named by its hash or by its id."), Form: packageForm(r), Entry: entryForm(typed)}
	wrong := fault.Field{Name: "entry", Text: "Give the 64 hexadecimal digits of the entry’s hash, or its id: lf_ and 26 letters and digits."}
	status, err := refuse(&v.Entry.Form, nil, fault.Fields("Nothing was looked up.", wrong))
	if err != nil {
		return answer{}, err
	}
	return s.verifyPage(r, v, status)
}

// sightOn fills the page with what is known of an entry.
func sightOn(r *request, v *page.VerifyView, name string, l *suite.Sight) {
	v.Facts = []view.Pair{{Term: "Log", Value: view.Say(l.Head.Origin), Mono: true}}
	if l.Pending {
		v.State, v.Title, v.Answer = view.Info, "This entry waits for its place", view.Say("A log of this server will have it within seconds. Until then nothing proves it.")
		return
	}
	v.Facts = append(v.Facts, view.Pair{Term: "Place", Value: view.Say(fmt.Sprintf("%d, counted from 0", l.Index))}, view.Pair{Term: "Leaf hash", Value: view.Say(l.Hash.String()), Mono: true})
	if l.Note == nil {
		v.State, v.Title, v.Answer = view.Info, "This entry is in a log, not yet signed", view.Say("The next signed head will have it; one is signed every few minutes while the log grows. Until then nothing proves it.")
		return
	}
	v.State, v.Title, v.Badge = view.Pass, "A log of this server has this entry", view.Badge{State: view.Pass, Label: "Included"}
	v.Answer = view.Text{view.T("It is in the log since "), view.B(r.moment(l.SignedBy) + " at the latest"), view.T(", under a signed head over " + plural(int(l.Head.Size), "entry") + ".")} //nolint:gosec // a count
	v.Steps = sightSteps(l)
	if !l.After.IsZero() {
		v.Facts = append(v.Facts, view.Pair{Term: "Not in the head of", Value: view.Say(r.moment(l.After))})
	}
	v.Facts = append(v.Facts,
		view.Pair{Term: "In the head of", Value: view.Say(r.moment(l.SignedBy))},
		view.Pair{Term: "Stamped", Value: outsideWords(r, &l.Stamped, "not by an authority of time")},
		view.Pair{Term: "Witnessed", Value: outsideWords(r, &l.Cosigned, "not by a witness")},
		view.Pair{Term: "The log’s key", Value: view.Say(l.Key), Mono: true})
	v.Notice = view.Notice{State: view.Info, Text: view.Text{
		view.B("Proven: "), view.T("whoever holds the log’s key signed that an entry with exactly this hash has this place, and can neither change nor remove it without breaking every later head. "),
		view.B("Not proven: "), view.T("what the entry says, or that it is true; compare the hash with that of the leaf which you were given. The times are of this server’s clock, and the key is from this page: compare it with the one that you know from elsewhere."),
	}}
	v.Files = []view.Action{{Label: "Proof as JSON", Href: "/verify?entry=" + queryEscape(name) + "&format=json", Icon: "dl"}}
}

// outsideWords says who else saw the entry, and when.
func outsideWords(r *request, o *anchor.Outside, none string) view.Text {
	if o.By == "" {
		return view.Say(none)
	}
	return view.Say(fmt.Sprintf("%s by %s, over %s entries", r.moment(o.At), tlog.VerifierName(o.By), view.Num(int(o.Size))))
}

func sightSteps(l *suite.Sight) []view.ProofStep {
	out := make([]view.ProofStep, 0, len(l.Path)+3)
	out = append(out, view.ProofStep{State: view.Pass, Title: "Hash of the entry", Detail: l.Hash.String()})
	for i, h := range l.Path {
		out = append(out, view.ProofStep{State: view.Pass, Title: fmt.Sprintf("Neighbour %d", i+1), Detail: h.String()})
	}
	return append(out,
		view.ProofStep{State: view.Pass, Title: fmt.Sprintf("Root over %s entries", view.Num(int(l.Head.Size))), Detail: l.Head.Root.String()}, //nolint:gosec // a count
		view.ProofStep{State: view.Pass, Title: "That root is in the checkpoint, and the log’s key signed it"})
}

// sightFile is the proof that anyone may download: docs/spec/log.md.
type sightFile struct {
	V          int        `json:"v"`
	Origin     string     `json:"origin"`
	Index      int64      `json:"index"`
	LeafHash   string     `json:"leaf_hash"`
	Size       uint64     `json:"size"`
	Hashes     []string   `json:"hashes"`
	Checkpoint string     `json:"checkpoint"`
	Key        string     `json:"key"`
	NotIn      *time.Time `json:"not_in_head_at,omitempty"`
	In         time.Time  `json:"in_head_at"`
}

func entryProof(l *suite.Sight) (answer, error) {
	out := sightFile{
		V: 1, Origin: l.Head.Origin, Index: l.Index, LeafHash: l.Hash.String(), Size: l.Head.Size, Hashes: []string{},
		Checkpoint: string(l.Note), Key: l.Key, In: l.SignedBy,
	}
	for _, h := range l.Path {
		out.Hashes = append(out.Hashes, h.String())
	}
	if !l.After.IsZero() {
		out.NotIn = &l.After
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return answer{file: &file{name: fmt.Sprintf("proof-%d.json", l.Index), media: "application/json", body: append(b, '\n')}}, err
}

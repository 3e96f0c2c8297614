package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"assay/internal/access"
	"assay/internal/evidence"
	"assay/internal/standing"
	"assay/internal/suite"
)

func evidenceOperations() []Operation {
	return []Operation{
		{ID: "evidence.list", Method: get, Path: "/evidence", Permission: access.EvidenceRead, Summary: "What people added as evidence, newest first.", Do: does(listEvidence)},
		{ID: "evidence.show", Method: get, Path: "/evidence/{id}", Permission: access.EvidenceRead, Summary: "A piece of evidence with those that it corrects.", Do: does(showEvidence)},
		{ID: "evidence.file", Method: get, Path: "/evidence/{id}/file", Permission: access.EvidenceRead, Summary: "The content of a piece of evidence.", Do: sends(openEvidence)},
		{ID: "evidence.verify", Method: get, Path: "/evidence/{id}/verification", Permission: access.EvidenceRead, Summary: "Compute again, from what is stored, that a piece is what was added.", Do: does(verifyEvidence)},
		{ID: "evidence.upload", Method: post, Path: "/evidence/files", Permission: access.EvidenceAdd, MaxBody: evidence.MaxSize + 1, Summary: "Add a file of at most 50 MiB.", Do: does(uploadEvidence)},
		{ID: "evidence.attest", Method: post, Path: "/evidence/statements", Permission: access.EvidenceAdd, Summary: "Add a statement of the caller: what was done or seen.", Do: does(attestEvidence)},
		{ID: "evidence.refer", Method: post, Path: "/evidence/references", Permission: access.EvidenceAdd, Summary: "Add a collection as evidence.", Do: does(referEvidence)},
	}
}

// Evidence is one piece.
type Evidence struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind" enum:"uploaded,attested,collected"`
	Title      string    `json:"title"`
	Controls   []string  `json:"controls"`
	Lane       string    `json:"lane,omitempty"`
	From       string    `json:"from" format:"date" doc:"First day that it covers."`
	To         string    `json:"to" format:"date" doc:"Last day that it covers."`
	Frequency  string    `json:"frequency,omitempty"`
	DueOn      string    `json:"due_on,omitempty" doc:"Last day on which it is not too old."`
	Freshness  string    `json:"freshness" enum:"fresh,due,overdue,once,continued,superseded"`
	Note       string    `json:"note,omitempty"`
	File       string    `json:"file,omitempty"`
	Media      string    `json:"media,omitempty"`
	Size       int64     `json:"size"`
	Connection string    `json:"connection,omitempty" doc:"Of a reference."`
	Seq        int64     `json:"seq,omitempty"`
	By         string    `json:"by"`
	ByName     string    `json:"by_name"`
	At         time.Time `json:"at"`
	Supersedes string    `json:"supersedes,omitempty"`
	Superseded string    `json:"superseded_by,omitempty"`
	Leaf       string    `json:"leaf"`
	Index      int64     `json:"index" doc:"Place in the log."`
	Pending    bool      `json:"pending" doc:"Written, not yet in its place."`
}

func evidenceOf(e *evidence.Evidence) Evidence {
	out := Evidence{
		ID: e.ID, Kind: string(e.Kind), Title: e.Title, Controls: orNone(e.Controls), Lane: e.Lane, From: e.From.String(),
		Frequency: string(e.Frequency), DueOn: e.DueOn.String(), Note: e.Note, File: e.File, Media: e.Media, Size: e.Size,
		Connection: e.Connection, Seq: e.Seq, By: e.By, ByName: e.ByName, At: e.At, Supersedes: e.Supersedes,
		Superseded: e.SupersededBy, Leaf: e.Leaf,
	}
	if e.To > 0 {
		out.To = (e.To - 1).String()
	}
	return out
}

func listedOf(l *evidence.Listed) Evidence {
	out := evidenceOf(&l.Evidence)
	out.Freshness, out.Index, out.Pending = string(l.Freshness), l.Index, l.Pending
	return out
}

// EvidenceIn narrows the list of evidence.
type EvidenceIn struct {
	Page
	Kind      string `query:"kind" enum:"uploaded,attested,collected"`
	Freshness string `query:"freshness" enum:"fresh,due,overdue,once,continued,superseded"`
	Control   string `query:"control"`
	By        string `query:"by" doc:"User id."`
	From      string `query:"from" format:"date" doc:"Covers some day from this one on."`
	To        string `query:"to" format:"date" doc:"Covers some day up to this one."`
	Query     string `query:"q" maxLength:"200"`
}

// EvidencePage is a page of evidence.
type EvidencePage struct {
	Evidence []Evidence     `json:"evidence"`
	Total    int            `json:"total" doc:"On all pages."`
	Counts   map[string]int `json:"counts" doc:"By freshness."`
	Next     string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *EvidenceIn) (*EvidencePage, error) {
	f := evidence.Filter{
		Kind: evidence.Kind(in.Kind), Freshness: evidence.Freshness(in.Freshness), Control: in.Control, By: in.By,
		Query: in.Query, Before: in.After, Limit: in.Limit,
	}
	var err error
	if f.From, err = dateOf("from", in.From); err != nil {
		return nil, err
	}
	if f.To, err = dateOf("to", in.To); err != nil {
		return nil, err
	}
	if f.To > 0 {
		f.To++
	}
	l, err := s.Evidence.List(ctx, who, f)
	if err != nil {
		return nil, err
	}
	out := &EvidencePage{Evidence: []Evidence{}, Total: l.Total, Counts: map[string]int{}}
	for i := range l.Evidence {
		out.Evidence = append(out.Evidence, listedOf(&l.Evidence[i]))
	}
	for k, n := range l.Counts {
		out.Counts[string(k)] = n
	}
	if in.Limit > 0 && len(l.Evidence) == in.Limit {
		out.Next = l.Evidence[len(l.Evidence)-1].ID
	}
	return out, nil
}

// EvidenceDetail is a piece with its history.
type EvidenceDetail struct {
	Evidence
	Chain []Evidence `json:"chain" doc:"The pieces that correct one another, oldest first."`
}

func showEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*EvidenceDetail, error) {
	d, err := s.Evidence.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &EvidenceDetail{Evidence: listedOf(&d.Listed), Chain: []Evidence{}}
	for i := range d.Chain {
		out.Chain = append(out.Chain, evidenceOf(&d.Chain[i]))
	}
	return out, nil
}

func openEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*File, error) {
	e, r, err := s.Evidence.Open(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return &File{Name: e.File, Type: e.Media, Write: func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return errors.Join(err, r.Close())
	}}, nil
}

// Step is one thing that was computed again.
type Step struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// Verification is what computing a piece of evidence again found.
type Verification struct {
	Holds   bool     `json:"holds" doc:"Every step does."`
	Pending bool     `json:"pending" doc:"Not yet in its place in the log: nothing is wrong, and nothing proven."`
	Steps   []Step   `json:"steps"`
	Index   int64    `json:"index"`
	Leaf    string   `json:"leaf_hash"`
	Size    uint64   `json:"size" doc:"Of the log in which it is included."`
	Root    string   `json:"root"`
	Path    []string `json:"path" doc:"From the leaf to the root."`
	Signed  string   `json:"checkpoint,omitempty"`
}

func verifyEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Verification, error) {
	v, err := s.Evidence.Verify(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Verification{
		Holds: v.Holds, Pending: v.Pending, Steps: []Step{}, Index: v.Index, Leaf: v.Leaf.String(), Size: v.Size,
		Root: v.Root.String(), Path: texts(v.Path), Signed: string(v.Signed),
	}
	for _, step := range v.Steps {
		out.Steps = append(out.Steps, Step(step))
	}
	return out, nil
}

// EvidenceWords are what is said about a piece of evidence.
type EvidenceWords struct {
	Title      string   `json:"title"`
	Controls   []string `json:"controls" minItems:"1"`
	Lane       string   `json:"lane,omitempty" doc:"Such as upload/visitor-log; every upload lane if absent."`
	From       string   `json:"from" format:"date" doc:"First day that it covers."`
	To         string   `json:"to,omitempty" format:"date" doc:"Last day that it covers; the first if absent."`
	Frequency  string   `json:"frequency,omitempty" doc:"How often such evidence is needed; once if absent."`
	Note       string   `json:"note,omitempty"`
	Supersedes string   `json:"supersedes,omitempty" doc:"Id of the piece that this one corrects."`
}

func (w *EvidenceWords) details() (evidence.Details, error) {
	d := evidence.Details{
		Title: w.Title, Controls: w.Controls, Lane: w.Lane, Frequency: standing.Frequency(w.Frequency), Note: w.Note, Supersedes: w.Supersedes,
	}
	var err error
	if d.From, err = dateOf("from", w.From); err != nil {
		return d, err
	}
	if d.To, err = dateOf("to", w.To); err != nil {
		return d, err
	}
	if d.To == 0 {
		d.To = d.From
	}
	d.To++
	return d, nil
}

// UploadIn is a file with what is said about it.
type UploadIn struct {
	File       string   `query:"file" required:"true" doc:"Its name."`
	Title      string   `query:"title" required:"true"`
	Controls   []string `query:"control,explode" required:"true" minItems:"1"`
	Lane       string   `query:"lane"`
	From       string   `query:"from" format:"date" required:"true"`
	To         string   `query:"to" format:"date"`
	Frequency  string   `query:"frequency"`
	Note       string   `query:"note"`
	Supersedes string   `query:"supersedes"`
	RawBody    []byte   `contentType:"application/octet-stream"`
}

func uploadEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *UploadIn) (*Evidence, error) {
	w := EvidenceWords{in.Title, in.Controls, in.Lane, in.From, in.To, in.Frequency, in.Note, in.Supersedes}
	d, err := w.details()
	if err != nil {
		return nil, err
	}
	return again(ctx, s, who)(s.Evidence.Upload(ctx, who, d, in.File, bytes.NewReader(in.RawBody)))
}

// AttestIn is a statement.
type AttestIn struct {
	Body struct {
		EvidenceWords
		Statement string `json:"statement" doc:"In the caller's own words."`
	}
}

func attestEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *AttestIn) (*Evidence, error) {
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	return again(ctx, s, who)(s.Evidence.Attest(ctx, who, d, in.Body.Statement))
}

// ReferIn is a collection that serves as evidence.
type ReferIn struct {
	Body struct {
		EvidenceWords
		Connection string `json:"connection"`
		Seq        int64  `json:"seq" minimum:"1"`
	}
}

func referEvidence(ctx context.Context, s *suite.Suite, who access.Actor, in *ReferIn) (*Evidence, error) {
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	return again(ctx, s, who)(s.Evidence.Refer(ctx, who, d, in.Body.Connection, in.Body.Seq))
}

// again reads a new piece as lists show it.
func again(ctx context.Context, s *suite.Suite, who access.Actor) func(evidence.Evidence, error) (*Evidence, error) {
	return func(e evidence.Evidence, err error) (*Evidence, error) {
		if err != nil {
			return nil, err
		}
		d, err := s.Evidence.Get(ctx, who, e.ID)
		if err != nil {
			return nil, err
		}
		out := listedOf(&d.Listed)
		return &out, nil
	}
}

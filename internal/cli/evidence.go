package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
)

type evidenceCmd struct {
	List   evidenceListCmd   `cmd:"" help:"What people added as evidence."`
	Show   evidenceShowCmd   `cmd:"" help:"One piece with its history."`
	Add    evidenceAddCmd    `cmd:"" help:"Add a file, a statement or a collection."`
	Export evidenceExportCmd `cmd:"" help:"Write the content of a piece to a file."`
	Verify evidenceVerifyCmd `cmd:"" help:"Compute again that a piece is what was added."`
}

type evidenceListCmd struct {
	Control   string `placeholder:"CONTROL" help:"Only what serves this control."`
	Freshness string `placeholder:"WORD" help:"Only these: fresh, due, overdue, once, continued, superseded."`
}

// Run lists evidence.
func (c *evidenceListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.EvidencePage](ctx, r, "evidence.list", &api.EvidenceIn{Control: c.Control, Freshness: c.Freshness})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.EvidencePage) {
		if len(v.Evidence) == 0 {
			p.line("No evidence by people. What connectors collect is evidence by itself: assay check list")
			return
		}
		rows := [][]string{{"evidence", "controls", "kind", "covers", "freshness", "by", "title"}}
		for i := range v.Evidence {
			e := &v.Evidence[i]
			rows = append(rows, []string{
				e.ID, clip(strings.Join(e.Controls, " "), 24), e.Kind, e.From + " to " + e.To, e.Freshness, e.ByName, clip(e.Title, 50),
			})
		}
		p.table(rows)
	})
}

type evidenceShowCmd struct {
	Evidence string `arg:"" help:"Id."`
}

// Run shows a piece.
func (c *evidenceShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.EvidenceDetail](ctx, r, "evidence.show", &api.ID{ID: c.Evidence})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.EvidenceDetail) {
		p.line("%s  %s", v.ID, v.Title)
		p.line("%s, for %s, covers %s to %s, %s", v.Kind, strings.Join(v.Controls, " "), v.From, v.To, v.Freshness)
		p.line("added by %s on %s", v.ByName, v.At.Local().Format("2006-01-02 15:04"))
		if v.File != "" {
			p.line("file %s, %s, %d bytes", v.File, v.Media, v.Size)
		}
		if v.Note != "" {
			p.line("%s", v.Note)
		}
		place := fmt.Sprintf("entry %d", v.Index)
		if v.Pending {
			place = "pending"
		}
		p.line("log: %s  %s", place, v.Leaf)
		for i := range v.Chain {
			p.line("  %s  %s  %s", v.Chain[i].At.Local().Format(time.DateOnly), v.Chain[i].ID, v.Chain[i].Title)
		}
	})
}

type evidenceAddCmd struct {
	File       string   `arg:"" optional:"" help:"File of at most 50 MiB."`
	Statement  string   `placeholder:"TEXT" help:"A statement in your own words, in place of a file."`
	Collection string   `placeholder:"CONNECTION/N" help:"A collection, in place of a file."`
	Control    []string `required:"" placeholder:"CONTROL" help:"Control that it serves. Repeatable."`
	Lane       string   `help:"Upload lane of the control; all of them unless given."`
	From       string   `required:"" placeholder:"DATE" help:"First day that it covers."`
	To         string   `placeholder:"DATE" help:"Last day that it covers; the first unless given."`
	Title      string   `help:"What it is; the file's name unless given."`
	Every      string   `placeholder:"FREQUENCY" help:"How often such evidence is needed: monthly, quarterly, annual …"`
	Note       string   `help:"Anything to say about it."`
	Supersedes string   `placeholder:"ID" help:"The piece that this one corrects."`
}

// Run adds evidence.
func (c *evidenceAddCmd) Run(ctx context.Context, r *run) error {
	given := 0
	for _, s := range []string{c.File, c.Statement, c.Collection} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return fault.New(fault.Invalid, "Give a file, a --statement or a --collection: one of them.")
	}
	out, err := c.add(ctx, r)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Evidence) {
		p.line("Added %s for %s, covers %s to %s. It is sealed and cannot be changed; a correction is a new piece with --supersedes %s.",
			v.ID, strings.Join(v.Controls, " "), v.From, v.To, v.ID)
	})
}

func (c *evidenceAddCmd) add(ctx context.Context, r *run) (*api.Evidence, error) {
	words := api.EvidenceWords{
		Title: c.Title, Controls: c.Control, Lane: c.Lane, From: c.From, To: c.To, Frequency: c.Every, Note: c.Note, Supersedes: c.Supersedes,
	}
	switch {
	case c.Statement != "":
		in := &api.AttestIn{}
		in.Body.EvidenceWords, in.Body.Statement = words, c.Statement
		in.Body.Title = cmp.Or(c.Title, clip(c.Statement, 80))
		return change[api.Evidence](ctx, r, "evidence.attest", in)
	case c.Collection != "":
		i := strings.LastIndex(c.Collection, "/")
		in := &api.ReferIn{}
		in.Body.EvidenceWords = words
		in.Body.Title = cmp.Or(c.Title, "Collection "+c.Collection)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "--collection wants the connection and the number, such as con_…/12.")
		}
		if _, err := fmt.Sscan(c.Collection[i+1:], &in.Body.Seq); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "--collection wants the connection and the number, such as con_…/12.")
		}
		var err error
		if in.Body.Connection, err = connection(ctx, r, c.Collection[:i]); err != nil {
			return nil, err
		}
		return change[api.Evidence](ctx, r, "evidence.refer", in)
	}
	text, err := r.read(c.File, evidence.MaxSize)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(c.File)
	return change[api.Evidence](ctx, r, "evidence.upload", &api.UploadIn{
		File: name, Title: cmp.Or(c.Title, name), Controls: c.Control, Lane: c.Lane, From: c.From, To: c.To, Frequency: c.Every,
		Note: c.Note, Supersedes: c.Supersedes, RawBody: text,
	})
}

type evidenceExportCmd struct {
	Evidence string `arg:"" help:"Id."`
	Out      string `short:"o" placeholder:"FILE" help:"Where to write it; the file's own name here unless given, - for standard output."`
}

// Run writes the content of a piece.
func (c *evidenceExportCmd) Run(ctx context.Context, r *run) error {
	path := c.Out
	if path == "" {
		d, err := call[api.EvidenceDetail](ctx, r, "evidence.show", &api.ID{ID: c.Evidence})
		if err != nil {
			return err
		}
		path = cmp.Or(filepath.Base(d.File), c.Evidence)
	}
	return fetch(ctx, r, "evidence.file", &api.ID{ID: c.Evidence}, path)
}

type evidenceVerifyCmd struct {
	Evidence string `arg:"" help:"Id."`
}

// Run verifies a piece.
func (c *evidenceVerifyCmd) Run(ctx context.Context, r *run) error {
	return verifyEvidence(ctx, r, c.Evidence)
}

func verifyEvidence(ctx context.Context, r *run, id string) error {
	out, err := call[api.Verification](ctx, r, "evidence.verify", &api.ID{ID: id})
	if err != nil {
		return err
	}
	if err := emit(r, out, func(p *paper, v *api.Verification) {
		for _, s := range v.Steps {
			mark := p.paint(green, "ok    ")
			if !s.OK {
				mark = p.paint(red, "FAILED")
			}
			p.line("%s  %-10s %s", mark, s.Name, s.Text)
		}
		switch {
		case v.Holds:
			p.line("Proven: this content was recorded as entry %d of the log and is unchanged. Not proven: that it is true.", v.Index)
		case v.Pending:
			p.line("It is not in its place in the log yet. Ask again in a minute.")
		default:
			p.line("What is stored is not what was added. Keep a copy of the store, and tell your auditor.")
		}
	}); err != nil {
		return err
	}
	switch {
	case out.Holds:
		return nil
	case out.Pending:
		return found(exitUnknown)
	}
	return found(exitTampered)
}

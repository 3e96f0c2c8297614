package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type checkProposeCmd struct {
	File   string   `arg:"" help:"File of the check; or the id of a check, with --param."`
	Params []string `name:"param" placeholder:"NAME=VALUE" sep:"none" help:"A parameter's value. Repeatable."`
}

// Run proposes a check or parameters.
func (c *checkProposeCmd) Run(ctx context.Context, r *run) error {
	params, err := pairs("--param", c.Params)
	if err != nil {
		return err
	}
	var out *api.Revision
	text, err := os.ReadFile(c.File)
	switch {
	case err == nil:
		in := &api.ProposeIn{}
		in.Body.Definition, in.Body.Params = string(text), params
		out, err = change[api.Revision](ctx, r, "check.propose", in)
	case len(params) > 0:
		in := &api.ParamsIn{ID: c.File}
		in.Body.Params = params
		out, err = change[api.Revision](ctx, r, "check.params", in)
	default:
		err = fault.Wrap(fault.Invalid, err, "%s is neither a file that can be read nor a check with --param.", c.File)
	}
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Revision) {
		p.line("Proposed as revision %d. It is in force once another person approves it.", v.Revision)
	})
}

// pairs reads name=value flags. A value that begins with @ is read from the
// file after it.
func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range list {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fault.New(fault.Invalid, "%s wants NAME=VALUE, not %q.", flag, pair)
		}
		if file, ok := strings.CutPrefix(value, "@"); ok {
			b, err := os.ReadFile(file)
			if err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "%s %s: the file cannot be read: %v.", flag, name, err)
			}
			value = strings.TrimSuffix(string(b), "\n")
		}
		out[name] = value
	}
	return out, nil
}

type checkDecideCmd struct {
	Check    string `arg:"" help:"Id of the check."`
	Revision int    `help:"Revision that is proposed; the proposed one unless given."`
	Reject   bool   `help:"Reject it."`
}

// nothing is the output of an operation that answers with nothing.
type nothing struct{}

// Run decides about a proposal.
func (c *checkDecideCmd) Run(ctx context.Context, r *run) error {
	if c.Revision == 0 {
		d, err := call[api.CheckDetail](ctx, r, "check.show", &api.CheckIn{ID: c.Check})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.Revisions, func(v api.Revision) bool { return v.State == "proposed" })
		if i < 0 {
			return fault.New(fault.Conflict, "Nothing is proposed for %s.", c.Check)
		}
		c.Revision = d.Revisions[i].Revision
	}
	in := &api.CheckDecisionIn{ID: c.Check, Revision: c.Revision, Body: api.Decision{Approve: !c.Reject}}
	if _, err := change[nothing](ctx, r, "check.approve", in); err != nil {
		return err
	}
	r.note("Revision %d of %s: %s.", c.Revision, c.Check, decided(!c.Reject))
	return nil
}

func decided(approved bool) string {
	if approved {
		return "approved"
	}
	return "refused"
}

type checkExcludeCmd struct {
	Check        string `arg:"" help:"Id of the check."`
	Resource     string `arg:"" help:"Label or id of the resource."`
	Reason       string `required:"" help:"Why it does not count; the auditor reads this."`
	Compensating string `help:"What is done instead."`
	Until        string `required:"" placeholder:"DATE" help:"Last day; at most 366 days ahead."`
}

// Run asks for an exclusion.
func (c *checkExcludeCmd) Run(ctx context.Context, r *run) error {
	day, err := time.ParseInLocation(time.DateOnly, c.Until, time.Local)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "--until wants a date such as 2026-11-22, not %q.", c.Until)
	}
	d, err := whole[api.Results](ctx, r, "check.results", &api.ResultsIn{ID: c.Check})
	if err != nil {
		return err
	}
	var hits []api.Result
	for _, res := range d.Results {
		if res.Resource.ID == c.Resource || res.Label == c.Resource {
			hits = append(hits, res)
		}
	}
	if len(hits) != 1 {
		return fault.New(fault.NotFound, "%s has %d results for %q; it takes exactly one. Give the id: assay check results %s --json", c.Check, len(hits), c.Resource, c.Check)
	}
	in := &api.AskIn{}
	in.Body.Check, in.Body.Resource, in.Body.Reason, in.Body.Compensating = c.Check, hits[0].Resource, c.Reason, c.Compensating
	in.Body.Until = day.AddDate(0, 0, 1)
	out, err := change[api.Exclusion](ctx, r, "exclusion.ask", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, e *api.Exclusion) {
		p.line("Asked for as %s. It counts once another person approves it: assay exclusion decide %s", e.ID, e.ID)
	})
}

type exclusionCmd struct {
	List   exclusionListCmd   `cmd:"" help:"Every exclusion that was ever asked for."`
	Decide exclusionDecideCmd `cmd:"" help:"Approve or refuse one that somebody else asked for."`
	Lift   exclusionLiftCmd   `cmd:"" help:"End an approved one before its time."`
}

type exclusionListCmd struct {
	State string `placeholder:"STATE" help:"Only these: asked, approved, refused, lifted."`
}

// Run lists exclusions.
func (c *exclusionListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Exclusions](ctx, r, "exclusion.list", &api.ExclusionsIn{State: c.State})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Exclusions) {
		if len(v.Exclusions) == 0 {
			p.line("No exclusions.")
			return
		}
		rows := [][]string{{"exclusion", "state", "check", "resource", "until", "reason"}}
		for i := range v.Exclusions {
			e := &v.Exclusions[i]
			rows = append(rows, []string{e.ID, e.State, e.Check, e.Label, e.Until.Local().Format(time.DateOnly), clip(e.Reason, 60)})
		}
		p.table(rows)
	})
}

type exclusionDecideCmd struct {
	Exclusion string `arg:"" help:"Id."`
	Refuse    bool   `help:"Refuse it."`
}

// Run decides about an exclusion.
func (c *exclusionDecideCmd) Run(ctx context.Context, r *run) error {
	in := &api.DecisionIn{ID: c.Exclusion, Body: api.Decision{Approve: !c.Refuse}}
	if _, err := change[nothing](ctx, r, "exclusion.decide", in); err != nil {
		return err
	}
	r.note("%s: %s.", c.Exclusion, decided(!c.Refuse))
	return nil
}

type exclusionLiftCmd struct {
	Exclusion string `arg:"" help:"Id."`
}

// Run ends an exclusion.
func (c *exclusionLiftCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "exclusion.lift", &api.ID{ID: c.Exclusion}); err != nil {
		return err
	}
	r.note("%s is lifted.", c.Exclusion)
	return nil
}

// indentBy keeps the lines after the first under the text of the first.
func indentBy(text string, n int) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+fmt.Sprintf("%*s", n, ""))
}

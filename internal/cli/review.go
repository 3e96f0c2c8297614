package cli

import (
	"context"
	"fmt"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

// reviewVerbs are what access reviews have besides what every register has.
func reviewVerbs(about of) []verb {
	return []verb{
		{"items", "The accounts of a review, why they need thought, and what was decided.", reviewItemsCmd{of: about}},
		{"decide", "Decide on accounts: keep, change, remove, or none to take it back.", reviewDecideCmd{of: about}},
		{"keep-unchanged", "Keep all that are as they were when they were last kept.", reviewKeepCmd{of: about}},
		{"confirm", "Say that what was decided of an account was done.", reviewConfirmCmd{of: about}},
		{"certificate", "Write a signed review as CSV, XLSX or JSON.", reviewCertificateCmd{of: about}},
	}
}

type reviewItemsCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as AR-01."`
	Show   string `enum:"thought,unchanged,decided,waiting,all," default:"" placeholder:"PART" help:"Only these: thought, unchanged, decided, waiting."`
	System string `placeholder:"KIND" help:"Only accounts of this kind."`
	Query  string `placeholder:"TEXT" help:"In names and addresses."`
}

// Run lists the accounts of a review.
func (c *reviewItemsCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReviewItemsIn{ID: strings.ToUpper(c.ID), Show: c.Show, System: c.System, Query: c.Query}
	out, err := whole[api.ReviewItems](ctx, r, "access_review.items", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ReviewItems) {
		rows := [][]string{{"account", "system", "name", "whose", "why", "decision", "by"}}
		for i := range v.Items {
			a := &v.Items[i]
			decision := a.Verdict
			if a.DoneAt != nil {
				decision += ", done"
			}
			rows = append(rows, []string{a.Account, a.System, clip(a.Name, 40), a.PersonName, strings.Join(a.Reasons, " "), decision, a.DecidedBy})
		}
		p.table(rows)
		p.line("%d accounts, %d to decide, of which %d need thought. Kept %d, to be changed %d, to be removed %d; %d not seen to be done.",
			v.Accounts, v.Undecided, v.Thought, v.Verdicts["keep"], v.Verdicts["change"], v.Verdicts["remove"], v.Waiting)
	})
}

type reviewDecideCmd struct {
	of       `kong:"-"`
	ID       string   `arg:"" help:"Such as AR-01."`
	Verdict  string   `arg:"" enum:"keep,change,remove,none" help:"keep, change, remove; none takes a decision back."`
	Accounts []string `arg:"" help:"Ids of accounts."`
	Note     string   `placeholder:"TEXT" help:"Why, or what to; needed for a change."`
}

// Run decides on accounts.
func (c *reviewDecideCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReviewDecideIn{ID: strings.ToUpper(c.ID)}
	verdict := c.Verdict
	if verdict == "none" {
		verdict = ""
	}
	for _, id := range c.Accounts {
		in.Body.Decisions = append(in.Body.Decisions, api.ReviewChoice{Account: id, Verdict: verdict, Note: c.Note})
	}
	out, err := change[api.ReviewDecided](ctx, r, "access_review.decide", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ReviewDecided) { p.line("%s", decidedWords(v.Decided)) })
}

func decidedWords(n int) string {
	switch n {
	case 0:
		return "Nothing differs from what was decided."
	case 1:
		return "Decided on one account."
	}
	return fmt.Sprintf("Decided on %d accounts.", n)
}

type reviewKeepCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as AR-01."`
	Reason string `required:"" placeholder:"TEXT" help:"Why they can be kept together."`
}

// Run keeps what did not change.
func (c *reviewKeepCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReviewKeepIn{ID: strings.ToUpper(c.ID)}
	if in.Body.Reason = strings.TrimSpace(c.Reason); in.Body.Reason == "" {
		return fault.New(fault.Invalid, "Say with --reason why they can be kept together.")
	}
	out, err := change[api.ReviewDecided](ctx, r, "access_review.keep-unchanged", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ReviewDecided) { p.line("Kept %d.", v.Decided) })
}

type reviewConfirmCmd struct {
	of      `kong:"-"`
	ID      string `arg:"" help:"Such as AR-01."`
	Account string `arg:"" help:"Id of the account."`
	Note    string `required:"" placeholder:"TEXT" help:"What you saw."`
}

// Run confirms what no collection shows.
func (c *reviewConfirmCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReviewConfirmIn{ID: strings.ToUpper(c.ID), Account: c.Account}
	in.Body.Note = c.Note
	out, err := change[struct{}](ctx, r, "access_review.confirm", in)
	if err != nil || out == nil {
		return err
	}
	r.note("%s: confirmed by you.", c.Account)
	return nil
}

type reviewCertificateCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as AR-01."`
	File   string `arg:"" optional:"" help:"Where to write; standard output unless given."`
	Format string `enum:"csv,json,xlsx," default:"" placeholder:"FORMAT" help:"csv, xlsx, or json as the log commits to it; by the file's name unless given."`
}

// Run writes a signed review to a file.
func (c *reviewCertificateCmd) Run(ctx context.Context, r *run) error {
	return fetched(ctx, r, "access_review.certificate", &api.ReviewCertificateIn{ID: strings.ToUpper(c.ID), Format: formatOf(c.Format, c.File)}, c.File)
}

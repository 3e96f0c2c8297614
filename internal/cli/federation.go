package cli

import (
	"context"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/federation"
	"assay/internal/kit/fault"
)

type federationCmd struct {
	List federationListCmd `cmd:"" help:"Whose word is taken for jobs of build systems."`
	Add  federationAddCmd  `cmd:"" help:"Let jobs of a build system in without a stored secret."`
	End  federationEndCmd  `cmd:"" help:"Let them in no more, and end the tokens that they got."`
}

type federationListCmd struct{}

// Run lists trusts.
func (federationListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.JobTrusts](ctx, r, "federation.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.JobTrusts) {
		if len(v.Trusts) == 0 {
			p.line("No job comes in this way. Let one in: assay federation add NAME --if repository=acme/app --scope import.add")
			return
		}
		rows := [][]string{{"trust", "name", "issuer", "if", "may", "last", "state"}}
		for i := range v.Trusts {
			t := &v.Trusts[i]
			rows = append(rows, []string{t.ID, t.Name, t.Issuer, conditionText(t.Conditions), strings.Join(t.Scope, " "), moment(t.UsedAt, time.Local), t.State})
		}
		p.table(rows)
	})
}

func conditionText(list []api.Condition) string {
	out := make([]string, 0, len(list))
	for _, c := range list {
		out = append(out, c.Claim+"="+c.Pattern)
	}
	return strings.Join(out, " ")
}

type federationAddCmd struct {
	Name     string   `arg:"" help:"What people call these jobs."`
	Issuer   string   `default:"https://token.actions.githubusercontent.com" help:"Address of the build system's OpenID Connect issuer."`
	If       []string `required:"" sep:"none" placeholder:"CLAIM=PATTERN" help:"What the job must be; one must say whose it is, such as repository=acme/app. Again for each."`
	Scope    []string `required:"" help:"Permissions of its token, such as import.add."`
	Minutes  int      `default:"15" help:"Life of its token, 1 to 60."`
	Audience string   `help:"For whom the issuer's word must be; one of the trust's own unless given."`
}

// Run trusts an issuer.
func (c *federationAddCmd) Run(ctx context.Context, r *run) error {
	list, err := federation.Conditions(strings.Join(c.If, "\n"))
	if err != nil {
		return err
	}
	in := &api.JobTrustIn{}
	in.Body.Name, in.Body.Issuer, in.Body.Audience, in.Body.Scope, in.Body.Minutes = c.Name, c.Issuer, c.Audience, c.Scope, c.Minutes
	for _, cond := range list {
		in.Body.Conditions = append(in.Body.Conditions, api.Condition(cond))
	}
	out, err := change[api.JobTrust](ctx, r, "federation.add", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.JobTrust) {
		p.line("%s is saved as %s. Its jobs show a token for the audience %s.", v.Name, v.ID, v.Audience)
		if v.Problem != "" {
			p.line("Its issuer could not be asked for its keys just now: %s Until it can, no job gets in.", v.Problem)
		}
	})
}

type federationEndCmd struct {
	Trust string `arg:"" help:"Id, from assay federation list."`
}

// Run ends a trust.
func (c *federationEndCmd) Run(ctx context.Context, r *run) error {
	out, err := change[nothing](ctx, r, "federation.end", &api.ID{ID: c.Trust})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, _ *nothing) { p.line("Ended, and every token that was given for it.") })
}

type tokenExchangeCmd struct {
	Trust string `arg:"" help:"Id of the trust."`
	File  string `default:"-" placeholder:"FILE" help:"File with what the build system signed; - for standard input."`
}

// Run prints the token that a job gets, for ASSAY_TOKEN.
func (c *tokenExchangeCmd) Run(ctx context.Context, r *run) error {
	word, err := (&siemTarget{}).read(r, c.File)
	if err != nil {
		return err
	}
	if word == "" {
		return fault.New(fault.Invalid, "There is nothing to exchange: give what the build system signed, on standard input.")
	}
	in := &api.ExchangeIn{}
	in.Body.Trust, in.Body.Token = c.Trust, word
	out, err := call[api.Exchanged](ctx, r, "token.exchange", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Exchanged) { p.line("%s", v.Token) })
}

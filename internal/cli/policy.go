package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/policy"
)

type policyCmd struct {
	List     policyListCmd     `cmd:"" help:"The policies and how they stand."`
	Show     policyShowCmd     `cmd:"" help:"One policy: its versions and who has accepted it."`
	Text     policyTextCmd     `cmd:"" help:"The text of a version, as Markdown."`
	Diff     policyDiffCmd     `cmd:"" help:"What changes from one version to the next, by paragraph."`
	Add      policyAddCmd      `cmd:"" help:"Begin a policy with a draft from a file."`
	Edit     policyEditCmd     `cmd:"" help:"Write the next version from a file, or change what the policy is about."`
	Submit   policySubmitCmd   `cmd:"" help:"Send the draft for approval."`
	Return   policyReturnCmd   `cmd:"" help:"Give a version back to its author."`
	Approve  policyApproveCmd  `cmd:"" help:"Put a version in force."`
	Withdraw policyWithdrawCmd `cmd:"" help:"Take back a version before it is in force."`
	Review   policyReviewCmd   `cmd:"" help:"Record that what is in force was looked at and stays."`
	Retire   policyRetireCmd   `cmd:"" help:"End a policy, or bring it back."`
	Accept   policyAcceptCmd   `cmd:"" help:"Accept the version in force, for yourself, on a server."`
	Owed     policyOwedCmd     `cmd:"" help:"Who is asked to accept what, and who has."`
}

type policyListCmd struct{}

// Run lists the policies.
func (c *policyListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Policies](ctx, r, "policy.list", &api.PoliciesIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Policies) {
		if len(v.Policies) == 0 {
			p.line("There is no policy yet. Begin one: assay policy add ID FILE --title TITLE")
			return
		}
		rows := [][]string{{"policy", "title", "in force", "next", "review due", "accepted"}}
		for i := range v.Policies {
			l := &v.Policies[i]
			accepted := "nobody is asked"
			if l.AcceptDays > 0 {
				accepted = fmt.Sprintf("%d/%d", l.Accepted, l.Asked)
			}
			if l.Late > 0 {
				accepted = p.paint(red, fmt.Sprintf("%s, %d late", accepted, l.Late))
			}
			rows = append(rows, []string{l.ID, clip(l.Title, 50), versionWord(l.Version, l.EffectiveOn), nextWord(l), cmp.Or(l.ReviewDueOn, "–"), accepted})
		}
		p.table(rows)
	})
}

func versionWord(n int, from string) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%d since %s", n, from)
}

func nextWord(l *api.Policy) string {
	if l.Next == 0 {
		return "–"
	}
	return fmt.Sprintf("%d %s", l.Next, strings.ReplaceAll(l.NextState, "_", " "))
}

type policyShowCmd struct {
	Policy string `arg:"" help:"Id, such as PLC-AUP."`
}

// Run shows one policy.
func (c *policyShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.PolicyDetail](ctx, r, "policy.show", &api.ID{ID: c.Policy})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, d *api.PolicyDetail) {
		p.line("%s  %s", d.ID, d.Title)
		p.line("in force %s, next review %s, binds %s", versionWord(d.Version, d.EffectiveOn), cmp.Or(d.ReviewDueOn, "not due"), cmp.Or(strings.Join(d.Audience, ", "), "everybody"))
		if d.RetiredOn != "" {
			p.line("retired %s", d.RetiredOn)
		}
		p.line("")
		rows := [][]string{{"version", "state", "from", "written by", "approved by", "what changes"}}
		for i := range d.Versions {
			v := &d.Versions[i]
			rows = append(rows, []string{strconv.Itoa(v.Number), strings.ReplaceAll(v.State, "_", " "), cmp.Or(v.EffectiveOn, "–"), v.AuthorName, cmp.Or(v.ApproveName, "–"), clip(cmp.Or(v.Returned, v.Note), 60)})
		}
		p.table(rows)
		if len(d.People) > 0 {
			p.line("")
			p.owed(d.People)
		}
	})
}

func (p *paper) owed(list []api.Acceptance) {
	rows := [][]string{{"policy", "version", "who", "due", "state"}}
	for i := range list {
		a := &list[i]
		state := a.State
		if state == string(policy.Late) {
			state = p.paint(red, state)
		}
		rows = append(rows, []string{a.Policy, strconv.Itoa(a.Version), a.Name, a.DueOn, state})
	}
	p.table(rows)
}

type policyTextCmd struct {
	Policy  string `arg:"" help:"Id."`
	Version int    `help:"Number; what is in force unless given, or else the newest."`
}

// Run prints a text.
func (c *policyTextCmd) Run(ctx context.Context, r *run) error {
	d, err := call[api.PolicyDetail](ctx, r, "policy.show", &api.ID{ID: c.Policy})
	if err != nil {
		return err
	}
	v, err := versionOf(d, cmp.Or(c.Version, d.Version, d.Versions[0].Number))
	if err != nil {
		return err
	}
	return emit(r, v, func(p *paper, v *api.PolicyVersion) { p.line("%s", strings.TrimSuffix(v.Text, "\n")) })
}

func versionOf(d *api.PolicyDetail, n int) (*api.PolicyVersion, error) {
	for i := range d.Versions {
		if d.Versions[i].Number == n {
			return &d.Versions[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "%s has no version %d.", d.ID, n)
}

type policyDiffCmd struct {
	Policy string `arg:"" help:"Id."`
	From   int    `help:"Number; the one before unless given."`
	To     int    `help:"Number; the newest unless given."`
}

type policyDiff struct {
	From       int                `json:"from"`
	To         int                `json:"to"`
	Paragraphs []policy.Paragraph `json:"paragraphs"`
}

// Run compares two versions.
func (c *policyDiffCmd) Run(ctx context.Context, r *run) error {
	d, err := call[api.PolicyDetail](ctx, r, "policy.show", &api.ID{ID: c.Policy})
	if err != nil {
		return err
	}
	to, err := versionOf(d, cmp.Or(c.To, d.Versions[0].Number))
	if err != nil {
		return err
	}
	from := &api.PolicyVersion{Number: cmp.Or(c.From, to.Number-1)}
	if from.Number > 0 {
		if from, err = versionOf(d, from.Number); err != nil {
			return err
		}
	}
	out := &policyDiff{From: from.Number, To: to.Number, Paragraphs: policy.Compare(from.Text, to.Text)}
	return emit(r, out, func(p *paper, v *policyDiff) {
		same := 0
		fold := func() {
			if same > 0 {
				p.line("  … %d unchanged", same)
			}
			same = 0
		}
		for _, x := range v.Paragraphs {
			switch x.Change {
			case policy.Same:
				same++
				continue
			case policy.Removed:
				fold()
				p.line("%s", p.paint(red, "- "+strings.ReplaceAll(x.Text, "\n", "\n- ")))
			case policy.Added:
				fold()
				p.line("%s", p.paint(green, "+ "+strings.ReplaceAll(x.Text, "\n", "\n+ ")))
			}
		}
		fold()
	})
}

type policyOwedCmd struct {
	State string `placeholder:"WORD" help:"accepted, waiting or late."`
}

// Run lists what people owe.
func (c *policyOwedCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Owed](ctx, r, "policy.owed", &api.OwedIn{State: c.State})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Owed) {
		if len(v.Acceptances) == 0 {
			p.line("Nobody.")
			return
		}
		p.owed(v.Acceptances)
	})
}

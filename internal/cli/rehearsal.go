package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/rehearsal"
)

type rehearsalCmd struct {
	Show rehearsalShowCmd `cmd:"" help:"Every control of the current program as a service auditor would write about it today, and what can still be prevented."`
}

type rehearsalShowCmd struct {
	Clear bool `help:"Controls without exception, and those that nothing called for, too."`
}

// Run rehearses the examination.
func (c *rehearsalShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.RehearsalShow](ctx, r, "rehearsal.show", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.RehearsalShow) {
		for i := range v.Results {
			one := &v.Results[i]
			if settled := one.Verdict == string(rehearsal.Clear) || one.Verdict == string(rehearsal.NotOccurred); settled && !c.Clear {
				continue
			}
			tellResult(p, one)
		}
		if len(v.Preventable) > 0 {
			p.line("What can still be prevented:")
			rows := [][]string{{"by", "control", "who", "again", "what"}}
			for _, one := range v.Preventable {
				rows = append(rows, []string{cmp.Or(one.By, "now"), one.Control, cmp.Or(one.Owner, "nobody"), strconv.Itoa(one.More), one.What})
			}
			p.table(rows)
		}
		var parts []string
		for _, verdict := range rehearsal.Verdicts() {
			parts = append(parts, strconv.Itoa(v.Counts[string(verdict)])+" "+strings.ReplaceAll(string(verdict), "_", " "))
		}
		p.line("%s, %s to %s, as it stands now: %s.", v.Program, v.From, v.To, strings.Join(parts, ", "))
	})
}

// tellResult is what would be written about a control.
func tellResult(p *paper, one *api.RehearsalResult) {
	p.line("%s  %s  %s", one.Control, strings.ReplaceAll(one.Verdict, "_", " "), one.Title)
	p.line("  %s", one.Wording)
	for _, s := range one.Selections {
		if s.Deviate > 0 {
			p.line("  A firm would select %d of %d, and find a deviation with a chance of %d percent.", s.Selected, s.Items, s.Percent)
		}
	}
	for _, why := range one.Reasons {
		if one.Verdict == string(rehearsal.Exception) {
			p.line("  Besides, not all of it can be tested: %s", why)
		}
	}
}

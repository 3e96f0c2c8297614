package cli

import (
	"context"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/gap"
	"assay/internal/readiness"
	"assay/internal/register"
)

// gapVerbs are what gaps and assessments of readiness have besides what every
// register has.
func gapVerbs(d *register.Declaration) []verb {
	switch d.Noun {
	case gap.Noun:
		return []verb{
			{"find", "Write down the gaps that a look finds and the register does not have.", gapFindCmd{}},
			{"plan", "Give every open gap without a day one, by weight and effort.", gapPlanCmd{}},
		}
	case gap.AssessmentNoun:
		return []verb{
			{"look", "Every criterion in scope, rated from what is known today.", readinessLookCmd{}},
			{"take", "Write an assessment down as things stand now.", readinessTakeCmd{}},
		}
	}
	return nil
}

type readinessLookCmd struct {
	Why bool `help:"With the reasons."`
}

// Run rates every criterion.
func (c *readinessLookCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.ReadinessLook](ctx, r, "readiness.look", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ReadinessLook) {
		rows := [][]string{{"criterion", "rating", "works", "open", "title"}}
		for i := range v.Criteria {
			one := &v.Criteria[i]
			rows = append(rows, []string{one.ID, strings.ReplaceAll(one.Rating, "_", " "), strconv.Itoa(len(one.Works)), strconv.Itoa(len(one.Reasons)), clip(one.Title, 60)})
		}
		p.table(rows)
		for i := range v.Criteria {
			for j := range v.Criteria[i].Reasons {
				if c.Why {
					p.line("%s  %s", v.Criteria[i].ID, v.Criteria[i].Reasons[j].Text)
				}
			}
		}
		var parts []string
		for _, rating := range readiness.Ratings() {
			if n := v.Counts[string(rating)]; n > 0 {
				parts = append(parts, strconv.Itoa(n)+" "+strings.ReplaceAll(string(rating), "_", " "))
			}
		}
		p.line("%s: %s.", v.Program, strings.Join(parts, ", "))
		p.line("%d gaps open, %d found and not written down, %d open ones not found any more; %d questions without an answer, %d answered by what is known.",
			len(v.Open), len(v.Found), len(v.Gone), len(v.Questions), v.Known)
		if v.StartOn != "" {
			p.line("A period could begin on %s. %s", v.StartOn, v.StartWhy)
			return
		}
		p.line("When a period could begin: %s", v.StartWhy)
	})
}

type readinessTakeCmd struct {
	Title      string `arg:"" help:"Such as \"Before the first period\"."`
	Conclusion string `placeholder:"TEXT" help:"What follows from it; needed before it is approved."`
}

// Run takes an assessment.
func (c *readinessTakeCmd) Run(ctx context.Context, r *run) error {
	in := &api.ReadinessTakeIn{}
	in.Body.Title, in.Body.Conclusion = c.Title, c.Conclusion
	out, err := change[api.Record](ctx, r, "readiness.take", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Record) {
		p.line("%s: %s met, %s in part, %s not met, %s unknown.", v.Text("id"), v.Text("met"), v.Text("partly"), v.Text("not_met"), v.Text("unknown"))
	})
}

type gapFindCmd struct {
	Keys []string `arg:"" optional:"" help:"Of gaps that a look found (readiness look --json); all if there is none."`
}

// Run writes down what a look finds.
func (c *gapFindCmd) Run(ctx context.Context, r *run) error {
	in := &api.GapFindIn{}
	in.Body.Keys = c.Keys
	out, err := change[api.GapsWritten](ctx, r, "gap.find", in)
	return gapLines(r, out, err, "Nothing is found that the register does not have.")
}

type gapPlanCmd struct{}

// Run gives days to gaps that have none.
func (c *gapPlanCmd) Run(ctx context.Context, r *run) error {
	out, err := change[api.GapsWritten](ctx, r, "gap.plan", &struct{}{})
	return gapLines(r, out, err, "Every open gap has a day.")
}

func gapLines(r *run, out *api.GapsWritten, err error, none string) error {
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.GapsWritten) {
		if len(v.Gaps) == 0 {
			p.line("%s", none)
			return
		}
		rows := [][]string{{"gap", "weight", "effort", "by", "what"}}
		for _, g := range v.Gaps {
			rows = append(rows, []string{g.Text("id"), g.Text("weight"), g.Text("effort"), g.Text("due_on"), clip(g.Text("title"), 70)})
		}
		p.table(rows)
	})
}

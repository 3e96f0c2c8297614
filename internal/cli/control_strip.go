package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"assay/internal/api"
)

type controlStripCmd struct {
	Control string `arg:"" help:"Id, such as IAM-03."`
}

// Run draws a control's period.
func (c *controlStripCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Strip](ctx, r, "control.strip", &api.ControlIn{ID: c.Control, Period: r.Period})
	if err != nil {
		return err
	}
	return emit(r, out, printStrip)
}

// glyphs are the states, worst first: shape says what colour says too.
func glyphs() []struct{ state, glyph, colour string } {
	return []struct{ state, glyph, colour string }{
		{"deviation", "✗", red},
		{"no_evidence", "░", yellow},
		{"failing", "▂", yellow},
		{"fixed", "▄", yellow},
		{"operated", "█", green},
		{"not_due", "·", ""},
	}
}

// printStrip draws the weeks of each month, a glyph for the worst day of each.
func printStrip(p *paper, s *api.Strip) {
	from, err := time.Parse(time.DateOnly, s.From)
	if err != nil {
		p.line("%s", s.Headline)
		return
	}
	to, _ := time.Parse(time.DateOnly, s.To)
	today, _ := time.Parse(time.DateOnly, s.Today)
	var head, row strings.Builder
	for month := from; month.Before(to); month = time.Date(month.Year(), month.Month()+1, 1, 0, 0, 0, 0, time.UTC) {
		end := time.Date(month.Year(), month.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		if end.After(to) {
			end = to
		}
		fmt.Fprintf(&head, "%-5s", month.Format("Jan")[:1])
		weeks := 0
		for day := month; day.Before(end) && weeks < 4; day, weeks = day.AddDate(0, 0, 7), weeks+1 {
			last := day.AddDate(0, 0, 6)
			if weeks == 3 || last.After(end.AddDate(0, 0, -1)) {
				last = end.AddDate(0, 0, -1)
			}
			row.WriteString(glyph(p, s.Spans, day, last, today))
		}
		row.WriteString(strings.Repeat(" ", 5-weeks))
	}
	name := max(len(s.Control), 6)
	p.line("%-*s  %s", name, "", strings.TrimRight(head.String(), " "))
	p.line("%-*s  %s", name, s.Control, strings.TrimRight(row.String(), " "))
	d := s.Days
	due := d.Deviation + d.NoEvidence + d.Failing + d.Fixed + d.Operated
	p.line("%d of %d days operated · %d deviation · %d no evidence · %d failing · %d fixed in time", d.Operated, due, d.Deviation, d.NoEvidence, d.Failing, d.Fixed)
	if s.Headline != "" {
		p.line("%s", s.Headline)
	}
}

// glyph is the worst state of the days from first to last, both included.
func glyph(p *paper, spans []api.Span, first, last, today time.Time) string {
	if first.After(today) {
		return "·"
	}
	for _, g := range glyphs() {
		for i := range spans {
			if spans[i].State == g.state && spans[i].From <= last.Format(time.DateOnly) && first.Format(time.DateOnly) < spans[i].To {
				if g.colour == "" {
					return g.glyph
				}
				return p.paint(g.colour, g.glyph)
			}
		}
	}
	return "·"
}

package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type controlCmd struct {
	List    controlListCmd    `cmd:"" help:"Every control, and how it stands."`
	Show    controlShowCmd    `cmd:"" help:"One control: its words, lanes, deviations and performances."`
	Strip   controlStripCmd   `cmd:"" help:"How a control stood over the period, week by week."`
	Library controlLibraryCmd `cmd:"" help:"The controls that can be adopted."`
	Adopt   controlAdoptCmd   `cmd:"" help:"Take controls of the library over, by id or profile."`
	Edit    controlEditCmd    `cmd:"" help:"Append a version of a control in which what you give differs."`
	Perform controlPerformCmd `cmd:"" help:"Record that you performed an activity."`
}

type controlListCmd struct {
	Group     string `placeholder:"GROUP" help:"Only those counted there: operated, action_needed, deviation, not_due."`
	Criterion string `placeholder:"ID" help:"Only those that help to meet it, such as CC6.1."`
}

// Run lists the controls.
func (c *controlListCmd) Run(ctx context.Context, r *run) error {
	in := &api.ControlsIn{Period: r.Period, Group: c.Group, Criterion: c.Criterion}
	out, err := whole[api.Controls](ctx, r, "control.list", in)
	if err != nil {
		return err
	}
	return emit(r, out, printControls)
}

func printControls(p *paper, out *api.Controls) {
	if len(out.Controls) == 0 {
		p.line("No controls. Take some over from the library: assay control adopt --profile starter_security")
		return
	}
	rows := [][]string{{"control", "state", "criteria", "owner", "title"}}
	for i := range out.Controls {
		c := &out.Controls[i]
		rows = append(rows, []string{
			c.ID, c.Group, clip(strings.Join(c.Criteria, " "), 24), cmp.Or(c.OwnerName, c.OwnerRole), clip(c.Title, 60),
		})
	}
	p.table(rows)
	p.line("%d operated, %d need action, %d with a deviation, %d not due",
		out.Position.Operated, out.Position.ActionNeeded, out.Position.Deviation, out.Position.NotDue)
}

type controlShowCmd struct {
	Control string `arg:"" help:"Id, such as IAM-03."`
}

// Run shows a control.
func (c *controlShowCmd) Run(ctx context.Context, r *run) error {
	d, err := call[api.ControlDetail](ctx, r, "control.show", &api.ControlIn{ID: c.Control, Period: r.Period})
	if err != nil {
		return err
	}
	if err := emit(r, d, printControl); err != nil {
		return err
	}
	return stateExit(d.State)
}

// stateExit is the exit code of a state.
func stateExit(state string) error {
	switch state {
	case "deviation":
		return found(exitDeviation)
	case "failing":
		return found(exitFailing)
	case "no_evidence":
		return found(exitUnknown)
	}
	return nil
}

func printControl(p *paper, d *api.ControlDetail) {
	p.line("%s  %s", d.ID, d.Title)
	if d.Headline != "" {
		p.line("%s", d.Headline)
	}
	p.line("")
	p.line("%s", d.Statement)
	p.line("")
	p.line("criteria   %s", strings.Join(d.Criteria, " "))
	p.line("owner      %s", cmp.Or(d.OwnerName, d.OwnerRole, "nobody"))
	p.line("runs       %s", d.Frequency)
	p.line("fix limit  %s", cmp.Or(d.FixLimit, "none stated"))
	p.line("version    %d, from %s", d.Version, d.EffectiveOn)
	if len(d.Control.Lanes) == 0 {
		p.line("lanes      none: nothing shows that it operates")
	}
	for i := range d.Control.Lanes {
		l := &d.Control.Lanes[i]
		j := slices.IndexFunc(d.Lanes, func(x api.LaneDays) bool { return x.Lane == l.ID })
		text := "not judged yet"
		if j >= 0 {
			text = laneText(&d.Lanes[j])
		}
		p.line("lane       %-40s %s", l.ID, text)
	}
}

// laneText says how a lane stands in a few words.
func laneText(l *api.LaneDays) string {
	if n := len(l.Occurrences); n > 0 {
		by := map[string]int{}
		for _, o := range l.Occurrences {
			by[o.Outcome]++
		}
		return fmt.Sprintf("%d due: %d on time, %d late, %d missed, %d to come", n, by["on_time"], by["late"], by["missed"], by["upcoming"]+by["open"])
	}
	last := "no days yet"
	if n := len(l.Spans); n > 0 {
		last = strings.ReplaceAll(l.Spans[n-1].State, "_", " ") + " now"
	}
	return last + ", " + count(len(l.Deviations), "deviation", "deviations")
}

type controlLibraryCmd struct {
	Profiles bool `help:"List the profiles instead."`
}

// Run lists the library.
func (c *controlLibraryCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Library](ctx, r, "control.library", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Library) {
		if c.Profiles {
			rows := [][]string{{"profile", "controls", "suggested", "what it is for"}}
			for _, x := range v.Profiles {
				rows = append(rows, []string{x.ID, strconv.Itoa(x.Controls), cmp.Or(x.Category, x.Suggested), clip(x.Summary, 80)})
			}
			p.table(rows)
			return
		}
		rows := [][]string{{"control", "adopted", "profiles", "title"}}
		for i := range v.Controls {
			x := &v.Controls[i]
			adopted := ""
			if x.Adopted {
				adopted = "yes"
			}
			rows = append(rows, []string{x.ID, adopted, clip(strings.Join(x.Profiles, " "), 30), clip(x.Title, 70)})
		}
		p.table(rows)
	})
}

type controlAdoptCmd struct {
	Controls []string `arg:"" optional:"" help:"Ids, such as IAM-03."`
	Profile  []string `placeholder:"PROFILE" help:"All controls of a profile. Repeatable."`
	From     string   `placeholder:"DATE" help:"Day from which they hold; the program's first unless given."`
}

// Run adopts controls.
func (c *controlAdoptCmd) Run(ctx context.Context, r *run) error {
	if len(c.Controls) == 0 && len(c.Profile) == 0 {
		return fault.New(fault.Invalid, "Name controls or a --profile. They are listed by: assay control library [--profiles]")
	}
	in := &api.AdoptIn{}
	in.Body.Controls, in.Body.Profiles, in.Body.EffectiveOn = c.Controls, c.Profile, c.From
	out, err := change[api.Adopted](ctx, r, "control.adopt", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Adopted) {
		p.line("Adopted %s from %s on. Those adopted before are as they were.", count(len(v.Controls), "control", "controls"), v.EffectiveOn)
	})
}

type controlPerformCmd struct {
	Control  string   `arg:"" help:"Id of the control."`
	DueOn    string   `name:"due" required:"" placeholder:"DATE" help:"Day on which the occurrence is due."`
	Lane     string   `help:"Lane, when the control has several activities."`
	At       string   `placeholder:"TIME" help:"When it was done, RFC 3339; now unless given."`
	Note     string   `help:"What was done."`
	Evidence []string `placeholder:"ID" help:"Evidence that shows it. Repeatable."`
}

// Run records a performance.
func (c *controlPerformCmd) Run(ctx context.Context, r *run) error {
	lane, err := c.lane(ctx, r)
	if err != nil {
		return err
	}
	in := &api.PerformIn{ID: c.Control}
	in.Body.Lane, in.Body.DueOn, in.Body.Note, in.Body.Evidence, in.Body.PerformedAt = lane, c.DueOn, c.Note, c.Evidence, r.Now()
	if c.At != "" {
		if err := in.Body.PerformedAt.UnmarshalText([]byte(c.At)); err != nil {
			return fault.Wrap(fault.Invalid, err, "--at wants a time such as 2026-11-22T09:00:00Z, not %q.", c.At)
		}
	}
	out, err := change[api.Performance](ctx, r, "activity.perform", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Performance) {
		p.line("Recorded %s for %s, due %s.", v.ID, c.Control, v.DueOn)
	})
}

func (c *controlPerformCmd) lane(ctx context.Context, r *run) (string, error) {
	if c.Lane != "" {
		return c.Lane, nil
	}
	d, err := call[api.ControlDetail](ctx, r, "control.show", &api.ControlIn{ID: c.Control})
	if err != nil {
		return "", err
	}
	var lanes []string
	for i := range d.Control.Lanes {
		if d.Control.Lanes[i].Kind == "activity" {
			lanes = append(lanes, d.Control.Lanes[i].ID)
		}
	}
	if len(lanes) != 1 {
		return "", fault.New(fault.Invalid, "%s has %s: %s. Name one with --lane.", c.Control, count(len(lanes), "activity", "activities"), strings.Join(lanes, " "))
	}
	return lanes[0], nil
}

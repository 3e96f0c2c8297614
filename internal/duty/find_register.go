package duty

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/register"
	"assay/internal/risk"
	"assay/internal/standing"
	"assay/internal/task"
)

// registers are the days of records that are near or over, the decisions that are
// open, and risks of which a control deviated since they were last looked at.
func (f *finder) registers(ctx context.Context) error {
	pending, mine, err := f.s.Registers.Pending(ctx, f.who, f.until)
	if err != nil {
		return err
	}
	for i := range pending {
		p := &pending[i]
		if f.everybody || f.who.Can(cmp.Or(p.Due.May, p.Declaration.Edit)) && (p.Owner == "" || mine != "" && p.Owner == mine || f.who.Role == access.RoleLead) {
			f.due(p)
		}
	}
	waiting, err := f.s.Registers.Waiting(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range waiting {
		w := &waiting[i]
		if ok, _ := w.Declaration.MayMove(w.Move, &w.Record, w.Versions, f.who); !f.everybody && !ok {
			continue
		}
		href := "/" + w.Declaration.Path + "/" + w.Record.ID
		f.approve(task.Task{
			Noun: w.Declaration.Noun, Object: w.Record.ID, Step: fmt.Sprintf("%s %d", w.Move.Name, w.Record.Version),
			Title: fmt.Sprintf("Decide on %s: %s", w.Record.ID, w.Record.Label(w.Declaration)), Why: w.Declaration.State(w.Record.State).Label + ", asked by " + w.Record.ByName,
			Href: href, AskedBy: w.Record.By, AskedByName: w.Record.ByName, CreatedAt: w.Record.UpdatedAt,
		}, "at "+w.Record.ID)
	}
	return f.raised(ctx, mine)
}

func (f *finder) due(p *register.Pending) {
	r, href := &p.Record, "/"+p.Declaration.Path+"/"+p.Record.ID
	f.add(Duty{
		Task: task.Task{
			Noun: p.Declaration.Noun, Object: r.ID, Step: p.Due.Field + " " + p.On.String(), Title: p.Due.Label + " " + r.ID + ": " + r.Label(p.Declaration),
			Why: "Due " + said(p.On), Href: href,
		},
		Kind: Record, Ahead: p.On > standing.DayOf(f.now, f.zone())+standing.Date(p.Due.Ahead), Due: (p.On + 1).Start(f.zone()), Act: Act{Label: "Open", Of: r.ID, Href: href},
	})
}

// raised asks for another look at risks of which a control deviated.
func (f *finder) raised(ctx context.Context, mine string) error {
	d, err := f.s.Registers.Of(risk.Noun)
	if err != nil || !f.who.Can(d.Read) {
		return nil //nolint:nilerr // without the register nothing is raised
	}
	l, err := f.s.Registers.List(ctx, f.who, risk.Noun, register.Filter{})
	if err != nil {
		return err
	}
	controls := f.o.All()
	for i := range l.Records {
		r := &l.Records[i]
		c, on := Raised(r, controls, f.zone())
		if c == "" || r.State == risk.Closed || !f.everybody && f.who.Role != access.RoleLead && (mine == "" || r.Get("owner") != mine) {
			continue
		}
		f.add(Duty{
			Task: task.Task{
				Noun: risk.Noun, Object: r.ID, Step: "raised " + c + " " + on.String(), Title: "Look again at " + r.ID + ": " + r.Label(d),
				Why: "Its control " + c + " deviated on " + said(on), Control: c, Href: "/risks/" + r.ID,
			},
			Kind: Record, Act: Act{Label: "Review", Of: r.ID, Href: "/risks/" + r.ID + "/review"},
		})
	}
	return nil
}

// Raised is the control of a record that deviated last since the record was last
// reviewed, or came into the register, and the day; empty if none did. The first
// of equal days counts.
func Raised(r *register.Record, controls []control.Listed, zone *time.Location) (id string, on standing.Date) {
	since := max(r.Date("reviewed_on"), standing.DayOf(r.CreatedAt, zone))
	named := r.List("controls")
	for i := range controls {
		c := &controls[i]
		if !slices.Contains(named, c.Control) {
			continue
		}
		for _, lane := range c.Standing.Lanes {
			for _, d := range lane.Deviations {
				if day := d.From; day > since && (day > on || day == on && strings.Compare(c.Control, id) < 0) {
					id, on = c.Control, day
				}
			}
		}
	}
	return id, on
}

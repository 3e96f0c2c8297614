package duty

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/task"
)

const dayForm = "2 Jan 2006"

func said(d standing.Date) string { return d.Start(time.UTC).Format(dayForm) }

// activities are the occurrences whose window is open or was missed.
func (f *finder) activities() {
	if !f.everybody && !f.who.Can(access.ActivityPerform) {
		return
	}
	for i := range f.o.Controls {
		c := &f.o.Controls[i]
		if !f.mine(&c.Version) {
			continue
		}
		for _, l := range c.Standing.Lanes {
			for _, o := range l.Occurrences {
				if o.Outcome == standing.Open || o.Outcome == standing.Missed || o.Outcome == standing.Upcoming && o.Due <= f.until {
					f.perform(&c.Version, l.Key, o)
				}
			}
		}
	}
}

// milestones are the first and the last day of the program, while they lie ahead.
func (f *finder) milestones(ctx context.Context) error {
	sc, err := f.s.Programs.Get(ctx, f.who, "")
	if fault.Is(err, fault.NotFound) {
		return nil // there is no program yet
	}
	if err != nil {
		return err
	}
	type day struct {
		on    standing.Date
		title string
	}
	days := []day{{sc.From, "The period of " + sc.Name + " begins"}, {sc.To - 1, "The period of " + sc.Name + " ends"}}
	if sc.Type == program.Type1 {
		days = []day{{sc.From, "As-of day of " + sc.Name}}
	}
	today := standing.DayOf(f.now, f.zone())
	for _, d := range days {
		if d.on >= today && d.on <= f.until {
			f.add(Duty{Task: task.Task{Noun: "program", Object: sc.ID, Step: d.title, Title: d.title, Why: sc.Label(), Href: "/settings/program"}, Kind: Milestone, Ahead: true, Due: (d.on + 1).Start(f.zone())})
		}
	}
	return nil
}

func (f *finder) perform(v *control.Version, lane string, o standing.Judged) {
	why := "Due " + said(o.Due)
	if o.Outcome == standing.Missed {
		why += "; nobody recorded it"
	}
	title := lane
	if i := slices.IndexFunc(v.Lanes, func(l control.Lane) bool { return l.ID == lane }); i >= 0 {
		title = v.Lanes[i].Title
	}
	due := o.Due.String()
	f.add(Duty{
		Task: task.Task{
			Noun: "control", Object: v.Control, Step: lane + " " + due, Title: title, Why: why, Control: v.Control,
			Href: "/controls/" + v.Control + "?tab=activities",
		},
		Kind: Activity, Due: (o.Last + 1).Start(f.zone()), Ahead: o.Outcome == standing.Upcoming,
		Act: Act{Label: "Record", Of: v.Control + " due " + due, Href: "/controls/" + v.Control + "/perform?lane=" + url.QueryEscape(lane) + "&due=" + due},
	})
}

// checks are those with a failing resource, and the changes of checks that
// wait for a decision.
func (f *finder) checks(ctx context.Context) error {
	list, err := f.s.Checks.List(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		if c.Proposal && f.decides(access.CheckApprove, "") {
			if err := f.proposals(ctx, c.ID); err != nil {
				return err
			}
		}
		if c.Failing > 0 {
			f.fix(c)
		}
	}
	return nil
}

// fix adds a failing check if the actor answers for a control that it shows; it
// is due when the first of their limits ends.
func (f *finder) fix(c *check.Summary) {
	d := Duty{
		Task: task.Task{
			Noun: "check", Object: c.ID, Step: c.Oldest.Ref.String() + " " + strconv.FormatInt(c.Oldest.Since.UnixMilli(), 10), Title: c.Title,
			Why:  failing(c.Failing) + ", the oldest since " + c.Oldest.Since.In(f.zone()).Format(dayForm+" 15:04"),
			Href: "/checks/" + c.ID,
		},
		Kind: Check, Act: Act{Label: "Fix", Of: c.Title, Href: "/checks/" + c.ID},
	}
	mine := f.everybody || f.who.Role == access.RoleLead
	for i := range f.o.Controls {
		v := &f.o.Controls[i].Version
		if !slices.Contains(v.Checks(), c.ID) || !f.mine(v) {
			continue
		}
		mine = true
		if at := c.Oldest.Since.Add(v.Limit()); d.Due.IsZero() || at.Before(d.Due) {
			d.Control, d.Due = v.Control, at
		}
	}
	if mine {
		f.add(d)
	}
}

func failing(n int) string {
	if n == 1 {
		return "1 resource failing"
	}
	return fmt.Sprintf("%d resources failing", n)
}

// approve adds a decision that somebody asked for.
func (f *finder) approve(t task.Task, of string) {
	f.add(Duty{Task: t, Kind: Approval, Act: Act{Label: "Look", Of: of, Href: t.Href}})
}

func (f *finder) proposals(ctx context.Context, id string) error {
	detail, err := f.s.Checks.Get(ctx, f.who, id)
	if err != nil {
		return err
	}
	for i := range detail.Revisions {
		v := &detail.Revisions[i]
		if v.State != check.Proposed || !f.decides(access.CheckApprove, v.Author) {
			continue
		}
		f.approve(task.Task{
			Noun: "check", Object: id, Step: "revision " + strconv.Itoa(v.Revision), Title: "Decide on a change of " + v.Title,
			Why: "Proposed by " + f.named(v.Author), Href: "/checks/" + id, AskedBy: v.Author, AskedByName: f.named(v.Author),
		}, "at the change of "+v.Title)
	}
	return nil
}

func (f *finder) exclusions(ctx context.Context) error {
	if !f.decides(access.ExclusionApprove, "") {
		return nil
	}
	list, err := f.s.Checks.Exclusions(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		if e.State != check.Asked || !f.decides(access.ExclusionApprove, e.AskedBy) {
			continue
		}
		f.approve(task.Task{
			Noun: "exclusion", Object: e.ID, Step: "approve", Title: "Decide on the exclusion of " + cmp.Or(e.Label, e.Ref.ID),
			Why: "Asked by " + f.named(e.AskedBy) + ": " + e.Reason, Href: "/checks/" + e.Check + "?tab=excluded",
			AskedBy: e.AskedBy, AskedByName: f.named(e.AskedBy), CreatedAt: e.AskedAt,
		}, "at the exclusion of "+cmp.Or(e.Label, e.Ref.ID))
	}
	return nil
}

func (f *finder) omissions(ctx context.Context) error {
	if !f.decides(access.ProgramEdit, "") {
		return nil
	}
	sc, err := f.s.Programs.Get(ctx, f.who, "")
	if fault.Is(err, fault.NotFound) {
		return nil // there is no program yet
	}
	if err != nil {
		return err
	}
	for i := range sc.Omissions {
		o := &sc.Omissions[i]
		if o.InForce() || !f.decides(access.ProgramEdit, o.AskedBy) {
			continue
		}
		f.approve(task.Task{
			Noun: "program", Object: sc.ID, Step: string(o.Criterion) + " " + strconv.FormatInt(o.AskedAt.UnixMilli(), 10),
			Title: "Decide whether " + string(o.Criterion) + " is left out", Why: "Asked by " + f.named(o.AskedBy) + ": " + o.Reason,
			Href: "/criteria/" + string(o.Criterion), AskedBy: o.AskedBy, AskedByName: f.named(o.AskedBy), CreatedAt: o.AskedAt,
		}, "at "+string(o.Criterion))
	}
	return nil
}

// evidence is what becomes or is too old for the control that it shows.
func (f *finder) evidence(ctx context.Context) error {
	if !f.everybody && !f.who.Can(access.EvidenceAdd) {
		return nil
	}
	kinds := []evidence.Freshness{evidence.Due, evidence.Overdue}
	if f.until != 0 {
		kinds = append(kinds, evidence.Fresh)
	}
	for _, fresh := range kinds {
		l, err := f.s.Evidence.List(ctx, f.who, evidence.Filter{Freshness: fresh})
		if err != nil {
			return err
		}
		for i := range l.Evidence {
			if e := &l.Evidence[i]; fresh != evidence.Fresh || e.DueOn != 0 && e.DueOn <= f.until {
				f.again(e, fresh == evidence.Fresh)
			}
		}
	}
	return nil
}

func (f *finder) again(e *evidence.Listed, ahead bool) {
	for _, id := range e.Controls {
		i := slices.IndexFunc(f.o.Controls, func(c control.Listed) bool { return c.Control == id })
		if i < 0 || !f.mine(&f.o.Controls[i].Version) {
			continue
		}
		f.add(Duty{
			Task: task.Task{
				Noun: "evidence", Object: e.ID, Step: "again", Title: "Add evidence again: " + e.Title,
				Why: "The last covers days up to " + said(e.To-1), Control: id, Href: "/evidence/" + e.ID,
			},
			Kind: Evidence, Ahead: ahead, Due: (e.DueOn + 1).Start(f.zone()), Act: Act{Label: "Add", Of: e.Title, Href: "/evidence/new?control=" + id},
		})
		return
	}
}

package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/description"
	"assay/internal/engagement"
	"assay/internal/governance"
	"assay/internal/incident"
	"assay/internal/kit/document"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/risk"
	"assay/internal/standing"
	"assay/internal/trail"
	"assay/internal/vendor"
)

// facts is what a report is composed from, read in one transaction.
type facts struct {
	s       *Service
	tx      *db.Tx
	at      time.Time
	today   standing.Date
	org     org.Org
	logHead tlog.Checkpoint
	deal    *register.Record // the engagement; nil without one
	plan    *program.Program // whose omissions count; nil without one
	period  standing.Period
	kinds   []criteria.CategoryID

	inScope   []criteria.Criterion
	omissions []program.Omission
	overview  control.Overview
	controls  []control.Listed // with a criterion in scope, by id
	runs      map[string]check.Run
	done      map[string]activity.Performance // newest of the period by control
	books     map[string][]register.Record
	position  *readiness.Position // of a report that rates criteria
	acts      map[string]string   // newest entry of the trail by noun and id
}

// read takes what every report needs.
func (s *Service) read(tx *db.Tx, in *In) (*facts, error) {
	f := &facts{s: s, tx: tx, at: tx.Now(), books: map[string][]register.Record{}, acts: map[string]string{}}
	for _, step := range []func(*In) error{f.basics, f.registers, f.scope, f.standing, f.ready} {
		if err := step(in); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *facts) basics(*In) (err error) {
	if f.org, err = org.Load(f.tx); err != nil {
		return err
	}
	f.today = standing.DayOf(f.at, f.org.Location())
	f.logHead, err = ledger.Head(f.tx)
	return err
}

// nouns are the registers that reports read.
func nouns() []string {
	return []string{
		engagement.Noun, engagement.RequestNoun, engagement.PopulationNoun, engagement.SampleNoun, engagement.SheetNoun, engagement.ExceptionNoun,
		vendor.Noun, vendor.ReportNoun, vendor.ExpectationNoun, vendor.RelianceNoun, incident.Noun, description.Noun, description.UserControlNoun, risk.Noun, governance.FindingNoun,
	}
}

func (f *facts) registers(*In) error {
	for _, noun := range nouns() {
		list, _, err := f.s.Books.Everything(f.tx, noun)
		if err != nil {
			return err
		}
		f.books[noun] = list
	}
	return nil
}

// typed is the value by which engagements name the kind.
func (k Kind) typed() string {
	return map[Kind]string{Type1: engagement.Type1, Type2: engagement.Type2, Type3: engagement.Type2}[k]
}

// scope finds what the report is about: an engagement, else a program.
func (f *facts) scope(in *In) (err error) {
	if in.Kind.examined() {
		if f.deal, err = f.engaged(in); err != nil {
			return err
		}
	}
	all, err := program.All(f.tx)
	if err != nil {
		return err
	}
	f.plan = f.planned(in, all)
	switch {
	case f.deal != nil:
		f.ofEngagement()
	case f.plan != nil:
		f.period, f.kinds = f.plan.Period(&f.org), f.plan.Categories
		if in.Kind == Type1 && f.plan.Type != program.Type1 { // of a program for a Type 2: as it is today
			day := min(f.today, f.period.To-1)
			f.period.From, f.period.To = day, day+1
		}
	case in.Kind == Bridge:
		f.period, f.kinds = standing.Period{From: f.today, To: f.today + 1, Zone: f.org.Location()}, []criteria.CategoryID{criteria.Security}
	default:
		return fault.New(fault.NotFound, "There is neither an engagement nor a program of this type: nothing says what the report is about. Add one first.")
	}
	if f.period.From == 0 || f.period.To <= f.period.From {
		return fault.New(fault.Conflict, "%s has no days yet. Give it its day or its period first.", f.deal.ID)
	}
	return f.criteria()
}

func (f *facts) ofEngagement() {
	from, to := f.deal.Date("from"), f.deal.Date("to")
	if f.deal.Get("type") == engagement.Type1 {
		from, to = f.deal.Date("as_of"), f.deal.Date("as_of")
	}
	if from != 0 && to != 0 {
		f.period = standing.Period{From: from, To: to + 1, Zone: f.org.LocationOn(from)}
	}
	for _, c := range f.deal.List("categories") {
		f.kinds = append(f.kinds, criteria.CategoryID(c))
	}
}

// engaged is the engagement that is asked for; nil if none is and there is none.
func (f *facts) engaged(in *In) (*register.Record, error) {
	if in.issuing != nil {
		return in.issuing, nil
	}
	over := []string{engagement.Declined, engagement.Cancelled, engagement.Withdrawn}
	var found *register.Record
	for i := range f.books[engagement.Noun] {
		r := &f.books[engagement.Noun][i]
		if in.Engagement != "" && strings.EqualFold(r.ID, in.Engagement) {
			if r.Get("type") != in.Kind.typed() {
				return nil, fault.New(fault.Invalid, "%s is not an engagement of this type. Ask for its own.", r.ID)
			}
			return r, nil
		}
		if in.Engagement == "" && r.Get("type") == in.Kind.typed() && !slices.Contains(over, r.State) {
			found = r
		}
	}
	if in.Engagement != "" {
		return nil, fault.New(fault.NotFound, "There is no engagement %q here.", in.Engagement)
	}
	return found, nil
}

// planned is the program that the report belongs to: the one of the engagement's
// days, else the current one.
func (f *facts) planned(in *In, all []program.Program) *program.Program {
	var current *program.Program
	for i := range all {
		p := &all[i]
		if f.deal != nil && string(p.Type) == f.deal.Get("type") && (p.From == f.deal.Date("from") && p.To == f.deal.Date("to")+1 || p.From != 0 && p.From == f.deal.Date("as_of")) {
			return p
		}
		if p.Current && (in.Kind == Readiness || in.Kind == Board || in.Kind == Bridge || in.Kind == Type1 || f.deal != nil || string(p.Type) == in.Kind.typed()) {
			current = p
		}
	}
	return current
}

// criteria are those of the categories without those that are left out.
func (f *facts) criteria() error {
	out := map[criteria.ID]bool{}
	if f.plan != nil {
		list, err := program.Omissions(f.tx, f.plan.ID)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].InForce() {
				f.omissions = append(f.omissions, list[i])
				out[list[i].Criterion] = true
			}
		}
	}
	for _, c := range f.s.Library.Criteria().InScope(f.kinds) {
		if !out[c.ID] {
			f.inScope = append(f.inScope, c)
		}
	}
	return nil
}

func (f *facts) standing(*In) (err error) {
	if f.overview, err = f.s.Controls.During(f.tx, f.period.Start(), f.period.End()); err != nil {
		return err
	}
	known := map[string]bool{}
	for i := range f.inScope {
		known[string(f.inScope[i].ID)] = true
	}
	var checks []string
	for _, c := range f.overview.All() {
		if slices.ContainsFunc(c.Criteria, func(id string) bool { return known[id] }) {
			f.controls = append(f.controls, c)
			checks = append(checks, c.Checks()...)
		}
	}
	slices.Sort(checks)
	if f.runs, err = check.NewestUntil(f.tx, slices.Compact(checks), f.period.End()); err != nil {
		return err
	}
	return f.performed()
}

// ready rates the criteria, for the reports that tell of it.
func (f *facts) ready(in *In) (err error) {
	if in.Kind == Readiness || in.Kind == Board {
		f.position, err = f.s.Readiness.Position(f.tx)
	}
	return err
}

// performed finds the newest performance of each control's activities by the end of
// the period.
func (f *facts) performed() error {
	list, err := activity.Of(f.tx, "")
	if err != nil {
		return err
	}
	f.done = map[string]activity.Performance{}
	for i := range list {
		p := &list[i]
		if last, ok := f.done[p.Control]; f.period.Contains(p.PerformedAt) && (!ok || !p.PerformedAt.Before(last.PerformedAt)) {
			f.done[p.Control] = *p
		}
	}
	return nil
}

// running reports whether the period has days that are to come.
func (f *facts) running() bool { return f.today < f.period.To-1 }

// of are the controls that serve a criterion.
func (f *facts) of(id criteria.ID) (out []*control.Listed) {
	for i := range f.controls {
		if slices.Contains(f.controls[i].Criteria, string(id)) {
			out = append(out, &f.controls[i])
		}
	}
	return out
}

// newest is the newest entry of the trail about something, which is its entry in
// the log as well; empty if there is none.
func (f *facts) newest(noun, object string) (string, error) {
	key := noun + "/" + object
	if leaf, ok := f.acts[key]; ok {
		return leaf, nil
	}
	list, err := trail.List(f.tx, trail.Filter{Noun: noun, Object: object, To: f.at.Add(time.Millisecond), Limit: 1})
	if err != nil {
		return "", err
	}
	leaf := ""
	if len(list) > 0 {
		leaf = list[0].ID
	}
	f.acts[key] = leaf
	return leaf, nil
}

// record cites a record of a register by its newest entry.
func (b *builder) record(r *register.Record) document.Run {
	leaf, err := b.newest(r.Noun, r.ID)
	b.fail(err)
	d, err := b.s.Books.Of(r.Noun)
	b.fail(err)
	name := r.ID
	if d != nil {
		name = strings.ToUpper(d.One[:1]) + d.One[1:] + " " + r.ID + ", “" + r.Label(d) + "”"
	}
	return b.cite("record/"+r.Noun+"/"+r.ID, leaf, "%s, version %d", name, r.Version)
}

// wording cites the version of a control that is quoted.
func (b *builder) wording(c *control.Listed) document.Run {
	return b.cite("control/"+c.Control, c.Leaf, "Control %s, version %d, in force from %s", c.Control, c.Number, dayed(c.EffectiveOn))
}

// firm is the firm's name, as far as anybody knows it.
func (f *facts) firm() string {
	if f.deal == nil {
		return "the service auditor"
	}
	return cmp.Or(f.deal.Get("firm"), "the service auditor")
}

// service is what is examined.
func (f *facts) service() string {
	if f.deal != nil && f.deal.Get("service") != "" {
		return f.deal.Get("service")
	}
	return cmp.Or(strings.TrimSuffix(f.org.Service, "."), f.org.Name)
}

// issued reports whether the firm has issued the report.
func (f *facts) issued() bool {
	return f.deal != nil && (f.deal.State == engagement.Issued || f.deal.State == engagement.Superseded)
}

// accepted reports whether management's final texts were received.
func (f *facts) accepted() bool { return f.deal != nil && f.deal.Date("final_on") != 0 }

// when says the day or the period.
func (f *facts) when() string {
	if f.period.Days() == 1 {
		return "as of " + dayed(f.period.From)
	}
	return "throughout the period from " + dayed(f.period.From) + " to " + dayed(f.period.To-1)
}

// categories are the names of those in scope.
func (f *facts) categories() string {
	var names []string
	for _, c := range f.s.Library.Criteria().Categories() {
		if slices.Contains(f.kinds, c.ID) {
			names = append(names, strings.ToLower(c.Name))
		}
	}
	return listed(names)
}

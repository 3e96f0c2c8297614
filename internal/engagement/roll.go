package engagement

import (
	"context"
	"maps"
	"slices"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/governance"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// Years is the use cases of engagements that follow one another.
type Years struct {
	DB    *db.DB
	Books *register.Book
}

// Rolling is what somebody says of the engagement that follows. What is empty is taken
// from the one before.
type Rolling struct {
	Title          string
	From, To, AsOf standing.Date // twelve months on unless given
	Reason         string        // needed while the one before has not ended
}

// Rolled is what was carried to an engagement.
type Rolled struct {
	ID          string
	Requests    int
	Populations int
	Samples     int
	Sheets      int
	Corrections []string // findings that are still open
	Left        []Kept   // what was not carried
}

// Kept is a record that stays with the engagement before, with the reason.
type Kept struct{ ID, Why string }

// carrying is one engagement being carried forward.
type carrying struct {
	y      *Years
	tx     *db.Tx
	old    register.Record
	out    Rolled
	places map[string]string // new populations and samples by the old ones' ids
}

// Roll drafts the engagement that follows another, with what is asked for, selected
// from and tested as it was planned. Nothing that was answered, captured, drawn, marked
// or signed is carried.
func (y *Years) Roll(ctx context.Context, who access.Actor, id string, in Rolling) (Rolled, error) {
	g, err := who.May(access.EngagementEdit)
	if err != nil {
		return Rolled{}, err
	}
	c := &carrying{y: y, places: map[string]string{}}
	err = y.DB.Write(ctx, g, func(tx *db.Tx) error {
		c.tx, c.out = tx, Rolled{}
		for _, step := range []func() error{func() error { return c.begin(id, &in) }, func() error { return c.draft(&in) }, c.requests, c.populations, c.sheets, c.corrections} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	return c.out, err
}

// begin sees that the engagement can be followed by another.
func (c *carrying) begin(id string, in *Rolling) (err error) {
	if c.old, err = c.y.Books.Load(c.tx, Noun, id); err != nil {
		return err
	}
	if !over(&c.old) && in.Reason == "" {
		return fault.Fields("Nothing was carried forward.", fault.Field{Name: "reason", Text: id + " has not ended: its report is not issued. Say why the next one begins before that."})
	}
	if len(in.Reason) > 2000 || len(in.Title) > 200 {
		return fault.Fields("Nothing was carried forward.", fault.Field{Name: "reason", Text: "A reason has at most 2,000 characters, and a title 200."})
	}
	list, err := c.y.Books.Having(c.tx, Noun, "previous", id)
	for i := range list {
		if r := &list[i]; r.ArchivedAt.IsZero() && r.State != Cancelled && r.State != Declined {
			return fault.New(fault.Conflict, "%s follows %s already. Change that one, or cancel it first.", r.ID, id)
		}
	}
	return err
}

// draft enters the engagement.
func (c *carrying) draft(in *Rolling) error {
	fields := c.picked(&c.old, "type", "categories", "firm", "partner", "licence", "peer_review", "peer_review_on", "service", "subservice", "notes")
	fields["title"] = []string{in.Title}
	if in.Title == "" {
		fields["title"] = []string{"After " + c.old.ID + ": " + c.old.Get("title")}
	}
	if c.old.Get("type") == Type1 {
		days(fields, "as_of", in.AsOf, c.old.Date("as_of"), func(d standing.Date) standing.Date { return d.AddMonths(12) })
	} else {
		days(fields, "from", in.From, c.old.Date("to"), func(d standing.Date) standing.Date { return d + 1 })
		days(fields, "to", in.To, c.old.Date("to"), func(d standing.Date) standing.Date { return (d + 1).AddMonths(12) - 1 })
	}
	r, err := c.y.Books.Enter(c.tx, Noun, register.Input{Fields: fields}, func(r *register.Record) {
		r.Values.Set("previous", c.old.ID)
		r.Values.Set("rolled_why", in.Reason)
		if contact := c.old.List("contact"); len(contact) > 0 {
			r.Values["contact"] = slices.Clone(contact)
		}
	})
	c.out.ID = r.ID
	return err
}

// days enters a date that was given, or the one that follows from the engagement before;
// neither, if that has none.
func days(fields map[string][]string, name string, given, before standing.Date, next func(standing.Date) standing.Date) {
	switch {
	case given != 0:
		fields[name] = []string{given.String()}
	case before != 0:
		fields[name] = []string{next(before).String()}
	}
}

// picked are fields of a record, as they are.
func (c *carrying) picked(r *register.Record, names ...string) map[string][]string {
	out := map[string][]string{}
	for _, name := range names {
		if list := r.Values[name]; len(list) > 0 {
			out[name] = slices.Clone(list)
		}
	}
	return out
}

// live are the records of the engagement in a register that were not taken back.
func (c *carrying) live(noun string, off ...string) (out []register.Record, err error) {
	list, err := c.y.Books.Having(c.tx, noun, "engagement", c.old.ID)
	for i := range list {
		if list[i].ArchivedAt.IsZero() && !slices.Contains(off, list[i].State) {
			out = append(out, list[i])
		}
	}
	return out, err
}

// enter puts a record in the new engagement.
func (c *carrying) enter(noun string, old *register.Record, fields map[string][]string) (string, error) {
	r, err := c.y.Books.Enter(c.tx, noun, register.Input{Fields: fields}, func(r *register.Record) {
		if who := old.List("assignee"); noun == RequestNoun && len(who) > 0 {
			r.Values["assignee"], r.State = slices.Clone(who), Assigned
		}
	})
	return r.ID, err
}

func (c *carrying) leave(id, why string) { c.out.Left = append(c.out.Left, Kept{id, why}) }

// requests asks for the same again.
func (c *carrying) requests() error {
	list, err := c.live(RequestNoun, RequestOff)
	if err != nil {
		return err
	}
	for i := range list {
		fields := c.picked(&list[i], "title", "type", "phase", "section", "controls", "criteria", "text", "reliability")
		fields["engagement"] = []string{c.out.ID}
		if _, err := c.enter(RequestNoun, &list[i], fields); err != nil {
			return err
		}
		c.out.Requests++
	}
	return nil
}

// populations asks for the same over the new days, and plans the same samples of them.
func (c *carrying) populations() error {
	list, err := c.live(PopulationNoun, Rejected)
	if err != nil {
		return err
	}
	corrected := map[string]bool{}
	for i := range list {
		corrected[list[i].Get("corrects")] = true
	}
	for i := range list {
		p := &list[i]
		if corrected[p.ID] {
			c.leave(p.ID, "it was corrected by another, which is carried")
			continue
		}
		fields := c.picked(p, "title", "facts", "condition", "controls", "source")
		fields["engagement"] = []string{c.out.ID}
		id, err := c.enter(PopulationNoun, p, fields)
		if err != nil {
			return err
		}
		c.places[p.ID] = id
		c.out.Populations++
		if err := c.samples(p.ID, id); err != nil {
			return err
		}
	}
	return nil
}

func (c *carrying) samples(from, to string) error {
	list, err := c.y.Books.Having(c.tx, SampleNoun, "population", from)
	if err != nil {
		return err
	}
	for i := range list {
		s := &list[i]
		switch {
		case !s.ArchivedAt.IsZero() || s.State == SampleOff:
			continue
		case len(s.List("chosen")) > 0:
			c.leave(s.ID, "its items were chosen by a person: they are chosen anew")
			continue
		}
		fields := c.picked(s, "title", "control", "method", "size", "confidence", "tolerable", "expected", "frequency", "higher")
		fields["population"] = []string{to}
		if c.places[s.ID], err = c.enter(SampleNoun, s, fields); err != nil {
			return err
		}
		c.out.Samples++
	}
	return nil
}

// sheets plans the same tests: procedures and attributes, of the same samples or
// populations.
func (c *carrying) sheets() error {
	list, err := c.live(SheetNoun, SheetOff)
	if err != nil {
		return err
	}
	for i := range list {
		s := &list[i]
		fields := c.picked(s, "title", "control", "inquiry", "observation", "inspection", "reperformance", "attributes", "machine", "items", "confidence", "tolerable", "compensating")
		fields["engagement"] = []string{c.out.ID}
		for _, name := range []string{"sample", "population"} {
			if id := c.places[s.Get(name)]; id != "" {
				fields[name] = []string{id}
			}
		}
		if fields["sample"] == nil && fields["population"] == nil {
			c.leave(s.ID, "its items were named or chosen by hand: they are named anew")
			continue
		}
		if _, err := c.enter(SheetNoun, s, fields); err != nil {
			return err
		}
		c.out.Sheets++
	}
	return nil
}

// corrections names the findings by which exceptions are corrected and that are open.
func (c *carrying) corrections() error {
	list, err := c.live(ExceptionNoun, ExceptionOff)
	if err != nil {
		return err
	}
	d, err := c.y.Books.Of(governance.FindingNoun)
	if err != nil {
		return err
	}
	for i := range list {
		id := list[i].Get("finding")
		if id == "" || slices.Contains(c.out.Corrections, id) {
			continue
		}
		f, err := c.y.Books.Load(c.tx, governance.FindingNoun, id)
		if err != nil {
			return err
		}
		if !d.State(f.State).Ended && f.ArchivedAt.IsZero() {
			c.out.Corrections = append(c.out.Corrections, id)
		}
	}
	said := map[string]string{"from": c.old.ID}
	return c.y.Books.Tell(c.tx, Noun, c.out.ID, "roll_forward", said, func(r *register.Record, _ *register.World) {
		if len(c.out.Corrections) > 0 {
			r.Values["open_corrections"] = slices.Clone(c.out.Corrections)
		}
	})
}

// Compared is an engagement beside the one before it.
type Compared struct {
	Now, Before Year
	// Again are the controls with an exception in both.
	Again []string
	// Settled are those with an exception before, that were tested now without one.
	Settled []string
}

// Year is what there is of one engagement.
type Year struct {
	ID                                    string
	Requests, Sheets, Reviewed, Deviating int
	Exceptions                            int
}

// Compare sets an engagement beside the one before it; NotFound without one.
func (y *Years) Compare(ctx context.Context, who access.Actor, id string) (out Compared, err error) {
	g, err := who.May(access.EngagementRead)
	if err != nil {
		return out, err
	}
	err = y.DB.Read(ctx, g, func(tx *db.Tx) error {
		e, err := y.Books.Load(tx, Noun, id)
		if err != nil {
			return err
		}
		if e.Get("previous") == "" {
			return fault.New(fault.NotFound, "%s follows no other engagement.", id)
		}
		now, tested, err := y.year(tx, id, &out.Now)
		if err != nil {
			return err
		}
		before, _, err := y.year(tx, e.Get("previous"), &out.Before)
		for _, control := range slices.Sorted(maps.Keys(before)) {
			switch {
			case now[control]:
				out.Again = append(out.Again, control)
			case tested[control]:
				out.Settled = append(out.Settled, control)
			}
		}
		return err
	})
	return out, err
}

// year counts what there is of an engagement: the controls with an exception, and
// those whose tests are signed as reviewed, all of them.
func (y *Years) year(tx *db.Tx, id string, out *Year) (deviating, tested map[string]bool, err error) {
	out.ID, deviating, tested = id, map[string]bool{}, map[string]bool{}
	c := &carrying{y: y, tx: tx, old: register.Record{ID: id}}
	requests, err := c.live(RequestNoun, RequestOff)
	if err != nil {
		return nil, nil, err
	}
	out.Requests = len(requests)
	sheets, err := c.live(SheetNoun, SheetOff)
	if err != nil {
		return nil, nil, err
	}
	open := map[string]bool{}
	for i := range sheets {
		s := &sheets[i]
		out.Sheets++
		if s.State != SheetReviewed {
			open[s.Get("control")] = true
			continue
		}
		out.Reviewed++
		if s.Get("outcome") == Deviations {
			out.Deviating++
		}
		if s.Get("outcome") == NoDeviation {
			tested[s.Get("control")] = true
		}
	}
	maps.DeleteFunc(tested, func(control string, _ bool) bool { return open[control] })
	exceptions, err := c.live(ExceptionNoun, ExceptionOff)
	out.Exceptions = len(exceptions)
	for i := range exceptions {
		deviating[exceptions[i].Get("control")] = true
	}
	return deviating, tested, err
}

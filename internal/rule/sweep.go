package rule

import (
	"fmt"
	"slices"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule/closure"
)

// Sweep judges one stored resource after another by all checks of a kind at
// once: what is stored is read a single time, and only as far as a check asks.
// It says of a resource what Judge says of one that was listed completely and
// freshly, by one connection, and that nobody excluded. It belongs to one
// goroutine.
type Sweep struct {
	schema  *resource.Schema
	reader  *closure.Reader
	machine *closure.Machine
	lanes   []lane
	shared  []shared
	raw     Raw
	r       *closure.Resource
	view    *resource.View // of raw, if cel-go had to be asked
	err     error          // why there is none
}

// shared is who is in the population, where several checks ask the same.
type shared struct {
	text   string
	where  *closure.Expression
	known  bool // of the resource at hand
	answer closure.Answer
}

// lane is one check of a sweep.
type lane struct {
	where, assert, message *closure.Expression // where and message may be missing
	who                    int                 // of shared, instead of where; -1 for none
	session                *closure.Session
	slow                   *Judging // asks cel-go what the closures leave to it
	compiled               bool     // the closures have every expression
}

// Raw is a resource as it is stored. What is given is kept until the next.
type Raw struct {
	Record   string           // of the state
	Personal string           // its personal part; empty if there is none
	Seen     string           // the record of the volatile fields; empty if there is none
	Erased   bool             // there was a personal part, and it is gone
	Schema   *resource.Schema // under which it was recorded; nil for the one of the checks
}

// Said is what one check says of one resource.
type Said struct {
	Status  Status // Pass, Fail, Unknown, or Out
	Reason  Reason
	Message string
	FlipsAt time.Time // see Verdict
}

// NewSweep puts checks together that are about one kind of state, resource by
// resource, and look nothing up.
func NewSweep(now time.Time, programs ...*Program) (*Sweep, error) {
	s := &Sweep{machine: closure.NewMachine(now, nil)}
	var fields []string
	for _, p := range programs {
		if p.own.facet != nil || p.def.population() || len(p.lookups) > 0 || p.Family() != resource.State || s.schema != nil && s.schema != p.own.schema {
			return nil, fault.New(fault.Invalid, "Check %s is not one of a single resource of the same kind, or looks things up; judge it by itself.", p.def.ID)
		}
		s.schema = p.own.schema
		fields = append(fields, p.fields...)
		s.lanes = append(s.lanes, s.lane(p, now))
	}
	if s.schema == nil {
		return nil, fault.New(fault.Invalid, "There is no check to judge by.")
	}
	slices.Sort(fields)
	s.reader = programs[0].compiled[s.schema.Kind].Reader(slices.Compact(fields))
	return s, nil
}

func (s *Sweep) lane(p *Program, now time.Time) lane {
	r := &Judging{p: p, in: &Input{Now: now}}
	r.e = &evaluation{run: r, lets: make([]letValue, len(p.lets)), machine: s.machine, late: func() *object { return s.late(r) }}
	l := lane{session: p.set.Session(), slow: r, compiled: true, assert: p.assert.fast, who: -1}
	if p.where != nil {
		l.where = p.where.fast
		if l.compiled = l.where != nil; l.compiled && l.where.Alone() {
			l.who = s.share(p.def.Where, l.where)
		}
	}
	if p.message != nil {
		l.message = p.message.fast
		l.compiled = l.compiled && l.message != nil
	}
	l.compiled = l.compiled && l.assert != nil
	return l
}

// share finds the same question about who is in the population, or adds it.
func (s *Sweep) share(text string, where *closure.Expression) int {
	i := slices.IndexFunc(s.shared, func(one shared) bool { return one.text == text })
	if i < 0 {
		i = len(s.shared)
		s.shared = append(s.shared, shared{text: text, where: where})
	}
	return i
}

// Read reads a resource, and refuses what is not stored as it must be.
func (s *Sweep) Read(raw Raw) (resource.Ref, error) {
	s.raw, s.view, s.err = raw, nil, nil
	s.reader.Start()
	head, err := s.reader.Record(raw.Record)
	if err == nil && (head.Part != resource.PartState || head.Personal != (raw.Personal != "" || raw.Erased)) {
		err = fmt.Errorf("record: part %q, personal %t", head.Part, head.Personal)
	}
	if err == nil && raw.Personal != "" {
		err = s.reader.Fields(raw.Personal)
	}
	if err != nil {
		return resource.Ref{}, err
	}
	ref := s.reader.Ref()
	if raw.Seen != "" {
		if err := s.seen(raw.Seen, ref); err != nil {
			return resource.Ref{}, err
		}
	}
	for i := range s.schema.Fields {
		f := &s.schema.Fields[i]
		asked := true
		if raw.Schema != nil && raw.Schema.Version != s.schema.Version {
			_, asked = raw.Schema.Field(f.Name)
		}
		if !asked || raw.Erased && f.Personal {
			s.reader.Unavailable(f.Name)
		}
	}
	s.r = s.reader.Resource()
	return ref, nil
}

// seen reads the volatile part.
func (s *Sweep) seen(record string, of resource.Ref) error {
	head, err := s.reader.Record(record)
	if err == nil && (head.Part != resource.PartSeen || s.reader.Ref() != of) {
		err = fmt.Errorf("record: part %q of %s", head.Part, s.reader.Ref())
	}
	return err
}

// Judge says what every check says of the resource that was read, in the order
// in which they were given, into out, which is as long as there are checks.
func (s *Sweep) Judge(out []Said) error {
	for i := range s.shared {
		s.shared[i].known = false
	}
	s.machine.Use(s.lanes[0].session)
	s.machine.Begin(s.r, nil)
	for i := range out[:len(s.lanes)] {
		l := &s.lanes[i]
		s.machine.Turn(l.session)
		if !l.compiled || !s.say(l, &out[i]) {
			s.machine.Turn(l.session)
			l.slow.e.turn()
			out[i] = l.slow.say()
		}
	}
	return s.err
}

// say is say of a Judging without cel-go; false where that has to be asked.
func (s *Sweep) say(l *lane, out *Said) bool {
	m := s.machine
	if *out = (Said{}); l.where != nil {
		switch s.belongs(l) {
		case closure.No:
			out.Status, out.FlipsAt = Out, m.FlipsAt()
			return true
		case closure.Doubt:
			if in, t, ok := m.Doubt(); l.who >= 0 || !ok || !in || t.Err != nil {
				return false // cel-go has to be asked, or it cannot be told, which is said by the other
			}
		case closure.Yes:
		}
	}
	switch m.Ask(l.assert) {
	case closure.Yes:
		out.Status = Pass
	case closure.No:
		out.Status = Fail
		if !l.tell(m, out) {
			return false
		}
	case closure.Doubt:
		if !l.doubt(m, out) {
			return false
		}
	}
	out.FlipsAt = m.FlipsAt()
	return true
}

// belongs asks whether the resource is in the population.
func (s *Sweep) belongs(l *lane) closure.Answer {
	if l.who < 0 {
		return s.machine.Ask(l.where)
	}
	one := &s.shared[l.who]
	if !one.known {
		one.answer, one.known = s.machine.Ask(one.where), true
	}
	return one.answer
}

// doubt says what an assertion that is in doubt means.
func (l *lane) doubt(m *closure.Machine, out *Said) bool {
	is, t, ok := m.Doubt()
	switch {
	case !ok:
		return false
	case t.Err == nil && !is:
		out.Status = Fail
		return l.tell(m, out)
	}
	out.Status, out.Reason = Unknown, Error
	if t.Disagree {
		out.Reason = Disagree
	}
	if t.Err == nil {
		t.Err = t.First
	}
	out.Message = "Cannot tell: " + plain(t.Err) + "."
	return true
}

// tell writes the message of a failure; false where cel-go has to be asked.
func (l *lane) tell(m *closure.Machine, out *Said) bool {
	if l.message != nil {
		said, t, ok := m.Text(l.message)
		if !ok {
			return false
		}
		if t.First == nil {
			out.Message = shortened(said)
			return true
		}
	}
	out.Message = shortened("Not so: " + l.slow.p.def.Title)
	return true
}

// turn is start for a resource with which the machine began already.
func (e *evaluation) turn() {
	e.r, e.begun, e.restless = nil, true, false
	clear(e.lets)
}

func (r *Judging) say() (s Said) {
	s.Status = Out
	in, doubt := true, Verdict{}
	if r.p.where != nil {
		in, doubt = r.told()
	}
	switch {
	case doubt.Reason != NoReason:
		s.Status, s.Reason, s.Message = Unknown, doubt.Reason, doubt.Message
	case in:
		v := Verdict{}
		r.assert(&v)
		s.Status, s.Reason, s.Message = v.Status, v.Reason, v.Message
	}
	s.FlipsAt = r.e.flipsAt()
	return s
}

// late makes the object for cel-go.
func (s *Sweep) late(r *Judging) *object {
	if s.view == nil {
		view, err := s.raw.view(s.schema)
		if err != nil {
			s.err, view = err, &resource.View{Schema: s.schema}
		}
		s.view = r.p.own.adopt(view, &r.p.own.kinds[0])
	}
	return newObject(r.p.own.shape, &subject{View: s.view}, &r.e.t)
}

// view puts the parts together.
func (raw Raw) view(schema *resource.Schema) (*resource.View, error) {
	if raw.Schema != nil {
		schema = raw.Schema
	}
	a := resource.Assembly{Family: resource.State}
	record, err := resource.ParseRecord([]byte(raw.Record))
	if err != nil {
		return nil, err
	}
	state := &resource.Sighting{Record: record, Hash: tlog.Hash{1}, Erased: raw.Erased}
	if raw.Personal != "" {
		if state.Personal, err = resource.ParseFields([]byte(raw.Personal)); err != nil {
			return nil, err
		}
	}
	a.Add(state, true)
	if raw.Seen != "" {
		if record, err = resource.ParseRecord([]byte(raw.Seen)); err != nil {
			return nil, err
		}
		a.Add(&resource.Sighting{Record: record, Hash: tlog.Hash{2}}, true)
	}
	views, err := a.Views(func(string, int) (*resource.Schema, error) { return schema, nil })
	if err != nil || len(views) != 1 {
		return nil, fmt.Errorf("%d views: %w", len(views), err)
	}
	return views[0], nil
}

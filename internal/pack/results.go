package pack

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/resource"
	"assay/internal/rule"
)

// Stretch is a line of a file of results, for readers: a resource that failed,
// was unknown or excluded, from the run that said so first to the run that said
// otherwise. The proof is the root of each run's verdicts; the verifier compares
// stretches with the verdicts as performed again.
type Stretch struct {
	Check   string
	Ref     resource.Ref
	Label   string
	Status  string
	Reason  string
	Message string
	Since   time.Time
	Until   time.Time // zero: still
	RunIn   string
	RunOut  string // empty: still
}

// Append adds the line to b.
func (s *Stretch) Append(b []byte) ([]byte, error) {
	b, err := canon.Append(b, map[string]any{
		"check": s.Check, "kind": s.Ref.Kind, "authority": s.Ref.Authority, "id": s.Ref.ID, "label": s.Label, "status": s.Status,
		"reason": s.Reason, "message": s.Message, "since": stamp(s.Since), "until": stamp(s.Until), "run_in": s.RunIn, "run_out": s.RunOut,
	})
	return append(b, '\n'), err
}

func parseStretch(line []byte) (*Stretch, error) {
	s := &Stretch{}
	return s, exact(line, 12, func(key, v []byte) error {
		switch string(key) {
		case "since":
			return instant(v, &s.Since)
		case "until":
			return instant(v, &s.Until)
		}
		to, ok := map[string]*string{
			"check": &s.Check, "kind": &s.Ref.Kind, "authority": &s.Ref.Authority, "id": &s.Ref.ID, "label": &s.Label,
			"status": &s.Status, "reason": &s.Reason, "message": &s.Message, "run_in": &s.RunIn, "run_out": &s.RunOut,
		}[string(key)]
		if !ok {
			return errUnknown
		}
		return text(v, to)
	})
}

// results are the stretches of a package, and those open at the run at hand.
type results struct {
	begin map[string][]*Stretch // by the run
	end   map[string][]*Stretch
	open  map[string]map[resource.Ref]*Stretch // by check
}

func (v *verifier) readResults() (*results, error) {
	files, err := v.lines(dirResults)
	if err != nil {
		return nil, err
	}
	r := &results{begin: map[string][]*Stretch{}, end: map[string][]*Stretch{}, open: map[string]map[resource.Ref]*Stretch{}}
	for _, name := range files {
		b, err := v.bag.Read(name, maxLines)
		if err != nil {
			return nil, err
		}
		err = eachLine(name, b, func(_ int64, line []byte) error {
			s, err := parseStretch(line)
			if err != nil {
				return err
			}
			r.begin[s.RunIn] = append(r.begin[s.RunIn], s)
			if s.RunOut != "" {
				r.end[s.RunOut] = append(r.end[s.RunOut], s)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// at brings the stretches of a check to one of its runs and returns those that
// are open.
func (r *results) at(l *resultLeaf) ([]*Stretch, error) {
	open := r.open[l.check]
	if open == nil {
		open = map[resource.Ref]*Stretch{}
		r.open[l.check] = open
	}
	for _, s := range r.end[l.run] {
		if open[s.Ref] != s {
			return nil, fmt.Errorf("a result of %s about %s ends in run %s and did not begin before", s.Check, s.Ref, l.run)
		}
		delete(open, s.Ref)
	}
	for _, s := range r.begin[l.run] {
		if s.Check != l.check || open[s.Ref] != nil {
			return nil, fmt.Errorf("a result of %s about %s begins in run %s and is of another check, or had begun before", s.Check, s.Ref, l.run)
		}
		open[s.Ref] = s
	}
	delete(r.begin, l.run)
	delete(r.end, l.run)
	out := make([]*Stretch, 0, len(open))
	for _, s := range open {
		out = append(out, s)
	}
	return out, nil
}

// left objects to stretches of runs that are not in the log.
func (r *results) left() error {
	for run, list := range r.begin {
		return wrong(data(dirResults), "A result of %s about %s begins in run %s, which is not in the log.", list[0].Check, list[0].Ref, run)
	}
	for run, list := range r.end {
		return wrong(data(dirResults), "A result of %s about %s ends in run %s, which is not in the log.", list[0].Check, list[0].Ref, run)
	}
	return nil
}

// told compares what readers are told with an outcome, and says how they differ.
func told(o *rule.Outcome, open []*Stretch) string {
	by := make(map[resource.Ref]*Stretch, len(open))
	for _, s := range open {
		by[s.Ref] = s
	}
	for i := range o.Verdicts {
		v := &o.Verdicts[i]
		s := by[v.Ref]
		if s == nil {
			return fmt.Sprintf("%s is %s, and the results do not say so", v.Ref, v.Status)
		}
		if s.Status != string(v.Status) || s.Reason != string(v.Reason) {
			return fmt.Sprintf("%s is %s, and the results say %s", v.Ref, word(string(v.Status), string(v.Reason)), word(s.Status, s.Reason))
		}
		delete(by, v.Ref)
	}
	for ref, s := range by {
		return fmt.Sprintf("the results say that %s is %s, and it is not", ref, s.Status)
	}
	return ""
}

// Verdict is what the last run of a check in the period said.
type Verdict struct {
	Check          string
	Definition     string // hash
	At             time.Time
	Status, Reason string
	Population     int
	Fail, Unknown  int
	Excluded, Pass int
}

// Verdicts returns the last verdict of every check that ran in the period, by
// check.
func (p *Plan) Verdicts() []Verdict {
	var out []Verdict
	for _, check := range slices.Sorted(maps.Keys(p.last)) {
		r := p.last[check]
		out = append(out, Verdict{
			Check: check, Definition: r.hash.String(), At: r.now, Status: r.status, Reason: r.reason, Population: r.counts.Population,
			Fail: r.counts.Fail, Unknown: r.counts.Unknown, Excluded: r.counts.Excluded, Pass: r.counts.Pass,
		})
	}
	return out
}

package sheet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/sample"
	"assay/internal/standing"
)

// Service is the use cases of test sheets besides those of every register.
type Service struct {
	DB          *db.DB
	Books       *register.Book
	Populations *population.Service
}

// Begin takes the items of a test and the wording that is tested: what a move of the
// register does besides.
func (s *Service) Begin(tx *db.Tx, r *register.Record, w *register.World) error {
	rows, err := s.items(tx, r, w)
	if err != nil {
		return err
	}
	if err := wording(tx, r, w); err != nil {
		return err
	}
	if err := insert(tx, r.ID, rows); err != nil {
		return err
	}
	r.Values.Set("begun_at", clock.Format(tx.Now()))
	c := count(Attributes(r), rows)
	tell(r, &c)
	return nil
}

// Refresh takes in what was added to the sample of a test, and leaves out what was
// replaced.
func (s *Service) Refresh(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := lock(tx, r.ID); err != nil {
		return err
	}
	have, err := list(tx, r.ID)
	if err != nil {
		return err
	}
	now, err := s.items(tx, r, w)
	if err != nil {
		return err
	}
	at := map[int]int{}
	for i := range have {
		at[have[i].Place] = i
	}
	var added []Row
	for i := range now {
		known, ok := at[now[i].Place]
		switch {
		case !ok:
			now[i].Number = len(have) + len(added) + 1
			added = append(added, now[i])
		case have[known].Replaced != now[i].Replaced:
			have[known].Replaced = now[i].Replaced
			if err := replace(tx, r.ID, &have[known]); err != nil {
				return err
			}
		}
	}
	if err := insert(tx, r.ID, added); err != nil {
		return err
	}
	c := count(Attributes(r), append(have, added...))
	tell(r, &c)
	return nil
}

func lock(tx *db.Tx, id string) error { return tx.Lock("sheet " + tx.Org() + " " + id) }

// wording takes the version of the control that is tested into the record.
func wording(tx *db.Tx, r *register.Record, w *register.World) error {
	v, err := tested(tx, r, w)
	if err != nil {
		return err
	}
	if r.Date("from") < v.EffectiveOn { // a form of a control is tested in its own days
		r.Values.Set("from", v.EffectiveOn.String())
	}
	r.Values.Set("control_version", strconv.Itoa(v.Number))
	r.Values.Set("wording", strings.TrimSuffix(v.Title, ".")+". "+v.Statement)
	r.Values.Set("wording_leaf", v.Leaf)
	return nil
}

// tested is the version of the control that a sheet tests.
func tested(tx *db.Tx, r *register.Record, w *register.World) (control.Version, error) {
	all, err := control.Versions(tx)
	if err != nil {
		return control.Version{}, err
	}
	versions := all[r.Get("control")]
	refused := func(text string) (control.Version, error) {
		return control.Version{}, fault.Fields("The test was not begun.", fault.Field{Name: "control_version", Text: text})
	}
	number, given := r.Int("control_version")
	if !given {
		if v, ok := control.InForce(versions, min(w.Today, r.Date("to"))); ok {
			return v, nil
		}
		return refused(r.Get("control") + " is not in force on the last day of the test. Say which version is tested.")
	}
	i := slices.IndexFunc(versions, func(v control.Version) bool { return v.Number == number })
	if i < 0 || versions[i].Retired {
		return refused(fmt.Sprintf("%s has no wording of version %d.", r.Get("control"), number))
	}
	return versions[i], nil
}

// days are those of the engagement.
func days(e *register.Record) (from, to standing.Date) {
	if e == nil {
		return 0, 0
	}
	if e.Get("type") == engagement.Type1 {
		return e.Date("as_of"), e.Date("as_of")
	}
	return e.Date("from"), e.Date("to")
}

// items are what is tested, and says in the record how they were selected.
func (s *Service) items(tx *db.Tx, r *register.Record, w *register.World) (rows []Row, err error) {
	from, to := days(w.Owner)
	method, all := sample.Judgemental, ""
	switch {
	case r.Get("sample") != "":
		rows, err = s.sampled(tx, r)
	case r.Get("population") != "":
		rows, err = s.whole(tx, r)
	default:
		for i, label := range r.List("by_hand") {
			rows = append(rows, Row{Number: i + 1, Place: ByHand - i, Item: Item{Label: label}})
		}
	}
	if err != nil {
		return nil, err
	}
	if name := nonEmpty(r.Get("population"), r.Get("sample")); name != "" {
		p, sampled, err := s.from(tx, r)
		if err != nil {
			return nil, err
		}
		from, to, all, method = p.Date("from"), p.Date("to"), p.Get("count"), sample.Whole
		if sampled != nil {
			method = sample.Method(sampled.Get("method"))
		}
	}
	if from == 0 || to == 0 {
		return nil, fault.New(fault.Conflict, "%s has no days yet. Give it its day or its period first.", r.Get("engagement"))
	}
	for name, text := range map[string]string{"selection": string(method), "population_count": all, "from": from.String(), "to": to.String()} {
		r.Values.Set(name, text)
	}
	return rows, nil
}

func nonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// from is the population of a test, and the sample if it has one.
func (s *Service) from(tx *db.Tx, r *register.Record) (p register.Record, drawn *register.Record, err error) {
	id := r.Get("population")
	if name := r.Get("sample"); name != "" {
		one, err := s.Books.Load(tx, engagement.SampleNoun, name)
		if err != nil {
			return p, nil, err
		}
		if one.State != engagement.SampleDrawn || !one.ArchivedAt.IsZero() {
			return p, nil, refused("sample", name+" is not drawn: nothing of it can be tested.")
		}
		drawn, id = &one, one.Get("population")
	}
	if p, err = s.Books.Load(tx, engagement.PopulationNoun, id); err != nil {
		return p, nil, err
	}
	field := "population"
	if drawn != nil {
		field = "sample"
	}
	switch {
	case p.Get("engagement") != r.Get("engagement"):
		return p, nil, refused(field, id+" is a population of "+p.Get("engagement")+".")
	case p.State != engagement.Frozen || !p.ArchivedAt.IsZero():
		return p, nil, refused(field, id+" is not frozen: nothing of it can be tested.")
	}
	return p, drawn, nil
}

func refused(field, text string) error {
	return fault.Fields("The test was not begun.", fault.Field{Name: field, Text: text})
}

// captured are the items of a population, which has to be what was frozen.
func (s *Service) captured(tx *db.Tx, id, root string) (*population.Population, error) {
	p, err := s.Populations.Within(tx, id)
	if err != nil {
		return nil, err
	}
	if p.Capture.Root.String() != root || p.Record.Get("root") != root {
		return nil, fault.New(fault.Tampered, "The capture of %s has another root than what was frozen.", id)
	}
	return &p, nil
}

// sampled are the items of a sample, drawn again.
func (s *Service) sampled(tx *db.Tx, r *register.Record) ([]Row, error) {
	_, one, err := s.from(tx, r)
	if err != nil {
		return nil, err
	}
	size, _ := one.Int("selected")
	places, err := population.Redraw(one.Values, size)
	if err != nil {
		return nil, err
	}
	if told := one.Get("items"); told != "all" && told != spaced(places) {
		return nil, fault.New(fault.Tampered, "%s says other items than are drawn again.", one.ID)
	}
	p, err := s.captured(tx, one.Get("population"), one.Get("root"))
	if err != nil {
		return nil, err
	}
	replaced := strings.Fields(one.Get("replaced"))
	rows := make([]Row, 0, len(places))
	for i, place := range places {
		row := rowOf(p, place)
		row.Number, row.Replaced = i+1, slices.Contains(replaced, strconv.Itoa(place))
		rows = append(rows, row)
	}
	return rows, nil
}

func spaced(places []int) string {
	words := make([]string, len(places))
	for i, n := range places {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}

func rowOf(p *population.Population, place int) Row {
	m := &p.Members[place]
	return Row{Place: place, Cells: map[string]Cell{}, Item: Item{
		Label: m.Label, Kind: p.Capture.Kind, Authority: m.Authority, ID: m.ID, Record: m.Hash, At: m.At, Doubtful: m.Doubtful,
	}}
}

// whole are all items of a population. One that is empty has to be proven so.
func (s *Service) whole(tx *db.Tx, r *register.Record) ([]Row, error) {
	frozen, _, err := s.from(tx, r)
	if err != nil {
		return nil, err
	}
	p, err := s.captured(tx, frozen.ID, frozen.Get("root"))
	if err != nil {
		return nil, err
	}
	n := len(p.Members)
	if n == 0 && !p.Capture.Complete() {
		return nil, refused("population", "Nothing was found in "+frozen.ID+", and it is not complete: that proves nothing. Capture it again when every day is covered.")
	}
	checks, _ := engagement.MachineOf(r)
	if n > engagement.MostSampled && len(checks) < len(r.List("attributes")) {
		return nil, refused("population", fmt.Sprintf("It has %d items, and at most %d are tested by hand. Draw a sample, or name a check for each attribute.", n, engagement.MostSampled))
	}
	rows := make([]Row, 0, n)
	for place := range p.Members {
		row := rowOf(p, place)
		row.Number = place + 1
		rows = append(rows, row)
	}
	return rows, nil
}

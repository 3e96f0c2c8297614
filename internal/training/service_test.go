package training_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/training"
)

type house struct {
	*testing.T
	hand      *clock.Hand
	orgs      org.Service
	people    person.Service
	library   *catalog.Library
	b         register.Book
	s         training.Service
	lead, hue access.Actor // hue is Hugo, an employee in Support
	owned     map[string]string
}

// each gives an organization of a lead and an employee, on 2 March 2026.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		hand.Set(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
		h := &house{T: t, hand: hand, library: library, people: person.Service{DB: d}, owned: map[string]string{}}
		h.orgs = org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}
		mine := func(tx *db.Tx, user string) (string, error) {
			if _, err := person.Find(tx, h.owned[user]); err != nil { // of another organization
				return "", nil //nolint:nilerr // nobody's
			}
			return h.owned[user], nil
		}
		h.b = register.Book{
			DB: d, Library: library, Declarations: []register.Declaration{training.Courses(), training.Completions(), training.Exercises()}, PersonOf: mine,
			People: func(tx *db.Tx) (out []register.Someone, err error) {
				all, err := person.All(tx)
				for i := range all {
					out = append(out, register.Someone{ID: all[i].ID, Name: all[i].Name, Email: all[i].Email})
				}
				return out, err
			},
		}
		h.s = training.Service{
			DB: d, Library: library, Books: &h.b, PersonOf: mine,
			Filling: func(*db.Tx) (map[catalog.SettingKey]string, error) {
				return map[catalog.SettingKey]string{"security_contact": "security@larkspur.example"}, nil
			},
		}
		h.lead = h.newOrg("Larkspur")
		h.hue = h.lead
		h.hue.ID, h.hue.Name, h.hue.Role = "usr_hugo", "Hugo", access.RoleEmployee
		h.owned[h.lead.ID], h.owned[h.hue.ID] = h.works("Ann", "Security"), h.works("Hugo", "Support")
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "Ann", Role: access.RoleLead, Door: access.DoorWeb}
}

func (h *house) works(name, group string) string {
	h.Helper()
	p, err := h.people.Add(h.Context(), h.lead, person.Details{Name: name, Email: strings.ToLower(name) + "@x.example", Group: group, StartsOn: standing.NewDate(2020, 1, 1)})
	h.must(err)
	return p.ID
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error, words string) {
	h.Helper()
	if fault.Of(err) != k || !strings.Contains(fault.Text(err), words) {
		h.Errorf("want %s %q, got %v %v", k, words, err, fault.FieldsOf(err))
	}
}

// course puts a course of the catalog in use.
func (h *house) course(text string, fields ...string) string {
	h.Helper()
	in := register.Input{Fields: map[string][]string{"title": {"The " + text}, "text": {text}, "days": {"30"}, "again_months": {"12"}}}
	for i := 0; i < len(fields); i += 2 {
		in.Fields[fields[i]] = []string{fields[i+1]}
	}
	r, err := h.b.Add(h.Context(), h.lead, training.Noun, in)
	h.must(err)
	_, err = h.b.Move(h.Context(), h.lead, training.Noun, r.ID, "begin", register.Step{Version: r.Version})
	h.must(err)
	return r.ID
}

// answers are the right ones but for the first few.
func (h *house) answers(id catalog.LessonID, wrong int) (version int, out []int) {
	h.Helper()
	lesson, ok := h.library.Lesson(id)
	if !ok {
		h.Fatal(id)
	}
	for i, q := range lesson.Questions {
		place := q.Right()
		if i < wrong {
			place = (place + 1) % len(q.Answers)
		}
		out = append(out, place)
	}
	return lesson.Version, out
}

func (h *house) take(course string, id catalog.LessonID, wrong int) training.Result {
	h.Helper()
	version, answers := h.answers(id, wrong)
	out, err := h.s.Answer(h.Context(), h.hue, course, id, version, answers)
	h.must(err)
	return out
}

func (h *house) mine(who access.Actor) training.Mine {
	h.Helper()
	list, err := h.s.Mine(h.Context(), who)
	h.must(err)
	if len(list) != 1 {
		h.Fatalf("%d courses", len(list))
	}
	return list[0]
}

// A course is passed lesson by lesson, in any order and over days; failing is no end.
func TestTakingACourse(t *testing.T) {
	each(t, func(h *house) {
		id := h.course("awareness")
		m := h.mine(h.hue)
		if m.Word != training.Waiting || m.Passed != 0 || m.Minutes != m.Text.Minutes || m.Next != "phishing" || m.DueOn != standing.NewDate(2026, 4, 1) {
			h.Fatalf("%+v", m)
		}
		p, err := h.s.Lesson(h.Context(), h.hue, id, "")
		h.must(err)
		if p.Lesson.ID != "phishing" || !strings.Contains(p.Body, "security@larkspur.example") || len(p.Missing) > 0 || len(p.Steps) != 6 {
			h.Errorf("%s %v %d", p.Lesson.ID, p.Missing, len(p.Steps))
		}
		failed := h.take(id, "phishing", 3)
		if failed.Passed || failed.Next != "phishing" || failed.Told[0].Right || failed.Told[0].Why == "" || !failed.Told[3].Right {
			h.Errorf("%+v", failed)
		}
		if m := h.mine(h.hue); m.Passed != 0 {
			h.Error("a failed attempt counts")
		}
		turned, err := h.s.Lesson(h.Context(), h.hue, id, "phishing")
		h.must(err)
		if turned.Tries != 1 || turned.Turned(0)[0] == p.Turned(0)[0] {
			h.Error("the answers stand as they did")
		}
		lessons := m.Text.Lessons
		for i := range lessons {
			h.hand.Add(time.Hour)
			out := h.take(id, lessons[i].ID, 0)
			if last := i == len(lessons)-1; !out.Passed || (out.Completed != nil) != last || last != (out.Next == "") {
				h.Fatalf("%s: %+v", lessons[i].ID, out)
			}
		}
		m = h.mine(h.hue)
		if m.Word != training.Done || m.DoneOn != standing.NewDate(2026, 3, 2) || m.Score != "100" || m.DueOn != standing.NewDate(2027, 3, 2) {
			h.Errorf("%+v", m)
		}
		version, answers := h.answers("phishing", 0)
		_, err = h.s.Answer(h.Context(), h.hue, id, "phishing", version, answers)
		h.want(fault.Conflict, err, "You completed")
		h.again(id, &m)
	})
}

// again takes the course a year later: what was passed then does not count.
func (h *house) again(id string, m *training.Mine) {
	h.Helper()
	d, err := h.b.Get(h.Context(), h.lead, training.CompletionNoun, m.Record)
	h.must(err)
	if d.Get("taken") != training.Here || len(d.List("lessons")) != 6 || d.List("lessons")[0] != "phishing v1" {
		h.Errorf("%v", d.Values)
	}
	_, err = h.b.Edit(h.Context(), h.lead, training.CompletionNoun, m.Record, register.Input{Part: true, Version: d.Version, Fields: map[string][]string{"completed_on": {"2026-03-01"}}})
	h.want(fault.Invalid, err, "not changed")
	h.hand.Set(time.Date(2027, 2, 10, 12, 0, 0, 0, time.UTC))
	if m := h.mine(h.hue); m.Word != training.Waiting || m.Passed != 0 || m.Cause != training.Again {
		h.Errorf("%+v", m)
	}
	h.take(id, "phishing", 0)
	if m := h.mine(h.hue); m.Passed != 1 || m.Next != "passwords-and-sign-in" {
		h.Errorf("%+v", m)
	}
	h.hand.Set(time.Date(2027, 3, 3, 12, 0, 0, 0, time.UTC))
	owing, err := h.s.Owed(h.Context(), h.lead, id)
	h.must(err)
	if owing.Count(training.Late) != 2 || owing.List[0].Name != "Ann" {
		h.Errorf("%+v", owing.List)
	}
}

func TestRefusedAnswers(t *testing.T) {
	each(t, func(h *house) {
		id := h.course("awareness")
		version, answers := h.answers("phishing", 0)
		ctx := h.Context()
		for name, c := range map[string]struct {
			who     access.Actor
			course  string
			lesson  catalog.LessonID
			version int
			answers []int
			kind    fault.Kind
			words   string
		}{
			"too few":        {h.hue, id, "phishing", version, answers[:2], fault.Invalid, "Not every question"},
			"too many":       {h.hue, id, "phishing", version, append(slices.Clip(answers), 0), fault.Invalid, "Not every question"},
			"none":           {h.hue, id, "phishing", version, nil, fault.Invalid, "Not every question"},
			"no such answer": {h.hue, id, "phishing", version, []int{9, -1, 0, 0, 0}, fault.Invalid, "Not every question"},
			"another text":   {h.hue, id, "phishing", version + 1, answers, fault.Conflict, "was changed"},
			"no such lesson": {h.hue, id, "input-and-authorization", version, answers, fault.NotFound, "no such lesson"},
			"no such course": {h.hue, "TR-99", "phishing", version, answers, fault.NotFound, "TR-99"},
			"nobody's":       {access.Actor{ID: "usr_else", Org: h.lead.Org, Role: access.RoleViewer}, id, "phishing", version, answers, fault.Conflict, "nobody"},
			"a job":          {access.Job(h.lead.Org, "x"), id, "phishing", version, answers, fault.Forbidden, ""},
			"another org's":  {h.newOrg("Other"), id, "phishing", version, answers, fault.NotFound, ""},
		} {
			_, err := h.s.Answer(ctx, c.who, c.course, c.lesson, c.version, c.answers)
			if fault.Of(err) != c.kind || !strings.Contains(fault.Text(err), c.words) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if m := h.mine(h.hue); m.Passed != 0 || m.Word != training.Waiting {
			h.Error("something was kept")
		}
	})
}

// A course of some is asked of them alone, and shown to no other employee.
func TestSomeoneElsesCourse(t *testing.T) {
	each(t, func(h *house) {
		id := h.course("developers", "groups", "Engineering")
		if list, err := h.s.Mine(h.Context(), h.hue); err != nil || len(list) > 0 {
			h.Error(list, err)
		}
		_, err := h.s.Lesson(h.Context(), h.hue, id, "")
		h.want(fault.NotFound, err, "asked of you")
		_, err = h.s.Lesson(h.Context(), h.lead, id, "")
		h.must(err)
		version, answers := h.answers("input-and-authorization", 0)
		_, err = h.s.Answer(h.Context(), h.lead, id, "input-and-authorization", version, answers)
		h.want(fault.Conflict, err, "not asked of you")
		_, err = h.s.Owed(h.Context(), h.hue, "")
		h.want(fault.Forbidden, err, "")
		owing, err := h.s.Owed(h.Context(), h.lead, id)
		h.must(err)
		if len(owing.List) != 0 {
			h.Error(owing.List)
		}
		h.works("Ida", "Engineering")
		if owing, err = h.s.Owed(h.Context(), h.lead, id); err != nil || len(owing.List) != 1 || !owing.List[0].Some {
			h.Error(owing, err)
		}
	})
}

// What was completed elsewhere counts once it is written down, and no longer when it
// is withdrawn.
func TestCompletedElsewhere(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		id := h.course("elsewhere", "link", "https://learn.example/cards")
		if m := h.mine(h.hue); m.Link != "https://learn.example/cards" || len(m.Text.Lessons) > 0 {
			h.Errorf("%+v", m)
		}
		_, err := h.s.Lesson(ctx, h.hue, id, "")
		h.want(fault.NotFound, err, "taken elsewhere")
		add := func(fields map[string][]string) (register.Record, error) {
			return h.b.Add(ctx, h.lead, training.CompletionNoun, register.Input{Fields: fields})
		}
		_, err = add(map[string][]string{"course": {id}, "person": {"hugo@x.example"}, "completed_on": {"2026-03-03"}})
		h.want(fault.Invalid, err, "not added")
		r, err := add(map[string][]string{"course": {id}, "person": {"hugo@x.example"}, "completed_on": {"2026-03-01"}, "score": {"85"}})
		h.must(err)
		if m := h.mine(h.hue); m.Word != training.Done || m.Score != "85" || m.Record != r.ID {
			h.Errorf("%+v", m)
		}
		_, err = h.b.Move(ctx, h.lead, training.CompletionNoun, r.ID, "withdraw", register.Step{Version: r.Version, Reason: "Another Hugo."})
		h.must(err)
		if m := h.mine(h.hue); m.Word != training.Waiting {
			h.Errorf("%+v", m)
		}
	})
}

func TestTenants(t *testing.T) {
	each(t, func(h *house) {
		id := h.course("awareness")
		h.take(id, "phishing", 0)
		other := h.newOrg("Other")
		if list, err := h.s.Mine(h.Context(), other); err != nil || len(list) > 0 {
			h.Error(list, err)
		}
		if owing, err := h.s.Owed(h.Context(), other, ""); err != nil || len(owing.List) > 0 {
			h.Error(owing, err)
		}
		_, err := h.s.Owed(h.Context(), other, id)
		h.want(fault.NotFound, err, "")
		_, err = h.s.Lesson(h.Context(), other, id, "")
		h.want(fault.NotFound, err, "")
	})
}

// An exercise cannot count more people than it had.
func TestExercises(t *testing.T) {
	each(t, func(h *house) {
		add := func(people, sent, fell, reported, followed int) (register.Record, error) {
			fields := map[string][]string{"title": {"A parcel"}, "held_on": {"2026-03-01"}}
			for name, n := range map[string]int{"people": people, "sent": sent, "fell": fell, "reported": reported, "followed": followed} {
				fields[name] = []string{strconv.Itoa(n)}
			}
			return h.b.Add(h.Context(), h.lead, training.PhishingNoun, register.Input{Fields: fields})
		}
		for _, n := range [][5]int{{40, 41, 0, 0, 0}, {40, 40, 41, 0, 0}, {40, 40, 3, 41, 0}, {40, 40, 3, 0, 4}, {0, 0, 0, 0, 0}} {
			if _, err := add(n[0], n[1], n[2], n[3], n[4]); !fault.Is(err, fault.Invalid) {
				h.Errorf("%v: %v", n, err)
			}
		}
		r, err := add(40, 40, 3, 21, 1)
		h.must(err)
		if r.Get("open") != "2" {
			h.Error(r.Derived)
		}
	})
}

// An import tells completions apart by who completed what when, not by what they are
// called, and the same file twice adds nothing.
func TestImportedTwice(t *testing.T) {
	each(t, func(h *house) {
		id := h.course("elsewhere")
		file := []byte("email,date,score\nhugo@x.example,2026-02-01,90\nann@x.example,2026-02-01,80\nhugo@x.example,2026-03-01,95\nann@x.example,2026-02-01,80\nnobody@x.example,2026-02-01,80\nann@x.example,yesterday,\n")
		for i, want := range []map[register.Outcome]int{{register.Added: 3, register.Refused: 3}, {register.Same: 3, register.Refused: 3}} {
			res, err := h.b.Import(h.Context(), h.lead, training.CompletionNoun, register.Intake{File: file, Apply: true, Of: id})
			h.must(err)
			for outcome, n := range want {
				if res.Counts[outcome] != n {
					h.Errorf("%d: %d %s, not %d: %+v", i, res.Counts[outcome], outcome, n, res.Rows)
				}
			}
		}
		if m := h.mine(h.hue); m.Score != "95" || m.FirstOn != standing.NewDate(2026, 2, 1) {
			h.Errorf("%+v", m)
		}
	})
}

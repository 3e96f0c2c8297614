package training

import (
	"context"
	"slices"
	"strconv"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of training besides those of every register.
type Service struct {
	DB       *db.DB
	Library  *catalog.Library
	Books    *register.Book
	PersonOf func(tx *db.Tx, userID string) (string, error)
	// Filling are the answers known to fill gaps in lessons with, by key of the
	// setting.
	Filling func(tx *db.Tx) (map[catalog.SettingKey]string, error)
}

// book is everything there is about training, as one transaction sees it.
type book struct {
	courses     []register.Record
	completions map[[2]string][]register.Record // by course and person
	people      []person.Person
	today       standing.Date
	zone        *time.Location
}

func (s *Service) open(tx *db.Tx) (b book, err error) {
	courses, w, err := s.Books.Everything(tx, Noun)
	if err != nil {
		return b, err
	}
	b = book{courses: courses, today: w.Today, zone: w.Zone, completions: map[[2]string][]register.Record{}}
	list, _, err := s.Books.Everything(tx, CompletionNoun)
	if err != nil {
		return b, err
	}
	for i := range list {
		key := [2]string{list[i].Get("course"), list[i].Get("person")}
		b.completions[key] = append(b.completions[key], list[i])
	}
	b.people, err = person.All(tx)
	return b, err
}

// owed is what everybody owes of a course, who is late at the top.
func (b *book) owed(course *register.Record) (out []Owed) {
	a := asking{course: course, today: b.today, zone: b.zone}
	for i := range b.people {
		p := &b.people[i]
		if o, ok := a.of(p, b.completions[[2]string{course.ID, p.ID}]); ok {
			out = append(out, o)
		}
	}
	return sorted(out)
}

// Owing is what people owe.
type Owing struct {
	List  []Owed
	Today standing.Date
}

// Count is how many stand so.
func (o *Owing) Count(w Word) (n int) {
	for i := range o.List {
		if o.List[i].Word == w {
			n++
		}
	}
	return n
}

// Owed returns what everybody owes of a course, or of every course if it is empty.
func (s *Service) Owed(ctx context.Context, who access.Actor, course string) (out Owing, err error) {
	g, err := who.May(access.TrainingRead)
	if err != nil {
		return out, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if course != "" {
			if _, err := s.Books.Load(tx, Noun, course); err != nil {
				return err
			}
		}
		b, err := s.open(tx)
		if err != nil {
			return err
		}
		out.Today = b.today
		for i := range b.courses {
			if course == "" || b.courses[i].ID == course {
				out.List = append(out.List, b.owed(&b.courses[i])...)
			}
		}
		out.List = sorted(out.List)
		return nil
	})
	return out, err
}

// Mine is a course as the actor stands to it.
type Mine struct {
	Owed
	Text    catalog.Course // empty if it is taken elsewhere
	Link    string
	Passed  int // lessons passed since it is asked for
	Minutes int // that the rest takes; 0 if it is not known
	Next    catalog.LessonID
}

// Mine returns what the actor owes, and what they have done; nothing if their
// account is nobody's in the register of people.
func (s *Service) Mine(ctx context.Context, who access.Actor) (out []Mine, err error) {
	g, err := who.May(access.TrainingTake)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		me, err := s.PersonOf(tx, who.ID)
		if err != nil || me == "" {
			return err
		}
		b, err := s.alone(tx, me)
		if err != nil {
			return err
		}
		tried, err := attempts(tx, "", me)
		if err != nil {
			return err
		}
		for i := range b.courses {
			for _, o := range b.owed(&b.courses[i]) {
				out = append(out, s.mine(o, &b.courses[i], tried))
			}
		}
		slices.SortStableFunc(out, func(a, b Mine) int { return slices.Index(Words(), a.Word) - slices.Index(Words(), b.Word) })
		return nil
	})
	return out, err
}

// alone is the book as far as one person needs it.
func (s *Service) alone(tx *db.Tx, me string) (b book, err error) {
	courses, w, err := s.Books.Everything(tx, Noun)
	if err != nil {
		return b, err
	}
	b = book{courses: courses, today: w.Today, zone: w.Zone, completions: map[[2]string][]register.Record{}}
	list, err := s.Books.Having(tx, CompletionNoun, "person", me)
	if err != nil {
		return b, err
	}
	for i := range list {
		key := [2]string{list[i].Get("course"), me}
		b.completions[key] = append(b.completions[key], list[i])
	}
	p, err := person.Find(tx, me)
	b.people = []person.Person{p}
	return b, err
}

func (s *Service) mine(o Owed, course *register.Record, tried []Attempt) Mine {
	m := Mine{Owed: o, Link: course.Get("link")}
	var ok bool
	if m.Text, ok = s.Library.Course(catalog.CourseID(course.Get("text"))); !ok || o.Word == Done {
		return m
	}
	for i := range m.Text.Lessons {
		lesson := &m.Text.Lessons[i]
		if passed(tried, &o, lesson) {
			m.Passed++
			continue
		}
		m.Minutes += lesson.Minutes
		if m.Next == "" {
			m.Next = lesson.ID
		}
	}
	return m
}

// passed reports whether a lesson was passed, as it is now, since the course was
// last completed.
func passed(tried []Attempt, o *Owed, lesson *catalog.Lesson) bool {
	return slices.ContainsFunc(tried, func(a Attempt) bool { return a.counts(o, lesson) })
}

// Attempt is one at the questions of a lesson.
type Attempt struct {
	Course  string
	Lesson  catalog.LessonID
	Version int
	Asked   int
	Right   int
	Passed  bool
	At      time.Time
}

// counts reports whether an attempt counts for what is owed now.
func (a *Attempt) counts(o *Owed, lesson *catalog.Lesson) bool {
	return a.Passed && a.Course == o.Course && a.Lesson == lesson.ID && a.Version == lesson.Version && !o.before(a.At)
}

// before reports whether a moment is of an earlier round: from before the last
// completion.
func (o *Owed) before(at time.Time) bool { return !o.since.IsZero() && !at.After(o.since) }

func percent(n, of int) int {
	if of == 0 {
		return 0
	}
	return 100 * n / of
}

func (s *Service) trail(tx *db.Tx, course *register.Record, detail map[string]string) error {
	return trail.Add(tx, trail.Act{Action: Noun + ".take", Noun: Noun, Object: course.ID, Label: course.Get("title"), Detail: detail})
}

func text(n int) string { return strconv.Itoa(n) }

func nobody() error {
	return fault.New(fault.Conflict, "Your account belongs to nobody in the register of people. Ask a lead to put you there, under the address that you sign in with.")
}

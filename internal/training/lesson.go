package training

import (
	"context"
	"fmt"
	"slices"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/register"
)

// Step is a lesson in its course, as the reader stands to it.
type Step struct {
	ID      catalog.LessonID
	Title   string
	Minutes int
	Passed  bool
}

// Page is a lesson to read, with its questions.
type Page struct {
	Course  register.Record
	Lesson  catalog.Lesson
	Need    int    // percent of the answers that have to be right
	Body    string // Markdown, with its gaps filled as far as answers are known
	Missing []catalog.SettingKey
	Steps   []Step
	Owed    *Owed // what the reader owes of the course; nil if nothing
	Passed  bool
	Tries   int // at this lesson, since the course is owed
}

// Turned is the order in which the answers of a question are shown: another one with
// each attempt.
func (p *Page) Turned(question int) (places []int) {
	n := len(p.Lesson.Questions[question].Answers)
	for i := range n {
		places = append(places, (i+p.Tries+question)%n)
	}
	return places
}

// Lesson returns a lesson of a course to whoever is asked to take it, or may read
// about training; the first one that was not passed, if lesson is empty.
func (s *Service) Lesson(ctx context.Context, who access.Actor, course string, lesson catalog.LessonID) (p Page, err error) {
	g, err := who.May(access.TrainingTake)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		p, _, err = s.page(tx, who, course, lesson)
		return err
	})
	return p, err
}

// page is a lesson as the actor stands to it, and what they tried.
func (s *Service) page(tx *db.Tx, who access.Actor, course string, lesson catalog.LessonID) (p Page, tried []Attempt, err error) {
	if p.Course, err = s.Books.Load(tx, Noun, course); err != nil {
		return p, nil, err
	}
	me, err := s.PersonOf(tx, who.ID)
	if err != nil {
		return p, nil, err
	}
	if me != "" {
		b, err := s.alone(tx, me)
		if err != nil {
			return p, nil, err
		}
		if owed := b.owed(&p.Course); len(owed) > 0 {
			p.Owed = &owed[0]
		}
		if tried, err = attempts(tx, course, me); err != nil {
			return p, nil, err
		}
	}
	if p.Owed == nil && !who.Can(access.TrainingRead) {
		return p, nil, fault.New(fault.NotFound, "There is no course %s that is asked of you.", course)
	}
	text, ok := s.Library.Course(catalog.CourseID(p.Course.Get("text")))
	if !ok {
		return p, nil, fault.New(fault.NotFound, "%s is taken elsewhere: it has no lessons here.", course)
	}
	p.Need = text.Pass
	if err := p.choose(&text, lesson, tried); err != nil {
		return p, nil, err
	}
	known, err := s.Filling(tx)
	p.Body, p.Missing = catalog.FillLesson(p.Lesson, known)
	return p, tried, err
}

// choose finds the lesson and says how far the course is.
func (p *Page) choose(text *catalog.Course, lesson catalog.LessonID, tried []Attempt) error {
	for i := range text.Lessons {
		l := &text.Lessons[i]
		step := Step{ID: l.ID, Title: l.Title, Minutes: l.Minutes, Passed: p.Owed != nil && passed(tried, p.Owed, l)}
		p.Steps = append(p.Steps, step)
		if lesson == l.ID || lesson == "" && p.Lesson.ID == "" && !step.Passed {
			p.Lesson, p.Passed = *l, step.Passed
		}
	}
	if p.Lesson.ID == "" && lesson == "" {
		p.Lesson, p.Passed = text.Lessons[0], true
	}
	if p.Lesson.ID == "" {
		return fault.New(fault.NotFound, "The course has no such lesson.")
	}
	for i := range tried {
		if a := &tried[i]; a.Lesson == p.Lesson.ID && (p.Owed == nil || !p.Owed.before(a.At)) {
			p.Tries++
		}
	}
	return nil
}

// Told is what is said of one answer.
type Told struct {
	Ask    string `json:"ask"`
	Answer string `json:"answer"`
	Right  bool   `json:"right"`
	Why    string `json:"why"`
}

// Result is what came of an attempt.
type Result struct {
	Attempt
	Need      int              // percent
	Told      []Told           // by question
	Next      catalog.LessonID // that is not passed yet; empty if none is
	Completed *register.Record // set if this attempt completed the course
}

// Answer takes the actor's answers to all questions of a lesson, the place of each
// among the answers of its question in the catalog. The version is that of the lesson
// that was read.
func (s *Service) Answer(ctx context.Context, who access.Actor, course string, lesson catalog.LessonID, version int, answers []int) (out Result, err error) {
	g, err := who.May(access.TrainingTake)
	if err != nil {
		return out, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if _, err := s.Books.Load(tx, Noun, course); err != nil {
			return err
		}
		me, err := s.PersonOf(tx, who.ID)
		if err != nil {
			return err
		}
		if me == "" {
			return nobody()
		}
		if err := tx.Lock("training " + tx.Org() + " " + me); err != nil {
			return err
		}
		p, tried, err := s.page(tx, who, course, lesson)
		if err != nil {
			return err
		}
		if out, err = p.judge(version, answers); err != nil {
			return err
		}
		out.At = tx.Now()
		if err := insertAttempt(tx, me, &out.Attempt); err != nil {
			return err
		}
		return s.after(tx, &p, append(tried, out.Attempt), &out)
	})
	return out, err
}

// judge says what is right of answers.
func (p *Page) judge(version int, answers []int) (out Result, err error) {
	switch {
	case p.Owed == nil:
		return out, fault.New(fault.Conflict, "%s is not asked of you, so there is nothing to complete.", p.Course.Get("title"))
	case p.Owed.Word == Done:
		return out, fault.New(fault.Conflict, "You completed %s on %s. It is asked of you again from %s.", p.Owed.Title, p.Owed.DoneOn, p.Owed.next())
	case version != p.Lesson.Version:
		return out, fault.New(fault.Conflict, "The lesson was changed while you read it. Read it again, then answer.")
	}
	questions := p.Lesson.Questions
	var wrong []fault.Field
	for i := range questions {
		if i >= len(answers) || answers[i] < 0 || answers[i] >= len(questions[i].Answers) {
			wrong = append(wrong, fault.Field{Name: fmt.Sprintf("q%d", i+1), Text: "Choose an answer."})
		}
	}
	if len(wrong) == 0 && len(answers) > len(questions) {
		wrong = append(wrong, fault.Field{Name: "answers", Text: fmt.Sprintf("There are %d questions.", len(questions))})
	}
	if len(wrong) > 0 {
		return out, fault.Fields("Not every question has an answer.", wrong...)
	}
	out = Result{Attempt: Attempt{Course: p.Course.ID, Lesson: p.Lesson.ID, Version: p.Lesson.Version, Asked: len(questions)}, Need: p.Need}
	for i, q := range questions {
		a := q.Answers[answers[i]]
		if a.Right {
			out.Right++
		}
		out.Told = append(out.Told, Told{Ask: q.Ask, Answer: a.Text, Right: a.Right, Why: a.Why})
	}
	out.Passed = percent(out.Right, out.Asked) >= p.Need
	return out, nil
}

// next is when a completed course is asked for again, in words.
func (o *Owed) next() string {
	if o.DueOn == 0 {
		return "nobody: once is enough"
	}
	return o.From.String()
}

// after says what is left of a course, and writes down that it was completed when
// nothing is.
func (s *Service) after(tx *db.Tx, p *Page, tried []Attempt, out *Result) error {
	detail := map[string]string{"lesson": string(out.Lesson), "version": text(out.Version), "right": text(out.Right) + " of " + text(out.Asked)}
	if err := s.trail(tx, &p.Course, detail); err != nil {
		return err
	}
	course, _ := s.Library.Course(catalog.CourseID(p.Course.Get("text")))
	var lessons []string
	right, asked := 0, 0
	for i := range course.Lessons {
		lesson := &course.Lessons[i]
		at := slices.IndexFunc(tried, func(a Attempt) bool { return a.counts(p.Owed, lesson) })
		if at < 0 {
			if out.Next == "" {
				out.Next = lesson.ID
			}
			continue
		}
		right, asked = right+tried[at].Right, asked+tried[at].Asked
		lessons = append(lessons, fmt.Sprintf("%s v%d", lesson.ID, lesson.Version))
	}
	if out.Next != "" || !out.Passed {
		return nil
	}
	return s.complete(tx, p, lessons, percent(right, asked), out)
}

// complete writes down that a course was completed.
func (s *Service) complete(tx *db.Tx, p *Page, lessons []string, score int, out *Result) error {
	today, err := person.Today(tx)
	if err != nil {
		return err
	}
	r, err := s.Books.Enter(tx, CompletionNoun, register.Input{Fields: map[string][]string{
		"course": {p.Course.ID}, "title": {p.Course.Get("title")}, "person": {p.Owed.Person}, "completed_on": {today.String()}, "score": {text(score)},
	}}, func(r *register.Record) {
		r.Values.Set("taken", Here)
		r.Values["lessons"] = lessons
	})
	out.Completed = &r
	return err
}

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

// trainingVerbs are what courses have besides what every register has.
func trainingVerbs(about of) []verb {
	return []verb{
		{"people", "Who is asked to complete a course, by when, and whether they did.", trainingPeopleCmd{of: about}},
		{"mine", "The courses that are asked of you, and how far you are.", trainingMineCmd{of: about}},
		{"lesson", "A lesson with its questions.", trainingLessonCmd{of: about}},
		{"take", "Answer the questions of a lesson.", trainingTakeCmd{of: about}},
	}
}

type trainingPeopleCmd struct {
	of `kong:"-"`
	ID string `arg:"" help:"Such as TR-01."`
}

// Run lists who takes a course.
func (c *trainingPeopleCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.TrainingOwed](ctx, r, "training.owed", &api.TrainingCourse{ID: strings.ToUpper(c.ID)})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.TrainingOwed) {
		rows := [][]string{{"state", "due", "name", "because", "completed", "score"}}
		for i := range v.People {
			d := &v.People[i]
			rows = append(rows, []string{d.State, d.Due, d.Name, d.Cause, d.Last, d.Score})
		}
		p.table(rows)
		p.line("%d done, %d still have time, %d late.", v.Done, v.Waiting, v.Late)
	})
}

type trainingMineCmd struct {
	of `kong:"-"`
}

// Run lists what is asked of oneself.
func (c *trainingMineCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.TrainingMine](ctx, r, "training.mine", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.TrainingMine) {
		if len(v.Courses) == 0 {
			p.line("Nothing is asked of you.")
			return
		}
		rows := [][]string{{"course", "state", "due", "title", "lessons", "next"}}
		for i := range v.Courses {
			d := &v.Courses[i]
			lessons := "elsewhere"
			if d.Lessons > 0 {
				lessons = fmt.Sprintf("%d of %d", d.Passed, d.Lessons)
			}
			rows = append(rows, []string{d.Course, d.State, d.Due, d.Title, lessons, d.Next})
		}
		p.table(rows)
	})
}

type trainingLessonCmd struct {
	of     `kong:"-"`
	ID     string `arg:"" help:"Such as TR-01."`
	Lesson string `arg:"" optional:"" help:"Such as phishing; the first that is not passed unless given."`
}

// Run prints a lesson.
func (c *trainingLessonCmd) Run(ctx context.Context, r *run) error {
	lesson := c.Lesson
	if lesson == "" {
		lesson = "next"
	}
	out, err := call[api.TrainingLesson](ctx, r, "training.lesson", &api.TrainingLessonIn{ID: strings.ToUpper(c.ID), Lesson: lesson})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.TrainingLesson) {
		p.line("%s", strings.TrimSpace(v.Text))
		for i, q := range v.Questions {
			p.line("\n%d. %s", i+1, q.Ask)
			for j, a := range q.Answers {
				p.line("   %s  %s", letter(j), a)
			}
		}
		p.line("\nNext: assay training take %s %s %s", v.Course, v.Lesson, strings.Repeat("a ", len(v.Questions)-1)+"a")
	})
}

const letters = "abcdefghijklmnopqrstuvwxyz"

func letter(place int) string { return letters[place : place+1] }

type trainingTakeCmd struct {
	of      `kong:"-"`
	ID      string   `arg:"" help:"Such as TR-01."`
	Lesson  string   `arg:"" help:"Such as phishing."`
	Answers []string `arg:"" help:"A letter for each question, in order."`
}

// Run answers the questions of a lesson.
func (c *trainingTakeCmd) Run(ctx context.Context, r *run) error {
	id := strings.ToUpper(c.ID)
	lesson, err := call[api.TrainingLesson](ctx, r, "training.lesson", &api.TrainingLessonIn{ID: id, Lesson: c.Lesson})
	if err != nil {
		return err
	}
	in := &api.TrainingTakeIn{ID: id, Lesson: lesson.Lesson}
	in.Body.Version = lesson.Version
	for _, text := range c.Answers {
		if len(text) != 1 || text[0] < 'a' || text[0] > 'z' {
			return fault.New(fault.Invalid, "%s is not a letter: answer with a, b, c … for each question.", strconv.Quote(text))
		}
		in.Body.Answers = append(in.Body.Answers, int(text[0]-'a'))
	}
	out, err := change[api.TrainingResult](ctx, r, "training.take", in)
	if err != nil || out == nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.TrainingResult) {
		for i, t := range v.Answers {
			word := "right"
			if !t.Right {
				word = "NOT RIGHT"
			}
			p.line("%d. %s: %s", i+1, word, t.Why)
		}
		p.line("%d of %d are right: %s.", v.Right, v.Asked, passedWords(v))
	})
}

func passedWords(v *api.TrainingResult) string {
	switch {
	case v.Completion != "":
		return "the course is complete, as " + v.Completion
	case v.Passed:
		return "passed; go on with " + v.Next
	}
	return "not passed; read the lesson and try again"
}

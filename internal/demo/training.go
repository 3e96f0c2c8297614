package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/incident"
	"assay/internal/register"
	"assay/internal/training"
)

// The days on which Larkspur begins with courses, and brings in what the academy that
// taught it before says was completed.
const (
	coursesBegin  = 30
	academyCloses = 80
)

// phished are the days of the exercises with how many fell for each, and how many
// reported it.
func phished() map[int][2]int {
	return map[int][2]int{45: {5, 14}, 136: {3, 19}, 227: {2, 24}, 318: {1, 27}}
}

// keepTraining is what happens with training on a day.
func (m *maker) keepTraining(ctx context.Context) error {
	switch m.day {
	case coursesBegin:
		if err := m.beginCourses(ctx); err != nil {
			return err
		}
	case academyCloses:
		if err := m.academy(ctx); err != nil {
			return err
		}
	}
	for _, h := range humans() {
		if err := m.learns(ctx, &h); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	if err := m.hears(ctx); err != nil {
		return err
	}
	return m.phish(ctx)
}

// beginCourses asks for the program's courses.
func (m *maker) beginCourses(ctx context.Context) error {
	list, err := m.s.Registers.Adopt(ctx, m.lead, training.Noun, register.Adoption{IDs: []string{"awareness", "developers", "support"}})
	if err != nil {
		return err
	}
	m.courses = map[string]string{}
	groups := map[string]string{"developers": "Engineering", "support": "Support"}
	for i := range list {
		r := &list[i]
		text := r.Get("text")
		m.courses[text] = r.ID
		fields := map[string][]string{"days": {"60"}, "owner": {"Priya Raman"}}
		if text == "awareness" {
			fields["days"] = []string{"30"}
		}
		if g := groups[text]; g != "" {
			fields["groups"] = []string{g}
		}
		edited, err := m.s.Registers.Edit(ctx, m.lead, training.Noun, r.ID, register.Input{Part: true, Version: r.Version, Fields: fields})
		if err != nil {
			return err
		}
		if _, err := m.s.Registers.Move(ctx, m.lead, training.Noun, r.ID, "begin", register.Step{Version: edited.Version}); err != nil {
			return err
		}
	}
	return nil
}

// taught reports whether the academy taught somebody the course: who was there when
// it began, and developers.
func taught(h *human, course string) bool {
	return h.from < coursesBegin && (course == "awareness" || course == "developers" && h.group == "Engineering")
}

// academy brings in the report of the academy, a file for each course.
func (m *maker) academy(ctx context.Context) error {
	for _, course := range []string{"awareness", "developers"} {
		var csv strings.Builder
		csv.WriteString("email,completed on,score,notes\n")
		for _, h := range humans() {
			if !taught(&h, course) || h.to > 0 && h.to < academyCloses {
				continue
			}
			on := m.w.date(coursesBegin + 1 + pick(28, "academy", course, h.name))
			fmt.Fprintf(&csv, "%s,%s,%d,%s\n", h.email(), on, 80+pick(21, "score", course, h.name), "Northwind Academy; course of January")
		}
		res, err := m.s.Registers.Import(ctx, m.lead, training.CompletionNoun, register.Intake{File: []byte(csv.String()), Apply: true, Of: m.courses[course]})
		if err != nil {
			return err
		}
		if n := res.Counts[register.Refused]; n > 0 {
			return fmt.Errorf("the academy's report: %d rows are refused", n)
		}
	}
	return nil
}

// learns has somebody take the lessons that are asked of them, some days after they
// are asked; the newest of all has not yet.
func (m *maker) learns(ctx context.Context, h *human) error {
	who, ok := m.accounts[h.name]
	if !ok || m.day != max(h.from, coursesBegin)+8+pick(15, "learns", h.name) || h.name == newest || h.to > 0 && h.to < m.day {
		return nil
	}
	for _, course := range []string{"awareness", "developers", "support"} {
		asked := course == "awareness" || course == "developers" && h.group == "Engineering" || course == "support" && h.group == "Support"
		if !asked || taught(h, course) {
			continue
		}
		if err := m.takes(ctx, who, course); err != nil {
			return err
		}
	}
	return nil
}

// newest is who joined last, and has everything still to do.
const newest = "Hugo Bianchi"

// takes has somebody take a course: they fail a lesson now and then, and try again.
func (m *maker) takes(ctx context.Context, who access.Actor, course string) error {
	text, _ := m.s.Library.Course(catalog.CourseID(course))
	for i := range text.Lessons {
		lesson := &text.Lessons[i]
		wrong := 0
		if pick(7, "wrong", who.Name, string(lesson.ID)) == 0 {
			wrong = len(lesson.Questions)
		}
		for _, n := range slices.Compact([]int{wrong, 0}) {
			if _, err := m.s.Training.Answer(ctx, who, m.courses[course], lesson.ID, lesson.Version, answers(lesson, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers are the right ones, but for the first few.
func answers(lesson *catalog.Lesson, wrong int) (out []int) {
	for i, q := range lesson.Questions {
		place := q.Right()
		if i < wrong {
			place = (place + 1) % len(q.Answers)
		}
		out = append(out, place)
	}
	return out
}

// phish writes down the exercise of a day, with who was followed up since.
func (m *maker) phish(ctx context.Context) error {
	n, ok := phished()[m.day-9]
	if !ok {
		return nil
	}
	held, people := m.day-9, 0
	for _, h := range humans() {
		if h.from <= held && (h.to == 0 || h.to >= held) {
			people++
		}
	}
	count := func(n int) string { return strconv.Itoa(n) }
	return m.put(ctx, training.PhishingNoun,
		"title", "Exercise of "+m.w.date(held).String(), "held_on", m.w.date(held).String(), "people", count(people), "sent", count(people),
		"fell", count(n[0]), "reported", count(n[1]), "followed", count(n[0]), "followed_on", m.w.date(m.day-1).String(), "owner", "Priya Raman",
		"message", "A parcel that waits for a fee, with a page that asks for the password.",
	)
}

// reported are what employees said looks wrong, with what they were answered the same
// day.
func reported() map[int][3]string {
	return map[int][3]string{
		121: {"Julia Santos", "A message asks me to sign in to the bank", "It was no exercise: the sender is refused from now on, and nobody entered anything."},
		301: {"Noah Fischer", "My laptop did not lock when I left it", "The setting was off after the repair. It is on again, and the repair list says so."},
	}
}

// hears is what happens on a day with problems that employees report.
func (m *maker) hears(ctx context.Context) error {
	said, ok := reported()[m.day]
	if !ok {
		return nil
	}
	r, err := m.s.Desk.Report(ctx, m.accounts[said[0]], said[1], "", false)
	if err != nil {
		return err
	}
	_, err = m.s.Registers.Move(ctx, m.lead, incident.ReportNoun, r.ID, "answer", register.Step{Fields: map[string][]string{"answer": {said[2]}}})
	return err
}

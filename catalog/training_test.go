package catalog_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/catalog"
)

func TestEveryFaultOfALessonIsRefused(t *testing.T) {
	const lesson, library = "training/first/01-one.md", "training/library.yaml"
	cases := []struct{ name, file, old, with, want string }{
		{"no front matter", lesson, "---\nid", "id", lesson + ": the file does not begin"},
		{"unknown field", lesson, "minutes: 3", "length: 3", lesson + `: front matter: line 5: there is no field "length"`},
		{"id of another file", lesson, "id: one", "id: two", lesson + `: id: is "two", and the file is not named NN-two.md`},
		{"title of another text", lesson, "# One", "# Two", lesson + `: text: begins "# Two"`},
		{"no version", lesson, "version: 1", "version: 0", lesson + ": version: version and minutes begin with 1"},
		{"no minutes", lesson, "minutes: 3", "minutes: 0", lesson + ": version: "},
		{"unknown criterion", lesson, "CC1.1", "CC1.9", lesson + `: criteria: there is no "CC1.9"`},
		{"unknown policy", lesson, "[PLC-AAA]", "[PLC-ZZZ]", lesson + `: policies: there is no "PLC-ZZZ"`},
		{"unknown setting", lesson, "[days]", "[hours]", lesson + `: shared: there is no "hours"`},
		{"undeclared placeholder", lesson, "{{days}}", "{{days}} {{often}}", lesson + ": text: {{often}} is no setting"},
		{"unused setting", lesson, "{{days}}", "days", lesson + ": settings: days is not used"},
		{"no right answer", lesson, "right: true", "right: false", lesson + ": questions.1.answers: 0 of 3 are right"},
		{"two right answers", lesson, "That., why", "That., right: true, why", lesson + ": questions.1.answers: 2 of 3 are right"},
		{"too few answers", lesson, "  - {text: Those., why: They are not.}\n", "", lesson + ": questions.1.answers: 1 of 2 are right"},
		{"answer twice", lesson, "text: Those.", "text: That.", lesson + `: questions.1.answers: "That." is there twice`},
		{"no explanation", lesson, "why: It is not.", "why: ''", lesson + ": questions.1.why: is empty"},
		{"nothing asked", lesson, "ask: What?", "ask: ''", lesson + ": questions.1.ask: is empty"},
		{"placeholder in a question", lesson, "ask: What?", "ask: 'In {{days}}?'", lesson + ": questions.1.ask: a placeholder"},
		{"course without lessons", library, "- id: first", "- id: second", library + ": courses.second: there is no lesson in training/second"},
		{"lesson without a course", library, "- id: first", "- id: second", lesson + `: course: there is no course "first"`},
		{"unknown role", library, "roles: [everyone]", "roles: [nobody]", library + `: courses.first.roles: "nobody"`},
		{"unknown interval", library, "refresh: annual", "refresh: yearly", library + `: courses.first.refresh: "yearly"`},
		{"pass mark", library, "pass: 80", "pass: 101", library + ": courses.first.pass: 101 is not"},
		{"unknown control", library, "[GOV-01]", "[GOV-99]", library + `: courses.first.controls: there is no "GOV-99"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := small(t)
			replace(t, files, c.file, c.old, c.with)
			l, err := catalog.Load(files)
			if err == nil || l != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q", err, c.want)
			}
		})
	}
}

func TestCourses(t *testing.T) {
	l := load(t)
	if n := len(l.Courses()); n < 3 || len(l.TrainingRoles()) < 3 {
		t.Errorf("%d courses, there were 3", n)
	}
	awareness, ok := l.Course("awareness")
	if !ok || len(awareness.Lessons) != 6 || !awareness.Joining || awareness.Refresh != catalog.Annual {
		t.Errorf("the course for everyone has %d lessons", len(awareness.Lessons))
	}
	if !slices.Contains(awareness.Meets, "CC2.2") {
		t.Errorf("the course for everyone names %q", awareness.Meets)
	}
	for _, c := range l.Courses() {
		minutes := 0
		for _, lesson := range c.Lessons {
			minutes += lesson.Minutes
			if found, ok := l.Lesson(lesson.ID); !ok || found.Course != c.ID {
				t.Errorf("%s of %s is not found by its id", lesson.ID, c.ID)
			}
			if n := len(lesson.Questions); n < 4 || n > 5 {
				t.Errorf("%s has %d questions", lesson.ID, n)
			}
		}
		if minutes != c.Minutes {
			t.Errorf("%s takes %d minutes, its lessons %d", c.ID, c.Minutes, minutes)
		}
	}
	if _, ok := l.Lesson("juggling"); ok {
		t.Error("a lesson that there is not")
	}
}

// A lesson says how long it takes, in words read at 200 a minute and a quarter of
// a minute for a question.
func TestLessonsTakeAsLongAsTheySay(t *testing.T) {
	for _, c := range load(t).Courses() {
		for _, lesson := range c.Lessons {
			takes := float64(len(strings.Fields(lesson.Body)))/200 + float64(len(lesson.Questions))/4
			if takes > float64(lesson.Minutes)+0.5 || takes < float64(lesson.Minutes)-1.5 {
				t.Errorf("%s says %d minutes and takes %.1f", lesson.ID, lesson.Minutes, takes)
			}
		}
	}
}

// What a lesson teaches is what the policies say: it takes its values from their
// settings, with the pass mark of the training policy.
func TestLessonsAgreeWithThePolicies(t *testing.T) {
	l := load(t)
	pass, _ := l.Setting("pass_percent")
	for _, c := range l.Courses() {
		if strconv.Itoa(c.Pass) != pass.Default {
			t.Errorf("%s is passed with %d percent, and the policy says %s", c.ID, c.Pass, pass.Default)
		}
		for _, id := range c.Serves {
			control, _ := l.Control(id)
			if len(l.PoliciesFor(id)) == 0 || control.Domain != "HRS" && control.Domain != "PRV" {
				t.Errorf("%s serves %s", c.ID, id)
			}
		}
		for _, lesson := range c.Lessons {
			for _, key := range lesson.Shared {
				if !slices.ContainsFunc(l.Policies(), func(p catalog.Policy) bool {
					return slices.ContainsFunc(p.Settings, func(s catalog.Setting) bool { return s.Key == key })
				}) {
					t.Errorf("%s uses %s, which no policy states", lesson.ID, key)
				}
			}
			text, _ := catalog.FillLesson(lesson, nil)
			if strings.Contains(text, "{{") {
				t.Errorf("%s keeps a placeholder:\n%s", lesson.ID, text)
			}
			if !strings.Contains(text, "## Remember\n") || !strings.Contains(text, "## What to do\n") && c.ID == "developers" {
				t.Errorf("%s does not end with what to remember", lesson.ID)
			}
		}
	}
}

func TestQuestionsSayWhy(t *testing.T) {
	places, asked := map[int]int{}, 0
	for _, c := range load(t).Courses() {
		for _, lesson := range c.Lessons {
			for i, q := range lesson.Questions {
				at := q.Right()
				if at < 0 || !q.Answers[at].Right {
					t.Errorf("%s: question %d has no right answer", lesson.ID, i+1)
				}
				places[at]++
				asked++
				for _, a := range q.Answers {
					sentence(t, string(lesson.ID)+" "+strconv.Itoa(i+1), a.Text)
					sentence(t, string(lesson.ID)+" "+strconv.Itoa(i+1), a.Why)
				}
			}
		}
	}
	for at := range 3 {
		if places[at] < asked/5 {
			t.Errorf("the right answer stands in place %d only %d times of %d: people would notice", at+1, places[at], asked)
		}
	}
}

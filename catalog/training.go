package catalog

import (
	"cmp"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/internal/criteria"
)

// CourseID identifies a course: the folder of its lessons, such as awareness.
type CourseID string

// Course is a row of lessons that a group of people completes.
type Course struct {
	ID      CourseID      `yaml:"id"`
	Title   string        `yaml:"title"`
	Summary string        `yaml:"summary"`
	Roles   []string      `yaml:"roles"`   // who takes it: words of training/library.yaml
	Refresh Frequency     `yaml:"refresh"` // how often it is taken again
	Joining bool          `yaml:"joining"` // whether it is taken on joining too
	Pass    int           `yaml:"pass"`    // percent of a lesson's questions that have to be right
	Serves  []ControlID   `yaml:"controls"`
	Lessons []Lesson      `yaml:"-"` // in order
	Minutes int           `yaml:"-"` // of all lessons together
	Meets   []criteria.ID `yaml:"-"` // what its lessons name, in the order of the framework
}

// LessonID identifies a lesson by its subject, such as phishing. It stays when a
// lesson is reworded or moved within its course.
type LessonID string

// Lesson is a text to read and the questions that follow it. Placeholders stand
// in its text as in a policy's, and never in a question.
type Lesson struct {
	ID        LessonID      `yaml:"id"`
	Title     string        `yaml:"title"`
	Version   int           `yaml:"version"` // raised when what it teaches changes
	Minutes   int           `yaml:"minutes"` // for the text and the questions
	Criteria  []criteria.ID `yaml:"criteria"`
	Policies  []PolicyID    `yaml:"policies"` // what it explains
	Shared    []SettingKey  `yaml:"shared"`
	Questions []Question    `yaml:"questions"`

	Course   CourseID  `yaml:"-"`
	Settings []Setting `yaml:"-"`
	Body     string    `yaml:"-"` // Markdown with placeholders
}

// Question is asked after a lesson; exactly one of its answers is right. They may
// be shown in any order.
type Question struct {
	Ask     string   `yaml:"ask"`
	Answers []Answer `yaml:"answers"`
}

// Answer is one to choose from. Why is shown after the choice: why it is right,
// or what is wrong with it.
type Answer struct {
	Text  string `yaml:"text"`
	Right bool   `yaml:"right"`
	Why   string `yaml:"why"`
}

// Right is the place of the right answer.
func (q Question) Right() int {
	return slices.IndexFunc(q.Answers, func(a Answer) bool { return a.Right })
}

// trainingWords is what training/library.yaml says.
type trainingWords struct {
	Roles   map[string]string `yaml:"roles"`
	Courses []Course          `yaml:"courses"`
}

// Courses lists the courses in the order in which they are offered.
func (l *Library) Courses() []Course { return slices.Clone(l.courses) }

// Course finds a course.
func (l *Library) Course(id CourseID) (Course, bool) {
	return find(l.courses, func(c Course) bool { return c.ID == id })
}

// Lesson finds a lesson of any course.
func (l *Library) Lesson(id LessonID) (Lesson, bool) {
	for _, c := range l.courses {
		if lesson, ok := find(c.Lessons, func(lesson Lesson) bool { return lesson.ID == id }); ok {
			return lesson, true
		}
	}
	return Lesson{}, false
}

// TrainingRoles gives, for each word that Course.Roles uses, who is meant.
func (l *Library) TrainingRoles() map[string]string { return maps.Clone(l.trainingRoles) }

func (l *Library) loadTraining(fsys fs.FS) []error {
	const folder = "training"
	var words trainingWords
	files, wrong := readTexts(fsys, folder, func(lesson *Lesson, body string) { lesson.Body = body })
	if err := decodeFile(fsys, folder+"/"+libraryFile, &words); err != nil {
		return append(wrong, err)
	}
	l.courses, l.trainingRoles = words.Courses, words.Roles
	slices.SortStableFunc(files, func(a, b read[Lesson]) int { return cmp.Compare(a.name, b.name) })
	index(files, &wrong, func(lesson Lesson) LessonID { return lesson.ID })
	for _, f := range files {
		object := objections(f.name, &wrong)
		lesson := f.value
		lesson.Course = CourseID(path.Base(path.Dir(f.name)))
		lesson.Settings = l.settingsOf(lesson.Shared)
		lesson.validate(l, object)
		if found := lessonFile.FindStringSubmatch(path.Base(f.name)); found == nil || found[1] != string(lesson.ID) {
			object("id", "is %q, and the file is not named NN-%s.md", lesson.ID, lesson.ID)
		}
		i := slices.IndexFunc(l.courses, func(c Course) bool { return c.ID == lesson.Course })
		if i < 0 {
			object("course", "there is no course %q in training/library.yaml", lesson.Course)
			continue
		}
		l.courses[i].Lessons = append(l.courses[i].Lessons, lesson)
		l.courses[i].Minutes += lesson.Minutes
	}
	object := objections(folder+"/"+libraryFile, &wrong)
	for i := range l.courses {
		l.courses[i].finish(l, object)
	}
	return wrong
}

// lessonFile is how a lesson's file is named: its place in the course and its id.
var lessonFile = regexp.MustCompile(`^\d{2}-([a-z]+(?:-[a-z]+)*)\.md$`)

// finish gathers what the lessons of a course name, and holds it to its words.
func (c *Course) finish(l *Library, object objection) {
	for _, known := range l.criteria.Criteria() {
		if slices.ContainsFunc(c.Lessons, func(lesson Lesson) bool { return slices.Contains(lesson.Criteria, known.ID) }) {
			c.Meets = append(c.Meets, known.ID)
		}
	}
	at := "courses." + string(c.ID)
	filled(object, at+".title", c.Title)
	filled(object, at+".summary", c.Summary)
	listed(object, at+".roles", c.Roles)
	for _, role := range c.Roles {
		oneOf(object, at+".roles", role, slices.Sorted(maps.Keys(l.trainingRoles)))
	}
	oneOf(object, at+".refresh", c.Refresh, Frequencies())
	listed(object, at+".controls", c.Serves)
	resolve(object, at+".controls", c.Serves, l.isControl)
	if c.Pass < 1 || c.Pass > 100 {
		object(at+".pass", "%d is not from 1 to 100", c.Pass)
	}
	if len(c.Lessons) == 0 {
		object(at, "there is no lesson in training/%s", c.ID)
	}
}

func (lesson Lesson) validate(l *Library, object objection) {
	filled(object, "title", lesson.Title)
	if lesson.Version < 1 || lesson.Minutes < 1 {
		object("version", "version and minutes begin with 1")
	}
	listed(object, "criteria", lesson.Criteria)
	resolve(object, "criteria", lesson.Criteria, isCriterion(l.criteria))
	listed(object, "policies", lesson.Policies)
	resolve(object, "policies", lesson.Policies, func(id PolicyID) bool { _, ok := l.Policy(id); return ok })
	each(object, "shared", lesson.Shared)
	resolve(object, "shared", lesson.Shared, func(key SettingKey) bool { _, ok := l.Setting(key); return ok })
	if title, _, _ := strings.Cut(lesson.Body, "\n"); title != "# "+lesson.Title {
		object("text", "begins %q and not with the title", title)
	}
	validatePlaceholders(lesson.Body, lesson.Settings, object)
	if len(lesson.Questions) == 0 {
		object("questions", "is empty")
	}
	for i, q := range lesson.Questions {
		q.validate(func(field, format string, args ...any) {
			object("questions."+strconv.Itoa(i+1)+"."+field, format, args...)
		})
	}
}

func (q Question) validate(object objection) {
	filled(object, "ask", q.Ask)
	right, texts := 0, make([]string, 0, len(q.Answers))
	for _, a := range q.Answers {
		texts = append(texts, a.Text)
		filled(object, "why", a.Why)
		if a.Right {
			right++
		}
		if strings.Contains(q.Ask+a.Text+a.Why, "{{") {
			object("ask", "a placeholder stands in a question")
		}
	}
	listed(object, "answers", texts)
	if right != 1 || len(q.Answers) < 3 {
		object("answers", "%d of %d are right, where one of at least 3 has to be", right, len(q.Answers))
	}
}

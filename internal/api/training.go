package api

import (
	"context"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/policy"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/training"
)

// trainingOperations are those of training besides what every register has, and what
// concerns oneself alone.
func trainingOperations() []Operation {
	return []Operation{
		{ID: "training.owed", Method: get, Path: "/training/{id}/people", Permission: access.TrainingRead, Summary: "Who is asked to complete a course, by when, and whether they did; who is late first.", Do: does(trainingOwed)},
		{ID: "training.mine", Method: get, Path: "/me/training", Permission: access.TrainingTake, Summary: "The courses that are asked of oneself, and how far one is.", Do: does(trainingMine)},
		{ID: "training.lesson", Method: get, Path: "/me/training/{id}/lessons/{lesson}", Permission: access.TrainingTake, Summary: "A lesson with its questions. Which answer is right is said once they are answered.", Do: does(trainingLesson)},
		{ID: "training.take", Method: post, Path: "/me/training/{id}/lessons/{lesson}", Permission: access.TrainingTake, Summary: "Answer the questions of a lesson. The last lesson that is passed completes the course.", Do: does(trainingTake)},
		{ID: "problem_report.report", Method: post, Path: "/me/problems", Permission: access.ProblemReport, Summary: "Say that something looks wrong. Whoever looks into it says what came of it.", Do: does(reportProblem)},
		{ID: "problem_report.mine", Method: get, Path: "/me/problems", Permission: access.ProblemReport, Summary: "What one reported, and what came of it.", Do: does(reportedProblems)},
		{ID: "policy.binding", Method: get, Path: "/me/policies/{id}", Permission: access.PolicyOwn, Summary: "The text that is in force of a policy that binds oneself.", Do: does(policyBinding)},
	}
}

// TrainingDuty is what somebody owes of a course.
type TrainingDuty struct {
	Course     string `json:"course"`
	Title      string `json:"title"`
	Person     string `json:"person" doc:"Id in the register of people."`
	Name       string `json:"name"`
	State      string `json:"state" enum:"late,waiting,done"`
	Cause      string `json:"cause" enum:"joining,first,again" doc:"joining: they began to work while it was asked for; first: they worked here when it began; again: it is taken again."`
	From       string `json:"from" format:"date" doc:"Since when it is asked for, or will be again."`
	Due        string `json:"due,omitempty" format:"date" doc:"Last day on which it is not late. Absent: once was enough."`
	First      string `json:"first_completed,omitempty" format:"date"`
	Last       string `json:"last_completed,omitempty" format:"date"`
	Score      string `json:"score,omitempty" doc:"Percent, of the last."`
	Completion string `json:"completion,omitempty" doc:"Id of the last."`
}

func dutyOf(o *training.Owed) TrainingDuty {
	return TrainingDuty{
		Course: o.Course, Title: o.Title, Person: o.Person, Name: o.Name, State: string(o.Word), Cause: string(o.Cause), From: dayText(o.From), Due: dayText(o.DueOn),
		First: dayText(o.FirstOn), Last: dayText(o.DoneOn), Score: o.Score, Completion: o.Record,
	}
}

func dayText(d standing.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// TrainingCourse names a course.
type TrainingCourse struct {
	ID string `path:"id"`
}

// TrainingOwed is who is asked to complete a course.
type TrainingOwed struct {
	People  []TrainingDuty `json:"people"`
	Done    int            `json:"done"`
	Waiting int            `json:"waiting"`
	Late    int            `json:"late"`
}

func trainingOwed(ctx context.Context, s *suite.Suite, who access.Actor, in *TrainingCourse) (*TrainingOwed, error) {
	o, err := s.Training.Owed(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &TrainingOwed{People: []TrainingDuty{}, Done: o.Count(training.Done), Waiting: o.Count(training.Waiting), Late: o.Count(training.Late)}
	for i := range o.List {
		out.People = append(out.People, dutyOf(&o.List[i]))
	}
	return out, nil
}

// TrainingOwn is a course that is asked of oneself.
type TrainingOwn struct {
	TrainingDuty
	Lessons int    `json:"lessons" doc:"0: it is taken elsewhere."`
	Passed  int    `json:"passed" doc:"Of the lessons, since it is asked for."`
	Minutes int    `json:"minutes" doc:"About, for what is left."`
	Next    string `json:"next,omitempty" doc:"The lesson to go on with."`
	Link    string `json:"link,omitempty" doc:"Where it is taken."`
}

// TrainingMine is what is asked of oneself.
type TrainingMine struct {
	Courses []TrainingOwn `json:"courses"`
}

func trainingMine(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*TrainingMine, error) {
	list, err := s.Training.Mine(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &TrainingMine{Courses: []TrainingOwn{}}
	for i := range list {
		m := &list[i]
		out.Courses = append(out.Courses, TrainingOwn{TrainingDuty: dutyOf(&m.Owed), Lessons: len(m.Text.Lessons), Passed: m.Passed, Minutes: m.Minutes, Next: string(m.Next), Link: m.Link})
	}
	return out, nil
}

// TrainingLessonIn names a lesson of a course.
type TrainingLessonIn struct {
	ID     string `path:"id"`
	Lesson string `path:"lesson" doc:"Such as phishing; next for the first that is not passed."`
}

// TrainingQuestion is a question of a lesson. An answer is chosen by its place,
// counted from 0.
type TrainingQuestion struct {
	Ask     string   `json:"ask"`
	Answers []string `json:"answers"`
}

// TrainingLesson is a lesson to read.
type TrainingLesson struct {
	Course    string             `json:"course"`
	Lesson    string             `json:"lesson"`
	Title     string             `json:"title"`
	Version   int                `json:"version"`
	Minutes   int                `json:"minutes"`
	Need      int                `json:"need" doc:"Percent of the answers that have to be right."`
	Passed    bool               `json:"passed"`
	Text      string             `json:"text" doc:"Markdown."`
	Questions []TrainingQuestion `json:"questions"`
}

func trainingLesson(ctx context.Context, s *suite.Suite, who access.Actor, in *TrainingLessonIn) (*TrainingLesson, error) {
	p, err := s.Training.Lesson(ctx, who, in.ID, lessonIn(in.Lesson))
	if err != nil {
		return nil, err
	}
	l := &p.Lesson
	out := &TrainingLesson{Course: p.Course.ID, Lesson: string(l.ID), Title: l.Title, Version: l.Version, Minutes: l.Minutes, Need: p.Need, Passed: p.Passed, Text: p.Body, Questions: []TrainingQuestion{}}
	for _, q := range l.Questions {
		ask := TrainingQuestion{Ask: q.Ask}
		for _, a := range q.Answers {
			ask.Answers = append(ask.Answers, a.Text)
		}
		out.Questions = append(out.Questions, ask)
	}
	return out, nil
}

func lessonIn(name string) catalog.LessonID {
	if name == "next" {
		return ""
	}
	return catalog.LessonID(name)
}

// TrainingTakeIn is answers to the questions of a lesson.
type TrainingTakeIn struct {
	ID     string `path:"id"`
	Lesson string `path:"lesson"`
	Body   struct {
		Version int   `json:"version" minimum:"1" doc:"Of the lesson that was read."`
		Answers []int `json:"answers" maxItems:"100" doc:"The place of the chosen answer of each question, counted from 0."`
	}
}

// TrainingTold is what is said of one answer.
type TrainingTold struct {
	Ask    string `json:"ask"`
	Answer string `json:"answer"`
	Right  bool   `json:"right"`
	Why    string `json:"why"`
}

// TrainingResult is what came of answering.
type TrainingResult struct {
	Passed     bool           `json:"passed"`
	Right      int            `json:"right"`
	Asked      int            `json:"asked"`
	Answers    []TrainingTold `json:"answers"`
	Next       string         `json:"next,omitempty" doc:"The lesson to go on with. Absent: every lesson is passed."`
	Completion string         `json:"completion,omitempty" doc:"Id of the completion, if this completed the course."`
}

func trainingTake(ctx context.Context, s *suite.Suite, who access.Actor, in *TrainingTakeIn) (*TrainingResult, error) {
	res, err := s.Training.Answer(ctx, who, in.ID, catalog.LessonID(in.Lesson), in.Body.Version, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	out := &TrainingResult{Passed: res.Passed, Right: res.Right, Asked: res.Asked, Next: string(res.Next)}
	for _, t := range res.Told {
		out.Answers = append(out.Answers, TrainingTold(t))
	}
	if res.Completed != nil {
		out.Completion = res.Completed.ID
	}
	return out, nil
}

// PolicyBound is how one stands to a policy that binds oneself.
type PolicyBound struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	State    string `json:"state" enum:"late,waiting,accepted"`
	Version  int    `json:"version" doc:"In force."`
	From     string `json:"from" format:"date" doc:"Since when it is asked for."`
	Due      string `json:"due" format:"date"`
	Accepted int    `json:"accepted_version,omitempty" doc:"Accepted last."`
	Text     string `json:"text,omitempty" doc:"Markdown; not in a list."`
}

func boundOf(o *policy.Owed) PolicyBound {
	return PolicyBound{ID: o.Policy, Title: o.Title, State: string(o.Word), Version: o.Version, From: dayText(o.From), Due: dayText(o.DueOn), Accepted: o.AcceptedV}
}

// PolicyBindingIn names a policy.
type PolicyBindingIn struct {
	ID string `path:"id"`
}

func policyBinding(ctx context.Context, s *suite.Suite, who access.Actor, in *PolicyBindingIn) (*PolicyBound, error) {
	o, v, err := s.Policies.Binding(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := boundOf(&o)
	out.Text = v.Text
	return &out, nil
}

// ProblemIn is what looks wrong.
type ProblemIn struct {
	Body struct {
		Title  string `json:"title" minLength:"1" maxLength:"300"`
		What   string `json:"what,omitempty" maxLength:"20000" doc:"What was seen, when, and what was done since."`
		Urgent bool   `json:"urgent,omitempty"`
	}
}

// Problem is something that one reported.
type Problem struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	State      string `json:"state" enum:"reported,raised,answered"`
	ReportedAt string `json:"reported_at" format:"date-time"`
	Answer     string `json:"answer,omitempty"`
	Incident   string `json:"incident,omitempty" doc:"What it became."`
}

func problemOf(r *register.Record) Problem {
	return Problem{ID: r.ID, Title: r.Get("title"), State: r.State, ReportedAt: r.Get("reported_at"), Answer: r.Get("answer"), Incident: r.Get("incident")}
}

func reportProblem(ctx context.Context, s *suite.Suite, who access.Actor, in *ProblemIn) (*Problem, error) {
	r, err := s.Desk.Report(ctx, who, in.Body.Title, in.Body.What, in.Body.Urgent)
	if err != nil {
		return nil, err
	}
	out := problemOf(&r)
	return &out, nil
}

// Problems is what one reported, the newest first.
type Problems struct {
	Problems []Problem `json:"problems"`
}

func reportedProblems(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Problems, error) {
	list, err := s.Desk.Mine(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Problems{Problems: []Problem{}}
	for i := range list {
		out.Problems = append(out.Problems, problemOf(&list[i]))
	}
	return out, nil
}

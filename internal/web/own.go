package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/policy"
	"assay/internal/standing"
	"assay/internal/training"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// ownRoutes are the pages of what concerns oneself alone.
func (s *Server) ownRoutes(get, post func(string, handler)) {
	get("/me", s.own)
	get("/me/policies/{id}", s.ownPolicy)
	post("/me/policies/{id}", s.ownAccept)
	get("/me/report", s.reportForm)
	post("/me/report", s.reportProblem)
	get("/me/training/{id}", s.lesson)
	get("/me/training/{id}/{lesson}", s.lesson)
	post("/me/training/{id}/{lesson}", s.lessonAnswer)
}

// own is what somebody who works here has to do, and has done.
func (s *Server) own(r *request) (answer, error) {
	bound, err := s.Suite.Policies.Own(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	courses, err := s.Suite.Training.Mine(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	var v page.MeView
	today := standing.DayOf(r.now, r.loc)
	minutes, last := 0, standing.Date(0)
	due := func(on standing.Date) {
		if last == 0 || on < last {
			last = on
		}
	}
	for i := range courses {
		if m := &courses[i]; m.Word != training.Done {
			v.Todo = append(v.Todo, courseTodo(m, today))
			minutes += m.Minutes
			due(m.DueOn)
		} else {
			v.Done = append(v.Done, courseDone(m))
		}
	}
	accepted := 0
	for i := range bound {
		if o := &bound[i]; o.Word != policy.Accepted {
			v.Todo = append(v.Todo, policyTodo(o, today))
			minutes += reading
			due(o.DueOn)
		} else {
			accepted++
		}
	}
	if accepted > 0 {
		v.Done = append(v.Done, page.MeItem{Badge: view.Badge{State: view.Pass}, Title: plural(accepted, "policy") + " accepted", Text: acceptedList(r, bound)})
	}
	reported, err := s.Suite.Desk.Mine(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	for i := range reported {
		v.Done = append(v.Done, reportDone(r, &reported[i]))
	}
	v.Title = "Hello " + firstName(r.visit.User.Name) + ", nothing is left"
	v.Answer = view.Say("You are done. When something is asked of you, it is here.")
	if n := len(v.Todo); n > 0 {
		v.Title = fmt.Sprintf("Hello %s, %s left", firstName(r.visit.User.Name), plural(n, "thing"))
		v.Answer = view.Text{view.T(fmt.Sprintf("About %s. Finish the first by ", plural(minutes, "minute"))), view.B(dayOf(last)), view.T(".")}
	}
	if len(v.Todo)+len(v.Done) == 0 {
		v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Say("Nothing is asked of you. If that is a surprise, your account may be nobody’s in the register of people: ask a lead to put you there, under the address that you sign in with.")})
	}
	return show(page.Me(s.shell(r, "Your tasks", "me"), v))
}

// reading is how many minutes a policy is said to take.
const reading = 5

func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

func late(on, today standing.Date) view.Badge {
	if on != 0 && today > on {
		return view.Badge{State: view.Fail, Label: "Was due on " + dayOf(on)}
	}
	return view.Badge{State: view.Open}
}

func courseTodo(m *training.Mine, today standing.Date) page.MeItem {
	it := page.MeItem{Badge: late(m.DueOn, today), Title: m.Title, Action: view.Action{Label: "Start", More: " " + m.Title, Href: "/me/training/" + m.Course, Look: view.Primary}}
	n := len(m.Text.Lessons)
	switch {
	case n > 0 && m.Passed > 0:
		it.Action.Label = "Go on"
		it.Text = view.Say(fmt.Sprintf("%d of %d lessons are done, about %s are left. By %s.", m.Passed, n, plural(m.Minutes, "minute"), dayOf(m.DueOn)))
	case n > 0:
		it.Text = view.Say(fmt.Sprintf("%s with questions, about %s. You can stop and go on. By %s.", plural(n, "short lesson"), plural(m.Minutes, "minute"), dayOf(m.DueOn)))
	case m.Link != "":
		it.Text = view.Say("Taken elsewhere; it is written down here when it is complete. By " + dayOf(m.DueOn) + ".")
		it.Action = view.Action{Label: "Open", More: " " + m.Title, Href: m.Link, Look: view.Primary}
	default:
		it.Text = view.Say("Taken elsewhere; whoever asks for it tells you where. By " + dayOf(m.DueOn) + ".")
		it.Action = view.Action{}
	}
	if m.Cause == training.Again {
		it.Text = append(view.Text{view.T("You took it on " + dayOf(m.DoneOn) + "; it is taken again. ")}, it.Text...)
	}
	return it
}

func courseDone(m *training.Mine) page.MeItem {
	text := dayOf(m.DoneOn)
	if m.Score != "" {
		text += " · " + m.Score + " %"
	}
	if m.DueOn != 0 {
		text += " · again by " + dayOf(m.DueOn)
	}
	return page.MeItem{Badge: view.Badge{State: view.Pass}, Title: m.Title, Text: view.Say(text)}
}

func policyTodo(o *policy.Owed, today standing.Date) page.MeItem {
	it := page.MeItem{Badge: late(o.DueOn, today), Title: "Read and accept " + o.Title, Action: view.Action{Label: "Read", More: " " + o.Title, Href: "/me/policies/" + o.Policy, Look: view.Primary}}
	it.Text = view.Say(fmt.Sprintf("Version %d. By %s.", o.Version, dayOf(o.DueOn)))
	if !o.AcceptedAt.IsZero() {
		it.Text = view.Say(fmt.Sprintf("Version %d; you accepted version %d before. By %s.", o.Version, o.AcceptedV, dayOf(o.DueOn)))
	}
	return it
}

// acceptedList leads to the texts that somebody accepted.
func acceptedList(r *request, bound []policy.Owed) (t view.Text) {
	for i := range bound {
		o := &bound[i]
		if o.Word != policy.Accepted {
			continue
		}
		if len(t) > 0 {
			t = append(t, view.T(" · "))
		}
		t = append(t, view.A(o.Title, "/me/policies/"+o.Policy), view.T(", "+r.day(o.AcceptedAt)))
	}
	return t
}

// ownPolicy is the text of a policy that binds the reader.
func (s *Server) ownPolicy(r *request) (answer, error) {
	o, ver, err := s.Suite.Policies.Binding(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v := page.MePolicyView{Title: o.Title, Prose: ver.Text, Answer: view.Say(fmt.Sprintf("Version %d, in force since %s.", o.Version, dayOf(ver.EffectiveOn)))}
	if o.Word == policy.Accepted {
		v.Notices = []view.Notice{{State: view.Pass, Text: view.Say(fmt.Sprintf("You accepted version %d on %s.", o.AcceptedV, r.day(o.AcceptedAt)))}}
	} else {
		state, words := view.Info, "Read the text, then accept it under its end, by "+dayOf(o.DueOn)+"."
		if o.Word == policy.Late {
			state, words = view.Warn, "You were to accept this by "+dayOf(o.DueOn)+". Read it, then accept it under its end."
		}
		v.Notices = []view.Notice{{State: state, Text: view.Say(words)}}
		if ver.Note != "" && o.AcceptedV != 0 {
			v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Text{view.B("What changed: "), view.T(ver.Note)}})
		}
		v.Accept = &view.Form{
			Action: r.URL.Path, Submit: "I have read this and will follow it", Hint: fmt.Sprintf("Version %d, for you alone.", o.Version),
			Hidden: []view.Hidden{{Name: "version", Value: strconv.Itoa(o.Version)}},
		}
	}
	return show(page.MePolicy(s.shell(r, o.Title, "me"), v))
}

func (s *Server) ownAccept(r *request) (answer, error) {
	if err := r.may(access.PolicyAccept); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	n, err := strconv.Atoi(r.text("version"))
	if err != nil {
		return answer{}, fault.New(fault.Conflict, "Open the policy, read it, and accept it under its end.")
	}
	id := strings.ToUpper(r.PathValue("id"))
	if err := s.Suite.Policies.Accept(r.Context(), r.who, id, n); err != nil {
		return answer{}, err
	}
	return s.done(r, "Accepted. Thank you.", "/me")
}

// lesson is a lesson to read, with its questions under it.
func (s *Server) lesson(r *request) (answer, error) {
	p, err := s.Suite.Training.Lesson(r.Context(), r.who, r.PathValue("id"), catalog.LessonID(r.PathValue("lesson")))
	if err != nil {
		return answer{}, err
	}
	return s.showLesson(r, &p, nil)
}

func (s *Server) showLesson(r *request, p *training.Page, refused error) (answer, error) {
	v := lessonView(p)
	_, v.Prose, _ = strings.Cut(p.Body, "\n") // its title is the page's
	switch {
	case p.Owed == nil:
		v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Say("This course is not asked of you. You can read it; nothing is written down.")})
	case p.Owed.Word == training.Done:
		v.Notices = append(v.Notices, view.Notice{State: view.Pass, Text: view.Say("You completed this course on " + dayOf(p.Owed.DoneOn) + ".")})
	default:
		v.Action, v.Version, v.Asks = "/me/training/"+p.Course.ID+"/"+string(p.Lesson.ID), strconv.Itoa(p.Lesson.Version), asks(r, p, refused)
	}
	a := answer{page: page.Lesson(s.shell(r, v.Title, "me"), v)}
	if refused != nil {
		v.Problems = view.Problems{Title: fault.Text(refused)}
		for _, f := range fault.FieldsOf(refused) {
			v.Problems.List = append(v.Problems.List, view.Problem{Field: f.Name, Text: "Question " + strings.TrimPrefix(f.Name, "q") + ": " + f.Text})
		}
		a = answer{page: page.Lesson(s.shell(r, v.Title, "me"), v), status: statusOf(fault.Of(refused))}
	}
	return a, nil
}

func lessonView(p *training.Page) page.LessonView {
	v := page.LessonView{Course: p.Course.Get("title"), Title: p.Lesson.Title}
	passed := 0
	for i, st := range p.Steps {
		step := page.LessonStep{State: view.Open, Title: fmt.Sprintf("%d. %s", i+1, st.Title), Href: "/me/training/" + p.Course.ID + "/" + string(st.ID), Right: plural(st.Minutes, "minute"), Current: st.ID == p.Lesson.ID}
		if st.Passed || p.Owed != nil && p.Owed.Word == training.Done {
			step.State = view.Pass
			passed++
		}
		v.Steps = append(v.Steps, step)
	}
	v.Answer = view.Text{view.T("About " + plural(p.Lesson.Minutes, "minute") + ". "), view.B(fmt.Sprintf("%d of %d lessons", passed, len(p.Steps))), view.T(" are done.")}
	return v
}

func asks(r *request, p *training.Page, refused error) (out []page.LessonAsk) {
	wrong := map[string]string{}
	for _, f := range fault.FieldsOf(refused) {
		wrong[f.Name] = f.Text
	}
	for i, q := range p.Lesson.Questions {
		name := fmt.Sprintf("q%d", i+1)
		ask := page.LessonAsk{Name: name, Ask: fmt.Sprintf("%d. %s", i+1, q.Ask), Error: wrong[name]}
		for _, place := range p.Turned(i) {
			value := strconv.Itoa(place)
			ask.Answers = append(ask.Answers, view.Choice{Value: value, Label: q.Answers[place].Text, Checked: r.typed(name, "") == value})
		}
		out = append(out, ask)
	}
	return out
}

// lessonAnswer takes answers, and shows what is said of each.
func (s *Server) lessonAnswer(r *request) (answer, error) {
	if err := r.may(access.TrainingTake); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id, lesson := r.PathValue("id"), catalog.LessonID(r.PathValue("lesson"))
	p, err := s.Suite.Training.Lesson(r.Context(), r.who, id, lesson)
	if err != nil {
		return answer{}, err
	}
	version, err := strconv.Atoi(r.text("version"))
	if err != nil {
		return answer{}, fault.New(fault.Conflict, "Open the lesson, read it, and answer its questions.")
	}
	answers := make([]int, len(p.Lesson.Questions))
	for i := range answers {
		if answers[i], err = strconv.Atoi(r.text(fmt.Sprintf("q%d", i+1))); err != nil {
			answers[i] = -1
		}
	}
	res, err := s.Suite.Training.Answer(r.Context(), r.who, id, lesson, version, answers)
	if fault.Of(err) == fault.Invalid {
		return s.showLesson(r, &p, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.showResult(r, &p, &res)
}

func (s *Server) showResult(r *request, p *training.Page, res *training.Result) (answer, error) {
	if i := slices.IndexFunc(p.Steps, func(st training.Step) bool { return st.ID == res.Lesson }); res.Passed {
		p.Steps[i].Passed = true
	}
	v := lessonView(p)
	at := "/me/training/" + p.Course.ID + "/"
	said := fmt.Sprintf("%d of %d answers are right", res.Right, res.Asked)
	switch {
	case res.Completed != nil:
		v.Notices = []view.Notice{{State: view.Pass, Text: view.Text{view.B("You completed " + v.Course + "."), view.T(" " + said + " in this lesson. It is written down as " + res.Completed.ID + ".")}}}
		v.Then = []view.Action{{Label: "Your tasks", Href: "/me", Look: view.Primary}}
	case res.Passed:
		v.Notices = []view.Notice{{State: view.Pass, Text: view.Say(said + ". This lesson is done.")}}
		v.Then = []view.Action{{Label: "Next lesson", Href: at + string(res.Next), Look: view.Primary}, {Label: "Stop here", Href: "/me"}}
	default:
		v.Notices = []view.Notice{{State: view.Warn, Text: view.Say(fmt.Sprintf("%s; %d percent have to be. Read what is said of them, then try again.", said, res.Need))}}
		v.Then = []view.Action{{Label: "Read it again", Href: at + string(res.Lesson), Look: view.Primary}, {Label: "Stop here", Href: "/me"}}
	}
	for i, t := range res.Told {
		told := page.LessonTold{Badge: view.Badge{State: view.Pass, Label: "Right"}, Ask: fmt.Sprintf("%d. %s", i+1, t.Ask), Answer: t.Answer, Why: t.Why}
		if !t.Right {
			told.Badge = view.Badge{State: view.Fail, Label: "Not right"}
		}
		v.Told = append(v.Told, told)
	}
	return show(page.Lesson(s.shell(r, v.Title, "me"), v))
}

package engagement

import (
	"slices"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// RequestNoun is the name of the register of requests.
const RequestNoun = "request"

// The states of a request.
const (
	Open          = "open"
	Assigned      = "assigned"
	Submitted     = "submitted"
	InReview      = "in_review"
	Returned      = "returned"
	Claimed       = "claimed" // the organization says that it does not apply
	Accepted      = "accepted"
	NotApplicable = "not_applicable"
	RequestOff    = "withdrawn"
)

// Requests is the register of what the firm asks for in an engagement.
func Requests() register.Declaration {
	return register.Declaration{
		Noun: RequestNoun, Prefix: "RQ", Path: "requests", Title: "Requests", One: "request", Label: "title", Sort: "due_on",
		Parent: Noun, ParentBy: "engagement",
		About: "What the firm asks for: each with the controls that it serves, who answers and by when, the answer, and what the firm said to it.",
		Read:  access.RequestRead, Edit: access.RequestEdit,
		Fields: requestFields(), States: requestStates(), Moves: slices.Concat(answering(), judging()), Settings: requestSettings(),
		Dues: []register.Due{
			{Field: "due_on", Label: "Answer", Ahead: 14, Owner: "assignee", While: toAnswer(), May: access.RequestAnswer},
			{Field: "review_by", Label: "Look at the answer to", Ahead: 30, While: toJudge(), May: access.RequestReview},
		},
		Complete: requestComplete, Check: requestCheck, Held: requestHeld, Starters: library, Badge: requestBadge,
		Sample: register.Values{"title": {"List of people who left in the period"}, "type": {"population"}, "phase": {"fieldwork"}, "due_on": {"2026-12-14"}, "text": {"Everybody whose employment ended in the period, with the last day, from the system of record."}},
	}
}

func toAnswer() []string { return []string{Open, Assigned, Returned} }
func toJudge() []string  { return []string{Submitted, InReview, Claimed} }

func requestTypes() []register.Option {
	return register.Options("document", "document", "population", "population", "sample", "documents of a sample", "configuration", "configuration",
		"observation", "observation", "inquiry", "inquiry", "representation", "representation")
}

func requestFields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	closed := moved("closed_on", "Settled on", "", register.Date)
	returns := moved("returns", "Times returned", "", register.Number)
	evidence := moved("evidence", "Evidence", "Ids of what answers it, with spaces between.", register.Evidence)
	evidence.Many = true
	populations := moved("populations", "Populations", "Ids of those that answer it, captured here.", register.Link)
	populations.Many, populations.To = true, PopulationNoun
	return []register.Field{
		{Name: "title", Label: "Request", Type: register.Text, Required: true, Listed: true, Help: "In a few words.", Also: []string{"item", "request title", "requested item", "evidence request"}},
		{Name: "engagement", Label: "Engagement", Type: register.Link, To: Noun, Required: true, Filter: true},
		{Name: "type", Label: "Kind", Type: register.Choice, Options: requestTypes(), Default: "document", Listed: true, Filter: true, Also: []string{"type", "evidence type"}},
		{Name: "phase", Label: "Phase", Type: register.Choice, Options: register.Options("planning", "planning", "fieldwork", "fieldwork", "reporting", "reporting"), Default: "fieldwork", Filter: true},
		{Name: "section", Label: "Section", Type: register.Text, Also: []string{"area", "category", "domain"}},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Listed: true, Help: "Those that the answer serves to test: ids with spaces between.", Also: []string{"control", "control id", "control ids"}},
		{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true},
		{Name: "assignee", Label: "Who answers", Type: register.Person, Listed: true, Filter: true, Also: []string{"assigned to", "owner", "responsible", "client owner"}},
		{Name: "due_on", Label: "Due", Type: register.Date, Listed: true, Help: "By the settings if empty.", Also: []string{"due date", "due by", "needed by"}},
		{Name: "text", Label: "What is asked", Type: register.Long, Also: []string{"description", "details", "request description"}},
		{Name: "reliability", Label: "What makes the answer one to rely on", Type: register.Long},
		moved("answer", "Answer", "In words, or what the evidence shows and where in it.", register.Long), evidence, populations,
		moved("submitted_on", "Answered on", "", register.Date), moved("review_by", "Look at it by", "", register.Date), closed, returns,
	}
}

func requestStates() []register.State {
	return []register.State{
		{Name: Open, Label: "Open", Tone: register.Begun},
		{Name: Assigned, Label: "Assigned", Tone: register.Begun},
		{Name: Submitted, Label: "Answered", Tone: register.Busy},
		{Name: InReview, Label: "In review", Tone: register.Busy},
		{Name: Returned, Label: "Returned", Tone: register.Care},
		{Name: Claimed, Label: "Said not to apply", Tone: register.Busy},
		{Name: Accepted, Label: "Accepted", Tone: register.Good, Ended: true, Fixed: true},
		{Name: NotApplicable, Label: "Does not apply", Tone: register.Quiet, Ended: true, Fixed: true},
		{Name: RequestOff, Label: "Withdrawn", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func requestSettings() []register.Field {
	return []register.Field{
		{Name: "answer_days", Label: "Days to answer", Type: register.Number, Min: 1, Max: 365, Default: "10", Help: "Where a request names no day."},
		{Name: "review_days", Label: "Days for the firm to look at an answer", Type: register.Number, Min: 1, Max: 365, Default: "5"},
	}
}

// answering are the steps of the organization.
func answering() []register.Move {
	return []register.Move{
		{
			Name: "submit", Label: "Answer", From: toAnswer(), To: Submitted, Permission: access.RequestAnswer,
			Asks: []register.Ask{{Field: "evidence"}, {Field: "populations"}, {Field: "answer"}}, Ready: every(underway, answered), Effect: asSubmitted,
			Help: "By evidence, by a population, in words, or by several of these. The firm accepts it, or returns it with a reason.",
		},
		{
			Name: "assign", Label: "Assign", From: []string{Open, Assigned}, To: Assigned, Permission: access.RequestAssign,
			Asks: []register.Ask{{Field: "assignee", Required: true}, {Field: "due_on"}}, Ready: underway,
		},
		{
			Name: "disclaim", Label: "Say that it does not apply", From: toAnswer(), To: Claimed, Permission: access.RequestAnswer, Why: true, Ready: underway, Effect: asSubmitted,
			Help: "Say why. The firm agrees, or returns it.",
		},
	}
}

// judging are the steps of the firm.
func judging() []register.Move {
	settled := func(r *register.Record, w *register.World) { r.Values.Set("closed_on", w.Today.String()) }
	again := func(r *register.Record, w *register.World) {
		n, _ := r.Int("returns")
		r.Values.Set("returns", strconv.Itoa(n+1))
		r.Values.Set("closed_on", "")
		if r.Date("due_on") < w.Today {
			r.Values.Set("due_on", (w.Today + standing.Date(w.Int("answer_days"))).String())
		}
	}
	return []register.Move{
		{Name: "accept", Label: "Accept the answer", From: []string{Submitted, InReview}, To: Accepted, Permission: access.RequestReview, Effect: settled},
		{Name: "return", Label: "Return", From: toJudge(), To: Returned, Permission: access.RequestReview, Why: true, Effect: again, Help: "Say what is missing. A day that has passed becomes one to come."},
		{Name: "review", Label: "Take it into review", From: []string{Submitted}, To: InReview, Permission: access.RequestReview},
		{Name: "agree", Label: "Agree that it does not apply", From: []string{Claimed}, To: NotApplicable, Permission: access.RequestReview, Effect: settled},
		{Name: "withdraw", Label: "Withdraw", From: slices.Concat(toAnswer(), toJudge()), To: RequestOff, Permission: access.RequestReview, Why: true, Effect: settled},
		{Name: "reopen", Label: "Ask again", From: []string{Accepted, NotApplicable, RequestOff}, To: Returned, Permission: access.RequestReview, Why: true, Ready: underway, Effect: again},
	}
}

// underway sees that the engagement has not ended.
func underway(_ *register.Record, w *register.World) []fault.Field {
	if over(w.Owner) {
		return []fault.Field{{Name: "engagement", Text: w.Owner.ID + " has ended: nothing is asked or answered in it any more."}}
	}
	return nil
}

func over(e *register.Record) bool {
	return e != nil && slices.ContainsFunc(states(), func(s register.State) bool { return s.Name == e.State && s.Ended })
}

// answered sees that there is an answer.
func answered(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("answer") == "" && len(r.List("evidence")) == 0 && len(r.List("populations")) == 0 {
		return []fault.Field{{Name: "answer", Text: "Name evidence or a population, or answer in words."}}
	}
	return nil
}

func asSubmitted(r *register.Record, w *register.World) {
	r.Values.Set("submitted_on", w.Today.String())
	r.Values.Set("review_by", (w.Today + standing.Date(w.Int("review_days"))).String())
}

// requestComplete gives a request its day, and the state that follows from
// whether somebody is named.
func requestComplete(r *register.Record, w *register.World) {
	if r.Date("due_on") == 0 {
		r.Values.Set("due_on", (w.Today + standing.Date(w.Int("answer_days"))).String())
	}
	named := r.Get("assignee") != ""
	switch {
	case r.State == Open && named:
		r.State = Assigned
	case r.State == Assigned && !named:
		r.State = Open
	}
}

// requestCheck sees that nothing is asked in an engagement that has ended.
func requestCheck(r *register.Record, w *register.World) []fault.Field { return underway(r, w) }

// requestHeld keeps what was asked as it was answered.
func requestHeld(r *register.Record) []string {
	if !slices.Contains(toJudge(), r.State) {
		return []string{"engagement"}
	}
	return []string{"engagement", "title", "type", "phase", "section", "controls", "criteria", "text", "reliability"}
}

func requestBadge(r *register.Record, w *register.World) (register.Tone, string) {
	due := r.Date("due_on")
	if !slices.Contains(toAnswer(), r.State) || due >= w.Today {
		return "", ""
	}
	label := "Late since " + due.Start(time.UTC).Format("2 Jan")
	if r.State == Returned {
		label = "Returned, late"
	}
	return register.Bad, label
}

// Progress counts the requests of an engagement.
type Progress struct {
	All      int
	Waiting  int // for the organization
	Late     int // of these
	Judged   int // waiting for the firm
	Settled  int
	Returns  int // answers that were returned, ever
	Open     []Left
	LastDue  standing.Date
	FirstDay standing.Date
}

// Left is how many requests were not settled at the end of a day.
type Left struct {
	Day  standing.Date
	Left int
}

// ProgressOf counts requests, and how many were left on each day from the first
// that was asked to today.
func ProgressOf(list []register.Record, w *register.World) (p Progress) {
	settled := map[standing.Date]int{}
	asked := map[standing.Date]int{}
	for i := range list {
		r := &list[i]
		on := standing.DayOf(r.CreatedAt, w.Zone)
		if p.FirstDay == 0 || on < p.FirstDay {
			p.FirstDay = on
		}
		p.All++
		asked[on]++
		if n, ok := r.Int("returns"); ok {
			p.Returns += n
		}
		p.LastDue = max(p.LastDue, r.Date("due_on"))
		switch {
		case slices.Contains(toAnswer(), r.State):
			p.Waiting++
			if r.Date("due_on") < w.Today {
				p.Late++
			}
		case slices.Contains(toJudge(), r.State):
			p.Judged++
		default:
			p.Settled++
			settled[r.Date("closed_on")]++
		}
	}
	left := 0
	for day := p.FirstDay; p.All > 0 && day <= w.Today; day++ {
		left += asked[day] - settled[day]
		p.Open = append(p.Open, Left{day, left})
	}
	return p
}

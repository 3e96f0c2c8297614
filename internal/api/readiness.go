package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/gap"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/suite"
)

// readinessOperations are those of readiness besides what its registers have.
func readinessOperations() []Operation {
	return []Operation{
		{ID: "readiness.look", Method: get, Path: "/readiness", Permission: access.GapRead, Summary: "Every criterion in scope, rated from what is known today, with the gaps that follow and the day on which a period could begin.", Do: does(readinessLook)},
		{ID: "readiness.take", Method: post, Path: "/readiness/assessments", Permission: access.GapEdit, Summary: "Write an assessment down as things stand now. Refused while a gap is found that the register does not have.", Do: does(readinessTake)},
		{ID: "gap.find", Method: post, Path: "/readiness/gaps", Permission: access.GapEdit, Summary: "Write gaps down that a look finds and the register does not have: those of the keys, or all.", Do: does(gapFind)},
		{ID: "gap.plan", Method: post, Path: "/readiness/plan", Permission: access.GapEdit, Summary: "Give every open gap without a day one: each owner closes theirs one after the other, the heaviest first.", Do: does(gapPlan)},
	}
}

// ReadinessReason is one thing that a rating follows from.
type ReadinessReason struct {
	Cause    string `json:"cause,omitempty" enum:"no_control,no_owner,unwatched,failing,unseen,answered" doc:"Absent: a question has no answer, or the criterion is not relevant."`
	Control  string `json:"control,omitempty"`
	Question string `json:"question,omitempty"`
	Text     string `json:"text"`
}

// ReadinessCriterion is a criterion with its rating.
type ReadinessCriterion struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Rating   string            `json:"rating" enum:"not_met,partly,unknown,met,not_relevant"`
	Works    []string          `json:"works" doc:"Controls that are seen to operate."`
	Asked    int               `json:"asked" doc:"Questions that count."`
	Answered int               `json:"answered"`
	Reasons  []ReadinessReason `json:"reasons"`
}

// FoundGap is a gap that a look found and that the register does not have.
type FoundGap struct {
	Key      string   `json:"key" doc:"By which it is found again."`
	Cause    string   `json:"cause"`
	Title    string   `json:"title"`
	What     string   `json:"what"`
	Weight   string   `json:"weight" enum:"high,medium,low"`
	Effort   string   `json:"effort" enum:"hours,days,weeks" doc:"A guess by the cause."`
	Criteria []string `json:"criteria"`
	Controls []string `json:"controls,omitempty"`
	Owner    string   `json:"owner,omitempty" doc:"Id in the register of people."`
}

// ReadinessLook is where an organization stands before an examination.
type ReadinessLook struct {
	At        time.Time            `json:"at"`
	Program   string               `json:"program"`
	Counts    map[string]int       `json:"counts" doc:"Criteria by rating."`
	Criteria  []ReadinessCriterion `json:"criteria"`
	Found     []FoundGap           `json:"found" doc:"Not in the register of gaps yet."`
	Open      []string             `json:"open" doc:"Ids of the open gaps, by the day on which they are to be closed."`
	Gone      []string             `json:"gone" doc:"Ids of open gaps that are not found any more."`
	Questions []string             `json:"questions" doc:"Ids of questions that count and have no answer."`
	Known     int                  `json:"known" doc:"Questions that nobody has to be asked."`
	StartOn   string               `json:"start_on,omitempty" doc:"The day on which a period could begin; absent while nobody can say."`
	StartWhy  string               `json:"start_why"`
}

func readinessLook(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*ReadinessLook, error) {
	p, err := s.Readiness.Look(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &ReadinessLook{
		At: p.At, Program: p.Program, Counts: map[string]int{}, Criteria: []ReadinessCriterion{}, Found: []FoundGap{},
		Open: idsOf(p.Gaps), Gone: idsOf(p.Gone), Questions: idsOf(p.Asked), Known: p.Known, StartWhy: p.Start.Why,
	}
	if p.Start.On != 0 {
		out.StartOn = p.Start.On.String()
	}
	for _, r := range readiness.Ratings() {
		out.Counts[string(r)] = p.Counts[r]
	}
	for i := range p.Criteria {
		out.Criteria = append(out.Criteria, ratedOf(&p.Criteria[i]))
	}
	for i := range p.Found {
		f := &p.Found[i]
		out.Found = append(out.Found, FoundGap{
			Key: f.Key, Cause: f.Cause, Title: f.Title, What: f.What, Weight: f.Weight, Effort: f.Effort, Criteria: f.Criteria, Controls: f.Controls, Owner: f.Owner,
		})
	}
	return out, nil
}

func ratedOf(c *readiness.Rated) ReadinessCriterion {
	out := ReadinessCriterion{
		ID: string(c.ID), Title: c.Title, Rating: string(c.Rating), Works: append([]string{}, c.Works...), Asked: c.Asked, Answered: c.Answered, Reasons: []ReadinessReason{},
	}
	for i := range c.Reasons {
		r := &c.Reasons[i]
		out.Reasons = append(out.Reasons, ReadinessReason{Cause: r.Cause, Control: r.Control, Question: r.Question, Text: r.Text})
	}
	return out
}

func idsOf(list []register.Record) []string {
	out := make([]string, 0, len(list))
	for i := range list {
		out = append(out, list[i].ID)
	}
	return out
}

// GapFindIn names what is to be written down.
type GapFindIn struct {
	Body struct {
		Keys []string `json:"keys,omitempty" maxItems:"1000" doc:"Of gaps that were found; all if there is none."`
	}
}

// GapsWritten are gaps that were written down or planned.
type GapsWritten struct {
	Gaps []*Record `json:"gaps"`
}

func gapsOf(s *suite.Suite, noun string, list []register.Record, err error) (*GapsWritten, error) {
	if err != nil {
		return nil, err
	}
	d, err := s.Registers.Of(noun)
	if err != nil {
		return nil, err
	}
	out := &GapsWritten{Gaps: []*Record{}}
	for i := range list {
		one, err := registerDoor{d}.answer(&list[i], nil)
		if err != nil {
			return nil, err
		}
		out.Gaps = append(out.Gaps, one)
	}
	return out, nil
}

func gapFind(ctx context.Context, s *suite.Suite, who access.Actor, in *GapFindIn) (*GapsWritten, error) {
	list, err := s.Readiness.Write(ctx, who, in.Body.Keys)
	return gapsOf(s, gap.Noun, list, err)
}

func gapPlan(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*GapsWritten, error) {
	list, err := s.Readiness.Plan(ctx, who)
	return gapsOf(s, gap.Noun, list, err)
}

// ReadinessTakeIn is an assessment that is taken.
type ReadinessTakeIn struct {
	Body struct {
		Title      string `json:"title" minLength:"1" maxLength:"200"`
		Conclusion string `json:"conclusion,omitempty" maxLength:"20000"`
	}
}

func readinessTake(ctx context.Context, s *suite.Suite, who access.Actor, in *ReadinessTakeIn) (*Record, error) {
	d, err := s.Registers.Of(gap.AssessmentNoun)
	if err != nil {
		return nil, err
	}
	r, err := s.Readiness.Take(ctx, who, in.Body.Title, in.Body.Conclusion)
	return registerDoor{d}.answer(&r, err)
}

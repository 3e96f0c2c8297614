package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/rehearsal"
	"assay/internal/standing"
	"assay/internal/suite"
)

// rehearsalOperations are those of rehearsals.
func rehearsalOperations() []Operation {
	return []Operation{
		{ID: "rehearsal.show", Method: get, Path: "/rehearsal", Permission: access.RehearsalRead, Summary: "What a service auditor would write about each control of the current program today, and what can still be prevented. Nothing of it is stored, and no auditor reads it.", Do: does(rehearsalShow)},
	}
}

// RehearsalDeviating is one item that deviates.
type RehearsalDeviating struct {
	Lane     string `json:"lane"`
	Resource string `json:"resource,omitempty" doc:"Of an activity, the day on which it was due."`
	From     string `json:"from"`
	To       string `json:"to" doc:"The last day."`
}

// RehearsalSelection is what a firm would select of an activity's occurrences.
type RehearsalSelection struct {
	Lane     string `json:"lane"`
	Items    int    `json:"items" doc:"Due in the period so far."`
	Selected int    `json:"selected" doc:"By the customary table of sizes."`
	Deviate  int    `json:"deviate" doc:"Of the items."`
	Percent  int    `json:"percent" doc:"Chance that what is selected holds one that deviates."`
}

// RehearsalResult is what an auditor would write about a control.
type RehearsalResult struct {
	Control    string               `json:"control"`
	Title      string               `json:"title"`
	Criteria   []string             `json:"criteria"`
	Owner      string               `json:"owner,omitempty"`
	Verdict    string               `json:"verdict" enum:"exception,untested,not_occurred,no_exception"`
	Wording    string               `json:"wording"`
	Deviating  []RehearsalDeviating `json:"deviating"`
	Selections []RehearsalSelection `json:"selections"`
	Reasons    []string             `json:"reasons" doc:"Why a part cannot be tested."`
	Days       standing.Tally       `json:"days" doc:"Days of the period so far, by how the control stood."`
}

// RehearsalPreventable is what can still be kept from being written.
type RehearsalPreventable struct {
	Control string `json:"control"`
	Title   string `json:"title"`
	What    string `json:"what"`
	By      string `json:"by,omitempty" doc:"The last day; absent: now."`
	More    int    `json:"more" doc:"How often more it is due before the period ends."`
	Owner   string `json:"owner,omitempty"`
}

// RehearsalShow is what an auditor would write today.
type RehearsalShow struct {
	At          time.Time              `json:"at"`
	Program     string                 `json:"program"`
	From        string                 `json:"from"`
	To          string                 `json:"to" doc:"The last day of the period."`
	Counts      map[string]int         `json:"counts" doc:"Controls by verdict."`
	Results     []RehearsalResult      `json:"results" doc:"The worst first."`
	Preventable []RehearsalPreventable `json:"preventable" doc:"What is to be done now first, then by day."`
}

func rehearsalShow(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*RehearsalShow, error) {
	r, err := s.Rehearsals.Show(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &RehearsalShow{
		At: r.At, Program: r.Program, From: r.From.String(), To: (r.To - 1).String(), Counts: map[string]int{}, Results: []RehearsalResult{}, Preventable: []RehearsalPreventable{},
	}
	for _, v := range rehearsal.Verdicts() {
		out.Counts[string(v)] = r.Counts[v]
	}
	for i := range r.Results {
		out.Results = append(out.Results, rehearsed(&r.Results[i]))
	}
	for _, p := range r.Preventable {
		one := RehearsalPreventable{Control: p.Control, Title: p.Title, What: p.What, More: p.More, Owner: p.Owner}
		if p.By != 0 {
			one.By = p.By.String()
		}
		out.Preventable = append(out.Preventable, one)
	}
	return out, nil
}

func rehearsed(r *rehearsal.Result) RehearsalResult {
	out := RehearsalResult{
		Control: r.Control, Title: r.Title, Criteria: append([]string{}, r.Criteria...), Owner: r.Owner, Verdict: string(r.Verdict), Wording: r.Wording,
		Deviating: []RehearsalDeviating{}, Selections: []RehearsalSelection{}, Reasons: append([]string{}, r.Reasons...), Days: r.Days,
	}
	for _, d := range r.Deviating {
		out.Deviating = append(out.Deviating, RehearsalDeviating{Lane: d.Lane, Resource: d.Resource, From: d.From.String(), To: (d.To - 1).String()})
	}
	for _, s := range r.Selections {
		out.Selections = append(out.Selections, RehearsalSelection(s))
	}
	return out
}

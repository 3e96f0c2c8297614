package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/personal"
	"assay/internal/suite"
	"assay/internal/trail"
)

func personalOperations() []Operation {
	return []Operation{
		{ID: "self.kept", Method: get, Path: "/self/kept", Permission: access.SelfEdit, Summary: "What is kept of oneself, without secrets.", Do: does(keptOfSelf)},
		{ID: "user.kept", Method: get, Path: "/users/{id}/kept", Permission: access.UserErase, Summary: "What the organization keeps of somebody who is or was a user, to answer their request. The trail tells that it was asked for.", Do: does(keptOfUser)},
		{ID: "user.former", Method: get, Path: "/former-users", Permission: access.UserErase, Summary: "The users who left and of whom the trail holds a name, whoever left last first.", Do: does(formerUsers)},
		{ID: "user.erase", Method: post, Path: "/former-users/{id}/erase", Permission: access.UserErase, Summary: "Erase a user who left: names and addresses go, what they did stays, and the log stays whole. It cannot be undone.", Do: does(eraseUser)},
		{ID: "retention.show", Method: get, Path: "/retention", Permission: access.UserErase, Summary: "How long names of users who left are kept.", Do: does(showRetention)},
		{ID: "retention.edit", Method: put, Path: "/retention", Permission: access.UserErase, Summary: "Say how long names of users who left are kept.", Do: does(editRetention)},
	}
}

func keptOfSelf(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*personal.File, error) {
	return s.Personal.Kept(ctx, who, who.ID)
}

func keptOfUser(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*personal.File, error) {
	return s.Personal.Kept(ctx, who, in.ID)
}

// FormerUser is somebody who is no member any more.
type FormerUser struct {
	ID     string    `json:"id"`
	Name   string    `json:"name" doc:"The last one that the trail has."`
	LastAt time.Time `json:"last_at" doc:"Of the last entry by them or about them."`
}

// FormerUsers are those of whom the trail holds a name.
type FormerUsers struct {
	Users []FormerUser `json:"users"`
	Next  string       `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func formerUsers(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*FormerUsers, error) {
	list, err := s.Personal.Former(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(f *personal.Former) string { return f.ID })
	out := &FormerUsers{Users: []FormerUser{}, Next: next}
	for i := range part {
		out.Users = append(out.Users, FormerUser{part[i].ID, part[i].Name, part[i].LastAt})
	}
	return out, nil
}

// EraseIn says whom to erase, and why.
type EraseIn struct {
	ID   string `path:"id"`
	Body struct {
		Basis string `json:"basis" enum:"request,retention" doc:"The person asked for it, or the time for which names are kept is over."`
		Why   string `json:"why" maxLength:"2000" doc:"The trail keeps it, without the name."`
	}
}

// Erasure is what an erasure did.
type Erasure struct {
	Entries int  `json:"entries" doc:"Of the trail, that the user was in."`
	Account bool `json:"account" doc:"The account went too: no organization has it as a member."`
}

func eraseUser(ctx context.Context, s *suite.Suite, who access.Actor, in *EraseIn) (*Erasure, error) {
	out, err := s.Personal.Erase(ctx, who, in.ID, trail.Basis(in.Body.Basis), in.Body.Why)
	return &Erasure{out.Entries, out.Account}, err
}

// Retention is how long names are kept.
type Retention struct {
	Months int `json:"months" doc:"After somebody's last entry, 12 to 240; 0: until somebody erases them."`
}

func showRetention(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Retention, error) {
	months, err := s.Personal.Rule(ctx, who)
	return &Retention{months}, err
}

// RetentionIn is how long names are to be kept.
type RetentionIn struct {
	Body Retention
}

func editRetention(ctx context.Context, s *suite.Suite, who access.Actor, in *RetentionIn) (*none, error) {
	return &none{}, s.Personal.SetRule(ctx, who, in.Body.Months)
}

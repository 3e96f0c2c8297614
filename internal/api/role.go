package api

import (
	"context"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/suite"
)

// Role is a role of the organization's own.
type Role struct {
	Name        string     `json:"name"`
	Words       string     `json:"words" doc:"What it is for."`
	Permissions []string   `json:"permissions" doc:"In force; empty until somebody approved it."`
	Waiting     []string   `json:"waiting,omitempty" doc:"Waits for approval; to be sent with it."`
	Author      string     `json:"author" doc:"User who said what it includes."`
	At          time.Time  `json:"at"`
	ApprovedBy  string     `json:"approved_by,omitempty"`
	ApprovedAt  *time.Time `json:"approved_at,omitempty"`
	Members     int        `json:"members"`
}

func roleOf(r *auth.Role) Role {
	return Role{
		string(r.Name), r.Words, append([]string{}, r.Own.List()...), r.Next.List(), r.Author, r.At, r.ApprovedBy, maybe(r.ApprovedAt), r.Members,
	}
}

// Roles are the organization's own roles.
type Roles struct {
	Roles []Role `json:"roles"`
	Next  string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listRoles(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Roles, error) {
	list, err := s.Auth.Roles(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(r *auth.Role) string { return string(r.Name) })
	out := &Roles{Roles: []Role{}, Next: next}
	for i := range part {
		out.Roles = append(out.Roles, roleOf(&part[i]))
	}
	return out, nil
}

// RoleAddIn is a role to be.
type RoleAddIn struct {
	Body struct {
		Name        string   `json:"name" maxLength:"40" doc:"Small letters, digits and hyphens, such as vendor-desk."`
		Words       string   `json:"words" maxLength:"200" doc:"What it is for."`
		Permissions []string `json:"permissions" maxItems:"200" doc:"Such as vendor.read. Seeing the organization and one's own account come with every role."`
	}
}

func addRole(ctx context.Context, s *suite.Suite, who access.Actor, in *RoleAddIn) (*Role, error) {
	r, err := s.Auth.ProposeRole(ctx, who, auth.NewRole{Name: in.Body.Name, Words: in.Body.Words, Permissions: in.Body.Permissions})
	if err != nil {
		return nil, err
	}
	out := roleOf(&r)
	return &out, nil
}

// RoleEditIn is what a role is to include.
type RoleEditIn struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Words       string   `json:"words" maxLength:"200" doc:"What it is for."`
		Permissions []string `json:"permissions" maxItems:"200" doc:"Such as vendor.read. Seeing the organization and one's own account come with every role."`
	}
}

func editRole(ctx context.Context, s *suite.Suite, who access.Actor, in *RoleEditIn) (*Role, error) {
	r, err := s.Auth.Role(ctx, who, access.Role(in.ID))
	if err == nil {
		r, err = s.Auth.ProposeRole(ctx, who, auth.NewRole{Name: in.ID, Words: in.Body.Words, Permissions: in.Body.Permissions})
	}
	if err != nil {
		return nil, err
	}
	out := roleOf(&r)
	return &out, nil
}

// RoleApproveIn is the list that the approver saw.
type RoleApproveIn struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Waiting []string `json:"waiting" maxItems:"200" doc:"As role.list says it, so that nobody approves something else than what they saw."`
	}
}

func approveRole(ctx context.Context, s *suite.Suite, who access.Actor, in *RoleApproveIn) (*Role, error) {
	r, err := s.Auth.ApproveRole(ctx, who, access.Role(in.ID), access.Scope(strings.Join(in.Body.Waiting, " ")))
	if err != nil {
		return nil, err
	}
	out := roleOf(&r)
	return &out, nil
}

func removeRole(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.RemoveRole(ctx, who, access.Role(in.ID))
}

// Power is what a member may do, and why.
type Power struct {
	User        string    `json:"user"`
	Role        string    `json:"role"`
	Since       time.Time `json:"since" doc:"When the member got the role."`
	By          string    `json:"by,omitempty" doc:"Who gave it."`
	Permissions []string  `json:"permissions"`
	Tokens      []Token   `json:"tokens" doc:"That act for the member, and work."`
}

func powerOf(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Power, error) {
	p, err := s.Auth.Power(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &Power{User: p.Member.ID, Role: string(p.Member.Role), Since: p.Since, By: p.By, Permissions: []string{}, Tokens: []Token{}}
	for _, perm := range access.Permissions() {
		if p.May(perm) {
			out.Permissions = append(out.Permissions, string(perm))
		}
	}
	for i := range p.Tokens {
		out.Tokens = append(out.Tokens, tokenOf(&p.Tokens[i], s.Now()))
	}
	return out, nil
}

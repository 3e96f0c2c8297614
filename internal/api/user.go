package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/member"
	"assay/internal/suite"
)

func userOperations() []Operation {
	return []Operation{
		{ID: "user.list", Method: get, Path: "/users", Permission: access.UserList, Summary: "The members of the organization.", Do: does(listUsers)},
		{ID: "user.invite", Method: post, Path: "/invitations", Permission: access.UserInvite, Summary: "Make a link that lets its holder join, once, within seven days.", Do: does(inviteUser)},
		{ID: "user.role", Method: put, Path: "/users/{id}/role", Permission: access.UserEdit, Summary: "Give a member another role.", Do: does(setRole)},
		{ID: "user.until", Method: put, Path: "/users/{id}/until", Permission: access.UserEdit, Summary: "Say when a membership ends by itself, such as one for support; no moment: it does not.", Do: does(setUntil)},
		{ID: "user.link", Method: put, Path: "/users/{id}/person", Permission: access.UserEdit, Summary: "Say which person of the register a member is.", Do: does(linkUser)},
		{ID: "user.end", Method: remove, Path: "/users/{id}/sessions", Permission: access.UserEdit, Summary: "End a member's sessions here.", Do: does(endUser)},
		{ID: "user.remove", Method: remove, Path: "/users/{id}", Permission: access.UserEdit, Summary: "End a membership with its sessions and tokens.", Do: does(removeUser)},
		{ID: "user.import", Method: post, Path: "/invitations/import", Permission: access.UserInvite, MaxBody: member.MostFile, Summary: "Make a link for each row of a CSV file or workbook with the columns name, email, role and until; without apply, say what would be done.", Do: does(importUsers)},
		{ID: "invitation.list", Method: get, Path: "/invitations", Permission: access.UserList, Summary: "Invitations, newest first.", Do: does(listInvitations)},
		{ID: "invitation.revoke", Method: remove, Path: "/invitations/{id}", Permission: access.UserInvite, Summary: "Make a link that was not used useless.", Do: does(revokeInvitation)},
		{ID: "user.power", Method: get, Path: "/users/{id}/permissions", Permission: access.UserList, Summary: "What a member may do, and why: the role, since when, by whom, and the tokens that act for them.", Do: does(powerOf)},
		{ID: "role.list", Method: get, Path: "/roles", Permission: access.OrgRead, Summary: "The organization's own roles, with what waits for approval.", Do: does(listRoles)},
		{ID: "role.add", Method: post, Path: "/roles", Permission: access.RoleEdit, Summary: "Say what a new role of the organization's own includes: no more than oneself holds. It counts once another lead approved it.", Do: does(addRole)},
		{ID: "role.edit", Method: put, Path: "/roles/{id}", Permission: access.RoleEdit, Summary: "Say what a role includes from now on. It counts once another lead approved it.", Do: does(editRole)},
		{ID: "role.approve", Method: post, Path: "/roles/{id}/approve", Permission: access.RoleApprove, Summary: "Approve what another lead says a role includes.", Do: does(approveRole)},
		{ID: "role.remove", Method: remove, Path: "/roles/{id}", Permission: access.RoleEdit, Summary: "Take back what waits of a role, or remove one that nobody has.", Do: does(removeRole)},
	}
}

// User is a member of the organization.
type User struct {
	ID       string     `json:"id"`
	Email    string     `json:"email"`
	Name     string     `json:"name"`
	Role     string     `json:"role"`
	Person   string     `json:"person,omitempty" doc:"Id in the register of people."`
	Password bool       `json:"password" doc:"Has one; without, only a link lets the user in."`
	Second   bool       `json:"second" doc:"Has a second factor: a passkey or an authenticator app."`
	JoinedAt time.Time  `json:"joined_at"`
	LastAt   *time.Time `json:"last_at,omitempty" doc:"When a session last began here."`
	Until    *time.Time `json:"until,omitempty" doc:"When the membership ends by itself."`
	Provider string     `json:"provider,omitempty" doc:"Id of the consent by which a provider's staff are here."`
}

// UsersIn asks for a page of users.
type UsersIn struct{ Page }

// Users is a page of users.
type Users struct {
	Users []User `json:"users"`
	Next  string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listUsers(ctx context.Context, s *suite.Suite, who access.Actor, in *UsersIn) (*Users, error) {
	list, err := s.Auth.Users(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(m *auth.Member) string { return m.ID })
	out := &Users{Users: []User{}, Next: next}
	for i := range part {
		m := &part[i]
		out.Users = append(out.Users, User{
			m.ID, m.Email, m.Name, string(m.Role), m.Person, m.Password, m.Second, m.JoinedAt, maybe(m.LastAt), maybe(m.Until), m.Via,
		})
	}
	return out, nil
}

// InviteIn is a user to be.
type InviteIn struct {
	Body struct {
		Email   string `json:"email" maxLength:"254"`
		Name    string `json:"name" maxLength:"200"`
		Role    string `json:"role" maxLength:"40" doc:"lead, owner, provider, auditor, viewer, employee, or one of the organization's own that is in force."`
		Person  string `json:"person,omitempty" doc:"Id in the register of people."`
		Until   string `json:"until,omitempty" format:"date-time" doc:"When the membership will end by itself."`
		Despite string `json:"despite,omitempty" maxLength:"2000" doc:"Why an auditor counts as independent who works for a provider of the organization."`
	}
}

// Invitation is a link that makes its holder a member.
type Invitation struct {
	ID        string     `json:"id"`
	Email     string     `json:"email"`
	Name      string     `json:"name,omitempty"`
	Role      string     `json:"role"`
	State     string     `json:"state" enum:"pending,accepted,revoked,expired"`
	InvitedBy string     `json:"invited_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	Until     *time.Time `json:"until,omitempty" doc:"When the membership will end by itself."`
	Link      string     `json:"link,omitempty" doc:"Path of the page that takes the invitation; shown once."`
}

func invitationOf(i *auth.Invitation, now time.Time) Invitation {
	return Invitation{
		ID: i.ID, Email: i.Email, Name: i.Name, Role: string(i.Role), State: i.State(now), InvitedBy: i.InvitedBy,
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, Until: maybe(i.Until),
	}
}

func inviteUser(ctx context.Context, s *suite.Suite, who access.Actor, in *InviteIn) (*Invitation, error) {
	b := &in.Body
	until, err := momentIn("until", b.Until)
	if err != nil {
		return nil, err
	}
	inv, secret, err := s.Auth.Invite(ctx, who, auth.New{Email: b.Email, Name: b.Name, Role: access.Role(b.Role), Person: b.Person, Until: until, Despite: b.Despite})
	if err != nil {
		return nil, err
	}
	out := invitationOf(&inv, s.Now())
	out.Link = "/invite/" + secret
	return &out, nil
}

// UsersImportIn is a file of people to invite.
type UsersImportIn struct {
	Apply   bool   `query:"apply" doc:"Do it; without, only say what would be done."`
	RawBody []byte `contentType:"application/octet-stream"`
}

// InvitedRow is what became of one row.
type InvitedRow struct {
	Line    int    `json:"line"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Role    string `json:"role"`
	Outcome string `json:"outcome" enum:"invite,known,refuse"`
	Field   string `json:"field,omitempty" doc:"Which column is wrong; absent if the row is."`
	Why     string `json:"why,omitempty" doc:"Why it is refused, or known."`
	Link    string `json:"link,omitempty" doc:"Path of the page that takes the invitation; shown once."`
}

// UsersImport says what an import of users did, or would do.
type UsersImport struct {
	Applied bool           `json:"applied"`
	Counts  map[string]int `json:"counts" doc:"Rows by outcome."`
	Rows    []InvitedRow   `json:"rows"`
	Ignored []string       `json:"ignored" doc:"Headings that mean nothing here."`
}

func importUsers(ctx context.Context, s *suite.Suite, who access.Actor, in *UsersImportIn) (*UsersImport, error) {
	res, err := member.Invite(ctx, s.Auth, who, in.RawBody, in.Apply)
	if err != nil {
		return nil, err
	}
	out := &UsersImport{Applied: res.Applied, Counts: map[string]int{}, Rows: []InvitedRow{}, Ignored: orNone(res.Ignored)}
	for o, n := range res.Counts {
		out.Counts[string(o)] = n
	}
	for i := range res.Rows {
		r := &res.Rows[i]
		row := InvitedRow{Line: r.Line, Name: r.Name, Email: r.Email, Role: string(r.Role), Outcome: string(r.Outcome), Field: r.Column, Why: r.Why}
		if r.Secret != "" {
			row.Link = "/invite/" + r.Secret
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// Invitations are the invitations of the organization.
type Invitations struct {
	Invitations []Invitation `json:"invitations"`
	Next        string       `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listInvitations(ctx context.Context, s *suite.Suite, who access.Actor, in *UsersIn) (*Invitations, error) {
	list, err := s.Auth.Invitations(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(i *auth.Invitation) string { return i.ID })
	out := &Invitations{Invitations: []Invitation{}, Next: next}
	for i := range part {
		out.Invitations = append(out.Invitations, invitationOf(&part[i], s.Now()))
	}
	return out, nil
}

// ID is the input of an operation on one thing.
type ID struct {
	ID string `path:"id"`
}

func revokeInvitation(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.RevokeInvitation(ctx, who, in.ID)
}

// RoleIn is a member's new role.
type RoleIn struct {
	ID   string `path:"id"`
	Body struct {
		Role    string `json:"role" maxLength:"40" doc:"lead, owner, provider, auditor, viewer, employee, or one of the organization's own that is in force."`
		Despite string `json:"despite,omitempty" maxLength:"2000" doc:"Why an auditor counts as independent who works for a provider of the organization."`
	}
}

func setRole(ctx context.Context, s *suite.Suite, who access.Actor, in *RoleIn) (*none, error) {
	if in.Body.Despite != "" && access.Role(in.Body.Role) == access.RoleAuditor {
		return &none{}, s.Auth.SetAuditor(ctx, who, in.ID, in.Body.Despite)
	}
	return &none{}, s.Auth.SetRole(ctx, who, in.ID, access.Role(in.Body.Role))
}

// UntilIn is when a membership ends by itself.
type UntilIn struct {
	ID   string `path:"id"`
	Body struct {
		Until string `json:"until" doc:"A moment such as 2026-03-31T18:00:00Z; empty: it does not."`
	}
}

func setUntil(ctx context.Context, s *suite.Suite, who access.Actor, in *UntilIn) (*none, error) {
	until, err := momentIn("until", in.Body.Until)
	if err != nil {
		return nil, err
	}
	return &none{}, s.Auth.SetUntil(ctx, who, in.ID, until)
}

// momentIn reads a moment that may be left out.
func momentIn(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		err = fault.Fields("The moment cannot be read.", fault.Field{Name: name, Text: "Give a moment such as 2026-03-31T18:00:00Z."})
	}
	return t, err
}

// LinkIn is the person that a member is.
type LinkIn struct {
	ID   string `path:"id"`
	Body struct {
		Person string `json:"person" doc:"Id in the register; empty for nobody."`
	}
}

func linkUser(ctx context.Context, s *suite.Suite, who access.Actor, in *LinkIn) (*none, error) {
	return &none{}, s.Auth.LinkPerson(ctx, who, in.ID, in.Body.Person)
}

func endUser(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.RevokeUser(ctx, who, in.ID)
}

func removeUser(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.RemoveMember(ctx, who, in.ID)
}

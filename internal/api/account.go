package api

import (
	"context"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/person"
	"assay/internal/suite"
)

func accountOperations() []Operation {
	return []Operation{
		{ID: "account.list", Method: get, Path: "/accounts", Permission: access.AccountRead, Summary: "Every account that connected systems show, and whose it is; those that ask for something first.", Do: does(listAccounts)},
		{ID: "account.show", Method: get, Path: "/accounts/{id}", Permission: access.AccountRead, Summary: "An account with everything that was said of it.", Do: does(showAccount)},
		{ID: "account.confirm", Method: post, Path: "/accounts/{id}/confirm", Permission: access.AccountConfirm, Summary: "Say that an account is a person's.", Do: does(confirmAccount)},
		{ID: "account.declare", Method: post, Path: "/accounts/{id}/declare", Permission: access.AccountDeclare, Summary: "Say that an account is a service's, what it does, and who answers for it.", Do: does(declareAccount)},
		{ID: "account.revoke", Method: post, Path: "/accounts/{id}/revoke", Permission: access.AccountRevoke, Summary: "Take back whose an account is; it is not matched to the same person again by itself.", Do: does(revokeAccount)},
		{ID: "account.match", Method: post, Path: "/accounts/match", Permission: access.AccountMatch, Summary: "Match the accounts that the rules find, by address and by identity provider.", Do: does(matchAccounts)},
	}
}

// Account is an account that a connected system shows.
type Account struct {
	ID         string     `json:"id"`
	Resource   Ref        `json:"resource"`
	System     string     `json:"system" doc:"Title of the kind."`
	Name       string     `json:"name"`
	Email      string     `json:"email,omitempty"`
	State      string     `json:"state" enum:"orphan,matched,service,off,system"`
	Enabled    *bool      `json:"enabled,omitempty" doc:"Absent where it is not known."`
	Admin      *bool      `json:"admin,omitempty" doc:"Absent where it is not known."`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	Possible   bool       `json:"possible,omitempty" doc:"It was not in the newest listing, which is incomplete: it may be gone."`
	Person     string     `json:"person,omitempty" doc:"Id of whose it is, or of who answers for it."`
	PersonName string     `json:"person_name,omitempty"`
	Works      bool       `json:"works" doc:"That person works here today."`
	How        string     `json:"how,omitempty" enum:"address,provider,confirmed,declared"`
	Purpose    string     `json:"purpose,omitempty" doc:"What a service's account does."`
	Since      *time.Time `json:"since,omitempty"`
}

func accountOf(a *account.Listed) Account {
	out := Account{
		ID: a.ID, Resource: refOf(a.Ref), System: a.Title, Name: a.Name, Email: a.Email, State: string(a.State), Enabled: a.Enabled, Admin: a.Admin,
		LastUsedAt: maybe(a.LastUsed), Possible: a.Possible, PersonName: a.PersonName, Works: a.Works,
	}
	if m := a.Match; m != nil {
		out.Person, out.How, out.Purpose, out.Since = m.Person, string(m.How), m.Note, &m.MadeAt
	}
	return out
}

// AccountsIn asks for a page of accounts.
type AccountsIn struct {
	Page
	State  string `query:"state" enum:"orphan,matched,service,off,system"`
	System string `query:"system" doc:"Kind."`
	Person string `query:"person" doc:"Id of whose they are, or of who answers for them."`
	Admin  bool   `query:"admin" doc:"Only those with administrative power."`
	Query  string `query:"q" maxLength:"200" doc:"In name and address."`
}

// Accounts is a page of accounts.
type Accounts struct {
	Accounts   []Account      `json:"accounts"`
	Total      int            `json:"total" doc:"On all pages."`
	Counts     map[string]int `json:"counts" doc:"By state, of every account."`
	Incomplete []string       `json:"incomplete" doc:"Why accounts may be missing."`
	Next       string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listAccounts(ctx context.Context, s *suite.Suite, who access.Actor, in *AccountsIn) (*Accounts, error) {
	l, err := s.Accounts.List(ctx, who, account.Filter{
		State: account.State(in.State), System: in.System, Person: in.Person, Admin: in.Admin, Query: in.Query, After: in.After, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &Accounts{Accounts: []Account{}, Total: l.Total, Counts: map[string]int{}, Incomplete: orNone(l.Incomplete)}
	for i := range l.Accounts {
		out.Accounts = append(out.Accounts, accountOf(&l.Accounts[i]))
	}
	for state, n := range l.Counts {
		out.Counts[string(state)] = n
	}
	if in.Limit > 0 && len(l.Accounts) == in.Limit {
		out.Next = l.Accounts[len(l.Accounts)-1].ID
	}
	return out, nil
}

// AccountMatch is what was once said of an account.
type AccountMatch struct {
	Person  Named      `json:"person"`
	How     string     `json:"how" enum:"address,provider,confirmed,declared"`
	Purpose string     `json:"purpose,omitempty"`
	At      time.Time  `json:"at"`
	By      string     `json:"by"`
	EndedAt *time.Time `json:"ended_at,omitempty" doc:"When it was revoked; absent while it is in force."`
	EndedBy string     `json:"ended_by,omitempty"`
	Why     string     `json:"why,omitempty" doc:"It was revoked."`
}

// AccountDetail is an account with everything that was said of it.
type AccountDetail struct {
	Account
	Matches  []AccountMatch `json:"matches" doc:"That were ever made, newest first."`
	Proposed string         `json:"proposed,omitempty" doc:"Id of the person whom the rules find, where it is nobody's."`
	History  []Act          `json:"history"`
}

func showAccount(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*AccountDetail, error) {
	d, err := s.Accounts.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &AccountDetail{Account: accountOf(&d.Listed), Matches: []AccountMatch{}, Proposed: d.Proposed, History: []Act{}}
	for i := range d.Matches {
		m := &d.Matches[i]
		out.Matches = append(out.Matches, AccountMatch{
			Person: Named{m.Person, d.Names[m.Person]}, How: string(m.How), Purpose: m.Note, At: m.MadeAt, By: m.MadeName,
			EndedAt: maybe(m.EndedAt), EndedBy: m.EndName, Why: m.Why,
		})
	}
	for i := range d.History {
		out.History = append(out.History, actOf(&d.History[i]))
	}
	return out, nil
}

// ConfirmIn says whose an account is.
type ConfirmIn struct {
	ID   string `path:"id"`
	Body struct {
		Person string `json:"person" doc:"Id, or work address."`
	}
}

func confirmAccount(ctx context.Context, s *suite.Suite, who access.Actor, in *ConfirmIn) (*none, error) {
	whose, err := personBy(ctx, s, who, in.Body.Person)
	if err != nil {
		return nil, err
	}
	return &none{}, s.Accounts.Confirm(ctx, who, in.ID, whose)
}

// personBy is a person's id, found by it or by the work address.
func personBy(ctx context.Context, s *suite.Suite, who access.Actor, text string) (string, error) {
	if !strings.Contains(text, "@") {
		return text, nil
	}
	l, err := s.People.List(ctx, who, person.Filter{Query: text})
	if err != nil {
		return "", err
	}
	for i := range l.People {
		if strings.EqualFold(l.People[i].Email, text) {
			return l.People[i].ID, nil
		}
	}
	return text, nil // which is nobody's id
}

// DeclareIn says that an account is a service's.
type DeclareIn struct {
	ID   string `path:"id"`
	Body struct {
		Owner   string `json:"owner" doc:"Id, or work address, of who answers for it."`
		Purpose string `json:"purpose" maxLength:"500" doc:"What it does."`
	}
}

func declareAccount(ctx context.Context, s *suite.Suite, who access.Actor, in *DeclareIn) (*none, error) {
	owner, err := personBy(ctx, s, who, in.Body.Owner)
	if err != nil {
		return nil, err
	}
	return &none{}, s.Accounts.Declare(ctx, who, in.ID, owner, in.Body.Purpose)
}

// RevokeIn takes back whose an account is.
type RevokeIn struct {
	ID   string `path:"id"`
	Body struct {
		Why string `json:"why" maxLength:"500"`
	}
}

func revokeAccount(ctx context.Context, s *suite.Suite, who access.Actor, in *RevokeIn) (*none, error) {
	return &none{}, s.Accounts.Revoke(ctx, who, in.ID, in.Body.Why)
}

// Made counts what was made.
type Made struct {
	Made int `json:"made"`
}

// MatchIn asks for nothing.
type MatchIn struct{}

func matchAccounts(ctx context.Context, s *suite.Suite, who access.Actor, _ *MatchIn) (*Made, error) {
	n, err := s.Accounts.Match(ctx, who)
	return &Made{n}, err
}

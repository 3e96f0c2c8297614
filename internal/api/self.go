package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/suite"
)

func selfOperations() []Operation {
	return []Operation{
		{ID: "self.show", Method: get, Path: "/self", Permission: access.OrgRead, Summary: "Who the caller is, and what they may do.", Do: does(showSelf)},
		{ID: "self.rename", Method: put, Path: "/self/name", Permission: access.SelfEdit, Summary: "Change one's own name.", Do: does(renameSelf)},
		{ID: "session.list", Method: get, Path: "/sessions", Permission: access.SelfEdit, Summary: "One's own signed-in browsers.", Do: does(listSessions)},
		{ID: "session.revoke", Method: remove, Path: "/sessions/{id}", Permission: access.SelfEdit, Summary: "End one of one's own sessions.", Do: does(revokeSession)},
		{ID: "factor.list", Method: get, Path: "/self/factors", Permission: access.SelfEdit, Summary: "What one signs in with besides a password.", Do: does(listFactors)},
		{ID: "token.list", Method: get, Path: "/tokens", Permission: access.TokenEdit, Summary: "One's own API tokens; a lead sees everybody's.", Do: does(listTokens)},
		{ID: "token.add", Method: post, Path: "/tokens", Permission: access.TokenEdit, Summary: "Make an API token. Only a signed-in person can.", Do: does(addToken)},
		{ID: "token.revoke", Method: remove, Path: "/tokens/{id}", Permission: access.TokenEdit, Summary: "End a token: one's own, or anybody's for a lead.", Do: does(revokeToken)},
		{ID: "token.login", Method: post, Path: "/login", Public: true, Summary: "Make an API token with an address and a password, for a command line.", Do: does(loginToken)},
	}
}

// Self is who asks.
type Self struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Role        string   `json:"role"`
	Door        string   `json:"door" enum:"web,api,console,job"`
	Token       string   `json:"token,omitempty" doc:"Id of the API token in use."`
	Org         Org      `json:"org"`
	Permissions []string `json:"permissions"`
}

func showSelf(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Self, error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Self{ID: who.ID, Name: who.Name, Role: string(who.Role), Door: string(who.Door), Org: orgOf(&o), Permissions: []string{}}
	if who.Door == access.DoorAPI {
		out.Token = who.Session
	}
	for _, p := range access.Permissions() {
		if who.Can(p) {
			out.Permissions = append(out.Permissions, string(p))
		}
	}
	return out, nil
}

// NameIn is a new name.
type NameIn struct {
	Body struct {
		Name string `json:"name" maxLength:"200"`
	}
}

func renameSelf(ctx context.Context, s *suite.Suite, who access.Actor, in *NameIn) (*none, error) {
	return &none{}, s.Auth.Rename(ctx, who, in.Body.Name)
}

// Session is one signed-in browser.
type Session struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	LastAt    time.Time `json:"last_at"`
	EndsAt    time.Time `json:"ends_at" doc:"Unless it is used before."`
	Address   string    `json:"address"`
	Agent     string    `json:"agent"`
	Current   bool      `json:"current"`
}

// Sessions are one's own sessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
	Next     string    `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listSessions(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Sessions, error) {
	list, err := s.Auth.Sessions(ctx, who)
	out := &Sessions{Sessions: []Session{}}
	for i := range list {
		v := &list[i]
		out.Sessions = append(out.Sessions, Session{v.ID, v.CreatedAt, v.LastAt, v.EndsAt(), v.Address, v.Agent, v.Current})
	}
	out.Sessions, out.Next = cut(out.Sessions, in.Page, func(s *Session) string { return s.ID })
	return out, err
}

func revokeSession(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.Revoke(ctx, who, in.ID)
}

// Token is an API token. Its secret is shown once, where it is made.
type Token struct {
	ID        string     `json:"id"`
	User      string     `json:"user"`
	UserName  string     `json:"user_name"`
	Name      string     `json:"name" doc:"What it is for."`
	Role      string     `json:"role"`
	State     string     `json:"state" enum:"active,revoked,expired"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	LastAt    *time.Time `json:"last_at,omitempty"`
	Scope     []string   `json:"scope,omitempty" doc:"Permissions, if fewer than the role's."`
	Networks  []string   `json:"networks,omitempty" doc:"Address ranges that it is taken from, if not all."`
	Service   bool       `json:"service,omitempty" doc:"Nobody's own: it outlives the membership of its maker."`
	Secret    string     `json:"secret,omitempty" doc:"Shown once."`
}

func tokenOf(t *auth.Token, now time.Time) Token {
	out := Token{
		Scope: t.Scope.List(), Service: t.Service,
		ID: t.ID, User: t.UserID, UserName: t.UserName, Name: t.Name, Role: string(t.Role), State: t.State(now),
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastAt: maybe(t.LastAt),
	}
	for _, n := range t.Networks {
		out.Networks = append(out.Networks, n.String())
	}
	return out
}

// Tokens are API tokens.
type Tokens struct {
	Tokens []Token `json:"tokens"`
	Next   string  `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listTokens(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Tokens, error) {
	list, err := s.Auth.Tokens(ctx, who)
	out := &Tokens{Tokens: []Token{}}
	for i := range list {
		out.Tokens = append(out.Tokens, tokenOf(&list[i], s.Now()))
	}
	out.Tokens, out.Next = cut(out.Tokens, in.Page, func(t *Token) string { return t.ID })
	return out, err
}

// NewToken is a token to be.
type NewToken struct {
	Name string `json:"name" maxLength:"200" doc:"What it is for."`
	Role string `json:"role,omitempty" maxLength:"40" doc:"At most one's own, which it is if absent."`
	Days int    `json:"days,omitempty" minimum:"1" maximum:"366" doc:"Until it expires; 90 if absent."`

	Scope    []string `json:"scope,omitempty" maxItems:"100" doc:"Permissions, such as control.read, if fewer than the role's."`
	Networks []string `json:"networks,omitempty" maxItems:"20" doc:"Address ranges that it is taken from, such as 192.0.2.0/24, if not all."`
	Service  bool     `json:"service,omitempty" doc:"Nobody's own: it outlives the membership of its maker, reads and brings in, and decides nothing. Its role is not yours to choose."`
}

const tokenDays = 90

func (n *NewToken) of(who access.Actor, now time.Time) auth.NewToken {
	t := auth.NewToken{Name: n.Name, Role: access.Role(n.Role), Scope: n.Scope, Networks: n.Networks, Service: n.Service}
	if t.Role == "" {
		t.Role = who.Role
	}
	days := n.Days
	if days == 0 {
		days = tokenDays
	}
	t.ExpiresAt = now.AddDate(0, 0, days)
	return t
}

// TokenIn is the input of token.add.
type TokenIn struct{ Body NewToken }

func addToken(ctx context.Context, s *suite.Suite, who access.Actor, in *TokenIn) (*Token, error) {
	t, secret, err := s.Auth.AddToken(ctx, who, in.Body.of(who, s.Now()))
	if err != nil {
		return nil, err
	}
	out := tokenOf(&t, s.Now())
	out.Secret = secret
	return &out, nil
}

func revokeToken(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Auth.RevokeToken(ctx, who, in.ID)
}

// LoginIn is the input of token.login.
type LoginIn struct {
	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"64" doc:"Of the authenticator app, or for recovery, where the user has a second factor."`
		Org      string `json:"org,omitempty" doc:"Slug or id; where the user was last if absent."`
		NewToken
	}
}

// loginToken signs in, makes the token and signs out again.
func loginToken(ctx context.Context, s *suite.Suite, _ access.Actor, in *LoginIn) (*Token, error) {
	from := fromOf(ctx)
	o, err := s.Auth.SignIn(ctx, auth.Attempt{Email: in.Body.Email, Password: in.Body.Password, From: from})
	if err == nil && o.Pending != "" {
		if in.Body.Code == "" {
			return nil, fault.Fields("The password is right, and a second factor is asked for.",
				fault.Field{Name: "code", Text: "Give the code of your authenticator app, or a recovery code. With a passkey alone, make a token on the page Your account."})
		}
		o, err = s.Auth.SecondStep(ctx, o.Pending, auth.Proof{Code: in.Body.Code}, from, "")
	}
	if err != nil {
		return nil, err
	}
	t, err := tokenFor(ctx, s, &o, in)
	if out := s.Auth.SignOut(ctx, o.Token, from); err == nil {
		err = out
	}
	return t, err
}

func tokenFor(ctx context.Context, s *suite.Suite, o *auth.Opened, in *LoginIn) (*Token, error) {
	wanted := ""
	if in.Body.Org != "" {
		list, err := s.Orgs.All(ctx)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].ID == in.Body.Org || list[i].Slug == in.Body.Org {
				wanted = list[i].ID
			}
		}
		if wanted == "" {
			return nil, fault.New(fault.NotFound, "You are not a member of an organization %q here.", in.Body.Org)
		}
	}
	who, err := s.Auth.Actor(ctx, o.Token, wanted, fromOf(ctx))
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "You are not a member of an organization %q here.", in.Body.Org)
	}
	if err != nil {
		return nil, err
	}
	return addToken(ctx, s, who, &TokenIn{Body: in.Body.NewToken})
}

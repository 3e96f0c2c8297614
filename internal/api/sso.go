package api

import (
	"cmp"
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/kit/secret"
	"assay/internal/scim"
	"assay/internal/sso"
	"assay/internal/suite"
)

func ssoOperations() []Operation {
	return []Operation{
		{ID: "domain.list", Method: get, Path: "/domains", Permission: access.UserList, Summary: "The domains that the organization says are its own, with the record that verifies each.", Do: does(listDomains)},
		{ID: "domain.add", Method: post, Path: "/domains", Permission: access.SSOEdit, Summary: "Say that a domain is the organization's. It counts once it is verified.", Do: does(addDomain)},
		{ID: "domain.verify", Method: post, Path: "/domains/{id}/verify", Permission: access.SSOEdit, Summary: "Look for the domain's record now.", Do: does(verifyDomain)},
		{ID: "domain.remove", Method: remove, Path: "/domains/{id}", Permission: access.SSOEdit, Summary: "End what identity providers may say of a domain's addresses.", Do: does(removeDomain)},
		{ID: "issuer.list", Method: get, Path: "/issuers", Permission: access.UserList, Summary: "The identity providers that vouch for the organization's people.", Do: does(listIssuers)},
		{ID: "issuer.add", Method: post, Path: "/issuers", Permission: access.SSOEdit, Summary: "Add an identity provider, which is asked what it says of itself. It vouches for whoever added it alone until another lead approved it.", Do: does(addIssuer)},
		{ID: "issuer.edit", Method: put, Path: "/issuers/{id}", Permission: access.SSOEdit, Summary: "Change an identity provider. Another location or client id waits until another lead approved it. Pausing it ends every session that came through it.", Do: does(editIssuer)},
		{ID: "issuer.approve", Method: post, Path: "/issuers/{id}/approve", Permission: access.SSOApprove, Summary: "Approve an identity provider, or the change of one, that another lead made. From now on it vouches for everybody.", Do: does(approveIssuer)},
		{ID: "issuer.withdraw", Method: post, Path: "/issuers/{id}/withdraw", Permission: access.SSOEdit, Summary: "Take back a change of an identity provider that waits for approval.", Do: does(withdrawIssuer)},
		{ID: "group.list", Method: get, Path: "/groups", Permission: access.UserList, Summary: "The groups that the organization's directory told of (SCIM), with the role that each stands for.", Do: does(listGroups)},
		{ID: "group.map", Method: put, Path: "/groups/{id}/role", Permission: access.SSOEdit, Summary: "Say which role a group stands for. Its members have it from the next request on.", Do: does(mapGroup)},
		{ID: "issuer.remove", Method: remove, Path: "/issuers/{id}", Permission: access.SSOEdit, Summary: "Remove an identity provider and end every session that came through it.", Do: does(removeIssuer)},
	}
}

// Domain is a domain that the organization says is its own.
type Domain struct {
	Domain     string     `json:"domain"`
	Verified   bool       `json:"verified"`
	Record     string     `json:"record" doc:"Name of the TXT record that verifies it."`
	Value      string     `json:"value" doc:"What the record says."`
	AddedAt    time.Time  `json:"added_at"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	MissingAt  *time.Time `json:"missing_at,omitempty" doc:"Since when a verified domain's record is gone; after two weeks it is verified no longer."`
}

func domainOf(d *sso.Domain) Domain {
	out := Domain{Domain: d.Name, Verified: d.Verified(), AddedAt: d.AddedAt, VerifiedAt: maybe(d.VerifiedAt), MissingAt: maybe(d.MissingAt)}
	out.Record, out.Value = d.Record()
	return out
}

// Domains are the organization's domains.
type Domains struct {
	Domains []Domain `json:"domains"`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listDomains(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Domains, error) {
	list, err := s.SSO.Domains(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(d *sso.Domain) string { return d.Name })
	out := &Domains{Domains: []Domain{}, Next: next}
	for i := range part {
		out.Domains = append(out.Domains, domainOf(&part[i]))
	}
	return out, nil
}

// DomainIn is a domain to be.
type DomainIn struct {
	Body struct {
		Domain string `json:"domain" maxLength:"254"`
	}
}

func addDomain(ctx context.Context, s *suite.Suite, who access.Actor, in *DomainIn) (*Domain, error) {
	d, err := s.SSO.AddDomain(ctx, who, in.Body.Domain)
	if err != nil {
		return nil, err
	}
	out := domainOf(&d)
	return &out, nil
}

func verifyDomain(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Domain, error) {
	d, err := s.SSO.VerifyDomain(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := domainOf(&d)
	return &out, nil
}

func removeDomain(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.SSO.RemoveDomain(ctx, who, in.ID)
}

// Issuer is an identity provider.
type Issuer struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind" enum:"oidc,saml"`
	Name     string     `json:"name"`
	State    string     `json:"state" enum:"active,paused"`
	Location string     `json:"location" doc:"The issuer, as the provider shows it; SAML: its entity id."`
	Entity   string     `json:"entity,omitempty" doc:"SAML: path of what this installation says of itself; with the origin, its entity id."`
	Client   string     `json:"client,omitempty"`
	Join     string     `json:"join" enum:",owner,viewer,employee" doc:"Role of those who come for the first time; empty: they stay out until invited."`
	Callback string     `json:"callback" doc:"Path of the redirect address to enter at the provider."`
	Begin    string     `json:"begin" doc:"Path that begins a sign-in, for a tile or a bookmark."`
	AddedAt  time.Time  `json:"added_at"`
	LastAt   *time.Time `json:"last_at,omitempty" doc:"When it vouched last."`
	// Approved and what follows say who answers for it.
	Approved   bool         `json:"approved" doc:"If not, it vouches for its author alone."`
	Author     string       `json:"author" doc:"User who said what it is, or what waits; console for the host's."`
	ApprovedBy string       `json:"approved_by,omitempty" doc:"User who approved it; absent if the host's console added it."`
	ApprovedAt *time.Time   `json:"approved_at,omitempty"`
	Waiting    string       `json:"waiting,omitempty" doc:"Names what waits for approval; to be sent with the approval."`
	Next       *IssuerDraft `json:"next,omitempty" doc:"What it becomes once another lead approved it."`
}

// IssuerDraft is what an identity provider is to be.
type IssuerDraft struct {
	Location string    `json:"location"`
	Client   string    `json:"client"`
	At       time.Time `json:"at"`
}

func issuerOf(i *sso.Issuer) Issuer {
	out := Issuer{
		ID: i.ID, Kind: string(i.Kind), Name: i.Name, State: "active", Location: i.Location, Client: i.Client, Join: string(i.Join),
		Callback: i.Callback(), Begin: "/signin/to/" + i.ID, AddedAt: i.AddedAt, LastAt: maybe(i.LastAt),
	}
	if i.Kind == sso.SAML {
		out.Entity = i.Described()
	}
	out.Approved, out.Author, out.ApprovedBy, out.ApprovedAt, out.Waiting = i.Approved(), i.Author(), i.ApprovedBy, maybe(i.ApprovedAt), i.Waiting()
	if i.Next != nil {
		out.Next = &IssuerDraft{i.Next.Location, i.Next.Client, i.Next.At}
	}
	if i.Paused {
		out.State = "paused"
	}
	return out
}

// Issuers are the organization's identity providers.
type Issuers struct {
	Issuers []Issuer `json:"issuers"`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listIssuers(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Issuers, error) {
	list, err := s.SSO.Issuers(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(i *sso.Issuer) string { return i.ID })
	out := &Issuers{Issuers: []Issuer{}, Next: next}
	for i := range part {
		out.Issuers = append(out.Issuers, issuerOf(&part[i]))
	}
	return out, nil
}

// IssuerBody is what an identity provider is to be.
type IssuerBody struct {
	Kind     string `json:"kind,omitempty" enum:"oidc,saml" doc:"oidc if absent. It does not change."`
	Name     string `json:"name" maxLength:"100"`
	Location string `json:"location,omitempty" maxLength:"500" doc:"OpenID Connect: the issuer, such as https://example.okta.com."`
	Client   string `json:"client,omitempty" maxLength:"500" doc:"OpenID Connect: client id."`
	Metadata string `json:"metadata,omitempty" maxLength:"524288" doc:"SAML: what the provider says of itself, XML. Absent when it is added: it is paused until it has some; later: what there is stays."`
	Secret   string `json:"secret,omitempty" maxLength:"2000" doc:"Client secret; absent keeps the one there is."`
	Join     string `json:"join,omitempty" enum:",owner,viewer,employee" doc:"Role of those who come for the first time; empty: they stay out until invited."`
	State    string `json:"state,omitempty" enum:"active,paused" doc:"active if absent."`
}

func (b *IssuerBody) of() sso.New {
	return sso.New{
		Kind: sso.Kind(cmp.Or(b.Kind, string(sso.OIDC))), Metadata: b.Metadata, Name: b.Name, Location: b.Location, Client: b.Client, Secret: secret.NewText(b.Secret), Join: access.Role(b.Join), Paused: b.State == "paused",
	}
}

// IssuerIn is the input of issuer.add.
type IssuerIn struct{ Body IssuerBody }

func addIssuer(ctx context.Context, s *suite.Suite, who access.Actor, in *IssuerIn) (*Issuer, error) {
	i, err := s.SSO.AddIssuer(ctx, who, in.Body.of())
	if err != nil {
		return nil, err
	}
	out := issuerOf(&i)
	return &out, nil
}

// IssuerEditIn is the input of issuer.edit.
type IssuerEditIn struct {
	ID   string `path:"id"`
	Body IssuerBody
}

func editIssuer(ctx context.Context, s *suite.Suite, who access.Actor, in *IssuerEditIn) (*Issuer, error) {
	i, err := s.SSO.EditIssuer(ctx, who, in.ID, in.Body.of())
	if err != nil {
		return nil, err
	}
	out := issuerOf(&i)
	return &out, nil
}

// ApproveIn is the input of issuer.approve.
type ApproveIn struct {
	ID   string `path:"id"`
	Body struct {
		Waiting string `json:"waiting" maxLength:"64" doc:"As issuer.list says it, so that nobody approves something else than what they saw."`
	}
}

func approveIssuer(ctx context.Context, s *suite.Suite, who access.Actor, in *ApproveIn) (*Issuer, error) {
	i, err := s.SSO.ApproveIssuer(ctx, who, in.ID, in.Body.Waiting)
	if err != nil {
		return nil, err
	}
	out := issuerOf(&i)
	return &out, nil
}

func withdrawIssuer(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Issuer, error) {
	i, err := s.SSO.WithdrawIssuer(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := issuerOf(&i)
	return &out, nil
}

func removeIssuer(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.SSO.RemoveIssuer(ctx, who, in.ID)
}

// Group is a group of the organization's directory.
type Group struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Role    string `json:"role" doc:"That it stands for; empty: none."`
	Members int    `json:"members"`
}

// Groups are the groups of the organization's directory.
type Groups struct {
	Groups []Group `json:"groups"`
	Next   string  `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listGroups(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Groups, error) {
	list, err := s.SCIM.Groups(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(g *scim.Group) string { return g.ID })
	out := &Groups{Groups: []Group{}, Next: next}
	for _, g := range part {
		out.Groups = append(out.Groups, Group{g.ID, g.Name, string(g.Role), g.Members})
	}
	return out, nil
}

// GroupIn is the role that a group is to stand for.
type GroupIn struct {
	ID   string `path:"id"`
	Body struct {
		Role string `json:"role" enum:",lead,owner,auditor,viewer,employee" doc:"Empty for none."`
	}
}

func mapGroup(ctx context.Context, s *suite.Suite, who access.Actor, in *GroupIn) (*none, error) {
	return &none{}, s.SCIM.MapGroup(ctx, who, in.ID, access.Role(in.Body.Role))
}

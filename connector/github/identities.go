package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

const identitiesQuery = `query($org: String!, $after: String) { organization(login: $org) { login samlIdentityProvider { externalIdentities(first: 100, after: $after, membersOnly: true) {
  totalCount pageInfo { hasNextPage endCursor } nodes { user { databaseId } samlIdentity { nameId } } } } } }`

// identity is an account of GitHub's with the one at the provider.
type identity struct {
	User *struct {
		ID int64 `json:"databaseId"`
	} `json:"user"`
	SAML *struct {
		Name string `json:"nameId"`
	} `json:"samlIdentity"`
}

type identityPage struct {
	Organization struct {
		Provider *struct {
			Identities struct {
				Total int        `json:"totalCount"`
				Page  cursor     `json:"pageInfo"`
				Nodes []identity `json:"nodes"`
			} `json:"externalIdentities"`
		} `json:"samlIdentityProvider"`
	} `json:"organization"`
}

// identities are the members' accounts at the organization's identity provider.
type identities struct {
	known    bool             // GitHub told whether there is a provider
	provider bool             // there is one
	names    map[int64]string // who an account is there; empty if the provider does not say
}

// withoutEnterprise are the plans that have neither an identity provider of the
// organization's own nor streams of the audit log.
func withoutEnterprise(plan string) bool {
	return slices.Contains([]string{"free", "team", "pro", "developer"}, plan)
}

// readIdentities reads who of the members is linked to an account at the identity
// provider, before the members themselves. What cannot be read is unavailable.
func (c *collection) readIdentities(ctx context.Context, plan string) error {
	c.linked = identities{known: withoutEnterprise(plan)}
	if c.linked.known || c.tape != nil && !c.tape.asked(queryIdentities, "") {
		return nil
	}
	found := identities{names: map[int64]string{}}
	for after, more := any(nil), true; more; {
		p, err := ask[identityPage](ctx, c.api, queryIdentities, identitiesQuery, map[string]any{"org": c.name, "after": after})
		if err != nil {
			c.run.Note(kindOrg, "Whether members sign in through an identity provider could not be read: GitHub shows it to owners, and to apps that read members.")
			return ctx.Err()
		}
		found.known, found.provider = true, p.Organization.Provider != nil
		if !found.provider {
			break
		}
		list := &p.Organization.Provider.Identities
		c.run.Page(queryIdentities, "", len(list.Nodes))
		c.run.Upstream(queryIdentities, list.Total)
		found.take(list.Nodes)
		after, more = list.Page.EndCursor, list.Page.HasNextPage
	}
	c.linked = found
	return nil
}

// take adds those of a page whose account is not gone.
func (i *identities) take(page []identity) {
	for _, n := range page {
		if n.User == nil {
			continue
		}
		i.names[n.User.ID] = ""
		if n.SAML != nil {
			i.names[n.User.ID] = n.SAML.Name
		}
	}
}

// signOn tells of the identity provider, and of where the audit log goes.
func (c *collection) signOn(ctx context.Context, s *sheet, plan string) error {
	if err := c.readIdentities(ctx, plan); err != nil {
		return err
	}
	switch {
	case !c.linked.known:
		s.lose("single_sign_on", "single_sign_on_enforced")
	case c.linked.provider: // nothing in GitHub's answers tells whether it is enforced
		s.set("single_sign_on", true)
		s.lose("single_sign_on_enforced")
	default:
		s.set("single_sign_on", false)
		s.set("single_sign_on_enforced", false)
	}
	return c.streams(ctx, s, plan)
}

// say tells of a member whether it is linked, and by which address where GitHub
// shows no verified one.
func (i *identities) say(s *sheet, member int64) {
	if !i.known {
		s.lose("linked")
		return
	}
	if !i.provider {
		return
	}
	name, ok := i.names[member]
	s.set("linked", ok)
	if !ok || name == "" {
		return
	}
	s.set("provider_name", name)
	if address, err := mail.ParseAddress(name); err == nil && s.fields["email"] == nil && address.Address == name {
		s.set("email", strings.ToLower(name))
	}
}

// stream is one way that the audit log of an enterprise goes elsewhere.
type stream struct {
	ID      int64   `json:"id"`
	Type    string  `json:"stream_type"`
	Enabled bool    `json:"enabled"`
	Paused  *string `json:"paused_at"`
}

// streams counts where the audit log goes. Only an enterprise has any, and GitHub
// tells of them by its name alone.
func (c *collection) streams(ctx context.Context, s *sheet, plan string) error {
	switch {
	case withoutEnterprise(plan):
		s.set("audit_streams", 0)
		return nil
	case c.enterprise == "":
		s.lose("audit_streams")
		if plan == "enterprise" {
			c.run.Note(kindOrg, "Where the audit log goes could not be read: give the name of the enterprise that the organization belongs to.")
		}
		return nil
	}
	on := 0
	err := pages(ctx, c.api, "GET /enterprises/{enterprise}/audit-log/streams", "/enterprises/"+url.PathEscape(c.enterprise)+"/audit-log/streams?per_page=100", func(st *stream) error {
		if st.Enabled && st.Paused == nil {
			on++
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, ok := errors.AsType[*refusal](err); !ok && c.tape == nil {
			return err
		}
		s.lose("audit_streams")
		c.run.Note(kindOrg, "Where the audit log goes could not be read: it takes a classic token of an owner of the enterprise that reads the audit log.")
		return nil
	}
	s.set("audit_streams", on)
	return nil
}

// placeIdentities is which query a recorded page of identities answers, and where it
// goes on: nowhere if there is no provider.
func placeIdentities(provider json.RawMessage) (query string, at cursor, err error) {
	var p struct {
		Identities struct {
			Page cursor `json:"pageInfo"`
		} `json:"externalIdentities"`
	}
	if err := json.Unmarshal(provider, &p); err != nil {
		return "", at, fmt.Errorf("it is not what GitHub's GraphQL API answers: %w", err)
	}
	return queryIdentities, p.Identities.Page, nil
}

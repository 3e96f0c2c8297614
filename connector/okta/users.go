package okta

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

// collection is one reading of the organization.
type collection struct {
	*source
	run *connector.Run
	now time.Time
	api *rest.Client

	supers   map[string]bool // users who are super administrators
	supersOK bool            // they are all known
	streamed *bool           // the system log flows elsewhere; nil when that is not known
}

type user struct {
	ID              string     `json:"id"`
	Status          string     `json:"status"`
	Created         time.Time  `json:"created"`
	Activated       *time.Time `json:"activated"`
	StatusChanged   *time.Time `json:"statusChanged"`
	LastLogin       *time.Time `json:"lastLogin"`
	PasswordChanged *time.Time `json:"passwordChanged"`
	Profile         struct {
		Login string `json:"login"`
		Email string `json:"email"`
		First string `json:"firstName"`
		Last  string `json:"lastName"`
	} `json:"profile"`
	Credentials struct {
		Provider struct {
			Type string `json:"type"`
		} `json:"provider"`
	} `json:"credentials"`
}

const (
	staged      = "STAGED"
	suspended   = "SUSPENDED"
	deactivated = "DEPROVISIONED"
	active      = "ACTIVE"
)

// everybody is a filter that all users pass: without one Okta leaves out those
// who are deactivated.
const everybody = `lastUpdated gt "1970-01-01T00:00:00.000Z"`

// users lists them with their factors and roles.
func (c *collection) users(ctx context.Context) error {
	c.supers, c.supersOK = map[string]bool{}, true
	factors, roles := &rest.Part{Kind: kindUser, What: "Factors"}, &rest.Part{Kind: kindUser, What: "Administrators' roles"}
	seen := map[string]bool{}
	k := rest.Call{
		Name: "GET /api/v1/users", Scope: scopeUsers,
		URL: c.address("/api/v1/users?" + url.Values{"filter": {everybody}, "limit": {"200"}}.Encode()),
	}
	err := rest.Pages(ctx, c.api, k, rest.Array[user], func(u *user) error {
		if seen[u.ID] {
			return nil
		}
		seen[u.ID] = true
		s := u.sheet()
		if err := c.factorsOf(ctx, s, u, factors); err != nil {
			return err
		}
		if err := c.rolesOf(ctx, s, u, roles); err != nil {
			return err
		}
		if n := len(seen); n%1000 == 0 {
			c.run.Say(fmt.Sprintf("Reading users: %d; each thousand takes 2,000 calls%s", n, c.api.Pace.Words(2000)))
		}
		return c.api.Put(ctx, kindUser, u.ID, s)
	})
	if err != nil {
		c.supersOK = false
		return c.api.Broke(ctx, "Users", err, kindUser)
	}
	c.supersOK = !roles.Lost
	c.run.Complete(kindUser)
	return nil
}

func (u *user) sheet() *rest.Sheet {
	s := rest.NewSheet()
	s.Set("login", u.Profile.Login)
	s.Text("email", strings.ToLower(strings.TrimSpace(u.Profile.Email)))
	s.Text("name", strings.TrimSpace(u.Profile.First+" "+u.Profile.Last))
	s.Set("status", u.Status)
	s.Set("enabled", u.Status != staged && u.Status != suspended && u.Status != deactivated)
	s.Set("created_at", u.Created)
	rest.May(s, "activated_at", u.Activated)
	rest.May(s, "status_changed_at", u.StatusChanged)
	rest.May(s, "password_changed_at", u.PasswordChanged)
	rest.May(s, "last_used_at", u.LastLogin)
	s.Text("provider", u.Credentials.Provider.Type)
	return s
}

type factor struct {
	Type     string `json:"factorType"`
	Provider string `json:"provider"`
	Status   string `json:"status"`
}

// What kinds of factors there are. Others are not known.
var (
	phishingResistant = []string{"webauthn", "u2f", "signed_nonce"}
	strongFactors     = slices.Concat(phishingResistant, []string{"push", "token", "token:hardware", "token:hotp", "token:software:totp", "hotp", "web"})
	weakFactors       = []string{"sms", "call"}
	noFactors         = []string{"question", "email", "password"}
)

func (c *collection) factorsOf(ctx context.Context, s *rest.Sheet, u *user, p *rest.Part) error {
	list, known := []factor(nil), true
	if u.Status != deactivated {
		var err error
		list, known, err = rest.About(ctx, c.api, p, rest.Array[factor], rest.Call{
			Name: "GET /api/v1/users/{id}/factors", Scope: scopeUsers, URL: c.address("/api/v1/users/" + url.PathEscape(u.ID) + "/factors"),
		})
		if err != nil {
			return err
		}
	}
	if !known {
		s.Lose("factors", "second_factor", "strong_factor", "phishing_resistant")
		return nil
	}
	slices.SortFunc(list, func(a, b factor) int { return strings.Compare(a.Type+" "+a.Provider, b.Type+" "+b.Provider) })
	out := []any{}
	var second, strong, resistant, strange bool
	for _, f := range list {
		out = append(out, map[string]any{"type": f.Type, "provider": f.Provider, "active": f.Status == active})
		if f.Status != active {
			continue
		}
		is := func(types []string) bool { return slices.Contains(types, f.Type) }
		second = second || is(strongFactors) || is(weakFactors)
		strong = strong || is(strongFactors)
		resistant = resistant || is(phishingResistant)
		strange = strange || !is(strongFactors) && !is(weakFactors) && !is(noFactors)
	}
	s.Set("factors", out)
	for name, has := range map[string]bool{"second_factor": second, "strong_factor": strong, "phishing_resistant": resistant} {
		if !has && strange { // it may be one
			s.Lose(name)
		} else {
			s.Set(name, has)
		}
	}
	return nil
}

type role struct {
	Type   string `json:"type"`
	Label  string `json:"label"`
	Status string `json:"status"`
}

// reading are the roles that change nothing.
var reading = []string{"READ_ONLY_ADMIN", "REPORT_ADMIN"}

func (c *collection) rolesOf(ctx context.Context, s *rest.Sheet, u *user, p *rest.Part) error {
	list, known := []role(nil), true
	if u.Status != deactivated {
		var err error
		list, known, err = rest.About(ctx, c.api, p, rest.Array[role], rest.Call{
			Name: "GET /api/v1/users/{id}/roles", Scope: scopeRoles, URL: c.address("/api/v1/users/" + url.PathEscape(u.ID) + "/roles"),
		})
		if err != nil {
			return err
		}
	}
	if !known {
		s.Lose("roles", "admin", "super_admin")
		return nil
	}
	roles, admin, super := []string{}, false, false
	for _, r := range list {
		if r.Status != "" && r.Status != active {
			continue
		}
		name := r.Type
		if r.Type == "CUSTOM" {
			name += " " + r.Label
		}
		roles = append(roles, name)
		admin = admin || !slices.Contains(reading, r.Type)
		super = super || r.Type == "SUPER_ADMIN"
	}
	slices.Sort(roles)
	s.Set("roles", slices.Compact(roles))
	s.Set("admin", admin)
	s.Set("super_admin", super)
	if super {
		c.supers[u.ID] = true
	}
	return nil
}

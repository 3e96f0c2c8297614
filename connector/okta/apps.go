package okta

import (
	"context"
	"net/url"
	"path"
	"time"

	"assay/connector/rest"
)

type app struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Label   string    `json:"label"`
	Status  string    `json:"status"`
	Mode    string    `json:"signOnMode"`
	Created time.Time `json:"created"`
	Links   struct {
		Policy struct {
			Href string `json:"href"`
		} `json:"accessPolicy"`
	} `json:"_links"`
}

// apps reads each with what its policy asks and who may use it.
func (c *collection) apps(ctx context.Context) error {
	var apps []app
	seen := map[string]bool{}
	rules := map[string]*asked{}
	k := rest.Call{Name: "GET /api/v1/apps", Scope: scopeApps, URL: c.address("/api/v1/apps?limit=200")}
	err := rest.Pages(ctx, c.api, k, rest.Array[app], func(a *app) error {
		if seen[a.ID] {
			return nil
		}
		seen[a.ID] = true
		apps = append(apps, *a)
		s := rest.NewSheet()
		s.Set("label", a.Label)
		s.Set("name", a.Name)
		s.Set("active", a.Status == active)
		s.Set("sign_on_mode", a.Mode)
		s.Set("created_at", a.Created)
		if err := c.policyOf(ctx, s, a, rules); err != nil {
			return err
		}
		return c.api.Put(ctx, kindApp, a.ID, s)
	})
	if err != nil {
		if err := c.api.Broke(ctx, "Applications", err, kindApp, kindAssignment); err != nil {
			return err
		}
	}
	c.run.Complete(kindApp)
	return c.assignments(ctx, apps)
}

// asked is what a policy's rules ask, read once for all its applications.
type asked struct {
	rules     []any
	mfa, safe *bool // nil where a rule that counts is not known
	err       error
}

// policyOf fills in what the application's policy asks.
func (c *collection) policyOf(ctx context.Context, s *rest.Sheet, a *app, known map[string]*asked) error {
	policyID := path.Base(a.Links.Policy.Href)
	if a.Links.Policy.Href == "" || !word.MatchString(policyID) {
		s.Lose("policy", "rules", "requires_mfa", "phishing_resistant")
		c.run.Note(kindApp, "Okta names no policy for some applications: the Classic Engine has none in the API, and what they ask is unavailable.")
		return nil
	}
	s.Set("policy", policyID)
	x := known[policyID]
	if x == nil {
		x = &asked{}
		known[policyID] = x
		var rules []rule
		if rules, x.err = c.rulesOf(ctx, policyID); x.err == nil {
			x.sum(rules)
		}
	}
	if x.err != nil {
		if ours := rest.Ours(ctx, x.err); ours != nil {
			return ours
		}
		s.Lose("rules", "requires_mfa", "phishing_resistant")
		c.run.Note(kindApp, "What some applications ask could not be read: "+rest.Sentence(x.err))
		return nil
	}
	s.Set("rules", x.rules)
	rest.Known(s, "requires_mfa", x.mfa)
	rest.Known(s, "phishing_resistant", x.safe)
	return nil
}

// sum reads the rules: the weakest that lets somebody in counts.
func (x *asked) sum(rules []rule) {
	x.rules = []any{}
	mfa, safe := all{yes: true}, all{yes: true}
	for i := range rules {
		r := &rules[i]
		on := r.Status == active
		allows := r.Actions.App == nil || r.Actions.App.Access != "DENY"
		out := map[string]any{"name": r.Name, "priority": r.Priority, "active": on, "allows": allows}
		var two, resists *bool
		if r.Actions.App != nil && r.Actions.App.Method != nil {
			two, resists = r.Actions.App.Method.twoFactors(), r.Actions.App.Method.resists()
		}
		if allows {
			if two != nil {
				out["requires_mfa"] = *two
			}
			if resists != nil {
				out["phishing_resistant"] = *resists
			}
		}
		if on && allows {
			mfa.and(two)
			safe.and(resists)
		}
		x.rules = append(x.rules, out)
	}
	x.mfa, x.safe = mfa.told(), safe.told()
}

// all is a conjunction of what may not be known: one no decides.
type all struct{ yes, strange, no bool }

func (a *all) and(v *bool) {
	switch {
	case v == nil:
		a.strange = true
	case !*v:
		a.no = true
	}
}

func (a *all) told() *bool {
	if a.strange && !a.no {
		return nil
	}
	v := a.yes && !a.no
	return &v
}

// method is how a rule of an application verifies somebody.
type method struct {
	Type        string `json:"type"`
	Mode        string `json:"factorMode"`
	Constraints []struct {
		Possession *struct {
			Resistant string `json:"phishingResistant"`
		} `json:"possession"`
	} `json:"constraints"`
	Chains []chain `json:"chains"`
}

// chain is a step of a chain of methods, with those that may follow.
type chain struct {
	Methods []struct {
		Resistant string `json:"phishingResistant"`
	} `json:"authenticationMethods"`
	Next []chain `json:"next"`
}

const demanded = "REQUIRED"

// twoFactors reports that two factors are asked, or nil for a method that is
// not known.
func (m *method) twoFactors() *bool {
	switch m.Type {
	case "ASSURANCE":
		return new(m.Mode == "2FA")
	case "AUTH_METHOD_CHAIN":
		for i := range m.Chains {
			if len(m.Chains[i].Next) == 0 {
				return new(false)
			}
		}
		return new(len(m.Chains) > 0)
	}
	return nil
}

// resists reports that every way through asks for a factor that a false page
// cannot use. One of several constraints is enough for Okta, so all must ask it.
func (m *method) resists() *bool {
	switch m.Type {
	case "ASSURANCE":
		for _, one := range m.Constraints {
			if one.Possession == nil || one.Possession.Resistant != demanded {
				return new(false)
			}
		}
		return new(len(m.Constraints) > 0)
	case "AUTH_METHOD_CHAIN":
		for i := range m.Chains {
			if !m.Chains[i].resists(deepest) {
				return new(false)
			}
		}
		return new(len(m.Chains) > 0)
	}
	return nil
}

// deepest is how many steps of a chain are followed; Okta allows three.
const deepest = 10

func (c *chain) resists(depth int) bool {
	here := len(c.Methods) > 0
	for _, one := range c.Methods {
		here = here && one.Resistant == demanded
	}
	if here || len(c.Next) == 0 || depth == 0 {
		return here
	}
	for i := range c.Next {
		if !c.Next[i].resists(depth - 1) {
			return false
		}
	}
	return true
}

// assignments reads who may use each application.
func (c *collection) assignments(ctx context.Context, apps []app) error {
	type appUser struct {
		ID      string    `json:"id"`
		Scope   string    `json:"scope"`
		Status  string    `json:"status"`
		Created time.Time `json:"created"`
	}
	for i := range apps {
		a := &apps[i]
		seen := map[string]bool{}
		k := rest.Call{Name: "GET /api/v1/apps/{id}/users", Scope: scopeApps, URL: c.address("/api/v1/apps/" + url.PathEscape(a.ID) + "/users?limit=500")}
		err := rest.Pages(ctx, c.api, k, rest.Array[appUser], func(u *appUser) error {
			if seen[u.ID] {
				return nil
			}
			seen[u.ID] = true
			s := rest.NewSheet()
			s.Set("name", a.Label)
			s.Set("app", a.ID)
			s.Set("user", u.ID)
			if u.Scope == "USER" || u.Scope == "GROUP" {
				s.Set("scope", u.Scope)
			} else {
				s.Lose("scope")
			}
			s.Text("status", u.Status)
			s.Set("created_at", u.Created)
			return c.api.Put(ctx, kindAssignment, a.ID+"/"+u.ID, s)
		})
		if err != nil && rest.Status(err) == 404 {
			continue // deleted while the list was read
		}
		if err != nil {
			return c.api.Broke(ctx, "Who may use "+a.Label, err, kindAssignment)
		}
	}
	c.run.Complete(kindAssignment)
	return nil
}

package okta

import (
	"context"
	"net/url"
	"slices"

	"assay/connector/rest"
)

type policy struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Status   string `json:"status"`
	Settings struct {
		Password *struct {
			Complexity struct {
				MinLength   *int     `json:"minLength"`
				ExcludeName *bool    `json:"excludeUsername"`
				Excludes    []string `json:"excludeAttributes"`
				Dictionary  *struct {
					Common struct {
						Exclude bool `json:"exclude"`
					} `json:"common"`
				} `json:"dictionary"`
			} `json:"complexity"`
			Age struct {
				History *int `json:"historyCount"`
				MaxDays *int `json:"maxAgeDays"`
			} `json:"age"`
			Lockout struct {
				MaxAttempts *int `json:"maxAttempts"`
			} `json:"lockout"`
		} `json:"password"`
		Authenticators *[]struct {
			Key    string `json:"key"`
			Enroll enroll `json:"enroll"`
		} `json:"authenticators"`
		Factors *map[string]struct {
			Enroll enroll `json:"enroll"`
		} `json:"factors"`
	} `json:"settings"`
}

type enroll struct {
	Self string `json:"self"`
}

// policies reads those of sessions, passwords and enrolment, and authenticators.
func (c *collection) policies(ctx context.Context) error {
	for _, step := range []struct {
		what, kind, ofType string
		each               func(context.Context, *policy) error
	}{
		{"Policies of sessions", kindSession, "OKTA_SIGN_ON", c.sessionRules},
		{"Policies of passwords", kindPassword, "PASSWORD", c.passwordPolicy},
		{"Policies of enrolment", kindEnrollment, "MFA_ENROLL", c.enrollmentPolicy},
	} {
		err := c.listPolicies(ctx, step.ofType, func(p *policy) error { return step.each(ctx, p) })
		if err != nil {
			if err := c.api.Broke(ctx, step.what, err, step.kind); err != nil {
				return err
			}
			continue
		}
		c.run.Complete(step.kind)
	}
	return c.authenticators(ctx)
}

func (c *collection) listPolicies(ctx context.Context, ofType string, each func(*policy) error) error {
	seen := map[string]bool{}
	return rest.Pages(ctx, c.api, rest.Call{
		Name: "GET /api/v1/policies?type=" + ofType, Scope: scopePolicies, URL: c.address("/api/v1/policies?type=" + ofType),
	}, rest.Array[policy], func(p *policy) error {
		if seen[p.ID] {
			return nil
		}
		seen[p.ID] = true
		return each(p)
	})
}

type rule struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Priority int    `json:"priority"`
	Status   string `json:"status"`
	Actions  struct {
		Session *struct {
			Access     string `json:"access"`
			MFA        bool   `json:"requireFactor"`
			PromptMode string `json:"factorPromptMode"`
			Session    struct {
				Idle       *int  `json:"maxSessionIdleMinutes"`
				Lifetime   *int  `json:"maxSessionLifetimeMinutes"`
				Persistent *bool `json:"usePersistentCookie"`
			} `json:"session"`
		} `json:"signon"`
		App *struct {
			Access string  `json:"access"`
			Method *method `json:"verificationMethod"`
		} `json:"appSignOn"`
	} `json:"actions"`
}

func (c *collection) rulesOf(ctx context.Context, policyID string) (rules []rule, err error) {
	err = rest.Pages(ctx, c.api, rest.Call{
		Name: "GET /api/v1/policies/{id}/rules", Scope: scopePolicies, URL: c.address("/api/v1/policies/" + url.PathEscape(policyID) + "/rules"),
	}, rest.Array[rule], func(r *rule) error {
		rules = append(rules, *r)
		return nil
	})
	slices.SortStableFunc(rules, func(a, b rule) int { return a.Priority - b.Priority })
	return rules, err
}

// sessionRules tells of the rules of one policy.
func (c *collection) sessionRules(ctx context.Context, p *policy) error {
	rules, err := c.rulesOf(ctx, p.ID)
	if err != nil {
		return err
	}
	for i := range rules {
		r := &rules[i]
		s := rest.NewSheet()
		s.Set("name", p.Name+" / "+r.Name)
		s.Set("policy", p.ID)
		s.Set("active", p.Status == active && r.Status == active)
		if x := r.Actions.Session; x == nil {
			s.Lose("allows", "requires_mfa", "idle_minutes", "lifetime_minutes", "persistent")
		} else {
			s.Set("allows", x.Access != "DENY")
			s.Set("requires_mfa", x.MFA)
			if x.MFA {
				s.Text("prompt", x.PromptMode)
			}
			rest.Known(s, "idle_minutes", x.Session.Idle)
			rest.Known(s, "lifetime_minutes", x.Session.Lifetime)
			rest.Known(s, "persistent", x.Session.Persistent)
		}
		if err := c.api.Put(ctx, kindSession, r.ID, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) passwordPolicy(ctx context.Context, p *policy) error {
	s := rest.NewSheet()
	s.Set("name", p.Name)
	s.Set("active", p.Status == active)
	x := p.Settings.Password
	if x == nil {
		s.Lose("min_length", "history", "max_attempts", "max_age_days", "common_refused", "name_refused")
		return c.api.Put(ctx, kindPassword, p.ID, s)
	}
	rest.Known(s, "min_length", x.Complexity.MinLength)
	rest.Known(s, "history", x.Age.History)
	rest.Known(s, "max_attempts", x.Lockout.MaxAttempts)
	rest.Known(s, "max_age_days", x.Age.MaxDays)
	s.Set("common_refused", x.Complexity.Dictionary != nil && x.Complexity.Dictionary.Common.Exclude)
	rest.Known(s, "name_refused", x.Complexity.ExcludeName)
	return c.api.Put(ctx, kindPassword, p.ID, s)
}

// enrollmentPolicy tells what must and what may be enrolled: the Identity Engine
// lists authenticators, the Classic Engine factors.
func (c *collection) enrollmentPolicy(ctx context.Context, p *policy) error {
	s := rest.NewSheet()
	s.Set("name", p.Name)
	s.Set("active", p.Status == active)
	required, optional, told := []string{}, []string{}, false
	add := func(key, self string) {
		told = true
		switch self {
		case "REQUIRED":
			required = append(required, key)
		case "OPTIONAL":
			optional = append(optional, key)
		}
	}
	if list := p.Settings.Authenticators; list != nil {
		for _, a := range *list {
			add(a.Key, a.Enroll.Self)
		}
	}
	if list := p.Settings.Factors; list != nil {
		for key, f := range *list {
			add(key, f.Enroll.Self)
		}
	}
	if !told {
		s.Lose("required", "optional")
		return c.api.Put(ctx, kindEnrollment, p.ID, s)
	}
	slices.Sort(required)
	slices.Sort(optional)
	s.Set("required", required)
	s.Set("optional", optional)
	return c.api.Put(ctx, kindEnrollment, p.ID, s)
}

func (c *collection) authenticators(ctx context.Context) error {
	type authenticator struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Name   string `json:"name"`
		Type   string `json:"type"`
		Status string `json:"status"`
	}
	k := rest.Call{Name: "GET /api/v1/authenticators", Scope: scopeAuthenticators, URL: c.address("/api/v1/authenticators")}
	err := rest.Pages(ctx, c.api, k, rest.Array[authenticator], func(a *authenticator) error {
		s := rest.NewSheet()
		s.Set("name", a.Name)
		s.Set("key", a.Key)
		s.Set("type", a.Type)
		s.Set("active", a.Status == active)
		return c.api.Put(ctx, kindAuthenticator, a.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "Authenticators", err, kindAuthenticator)
	}
	c.run.Complete(kindAuthenticator)
	return nil
}

package googleworkspace

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

// activity is one entry of a report, with what happened in it.
type activity struct {
	ID struct {
		Time   time.Time `json:"time"`
		Unique string    `json:"uniqueQualifier"`
	} `json:"id"`
	Actor struct {
		ID    string `json:"profileId"`
		Email string `json:"email"`
	} `json:"actor"`
	Events []happening `json:"events"`
}

type happening struct {
	Type       string `json:"type"`
	Name       string `json:"name"`
	Parameters []struct {
		Name   string   `json:"name"`
		Value  string   `json:"value"`
		Bool   *bool    `json:"boolValue"`
		Values []string `json:"multiValue"`
	} `json:"parameters"`
}

func (h *happening) text(name string) string {
	for _, p := range h.Parameters {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

func (h *happening) list(name string) []string {
	for _, p := range h.Parameters {
		if p.Name == name {
			if len(p.Values) == 0 && p.Value != "" {
				return []string{p.Value}
			}
			return p.Values
		}
	}
	return nil
}

func (h *happening) flag(name string) *bool {
	for _, p := range h.Parameters {
		if p.Name == name {
			return p.Bool
		}
	}
	return nil
}

func (c *collection) signIns(ctx context.Context) error {
	return c.report(ctx, "Sign-ins", kindSignIn, "login", nil, func(s *rest.Sheet, h *happening) {
		switch h.Name {
		case "login_success":
			s.Set("succeeded", true)
		case "login_failure", "account_disabled_password_leak":
			s.Set("succeeded", false)
		}
		s.Text("method", h.text("login_type"))
		rest.May(s, "suspicious", h.flag("is_suspicious"))
	})
}

func (c *collection) administration(ctx context.Context) error {
	return c.report(ctx, "Administration", kindAdmin, "admin", nil, func(s *rest.Sheet, h *happening) {
		s.Set("area", h.Type)
		s.Text("target", strings.ToLower(h.text("USER_EMAIL")))
		s.Text("group", strings.ToLower(h.text("GROUP_EMAIL")))
		s.Text("role", h.text("ROLE_NAME"))
		s.Text("setting", h.text("SETTING_NAME"))
	})
}

// letIn reads when applications were let in and put out; what they do in
// between is not asked for.
func (c *collection) letIn(ctx context.Context) error {
	return c.report(ctx, "Applications let in", kindLetIn, "token", []string{"authorize", "revoke"}, func(s *rest.Sheet, h *happening) {
		s.Set("client", h.text("client_id"))
		s.Text("name", h.text("app_name"))
		scopes := slices.Sorted(slices.Values(h.list("scope")))
		s.Set("scopes", rest.Strings(slices.Compact(scopes)))
	})
}

const (
	kept   = 180 * 24 * time.Hour // how long Google keeps the reports
	lately = 72 * time.Hour       // how long before the end of what was listed it is listed again, for what came late
)

// span is what is listed: the period as far as Google keeps it, and of that only
// what earlier collections did not list.
func (c *collection) span(kind string) (from, to time.Time) {
	from, to = c.env.Period.From, c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	if oldest := c.now.Add(-kept); from.Before(oldest) {
		from = oldest
	}
	if until := c.run.CoveredSince(kind, from); !until.IsZero() && until.Add(-lately).After(from) {
		from = until.Add(-lately)
	}
	return from, to
}

// report reads one application's, or its events of some names.
func (c *collection) report(ctx context.Context, what, kind, application string, names []string, fill func(*rest.Sheet, *happening)) error {
	from, to := c.span(kind)
	var begun time.Time
	if !from.Before(to) { // nothing of the period is kept any more
		c.run.Incomplete(kind, "Google keeps its reports for 180 days: of this period nothing is left.")
		return nil
	}
	if names == nil {
		names = []string{""}
	}
	lists := make([][]*connector.Stretch, 0, len(names))
	for _, name := range names {
		stretches := c.run.Stretches(strings.TrimSpace(kind+" "+name), kind, from, to, lately)
		if one := stretches[0].From; len(lists) == 0 || one.After(begun) {
			begun = one
		}
		lists = append(lists, stretches)
	}
	c.run.Covers(kind, begun, to)
	if c.files != nil {
		c.run.Incomplete(kind, "A recording does not tell which events are missing in it.")
	}
	seen := map[string]bool{}
	for i, name := range names {
		for _, at := range lists[i] {
			err := c.stretch(ctx, at, application, name, func(a *activity) error { return c.activity(ctx, kind, a, seen, fill) })
			if err != nil {
				return c.api.Broke(ctx, what, err, kind)
			}
		}
	}
	c.run.Complete(kind)
	return nil
}

// stretch lists the activities of one.
func (c *collection) stretch(ctx context.Context, at *connector.Stretch, application, name string, each func(*activity) error) error {
	path := reports + "/" + application
	query := url.Values{"endTime": {stamp(at.To)}, "maxResults": {"1000"}, "startTime": {stamp(at.Asked)}}
	if name != "" {
		query.Set("eventName", name)
	}
	address := "https://" + adminHost + path + "?" + query.Encode()
	k := rest.Call{Name: "GET " + path, URL: address, Scope: scopeReports}
	return rest.Along(ctx, c.api, k, at, paged[activity](address, "admin#reports#activities", "items"), func(a *activity) error {
		if a.ID.Time.Before(at.Asked) || !a.ID.Time.Before(at.To) {
			return nil
		}
		return each(a)
	})
}

func (c *collection) activity(ctx context.Context, kind string, a *activity, seen map[string]bool, fill func(*rest.Sheet, *happening)) error {
	for i := range a.Events {
		h := &a.Events[i]
		id := fmt.Sprintf("%s/%s/%d/%s", stamp(a.ID.Time), a.ID.Unique, i, h.Name)
		if seen[id] {
			continue
		}
		seen[id] = true
		s := rest.NewSheet()
		s.Set("at", a.ID.Time)
		s.Set("event", h.Name)
		s.Text("actor", a.Actor.ID)
		s.Text("actor_name", strings.ToLower(a.Actor.Email))
		fill(s, h)
		if err := c.api.Put(ctx, kind, id, s); err != nil {
			return err
		}
	}
	return nil
}

// stamp is a time as the reports take it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

package okta

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

type logEvent struct {
	UUID      string    `json:"uuid"`
	Published time.Time `json:"published"`
	Type      string    `json:"eventType"`
	Text      string    `json:"displayMessage"`
	Actor     party     `json:"actor"`
	Outcome   *struct {
		Result string `json:"result"`
		Reason string `json:"reason"`
	} `json:"outcome"`
	Target []party `json:"target"`
}

type party struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Alternate string `json:"alternateId"`
	Name      string `json:"displayName"`
}

const signInFilter = `eventType eq "user.session.start"`

// administrative are the beginnings of the types that tell of administration.
var administrative = []string{
	"user.lifecycle.", "user.account.", "user.mfa.factor.", "group.lifecycle.", "group.user_membership.", "group.privilege.",
	"iam.", "application.lifecycle.", "application.user_membership.", "policy.", "system.api_token.", "system.log_stream.",
	"security.authenticator.", "zone.", "system.org.", "user.session.impersonation.",
}

// isOf reports that the filter of a kind lets an event through: a recording holds
// all of them.
func isOf(kind, event string) bool {
	if kind == kindSignIn {
		return event == "user.session.start"
	}
	return slices.ContainsFunc(administrative, func(begins string) bool { return strings.HasPrefix(event, begins) })
}

func administrationFilter() string {
	parts := make([]string, 0, len(administrative))
	for _, begins := range administrative {
		parts = append(parts, `eventType sw "`+begins+`"`)
	}
	return strings.Join(parts, " or ")
}

func (c *collection) signIns(ctx context.Context) error {
	return c.events(ctx, "Sign-ins", kindSignIn, signInFilter, func(s *rest.Sheet, e *logEvent) {
		if e.Outcome == nil || e.Outcome.Result == "" {
			s.Lose("succeeded")
			return
		}
		s.Set("succeeded", e.Outcome.Result == "SUCCESS")
	})
}

func (c *collection) administration(ctx context.Context) error {
	return c.events(ctx, "Administration", kindAdmin, administrationFilter(), func(s *rest.Sheet, e *logEvent) {
		targets := []any{}
		for _, t := range e.Target {
			targets = append(targets, map[string]any{"type": t.Type, "id": t.ID})
		}
		s.Set("targets", targets)
	})
}

const (
	kept   = 90 * 24 * time.Hour // how long Okta keeps the system log
	lately = 48 * time.Hour      // how long before the end of what was listed it is listed again, for what came late
)

// span is what is listed: the period as far as Okta keeps it, and of that only
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

// events reads what the filter lets through, in the order of publication.
func (c *collection) events(ctx context.Context, what, kind, filter string, fill func(*rest.Sheet, *logEvent)) error {
	from, to := c.span(kind)
	if !from.Before(to) { // nothing of the period is kept any more
		c.run.Incomplete(kind, "Okta keeps its log for 90 days: of this period nothing is left.")
		return nil
	}
	stretches := c.run.Stretches(kind, kind, from, to, lately)
	c.run.Covers(kind, stretches[0].From, to)
	if c.files != nil {
		c.run.Incomplete(kind, "A recording does not tell which events are missing in it.")
	}
	seen := map[string]bool{}
	for _, at := range stretches {
		err := c.stretch(ctx, at, filter, func(e *logEvent) error {
			if seen[e.UUID] {
				return nil
			}
			seen[e.UUID] = true
			return c.event(ctx, kind, e, fill)
		})
		if err != nil {
			return c.api.Broke(ctx, what, err, kind)
		}
	}
	c.run.Complete(kind)
	return nil
}

// stretch lists the events of one.
func (c *collection) stretch(ctx context.Context, at *connector.Stretch, filter string, each func(*logEvent) error) error {
	k := rest.Call{Name: "GET /api/v1/logs", Scope: scopeLogs, URL: c.address("/api/v1/logs?" + url.Values{
		"filter": {filter}, "limit": {"1000"}, "since": {stamp(at.Asked)}, "sortOrder": {"ASCENDING"}, "until": {stamp(at.To)},
	}.Encode())}
	return rest.Along(ctx, c.api, k, at, rest.Array[logEvent], func(e *logEvent) error {
		if e.Published.Before(at.Asked) || !e.Published.Before(at.To) || c.files != nil && !isOf(at.Kind, e.Type) {
			return nil
		}
		return each(e)
	})
}

func (c *collection) event(ctx context.Context, kind string, e *logEvent, fill func(*rest.Sheet, *logEvent)) error {
	s := rest.NewSheet()
	s.Set("at", e.Published)
	s.Set("event", e.Type)
	s.Set("text", rest.Clip(e.Text))
	s.Set("actor", e.Actor.ID)
	s.Set("actor_type", e.Actor.Type)
	name := e.Actor.Alternate
	if name == "" || name == "unknown" {
		name = e.Actor.Name
	}
	s.Text("actor_name", name)
	if e.Outcome != nil {
		s.Text("result", e.Outcome.Result)
		s.Text("reason", rest.Clip(e.Outcome.Reason))
	}
	fill(s, e)
	return c.api.Put(ctx, kind, e.UUID, s)
}

// stamp is a time as the log takes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

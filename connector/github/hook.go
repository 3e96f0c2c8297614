package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// delivery is one message of a webhook: that something happened. It never changes
// what is known of anything else: that is read from the API, whatever arrives and
// in whichever order.
type delivery struct {
	id    string // GitHub's for the delivery; made of its content where that is not known
	event string
	at    time.Time // when it happened; zero if nothing tells
	message
}

// message is what is read of a delivery's payload.
type message struct {
	Action     string `json:"action"`
	Sender     *user  `json:"sender"`
	Repository *struct {
		FullName string `json:"full_name"`
		Owner    user   `json:"owner"`
		PushedAt any    `json:"pushed_at"` // a number in pushes, a text elsewhere
	} `json:"repository"`
	Organization *user  `json:"organization"`
	Ref          string `json:"ref"`
	Forced       *bool  `json:"forced"`
	After        string `json:"after"`
	Pull         *struct {
		Number int64 `json:"number"`
		stamps
	} `json:"pull_request"`
	Review *struct {
		State string    `json:"state"`
		At    time.Time `json:"submitted_at"`
	} `json:"review"`
	Workflow *struct {
		Name string `json:"name"`
		stamps
	} `json:"workflow_run"`
	Key *struct {
		Title    string `json:"title"`
		ReadOnly *bool  `json:"read_only"`
		stamps
	} `json:"key"`
	Team *struct {
		Slug string `json:"slug"`
	} `json:"team"`
	Member     *user `json:"member"`
	Membership *struct {
		User *user `json:"user"`
	} `json:"membership"`
	User *user `json:"user"`
	Rule *struct {
		Name string `json:"name"`
		stamps
	} `json:"rule"`
	Ruleset *struct {
		Name string `json:"name"`
		stamps
	} `json:"repository_ruleset"`
	Alert *struct {
		Number int64 `json:"number"`
		stamps
	} `json:"alert"`
}

type stamps struct {
	CreatedAt *time.Time `json:"created_at"`
	UpdatedAt *time.Time `json:"updated_at"`
}

func (s *stamps) latest() (at time.Time) {
	for _, t := range []*time.Time{s.CreatedAt, s.UpdatedAt} {
		if t != nil && t.After(at) {
			at = *t
		}
	}
	return at
}

// events are those of which the connector tells, with the members by which the
// payload of each is known where its name was not kept, the more special first.
func events() []struct {
	name string
	keys []string
} {
	return []struct {
		name string
		keys []string
	}{
		{"pull_request_review", []string{"review", "pull_request"}},
		{"pull_request", []string{"number", "pull_request"}},
		{"push", []string{"ref", "before", "after", "pusher"}},
		{"deployment_review", []string{"workflow_run", "environment", "requestor"}},
		{"workflow_run", []string{"workflow_run", "workflow"}},
		{"deploy_key", []string{"key", "repository"}},
		{"branch_protection_rule", []string{"rule", "repository"}},
		{"repository_ruleset", []string{"repository_ruleset"}},
		{"secret_scanning_alert", nil},
		{"code_scanning_alert", nil},
		{"dependabot_alert", nil},
		{"repository_vulnerability_alert", []string{"alert", "repository"}},
		{"membership", []string{"scope", "member", "team"}},
		{"member", []string{"member", "repository"}},
		{"team", []string{"team", "organization"}},
		{"organization", []string{"membership", "organization"}},
		{"organization", []string{"invitation", "organization"}},
		{"organization", []string{"changes", "organization"}},
		{"repository", []string{"repository", "action"}},
	}
}

// tells reports that the connector tells of an event.
func tells(event string) bool {
	for _, e := range events() {
		if e.name == event {
			return true
		}
	}
	return false
}

var errUntold = errors.New("it is a webhook's delivery of an event that the connector does not tell of")

// looksDelivered reports that the members are those of a delivery: every one
// names who caused it, or GitHub's list of deliveries gave it.
func looksDelivered(first map[string]bool) bool {
	return first["sender"] || first["guid"] && first["request"] || first["security_advisory"] && first["action"]
}

// readDelivery reads a payload, or a delivery as GitHub's list of deliveries
// gives it, with its head.
func readDelivery(doc json.RawMessage) (delivery, error) {
	var full struct {
		GUID        string    `json:"guid"`
		Event       string    `json:"event"`
		DeliveredAt time.Time `json:"delivered_at"`
		Request     *struct {
			Payload json.RawMessage `json:"payload"`
		} `json:"request"`
	}
	if err := json.Unmarshal(doc, &full); err != nil {
		return delivery{}, fmt.Errorf("it is not a webhook's delivery: %w", err)
	}
	if full.GUID != "" && full.Request != nil {
		return payload(full.GUID, full.Event, full.DeliveredAt, full.Request.Payload)
	}
	have, event := keys([]json.RawMessage{doc}), ""
	for _, e := range events() {
		if e.keys != nil && !slices.ContainsFunc(e.keys, func(k string) bool { return !have[k] }) {
			event = e.name
			break
		}
	}
	if event == "" {
		return delivery{}, errUntold
	}
	var compact any
	if err := json.Unmarshal(doc, &compact); err != nil {
		return delivery{}, err
	}
	plain, err := json.Marshal(compact) // sorted, so that the same content has the same id
	if err != nil {
		return delivery{}, err
	}
	sum := sha256.Sum256(plain)
	return payload("content-"+hex.EncodeToString(sum[:16]), event, time.Time{}, doc)
}

// payload reads a delivery of a known event. The time is when GitHub or this side
// noted it; it counts where the payload tells none.
func payload(guid, event string, noted time.Time, body json.RawMessage) (delivery, error) {
	if !tells(event) {
		return delivery{}, fmt.Errorf("%w: %s", errUntold, clip(event))
	}
	d := delivery{id: guid, event: event}
	if err := json.Unmarshal(body, &d.message); err != nil {
		return d, fmt.Errorf("it is not what GitHub delivers of the event %s: %w", event, err)
	}
	if d.at = d.happened(); d.at.IsZero() {
		d.at = noted
	}
	d.at = d.at.UTC()
	return d, nil
}

// happened is when it was, as the payload tells.
func (m *message) happened() time.Time {
	switch {
	case m.Review != nil:
		return m.Review.At
	case m.Pull != nil:
		return m.Pull.latest()
	case m.Workflow != nil:
		return m.Workflow.latest()
	case m.Alert != nil:
		return m.Alert.latest()
	case m.Ruleset != nil:
		return m.Ruleset.latest()
	case m.Rule != nil:
		return m.Rule.latest()
	case m.Key != nil && m.Action == "created":
		return m.Key.latest()
	case m.Ref != "" && m.Repository != nil:
		if seconds, ok := m.Repository.PushedAt.(float64); ok {
			return time.Unix(int64(seconds), 0)
		}
	}
	return time.Time{}
}

// owner is whose repository or organization it is about.
func (d *delivery) owner() string {
	switch {
	case d.Organization != nil:
		return d.Organization.Login
	case d.Repository != nil:
		return d.Repository.Owner.Login
	}
	return "nobody"
}

func (d *delivery) about(org string) bool { return strings.EqualFold(d.owner(), org) }

// subject is what it happened to, in the repository or the organization.
func (d *delivery) subject() string {
	switch {
	case d.Pull != nil:
		return "#" + id(d.Pull.Number)
	case d.Ref != "":
		return d.Ref
	case d.Workflow != nil:
		return d.Workflow.Name
	case d.Alert != nil && d.Alert.Number != 0:
		return "alert " + id(d.Alert.Number)
	case d.Rule != nil:
		return d.Rule.Name
	case d.Ruleset != nil:
		return d.Ruleset.Name
	case d.Key != nil:
		return d.Key.Title
	case d.Team != nil:
		return d.Team.Slug
	}
	return ""
}

func (c *collection) deliverySheet(d *delivery) *sheet {
	s := newSheet()
	s.set("at", d.at)
	s.set("event", d.event)
	s.text("action", d.Action)
	name := strings.TrimSpace(d.event + " " + d.Action)
	if d.Repository != nil {
		s.text("repository", d.Repository.FullName)
		name += " " + d.Repository.FullName
	}
	s.set("name", name)
	s.text("subject", title(d.subject()))
	if d.Sender != nil {
		s.text("sender", d.Sender.Login)
		s.set("sender_key", c.env.Pseudonym("github", id(d.Sender.ID)))
	}
	for _, u := range []*user{d.Member, d.User} {
		if u != nil {
			s.set("person_key", c.env.Pseudonym("github", id(u.ID)))
		}
	}
	if d.Membership != nil && d.Membership.User != nil {
		s.set("person_key", c.env.Pseudonym("github", id(d.Membership.User.ID)))
	}
	if d.Forced != nil {
		s.set("forced", *d.Forced)
	}
	if d.Key != nil && d.Key.ReadOnly != nil {
		s.set("read_only", *d.Key.ReadOnly)
	}
	if d.Review != nil {
		s.text("verdict", strings.ToLower(d.Review.State))
	}
	return s
}

// kept is what of a delivery waits for a collection.
type kept struct {
	Event   string  `json:"event"`
	Message message `json:"message"`
}

// receive checks a delivery's signature, and keeps what is read of it. Events of
// which the connector does not tell are taken and forgotten.
func receive(c connector.Config, header http.Header, body []byte) (connector.Message, error) {
	if !signed(c["webhook_secret"], header.Get("X-Hub-Signature-256"), body) {
		return connector.Message{}, fault.New(fault.Unauthenticated, "The delivery is not signed with the connection's secret.")
	}
	guid, event := header.Get("X-Github-Delivery"), header.Get("X-Github-Event")
	d, err := payload(guid, event, time.Time{}, body)
	switch {
	case !word.MatchString(guid):
		return connector.Message{}, fault.New(fault.Invalid, "The delivery has no id.")
	case errors.Is(err, errUntold):
		return connector.Message{}, nil
	case err != nil:
		return connector.Message{}, fault.New(fault.Invalid, "The delivery cannot be read: %v.", err)
	}
	text, err := json.Marshal(kept{event, d.message})
	return connector.Message{ID: guid, Body: text}, err
}

// waiting are the deliveries that were received since the last collection.
func waiting(list []connector.Message) (out []delivery, err error) {
	for i := range list {
		var k kept
		if err := json.Unmarshal(list[i].Body, &k); err != nil {
			return nil, fmt.Errorf("delivery %s: %w", list[i].ID, err)
		}
		d := delivery{id: list[i].ID, event: k.Event, message: k.Message}
		if d.at = d.happened().UTC(); d.at.IsZero() {
			d.at = list[i].At.UTC()
		}
		out = append(out, d)
	}
	return out, nil
}

// signed reports that a body was signed with the secret, as the header
// X-Hub-Signature-256 says it.
func signed(secret, header string, body []byte) bool {
	text, ok := strings.CutPrefix(header, "sha256=")
	given, err := hex.DecodeString(text)
	if err != nil || !ok || secret == "" {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// GitHub lists the deliveries that it made, or tried to make, for three days
// (docs.github.com, Viewing webhook deliveries).
const (
	keptDeliveries = 72 * time.Hour
	lateDelivery   = time.Hour   // how long before the end of what was listed it is listed again
	underWay       = time.Minute // a delivery that arrived so shortly ago may not have been looked at
)

// deliveries tells of the webhooks' messages: those that arrived, and those of
// which GitHub says that they did not.
func (c *collection) deliveries(ctx context.Context) error {
	all := c.received
	if c.tape != nil {
		all = c.tape.deliveries
	}
	told := map[string]bool{}
	for i := range all {
		if err := c.delivery(ctx, &all[i], told); err != nil {
			return err
		}
	}
	switch {
	case c.tape != nil:
		c.run.Incomplete(kindDelivery, "Recordings do not tell which deliveries are missing.")
	case !c.hooks:
		c.run.Incomplete(kindDelivery, "The connection has no webhook's secret, so that GitHub tells it of nothing by itself.")
	default:
		return c.reconcile(ctx, told)
	}
	return nil
}

// delivery tells of one, unless it was told of.
func (c *collection) delivery(ctx context.Context, d *delivery, told map[string]bool) error {
	if told[d.id] || !c.wanted(d.at) {
		return nil
	}
	told[d.id] = true
	return c.emit(ctx, kindDelivery, d.id, c.deliverySheet(d))
}

// webhook is one of the organization's. Of its address nothing is kept: that of
// another receiver may hold a key.
type webhook struct {
	ID        int64     `json:"id"`
	Active    bool      `json:"active"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Config    struct {
		URL string `json:"url"`
	} `json:"config"`
}

// attempt is one delivery as GitHub lists it. The same is listed again under
// another number when it was sent again.
type attempt struct {
	ID     int64     `json:"id"`
	GUID   string    `json:"guid"`
	At     time.Time `json:"delivered_at"`
	Status int       `json:"status_code"`
	Event  string    `json:"event"`
}

// reconcile compares what arrived with what GitHub says that it sent, and asks
// for what did not.
func (c *collection) reconcile(ctx context.Context, told map[string]bool) error {
	var hooks []webhook
	err := pages(ctx, c.api, "GET /orgs/{org}/hooks", c.path("/hooks?per_page=100"), func(h *webhook) error {
		if u, err := url.Parse(h.Config.URL); err == nil && strings.HasSuffix(u.Path, c.env.Hook) {
			hooks = append(hooks, *h)
		}
		return nil
	})
	if err != nil {
		return c.broke(ctx, kindDelivery, "Which deliveries did not arrive", err)
	}
	if len(hooks) == 0 {
		c.run.Incomplete(kindDelivery, "No webhook of the organization sends to this connection.")
		return nil
	}
	from := c.env.Period.From
	for _, at := range hooksSince(hooks, c.now.Add(-keptDeliveries)) {
		if from.Before(at) {
			from = at
		}
	}
	until := c.run.CoveredSince(kindDelivery, from)
	if back := until.Add(-lateDelivery); back.After(from) {
		from = back
	}
	c.run.Covers(kindDelivery, from, c.now)
	for i := range hooks {
		if err := c.undelivered(ctx, &hooks[i], from, until, told); err != nil {
			return err
		}
	}
	c.run.Complete(kindDelivery)
	return nil
}

// hooksSince are the instants before which nothing is known: GitHub's memory, and
// when each webhook became as it is.
func hooksSince(hooks []webhook, oldest time.Time) []time.Time {
	since := []time.Time{oldest}
	for i := range hooks {
		since = append(since, hooks[i].CreatedAt, hooks[i].UpdatedAt)
	}
	return since
}

// errEnough ends a list whose rest is older than what is asked for.
var errEnough = errors.New("the rest is older")

// undelivered asks for those that a webhook did not deliver since an instant, and
// for those that arrived after until and that nobody knows of here.
func (c *collection) undelivered(ctx context.Context, h *webhook, from, until time.Time, told map[string]bool) error {
	if !h.Active {
		c.run.Incomplete(kindDelivery, "The webhook is switched off.")
	}
	var first []attempt // of each delivery, the newest first
	arrived, seen := map[string]bool{}, map[string]bool{}
	at := c.path("/hooks/" + id(h.ID) + "/deliveries")
	err := pages(ctx, c.api, "GET /orgs/{org}/hooks/{hook}/deliveries", at+"?per_page=100", func(a *attempt) error {
		if a.At.Before(from) {
			return errEnough
		}
		arrived[a.GUID] = arrived[a.GUID] || a.Status >= http.StatusOK && a.Status < http.StatusMultipleChoices
		if !seen[a.GUID] {
			seen[a.GUID] = true
			first = append(first, *a)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return c.broke(ctx, kindDelivery, "Which deliveries did not arrive", err)
	}
	var short shortfall
	fetched := 0
	for _, a := range slices.Backward(first) {
		known := arrived[a.GUID] && (until.IsZero() || a.At.Before(until) || a.At.After(c.now.Add(-underWay)))
		if told[a.GUID] || known || !tells(a.Event) {
			continue
		}
		fetched++
		if err := c.missed(ctx, &short, "delivery "+a.GUID, c.fetchDelivery(ctx, at, a.ID, told)); err != nil {
			return err
		}
	}
	if fetched > 0 {
		c.run.Note(kindDelivery, fmt.Sprintf("%d deliveries had not arrived, so that they were asked for.", fetched))
	}
	if short.n > 0 {
		c.end(kindDelivery, "What was not delivered", &short)
	}
	return nil
}

// fetchDelivery reads one that did not arrive.
func (c *collection) fetchDelivery(ctx context.Context, hook string, number int64, told map[string]bool) error {
	doc, err := get[json.RawMessage](ctx, c.api, "GET /orgs/{org}/hooks/{hook}/deliveries/{delivery}", hook+"/"+id(number))
	if err != nil {
		return err
	}
	d, err := readDelivery(doc)
	if err != nil {
		return err
	}
	if err := c.delivery(ctx, &d, told); err != nil {
		return &sinkError{err}
	}
	return nil
}

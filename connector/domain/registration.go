package domain

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// bootstrap is IANA's list of registries that answer RDAP (RFC 9224).
const bootstrap = "https://data.iana.org/rdap/dns.json"

// registration asks the registry (RFC 9083).
func (c *collection) registration(ctx context.Context, name string, s *sheet) {
	d, err := c.registered(ctx, name)
	if err != nil {
		s.lose("registration_expires_at", "registrar", "transfer_locked", "registration_status")
		c.without(kindZone, name, "its registration", err)
		return
	}
	status := []string{}
	for _, word := range d.Status {
		status = add(status, strings.ToLower(clip(word)))
	}
	s.set("registration_status", status)
	s.set("transfer_locked", slices.Contains(status, "client transfer prohibited") || slices.Contains(status, "server transfer prohibited"))
	for _, e := range d.Events {
		if at, err := time.Parse(time.RFC3339, e.Date); err == nil && e.Action == "expiration" {
			s.set("registration_expires_at", at)
		}
	}
	for _, e := range d.Entities {
		if slices.Contains(e.Roles, "registrar") {
			s.text("registrar", clip(e.name()))
		}
	}
}

type rdapDomain struct {
	Name   string   `json:"ldhName"`
	Status []string `json:"status"`
	Events []struct {
		Action string `json:"eventAction"`
		Date   string `json:"eventDate"`
	} `json:"events"`
	Entities []rdapEntity `json:"entities"`
}

type rdapEntity struct {
	Handle string            `json:"handle"`
	Roles  []string          `json:"roles"`
	Card   []json.RawMessage `json:"vcardArray"`
}

// name is the "fn" of the entity's jCard (RFC 7095), or its handle.
func (e rdapEntity) name() string {
	if len(e.Card) == 2 {
		var properties [][]json.RawMessage
		if json.Unmarshal(e.Card[1], &properties) == nil {
			for _, p := range properties {
				var key, text string
				if len(p) == 4 && json.Unmarshal(p[0], &key) == nil && key == "fn" && json.Unmarshal(p[3], &text) == nil {
					return text
				}
			}
		}
	}
	return e.Handle
}

func (c *collection) registered(ctx context.Context, name string) (d rdapDomain, err error) {
	base, err := c.registry(ctx, name)
	if err != nil {
		return d, err
	}
	p, err := c.get(ctx, "GET {registry}/domain/{domain}", strings.TrimSuffix(base, "/")+"/domain/"+name)
	switch {
	case err != nil:
		return d, err
	case p.status == http.StatusNotFound:
		return d, fmt.Errorf("the registry does not know it: a registration is of the name below a public ending")
	case p.status != http.StatusOK:
		return d, fmt.Errorf("the registry answered %d", p.status)
	}
	if err := json.Unmarshal(p.body, &d); err != nil {
		return d, fmt.Errorf("the registry's answer: %w", err)
	}
	if !strings.EqualFold(strings.TrimSuffix(d.Name, "."), name) {
		return d, fmt.Errorf("the registry answered for %q", clip(d.Name))
	}
	return d, nil
}

// registry finds who answers for the name's ending.
func (c *collection) registry(ctx context.Context, name string) (string, error) {
	list, err := c.registries(ctx)
	if err != nil {
		return "", err
	}
	best, address := "", ""
	for ending, at := range list {
		if strings.HasSuffix(name, "."+ending) && len(ending) > len(best) {
			best, address = ending, at
		}
	}
	if address == "" {
		return "", fmt.Errorf("no registry that answers RDAP over https is listed for it")
	}
	return address, nil
}

// registries reads IANA's list once in a collection.
func (c *collection) registries(ctx context.Context) (map[string]string, error) {
	if c.rdap != nil || c.rdapErr != nil {
		return c.rdap, c.rdapErr
	}
	p, err := c.get(ctx, "GET "+bootstrap, bootstrap)
	if err == nil && p.status != http.StatusOK {
		err = fmt.Errorf("the list of registries: the answer was %d", p.status)
	}
	if err != nil {
		c.rdapErr = err
		return nil, err
	}
	var doc struct {
		Services [][2][]string `json:"services"`
	}
	if err := json.Unmarshal(p.body, &doc); err != nil {
		c.rdapErr = fmt.Errorf("the list of registries: %w", err)
		return nil, c.rdapErr
	}
	c.rdap = map[string]string{}
	for _, service := range doc.Services {
		at := slices.IndexFunc(service[1], func(u string) bool { return strings.HasPrefix(u, "https://") })
		if at < 0 {
			continue
		}
		for _, ending := range service[0] {
			c.rdap[strings.ToLower(ending)] = service[1][at]
		}
	}
	return c.rdap, nil
}

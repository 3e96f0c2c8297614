package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/chromedp/chromedp"
)

// step is a screen of the set-up: what is filled in, and the button that leads on.
type step struct {
	name   string
	fill   map[string]string // by the field's name
	button string
	wait   string
}

func steps() []step {
	return []step{
		{name: "setup-1", fill: map[string]string{
			"name": "Ada Moss", "email": "ada@fernhill.example", "password": "a long enough pass phrase",
		}, button: "main form button[type=submit]"},
		{name: "setup-2", fill: map[string]string{"name": "Fernhill", "zone": "Europe/Stockholm", "service": "Bookings for small hotels"}, button: "main form button[type=submit]"},
		{name: "setup-3", button: "main form button[type=submit]"},
		{name: "setup-source", button: "main form button[type=submit]", wait: "main table"},
		{name: "setup-look"},
	}
}

// after are the pages of an organization that has nothing yet.
func after() []sheet {
	return []sheet{
		{name: "setup-4", path: "/setup/controls"},
		{name: "empty-readiness", path: "/"},
		{name: "empty-tasks", path: "/tasks"},
		{name: "empty-calendar", path: "/calendar"},
		{name: "empty-controls", path: "/controls"},
		{name: "empty-checks", path: "/checks"},
		{name: "empty-evidence", path: "/evidence"},
		{name: "empty-people", path: "/people"},
		{name: "empty-policies", path: "/policies"},
		{name: "empty-accounts", path: "/accounts"},
		{name: "empty-connectors", path: "/connectors"},
	}
}

// setUp goes through the set-up of a new server as a person would, and then looks
// at its empty pages.
func (t *tour) setUp(ctx context.Context, first string) (found []string, err error) {
	u, err := url.Parse(first)
	if err != nil {
		return nil, err
	}
	t.base = u.Scheme + "://" + u.Host
	if err := chromedp.Do(ctx, chromedp.Navigate(first)); err != nil {
		return nil, err
	}
	for _, s := range steps() {
		more, err := t.look(ctx, &sheet{name: s.name}, func(ctx context.Context) error { return nil })
		found = append(found, more...)
		if err == nil {
			err = s.leave(ctx)
		}
		if err != nil {
			return found, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	more, err := t.all(ctx, after())
	return append(found, more...), err
}

// leave fills the screen in and goes on.
func (s *step) leave(ctx context.Context) error {
	for name, v := range s.fill {
		if err := chromedp.Do(ctx, chromedp.SetValue(fmt.Sprintf("main [name=%q]", name), v)); err != nil {
			return err
		}
	}
	if s.button == "" {
		return nil
	}
	return press(ctx, s.button, s.wait)
}

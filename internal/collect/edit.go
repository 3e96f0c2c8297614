package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

// Edit changes a connection's name, settings and interval, and collects it
// soon. Secrets that are left empty stay as they are unless they are cleared, or
// the address that they are sent to changes: whoever may edit cannot have them
// sent elsewhere without knowing them.
func (s Service) Edit(ctx context.Context, who access.Actor, connection string, n New) error {
	grant, err := who.May(access.ConnectorEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		c, err := load(tx, connection)
		if err != nil {
			return err
		}
		if c.Uploaded() {
			return fault.New(fault.Conflict, "%s is set up by its declaration. Declare a new version of the kind.", c.Name)
		}
		was := c
		set, err := s.edit(tx, &c, n)
		if err != nil {
			return err
		}
		if was.Every != c.Every {
			if err := promise(tx, &c); err != nil {
				return err
			}
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		detail := changes(&was, &c, set)
		for _, name := range n.Clear {
			detail["secret."+name] = "cleared"
		}
		return trail.Add(tx, trail.Act{Noun: "connection", Object: c.ID, Label: c.Name, Detail: detail})
	})
}

// edit saves what was entered, and names the secrets that were set.
func (s Service) edit(tx *db.Tx, c *Connection, n New) (set []string, err error) {
	was := c.Settings
	had, err := s.unseal(tx, c)
	if err != nil {
		return nil, err
	}
	n.Product, n.Settings = c.Product, maps.Clone(n.Settings)
	if n.Settings == nil {
		n.Settings = map[string]string{}
	}
	if err := n.cleared(had); err != nil {
		return nil, err
	}
	kept := keepSecrets(&n, had)
	p, plain, secrets, err := s.prepare(&n)
	if err != nil {
		return nil, err
	}
	if err := unmoved(&p, was, plain, kept); err != nil {
		return nil, err
	}
	c.Name, c.Settings, c.Every = n.Name, plain, n.Every
	if err := s.seal(tx, c, secrets); err != nil {
		return nil, err
	}
	if err := save(tx, c); err != nil {
		return nil, err
	}
	set = slices.DeleteFunc(slices.Sorted(maps.Keys(secrets)), func(name string) bool { return had[name] == secrets[name] })
	return set, declare(tx, &p)
}

// cleared refuses to clear what is not a secret that is set, or is set anew.
func (n *New) cleared(had map[string]string) error {
	var wrong []fault.Field
	for _, name := range n.Clear {
		switch _, is := had[name]; {
		case !is:
			wrong = append(wrong, fault.Field{Name: "clear", Text: "No secret " + clip(name) + " is set."})
		case n.Settings[name] != "":
			wrong = append(wrong, fault.Field{Name: name, Text: "Enter it or clear it, not both."})
		}
	}
	if len(wrong) > 0 {
		return fault.Fields("The connection was not saved.", wrong...)
	}
	return nil
}

// keepSecrets fills in the secrets that were left empty and not cleared, and
// names them.
func keepSecrets(n *New, had map[string]string) (kept []string) {
	for name, v := range had {
		if n.Settings[name] == "" && !slices.Contains(n.Clear, name) {
			n.Settings[name] = v
			kept = append(kept, name)
		}
	}
	slices.Sort(kept)
	return kept
}

// unmoved refuses to send kept secrets to another address.
func unmoved(p *connector.Product, was, is map[string]string, kept []string) error {
	moved := slices.ContainsFunc(p.Settings, func(s connector.Setting) bool { return s.Address && was[s.Name] != is[s.Name] })
	if !moved || len(kept) == 0 {
		return nil
	}
	var wrong []fault.Field
	for _, s := range p.Settings {
		if slices.Contains(kept, s.Name) {
			wrong = append(wrong, fault.Field{Name: s.Name, Text: "Enter it again: it would be sent to another address than before."})
		}
	}
	return fault.Fields("The connection was not saved.", wrong...)
}

// changes is what the trail says of an edit: each setting that differs, before
// and after, and the names of the secrets that were set. Was is nil for a new
// connection.
func changes(was, is *Connection, secrets []string) map[string]string {
	out := map[string]string{}
	note := func(name, before, after string) {
		switch {
		case before == after:
		case was == nil:
			out[name] = short(after)
		default:
			out[name] = short(before) + " → " + short(after)
		}
	}
	var old Connection
	if was != nil {
		old = *was
		note("name", old.Name, is.Name)
		note("every", old.Every.String(), is.Every.String())
	}
	for name := range is.Settings {
		note("setting."+name, old.Settings[name], is.Settings[name])
	}
	for name := range old.Settings {
		note("setting."+name, old.Settings[name], is.Settings[name])
	}
	for _, name := range secrets {
		out["secret."+name] = "set"
	}
	return out
}

// short is a setting as the trail tells it: a long one by its hash.
func short(s string) string {
	const most = 1000
	if len(s) <= most {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%d bytes, SHA-256 %s", len(s), hex.EncodeToString(sum[:]))
}

// SetState pauses, resumes or removes a connection. One that is resumed is
// collected soon. A removed one is kept with its history and says so in the log.
func (s Service) SetState(ctx context.Context, who access.Actor, connection string, state State) error {
	grant, err := who.May(access.ConnectorEdit)
	if err != nil {
		return err
	}
	if state != Enabled && state != Paused && state != Removed {
		return fault.New(fault.Invalid, "A connection is enabled, paused or removed.")
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		c, err := load(tx, connection)
		if err != nil || c.State == state {
			return err
		}
		was := c.State
		c.State = state
		if state == Removed {
			c.secrets = nil
		}
		if err := save(tx, &c); err != nil {
			return err
		}
		what := "connector.disabled"
		if state == Enabled {
			what = "connector.enabled"
		}
		if was == Enabled || state == Enabled {
			if err := s.announce(tx, &c, what); err != nil {
				return err
			}
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Noun: "connection", Object: c.ID, Label: c.Name, Detail: map[string]string{"state": string(was) + " → " + string(state)},
		})
	})
}

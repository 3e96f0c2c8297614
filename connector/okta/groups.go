package okta

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"assay/connector/rest"
)

type identified struct {
	ID string `json:"id"`
}

// groups reads each with who is in it.
func (c *collection) groups(ctx context.Context) error {
	type group struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Profile struct {
			Name string `json:"name"`
		} `json:"profile"`
	}
	members := &rest.Part{Kind: kindGroup, What: "Members of groups"}
	seen := map[string]bool{}
	k := rest.Call{Name: "GET /api/v1/groups", Scope: scopeGroups, URL: c.address("/api/v1/groups?limit=200")}
	err := rest.Pages(ctx, c.api, k, rest.Array[group], func(g *group) error {
		if seen[g.ID] {
			return nil
		}
		seen[g.ID] = true
		s := rest.NewSheet()
		s.Set("name", g.Profile.Name)
		s.Set("type", g.Type)
		list, known, err := rest.About(ctx, c.api, members, rest.Array[identified], rest.Call{
			Name: "GET /api/v1/groups/{id}/users", Scope: scopeGroups, URL: c.address("/api/v1/groups/" + url.PathEscape(g.ID) + "/users?limit=200"),
		})
		if err != nil {
			return err
		}
		if known {
			s.Set("members", ids(list))
		} else {
			s.Lose("members")
		}
		return c.api.Put(ctx, kindGroup, g.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "Groups", err, kindGroup)
	}
	c.run.Complete(kindGroup)
	return nil
}

func ids(list []identified) []string {
	out := make([]string, 0, len(list))
	for _, one := range list {
		out = append(out, one.ID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

type deviceUser struct {
	Managed string `json:"managementStatus"`
	Lock    string `json:"screenLockType"`
	User    struct {
		ID string `json:"id"`
	} `json:"user"`
}

type device struct {
	ID      string    `json:"id"`
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
	Profile struct {
		Name       string `json:"displayName"`
		Platform   string `json:"platform"`
		OS         string `json:"osVersion"`
		Encryption string `json:"diskEncryptionType"`
		Jailbroken *bool  `json:"integrityJailbreak"`
	} `json:"profile"`
	Embedded struct {
		Users *[]deviceUser `json:"users"`
	} `json:"_embedded"`
}

// encrypting are the kinds of encryption that Okta counts as one.
var encrypting = []string{"FULL", "USER", "ALL_INTERNAL_VOLUMES"}

// devices reads those that are registered with Okta.
func (c *collection) devices(ctx context.Context) error {
	seen := map[string]bool{}
	k := rest.Call{Name: "GET /api/v1/devices", Scope: scopeDevices, URL: c.address("/api/v1/devices?expand=userSummary&limit=200")}
	err := rest.Pages(ctx, c.api, k, rest.Array[device], func(d *device) error {
		if seen[d.ID] {
			return nil
		}
		seen[d.ID] = true
		return c.api.Put(ctx, kindDevice, d.ID, d.sheet())
	})
	if err != nil {
		return c.api.Broke(ctx, "Devices", err, kindDevice)
	}
	c.run.Complete(kindDevice)
	return nil
}

func (d *device) sheet() *rest.Sheet {
	s := rest.NewSheet()
	s.Set("name", d.Profile.Name)
	s.Set("status", d.Status)
	s.Set("active", d.Status != "DEACTIVATED" && d.Status != suspended && d.Status != "CREATED")
	s.Text("platform", d.Profile.Platform)
	s.Text("os_version", d.Profile.OS)
	s.Text("encryption", d.Profile.Encryption)
	if d.Profile.Encryption != "" {
		s.Set("encrypted", slices.Contains(encrypting, d.Profile.Encryption))
	}
	rest.May(s, "jailbroken", d.Profile.Jailbroken)
	s.Set("created_at", d.Created)
	if d.Embedded.Users == nil {
		s.Lose("users", "managed", "screen_locked")
		return s
	}
	var users []identified
	managed, locked, told := true, true, true
	for _, u := range *d.Embedded.Users {
		users = append(users, identified{u.User.ID})
		managed = managed && u.Managed == "MANAGED"
		locked = locked && u.Lock != "NONE"
		told = told && u.Lock != ""
	}
	s.Set("users", ids(users))
	if len(users) > 0 {
		s.Set("managed", managed)
		if told {
			s.Set("screen_locked", locked)
		}
	}
	return s
}

// tokens reads who could call the API with one, never what it is.
func (c *collection) tokens(ctx context.Context) error {
	type apiToken struct {
		ID      string     `json:"id"`
		Name    string     `json:"name"`
		Client  string     `json:"clientName"`
		User    string     `json:"userId"`
		Created time.Time  `json:"created"`
		Expires *time.Time `json:"expiresAt"`
		Network *struct {
			Connection string `json:"connection"`
		} `json:"network"`
	}
	k := rest.Call{Name: "GET /api/v1/api-tokens", Scope: scopeTokens, URL: c.address("/api/v1/api-tokens")}
	err := rest.Pages(ctx, c.api, k, rest.Array[apiToken], func(t *apiToken) error {
		s := rest.NewSheet()
		s.Set("name", t.Name)
		s.Text("client", t.Client)
		s.Set("user", t.User)
		s.Set("created_at", t.Created)
		rest.May(s, "expires_at", t.Expires)
		s.Set("network_bound", t.Network != nil && t.Network.Connection != "" && t.Network.Connection != "ANYWHERE")
		if c.supersOK || c.supers[t.User] {
			s.Set("super_admin", c.supers[t.User])
		} else {
			s.Lose("super_admin")
		}
		return c.api.Put(ctx, kindToken, t.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "API tokens", err, kindToken)
	}
	c.run.Complete(kindToken)
	return nil
}

// streams reads where the system log goes.
func (c *collection) streams(ctx context.Context) error {
	type stream struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Type   string `json:"type"`
		Status string `json:"status"`
	}
	flows := false
	k := rest.Call{Name: "GET /api/v1/logStreams", Scope: scopeStreams, URL: c.address("/api/v1/logStreams?limit=200")}
	err := rest.Pages(ctx, c.api, k, rest.Array[stream], func(x *stream) error {
		s := rest.NewSheet()
		s.Set("name", x.Name)
		s.Set("type", x.Type)
		s.Set("active", x.Status == active)
		flows = flows || x.Status == active
		return c.api.Put(ctx, kindStream, x.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "Log streams", err, kindStream)
	}
	c.streamed = &flows
	c.run.Complete(kindStream)
	return nil
}

// organization is told last, with what the lists before it said.
func (c *collection) organization(ctx context.Context) error {
	m, err := c.metadata(ctx, c.api)
	if err != nil {
		return c.api.Broke(ctx, "The organization", err, kindOrg)
	}
	s := rest.NewSheet()
	s.Set("name", c.domain)
	s.Text("engine", m.Engine)
	if c.supersOK {
		s.Set("super_admins", slices.Sorted(maps.Keys(c.supers)))
	} else {
		s.Lose("super_admins")
	}
	rest.Known(s, "log_streamed", c.streamed)
	support, err := rest.Get[struct {
		Support string     `json:"support"`
		Until   *time.Time `json:"expiration"`
	}](ctx, c.api, rest.Call{Name: "GET /api/v1/org/privacy/oktaSupport", Scope: scopeOrgs, URL: c.address("/api/v1/org/privacy/oktaSupport")})
	switch {
	case err == nil && support.Support != "":
		s.Set("support_access", support.Support == "ENABLED" && (support.Until == nil || support.Until.After(c.now)))
	default:
		if err == nil {
			err = errors.New("Okta's answer does not say it") //nolint:staticcheck // a name begins it
		}
		if ours := rest.Ours(ctx, err); ours != nil {
			return ours
		}
		s.Lose("support_access")
		c.run.Note(kindOrg, "Whether Okta's support may sign in could not be read: "+rest.Sentence(err))
	}
	if err := c.api.Put(ctx, kindOrg, m.ID, s); err != nil {
		return rest.Ours(ctx, err)
	}
	c.run.Complete(kindOrg)
	return nil
}

package googleworkspace

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/rest"
)

// collection is one reading of the organization.
type collection struct {
	*source
	run *connector.Run
	now time.Time
	api *rest.Client

	people   []user
	isUser   map[string]bool
	usersErr error               // why they are not all listed
	members  map[string][]string // users by id, of groups that hold users only
	roleOf   map[string][]string // names of roles by id of the user; nil when they are not known
}

type user struct {
	ID        string     `json:"id"`
	Email     string     `json:"primaryEmail"`
	Super     bool       `json:"isAdmin"`
	Delegated bool       `json:"isDelegatedAdmin"`
	Suspended bool       `json:"suspended"`
	Reason    string     `json:"suspensionReason"`
	Archived  bool       `json:"archived"`
	TwoStep   *bool      `json:"isEnrolledIn2Sv"`
	Enforced  *bool      `json:"isEnforcedIn2Sv"`
	Unit      string     `json:"orgUnitPath"`
	Created   time.Time  `json:"creationTime"`
	LastLogin *time.Time `json:"lastLoginTime"`
	Name      struct {
		Full string `json:"fullName"`
	} `json:"name"`
}

const userFields = "kind,nextPageToken,users(id,primaryEmail,name/fullName,isAdmin,isDelegatedAdmin,suspended,suspensionReason,archived," +
	"isEnrolledIn2Sv,isEnforcedIn2Sv,orgUnitPath,creationTime,lastLoginTime)"

// listUsers remembers them: what their groups and roles are is asked for before
// they are told.
func (c *collection) listUsers(ctx context.Context) error {
	c.isUser = map[string]bool{}
	at := directory("/users", url.Values{"customer": {"my_customer"}, "fields": {userFields}, "maxResults": {"500"}, "orderBy": {"email"}})
	k := rest.Call{Name: "GET /admin/directory/v1/users", URL: at, Scope: scopeUsers}
	c.usersErr = rest.Pages(ctx, c.api, k, paged[user](at, "admin#directory#users", "users"), func(u *user) error {
		if !c.isUser[u.ID] {
			c.isUser[u.ID] = true
			c.people = append(c.people, *u)
		}
		return nil
	})
	return rest.Ours(ctx, c.usersErr)
}

func (u *user) enabled() bool { return !u.Suspended && !u.Archived }

// users tells of everybody who was listed.
func (c *collection) users(ctx context.Context) error {
	for i := range c.people {
		u := &c.people[i]
		s := rest.NewSheet()
		s.Set("email", strings.ToLower(u.Email))
		s.Text("name", u.Name.Full)
		s.Set("enabled", u.enabled())
		s.Set("suspended", u.Suspended)
		s.Text("suspension", u.Reason)
		s.Set("archived", u.Archived)
		s.Set("super_admin", u.Super)
		s.Set("admin", u.Super || u.Delegated)
		if c.roleOf == nil {
			s.Lose("roles")
		} else {
			roles := slices.Sorted(slices.Values(c.roleOf[u.ID]))
			s.Set("roles", rest.Strings(slices.Compact(roles)))
		}
		rest.Known(s, "two_step", u.TwoStep)
		rest.Known(s, "two_step_enforced", u.Enforced)
		if u.TwoStep == nil || u.Enforced == nil {
			s.Lose("second_factor")
		} else {
			s.Set("second_factor", *u.TwoStep && *u.Enforced)
		}
		s.Text("unit", u.Unit)
		s.Set("created_at", u.Created)
		if u.LastLogin != nil && u.LastLogin.Year() > 1970 { // which is how Google says never
			s.Set("last_used_at", *u.LastLogin)
		}
		if err := c.api.Put(ctx, kindUser, u.ID, s); err != nil {
			return rest.Ours(ctx, err)
		}
	}
	if c.usersErr != nil {
		return c.api.Broke(ctx, "Users", c.usersErr, kindUser)
	}
	c.run.Complete(kindUser)
	return nil
}

func (c *collection) organization(ctx context.Context) error {
	who, err := c.customer(ctx, c.api)
	if err != nil {
		return c.api.Broke(ctx, "The organization", err, kindOrg)
	}
	s := rest.NewSheet()
	s.Set("name", who.Domain)
	supers := []string{}
	for i := range c.people {
		if c.people[i].Super && c.people[i].enabled() {
			supers = append(supers, c.people[i].ID)
		}
	}
	slices.Sort(supers)
	if c.usersErr != nil {
		s.Lose("super_admins")
	} else {
		s.Set("super_admins", supers)
	}
	if err := c.api.Put(ctx, kindOrg, who.ID, s); err != nil {
		return rest.Ours(ctx, err)
	}
	c.run.Complete(kindOrg)
	return nil
}

type member struct {
	ID   string `json:"id"`
	Role string `json:"role"`
	Type string `json:"type"`
}

// groups reads each with who is in it.
func (c *collection) groups(ctx context.Context) error {
	type group struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	c.members = map[string][]string{}
	part := &rest.Part{Kind: kindGroup, What: "Members of groups"}
	seen := map[string]bool{}
	at := directory("/groups", url.Values{"customer": {"my_customer"}, "fields": {"kind,nextPageToken,groups(id,email,name)"}, "maxResults": {"200"}})
	k := rest.Call{Name: "GET /admin/directory/v1/groups", URL: at, Scope: scopeGroups}
	err := rest.Pages(ctx, c.api, k, paged[group](at, "admin#directory#groups", "groups"), func(g *group) error {
		if seen[g.ID] {
			return nil
		}
		seen[g.ID] = true
		s := rest.NewSheet()
		s.Set("email", g.Email)
		s.Set("name", g.Name)
		in := directory("/groups/"+url.PathEscape(g.ID)+"/members", url.Values{"fields": {"kind,nextPageToken,members(id,role,type)"}, "maxResults": {"200"}})
		list, known, err := rest.About(ctx, c.api, part, paged[member](in, "admin#directory#members", "members"), rest.Call{
			Name: "GET /admin/directory/v1/groups/{id}/members", URL: in, Scope: scopeGroups,
		})
		if err != nil {
			return err
		}
		if known {
			c.inGroup(s, g.ID, list)
		} else {
			s.Lose("members", "everybody", "outsiders")
		}
		return c.api.Put(ctx, kindGroup, g.ID, s)
	})
	if err != nil {
		return c.api.Broke(ctx, "Groups", err, kindGroup)
	}
	c.run.Complete(kindGroup)
	return nil
}

func (c *collection) inGroup(s *rest.Sheet, group string, list []member) {
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.ID, b.ID) })
	list = slices.CompactFunc(list, func(a, b member) bool { return a.ID == b.ID })
	members, everybody, outsiders, flat := []any{}, false, 0, true
	users := []string{}
	for _, m := range list {
		members = append(members, map[string]any{"id": m.ID, "role": m.Role, "type": m.Type})
		everybody = everybody || m.Type == "CUSTOMER"
		flat = flat && m.Type != "CUSTOMER" && m.Type != "GROUP"
		switch {
		case m.Type == "USER" && c.isUser[m.ID]:
			users = append(users, m.ID)
		case m.Type == "USER", m.Type == "EXTERNAL":
			outsiders++
		}
	}
	if flat { // whom a role of the group reaches is not known otherwise
		c.members[group] = users
	}
	s.Set("members", members)
	s.Set("everybody", everybody)
	if c.usersErr != nil { // who is not among the users may be one
		s.Lose("outsiders")
	} else {
		s.Set("outsiders", outsiders)
	}
}

type role struct {
	ID    string `json:"roleId"`
	Name  string `json:"roleName"`
	Super bool   `json:"isSuperAdminRole"`
}

type assignment struct {
	ID       string `json:"roleAssignmentId"`
	Role     string `json:"roleId"`
	Assignee string `json:"assignedTo"`
	Type     string `json:"assigneeType"`
	Scope    string `json:"scopeType"`
}

// roles reads which there are and who has them.
func (c *collection) roles(ctx context.Context) error {
	roles := map[string]role{}
	at := directory("/customer/my_customer/roles", url.Values{"fields": {"kind,nextPageToken,items(roleId,roleName,isSuperAdminRole)"}, "maxResults": {"100"}})
	err := rest.Pages(ctx, c.api, rest.Call{Name: "GET /admin/directory/v1/customer/{id}/roles", URL: at, Scope: scopeRoles},
		paged[role](at, "admin#directory#roles", "items"), func(r *role) error {
			roles[r.ID] = *r
			return nil
		})
	if err != nil {
		return c.api.Broke(ctx, "Roles", err, kindAssignment)
	}
	of, whole, seen := map[string][]string{}, true, map[string]bool{}
	at = directory("/customer/my_customer/roleassignments", url.Values{"maxResults": {"200"}})
	err = rest.Pages(ctx, c.api, rest.Call{Name: "GET /admin/directory/v1/customer/{id}/roleassignments", URL: at, Scope: scopeRoles},
		paged[assignment](at, "admin#directory#roleAssignments", "items"), func(a *assignment) error {
			if seen[a.ID] {
				return nil
			}
			seen[a.ID] = true
			s := rest.NewSheet()
			r, known := roles[a.Role]
			if known {
				s.Set("role", r.Name)
				s.Set("super", r.Super)
			} else { // made while the list was read
				s.Lose("role", "super")
			}
			s.Set("assignee", a.Assignee)
			s.Text("assignee_type", strings.ToUpper(a.Type))
			s.Set("scope", a.Scope)
			users, ok := c.members[a.Assignee]
			if !ok {
				users = []string{a.Assignee}
				whole = whole && !strings.EqualFold(a.Type, "group")
			}
			for _, u := range users {
				of[u] = append(of[u], r.Name)
			}
			whole = whole && known
			return c.api.Put(ctx, kindAssignment, a.ID, s)
		})
	if err != nil {
		return c.api.Broke(ctx, "Administrators' roles", err, kindAssignment)
	}
	if whole {
		c.roleOf = of
	}
	c.run.Complete(kindAssignment)
	return nil
}

// grants reads which applications each user let in.
func (c *collection) grants(ctx context.Context) error {
	type grant struct {
		Client    string   `json:"clientId"`
		Name      string   `json:"displayText"`
		Scopes    []string `json:"scopes"`
		Native    bool     `json:"nativeApp"`
		Anonymous bool     `json:"anonymous"`
	}
	part := &rest.Part{Kind: kindGrant, What: "What people let in"}
	for i := range c.people {
		u := &c.people[i]
		at := directory("/users/"+url.PathEscape(u.ID)+"/tokens", url.Values{"fields": {"kind,items(clientId,displayText,scopes,nativeApp,anonymous)"}})
		list, _, err := rest.About(ctx, c.api, part, paged[grant](at, "admin#directory#tokenList", "items"), rest.Call{
			Name: "GET /admin/directory/v1/users/{id}/tokens", URL: at, Scope: scopeSecurity,
		})
		if err != nil {
			return err
		}
		for _, g := range list {
			s := rest.NewSheet()
			s.Set("name", g.Name)
			s.Set("client", g.Client)
			s.Set("user", u.ID)
			s.Set("native", g.Native)
			s.Set("anonymous", g.Anonymous)
			slices.Sort(g.Scopes)
			s.Set("scopes", rest.Strings(slices.Compact(g.Scopes)))
			if err := c.api.Put(ctx, kindGrant, u.ID+"/"+g.Client, s); err != nil {
				return rest.Ours(ctx, err)
			}
		}
	}
	switch {
	case c.usersErr != nil:
		c.run.Incomplete(kindGrant, "Not every user was listed.")
	case part.Lost:
		c.run.Incomplete(kindGrant, "What some people let in could not be read.")
	}
	c.run.Complete(kindGrant)
	return nil
}

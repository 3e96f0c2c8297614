package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

type role struct {
	OID                                                              uint32
	Name                                                             string
	Login, Super, CreateRole, CreateDB, Replication, Bypass, Inherit bool
	Limit                                                            int32
	Until                                                            pgtype.Timestamptz
}

type membership struct {
	Role, Member         uint32
	Grantor              *string
	GrantorID            uint32
	Admin, Inherit, Sets bool
}

const rolesQuery = `
SELECT oid, rolname::text, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit, rolconnlimit, rolvaliduntil
FROM pg_roles ORDER BY oid`

// From PostgreSQL 16 on each membership says whether rights are inherited and
// whether the member can become the role; before, the member's own attribute
// says the first, and the second is always so.
const (
	membershipsOld = `
SELECT m.roleid, m.member, g.rolname::text, m.grantor, m.admin_option, r.rolinherit, true
FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member LEFT JOIN pg_roles g ON g.oid = m.grantor ORDER BY 1, 2, 4`
	membershipsNew = `
SELECT m.roleid, m.member, g.rolname::text, m.grantor, m.admin_option, m.inherit_option, m.set_option
FROM pg_auth_members m LEFT JOIN pg_roles g ON g.oid = m.grantor ORDER BY 1, 2, 4`
)

// roles reads roles and their memberships.
func (c *collection) roles(ctx context.Context) error {
	roles, err := rows[role](ctx, c, c.session, query{call: "pg_roles", sql: rolesQuery})
	if err != nil {
		return err
	}
	text := membershipsOld
	if c.session.version >= 160000 {
		text = membershipsNew
	}
	members, err := rows[membership](ctx, c, c.session, query{call: "pg_auth_members", sql: text})
	if err != nil {
		return err
	}
	methods, err := c.passwordMethods(ctx)
	if err != nil {
		return err
	}
	g := newGraph(roles, members)
	for i := range roles {
		if err := c.role(ctx, g, &roles[i], methods); err != nil {
			return err
		}
	}
	c.run.Complete(kindRole)
	for i := range members {
		if err := c.member(ctx, g, &members[i]); err != nil {
			return err
		}
	}
	c.run.Complete(kindMembership)
	return nil
}

// passwordMethods returns the method of each role's password, or nil when the
// role may not see it.
func (c *collection) passwordMethods(ctx context.Context) (map[uint32]string, error) {
	type method struct {
		Role   uint32
		Method string
	}
	for _, q := range []query{
		{call: "assay.password_methods()", sql: `SELECT role, method FROM assay.password_methods()`},
		{call: "pg_authid", sql: `
SELECT oid, CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
  WHEN rolpassword LIKE 'md5%' THEN 'md5' ELSE 'other' END FROM pg_authid`},
	} {
		found, err := rows[method](ctx, c, c.session, q)
		if err != nil {
			if refused(err) || missing(err) {
				continue
			}
			return nil, err
		}
		out := map[uint32]string{}
		for _, m := range found {
			out[m.Role] = m.Method
		}
		return out, nil
	}
	c.run.Note(kindRole, "How passwords are stored could not be read: make the function of the grant, or let the role run it.")
	return nil, nil //nolint:nilnil // nothing is known, which is no error
}

// firstOwn is the first object identifier that PostgreSQL does not keep for
// itself.
const firstOwn = 16384

// risky are the predefined roles that lead out of the database, onto the host.
var risky = []string{"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"}

func (c *collection) role(ctx context.Context, g *graph, r *role, methods map[uint32]string) error {
	s := newSheet()
	above := g.above(r.OID)
	var names []string
	becomes, out := r.Super, false
	for _, id := range above {
		names = append(names, g.name(id))
		out = out || slices.Contains(risky, g.name(id))
	}
	for _, id := range g.becomes(r.OID) {
		becomes = becomes || g.roles[id].Super
	}
	slices.Sort(names)
	s.set("name", r.Name)
	s.set("holder", c.holder(r))
	s.set("can_login", r.Login)
	s.set("superuser", r.Super)
	s.set("becomes_superuser", becomes)
	s.set("create_role", r.CreateRole)
	s.set("create_database", r.CreateDB)
	s.set("replication", r.Replication)
	s.set("bypass_rls", r.Bypass)
	s.set("inherits", r.Inherit)
	s.set("admin", becomes || r.CreateRole || out)
	s.set("member_of", list(names))
	s.set("connection_limit", int(r.Limit))
	if at, ok := when(r.Until); ok {
		s.set("password_ends_at", at)
	}
	if method, ok := methods[r.OID]; ok {
		s.set("password_method", method)
	} else {
		s.lose("password_method")
	}
	return c.emit(ctx, kindRole, strconv.FormatUint(uint64(r.OID), 10), s)
}

func (c *collection) holder(r *role) string {
	switch {
	case !r.Login || r.OID < firstOwn && strings.HasPrefix(r.Name, "pg_"):
		return "system"
	case c.service(r.Name) || r.Name == c.config.User:
		return "service"
	}
	return "person"
}

func (c *collection) member(ctx context.Context, g *graph, m *membership) error {
	s := newSheet()
	s.set("role", g.name(m.Role))
	s.set("member", g.name(m.Member))
	if m.Grantor != nil {
		s.set("grantor", *m.Grantor)
	}
	s.set("admin", m.Admin)
	s.set("inherits", m.Inherit)
	s.set("sets", m.Sets)
	id := fmt.Sprintf("%d/%d", m.Role, m.Member)
	if c.session.version >= 160000 { // the same may be given by several
		id += fmt.Sprintf("/%d", m.GrantorID)
	}
	return c.emit(ctx, kindMembership, id, s)
}

// graph is who is a member of what.
type graph struct {
	roles map[uint32]*role
	given map[uint32][]*membership // by member
}

func newGraph(roles []role, members []membership) *graph {
	g := &graph{roles: map[uint32]*role{}, given: map[uint32][]*membership{}}
	for i := range roles {
		g.roles[roles[i].OID] = &roles[i]
	}
	for i := range members {
		g.given[members[i].Member] = append(g.given[members[i].Member], &members[i])
	}
	return g
}

func (g *graph) name(id uint32) string {
	if r, ok := g.roles[id]; ok {
		return r.Name
	}
	return strconv.FormatUint(uint64(id), 10)
}

// above are the roles that one is a member of, directly or not.
func (g *graph) above(id uint32) []uint32 {
	return g.walk(id, func(*membership) bool { return true })
}

// becomes are the roles that one can become (SET ROLE), or can let itself
// become, because it may give them on.
func (g *graph) becomes(id uint32) []uint32 {
	return g.walk(id, func(m *membership) bool { return m.Sets || m.Admin })
}

func (g *graph) walk(id uint32, follow func(*membership) bool) (out []uint32) {
	seen := map[uint32]bool{id: true}
	for queue := []uint32{id}; len(queue) > 0; queue = queue[1:] {
		for _, m := range g.given[queue[0]] {
			if _, known := g.roles[m.Role]; known && follow(m) && !seen[m.Role] {
				seen[m.Role] = true
				out = append(out, m.Role)
				queue = append(queue, m.Role)
			}
		}
	}
	return out
}

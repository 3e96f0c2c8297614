package postgres

import (
	"context"
	"fmt"
	"strconv"
)

type database struct {
	OID                                    uint32
	Name, Owner                            string
	Template, Connectable                  bool
	PublicConnect, PublicCreate, PublicTmp bool
	Mine                                   bool // the role may connect
}

// Without an entry a privilege is the default one, which acldefault tells.
const databasesQuery = `
SELECT d.oid, d.datname::text, pg_get_userbyid(d.datdba)::text, d.datistemplate, d.datallowconn,
  coalesce(bool_or(a.privilege_type = 'CONNECT'), false), coalesce(bool_or(a.privilege_type = 'CREATE'), false), coalesce(bool_or(a.privilege_type = 'TEMPORARY'), false),
  has_database_privilege(d.oid, 'CONNECT')
FROM pg_database d LEFT JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a ON a.grantee = 0
GROUP BY d.oid, d.datname, d.datdba, d.datistemplate, d.datallowconn ORDER BY d.oid`

// inner are the kinds that are read from within each database.
var inner = []string{kindSchema, kindGrant, kindExtension}

// databases reads each, and goes into those that it may enter.
func (c *collection) databases(ctx context.Context) error {
	found, err := rows[database](ctx, c, c.session, query{call: "pg_database", sql: databasesQuery})
	if err != nil {
		return err
	}
	for i := range found {
		d := &found[i]
		entered, err := c.enter(ctx, d)
		if err != nil {
			return err
		}
		s := newSheet()
		s.set("name", d.Name)
		s.set("owner", d.Owner)
		s.set("template", d.Template)
		s.set("connectable", d.Connectable)
		s.set("public_connect", d.PublicConnect)
		s.set("public_create", d.PublicCreate)
		s.set("public_temporary", d.PublicTmp)
		s.set("entered", entered)
		if err := c.emit(ctx, kindDatabase, strconv.FormatUint(uint64(d.OID), 10), s); err != nil {
			return err
		}
	}
	for _, kind := range append([]string{kindDatabase}, inner...) {
		c.run.Complete(kind)
	}
	return nil
}

// enter reads a database from within. One that nobody can enter holds nothing
// that anybody could reach.
func (c *collection) enter(ctx context.Context, d *database) (bool, error) {
	if !d.Connectable {
		return false, nil
	}
	c.run.Say("Reading database " + d.Name)
	s := c.session
	if d.Name != c.config.Database {
		if !d.Mine {
			c.outside(d, "the role may not connect")
			return false, nil
		}
		var err error
		if s, err = c.connect(ctx, d.Name); err != nil {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			c.run.Refuse("connect", clip(err))
			c.outside(d, clip(err))
			return false, nil
		}
		defer s.close()
	}
	for _, part := range []func(context.Context, *session, *database) error{c.schemas, c.grants, c.extensions} {
		if err := part(ctx, s, d); err != nil {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			c.outside(d, clip(err))
			return false, nil
		}
	}
	return true, nil
}

func (c *collection) outside(d *database, why string) {
	for _, kind := range inner {
		c.run.Incomplete(kind, fmt.Sprintf("Database %s could not be read from within: %s.", d.Name, why))
	}
}

type schema struct {
	OID                              uint32
	Name, Owner                      string
	Usage, Create                    bool
	Tables, Readable, Writable, Runs int64
}

const schemasQuery = `
SELECT n.oid, n.nspname::text, pg_get_userbyid(n.nspowner)::text,
  EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'USAGE'),
  EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'),
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT')
      OR EXISTS (SELECT FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid AND NOT t.attisdropped AND a.grantee = 0 AND a.privilege_type = 'SELECT'))),
  (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0 AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'))
      OR EXISTS (SELECT FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid AND NOT t.attisdropped AND a.grantee = 0 AND a.privilege_type IN ('INSERT', 'UPDATE')))),
  (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = n.oid AND p.prosecdef
    AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'))
FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY n.oid`

func (c *collection) schemas(ctx context.Context, in *session, d *database) error {
	found, err := rows[schema](ctx, c, in, query{call: "pg_namespace", sql: schemasQuery})
	if err != nil {
		return err
	}
	for _, n := range found {
		s := newSheet()
		s.set("name", d.Name+"."+n.Name)
		s.set("database", d.Name)
		s.set("owner", n.Owner)
		s.set("public_usage", n.Usage)
		s.set("public_create", n.Create)
		s.set("tables", int(n.Tables))
		s.set("public_readable", int(n.Readable))
		s.set("public_writable", int(n.Writable))
		s.set("public_definer_functions", int(n.Runs))
		if err := c.emit(ctx, kindSchema, fmt.Sprintf("%d/%d", d.OID, n.OID), s); err != nil {
			return err
		}
	}
	return nil
}

type grantee struct {
	Schema, Role          uint32
	SchemaName, RoleName  string
	Privileges, Grantable []string
	Tables                int64
}

const grantsQuery = `
SELECT n.oid, x.grantee, n.nspname::text, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END,
  array_agg(DISTINCT x.privilege_type ORDER BY x.privilege_type), coalesce(array_agg(DISTINCT x.privilege_type ORDER BY x.privilege_type) FILTER (WHERE x.is_grantable), '{}'), count(DISTINCT x.oid)
FROM (
  SELECT c.oid, c.relnamespace, c.relowner, a.grantee, a.privilege_type, a.is_grantable
  FROM pg_class c, aclexplode(c.relacl) a WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL
  SELECT c.oid, c.relnamespace, c.relowner, a.grantee, a.privilege_type, a.is_grantable
  FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped, aclexplode(t.attacl) a WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
) x JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE x.grantee <> x.relowner AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2`

func (c *collection) grants(ctx context.Context, in *session, d *database) error {
	found, err := rows[grantee](ctx, c, in, query{call: "aclexplode(pg_class.relacl)", sql: grantsQuery})
	if err != nil {
		return err
	}
	for _, g := range found {
		s := newSheet()
		s.set("name", fmt.Sprintf("%s.%s → %s", d.Name, g.SchemaName, g.RoleName))
		s.set("database", d.Name)
		s.set("schema", g.SchemaName)
		s.set("role", g.RoleName)
		s.set("privileges", g.Privileges)
		s.set("grantable", list(g.Grantable))
		s.set("tables", int(g.Tables))
		if err := c.emit(ctx, kindGrant, fmt.Sprintf("%d/%d/%d", d.OID, g.Schema, g.Role), s); err != nil {
			return err
		}
	}
	return nil
}

type extension struct {
	OID           uint32
	Name, Version string
	Offered       *string
}

func (c *collection) extensions(ctx context.Context, in *session, d *database) error {
	found, err := rows[extension](ctx, c, in, query{call: "pg_extension", sql: `
SELECT e.oid, e.extname::text, e.extversion, a.default_version FROM pg_extension e LEFT JOIN pg_available_extensions a ON a.name = e.extname ORDER BY 1`})
	if err != nil {
		return err
	}
	for _, e := range found {
		s := newSheet()
		s.set("name", d.Name+"."+e.Name)
		s.set("database", d.Name)
		s.set("extension", e.Name)
		s.set("version", e.Version)
		s.text("offered", text(e.Offered))
		s.set("outdated", e.Offered == nil || *e.Offered != e.Version)
		if err := c.emit(ctx, kindExtension, fmt.Sprintf("%d/%d", d.OID, e.OID), s); err != nil {
			return err
		}
	}
	return nil
}

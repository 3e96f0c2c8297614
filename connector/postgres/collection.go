package postgres

import (
	"context"
	"net"
	"strconv"

	"assay/connector"
)

// collection is one reading of the cluster.
type collection struct {
	*source
	session *session // the database that the settings name
	run     *connector.Run

	seesSettings bool // settings that only pg_read_all_settings shows
	seesStats    bool // sessions and statistics of others
}

// sheet is a resource being filled in.
type sheet struct {
	fields  map[string]any
	missing []string
}

func newSheet() *sheet { return &sheet{fields: map[string]any{}} }

func (s *sheet) set(name string, v any) { s.fields[name] = v }

// lose marks fields as unavailable.
func (s *sheet) lose(names ...string) { s.missing = append(s.missing, names...) }

// text sets the field unless the value is empty, which leaves it absent.
func (s *sheet) text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// texts that always have a value, empty or not.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

func (c *collection) emit(ctx context.Context, kind, id string, s *sheet) error {
	return c.run.Emit(ctx, connector.Resource{Kind: kind, Authority: c.session.authority, ID: id, Fields: s.fields, Unavailable: s.missing})
}

func (c *collection) name() string {
	return net.JoinHostPort(c.config.Host, strconv.Itoa(int(c.config.Port)))
}

// rights looks at what the role may see, because PostgreSQL leaves out what it
// may not.
func (c *collection) rights(ctx context.Context) error {
	found, err := rows[struct{ Settings, Stats bool }](ctx, c, c.session, query{call: "pg_has_role", sql: `
SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE'), pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')`})
	if err != nil {
		return err
	}
	c.seesSettings, c.seesStats = found[0].Settings, found[0].Stats
	return nil
}

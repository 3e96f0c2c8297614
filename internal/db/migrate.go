package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"assay/internal/kit/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

func (d *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithTableName("schema_version")}
	if d.engine == PostgreSQL {
		locker, err := lock.NewPostgresSessionLocker() // replicas that start together wait for one
		if err != nil {
			return nil, err
		}
		dialect, opts = goose.DialectPostgres, append(opts, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, d.write, files, opts...)
}

// migrateTo makes the schema of an empty store, up to a version.
func (d *DB) migrateTo(ctx context.Context, version int64) error {
	p, err := d.provider()
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case have > 0:
		return fault.New(fault.Conflict, "The database is not empty. A copy is put into an empty one; nothing was changed.")
	case version > want:
		return fault.New(fault.Conflict, "The copy has schema %d and this program knows %d. Use the newer program that wrote it.", version, want)
	}
	_, err = p.UpTo(ctx, version)
	return err
}

func (d *DB) migrate(ctx context.Context) error {
	p, err := d.provider()
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return fault.New(fault.Conflict,
			"The store has schema %d and this program knows %d. Use the newer program that wrote it; nothing was changed.", have, want)
	}
	if have == want {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	return d.protect(ctx)
}

// Tables whose rows are found before the organization is known.
func unconfined(table string) bool {
	switch table {
	case "sso_domain", "sso_issuer", "federation_trust", "auth_member", "auth_policy", "auth_role", "auth_invitation", "auth_session", "auth_token", "portfolio_offer", "job_queue", "job_schedule", "keys_org":
		return true
	}
	return false
}

// protect repeats the tenant rule in PostgreSQL: a row is visible only to a
// transaction that is confined to its organization.
func (d *DB) protect(ctx context.Context) error {
	if d.engine != PostgreSQL {
		return nil
	}
	return d.WriteInstallation(ctx, func(tx *Tx) error {
		tables, err := All(tx, Value[string], `SELECT c.table_name FROM information_schema.columns c
			JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
			WHERE c.column_name = 'org_id' AND c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if unconfined(table) {
				continue
			}
			for _, stmt := range []string{
				`ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY`,
				`ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY`,
				`DROP POLICY IF EXISTS tenant ON %[1]s`,
				`CREATE POLICY tenant ON %[1]s USING (org_id = current_setting('app.org', true))`,
			} {
				if _, err := tx.Exec(fmt.Sprintf(stmt, table)); err != nil {
					return fmt.Errorf("protect %s: %w", table, err)
				}
			}
		}
		return nil
	})
}

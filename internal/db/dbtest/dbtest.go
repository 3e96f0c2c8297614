package dbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/id"
)

// Start is where the clock of every test stands.
func Start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Each runs fn once per engine, on an empty store and a clock that is moved
// by hand.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB, hand *clock.Hand)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		run(t, filepath.Join(t.TempDir(), "test.db"), fn)
	})
	t.Run("postgresql", func(t *testing.T) {
		run(t, Postgres(t), fn)
	})
}

// SQLite runs fn on SQLite only, for what is not about the store.
func SQLite(t testing.TB) (*db.DB, *clock.Hand) {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "test.db"))
}

func run(t *testing.T, dsn string, fn func(*testing.T, *db.DB, *clock.Hand)) {
	t.Helper()
	d, hand := open(t, dsn)
	fn(t, d, hand)
}

func open(t testing.TB, dsn string) (*db.DB, *clock.Hand) {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(Start())
	d, err := db.Open(t.Context(), db.Config{URL: dsn, Now: hand.Now, Rehearsal: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, hand
}

// Another is the URL of an empty PostgreSQL, or empty where there is no server.
func Another(t *testing.T) string {
	t.Helper()
	if os.Getenv("ASSAY_TEST_POSTGRES") == "" {
		return ""
	}
	return Postgres(t)
}

// Postgres makes an empty schema owned by an ordinary role and returns the URL
// to use it, or skips the test.
func Postgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("ASSAY_TEST_POSTGRES")
	if server == "" {
		t.Skip("PostgreSQL is not tested: ASSAY_TEST_POSTGRES names no server (make test starts one)")
	}
	pool, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	name := "t" + id.Token(8)
	exec := func(ctx context.Context, stmt string) {
		if _, err := pool.ExecContext(ctx, stmt); err != nil && !strings.Contains(err.Error(), "already exists") &&
			!strings.Contains(err.Error(), "duplicate key") && !strings.Contains(err.Error(), "concurrently updated") {
			t.Errorf("%s: %v", stmt, err)
		}
	}
	exec(t.Context(), `CREATE ROLE assay_test LOGIN`)
	exec(t.Context(), `CREATE SCHEMA `+name+` AUTHORIZATION assay_test`)
	t.Cleanup(func() { exec(context.Background(), `DROP SCHEMA `+name+` CASCADE`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("assay_test")
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

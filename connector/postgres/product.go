package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"assay/connector"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "postgres", Version: "1", Title: "PostgreSQL",
		Summary: "Reads a PostgreSQL cluster's roles, memberships, sign-in rules, privileges, settings, extensions, archiving and replication.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "address", Label: "Server", Required: true, Address: true, Example: "db.example.com:5432", Help: "Host and port, as your programs reach it."},
			{Name: "database", Label: "Database", Default: "postgres", Help: "The database to sign in to. Every other one that the role may connect to is read too."},
			{Name: "user", Label: "Role", Default: "assay", Help: "The role that was made for Assay."},
			{Name: "password", Label: "Password", Secret: true, Help: "The role's password."},
			{Name: "tls", Label: "Encryption", Default: "verify-full", Choices: []string{"verify-full", "require", "disable"}, Help: "verify-full checks the server's certificate and name; require encrypts without knowing to whom; disable sends the password's proof in the clear, for this machine alone."},
			{Name: "ca", Label: "Certificate authority", Lines: true, Help: "For verify-full with an authority of your own: its certificate in PEM. Empty: this machine's."},
			{Name: "services", Label: "Roles of programs", Lines: true, Example: "app\nreporting", Help: "One a line: login roles that programs use. Every other login role counts as a person's."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"As a superuser, run this in the database that you name above. The role can read how the server is set up, and no table of yours.",
				"The part on pg_hba_file_rules shows who may connect from where. The function shows how passwords are stored, and never a hash. Without them those fields are unavailable.",
				"Let the role in by one line of pg_hba.conf: hostssl all assay <Assay's address>/32 scram-sha-256.",
			},
			Lang: "sql", Text: grant,
			NotRead: []string{
				"rows of tables and the text of queries",
				"password hashes: only the name of their method",
				"what archive_command and other commands say: only that they are set",
			},
		},
		Open: open,
	}
}

const grant = `CREATE ROLE assay LOGIN PASSWORD '<choose one>' CONNECTION LIMIT 3;
ALTER ROLE assay SET default_transaction_read_only = on;
GRANT pg_monitor TO assay;
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO assay;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO assay;
CREATE SCHEMA assay;
CREATE FUNCTION assay.password_methods() RETURNS TABLE (role oid, method text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT oid, CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
    WHEN rolpassword LIKE 'md5%' THEN 'md5' ELSE 'other' END FROM pg_authid $$;
REVOKE ALL ON FUNCTION assay.password_methods() FROM PUBLIC;
GRANT USAGE ON SCHEMA assay TO assay;
GRANT EXECUTE ON FUNCTION assay.password_methods() TO assay;
`

type source struct {
	env      connector.Env
	config   *pgx.ConnConfig
	services []string
	wait     func(ctx context.Context, tries int) error // before another try

	first *session // the connection by which the authority was learnt
}

var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil {
		return nil, fault.New(fault.Invalid, "PostgreSQL cannot be read here: no clock was given.")
	}
	host, port, err := address(c["address"])
	if err != nil {
		return nil, fault.Fields("The server's address is not one.", fault.Field{Name: "address", Text: err.Error()})
	}
	// The settings alone decide, not the environment nor files of this machine.
	config, err := pgx.ParseConfig("host=127.0.0.1 port=1 user=assay dbname=postgres sslmode=disable passfile=/dev/null")
	if err != nil {
		return nil, fault.New(fault.Invalid, "The environment of this program holds settings of PostgreSQL that it cannot read: unset the variables that begin with PG.")
	}
	config.Host, config.Port = host, port
	config.User, config.Password, config.Database = or(c["user"], "assay"), c["password"], or(c["database"], "postgres")
	config.Fallbacks, config.ConnectTimeout = nil, 15*time.Second
	config.DialFunc = outbound.Dialer(env.AllowLocal).DialContext
	config.LookupFunc = net.DefaultResolver.LookupHost
	config.RuntimeParams = map[string]string{
		"application_name": "assay", "search_path": "pg_catalog", "default_transaction_read_only": "on",
		"statement_timeout": "60000", "lock_timeout": "5000", "idle_in_transaction_session_timeout": "120000",
		"TimeZone": "UTC", "DateStyle": "ISO",
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // also through a pooler
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	if config.TLSConfig, err = encryption(or(c["tls"], "verify-full"), host, c["ca"]); err != nil {
		return nil, err
	}
	config.TLSConfig = withClock(config.TLSConfig, env)
	return &source{env: env, config: config, services: strings.Fields(c["services"]), wait: pause}, nil
}

func withClock(c *tls.Config, env connector.Env) *tls.Config {
	if c != nil {
		c.Time = env.Now
	}
	return c
}

func or(value, otherwise string) string {
	if value = strings.TrimSpace(value); value == "" {
		return otherwise
	}
	return value
}

func address(text string) (host string, port uint16, err error) {
	host, number := strings.TrimSpace(text), "5432"
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, number = h, p
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 || net.ParseIP(host) == nil && !hostname.MatchString(host) {
		return "", 0, fmt.Errorf("%.60q: want host:port, such as db.example.com:5432", text)
	}
	return host, uint16(n), nil
}

func encryption(mode, host, ca string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	switch mode {
	case "disable":
		return nil, nil //nolint:nilnil // no encryption is a configuration
	case "require":
		config.InsecureSkipVerify = true // the operator chose it, and own_session_tls says that much and no more
		return config, nil
	case "verify-full":
	default:
		return nil, fault.Fields("The encryption is not one of the choices.", fault.Field{Name: "tls", Text: "Choose verify-full, require or disable."})
	}
	if ca = strings.TrimSpace(ca); ca != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, fault.Fields("The certificate authority cannot be read.", fault.Field{Name: "ca", Text: "Give a certificate in PEM."})
		}
	}
	return config, nil
}

// Authority is the cluster's system identifier.
func (s *source) Authority(ctx context.Context) (string, error) {
	if s.first != nil {
		return s.first.authority, nil
	}
	one, err := s.connect(ctx, s.config.Database)
	if err != nil {
		return "", plain(err)
	}
	s.first = one
	return one.authority, nil
}

// Close hangs up.
func (s *source) Close() error {
	if s.first == nil {
		return nil
	}
	s.first.close()
	s.first = nil
	return nil
}

// Collect reads the cluster once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	if _, err := s.Authority(ctx); err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	c := &collection{source: s, session: s.first, run: run}
	for _, step := range []struct {
		say string
		do  func(context.Context) error
	}{
		{"rights", c.rights},
		{"roles", c.roles},
		{"sign-in rules", c.rules},
		{"server", c.server},
		{"replicas", c.replicas},
		{"databases", c.databases},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		run.Say("Reading " + step.say)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("read %s: %w", step.say, plain(err))
		}
	}
	return nil
}

func (s *source) service(role string) bool { return slices.Contains(s.services, role) }

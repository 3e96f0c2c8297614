package postgres

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/resource"
)

// cluster is a real server of the tests' own, in a folder that goes away.
type cluster struct {
	t    *testing.T
	bin  string
	dir  string
	port string
	ca   string
	as   *syscall.SysProcAttr
}

// newCluster makes one with TLS, the lines of pg_hba.conf that are given, and
// more settings.
func newCluster(t *testing.T, hba, settings string) *cluster {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(bins) == 0 {
		t.Skip("PostgreSQL's programs are not installed")
	}
	c := &cluster{t: t, bin: filepath.Dir(bins[len(bins)-1])}
	dir, err := os.MkdirTemp("", "assay-pg-*") //nolint:usetesting // the server runs as somebody else, who cannot enter the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c.dir = dir
	if os.Geteuid() == 0 { // the server does not run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("there is no user postgres to run the server")
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		c.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	c.command("initdb", "-D", "data", "-U", "root_of_it", "--auth=trust", "--no-sync", "--data-checksums", "--locale=C", "--encoding=UTF8")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	c.certificate()
	c.write("data/pg_hba.conf", hba)
	c.write("data/postgresql.auto.conf", "port = "+c.port+"\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nssl = on\n"+settings)
	c.command("pg_ctl", "-D", "data", "-w", "-t", "30", "-l", "log", "start")
	t.Cleanup(func() { c.command("pg_ctl", "-D", "data", "-m", "immediate", "stop") })
	return c
}

func (c *cluster) run(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Env = c.dir, c.as, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	return cmd
}

func (c *cluster) command(program string, args ...string) {
	c.t.Helper()
	cmd := c.run(context.Background(), program, args...)
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		c.t.Fatalf("%s: %v\n%s\n%s", program, err, out.String(), log)
	}
}

func (c *cluster) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	if c.as != nil {
		if err := os.Chown(path, int(c.as.Credential.Uid), int(c.as.Credential.Gid)); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *cluster) certificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	now := clock.System()
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "db.test"}, DNSNames: []string{"localhost"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "db.test"}}, key.Public(), key)
	if err != nil {
		c.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		c.t.Fatal(err)
	}
	c.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	c.write("data/server.crt", c.ca)
	c.write("data/server.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// sql runs statements as the superuser.
func (c *cluster) sql(database, text string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), fmt.Sprintf("host=127.0.0.1 port=%s user=root_of_it dbname=%s sslmode=require", c.port, database))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for one := range strings.SplitSeq(text, ";\n") { // some statements want to be alone
		if _, err := conn.PgConn().Exec(c.t.Context(), one).ReadAll(); err != nil {
			c.t.Fatal(err, one)
		}
	}
}

func (c *cluster) config(more connector.Config) connector.Config {
	out := connector.Config{"address": "localhost:" + c.port, "user": "assay", "password": "chosen", "ca": c.ca}
	maps.Copy(out, more)
	return out
}

// found is what one collection told.
type found struct {
	resources map[string]connector.Resource // by kind and name
	reports   map[string]connector.Report
	calls     map[string]connector.Call
	authority string
}

func collect(t *testing.T, config connector.Config) (found, error) {
	t.Helper()
	out := found{resources: map[string]connector.Resource{}, reports: map[string]connector.Report{}, calls: map[string]connector.Call{}}
	source, err := Product().Open(config, connector.Env{Now: clock.System, AllowLocal: true})
	if err != nil {
		return out, err
	}
	if out.authority, err = source.Authority(t.Context()); err != nil {
		return out, err
	}
	kinds := map[string]*resource.Schema{}
	var names []string
	for _, k := range Kinds() {
		kinds[k.Kind] = &k
		names = append(names, k.Kind)
	}
	ids := map[string]bool{}
	run := connector.NewRun(clock.System, names, func(_ context.Context, r connector.Resource) error {
		if ref := r.Kind + " " + r.ID; ids[ref] {
			t.Errorf("%s twice", ref)
		} else {
			ids[ref] = true
		}
		if _, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable); err != nil {
			t.Errorf("%s %s: %v", r.Kind, r.ID, err)
		}
		out.resources[fmt.Sprint(r.Kind, " ", r.Fields[kinds[r.Kind].Label])] = r
		return nil
	}, nil)
	err = source.Collect(t.Context(), run)
	for _, r := range run.Reports() {
		out.reports[r.Kind] = r
	}
	for _, c := range run.Calls() {
		out.calls[c.Name] = c
	}
	return out, err
}

type mark string

const (
	gone mark = "unavailable"
	none mark = "absent"
)

func (f found) want(t *testing.T, ref string, fields map[string]any) {
	t.Helper()
	r, ok := f.resources[ref]
	if !ok {
		t.Errorf("%s was not told of", ref)
		return
	}
	for name, want := range fields {
		have, there := r.Fields[name]
		lost := slices.Contains(r.Unavailable, name)
		switch want {
		case gone:
			if !lost || there {
				t.Errorf("%s: %s is %v, want it unavailable", ref, name, have)
			}
		case none:
			if lost || there {
				t.Errorf("%s: %s is %v (unavailable %v), want it absent", ref, name, have, lost)
			}
		default:
			if lost || fmt.Sprint(have) != fmt.Sprint(want) {
				t.Errorf("%s: %s is %v (unavailable %v), want %v", ref, name, have, lost, want)
			}
		}
	}
}

func (f found) problems() string {
	var all []string
	for _, r := range f.reports {
		all = append(all, r.Problems...)
	}
	return strings.Join(all, "\n")
}

package domain

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
)

// TestPostfix looks at a real mail server, whose mail OpenDKIM signs, in a zone
// that Knot signs: what is told of its TLS is so, and the key that is told of is
// the one that the mail it sends verifies with.
func TestPostfix(t *testing.T) {
	m := newMailHost(t)
	made := newAuthority(t)
	cert := made.leaf("mx.signed.test", clock.System().AddDate(0, 2, 0))
	m.listen(cert.Certificate[0], cert.PrivateKey)
	zone := "$TTL 300\n@ SOA ns.signed.test. admin.signed.test. 1 3600 600 86400 300\n@ NS ns.signed.test.\nns A 127.0.0.1\n@ MX 10 mx.signed.test.\nmx A 127.0.0.1\n" +
		"@ TXT \"v=spf1 mx -all\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n" + m.record + "\nold._domainkey TXT \"v=DKIM1; p=\"\n"
	address := startKnot(t, map[string]string{"signed.test": zone})
	anchor := keyOfKnot(t, address)
	mail := m.send("a@signed.test")

	w := &world{t: t, web: map[string]string{}, address: address}
	w.at = clock.System()
	at := "smtp://mx.signed.test:" + m.port
	f := w.collect(connector.Config{"domains": "signed.test", "selectors": "s1 old", "hosts": at, "roots": made.pem(), "trust_anchors": anchor})
	f.want(t, "domain.endpoint "+at, map[string]any{
		"reachable": true, "tls": true, "trusted": true, "name_matches": true, "versions": []string{"1.2", "1.3"}, "weak_ciphers": []string{},
	})
	f.want(t, "domain.zone signed.test", map[string]any{"dnssec": "secure", "receives_mail": true, "dmarc_enforced": true})
	keys, _ := f.resources["domain.zone signed.test"].Fields["dkim"].([]any)
	told := map[any]string{}
	for _, k := range keys {
		if k, ok := k.(map[string]any); ok {
			told[k["selector"]] = fmt.Sprint(k["found"], " ", k["revoked"], " ", k["key_type"], " ", k["bits"], " ", k["problem"])
		}
	}
	if told["s1"] != "true false rsa 2048 <nil>" || !strings.HasPrefix(told["old"], "true true") {
		t.Errorf("DKIM keys: %v", told)
	}
	if err := verifyDKIM(mail, m.record); err != nil {
		t.Errorf("the mail that Postfix delivered: %v\n%s", err, mail)
	}
	if err := verifyDKIM(bytes.Replace(mail, []byte("hello"), []byte("hallo"), 1), m.record); err == nil {
		t.Error("an altered mail verifies too")
	}
}

// mailHost is Postfix with OpenDKIM, in a folder of its own.
type mailHost struct {
	t         *testing.T
	dir, port string
	record    string // the key, as a zone file has it
}

func newMailHost(t *testing.T) *mailHost {
	t.Helper()
	for _, program := range []string{"/usr/lib/postfix/sbin/master", "/usr/sbin/opendkim", "/usr/sbin/opendkim-genkey"} {
		if _, err := os.Stat(program); err != nil {
			t.Skipf("%s is not installed (postfix, opendkim, opendkim-tools)", program)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("Postfix starts as root only")
	}
	dir, err := os.MkdirTemp("/tmp", "assay-mail-") //nolint:usetesting // a socket's path must be short, and others must reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	m := &mailHost{t: t, dir: dir}
	for name, owner := range map[string]string{"etc": "root", "queue": "root", "keys": "root", "data": "postfix", "inbox": "nobody"} {
		at := filepath.Join(dir, name)
		u, err := user.Lookup(owner)
		if err != nil {
			t.Skipf("there is no account %s: %v", owner, err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(at, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	m.run("/usr/sbin/opendkim-genkey", "-b", "2048", "-d", "signed.test", "-s", "s1", "-D", filepath.Join(dir, "keys"))
	record, err := os.ReadFile(filepath.Join(dir, "keys", "s1.txt"))
	if err != nil {
		t.Fatal(err)
	}
	m.record = regexp.MustCompile(`\)\s*; -----.*`).ReplaceAllString(string(record), ")")
	return m
}

func (m *mailHost) run(program string, args ...string) {
	m.t.Helper()
	if out, err := exec.CommandContext(m.t.Context(), program, args...).CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// listen starts the signer and the mail server, and waits for both.
func (m *mailHost) listen(cert []byte, key crypto.PrivateKey) {
	m.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	_, m.port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		m.t.Fatal(err)
	}
	write(m.t, filepath.Join(m.dir, "etc/tls.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))+
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	fill := func(text string) string { return strings.NewReplacer("DIR", m.dir, "PORT", m.port).Replace(text) }
	write(m.t, filepath.Join(m.dir, "dkim.conf"), fill("Socket local:DIR/milter\nDomain signed.test\nSelector s1\nKeyFile DIR/keys/s1.private\n"+
		"Canonicalization simple/simple\nMode s\nUMask 000\nSyslog no\nPidFile DIR/dkim.pid\nInternalHosts 127.0.0.1\nRequireSafeKeys no\n"))
	write(m.t, filepath.Join(m.dir, "etc/main.cf"), fill(`compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
mail_owner = postfix
myhostname = mx.signed.test
mydestination =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = inbox.test
virtual_mailbox_base = DIR
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
smtpd_tls_chain_files = DIR/etc/tls.pem
smtpd_tls_security_level = may
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_exclude_ciphers = CBC, kRSA, SHA1, SHA256, SHA384
tls_preempt_cipherlist = yes
smtpd_milters = unix:DIR/milter
maillog_file = /dev/stdout
smtpd_recipient_restrictions = permit_mynetworks, reject
`))
	write(m.t, filepath.Join(m.dir, "etc/master.cf"), fill(`127.0.0.1:PORT inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`))
	start(m.t, "/usr/sbin/opendkim", "-f", "-x", filepath.Join(m.dir, "dkim.conf"))
	m.run("/usr/sbin/postfix", "-c", filepath.Join(m.dir, "etc"), "check")
	start(m.t, "/usr/lib/postfix/sbin/master", "-c", filepath.Join(m.dir, "etc"), "-d")
	m.until("the mail server", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+m.port)
		if err != nil {
			return false
		}
		_ = c.Close()
		_, err = os.Stat(filepath.Join(m.dir, "milter"))
		return err == nil
	})
}

func (m *mailHost) until(what string, is func() bool) {
	m.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 150 {
		if is() {
			return
		}
		<-tick.C
	}
	m.t.Fatalf("%s: not within fifteen seconds", what)
}

// send gives a mail to Postfix and returns it as it was delivered.
func (m *mailHost) send(from string) []byte {
	m.t.Helper()
	text := "From: " + from + "\r\nTo: b@inbox.test\r\nSubject: Orders\r\n\r\nhello\r\n"
	m.plain(from, text)
	var mail []byte
	m.until("the mail", func() bool {
		found, _ := filepath.Glob(filepath.Join(m.dir, "inbox/new/*"))
		if len(found) == 1 {
			mail, _ = os.ReadFile(found[0])
		}
		return len(mail) > 0
	})
	return mail
}

// plain sends without TLS.
func (m *mailHost) plain(from, text string) {
	m.t.Helper()
	c, err := smtp.Dial("127.0.0.1:" + m.port)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Mail(from); err != nil {
		m.t.Fatal(err)
	}
	if err := c.Rcpt("b@inbox.test"); err != nil {
		m.t.Fatal(err)
	}
	body, err := c.Data()
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := io.WriteString(body, text); err != nil {
		m.t.Fatal(err)
	}
	if err := body.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// verifyDKIM verifies a mail's signature (RFC 6376, rsa-sha256 and simple/simple)
// with a key as a zone file has it.
func verifyDKIM(mail []byte, record string) error {
	head, body, _ := strings.Cut(strings.ReplaceAll(string(mail), "\n", "\r\n"), "\r\n\r\n")
	fields := unfold(head)
	named := func(name string) string {
		for _, f := range slices.Backward(fields) { // the lowest counts first
			if key, _, _ := strings.Cut(f, ":"); strings.EqualFold(strings.TrimSpace(key), name) {
				return f
			}
		}
		return ""
	}
	signature := named("DKIM-Signature")
	tags := map[string]string{}
	_, list, _ := strings.Cut(signature, ":")
	for tag := range strings.SplitSeq(list, ";") {
		key, value, _ := strings.Cut(tag, "=")
		tags[strings.TrimSpace(key)] = strings.Join(strings.Fields(value), "")
	}
	if tags["d"] != "signed.test" || tags["s"] != "s1" || tags["c"] != "simple/simple" {
		return fmt.Errorf("signed otherwise: %v", tags)
	}
	sum := sha256.Sum256([]byte(strings.TrimRight(body, "\r\n") + "\r\n"))
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != tags["bh"] {
		return fmt.Errorf("its body's hash is %s, signed was %s", got, tags["bh"])
	}
	var signed strings.Builder
	for name := range strings.SplitSeq(tags["h"], ":") {
		if f := named(name); f != "" {
			signed.WriteString(f + "\r\n")
		}
	}
	signed.WriteString(regexp.MustCompile(`(?s)([;\s]b=)[^;]*`).ReplaceAllString(signature, "$1"))
	quoted := regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(record, -1)
	var whole strings.Builder
	for _, q := range quoted {
		whole.WriteString(q[1])
	}
	_, key, _ := strings.Cut(whole.String(), "p=")
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		return err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(tags["b"])
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(signed.String()))
	rsaKey, ok := public.(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("the key is a %T", public)
	}
	return rsa.VerifyPKCS1v15(rsaKey, crypto.SHA256, digest[:], b)
}

// unfold are the fields of a head, each with its own folding.
func unfold(head string) (fields []string) {
	for line := range strings.SplitSeq(head, "\r\n") {
		if n := len(fields); n > 0 && strings.HasPrefix(line, "\t") || len(fields) > 0 && strings.HasPrefix(line, " ") {
			fields[n-1] += "\r\n" + line
		} else {
			fields = append(fields, line)
		}
	}
	return fields
}

package domain

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/internal/kit/clock"
)

// TestKnot reads a zone that a real name server signed, with a trust anchor for
// it, and one beside it that is not signed.
func TestKnot(t *testing.T) {
	zone := "$TTL 300\n@ SOA ns.%[1]s admin.%[1]s 1 3600 600 86400 300\n@ NS ns.%[1]s\nns A 127.0.0.1\n@ MX 10 mx.%[1]s\nmx A 127.0.0.1\n" +
		"@ TXT \"v=spf1 mx -all\"\n@ CAA 0 issue \"letsencrypt.org\"\n_dmarc TXT \"v=DMARC1; p=quarantine\"\n"
	address := startKnot(t, map[string]string{"signed.test": fmt.Sprintf(zone, "signed.test."), "plain.test": fmt.Sprintf(zone, "plain.test.")})
	w := &world{t: t, web: map[string]string{}, address: address}
	w.at = clock.System()
	f := w.collect(connector.Config{"domains": "signed.test\nplain.test", "hosts": "mx.signed.test:1", "trust_anchors": keyOfKnot(t, address) + "\nplain.test. DS 1 13 2 " + strings.Repeat("ab", 32)})
	f.want(t, "domain.zone signed.test", map[string]any{
		"dnssec": "secure", "dnssec_problem": none, "caa_issuers": []string{"letsencrypt.org"}, "spf_all": "fail", "spf_lookups": 1, "dmarc_enforced": true, "mx": []string{"mx.signed.test"},
	})
	f.want(t, "domain.zone plain.test", map[string]any{"dnssec": "broken", "spf_all": "fail"})
}

// startKnot runs a name server for the zones, of which signed.test is signed, and
// returns its address.
func startKnot(t *testing.T, zones map[string]string) (address string) {
	t.Helper()
	program, err := exec.LookPath("knotd")
	if err != nil {
		t.Skip("knotd is not installed")
	}
	dir := t.TempDir()
	probe, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = probe.LocalAddr().String()
	_ = probe.Close()
	_, port, _ := net.SplitHostPort(address)
	var conf strings.Builder
	fmt.Fprintf(&conf, `server:
  listen: 127.0.0.1@%s
  rundir: %q
database:
  storage: %q
policy:
  - id: nsec3
    nsec3: on
    algorithm: ecdsap256sha256
template:
  - id: default
    storage: %q
    file: "%%s.zone"
    zonefile-sync: -1
zone:
`, port, dir, dir, dir)
	for name, text := range zones {
		write(t, filepath.Join(dir, name+".zone"), text)
		fmt.Fprintf(&conf, "  - domain: %s\n", name)
		if name == "signed.test" {
			conf.WriteString("    dnssec-signing: on\n    dnssec-policy: nsec3\n")
		}
	}
	write(t, filepath.Join(dir, "knot.conf"), conf.String())
	start(t, program, "-c", filepath.Join(dir, "knot.conf"))
	return address
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a program until the test ends.
func start(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // which its own children are told of
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
}

// keyOfKnot waits for the server and returns the key that it signs with.
func keyOfKnot(t *testing.T, address string) string {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		m := new(dns.Msg)
		m.SetQuestion("signed.test.", dns.TypeDNSKEY)
		if in, err := dns.ExchangeContext(t.Context(), m, address); err == nil {
			for _, rr := range in.Answer {
				if k, ok := rr.(*dns.DNSKEY); ok && k.Flags&dns.SEP != 0 {
					return k.String()
				}
			}
		}
		<-tick.C
	}
	t.Fatal("the name server did not answer within ten seconds")
	return ""
}

package domain

import (
	"maps"
	"slices"
	"testing"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/connector/connectortest"
)

// Whatever becomes of one question to the DNS or one request to the web, nothing
// is made up, told twice or silently missing, and the collection after it holds
// everything.
func TestTroubles(t *testing.T) {
	w := newWorld(t)
	w.zone(".", true, "")
	w.zone("test.", true, "")
	w.zone("shop.test.", true, `
shop.test. 300 IN A 192.0.2.1
www.shop.test. 300 IN CNAME shop.test.
shop.test. 300 IN MX 10 mail.shop.test.
mail.shop.test. 300 IN A 192.0.2.2
shop.test. 300 IN TXT "v=spf1 mx include:other.test -all"
_dmarc.shop.test. 300 IN TXT "v=DMARC1; p=reject; rua=mailto:d@shop.test"
_mta-sts.shop.test. 300 IN TXT "v=STSv1; id=1"
_smtp._tls.shop.test. 300 IN TXT "v=TLSRPTv1; rua=mailto:t@shop.test"
shop.test. 300 IN CAA 0 issue "ca.test"`)
	w.zone("other.test.", true, `other.test. 300 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"`)
	w.made()
	settings := connector.Config{
		"domains": "shop.test", "resolver": w.address, "trust_anchors": w.zones[0].key.ToDS(dns.SHA256).String(), "dkim_selectors": "a",
	}
	gather := func() *connectortest.Gathered { return connectortest.Gather(t.Context(), Product(), settings, w.env()) }
	whole := gather()
	if whole.Err != nil || whole.Len() < 2 {
		t.Fatal(whole.Len(), whole.Err)
	}
	w.mu.Lock()
	questions := slices.Sorted(maps.Keys(w.asked))
	w.mu.Unlock()
	for _, q := range questions {
		for name, code := range map[string]int{"refused": dns.RcodeRefused, "broken": dns.RcodeServerFailure} {
			w.mu.Lock()
			w.fail = map[string]int{q: code}
			w.mu.Unlock()
			for _, o := range gather().Against(whole) {
				t.Errorf("%s %s: %s", q, name, o)
			}
		}
	}
	w.mu.Lock()
	w.fail = map[string]int{}
	w.mu.Unlock()
	if again := gather(); !again.Same(whole) {
		t.Error("the collection after it differs from the first")
	}
	t.Logf("%d questions, %d resources", len(questions), whole.Len())
}

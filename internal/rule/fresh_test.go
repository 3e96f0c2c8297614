package rule

import (
	"strings"
	"testing"
	"time"
)

// How old a listing may be is a parameter that every check has: the org's value
// takes the author's place, within bounds, and makes another program.
func TestFreshnessIsAParameter(t *testing.T) {
	d, err := Parse([]byte("id: test.check\nversion: 1\ntitle: t\nkind: host.account\nassert: r.mfa\nfreshness: 26h\nseverity: low\n"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Compile(d, testKinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		ok   bool
		want time.Duration
	}{
		{"8d", true, 8 * 24 * time.Hour},
		{"1h", true, time.Hour},
		{"9d", true, 9 * 24 * time.Hour},
		{"10d", false, 0},
		{"59m", false, 0},
		{"0", false, 0},
		{"soon", false, 0},
		{"", false, 0},
	} {
		set := map[string]string{ParamFreshness: c.text}
		p, err := Compile(d, testKinds(), set)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !c.ok {
			continue
		}
		if p.freshness != c.want || d.FreshFor(set) != c.want || p.Hash() == plain.Hash() {
			t.Errorf("%q: %s, %s", c.text, p.freshness, d.FreshFor(set))
		}
		in := offering(account("ann", map[string]any{"mfa": true}))
		in.Now = in.Listings[0].At.Add(30 * time.Hour)
		if out := judge(t, p, in); (out.Status == Pass) != (c.want > 30*time.Hour) {
			t.Errorf("%q: after 30 hours %s %s", c.text, out.Status, out.Explain)
		}
	}
	if d.FreshFor(nil) != 26*time.Hour {
		t.Error("without a choice it is not the author's")
	}
	_, err = Parse([]byte("id: test.check\nversion: 1\ntitle: t\nkind: host.account\nassert: r.mfa\nparams: {freshness: {type: duration, default: 1d}}\nfreshness: 26h\nseverity: low\n"))
	if err == nil || !strings.Contains(err.Error(), "every check has this parameter") {
		t.Errorf("a check declares it: %v", err)
	}
}

package auth

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/access"
	"assay/internal/kit/fault"
)

func TestPasswordsAreRefused(t *testing.T) {
	words := []string{"Ada Lovelace", "ada@larkspur.example", "Larkspur Data AB"}
	for password, ok := range map[string]bool{
		"":                             false,
		"short":                        false,
		"elevenchars":                  false,
		"twelve chars":                 true,
		"Password2024!":                false,
		"P4ssw0rd!!!!!":                false,
		"passwordpassword1":            false,
		"123456789012":                 false,
		"qwertyuiop[]":                 false,
		"qwertyuiop12":                 false,
		"Summer2026!!":                 false,
		"aaaaaaaaaaaaaaaa":             false,
		"abababababababab":             false,
		"Larkspur2026!":                false,
		"larkspurdata1":                false,
		"AdaLovelace1!":                false,
		"lovelace-lovelace":            false,
		"larkspur bicycle onion":       true,
		"correct horse battery staple": false,
		"horse battery onion bicycle":  true,
		"ಪಾಸ್ವರ್ಡ್ ಬಹಳ ಉದ್ದ":              true,
		strings.Repeat("long words ", 23): true,
		strings.Repeat("long words ", 24): false,
	} {
		if err := checkPassword(password, words...); (err == nil) != ok {
			t.Errorf("%q: %v", password, fault.FieldsOf(err))
		}
	}
}

func TestPasswordHash(t *testing.T) {
	s := Service{Turns: make(chan struct{}, 1)}
	phc, err := s.hashPassword(t.Context(), "twelve chars")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(phc)
	}
	for _, c := range []struct {
		phc, password string
		want          bool
	}{
		{phc, "twelve chars", true},
		{phc, "twelve charz", false},
		{phc, "", false},
		{"", "", false},
		{"", "twelve chars", false},
		{phc[:len(phc)-1], "twelve chars", false},
		{strings.Replace(phc, "t=2", "t=1", 1), "twelve chars", false},
		{phcHead() + "$", "twelve chars", false},
		{phc, strings.Repeat("x", 10000), false},
	} {
		got, err := s.verifyPassword(t.Context(), c.phc, c.password)
		if err != nil || got != c.want {
			t.Errorf("%q %q: %v %v", c.phc, clip(c.password, 20), got, err)
		}
	}
	if other, _ := s.hashPassword(t.Context(), "twelve chars"); other == phc {
		t.Error("no salt")
	}
	s.Turns <- struct{}{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.hashPassword(gone, "x"); err == nil {
		t.Error("took a turn that was not free")
	}
}

func TestEmails(t *testing.T) {
	for in, want := range map[string]string{
		" Ada@Example.COM ":                     "ada@example.com",
		"a+b@x.example":                         "a+b@x.example",
		"":                                      "",
		"ada":                                   "",
		"Ada <a@b.example>":                     "",
		"a b@c.example":                         "",
		"a@b.example\nBcc: x":                   "",
		`"a b"@c.example`:                       "",
		strings.Repeat("a", 250) + "@b.example": "",
	} {
		got, err := Email(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func TestWaitsGrowAndAreBounded(t *testing.T) {
	for _, l := range []limit{limitPair(), limitAddress(), limitAccount()} {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 100000).Draw(t, "n")
			a, b := l.wait(n), l.wait(n+1)
			if a > b || b > l.most || n < l.free && a != 0 || n >= l.free && a < l.first {
				t.Fatalf("%d: %v, then %v", n, a, b)
			}
		})
	}
}

func TestCounterForgets(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := counter{}
	for range 50 {
		c = c.charged(now)
	}
	if c.failures != 50 || c.left(limitPair(), now) != 5*time.Minute {
		t.Fatalf("%+v waits %v", c, c.left(limitPair(), now))
	}
	if w := c.left(limitPair(), now.Add(5*time.Minute)); w != 0 {
		t.Errorf("waits %v after the wait", w)
	}
	if w := c.left(limitPair(), now.Add(forgotten)); w != 0 || c.charged(now.Add(forgotten)).failures != 1 {
		t.Errorf("remembers")
	}
}

func TestNetworks(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "unix": "unix",
	} {
		if got := network(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWhoMayChangeWhom(t *testing.T) {
	lead := access.Actor{ID: "a", Role: access.RoleLead}
	rapid.Check(t, func(t *rapid.T) {
		roles := append(access.Roles(), "")
		m := Member{User: User{ID: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "id")}, Role: rapid.SampledFrom(access.Roles()).Draw(t, "role")}
		to := rapid.SampledFrom(roles).Draw(t, "to")
		leads := rapid.IntRange(1, 3).Draw(t, "leads")
		err := mayChange(lead, m, to, leads)
		after := leads
		if m.Role == access.RoleLead {
			after--
		}
		if to == access.RoleLead {
			after++
		}
		if err == nil && (after < 1 || m.ID == lead.ID && to != "") {
			t.Fatalf("allowed %+v to %q with %d leads", m, to, leads)
		}
	})
}

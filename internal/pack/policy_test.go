package pack_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

func TestPolicies(t *testing.T) {
	s, err := tlog.NewSigner("log.example.com/soc2/x", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	v := s.Verifier()
	for name, c := range map[string]struct{ text, want string }{
		"one log":          {"log " + v + "\nquorum none\n", ""},
		"with comments":    {"# keys\n\n  log " + v + " https://log.example.com/\n# none yet\nquorum none", ""},
		"nothing":          {"", "no quorum"},
		"no quorum":        {"log " + v + "\n", "no quorum"},
		"two quorums":      {"log " + v + "\nquorum none\nquorum none\n", "second quorum"},
		"no log":           {"quorum none\n", "names no log"},
		"key cut":          {"log " + v[:len(v)-4] + "\nquorum none\n", "verifier key"},
		"key altered":      {"log " + strings.ToUpper(v) + "\nquorum none\n", "verifier key"},
		"a log as witness": {"log " + v + "\nwitness w " + v + "\nquorum w\n", "no Ed25519 key of a witness"},
		"group":            {"log " + v + "\ngroup g any w\nquorum g\n", "no witness or group above"},
		"quorum of some":   {"log " + v + "\nquorum w\n", "no witness or group above"},
		"unknown":          {"log " + v + "\nquorum none\ncadence 1h\n", "not known"},
		"too much":         {"log " + v + " a b\nquorum none\n", "want: log"},
		"bare log":         {"log\nquorum none\n", "want: log"},
	} {
		p, err := pack.ParsePolicy(c.text)
		switch {
		case c.want == "" && (err != nil || !slices.Equal(p.Logs, []string{v})):
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("log a+b+c\nquorum none\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := pack.ParsePolicy(text); err == nil && len(p.Logs) == 0 {
			t.Fatal("a policy without a log")
		}
	})
}

func TestDemonstration(t *testing.T) {
	for origin, want := range map[string]bool{
		"larkspur.demo.invalid/soc2/x": true, "demo.invalid/soc2/x": true, "larkspur.demo.invalid": true,
		"notdemo.invalid/soc2/x": false, "assay.example.com/demo.invalid": false, "": false,
	} {
		if pack.Demonstration(origin) != want {
			t.Error(origin)
		}
	}
}

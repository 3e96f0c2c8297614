package factor

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// The last digits of RFC 6238, appendix B, for SHA-1.
func TestCodesOfTheStandard(t *testing.T) {
	const key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		now := time.Unix(at, 0)
		n, ok := stepOf(key, code[:3]+" "+code[3:], now, 0)
		if !ok || n != at/30 {
			t.Errorf("%d: %d %v", at, n, ok)
		}
		if _, ok := stepOf(key, code, now, at/30); ok {
			t.Errorf("%d: the code counts twice", at)
		}
		if _, ok := stepOf(key, code, now.Add(90*time.Second), 0); ok {
			t.Errorf("%d: the code counts for too long", at)
		}
		if _, ok := stepOf("not base32!", code, now, 0); ok {
			t.Errorf("%d: a key that is none", at)
		}
	}
}

func TestOnlyNeighbouringStepsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "now"), 0)
		off := rapid.Int64Range(-6, 6).Draw(t, "steps off")
		key, err := totp.Generate(totp.GenerateOpts{Issuer: "a", AccountName: "b", SecretSize: secretOf})
		if err != nil {
			t.Fatal(err)
		}
		code, err := totp.GenerateCode(key.Secret(), now.Add(time.Duration(off)*step))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := stepOf(key.Secret(), code, now, 0); ok != (off >= -leeway && off <= leeway) && off*off > 1 {
			if again, _ := totp.GenerateCode(key.Secret(), now); again != code { // one in a million is the same by chance
				t.Fatalf("%d steps off: %v", off, ok)
			}
		}
	})
}

func TestSealedTextEndsAndIsBound(t *testing.T) {
	s := Service{Key: secret.NewKey()}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	text, err := s.wrap("a", now.Add(time.Minute), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := s.unwrap("a", text, now); err != nil || string(b) != "x" {
		t.Fatal(string(b), err)
	}
	for what, fails := range map[string]func() error{
		"another purpose": func() error { _, err := s.unwrap("b", text, now); return err },
		"too late":        func() error { _, err := s.unwrap("a", text, now.Add(time.Minute)); return err },
		"another key":     func() error { _, err := Service{Key: secret.NewKey()}.unwrap("a", text, now); return err },
		"cut":             func() error { _, err := s.unwrap("a", text[:len(text)-2], now); return err },
		"nothing":         func() error { _, err := s.unwrap("a", "", now); return err },
	} {
		if fails() == nil {
			t.Errorf("%s: opened", what)
		}
	}
}

func TestPasskeysWantAName(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://assay.example.com": true, "http://localhost:8765": true, "http://127.0.0.1:8765": false, "https://[::1]": false, "": false, "https://": false,
	} {
		if Usable(origin) != ok {
			t.Errorf("%q: %v", origin, !ok)
		}
	}
}

func TestNothingPassesForAPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		s := Service{Key: secret.NewKey()}
		const at = "https://assay.example.com"
		c, err := s.BeginEntry(at, hand.Now())
		if err != nil || !strings.Contains(c.Options, `"userVerification":"required"`) {
			t.Fatal(c.Options, err)
		}
		for what, a := range map[string]Answer{
			"nothing": {Origin: at}, "no ceremony": {Origin: at, JSON: "{}"}, "no answer": {Origin: at, Sealed: c.Sealed},
			"nonsense":   {Origin: at, Sealed: c.Sealed, JSON: `{"id":"AA","type":"public-key","response":{}}`},
			"an address": {Origin: "https://192.0.2.1", Sealed: c.Sealed, JSON: "{}"},
		} {
			err := d.WriteInstallation(t.Context(), func(tx *db.Tx) error {
				_, _, err := s.Entered(tx, a)
				return err
			})
			if k := fault.Of(err); k != fault.Unauthenticated && k != fault.Invalid {
				t.Errorf("%s: %v", what, err)
			}
			err = d.WriteInstallation(t.Context(), func(tx *db.Tx) error {
				_, err := s.AddPasskey(tx, Holder{ID: "usr_1", Name: "A", Account: "a@b.example"}, a, "x")
				return err
			})
			if k := fault.Of(err); k != fault.Unauthenticated && k != fault.Invalid {
				t.Errorf("%s, to add: %v", what, err)
			}
		}
		if err := d.WriteInstallation(t.Context(), func(tx *db.Tx) error { return RemovePasskey(tx, "usr_1", "none") }); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

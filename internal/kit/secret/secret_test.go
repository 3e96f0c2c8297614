package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"assay/internal/kit/secret"
)

func TestASecretCannotBePrinted(t *testing.T) {
	s := secret.NewText("hunter2")
	k, err := secret.KeyFrom([]byte("hunter2-hunter2-hunter2-hunter2-"))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		S secret.Text
		K secret.Key
	}
	h := holder{s, k}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, s, k, h)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s, "k", k, "h", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "k", k, "h", h)
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	for _, leak := range []string{"hunter2", "68756e74657232", "104 117"} {
		if strings.Contains(out.String(), leak) {
			t.Fatalf("leaked %q in %s", leak, out.String())
		}
	}
	if s.Reveal() != "hunter2" {
		t.Fatal("lost")
	}
}

func TestSealBindsToContextKeyAndBytes(t *testing.T) {
	k := secret.NewKey()
	sealed, err := k.Seal("org1/connection/c1", []byte("token"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open("org1/connection/c1", sealed); err != nil || string(got) != "token" {
		t.Fatalf("%q %v", got, err)
	}
	if _, err := k.Open("org2/connection/c1", sealed); !errors.Is(err, secret.ErrOpen) {
		t.Fatal("opened in another organization")
	}
	if _, err := secret.NewKey().Open("org1/connection/c1", sealed); !errors.Is(err, secret.ErrOpen) {
		t.Fatal("opened under another key")
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open("org1/connection/c1", bad); !errors.Is(err, secret.ErrOpen) {
			t.Fatalf("opened with byte %d altered", i)
		}
	}
}

package keys_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/keyservice"
	"assay/internal/kit/secret"
)

// transit answers as Vault's transit engine does: it opens what it wrapped, for
// the same associated data alone.
type transit struct {
	key     secret.Key
	refuses bool
	lies    bool // opens everything as another key
}

func (v *transit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Plaintext  []byte `json:"plaintext"`
		Ciphertext string `json:"ciphertext"`
		Associated []byte `json:"associated_data"`
	}
	b, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(b, &in) != nil || v.refuses || r.Header.Get("X-Vault-Token") != "token" {
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
		return
	}
	if strings.Contains(r.URL.Path, "/encrypt/") {
		sealed, err := v.key.Seal(string(in.Associated), in.Plaintext)
		answer(w, "ciphertext", "vault:v1:"+base64.StdEncoding.EncodeToString(sealed), err)
		return
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, "vault:v1:"))
	if err != nil {
		answer(w, "", "", err)
		return
	}
	plain, err := v.key.Open(string(in.Associated), sealed)
	if v.lies {
		plain = make([]byte, 32)
	}
	answer(w, "plaintext", base64.StdEncoding.EncodeToString(plain), err)
}

func answer(w http.ResponseWriter, name, value string, err error) {
	if err != nil {
		http.Error(w, `{"errors":["cipher: message authentication failed"]}`, http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]map[string]string{"data": {name: value}})
}

func vaultServer(t *testing.T) (*transit, string) {
	v := &transit{key: secret.NewKey()}
	s := httptest.NewServer(v)
	t.Cleanup(s.Close)
	return v, s.URL + "/v1/transit/keys/assay"
}

func place(dir string) keys.Place {
	return keys.Place{Dir: dir, Access: keyservice.Access{VaultToken: secret.NewText("token"), HTTP: &http.Client{}}}
}

func openPlace(t *testing.T, p keys.Place) []byte {
	t.Helper()
	k, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k.Bytes()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestTheMasterKeyMovesToAServiceAndBack(t *testing.T) {
	dir := t.TempDir()
	_, address := vaultServer(t)
	p := place(dir)
	made := openPlace(t, p)
	for range 2 { // again: wrapped anew
		w, err := p.Move(t.Context(), address)
		if err != nil || w.Kind != keys.InService || w.Service != address || w.Plain != "" {
			t.Fatalf("%+v %v", w, err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "master.wrapped"))
		if err != nil || bytes.Contains(b, made) || bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString(made))) {
			t.Fatalf("the wrapped file has the key in it: %v", err)
		}
		if exists(filepath.Join(dir, "master.key")) || !bytes.Equal(openPlace(t, p), made) {
			t.Fatal("the key is in the clear still, or another one")
		}
	}
	if w, err := p.Move(t.Context(), keys.InFile); err != nil || w.Kind != keys.InFile {
		t.Fatalf("%+v %v", w, err)
	}
	if exists(filepath.Join(dir, "master.wrapped")) || !bytes.Equal(openPlace(t, p), made) {
		t.Error("back in its file it is another key, or wrapped still")
	}
}

// Broken off between writing the one file and removing the other, a move leaves a
// store that opens, and is finished by another.
func TestAMoveThatBrokeOff(t *testing.T) {
	dir := t.TempDir()
	_, address := vaultServer(t)
	p := place(dir)
	made := openPlace(t, p)
	if _, err := p.Move(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "master.key"), made, 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := p.Find(); err != nil || w.Plain == "" || !bytes.Equal(openPlace(t, p), made) {
		t.Fatalf("%+v %v", w, err)
	}
	if w, err := p.Move(t.Context(), address); err != nil || w.Plain != "" || exists(filepath.Join(dir, "master.key")) {
		t.Fatalf("not finished: %+v %v", w, err)
	}
}

func TestAMoveThatFailsLeavesTheKeyWhereItWas(t *testing.T) {
	for name, wrong := range map[string]func(*transit){
		"refused": func(v *transit) { v.refuses = true },
		"lies":    func(v *transit) { v.lies = true },
	} {
		dir := t.TempDir()
		v, address := vaultServer(t)
		p := place(dir)
		made := openPlace(t, p)
		wrong(v)
		if _, err := p.Move(t.Context(), address); err == nil {
			t.Errorf("%s: moved", name)
		}
		if exists(filepath.Join(dir, "master.wrapped")) || !bytes.Equal(openPlace(t, p), made) {
			t.Errorf("%s: the key is not where it was", name)
		}
	}
	dir := t.TempDir()
	if _, err := place(dir).Move(t.Context(), keys.InFile); !fault.Is(err, fault.NotFound) || exists(filepath.Join(dir, "master.key")) {
		t.Errorf("a key that is nowhere was moved: %v", err)
	}
}

// A service that refuses must never look like a store without a key.
func TestWhatAServiceDoesNotOpenIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	v, address := vaultServer(t)
	p := place(dir)
	made := openPlace(t, p)
	if _, err := p.Move(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	v.refuses = true
	if _, err := p.Open(t.Context()); !fault.Is(err, fault.Forbidden) {
		t.Errorf("refused: %v", err)
	}
	v.refuses = false
	path := filepath.Join(dir, "master.wrapped")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": {}, "truncated": whole[:len(whole)/2], "another form": bytes.Replace(whole, []byte("/v1\""), []byte("/v2\""), 1),
		"more behind it": append(bytes.Clone(whole), '{'), "huge": bytes.Repeat([]byte("x"), 1<<20), "unknown field": bytes.Replace(whole, []byte(`"form"`), []byte(`"x":1,"form"`), 1),
	} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Open(t.Context()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if exists(filepath.Join(dir, "master.key")) {
			t.Fatalf("%s: a new key was made", name)
		}
	}
	var box map[string]any
	if err := json.Unmarshal(whole, &box); err != nil {
		t.Fatal(err)
	}
	box["key"] = base64.StdEncoding.EncodeToString([]byte("vault:v1:" + base64.StdEncoding.EncodeToString(make([]byte, 60))))
	b, err := json.Marshal(box)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(t.Context()); !fault.Is(err, fault.Forbidden) {
		t.Errorf("altered: %v", err)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil || !bytes.Equal(openPlace(t, p), made) {
		t.Errorf("whole again, it opens as another: %v", err)
	}
}

func TestTheMasterKeyFromTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	k := secret.NewKey()
	_, address := vaultServer(t)
	p := place(dir)
	p.Text = secret.NewText(base64.StdEncoding.EncodeToString(k.Bytes()) + "\n")
	if !bytes.Equal(openPlace(t, p), k.Bytes()) {
		t.Error("another key than the one given")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("something was written: %v %v", left, err)
	}
	for _, bad := range []string{"x", "AAAA", strings.Repeat("A", 44), base64.StdEncoding.EncodeToString(make([]byte, 33)), strings.Repeat("é", 44)} {
		q := p
		q.Text = secret.NewText(bad)
		if _, err := q.Open(t.Context()); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), bad+" ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if w, err := p.Move(t.Context(), address); err != nil || w.Kind != keys.InService {
		t.Fatalf("%+v %v", w, err)
	}
	if _, err := p.Open(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("in the environment and wrapped: %v", err)
	}
	if !bytes.Equal(openPlace(t, place(dir)), k.Bytes()) {
		t.Error("the service opens another key")
	}
	if err := os.Rename(filepath.Join(dir, "master.wrapped"), filepath.Join(dir, "aside")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "master.key"), k.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("in the environment and in a file: %v", err)
	}
}

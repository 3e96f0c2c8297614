package googleworkspace

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"testing"

	"assay/connector"
	"assay/connector/connectortest"
)

// keyFile is what Google would make for a service account.
func keyFile(t *testing.T) (text string, key *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "assay@project.example.com", "private_key_id": "kid1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": "https://elsewhere.example.net/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b), key
}

// A recording holds no key: one is made for it.
func TestReplay(t *testing.T) {
	p, open := Product(), Product().Open
	file, _ := keyFile(t)
	p.Open = func(c connector.Config, env connector.Env) (connector.Source, error) {
		c["key"] = file
		return open(c, env)
	}
	connectortest.Replay(t, p, "testdata/*.txtar")
}

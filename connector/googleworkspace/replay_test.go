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

// withKey is the product with a key, which no recording holds.
func withKey(t *testing.T) connector.Product {
	t.Helper()
	p, open := Product(), Product().Open
	file, _ := keyFile(t)
	p.Open = func(c connector.Config, env connector.Env) (connector.Source, error) {
		c["key"] = file
		return open(c, env)
	}
	return p
}

func TestReplay(t *testing.T) { connectortest.Replay(t, withKey(t), "testdata/*.txtar") }

// Whatever goes wrong with one request, nothing is lost, told twice or made up.
func TestTroubles(t *testing.T) { connectortest.Endure(t, withKey(t), "testdata/[pw]*.txtar") }

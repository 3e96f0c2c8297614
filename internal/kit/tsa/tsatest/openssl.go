package tsatest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// OpenSSL is an authority that openssl plays, with the real clock.
type OpenSSL struct {
	t   testing.TB
	dir string
}

// FindOpenSSL returns the program, or skips the test.
func FindOpenSSL(t testing.TB) string {
	t.Helper()
	name, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	return name
}

const config = `[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`

// NewOpenSSL makes the authority; algorithm is what openssl req -newkey takes,
// such as rsa:2048.
func NewOpenSSL(t testing.TB, algorithm string) *OpenSSL {
	t.Helper()
	FindOpenSSL(t)
	o := &OpenSSL{t, t.TempDir()}
	o.put("tsa.cnf", []byte(config))
	o.put("serial", []byte("01\n"))
	o.put("ext", []byte("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"))
	o.Run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key")
	o.Run("req", "-x509", "-new", "-key", "ca.key", "-sha256", "-days", "3650", "-subj", "/CN=Test root", "-addext", "keyUsage=critical,keyCertSign", "-out", "ca.pem")
	key := []string{"-newkey", algorithm}
	if algorithm == "ec" {
		key = append(key, "-pkeyopt", "ec_paramgen_curve:prime256v1")
	}
	o.Run(append(append([]string{"req", "-new"}, key...), "-nodes", "-keyout", "tsa.key", "-subj", "/CN=Test authority", "-out", "tsa.csr")...)
	o.Run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "365", "-sha256", "-extfile", "ext", "-out", "tsa.pem")
	return o
}

func (o *OpenSSL) put(name string, b []byte) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), b, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// Run runs openssl in the authority's folder.
func (o *OpenSSL) Run(args ...string) []byte {
	o.t.Helper()
	cmd := exec.CommandContext(o.t.Context(), "openssl", args...) //nolint:gosec // arguments of tests
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		o.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return out
}

// PEM is the root.
func (o *OpenSSL) PEM() []byte { return o.read("ca.pem") }

func (o *OpenSSL) read(name string) []byte {
	o.t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

// Reply answers a request.
func (o *OpenSSL) Reply(request []byte) []byte {
	o.t.Helper()
	o.put("q.tsq", request)
	o.Run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-inkey", "tsa.key", "-signer", "tsa.pem", "-chain", "ca.pem", "-out", "r.tsr")
	return o.read("r.tsr")
}

// Accepts has openssl verify a token under a root, and tells whether it does.
func Accepts(t testing.TB, token, root []byte, hash string) (ok bool, said string) {
	t.Helper()
	FindOpenSSL(t)
	dir := t.TempDir()
	for name, b := range map[string][]byte{"t": token, "ca.pem": root} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "openssl", "ts", "-verify", "-digest", hash, "-in", "t", "-token_in", "-CAfile", "ca.pem") //nolint:gosec // arguments of tests
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return err == nil && bytes.Contains(out, []byte("Verification: OK")), string(out)
}

package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// authority is an authority of time that openssl plays, with the real clock.
type authority struct {
	dir, url string
	server   *http.Server
	mu       sync.Mutex // one at a time: openssl counts in a file
}

const settings = `[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`

func newAuthority(ctx context.Context, dir string) (*authority, error) {
	a := &authority{dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{
		"tsa.cnf": settings, "serial": "01\n",
		"ext": "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-sha256", "-days", "3650", "-subj", "/CN=Root of the trial", "-addext", "keyUsage=critical,keyCertSign", "-out", "ca.pem"},
		{"req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-subj", "/CN=Authority of the trial", "-out", "tsa.csr"},
		{"x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "365", "-sha256", "-extfile", "ext", "-out", "tsa.pem"},
	} {
		if err := a.openssl(ctx, args...); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // on this machine
	if err != nil {
		return nil, err
	}
	a.url = "http://" + l.Addr().String() + "/"
	a.server = &http.Server{Handler: http.HandlerFunc(a.reply), ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(l) }()
	return a, nil
}

func (a *authority) openssl(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "openssl", args...) //nolint:gosec // of this file
	cmd.Dir = a.dir
	return cmd.Run()
}

func (a *authority) reply(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const most = 1 << 16
	q, err := io.ReadAll(io.LimitReader(r.Body, most))
	if err == nil {
		err = os.WriteFile(filepath.Join(a.dir, "q.tsq"), q, 0o600)
	}
	if err == nil {
		err = a.openssl(r.Context(), "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-inkey", "tsa.key", "-signer", "tsa.pem", "-chain", "ca.pem", "-out", "r.tsr")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	http.ServeFile(w, r, filepath.Join(a.dir, "r.tsr"))
}

func (a *authority) close() { _ = a.server.Close() }

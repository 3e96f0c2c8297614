package app

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a pair of files that somebody renews while Assay serves: each
// handshake has the newest pair that fits together. Safe for concurrent use.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate // guarded by mu, as the rest
	loaded  versions         // of pair
	refused versions         // that do not fit
	told    bool             // the log has refused
}

// versions tells the two files from what they were.
type versions [2]struct {
	at   time.Time
	size int64
}

// newCertificate loads the pair, which must fit.
func newCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log}
	now, err := c.versions()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	c.pair, c.loaded = &pair, now
	return c, err
}

func (c *certificate) versions() (v versions, err error) {
	for i, name := range []string{c.cert, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			return v, err
		}
		v[i].at, v[i].size = info.ModTime(), info.Size()
	}
	return v, nil
}

// get is what tls.Config asks at each handshake. While the files do not fit
// together, or one is gone, the pair from before goes on.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.versions()
	if err == nil && now == c.loaded {
		return c.pair, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.cert, c.key)
	}
	switch {
	case err == nil:
		c.pair, c.loaded, c.told = &pair, now, false
		c.log.InfoContext(hello.Context(), "the certificate was renewed", "file", c.cert)
	case !c.told || now != c.refused:
		c.refused, c.told = now, true
		c.log.WarnContext(hello.Context(), "the new certificate cannot be used, the one from before goes on", "file", c.cert, "err", err)
	}
	return c.pair, nil
}

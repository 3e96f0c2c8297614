package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"sync"
)

// Prefix is the path below which the files are served.
const Prefix = "/static/"

// FS holds the files by their bare names: style.css, app.js, htmx.min.js, icon.svg.
//
//go:embed style.css app.js htmx.min.js icon.svg
var FS embed.FS

// Hash returns the first 12 hexadecimal digits of the SHA-256 of a file in FS,
// or "" for a name that FS does not hold. A server that finds this value in
// the query parameter v of a request may answer with
// "Cache-Control: public, max-age=31536000, immutable".
func Hash(name string) string {
	return hashes()[name]
}

// hashes are computed once: the files cannot change while the program runs.
var hashes = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	entries, err := FS.ReadDir(".")
	if err != nil {
		return m
	}
	for _, e := range entries {
		if b, err := FS.ReadFile(e.Name()); err == nil {
			sum := sha256.Sum256(b)
			m[e.Name()] = hex.EncodeToString(sum[:6])
		}
	}
	return m
})

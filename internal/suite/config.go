package suite

import (
	"log/slog"
	"path/filepath"

	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/keyservice"
	"assay/internal/kit/secret"
)

// Config says which store to open and how. A folder in Data is all it needs.
type Config struct {
	Data string // folder of keys, objects and the embedded store
	// DB is where rows are kept: empty for DIR/assay.db, else a path or a URL
	// that begins with postgres://.
	DB string
	// Blobs is where objects are kept: empty for DIR/blobs, else a folder or the
	// URL of a bucket, https://endpoint/bucket/prefix, with Access and Secret.
	Blobs  string
	Access string
	Secret secret.Text

	// BackupAccess and BackupSecret open the bucket where backups go; Access and
	// Secret if they are empty.
	BackupAccess string
	BackupSecret secret.Text

	// Signer is the socket of the process that keeps the keys of logs; empty: the
	// store keeps them, sealed.
	Signer string

	// MasterKey is the master key in base64, from the environment; empty: a file in
	// DIR/keys has it, plain or wrapped by a key service that KeyServices opens.
	MasterKey secret.Text
	// MasterKeyNext is the one that a rotation puts in its place.
	MasterKeyNext secret.Text
	KeyServices   keyservice.Access

	Host       string // first part of new logs' names; "assay.localhost" if empty
	AllowLocal bool   // connectors may read this machine and its network
	MaxImport  int64  // bytes of an imported file; collect.DefaultMaxImport if zero
	// Rehearsal gives up durability for speed: for stores that are made anew
	// when they are lost.
	Rehearsal bool

	Log *slog.Logger // nothing is logged if nil
	Now clock.Clock  // the system's if nil
}

// Place is where the master key of the store is kept.
func (c *Config) Place() keys.Place {
	return keys.Place{Dir: filepath.Join(c.Data, "keys"), Text: c.MasterKey, Then: c.MasterKeyNext, Access: c.KeyServices}
}

// Listen says how to serve.
type Listen struct {
	Addr         string // "127.0.0.1:8765"
	CertFile     string // with KeyFile: HTTPS
	KeyFile      string
	InsecureHTTP bool     // plain HTTP on an address that others reach, behind a proxy that ends TLS
	Public       string   // address that people use, "https://assay.example.com"; empty: Addr
	Proxies      []string // address ranges whose X-Forwarded-For is believed
	MetricsToken string   // who shows it may read /metrics from elsewhere; empty: nobody
	// Ready hears the address once requests are answered, and how the first user
	// is made: the set-up token, empty when there is a user. It may be nil.
	Ready func(addr, setupToken string)
}

package connector

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"assay/internal/kit/clock"
	"assay/internal/kit/secret"
	"assay/internal/resource"
)

// Product describes what a connector reads and how it is set up. The form,
// its validation, the command's flags and the reference page are made of it.
type Product struct {
	Name     string // "linux"; also the folder, without underscores
	Version  string // of the connector; in every manifest
	Title    string // "This host"
	Summary  string // one sentence: what is read
	Settings []Setting
	Kinds    []resource.Schema
	Grant    Grant
	Every    time.Duration // how often to collect unless the org says otherwise

	// Declare, for a product whose kinds depend on its settings, returns them.
	// Kinds is empty then; see With.
	Declare func(Config) ([]resource.Schema, error)
	// Open checks the settings and returns a source, without calling out.
	Open func(Config, Env) (Source, error)
	// Receive checks the signature of a message that the product sent by itself,
	// and returns what is to be kept of it until the next collection. A message
	// that tells nothing has no ID. One that is not the product's is an
	// Unauthenticated fault. Nil for products that send none.
	Receive func(c Config, header http.Header, body []byte) (Message, error)
}

// Message is what a product sent by itself.
type Message struct {
	ID   string    // the product's own, the same when it is sent again
	At   time.Time // when it was received
	Body []byte    // declared fields alone
}

// With is the product as it is for these settings: with the kinds that they
// declare, where they do.
func (p Product) With(c Config) (Product, error) {
	if p.Declare == nil {
		return p, nil
	}
	kinds, err := p.Declare(c)
	p.Kinds = kinds
	return p, err
}

// Source reads one account of one product. One that is also an io.Closer is
// closed when it is not needed any more.
type Source interface {
	// Authority names who gives out the ids, for the scope in the manifest.
	// It may call out once, to learn it.
	Authority(ctx context.Context) (string, error)
	// Collect emits everything it can read and reports through the run what it
	// could not. An error means that the collection as a whole broke off; what
	// was emitted before is kept and the kinds not marked complete stay
	// incomplete.
	Collect(ctx context.Context, run *Run) error
}

// Grant tells an administrator what to allow, exactly, and what is not read.
type Grant struct {
	Steps   []string // what to do, in order
	Text    string   // a policy or command to copy; may be empty
	Lang    string   // of Text: "json", "hcl", "sh"
	Ways    []Way    // the same as Text, apart, where it can be done in several ways
	NotRead []string // what the connector never asks for
}

// Way is one way to allow the same.
type Way struct {
	Title string // "Terraform"
	Text  string
}

// Setting is one field of the set-up form.
type Setting struct {
	Name     string // "path"
	Label    string // "Repository"
	Help     string // one sentence
	Example  string
	Default  string
	Secret   bool // sealed at rest, never shown again
	Address  bool // where the secrets are sent: when it changes they are asked for again
	Required bool
	Lines    bool // more than one line
	Choices  []string
}

// Config is what the user filled in, with secrets opened.
type Config map[string]string

// Env is what a connector may use of the world.
type Env struct {
	Now    clock.Clock
	HTTP   *http.Client // refuses private addresses, limits and retries; see kit/outbound
	Host   Host         // the machine it runs on
	Period Period       // the span that events are wanted for
	// AllowLocal permits paths and addresses of this machine's own network;
	// the operator decides it.
	AllowLocal bool
	// Scratch is a folder for what a collection must keep on disk while it
	// runs, such as a copy of a repository; empty is the system's own.
	Scratch string
	// Messages are those that no collection has told of yet, the oldest first.
	Messages []Message
	// Hook is the path at which this connection's messages are received, below the
	// installation's address; empty where none are.
	Hook string
	// PseudonymKey keys the pseudonyms, so that whoever reads a resource cannot
	// find a person by trying addresses. It stays the same for an org. The zero
	// key gives pseudonyms that can be found by trying.
	PseudonymKey secret.Key
}

// Pseudonym stands for a value that identifies a person where a check only has
// to see whether two values are equal: 32 hexadecimal digits. Equal purpose
// and value give equal pseudonyms in every connection of an org.
func (e Env) Pseudonym(purpose, value string) string {
	return hex.EncodeToString(e.PseudonymKey.MAC([]byte("assay.pseudonym/v1\n" + purpose + "\n" + value))[:16])
}

// Period is a half-open span of time.
type Period struct{ From, To time.Time }

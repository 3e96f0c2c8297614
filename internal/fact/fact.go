package fact

import (
	"encoding/binary"
	"encoding/json"
	"time"

	"assay/connector"
	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// Origin is where a collection comes from.
type Origin struct {
	Connection string // id
	Connector  string // product name
	Version    string // of the connector
	Scope      string // authority that was read
	Parameters map[string]string
	// Resumes lets a collection go on where the one before was cut off.
	Resumes bool
}

// Collection is one run of a connection.
type Collection struct {
	Connection string
	Connector  string
	Seq        int64 // from 1 within the connection
	State      State
	StartedAt  time.Time
	FinishedAt time.Time
	Items      int // members: of a resource that has volatile fields there are two records
	Resources  int // that its manifest counts; only of one that just ended, or where Count filled it in
	Added      int // versions listed now and not in the collection before
	Removed    int // versions listed in the collection before and not now
	Root       tlog.Hash
	IntentLeaf string
	Leaf       string // of the manifest; empty while it runs
	Problem    string // why it broke off
}

// State is how far a collection has come.
type State string

// The states. Only done and broken collections have a manifest and are visible
// to checks; an interrupted one says nothing but that it was begun.
const (
	Running     State = "running"
	Done        State = "done"
	Broken      State = "broken"
	Interrupted State = "interrupted"
)

// Manifest is the auditor's information about how a collection was produced
// (SOC2, part d.2). It is stored, committed to by the leaf, and travels in
// packages.
type Manifest struct {
	Connection string             `json:"connection"`
	Connector  string             `json:"connector"`
	Version    string             `json:"version"`
	Scope      string             `json:"scope"`
	Parameters map[string]string  `json:"parameters"`
	Seq        int64              `json:"seq"`
	StartedAt  time.Time          `json:"started_at"`
	FinishedAt time.Time          `json:"finished_at"`
	Calls      []connector.Call   `json:"calls"`
	Kinds      []connector.Report `json:"kinds"`
	Items      int                `json:"items"`
	Added      int                `json:"added"`
	Removed    int                `json:"removed"`
	Root       string             `json:"root"`
	Problem    string             `json:"problem,omitempty"`
}

// Resources is how many the collection told of. Items counts records, of which a
// resource with volatile fields has two.
func (m *Manifest) Resources() (n int) {
	for i := range m.Kinds {
		n += m.Kinds[i].Items
	}
	return n
}

// Bytes are the manifest's stored bytes. They are committed to as they are.
func (m *Manifest) Bytes() ([]byte, error) { return json.MarshalIndent(m, "", " ") }

// ManifestPath is the path under which a manifest is committed to.
const ManifestPath = "manifest"

// body is what the leaf says in the open: no names, no free text.
func (m *Manifest) body() map[string]any {
	kinds := make([]any, 0, len(m.Kinds))
	for _, k := range m.Kinds {
		one := map[string]any{"kind": k.Kind, "items": k.Items, "complete": k.Complete}
		if !k.To.IsZero() {
			one["from"], one["to"] = clock.Format(k.From), clock.Format(k.To)
		}
		kinds = append(kinds, one)
	}
	return map[string]any{
		"connection": m.Connection, "connector": m.Connector, "version": m.Version, "seq": m.Seq,
		"started_at": clock.Format(m.StartedAt), "finished_at": clock.Format(m.FinishedAt),
		"kinds": kinds, "n": m.Items, "added": m.Added, "removed": m.Removed, "root": m.Root,
	}
}

// StreamOf is the log's stream of a connection.
func StreamOf(connection string) string { return "connection/" + connection }

// content appends the parts, each after its length, so that no two lists of
// parts give the same bytes.
func content(b []byte, parts ...[]byte) []byte {
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p))) //nolint:gosec // a record is far below 4 GiB
		b = append(b, p...)
	}
	return b
}

func canonical(v any) ([]byte, error) { return canon.Marshal(v) }

package backup

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/kit/sealed"
	"assay/internal/kit/tlog"
)

// format is what the first line of the plain content says that it is.
const format = "assay.backup/v1"

// head is the first line; the rows follow as internal/db writes them.
type head struct {
	Format string            `json:"format"`
	ID     string            `json:"id"`
	At     time.Time         `json:"at"`
	MadeBy string            `json:"made_by"`
	Files  map[string][]byte `json:"files"` // settings beside the store, by path
}

// content writes the plain content of a copy, compressed and encrypted, to w.
func content(w io.Writer, to *sealed.Recipients, h *head, rows func(io.Writer) error) error {
	enc, err := to.Write(w)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(enc, gzip.BestSpeed)
	if err != nil {
		return err
	}
	first, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := z.Write(append(first, '\n')); err != nil {
		return err
	}
	if err := rows(z); err != nil {
		return err
	}
	return errors.Join(z.Close(), enc.Close())
}

// opened is the plain content of a copy: the first line, and what follows.
func opened(r io.Reader, identity []byte) (h head, rest io.Reader, err error) {
	plain, err := sealed.Read(r, identity)
	if err != nil {
		return h, nil, err
	}
	z, err := gzip.NewReader(plain)
	if err != nil {
		return h, nil, err
	}
	z.Multistream(false)
	in := bufio.NewReaderSize(z, 1<<16)
	first, err := in.ReadBytes('\n')
	if err != nil {
		return h, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(first))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil || h.Format != format {
		return h, nil, errors.Join(errors.New("it is no backup of a store"), err)
	}
	return h, in, nil
}

// reader computes what the rows of a copy say: every log, from its entries, and
// which objects there must be.
type reader struct {
	logs    map[string]*grown
	objects map[string]bool
}

// grown is a log as its entries give it, and as the store has it.
type grown struct {
	edge   tlog.Frontier
	origin string
	size   int64
	root   []byte
	wrong  error
}

func (r *reader) log(org string) *grown {
	g := r.logs[org]
	if g == nil {
		g = &grown{}
		r.logs[org] = g
	}
	return g
}

func (r *reader) row(row *db.Row) error {
	switch row.Table {
	case "ledger_head":
		g := r.log(row.Text("org_id"))
		g.origin, g.size, g.root = row.Text("origin"), row.Int("size"), bytes.Clone(row.Bytes("root"))
	case "ledger_leaf":
		g := r.log(row.Text("org_id"))
		hash := tlog.LeafHash(row.Bytes("leaf"))
		if idx := row.Int("idx"); g.wrong == nil && (idx != int64(g.edge.Size()) || !bytes.Equal(hash[:], row.Bytes("hash"))) { //nolint:gosec // fits
			g.wrong = fmt.Errorf("entry %d is not what was written", idx)
		}
		g.edge.Append(hash, nil)
	case "evidence_item":
		if name := row.Text("blob"); name != "" {
			r.objects[name] = true
		}
	}
	return nil
}

// read reads the plain content to its end.
func read(src io.Reader) (r *reader, rows int64, err error) {
	r = &reader{logs: map[string]*grown{}, objects: map[string]bool{}}
	if _, rows, err = db.ReadDump(src, r.row); err != nil {
		return nil, 0, err
	}
	for name := range r.objects {
		if !blob.ValidName(name) {
			return nil, 0, fault.New(fault.Tampered, "The rows name an object %q, which is no object's name.", name)
		}
	}
	return r, rows, nil
}

// list is the logs in the copy. One whose entries do not give its head is a
// Tampered fault; the list is whole even so.
func (r *reader) list() (out []Log, err error) {
	for _, org := range slices.Sorted(maps.Keys(r.logs)) {
		g := r.logs[org]
		out = append(out, Log{Org: org, Origin: g.origin, Size: g.size, Root: hex.EncodeToString(g.root)})
		root := g.edge.Root()
		if g.wrong == nil && (int64(g.edge.Size()) != g.size || !bytes.Equal(root[:], g.root)) { //nolint:gosec // fits
			g.wrong = fmt.Errorf("%d entries are there, and the head says %d", g.edge.Size(), g.size)
		}
		if g.wrong != nil && err == nil {
			err = fault.Wrap(fault.Tampered, g.wrong, "The log %s is not what was written: %v.", g.origin, g.wrong)
		}
	}
	return out, err
}

package projection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Span is the entries [From, To) of the log that are looked at.
type Span struct{ From, To int64 }

// Difference is a row and an entry that do not agree.
type Difference struct {
	Entry int64 // of the log; -1 where there is none
	Table string
	Row   string // its id
	What  string
}

// String is the difference as a sentence.
func (d *Difference) String() string {
	if d.Entry < 0 {
		return fmt.Sprintf("%s %s: %s.", d.Table, d.Row, d.What)
	}
	return fmt.Sprintf("%s %s, entry %d of the log: %s.", d.Table, d.Row, d.Entry, d.What)
}

// Found is what a comparison found.
type Found struct {
	Rows        int64
	Lost        int          // entries whose rows were lost with the store, as the log itself says
	Differences []Difference // at most 100
	Further     int
}

// Err is a Tampered fault that names the first difference; nil without any.
func (f *Found) Err() error {
	if len(f.Differences) == 0 {
		return nil
	}
	more := ""
	if n := len(f.Differences) + f.Further - 1; n > 0 {
		more = fmt.Sprintf(" %d more rows differ.", n)
	}
	return fault.New(fault.Tampered, "A stored row is not what the log says: %s%s Keep a copy of the store and tell your auditor.", f.Differences[0].String(), more)
}

// Tables lists the tables that are compared.
func Tables() []string {
	seen := map[string]bool{}
	for _, p := range projections() {
		for _, t := range p.tables {
			seen[t] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Compare looks at the entries of a span and their rows; for a span of the whole
// log also at rows that no entry speaks of.
func Compare(tx *db.Tx, s Span) (*Found, error) {
	p := &pass{tx: tx, span: s, found: &Found{}}
	if err := p.recovered(); err != nil {
		return nil, err
	}
	for _, x := range projections() {
		p.table = x.tables[0]
		if err := x.compare(p); err != nil {
			return nil, fmt.Errorf("compare %s: %w", p.table, err)
		}
		if err := tx.Context().Err(); err != nil {
			return nil, err
		}
	}
	return p.found, nil
}

// projection is the rows of a kind of entry.
type projection struct {
	tables  []string
	compare func(p *pass) error
}

// pass is one comparison.
type pass struct {
	tx    *db.Tx
	span  Span
	found *Found
	table string
	gone  []Span // entries that were put back without their rows
}

// TypeRecovered is the entry that says that the log goes on from a copy of the
// store, and which entries before it were put back without their rows.
const TypeRecovered = "log.recovered"

// recovered finds the entries that have no rows, and say so.
func (p *pass) recovered() error {
	whole := *p
	whole.span = Span{To: math.MaxInt64}
	return whole.each("'"+TypeRecovered+"'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		from, to := number(e.Body["from"]), number(e.Body["to"])
		if from < to && to <= l.index { // nothing after it can be lost by it
			p.gone = append(p.gone, Span{from, to})
		}
		return nil
	})
}

// number is a whole number in an entry; 0 if it is none.
func number(v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil {
		return 0
	}
	return i
}

const mostDifferences = 100

func (p *pass) differ(entry int64, row, format string, args ...any) {
	for _, s := range p.gone {
		if entry >= s.From && entry < s.To {
			p.found.Lost++
			return
		}
	}
	if len(p.found.Differences) >= mostDifferences {
		p.found.Further++
		return
	}
	p.found.Differences = append(p.found.Differences, Difference{entry, p.table, row, fmt.Sprintf(format, args...)})
}

// leaf is an entry as it was read beside its row.
type leaf struct {
	index int64
	bytes []byte
}

// says is what a row makes of its entry.
type says struct {
	row     string
	at      time.Time      // zero: not compared
	actor   string         // empty: not compared
	body    map[string]any // members that are compared
	commits map[string]tlog.Hash
}

// same compares a row with its entry.
func (p *pass) same(l *leaf, row *says) error {
	p.found.Rows++
	e, err := tlog.Decode(l.bytes)
	if err != nil {
		p.differ(l.index, row.row, "the entry cannot be read: %v", err)
		return nil
	}
	if !row.at.IsZero() && !row.at.Equal(e.At) {
		p.differ(l.index, row.row, "it is dated %s, and the entry %s", row.at.UTC().Format(time.RFC3339Nano), e.At.Format(time.RFC3339Nano))
		return nil
	}
	if row.actor != "" && row.actor != e.Actor {
		p.differ(l.index, row.row, "it is of %s, and the entry of %s", row.actor, e.Actor)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(row.body)) {
		want, err := canon.Marshal(row.body[name])
		if err != nil {
			return err
		}
		var got []byte
		if told, there := e.Body[name]; there {
			if got, err = canon.Marshal(told); err != nil {
				return err
			}
		}
		if !bytes.Equal(want, got) {
			p.differ(l.index, row.row, "its %s is %s, and the entry says %s", name, clip(want), clip(got))
			return nil
		}
	}
	for _, path := range slices.Sorted(maps.Keys(row.commits)) {
		c := row.commits[path]
		if e.Commit[path] != tlog.B64(c[:]) {
			p.differ(l.index, row.row, "what it has for %s is not what the entry commits to", path)
			return nil
		}
	}
	return nil
}

func clip(b []byte) string {
	const most = 80
	if len(b) == 0 {
		return "nothing"
	}
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

// commits makes the commitment of a stored salt; a salt that is none commits to
// nothing that anybody wrote.
func commits(salt []byte, path string, value []byte) tlog.Hash {
	s, err := tlog.SaltFrom(salt)
	if err != nil {
		return tlog.Hash{}
	}
	return tlog.Commit(s, path, value)
}

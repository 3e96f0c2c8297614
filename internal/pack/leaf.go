package pack

import (
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
	"assay/internal/rule"
)

// The bodies of the leaves that the verifier reads (docs/spec/leaf.md). Members
// that are not known here are no objection: a later version added them.

// The types of those leaves.
const (
	leafOpened    = "log.opened"
	leafTrail     = "trail.entry"
	leafErased    = "trail.erased"
	leafKind      = "kind.declared"
	leafBegun     = "collection.intent"
	leafManifest  = "collection.manifest"
	leafDefined   = "check.defined"
	leafIntent    = "check.intent"
	leafResult    = "check.result"
	leafBroken    = "check.broken"
	leafExclusion = "exclusion.approved"
	leafEnded     = "exclusion.ended"
	leafEnabled   = "connector.enabled"
	leafDisabled  = "connector.disabled"
	leafScheduled = "connector.scheduled"
	leafCaptured  = "evidence.captured"
	leafStamp     = "anchor.tsa"
	leafWitness   = "anchor.witness"
)

// report is what a collection says in the open about one kind.
type report struct {
	kind     string
	items    int64
	complete bool
	from, to time.Time
}

func (r *report) read(b []byte, w words) error {
	return open(b, 3, func(key, v []byte) error {
		switch string(key) {
		case "kind":
			return w.text(v, &r.kind)
		case "items":
			return number(v, &r.items)
		case "complete":
			return flag(v, &r.complete)
		case "from":
			return instant(v, &r.from)
		case "to":
			return instant(v, &r.to)
		}
		return errUnknown
	})
}

// read reads which collection was begun.
func (p *place) read(b []byte, w words) error {
	return open(b, 2, func(key, v []byte) error {
		switch string(key) {
		case "connection":
			return w.text(v, &p.connection)
		case "seq":
			return number(v, &p.seq)
		}
		return errUnknown
	})
}

type manifestLeaf struct {
	connection, connector, version string
	seq, n, added, removed         int64
	startedAt, finishedAt          time.Time
	kinds                          []report
	root                           tlog.Hash
}

func (m *manifestLeaf) read(b []byte, w words) error {
	return open(b, 11, func(key, v []byte) error {
		switch string(key) {
		case "connection":
			return w.text(v, &m.connection)
		case "connector":
			return w.text(v, &m.connector)
		case "version":
			return w.text(v, &m.version)
		case "seq":
			return number(v, &m.seq)
		case "n":
			return number(v, &m.n)
		case "added":
			return number(v, &m.added)
		case "removed":
			return number(v, &m.removed)
		case "started_at":
			return instant(v, &m.startedAt)
		case "finished_at":
			return instant(v, &m.finishedAt)
		case "root":
			return hash(v, &m.root)
		case "kinds":
			return elements(v, func(e []byte) error {
				var r report
				err := r.read(e, w)
				m.kinds = append(m.kinds, r)
				return err
			})
		}
		return errUnknown
	})
}

type kindLeaf struct {
	kind    string
	version int64
	hash    tlog.Hash
}

func (k *kindLeaf) read(b []byte) error {
	return open(b, 3, func(key, v []byte) error {
		switch string(key) {
		case "kind":
			return text(v, &k.kind)
		case "version":
			return number(v, &k.version)
		case "hash":
			return hash(v, &k.hash)
		}
		return errUnknown
	})
}

type definedLeaf struct {
	check       string
	version     int64
	hash        tlog.Hash
	params      map[string]string
	effectiveAt time.Time
}

func (d *definedLeaf) read(b []byte) error {
	return open(b, 5, func(key, v []byte) error {
		switch string(key) {
		case "check":
			return text(v, &d.check)
		case "version":
			return number(v, &d.version)
		case "hash":
			return hash(v, &d.hash)
		case "params":
			return pairs(v, &d.params)
		case "effective_at":
			return instant(v, &d.effectiveAt)
		}
		return errUnknown
	})
}

type intendedRun struct {
	check string
	hash  tlog.Hash
}

type intentLeaf struct {
	batch string
	runs  []intendedRun
}

func (i *intentLeaf) read(b []byte, w words) error {
	return open(b, 2, func(key, v []byte) error {
		switch string(key) {
		case "batch":
			return text(v, &i.batch)
		case "runs":
			return elements(v, func(e []byte) error {
				var r intendedRun
				err := open(e, 2, func(key, v []byte) error {
					switch string(key) {
					case "check":
						return w.text(v, &r.check)
					case "hash":
						return hash(v, &r.hash)
					}
					return errUnknown
				})
				i.runs = append(i.runs, r)
				return err
			})
		}
		return errUnknown
	})
}

// brokenLeaf notes a run that a crash cut off.
type brokenLeaf struct{ batch, check string }

func (l *brokenLeaf) read(b []byte) error {
	return open(b, 2, func(key, v []byte) error {
		switch string(key) {
		case "batch":
			return text(v, &l.batch)
		case "check":
			return text(v, &l.check)
		}
		return errUnknown
	})
}

// input is one listing that a run was judged on.
type input struct {
	kind, connection, leaf, use string
	seq                         int64
}

func (i *input) read(b []byte, w words) error {
	return open(b, 5, func(key, v []byte) error {
		switch string(key) {
		case "kind":
			return w.text(v, &i.kind)
		case "connection":
			return w.text(v, &i.connection)
		case "leaf":
			return text(v, &i.leaf)
		case "use":
			return w.text(v, &i.use)
		case "seq":
			return number(v, &i.seq)
		}
		return errUnknown
	})
}

// The uses of an input.
const (
	usePopulation = "population"
	useRequire    = "require"
)

type resultLeaf struct {
	batch, run, check   string
	version             int64
	hash, program, root tlog.Hash
	params              map[string]string
	now, from, to       time.Time
	engine              string
	inputs              []input
	exclusions          []string
	status, reason      string
	counts              rule.Counts
}

func (r *resultLeaf) read(b []byte, w words) error {
	return open(b, 17, func(key, v []byte) error {
		if err := r.member(key, v, w); err != errUnknown { //nolint:errorlint // never wrapped
			return err
		}
		switch string(key) {
		case "version":
			return number(v, &r.version)
		case "program":
			return hash(v, &r.program)
		case "root":
			return hash(v, &r.root)
		case "from":
			return instant(v, &r.from)
		case "to":
			return instant(v, &r.to)
		case "engine":
			return w.text(v, &r.engine)
		case "exclusions":
			return texts(v, &r.exclusions)
		}
		return errUnknown
	})
}

// skim reads what is needed to know which run it is and what it was made of.
func (r *resultLeaf) skim(b []byte, w words) error {
	return open(b, 10, func(key, v []byte) error { return r.member(key, v, w) })
}

func (r *resultLeaf) member(key, v []byte, w words) error {
	switch string(key) {
	case "batch":
		return w.text(v, &r.batch)
	case "run":
		return text(v, &r.run)
	case "check":
		return w.text(v, &r.check)
	case "hash":
		return hash(v, &r.hash)
	case "params": // how old a listing may be is among them
		return pairs(v, &r.params)
	case "now":
		return instant(v, &r.now)
	case "status":
		return w.text(v, &r.status)
	case "reason":
		return w.text(v, &r.reason)
	case "counts":
		return readCounts(v, &r.counts)
	case "inputs":
		return elements(v, func(e []byte) error {
			var in input
			err := in.read(e, w)
			r.inputs = append(r.inputs, in)
			return err
		})
	}
	return errUnknown
}

func readCounts(b []byte, c *rule.Counts) error {
	return exact(b, 7, func(key, v []byte) error {
		n, err := canon.Int(v)
		switch string(key) {
		case "listed":
			c.Listed = int(n)
		case "out":
			c.Out = int(n)
		case "population":
			c.Population = int(n)
		case "excluded":
			c.Excluded = int(n)
		case "pass":
			c.Pass = int(n)
		case "fail":
			c.Fail = int(n)
		case "unknown":
			c.Unknown = int(n)
		default:
			return errUnknown
		}
		return err
	})
}

type exclusionLeaf struct {
	exclusion, check string
	from, until      time.Time
}

func (x *exclusionLeaf) read(b []byte) error {
	return open(b, 4, func(key, v []byte) error {
		switch string(key) {
		case "exclusion":
			return text(v, &x.exclusion)
		case "check":
			return text(v, &x.check)
		case "from":
			return instant(v, &x.from)
		case "until":
			return instant(v, &x.until)
		}
		return errUnknown
	})
}

// one reads a body of which one text counts.
func one(b []byte, name string) (s string, err error) {
	err = open(b, 1, func(key, v []byte) error {
		if string(key) != name {
			return errUnknown
		}
		return text(v, &s)
	})
	return s, err
}

// capturedLeaf is an evidence item: which, and the days that it covers.
type capturedLeaf struct{ evidence string }

func (c *capturedLeaf) read(b []byte) (err error) {
	c.evidence, err = one(b, "evidence")
	return err
}

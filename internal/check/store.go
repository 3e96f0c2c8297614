package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule"
)

const definitionColumns = `canonical, hash, vals, origin, state, effective_at, author, approver, revision, leaf`

func (p *parsed) read(scan db.Scan) (d Definition, err error) {
	if err := scan(&d.canonical, &d.Hash, db.JSON(&d.Values), &d.Origin, &d.State, db.At(&d.EffectiveAt), &d.Author, &d.Approver,
		&d.Revision, &d.Leaf); err != nil {
		return d, err
	}
	def, err := p.definition(d.canonical, d.Hash)
	if err != nil {
		return d, fmt.Errorf("stored check: %w", err)
	}
	d.Definition = *def
	return d, nil
}

// parsed remembers definitions by their hash, because every batch and every page
// reads them all. A definition in it is never changed. It is safe for use by
// several goroutines; its zero value is ready, and nil parses anew.
type parsed struct {
	mu    sync.Mutex
	known map[string]stored
}

// stored is a definition as it is stored.
type stored struct {
	definition *rule.Definition
	canonical  []byte
}

// mostParsed bounds what is remembered, over all orgs.
const mostParsed = 5_000

func (p *parsed) of(hash string) (stored, bool) {
	if p == nil {
		return stored{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.known[hash]
	return s, ok
}

func (p *parsed) definition(canonical []byte, hash string) (*rule.Definition, error) {
	if s, ok := p.of(hash); ok && bytes.Equal(s.canonical, canonical) {
		return s.definition, nil
	}
	d, err := rule.ParseCanonical(canonical)
	if sum := sha256.Sum256(canonical); err != nil || p == nil || hex.EncodeToString(sum[:]) != hash {
		return d, err // what is stored under a hash that is not its own is read anew each time
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= mostParsed {
		p.known = map[string]stored{}
	}
	p.known[hash] = stored{d, canonical}
	return d, nil
}

// definitions reads every definition; of those that are remembered by their hash
// it does not read what they say.
func definitions(tx *db.Tx, known *parsed) ([]Definition, error) {
	whole := true
	list, err := db.All(tx, func(scan db.Scan) (d Definition, err error) {
		if err := scan(&d.Hash, db.JSON(&d.Values), &d.Origin, &d.State, db.At(&d.EffectiveAt), &d.Author, &d.Approver, &d.Revision, &d.Leaf); err != nil {
			return d, err
		}
		s, ok := known.of(d.Hash)
		if ok {
			d.Definition, d.canonical = *s.definition, s.canonical
		}
		whole = whole && ok
		return d, nil
	}, `SELECT hash, vals, origin, state, effective_at, author, approver, revision, leaf FROM check_definition WHERE org_id = $1 ORDER BY check_id, revision`, tx.Org())
	if err != nil || whole {
		return list, err
	}
	return db.All(tx, known.read, `SELECT `+definitionColumns+` FROM check_definition WHERE org_id = $1 ORDER BY check_id, revision`, tx.Org())
}

// stampOfDefinitions differs once any definition was added or decided.
func stampOfDefinitions(tx *db.Tx) (string, error) {
	var stamp strings.Builder
	err := tx.Each(func(scan db.Scan) error {
		var state State
		var n, effective int64
		var leaf string
		err := scan(&state, &n, &effective, &leaf)
		fmt.Fprintf(&stamp, "%s %d %d %s\n", state, n, effective, leaf)
		return err
	}, `SELECT state, count(*), CAST(sum(effective_at) AS bigint), max(leaf) FROM check_definition WHERE org_id = $1 GROUP BY state ORDER BY state`, tx.Org())
	return stamp.String(), err
}

func definitionsOf(tx *db.Tx, known *parsed, check string) ([]Definition, error) {
	return db.All(tx, known.read, `SELECT `+definitionColumns+` FROM check_definition WHERE org_id = $1 AND check_id = $2 ORDER BY revision`,
		tx.Org(), check)
}

func insertDefinition(tx *db.Tx, d *Definition) error {
	_, err := tx.Exec(`INSERT INTO check_definition (org_id, check_id, version, created_at, `+definitionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		tx.Org(), d.ID, d.Version, db.Ms(tx.Now()), d.canonical, d.Hash, db.ToJSON(d.Values), d.Origin, string(d.State),
		db.Ms(d.EffectiveAt), d.Author, d.Approver, d.Revision, d.Leaf)
	return err
}

func decideDefinition(tx *db.Tx, d *Definition) error {
	_, err := tx.Exec(`UPDATE check_definition SET state = $4, effective_at = $5, approver = $6, leaf = $7
		WHERE org_id = $1 AND check_id = $2 AND revision = $3`,
		tx.Org(), d.ID, d.Revision, string(d.State), db.Ms(d.EffectiveAt), d.Approver, d.Leaf)
	return err
}

const runColumns = `id, batch, check_id, version, revision, at, status, reason, explanation, listed, out_of, population, excluded,
	passed, failed, unknown, inputs, fingerprint, covers_from, covers_to, root, leaf, reused, flips_at`

func readRun(scan db.Scan) (r Run, err error) {
	var root []byte
	c := &r.Counts
	if err := scan(&r.ID, &r.Batch, &r.Check, &r.Version, &r.Revision, db.At(&r.At), &r.Status, &r.Reason, &r.Explain, &c.Listed, &c.Out,
		&c.Population, &c.Excluded, &c.Pass, &c.Fail, &c.Unknown, db.JSON(&r.Inputs), &r.fingerprint, db.At(&r.From), db.At(&r.To),
		&root, &r.Leaf, &r.Reused, db.At(&r.flipsAt)); err != nil {
		return r, err
	}
	r.Root, err = tlog.HashFrom(root)
	return r, err
}

func insertRuns(tx *db.Tx, list []judged) error {
	rows := make([][]any, 0, len(list))
	for i := range list {
		r := &list[i].run
		c := &r.Counts
		rows = append(rows, []any{
			tx.Org(), r.ID, r.Batch, r.Check, r.Version, r.Revision, db.Ms(r.At), string(r.Status), string(r.Reason), r.Explain,
			c.Listed, c.Out, c.Population, c.Excluded, c.Pass, c.Fail, c.Unknown, db.ToJSON(r.Inputs), r.fingerprint,
			db.Ms(r.From), db.Ms(r.To), r.Root[:], r.Leaf, r.Reused, db.Ms(r.flipsAt),
		})
	}
	return tx.Insert(`INSERT INTO check_run (org_id, `+runColumns+`)`, "", rows)
}

// lastRuns returns the newest run of each of the checks that ever ran.
func lastRuns(tx *db.Tx, checks []string) (map[string]Run, error) {
	out := make(map[string]Run, len(checks))
	for _, check := range checks {
		r, found, err := db.Maybe(tx, readRun, `SELECT `+runColumns+` FROM check_run WHERE org_id = $1 AND check_id = $2
			ORDER BY at DESC, id DESC LIMIT 1`, tx.Org(), check)
		if err != nil {
			return nil, err
		}
		if found {
			out[check] = r
		}
	}
	return out, nil
}

func runsOf(tx *db.Tx, check string, limit int) ([]Run, error) {
	return db.All(tx, readRun, `SELECT `+runColumns+` FROM check_run WHERE org_id = $1 AND check_id = $2 ORDER BY at DESC, id DESC LIMIT $3`,
		tx.Org(), check, limit)
}

func ticks(tx *db.Tx, check string, n int) ([]Tick, error) {
	return db.All(tx, func(scan db.Scan) (t Tick, err error) {
		err = scan(&t.Status, &t.Fail)
		return t, err
	}, `SELECT status, failed FROM check_run WHERE org_id = $1 AND check_id = $2 ORDER BY at DESC, id DESC LIMIT $3`, tx.Org(), check, n)
}

const resultColumns = `check_id, kind, authority, native_id, run_in, run_out, status, reason, since, until, ended, label, message, hash, event_at`

func readTransition(scan db.Scan) (t Transition, err error) {
	var hash []byte
	if err := scan(&t.Check, &t.Ref.Kind, &t.Ref.Authority, &t.Ref.ID, &t.RunIn, &t.RunOut, &t.Status, &t.Reason, db.At(&t.Since),
		db.At(&t.Until), &t.Ended, &t.Label, &t.Message, &hash, db.At(&t.At)); err != nil {
		return t, err
	}
	t.Hash, err = tlog.HashFrom(hash)
	return t, err
}

func openResults(tx *db.Tx, check string) (map[resource.Ref]*Transition, error) {
	list, err := db.All(tx, readTransition, `SELECT `+resultColumns+` FROM check_result WHERE org_id = $1 AND check_id = $2 AND until = 0`,
		tx.Org(), check)
	out := make(map[resource.Ref]*Transition, len(list))
	for i := range list {
		out[list[i].Ref] = &list[i]
	}
	return out, err
}

// openResult returns the open verdict about one resource. There must be one.
func openResult(tx *db.Tx, check string, ref resource.Ref) (Transition, error) {
	return db.One(tx, readTransition, `SELECT `+resultColumns+` FROM check_result
		WHERE org_id = $1 AND check_id = $2 AND kind = $3 AND authority = $4 AND native_id = $5 AND until = 0`,
		tx.Org(), check, ref.Kind, ref.Authority, ref.ID)
}

// openPart reads open results of one status. The failing ones come in the order
// of an index of their own; the others by resource, which is the order of the
// key: the sign keeps the store from finding all by status first and sorting
// them.
func openPart(tx *db.Tx, check string, p Part) ([]Transition, error) {
	if p.Status == rule.Fail {
		return db.All(tx, readTransition, `SELECT `+resultColumns+` FROM check_result
			WHERE org_id = $1 AND check_id = $2 AND until = 0 AND status = 'fail' ORDER BY since, kind, authority, native_id LIMIT $3 OFFSET $4`,
			tx.Org(), check, p.Limit, p.Offset)
	}
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM (SELECT 1 FROM check_result
		WHERE org_id = $1 AND check_id = $2 AND until = 0 AND status = $3 LIMIT $4) found`, tx.Org(), check, string(p.Status), mostSorted)
	if err != nil {
		return nil, err
	}
	where := `until = 0 AND status = $3`
	if n == mostSorted {
		where = `+until = 0 AND status = $3`
	}
	return db.All(tx, readTransition, `SELECT `+resultColumns+` FROM check_result
		WHERE org_id = $1 AND check_id = $2 AND `+where+` ORDER BY kind, authority, native_id LIMIT $4 OFFSET $5`,
		tx.Org(), check, string(p.Status), p.Limit, p.Offset)
}

// mostSorted is how many results are rather found and sorted than sought among
// all.
const mostSorted = 1000

// openAfter reads open results by resource.
func openAfter(tx *db.Tx, check string, p Part) ([]Transition, error) {
	return db.All(tx, readTransition, `SELECT `+resultColumns+` FROM check_result
		WHERE org_id = $1 AND check_id = $2 AND +until = 0 AND (kind, authority, native_id) > ($3, $4, $5)
			AND ($6 = '' OR status = $6) ORDER BY kind, authority, native_id LIMIT $7`,
		tx.Org(), check, p.After.Kind, p.After.Authority, p.After.ID, string(p.Status), p.Limit)
}

// everFailed reads every stretch of the resources that failed last, at most so
// many, in the order of failures.
func everFailed(tx *db.Tx, check string, most int) ([]Transition, error) {
	return db.All(tx, readTransition, `SELECT `+of("r", resultColumns)+` FROM (
			SELECT kind, authority, native_id, max(since) AS latest FROM check_result WHERE org_id = $1 AND check_id = $2 AND status = 'fail'
			GROUP BY kind, authority, native_id ORDER BY latest DESC, kind, authority, native_id LIMIT $3) f
		CROSS JOIN check_result r WHERE r.org_id = $1 AND r.check_id = $2 AND r.kind = f.kind AND r.authority = f.authority AND r.native_id = f.native_id
		ORDER BY r.kind, r.authority, r.native_id, r.since, r.run_in`, tx.Org(), check, most)
}

// called reads the newest labels of resources that ever failed.
func called(tx *db.Tx, check string, refs []string) (map[string]string, error) {
	out := map[string]string{}
	const ref = `kind || ' ' || authority || '/' || native_id`
	return out, tx.Each(func(scan db.Scan) error {
		var name, label string
		if err := scan(&name, &label); err != nil || label == "" {
			return err
		}
		out[name] = label
		return nil
	}, `SELECT `+ref+`, label FROM check_result WHERE org_id = $1 AND check_id = $2 AND status = 'fail' AND `+ref+` IN (`+db.In(3, len(refs))+`)
		ORDER BY since`, db.Args([]any{tx.Org(), check}, refs...)...)
}

// of names columns as those of a table.
func of(table, columns string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}

// countFails counts what fails now in a check.
func countFails(tx *db.Tx, check string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM check_result WHERE org_id = $1 AND check_id = $2 AND until = 0 AND status = 'fail'`,
		tx.Org(), check)
}

// oldestFail is what fails longest in a check in which something fails.
func oldestFail(tx *db.Tx, check string) (Transition, error) {
	return db.One(tx, readTransition, `SELECT `+resultColumns+` FROM check_result
		WHERE org_id = $1 AND check_id = $2 AND until = 0 AND status = 'fail' ORDER BY since, kind, authority, native_id LIMIT 1`, tx.Org(), check)
}

// pastRuns lists every run of the check, oldest first.
func pastRuns(tx *db.Tx, check string) ([]Past, error) {
	return db.All(tx, func(scan db.Scan) (p Past, err error) {
		err = scan(db.At(&p.At), &p.Revision, &p.Status, db.At(&p.From), db.At(&p.To))
		return p, err
	}, `SELECT at, revision, status, covers_from, covers_to FROM check_run WHERE org_id = $1 AND check_id = $2 ORDER BY at, id`, tx.Org(), check)
}

// eventsOf reads what a check said of each event, by event.
func eventsOf(tx *db.Tx, check string) (out []Event, err error) {
	return out, tx.Each(func(scan db.Scan) error {
		var e Event
		if err := scan(&e.Ref.Kind, &e.Ref.Authority, &e.Ref.ID, &e.Last, db.At(&e.At)); err != nil {
			return err
		}
		e.Failed = e.Last == rule.Fail
		if n := len(out); n > 0 && out[n-1].Ref == e.Ref {
			out[n-1].Failed, out[n-1].Last = out[n-1].Failed || e.Failed, e.Last
			return nil
		}
		out = append(out, e)
		return nil
	}, `SELECT kind, authority, native_id, status, event_at FROM check_result WHERE org_id = $1 AND check_id = $2 AND event_at <> 0
		ORDER BY kind, authority, native_id, since, run_in`, tx.Org(), check)
}

func insertTransition(tx *db.Tx, t *Transition) error {
	return tx.Bulk(`INSERT INTO check_result (org_id, `+resultColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Org(), t.Check, t.Ref.Kind, t.Ref.Authority, t.Ref.ID, t.RunIn, t.RunOut, string(t.Status), string(t.Reason),
		db.Ms(t.Since), db.Ms(t.Until), string(t.Ended), t.Label, t.Message, t.Hash[:], db.Ms(t.At))
}

func endTransition(tx *db.Tx, t *Transition) error {
	return tx.Bulk(`UPDATE check_result SET until = $7, run_out = $8, ended = $9
		WHERE org_id = $1 AND check_id = $2 AND kind = $3 AND authority = $4 AND native_id = $5 AND run_in = $6`,
		tx.Org(), t.Check, t.Ref.Kind, t.Ref.Authority, t.Ref.ID, t.RunIn, db.Ms(t.Until), t.RunOut, string(t.Ended))
}

const exclusionColumns = `id, check_id, kind, authority, native_id, label, reason, compensating, asked_by, asked_at, approved_by, from_at, until_at, state`

func readExclusion(scan db.Scan) (e Exclusion, err error) {
	err = scan(&e.ID, &e.Check, &e.Ref.Kind, &e.Ref.Authority, &e.Ref.ID, &e.Label, &e.Reason, &e.Compensating, &e.AskedBy,
		db.At(&e.AskedAt), &e.ApprovedBy, db.At(&e.From), db.At(&e.Until), &e.State)
	return e, err
}

func exclusions(tx *db.Tx, check string) ([]Exclusion, error) {
	return db.All(tx, readExclusion, `SELECT `+exclusionColumns+` FROM check_exclusion
		WHERE org_id = $1 AND ($2 = '' OR check_id = $2) ORDER BY asked_at, id`, tx.Org(), check)
}

func loadExclusion(tx *db.Tx, id string) (Exclusion, error) {
	return db.One(tx, readExclusion, `SELECT `+exclusionColumns+` FROM check_exclusion WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

func insertExclusion(tx *db.Tx, e *Exclusion, salt tlog.Salt) error {
	_, err := tx.Exec(`INSERT INTO check_exclusion (org_id, `+exclusionColumns+`, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Org(), e.ID, e.Check, e.Ref.Kind, e.Ref.Authority, e.Ref.ID, e.Label, e.Reason, e.Compensating, e.AskedBy,
		db.Ms(e.AskedAt), e.ApprovedBy, db.Ms(e.From), db.Ms(e.Until), string(e.State), salt[:])
	return err
}

func decideExclusion(tx *db.Tx, e *Exclusion) error {
	_, err := tx.Exec(`UPDATE check_exclusion SET approved_by = $3, from_at = $4, until_at = $5, state = $6 WHERE org_id = $1 AND id = $2`,
		tx.Org(), e.ID, e.ApprovedBy, db.Ms(e.From), db.Ms(e.Until), string(e.State))
	return err
}

func saltOf(tx *db.Tx, exclusion string) (tlog.Salt, error) {
	b, err := db.One(tx, db.Value[[]byte], `SELECT salt FROM check_exclusion WHERE org_id = $1 AND id = $2`, tx.Org(), exclusion)
	if err != nil {
		return tlog.Salt{}, err
	}
	return tlog.SaltFrom(b)
}

func countFailing(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM (SELECT DISTINCT check_id FROM check_definition WHERE org_id = $1) d
		WHERE EXISTS (SELECT 1 FROM check_result r WHERE r.org_id = $1 AND r.check_id = d.check_id AND r.until = 0 AND r.status = 'fail')`, tx.Org())
}

// NewestUntil returns, of the checks that ran before an instant, the newest run of
// each by then.
func NewestUntil(tx *db.Tx, checks []string, until time.Time) (map[string]Run, error) {
	out := make(map[string]Run, len(checks))
	for _, check := range checks {
		r, found, err := db.Maybe(tx, readRun, `SELECT `+runColumns+` FROM check_run WHERE org_id = $1 AND check_id = $2 AND at < $3
			ORDER BY at DESC, id DESC LIMIT 1`, tx.Org(), check, db.Ms(until))
		if err != nil {
			return nil, err
		}
		if found {
			out[check] = r
		}
	}
	return out, nil
}

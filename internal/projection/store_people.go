package projection

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// projections lists every table that an entry of the log tells of.
func projections() []projection {
	return []projection{
		{[]string{"trail_entry"}, (*pass).trail},
		{[]string{"program_program"}, (*pass).programs},
		{[]string{"program_omission"}, (*pass).omissions},
		{[]string{"collect_connection"}, (*pass).connections},
		{[]string{"control_version"}, (*pass).controls},
		{[]string{"activity_performance"}, (*pass).performances},
		{[]string{"policy_policy"}, (*pass).policies},
		{[]string{"policy_version"}, (*pass).versions},
		{[]string{"policy_review"}, (*pass).reviews},
		{[]string{"policy_acceptance"}, (*pass).acceptances},
		{[]string{"register_snapshot"}, (*pass).snapshots},
		{[]string{"population_capture"}, (*pass).captures},
		{[]string{"evidence_item"}, (*pass).evidence},
		{[]string{"anchor_stamp"}, (*pass).stamps},
		{[]string{"anchor_cosignature"}, (*pass).cosignatures},
		{[]string{"fact_kind"}, (*pass).kinds},
		{[]string{"fact_collection"}, (*pass).collections},
		{[]string{"fact_listing"}, (*pass).listings},
		{[]string{"fact_version"}, (*pass).records},
		{[]string{"fact_span"}, (*pass).members},
		{[]string{"check_definition"}, (*pass).definitions},
		{[]string{"check_batch"}, (*pass).batches},
		{[]string{"check_run"}, (*pass).runs},
		{[]string{"check_result"}, (*pass).results},
		{[]string{"check_exclusion"}, (*pass).exclusions},
		{[]string{"backup_run"}, (*pass).backups},
	}
}

func (p *pass) trail() error {
	left, err := p.erasures()
	if err != nil {
		return err
	}
	waits, err := p.waiting()
	if err != nil {
		return err
	}
	return p.whole("trail.entry", "id", "id", "r.id, r.at, r.actor, r.name, r.door, r.address, r.action, r.noun, r.object, r.label, r.detail, r.salt, r.erased", func(l *leaf, scan db.Scan) error {
		var id, actor, name, door, address, action, noun, object, label, erased string
		var at time.Time
		detail := map[string]string{}
		var salt []byte
		if err := scan(&id, db.At(&at), &actor, &name, &door, &address, &action, &noun, &object, &label, db.JSON(&detail), &salt, &erased); err != nil {
			return err
		}
		if detail == nil {
			detail = map[string]string{}
		}
		words, err := canon.Marshal(map[string]any{"name": name, "address": address, "label": label, "detail": detail})
		if err != nil {
			return err
		}
		row := &says{row: id, at: at, actor: actor, body: map[string]any{"action": action, "noun": noun, "object": object, "door": door}}
		last := left[id]
		switch {
		case last.leaf != erased && waits[erased]:
			return p.same(l, row)
		case last.leaf != erased && erased == "":
			p.differ(l.index, id, "the erasure %s took something out of it, and that is there again, or something else", last.leaf)
			return nil
		case last.leaf != erased:
			p.differ(l.index, id, "it says that an erasure %s took something out of it, and the log's last one of it is %q", erased, last.leaf)
			return nil
		case erased == "":
			row.commits = map[string]tlog.Hash{"detail": commits(salt, "detail", words)}
		default:
			if c := commits(salt, id, words); last.commit != tlog.B64(c[:]) {
				p.differ(l.index, id, "what is left of it is not what the erasure %s commits to", erased)
				return nil
			}
		}
		return p.same(l, row)
	})
}

// waiting are the entries that have no place in the log yet.
func (p *pass) waiting() (map[string]bool, error) {
	ids := map[string]bool{}
	return ids, p.tx.Each(func(scan db.Scan) error {
		var id string
		err := scan(&id)
		ids[id] = true
		return err
	}, `SELECT id FROM ledger_pending WHERE org_id = $1`, p.tx.Org())
}

// erasure is the newest one of an entry of the trail.
type erasure struct {
	leaf   string // id
	commit string
}

// erasures reads what the log says was erased, of all of it: a later leaf than the
// span's can speak of an entry.
func (p *pass) erasures() (map[string]erasure, error) {
	left := map[string]erasure{}
	return left, p.tx.Each(func(scan db.Scan) error {
		var id string
		var b []byte
		if err := scan(&id, &b); err != nil {
			return err
		}
		e, err := tlog.Decode(b)
		if err != nil {
			return nil //nolint:nilerr // the log's own verification finds it
		}
		for entry, commit := range e.Commit {
			left[entry] = erasure{id, commit}
		}
		return nil
	}, `SELECT id, leaf FROM ledger_leaf WHERE org_id = $1 AND type = 'trail.erased' ORDER BY idx`, p.tx.Org())
}

// row is a row as its newest entry must tell of it.
type row struct {
	body map[string]any
	used bool
}

func (p *pass) programs() error {
	rows := map[string]*row{}
	err := p.tx.Each(func(scan db.Scan) error {
		var id, kind, from, to, state string
		var categories []string
		if err := scan(&id, &kind, db.JSON(&categories), &from, &to, &state); err != nil {
			return err
		}
		if categories == nil {
			categories = []string{}
		}
		rows["program/"+id] = &row{body: map[string]any{"program": id, "type": kind, "categories": categories, "from": from, "to": to, "state": state}}
		return nil
	}, `SELECT id, type, categories, from_on, to_on, state FROM program_program WHERE org_id = $1`, p.tx.Org())
	if err != nil {
		return err
	}
	return p.latest(rows, "'program.added', 'program.changed'")
}

// latest compares rows with the newest entries of their streams.
func (p *pass) latest(rows map[string]*row, types string) error {
	err := p.newest(types, func(l *leaf, stream string) error {
		r := rows[stream]
		if r == nil {
			p.differ(l.index, stream, "the entry is there, and the row is gone")
			return nil
		}
		r.used = true
		return p.same(l, &says{row: stream, body: r.body})
	})
	for stream, r := range rows {
		if !r.used && p.span.From == 0 && len(r.body) > 0 && err == nil {
			p.settled(stream)
		}
	}
	return err
}

// settled objects to a row without an entry, unless entries are waiting for their
// place, of which it may be one.
func (p *pass) settled(stream string) {
	n, err := db.One(p.tx, db.Value[int], `SELECT count(*) FROM ledger_pending WHERE org_id = $1`, p.tx.Org())
	end, err2 := db.One(p.tx, db.Value[int64], `SELECT size FROM ledger_head WHERE org_id = $1`, p.tx.Org())
	if err == nil && err2 == nil && n == 0 && p.span.To >= end {
		p.differ(-1, stream, "the row is there, and the log has no entry of it")
	}
}

func (p *pass) omissions() error {
	approved := map[string]bool{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var program, criterion, by string
		err := scan(&program, &criterion, &by)
		approved[program+" "+criterion] = by != ""
		return err
	}, `SELECT program, criterion, approved_by FROM program_omission WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	told := map[string]bool{}
	err := p.each("'program.omission'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		p.found.Rows++
		program, _ := e.Body["program"].(string)
		criterion, _ := e.Body["criterion"].(string)
		told[program+" "+criterion] = true
		return nil
	})
	for name, yes := range approved {
		if yes && !told[name] && p.span.From == 0 && err == nil {
			p.settled(name)
		}
	}
	return err
}

func (p *pass) connections() error {
	rows := map[string]*row{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var id, product, state string
		var every int64
		err := scan(&id, &product, &state, &every)
		rows["connection/"+id] = &row{body: map[string]any{"connection": id, "connector": product, "state": state, "every": every}}
		return err
	}, `SELECT id, product, state, every_s FROM collect_connection WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	if err := p.newest("'connector.scheduled'", func(l *leaf, stream string) error {
		if r := rows[stream]; r != nil {
			return p.same(l, &says{row: stream, body: map[string]any{"connection": r.body["connection"], "every": r.body["every"]}})
		}
		return nil
	}); err != nil {
		return err
	}
	return p.newest("'connector.enabled', 'connector.disabled'", func(l *leaf, stream string) error {
		r := rows[stream]
		if r == nil {
			return nil // a connection that was removed
		}
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		on := r.body["state"] == "enabled"
		if on != (e.Type == "connector.enabled") {
			p.differ(l.index, stream, "it is %s, and the newest entry is %s", r.body["state"], e.Type)
			return nil
		}
		return p.same(l, &says{row: stream, body: map[string]any{"connection": r.body["connection"], "connector": r.body["connector"]}})
	})
}

func (p *pass) controls() error {
	return p.whole("control.version", "leaf", "control", "r.control, r.number, r.effective_on, r.retired, r.body, r.salt, r.author", func(l *leaf, scan db.Scan) error {
		var control, effective, author string
		var number int64
		var retired bool
		var salt []byte
		var v struct {
			Control     string   `json:"control"`
			Number      int64    `json:"number"`
			EffectiveOn any      `json:"effective_on"`
			Retired     bool     `json:"retired"`
			Title       string   `json:"title"`
			Statement   string   `json:"statement"`
			Criteria    []string `json:"criteria"`
			FixLimit    string   `json:"fix_limit"`
			Lanes       []struct {
				ID    string `json:"id"`
				Kind  string `json:"kind"`
				Check string `json:"check"`
			} `json:"lanes"`
		}
		if err := scan(&control, &number, &effective, &retired, db.JSON(&v), &salt, &author); err != nil {
			return err
		}
		text, err := canon.Marshal(map[string]any{"title": v.Title, "statement": v.Statement})
		if err != nil {
			return err
		}
		name := control
		if v.Control != control || v.Number != number || v.Retired != retired {
			p.differ(l.index, name, "its columns and its body disagree")
			return nil
		}
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		lanes, _ := e.Body["lanes"].([]any)
		for i := range lanes {
			told, _ := lanes[i].(map[string]any)
			if len(lanes) != len(v.Lanes) || told["id"] != v.Lanes[i].ID || told["kind"] != v.Lanes[i].Kind || told["check"] != v.Lanes[i].Check {
				p.differ(l.index, name, "its lanes are not those of the entry")
				return nil
			}
		}
		h := tlog.LeafHash(text)
		return p.same(l, &says{
			row: name, actor: author,
			body: map[string]any{
				"control": control, "version": number, "effective_on": effective, "retired": retired, "criteria": orEmpty(v.Criteria), "fix_limit": v.FixLimit, "hash": h.String(),
			},
			commits: map[string]tlog.Hash{"wording": commits(salt, "wording", text)},
		})
	})
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (p *pass) performances() error {
	return p.whole("activity.performed", "leaf", "id", "r.id, r.control, r.lane, r.due_on, r.performed_at, r.by_actor, r.by_name, r.note, r.evidence, r.salt", func(l *leaf, scan db.Scan) error {
		var id, control, lane, due, actor, by, note string
		var at time.Time
		var evidence []string
		var salt []byte
		if err := scan(&id, &control, &lane, &due, db.At(&at), &actor, &by, &note, db.JSON(&evidence), &salt); err != nil {
			return err
		}
		text, err := json.Marshal(map[string]any{"by": by, "note": note})
		if err != nil {
			return err
		}
		return p.same(l, &says{
			row: id, actor: actor,
			body:    map[string]any{"performance": id, "control": control, "lane": lane, "due_on": due, "performed_at": clock.Format(at), "evidence": orEmpty(evidence)},
			commits: map[string]tlog.Hash{"note": commits(salt, "note", text)},
		})
	})
}

func (p *pass) evidence() error {
	return p.whole("evidence.captured", "leaf", "id", "r.id, r.kind, r.title, r.note, r.controls, r.lane, r.covers_from, r.covers_to, r.file_name, r.media, r.size, r.blob, r.salt, r.by_actor, r.by_name, r.at, r.supersedes", func(l *leaf, scan db.Scan) error {
		var id, kind, title, note, lane, from, to, file, media, blob, actor, by, supersedes string
		var at time.Time
		var size int64
		var controls []string
		var salt []byte
		if err := scan(&id, &kind, &title, &note, db.JSON(&controls), &lane, &from, &to, &file, &media, &size, &blob, &salt, &actor, &by, db.At(&at), &supersedes); err != nil {
			return err
		}
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		if blob != "" && (len(e.Blobs) != 1 || e.Blobs[0].Name != blob || e.Blobs[0].Size != size || e.Blobs[0].Media != media) || blob == "" && len(e.Blobs) > 0 {
			p.differ(l.index, id, "its file is not that of the entry")
			return nil
		}
		words, err := canon.Marshal(map[string]any{"title": title, "note": note, "file": file, "by": by})
		if err != nil {
			return err
		}
		return p.same(l, &says{
			row: id, at: at, actor: actor,
			body:    map[string]any{"evidence": id, "kind": kind, "controls": orEmpty(controls), "lane": lane, "from": from, "to": to, "supersedes": supersedes},
			commits: map[string]tlog.Hash{"details": commits(salt, "details", words)},
		})
	})
}

func (p *pass) stamps() error {
	return p.whole("anchor.tsa", "leaf", "hash", "r.hash, r.size, r.authority, r.at, r.token", func(l *leaf, scan db.Scan) error {
		var hash, authority string
		var size int64
		var at time.Time
		var token []byte
		if err := scan(&hash, &size, &authority, db.At(&at), &token); err != nil {
			return err
		}
		if sum := tlog.Hash(sha256.Sum256(token)); sum.String() != hash {
			p.differ(l.index, hash, "the token is another")
			return nil
		}
		return p.same(l, &says{row: hash, body: map[string]any{"token": hash, "size": size, "authority": authority, "time": clock.Format(at)}})
	})
}

func (p *pass) cosignatures() error {
	return p.whole("anchor.witness", "leaf", "witness", "r.witness, r.size, r.at, r.line", func(l *leaf, scan db.Scan) error {
		var witness, line string
		var size int64
		var at time.Time
		if err := scan(&witness, &size, db.At(&at), &line); err != nil {
			return err
		}
		code := strings.TrimSuffix(line[strings.LastIndex(line, " ")+1:], "\n")
		return p.same(l, &says{row: witness, body: map[string]any{"key": witness, "size": size, "time": clock.Format(at), "cosignature": code}})
	})
}

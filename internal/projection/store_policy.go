package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
)

// policies holds when each policy ended. What else its row says is in the trail.
func (p *pass) policies() error {
	retired := map[string]string{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var id, on string
		err := scan(&id, &on)
		retired["policy/"+id] = on
		return err
	}, `SELECT id, retired_on FROM policy_policy WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	told := map[string]bool{}
	err := p.newest("'policy.approved'", func(l *leaf, stream string) error {
		if _, known := retired[stream]; !known {
			p.differ(l.index, stream, "the entry is there, and the row is gone")
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = p.newest("'policy.retired'", func(l *leaf, stream string) error {
		told[stream] = true
		on, known := retired[stream]
		if !known {
			p.differ(l.index, stream, "the entry is there, and the row is gone")
			return nil
		}
		return p.same(l, &says{row: stream, body: map[string]any{"on": on}})
	})
	for stream, on := range retired {
		if on != "" && !told[stream] && p.span.From == 0 && err == nil {
			p.settled(stream)
		}
	}
	return err
}

func (p *pass) versions() error {
	err := p.whole("policy.approved", "leaf", "policy", "r.policy, r.number, r.body, r.ask, r.author, r.approver, r.approved_at, r.effective_on, r.hash, r.salt", func(l *leaf, scan db.Scan) error {
		var policy, text, author, approver, effective, hash string
		var number int64
		var ask bool
		var at time.Time
		var salt []byte
		if err := scan(&policy, &number, &text, &ask, &author, &approver, db.At(&at), &effective, &hash, &salt); err != nil {
			return err
		}
		if sum := sha256.Sum256([]byte(text)); hex.EncodeToString(sum[:]) != hash {
			p.differ(l.index, policy, "the text of version %d does not have its hash", number)
			return nil
		}
		return p.same(l, &says{
			row: policy, at: at, actor: approver,
			body:    map[string]any{"policy": policy, "version": number, "author": author, "approver": approver, "effective_on": effective, "ask": ask},
			commits: map[string]tlog.Hash{"text": commits(salt, "text", []byte(text))},
		})
	})
	if err != nil {
		return err
	}
	return p.withdrawals()
}

// withdrawals holds that a version counts as withdrawn, or as approved, only where
// an entry says so.
func (p *pass) withdrawals() error {
	type version struct {
		at       time.Time
		approved bool // or said to be
		sealed   bool // names an entry
	}
	rows := map[string]version{}
	if err := p.tx.Each(func(scan db.Scan) error {
		var v version
		var policy, leaf, approver, effective string
		var number int
		var approved time.Time
		if err := scan(&policy, &number, db.At(&v.at), db.At(&approved), &approver, &effective, &leaf); err != nil {
			return err
		}
		v.approved, v.sealed = !approved.IsZero() || approver != "" || effective != "", leaf != ""
		rows[place(policy, number)] = v
		return nil
	}, `SELECT policy, number, withdrawn_at, approved_at, approver, effective_on, leaf FROM policy_version WHERE org_id = $1`, p.tx.Org()); err != nil {
		return err
	}
	told := map[string]bool{}
	err := p.each("'policy.withdrawn'", func(l *leaf, _ string) error {
		e, err := tlog.Decode(l.bytes)
		if err != nil {
			return err
		}
		name := place(e.Body["policy"], e.Body["version"])
		told[name] = true
		v, known := rows[name]
		if !known {
			p.differ(l.index, name, "the entry is there, and the row is gone")
			return nil
		}
		if v.at.IsZero() {
			p.differ(l.index, name, "it is approved, and the entry says that it was withdrawn")
			return nil
		}
		return p.same(l, &says{row: name, at: v.at})
	})
	for name, v := range rows {
		if p.span.From > 0 || err != nil {
			break
		}
		if v.approved && !v.sealed {
			p.differ(-1, name, "it says that it was approved, and names no entry of the log")
		}
		if v.sealed && !v.at.IsZero() && !told[name] {
			p.settled(name)
		}
	}
	return err
}

// place names a version, of which an entry or a row speaks.
func place(policy, number any) string { return fmt.Sprintf("%v version %v", policy, number) }

func (p *pass) reviews() error {
	return p.whole("policy.reviewed", "leaf", "id", "r.id, r.policy, r.version, r.on_day, r.by_id, r.at", func(l *leaf, scan db.Scan) error {
		var id, policy, on, by string
		var version int64
		var at time.Time
		if err := scan(&id, &policy, &version, &on, &by, db.At(&at)); err != nil {
			return err
		}
		return p.same(l, &says{row: id, at: at, actor: by, body: map[string]any{"policy": policy, "version": version, "reviewer": by, "on": on}})
	})
}

func (p *pass) acceptances() error {
	return p.whole("policy.accepted", "leaf", "id", "r.id, r.policy, r.version, r.person, r.user_id, r.at", func(l *leaf, scan db.Scan) error {
		var id, policy, person, user string
		var version int64
		var at time.Time
		if err := scan(&id, &policy, &version, &person, &user, db.At(&at)); err != nil {
			return err
		}
		return p.same(l, &says{row: id, at: at, actor: user, body: map[string]any{"policy": policy, "version": version, "person": person}})
	})
}

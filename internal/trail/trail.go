package trail

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/canon"
	"assay/internal/kit/id"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// Act is what was done.
type Act struct {
	Action string            // the permission's name; default: the grant's
	Noun   string            // "person", "control"
	Object string            // its id
	Label  string            // what people call it
	Detail map[string]string // before and after, reasons; free text allowed, it stays in the row
}

// Entry is a stored act.
type Entry struct {
	ID      string
	At      time.Time
	Actor   string // pseudonym
	Name    string // as it was then
	Door    string
	Address string
	Action  string
	Noun    string
	Object  string
	Label   string
	Detail  map[string]string
}

// Add writes the entry and its leaf. What is only looked at while the store is held
// leaves neither: the log has not been compared with what others know of it.
func Add(tx *db.Tx, a Act) error {
	if tx.Held() {
		return nil
	}
	who := tx.Actor()
	e := Entry{
		ID: ledger.NewID(tx.Now()), At: tx.Now(), Actor: who.ID, Name: who.Name, Door: string(who.Door),
		Address: who.From, Action: a.Action, Noun: a.Noun, Object: a.Object, Label: a.Label, Detail: a.Detail,
	}
	if e.Action == "" {
		e.Action = string(tx.Grant().Permission())
	}
	e.plain()
	detail, err := e.canonical()
	if err != nil {
		return err
	}
	salt := tlog.NewSalt()
	commit := tlog.Commit(salt, "detail", detail)
	if _, err := ledger.Append(tx, ledger.Entry{
		ID: e.ID, Type: "trail.entry", Stream: "trail",
		Body:   map[string]any{"action": e.Action, "noun": e.Noun, "object": e.Object, "door": e.Door},
		Commit: map[string]string{"detail": tlog.B64(commit[:])},
	}); err != nil {
		return err
	}
	return insert(tx, e, salt)
}

// plain makes text that came from outside such as every store and the log take:
// an odd character in a name must not keep an act from being done, or from being
// told of.
func (e *Entry) plain() {
	for _, s := range []*string{&e.Name, &e.Address, &e.Object, &e.Label} {
		*s = db.Plain(*s)
	}
	if e.Detail == nil {
		return
	}
	detail := make(map[string]string, len(e.Detail))
	for k, v := range e.Detail {
		detail[db.Plain(k)] = db.Plain(v)
	}
	e.Detail = detail
}

// canonical is what the leaf commits to: everything that stays in the row.
func (e *Entry) canonical() ([]byte, error) {
	d := e.Detail
	if d == nil {
		d = map[string]string{}
	}
	return canon.Marshal(map[string]any{"name": e.Name, "address": e.Address, "label": e.Label, "detail": d})
}

// NewObject returns an id for a noun's new row.
func NewObject(tx *db.Tx, prefix string) string { return id.New(prefix, tx.Now()) }

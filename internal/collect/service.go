package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/trail"
)

// MadeUp is whose the ids of a demonstration's systems are. No name below .invalid can be given to anybody
// (RFC 2606): what has such ids does not exist, and nobody is asked for it.
const MadeUp = "larkspur.demo.invalid"

// Service is the use cases of connections.
type Service struct {
	DB       *db.DB
	Keys     *keys.Ring
	Products []connector.Product
	// Registers returns the org's own registers as products.
	Registers func(org string) []connector.Product
	Host      connector.Host
	HTTP      *http.Client
	// AllowLocal is the operator's permission to read this machine's own
	// network and files.
	AllowLocal bool
	// Period returns the span that events are wanted for.
	Period func(tx *db.Tx) (connector.Period, error)
	// Memory spares reading back what did not change. It may be nil.
	Memory *fact.Memory
	// Rehearsal lets products read what is made up, while a demonstration is made.
	Rehearsal bool
	// Beat says when a running collection says that it is alive; every minute if
	// nil.
	Beat <-chan time.Time
	// Limit is how long a collection may take; six hours if zero.
	Limit time.Duration
	// Grace is how long a connector may take to stop when it is told to; ten
	// seconds if zero.
	Grace time.Duration
	Log   *slog.Logger // of what connectors do wrong; may be nil
	// Then names the work that follows a collection, queued in its
	// transaction with the connection's id as argument. Empty: none.
	Then string

	// MaxImport is how large an imported file may be, in bytes;
	// DefaultMaxImport if zero.
	MaxImport int64
	// SpoolDir is the folder in which an imported file waits, sealed and
	// nameless; the system's own if empty.
	SpoolDir string
}

// JobRun is the name of the job that collects one connection.
const JobRun = "collect.run"

// Product returns the product with the name.
func (s Service) Product(name string) (connector.Product, error) {
	for _, p := range s.Products {
		if p.Name == name {
			return p, nil
		}
	}
	return connector.Product{}, fault.New(fault.NotFound, "There is no connector %q.", name)
}

func (s Service) register(tenant, source string) (connector.Product, bool) {
	if s.Registers == nil {
		return connector.Product{}, false
	}
	for _, p := range s.Registers(tenant) {
		if RegisterID(p.Name) == source {
			return p, true
		}
	}
	return connector.Product{}, false
}

// Connections returns the ids of everything that counts as a source of the
// transaction's org: enabled connections and the registers.
func (s Service) Connections(tx *db.Tx) ([]string, error) {
	ids, err := enabled(tx)
	if err != nil || s.Registers == nil {
		return ids, err
	}
	for _, p := range s.Registers(tx.Org()) {
		ids = append(ids, RegisterID(p.Name))
	}
	return ids, nil
}

// Add makes a connection, puts it on the schedule and collects it soon.
func (s Service) Add(ctx context.Context, who access.Actor, n New) (Connection, error) {
	grant, err := who.May(access.ConnectorEdit)
	if err != nil {
		return Connection{}, err
	}
	p, plain, secrets, err := s.prepare(&n)
	if err != nil {
		return Connection{}, err
	}
	now := s.DB.Now()()
	c := Connection{
		ID: id.New("con", now), Product: p.Name, Name: n.Name, Settings: plain, Every: n.Every, State: Enabled,
		CreatedAt: now, CreatedBy: who.ID,
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := s.seal(tx, &c, secrets); err != nil {
			return err
		}
		if err := insert(tx, &c); err != nil {
			return err
		}
		if err := declare(tx, &p); err != nil {
			return err
		}
		if err := s.announce(tx, &c, "connector.enabled"); err != nil {
			return err
		}
		if err := promise(tx, &c); err != nil {
			return err
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Action: "connector.add", Noun: "connection", Object: c.ID, Label: c.Name, Detail: changes(nil, &c, slices.Sorted(maps.Keys(secrets))),
		})
	})
	return c, err
}

func (s Service) prepare(n *New) (p connector.Product, plain, secrets map[string]string, err error) {
	if p, err = s.Product(n.Product); err != nil {
		return p, nil, nil, err
	}
	if plain, secrets, err = n.check(&p); err != nil {
		return p, nil, nil, err
	}
	_, err = s.open(&p, setUp{plain: plain, secrets: secrets})
	return p, plain, secrets, err
}

// setUp is what a connection is opened with.
type setUp struct {
	plain, secrets map[string]string
	period         connector.Period
	pseudonyms     secret.Key
	messages       []connector.Message
	hook           string
}

// open returns the source, and completes the product by the kinds that its
// settings declare.
func (s Service) open(p *connector.Product, with setUp) (connector.Source, error) {
	config := connector.Config{}
	maps.Copy(config, with.plain)
	maps.Copy(config, with.secrets)
	var err error
	if *p, err = p.With(config); err != nil {
		return nil, err
	}
	src, err := p.Open(config, connector.Env{
		Now: s.DB.Now(), HTTP: s.HTTP, Host: s.Host, Period: with.period, AllowLocal: s.AllowLocal, PseudonymKey: with.pseudonyms,
		Messages: with.messages, Hook: with.hook,
	})
	if err != nil && fault.Of(err) == fault.Internal {
		return nil, fault.New(fault.Invalid, "%s: %s", p.Title, newHush(with.secrets).clip(err.Error()))
	}
	return src, err
}

// declare stores the kinds that the settings declare, so that whoever declares
// a known kind with other fields is told so at once.
func declare(tx *db.Tx, p *connector.Product) error {
	if p.Declare == nil {
		return nil
	}
	for i := range p.Kinds {
		if err := fact.Declare(tx, &p.Kinds[i], "connector"); err != nil {
			return err
		}
	}
	return nil
}

func (s Service) seal(tx *db.Tx, c *Connection, secrets map[string]string) error {
	if len(secrets) == 0 {
		return nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(secrets)
	if err != nil {
		return err
	}
	c.HasSecret = slices.Sorted(maps.Keys(secrets))
	c.secrets, err = o.Secrets().Seal(connectionContext(c.ID), plain)
	return err
}

func connectionContext(connection string) string { return "collect.connection " + connection }

func (s Service) unseal(tx *db.Tx, c *Connection) (map[string]string, error) {
	secrets := map[string]string{}
	if len(c.secrets) == 0 {
		return secrets, nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return nil, err
	}
	plain, err := o.Secrets().Open(connectionContext(c.ID), c.secrets)
	if err != nil {
		return nil, fmt.Errorf("credentials of %s: %w", c.ID, err)
	}
	return secrets, json.Unmarshal(plain, &secrets)
}

func (s Service) announce(tx *db.Tx, c *Connection, what string) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Type: what, Stream: fact.StreamOf(c.ID), Body: map[string]any{"connection": c.ID, "connector": c.Product},
	})
	return err
}

// Promise says in the log how often a register is collected at least, where that
// is not each day.
func Promise(tx *db.Tx, p *connector.Product) error {
	if p.Every == 24*time.Hour {
		return nil
	}
	return promise(tx, &Connection{ID: RegisterID(p.Name), Every: p.Every})
}

// promise says in the log how often the connection is collected, so that a time
// at which it was not shows.
func promise(tx *db.Tx, c *Connection) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Type: "connector.scheduled", Stream: fact.StreamOf(c.ID), Body: map[string]any{"connection": c.ID, "every": int64(c.Every / time.Second)},
	})
	return err
}

// schedule makes an enabled connection be collected soon, and then recur.
func schedule(tx *db.Tx, c *Connection) error {
	if c.State != Enabled || c.Uploaded() {
		return job.Stop(tx, JobRun, c.ID)
	}
	if err := job.Add(tx, JobRun, c.ID, tx.Now()); err != nil {
		return err
	}
	return job.Every(tx, JobRun, c.ID, c.Every)
}

// List returns the connections and the registers with their newest
// collections.
func (s Service) List(ctx context.Context, who access.Actor) (out []Connection, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if out, err = list(tx); err != nil {
			return err
		}
		registers, err := s.registers(tx)
		if err != nil {
			return err
		}
		out = append(out, registers...)
		for i := range out {
			if err := s.recent(tx, &out[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s Service) registers(tx *db.Tx) (out []Connection, err error) {
	if s.Registers == nil {
		return nil, nil
	}
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range s.Registers(tx.Org()) {
		out = append(out, Connection{
			ID: RegisterID(p.Name), Product: p.Name, Name: p.Title, Every: cmp.Or(p.Every, daily), State: Enabled, Register: true, begun: o.CreatedAt,
		})
	}
	return out, nil
}

// daily is how often is collected where nobody says otherwise.
const daily = 24 * time.Hour

func (s Service) recent(tx *db.Tx, c *Connection) error {
	if len(c.secrets) > 0 {
		secrets, err := s.unseal(tx, c)
		if err != nil {
			return err
		}
		c.HasSecret = slices.Sorted(maps.Keys(secrets))
	}
	if err := ran(tx, c); err != nil || c.Last == nil {
		return err
	}
	last := []fact.Collection{*c.Last}
	if err := fact.Count(tx, last); err != nil {
		return err
	}
	c.Last = &last[0]
	return nil
}

// ran fills in how the newest collection went, and when one last succeeded. It
// looks further back only if the newest did not.
func ran(tx *db.Tx, c *Connection) error {
	runs, err := fact.Collections(tx, c.ID, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	c.Last = &runs[0]
	if c.Last.State == fact.Done {
		c.Success = c.Last.FinishedAt
		return nil
	}
	c.Success, err = fact.LastDone(tx, c.ID)
	return err
}

// Get returns one connection or register and its newest collections.
func (s Service) Get(ctx context.Context, who access.Actor, connection string) (c Connection, runs []fact.Collection, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return c, nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if c, err = s.find(tx, connection); fault.Is(err, fault.NotFound) {
			c, err = past(tx, connection)
		}
		if err != nil {
			return err
		}
		if err := s.recent(tx, &c); err != nil {
			return err
		}
		if runs, err = fact.Collections(tx, connection, 60); err != nil {
			return err
		}
		return fact.Count(tx, runs)
	})
	return c, runs, err
}

func (s Service) find(tx *db.Tx, connection string) (Connection, error) {
	if strings.HasPrefix(connection, "register/") {
		registers, err := s.registers(tx)
		if i := slices.IndexFunc(registers, func(c Connection) bool { return c.ID == connection }); err != nil || i >= 0 {
			return append(registers, Connection{})[max(i, 0)], err
		}
	}
	return load(tx, connection)
}

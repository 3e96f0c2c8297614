package collect

import (
	"context"
	"encoding/json"
	"fmt"
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
	"assay/internal/trail"
)

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

func (s Service) register(org, source string) (connector.Product, bool) {
	if s.Registers == nil {
		return connector.Product{}, false
	}
	for _, p := range s.Registers(org) {
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
		if err := s.announce(tx, &c, "connector.enabled"); err != nil {
			return err
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		if err := job.Add(tx, JobRun, c.ID, tx.Now()); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "connector.add", Noun: "connection", Object: c.ID, Label: c.Name, Detail: plain})
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
	})
	if err != nil && fault.Of(err) == fault.Internal {
		return nil, fault.Wrap(fault.Invalid, err, "%s: %v", p.Title, err)
	}
	return src, err
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
	c.secrets, err = o.Secrets().Seal("collect.connection "+c.ID, plain)
	return err
}

func (s Service) unseal(tx *db.Tx, c *Connection) (map[string]string, error) {
	secrets := map[string]string{}
	if len(c.secrets) == 0 {
		return secrets, nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return nil, err
	}
	plain, err := o.Secrets().Open("collect.connection "+c.ID, c.secrets)
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

func schedule(tx *db.Tx, c *Connection) error {
	if c.State != Enabled || c.Uploaded() {
		return job.Stop(tx, JobRun, c.ID)
	}
	return job.Every(tx, JobRun, c.ID, c.Every)
}

// Edit changes a connection's name, settings and interval. Secrets that are
// left empty stay as they are.
func (s Service) Edit(ctx context.Context, who access.Actor, connection string, n New) error {
	grant, err := who.May(access.ConnectorEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		c, err := load(tx, connection)
		if err != nil {
			return err
		}
		if c.Uploaded() {
			return fault.New(fault.Conflict, "%s is set up by its declaration. Declare a new version of the kind.", c.Name)
		}
		had, err := s.unseal(tx, &c)
		if err != nil {
			return err
		}
		n.Product = c.Product
		for k, v := range had {
			if n.Settings[k] == "" {
				n.Settings[k] = v
			}
		}
		_, plain, secrets, err := s.prepare(&n)
		if err != nil {
			return err
		}
		c.Name, c.Settings, c.Every = n.Name, plain, n.Every
		if err := s.seal(tx, &c, secrets); err != nil {
			return err
		}
		if err := save(tx, &c); err != nil {
			return err
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "connection", Object: c.ID, Label: c.Name, Detail: plain})
	})
}

// SetState pauses, resumes or removes a connection. A removed one is kept with
// its history and says so in the log.
func (s Service) SetState(ctx context.Context, who access.Actor, connection string, state State) error {
	grant, err := who.May(access.ConnectorEdit)
	if err != nil {
		return err
	}
	if state != Enabled && state != Paused && state != Removed {
		return fault.New(fault.Invalid, "A connection is enabled, paused or removed.")
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		c, err := load(tx, connection)
		if err != nil || c.State == state {
			return err
		}
		was := c.State
		c.State = state
		if state == Removed {
			c.secrets = nil
		}
		if err := save(tx, &c); err != nil {
			return err
		}
		what := "connector.disabled"
		if state == Enabled {
			what = "connector.enabled"
		}
		if was == Enabled || state == Enabled {
			if err := s.announce(tx, &c, what); err != nil {
				return err
			}
		}
		if err := schedule(tx, &c); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{
			Noun: "connection", Object: c.ID, Label: c.Name, Detail: map[string]string{"state": string(was) + " → " + string(state)},
		})
	})
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
		out = append(out, s.registers(tx.Org())...)
		for i := range out {
			if err := s.recent(tx, &out[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s Service) registers(org string) (out []Connection) {
	if s.Registers == nil {
		return nil
	}
	for _, p := range s.Registers(org) {
		out = append(out, Connection{
			ID: RegisterID(p.Name), Product: p.Name, Name: p.Title, Every: p.Every, State: Enabled, Register: true,
		})
	}
	return out
}

func (s Service) recent(tx *db.Tx, c *Connection) error {
	if len(c.secrets) > 0 {
		secrets, err := s.unseal(tx, c)
		if err != nil {
			return err
		}
		c.HasSecret = slices.Sorted(maps.Keys(secrets))
	}
	return ran(tx, c)
}

// ran fills in how the newest collection went, and when one last succeeded. It
// reads a few collections more only if the newest did not.
func ran(tx *db.Tx, c *Connection) error {
	for _, most := range []int{1, 30} {
		runs, err := fact.Collections(tx, c.ID, most)
		if err != nil || len(runs) == 0 {
			return err
		}
		c.Last = &runs[0]
		i := slices.IndexFunc(runs, func(r fact.Collection) bool { return r.State == fact.Done })
		if i >= 0 {
			c.Success = runs[i].FinishedAt
			return nil
		}
	}
	return nil
}

// Get returns one connection or register and its newest collections.
func (s Service) Get(ctx context.Context, who access.Actor, connection string) (c Connection, runs []fact.Collection, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return c, nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if c, err = s.find(tx, connection); err != nil {
			return err
		}
		if err := s.recent(tx, &c); err != nil {
			return err
		}
		runs, err = fact.Collections(tx, connection, 60)
		return err
	})
	return c, runs, err
}

func (s Service) find(tx *db.Tx, connection string) (Connection, error) {
	if strings.HasPrefix(connection, "register/") {
		for _, c := range s.registers(tx.Org()) {
			if c.ID == connection {
				return c, nil
			}
		}
	}
	return load(tx, connection)
}

// Overdue reports whether the newest collection is older than the interval
// allows, with an hour of grace.
func (c *Connection) Overdue(now time.Time) bool {
	return c.State == Enabled && !c.Uploaded() && !c.Success.IsZero() && now.Sub(c.Success) > c.Every+time.Hour
}

package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/imports"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/trail"
)

// DeclaredKind is a version of a kind that the org declared itself, to bring in
// files of it.
type DeclaredKind struct {
	imports.Declaration

	Text       string // as it was declared, YAML
	Hash       string // SHA-256 of Text, hex
	DeclaredAt time.Time
	DeclaredBy string
}

const importPrefix = "import/"

// ImportID is the connection id of the files that are brought in as resources
// of a declared kind.
func ImportID(kind string) string { return importPrefix + kind }

// Uploaded reports whether the connection gets files that people bring: it has
// no settings and is not collected on a schedule.
func (c *Connection) Uploaded() bool { return strings.HasPrefix(c.ID, importPrefix) }

// UploadedKind is the kind that such a connection brings.
func (c *Connection) UploadedKind() string { return strings.TrimPrefix(c.ID, importPrefix) }

// notCollected refuses what is done to a source that Assay reads by itself.
func (c *Connection) notCollected() error {
	return fault.New(fault.Conflict, "%s comes as files that people bring: bring a file instead.", c.Name)
}

// DeclareKind adds a kind to the org's own, or a version to one of them. The
// same text again changes nothing, but takes up again a kind whose connection
// was removed.
func (s Service) DeclareKind(ctx context.Context, who access.Actor, text []byte) (k DeclaredKind, err error) {
	grant, err := who.May(access.KindDeclare)
	if err != nil {
		return k, err
	}
	d, err := imports.ParseDeclaration(text)
	if err != nil {
		return k, err
	}
	sum := sha256.Sum256(text)
	k = DeclaredKind{Declaration: d, Text: string(text), Hash: hex.EncodeToString(sum[:]), DeclaredBy: who.ID}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error { return s.declareKind(tx, &k) })
	return k, err
}

func (s Service) declareKind(tx *db.Tx, k *DeclaredKind) error {
	if err := tx.Lock("collect kind " + tx.Org() + k.Kind); err != nil {
		return err
	}
	if err := s.ownWord(tx, k.Kind); err != nil {
		return err
	}
	have, err := kindVersions(tx, k.Kind)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(have, func(o DeclaredKind) bool { return o.Version == k.Version }); i >= 0 {
		if have[i].Hash != k.Hash {
			return fault.New(fault.Conflict, "%s version %d is declared with other content, and what was collected keeps its meaning. Give this declaration version %d.",
				k.Kind, k.Version, have[0].Version+1)
		}
		*k = have[i]
		return s.takeUp(tx, k)
	}
	if len(have) > 0 {
		err = k.Follows(&have[0].Declaration)
	} else {
		err = unlikeConnections(tx, k)
	}
	if err != nil {
		return fault.Wrap(fault.Conflict, err, "%s version %d cannot follow what is there: %v.", k.Kind, k.Version, err)
	}
	k.DeclaredAt = tx.Now()
	if err := insertDeclared(tx, k); err != nil {
		return err
	}
	if err := fact.Declare(tx, &k.Schema, "org"); err != nil {
		return err
	}
	if err := s.takeUp(tx, k); err != nil {
		return err
	}
	return trail.Add(tx, trail.Act{Noun: "kind", Object: k.Kind, Label: k.Title, Detail: map[string]string{
		"version": strconv.Itoa(k.Version), "hash": k.Hash,
	}})
}

// ownWord refuses a kind that something of Assay's own brings.
func (s Service) ownWord(tx *db.Tx, kind string) error {
	all := s.Products
	if s.Registers != nil {
		all = append(slices.Clone(all), s.Registers(tx.Org())...)
	}
	for i := range all {
		if slices.ContainsFunc(all[i].Kinds, func(k resource.Schema) bool { return k.Kind == kind }) {
			return fault.New(fault.Conflict, "The kind %s is what %s brings. Begin yours with your own word.", kind, all[i].Title)
		}
	}
	return nil
}

// unlikeConnections refuses a kind that a connection declared for itself in
// other versions: two declarations of one word would part ways.
func unlikeConnections(tx *db.Tx, k *DeclaredKind) error {
	kinds, err := fact.Kinds(tx)
	if err != nil {
		return err
	}
	if had, ok := kinds[k.Kind]; ok && had.Version != k.Version {
		return fmt.Errorf("a connection declares it in version %d; declare that version, with the same fields", had.Version)
	}
	return nil
}

// takeUp sees that the kind's files have a connection that counts.
func (s Service) takeUp(tx *db.Tx, k *DeclaredKind) error {
	c := Connection{
		ID: ImportID(k.Kind), Product: "import", Name: k.Title, State: Enabled, Authority: k.Authority, CreatedAt: tx.Now(), CreatedBy: k.DeclaredBy,
	}
	state, found, err := stateOf(tx, c.ID)
	switch {
	case err != nil:
		return err
	case !found:
		err = insert(tx, &c)
	case state == Paused:
		return nil
	default:
		err = save(tx, &c)
	}
	if err != nil || found && state == Enabled {
		return err
	}
	return s.announce(tx, &c, "connector.enabled")
}

// DeclaredKinds returns the org's own kinds in their newest versions, by name.
func (s Service) DeclaredKinds(ctx context.Context, who access.Actor) (out []DeclaredKind, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		out, err = newestKinds(tx)
		return err
	})
	return out, err
}

// KindVersions returns every version of one of the org's own kinds, newest
// first.
func (s Service) KindVersions(ctx context.Context, who access.Actor, kind string) (out []DeclaredKind, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		out, err = kindVersions(tx, kind)
		return err
	})
	if err == nil && len(out) == 0 {
		err = fault.New(fault.NotFound, "There is no declared kind %q.", kind)
	}
	return out, err
}

// Brings returns the schemas of the kinds that a connection brings: those of
// its product, or, where they depend on its settings or on a declaration, those
// that it listed or will list.
func (s Service) Brings(ctx context.Context, who access.Actor, connection string) (out []resource.Schema, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		c, err := s.find(tx, connection)
		if err != nil {
			return err
		}
		out, err = s.brings(tx, &c)
		return err
	})
	return out, err
}

func (s Service) brings(tx *db.Tx, c *Connection) ([]resource.Schema, error) {
	if p, ok := s.register(tx.Org(), c.ID); ok {
		return p.Kinds, nil
	}
	if c.Uploaded() {
		have, err := kindVersions(tx, c.UploadedKind())
		if err != nil || len(have) == 0 {
			return nil, err
		}
		return []resource.Schema{have[0].Schema}, nil
	}
	p, err := s.Product(c.Product)
	if fault.Is(err, fault.NotFound) { // this program does not have it; what it once listed is known
		return fact.LastListed(tx, c.ID)
	}
	if err != nil {
		return nil, err
	}
	p, err = p.With(connector.Config(c.Settings))
	return p.Kinds, err
}

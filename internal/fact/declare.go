package fact

import (
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/resource"
)

// declare stores the schemas of the kinds, each version once. What this memory
// saw stored for the connection is not looked up again: a declaration never goes away,
// and whoever declares kinds does not change them in place.
func (m *Memory) declare(tx *db.Tx, connection string, kinds []resource.Schema) error {
	key := tx.Org() + " " + connection
	if m.declared(key, kinds) {
		return nil
	}
	for i := range kinds {
		if err := Declare(tx, &kinds[i], "connector"); err != nil {
			return err
		}
	}
	tx.After(func() { m.remember(key, kinds) })
	return nil
}

// Declare stores a kind's schema. A version that is stored with other content
// is a Conflict fault: a changed schema needs a new version.
func Declare(tx *db.Tx, schema *resource.Schema, origin string) error {
	if err := schema.Valid(); err != nil {
		return fault.Wrap(fault.Invalid, err, "The kind %s is not declared correctly: %v", schema.Kind, err)
	}
	b, hash, err := encodeSchema(schema)
	if err != nil {
		return err
	}
	have, found, err := kindHash(tx, schema)
	if err != nil || found && have == hash {
		return err
	}
	if found {
		return fault.New(fault.Conflict, "The kind %s version %d was declared before with other fields. Give the new declaration the next version.",
			schema.Kind, schema.Version)
	}
	if _, err := ledger.Append(tx, ledger.Entry{
		Type: "kind.declared", Stream: "kind/" + schema.Kind,
		Body: map[string]any{"kind": schema.Kind, "version": schema.Version, "hash": hash},
	}); err != nil {
		return err
	}
	return insertKind(tx, schema, string(b), hash, origin)
}

package collect

import (
	"assay/connector/imports"
	"assay/internal/db"
)

const kindColumns = `kind, version, text, hash, declared_at, declared_by`

func readKind(scan db.Scan) (k DeclaredKind, err error) {
	var name string
	var version int
	if err := scan(&name, &version, &k.Text, &k.Hash, db.At(&k.DeclaredAt), &k.DeclaredBy); err != nil {
		return k, err
	}
	k.Declaration, err = imports.ParseDeclaration([]byte(k.Text))
	return k, err
}

// kindVersions returns the versions of a declared kind, newest first.
func kindVersions(tx *db.Tx, kind string) ([]DeclaredKind, error) {
	return db.All(tx, readKind, `SELECT `+kindColumns+` FROM collect_kind WHERE org_id = $1 AND kind = $2 ORDER BY version DESC`, tx.Org(), kind)
}

// newestKinds returns every declared kind in its newest version, by name.
func newestKinds(tx *db.Tx) ([]DeclaredKind, error) {
	return db.All(tx, readKind, `SELECT `+kindColumns+` FROM collect_kind k WHERE org_id = $1 AND version =
		(SELECT max(version) FROM collect_kind n WHERE n.org_id = k.org_id AND n.kind = k.kind) ORDER BY kind`, tx.Org())
}

func insertDeclared(tx *db.Tx, k *DeclaredKind) error {
	_, err := tx.Exec(`INSERT INTO collect_kind (org_id, `+kindColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), k.Kind, k.Version, k.Text, k.Hash, db.Ms(k.DeclaredAt), k.DeclaredBy)
	return err
}

// stateOf is the state of a connection, removed ones too; found is false if
// there never was one.
func stateOf(tx *db.Tx, id string) (State, bool, error) {
	return db.Maybe(tx, db.Value[State], `SELECT state FROM collect_connection WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

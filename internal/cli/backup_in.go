package cli

import (
	"cmp"
	"context"
	"os"
	"path/filepath"

	"assay/internal/backup"
	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// in says what is put back where, from the flags that name a store.
func (c *restoreFromCmd) in(ctx context.Context, r *run) (*backup.In, error) {
	identity, err := os.ReadFile(c.Identity)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The age key cannot be read: %v.", err)
	}
	access, key := r.Env["ASSAY_BACKUP_ACCESS"], r.Env["ASSAY_BACKUP_SECRET"]
	if access == "" {
		access, key = r.Env["ASSAY_BLOBS_ACCESS"], r.Env["ASSAY_BLOBS_SECRET"]
	}
	in := &backup.In{
		From: backup.Door{At: c.Place, Access: access, Secret: secret.NewText(key)}, ID: c.Backup, Identity: identity,
		Data: r.dataDir(), Master: r.config().Place(), DB: cmp.Or(r.DB, r.Env["ASSAY_DB"], filepath.Join(r.dataDir(), "assay.db")), Now: r.Now,
	}
	where := cmp.Or(r.Blobs, r.Env["ASSAY_BLOBS"], filepath.Join(in.Data, "blobs"))
	if !blob.IsBucket(where) {
		in.Objects = blob.Folder{Dir: where}
		return in, nil
	}
	in.Objects, err = blob.OpenBucketAt(ctx, where, r.Env["ASSAY_BLOBS_ACCESS"], secret.NewText(r.Env["ASSAY_BLOBS_SECRET"]))
	return in, err
}

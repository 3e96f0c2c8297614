package draft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/secret"
)

// Service is the use cases of drafts. Which permission a draft needs is its
// page's to say: the grant comes from there.
type Service struct {
	DB       *db.DB
	Keys     *keys.Ring
	Blobs    blob.Store
	SpoolDir string // where a file that is taken waits, sealed and nameless; the system's own if empty
}

// JobSweep is the name of the job that forgets drafts whose time is up.
const JobSweep = "draft.sweep"

// sealed is what the row's body opens to.
type sealed struct {
	Body []byte `json:"body"`
	Key  []byte `json:"key,omitempty"` // of the file
}

func sealContext(org, draft string) string { return "soc2.draft/v1 " + org + " " + draft }

// Keep keeps a draft and returns its key. The actor's older ones give way.
func (s Service) Keep(ctx context.Context, grant access.Grant, d Draft) (key string, err error) {
	r, content := row{id: d.Key, kind: d.Kind}, sealed{Body: d.Body}
	if r.id == "" {
		r.id = id.Token(16)
	}
	if d.File != nil {
		if r.object, _, err = blob.Name(d.File.Sealed()); err != nil {
			return "", fmt.Errorf("name the draft's file: %w", err)
		}
		if err := s.Blobs.Put(ctx, r.object, d.File.Sealed()); err != nil {
			return "", fmt.Errorf("keep the draft's file: %w", err)
		}
		content.Key = d.File.Key().Bytes()
	}
	var old []spent
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		ring, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		r.at = tx.Now()
		if r.body, err = ring.Secrets().Seal(sealContext(tx.Org(), r.id), []byte(db.ToJSON(content))); err != nil {
			return err
		}
		if old, err = surplus(tx, d.Kind, d.Kind.most()-1); err != nil {
			return err
		}
		if err := forget(tx, old); err != nil {
			return err
		}
		if err := insert(tx, &r); err != nil {
			return err
		}
		return job.Add(tx, JobSweep, "", tx.Now().Add(Life))
	})
	if err != nil && r.object != "" {
		return "", errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), r.object))
	}
	if err != nil {
		return "", err
	}
	return r.id, s.erase(ctx, old)
}

// Look returns the actor's draft without its file. One that is somebody else's,
// is too old or was taken is NotFound.
func (s Service) Look(ctx context.Context, grant access.Grant, kind Kind, key string) (d Draft, err error) {
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		r, err := load(tx, key, kind)
		if err != nil {
			return err
		}
		d, _, err = s.open(tx, &r)
		return err
	})
	return d, err
}

// Take is Look, after which nobody finds it any more, with its file.
func (s Service) Take(ctx context.Context, grant access.Grant, kind Kind, key string) (d Draft, err error) {
	var r row
	var fileKey []byte
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if r, err = load(tx, key, kind); err != nil {
			return err
		}
		if d, fileKey, err = s.open(tx, &r); err != nil {
			return err
		}
		mine, err := remove(tx, r.id)
		if err == nil && !mine {
			err = fault.New(fault.NotFound, "It was used already.")
		}
		return err
	})
	if err != nil || r.object == "" {
		return d, err
	}
	if d.File, err = s.file(ctx, r.object, fileKey); err != nil {
		return d, err
	}
	if err := s.Blobs.Delete(context.WithoutCancel(ctx), r.object); err != nil {
		return d, errors.Join(err, d.File.Close())
	}
	return d, nil
}

// open unseals a row.
func (s Service) open(tx *db.Tx, r *row) (d Draft, fileKey []byte, err error) {
	ring, err := s.Keys.Open(tx)
	if err != nil {
		return d, nil, err
	}
	plain, err := ring.Secrets().Open(sealContext(tx.Org(), r.id), r.body)
	if err != nil {
		return d, nil, fmt.Errorf("draft %s: %w", r.id, err)
	}
	var content sealed
	if err := json.Unmarshal(plain, &content); err != nil {
		return d, nil, fmt.Errorf("draft %s: %w", r.id, err)
	}
	return Draft{Key: r.id, Kind: r.kind, At: r.at, Body: content.Body}, content.Key, nil
}

// file brings a draft's file back from the object store.
func (s Service) file(ctx context.Context, object string, key []byte) (_ *secret.Spool, err error) {
	k, err := secret.KeyFrom(key)
	if err != nil {
		return nil, err
	}
	rc, err := s.Blobs.Get(ctx, object)
	if err != nil {
		return nil, fmt.Errorf("the draft's file: %w", err)
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	return secret.Respool(s.SpoolDir, k, rc)
}

// Sweep forgets the drafts of an organization whose time is up.
func (s Service) Sweep(ctx context.Context, grant access.Grant) error {
	var old []spent
	err := s.DB.Write(ctx, grant, func(tx *db.Tx) (err error) {
		if old, err = expired(tx); err != nil {
			return err
		}
		if err := forget(tx, old); err != nil {
			return err
		}
		n, err := left(tx)
		if err != nil || n == 0 {
			return err
		}
		return job.Add(tx, JobSweep, "", tx.Now().Add(Life))
	})
	if err != nil {
		return err
	}
	return s.erase(ctx, old)
}

func forget(tx *db.Tx, list []spent) error {
	for _, x := range list {
		if _, err := remove(tx, x.id); err != nil {
			return err
		}
	}
	return nil
}

// erase deletes the files of drafts that are forgotten.
func (s Service) erase(ctx context.Context, list []spent) (err error) {
	for _, x := range list {
		if x.object != "" {
			err = errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), x.object))
		}
	}
	return err
}

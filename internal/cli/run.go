package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/kit/keyservice"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/suite"
)

// run is one execution of a command.
type run struct {
	*Program
	*globals

	log    *slog.Logger
	suite  *suite.Suite        // the open store; nil in remote mode
	org    org.Org             // of the store
	adjust func(*suite.Config) // how the command opens the store, if not as others do
	serves bool                // runs until it is interrupted
	wrote  bool                // something was changed, so that what follows is to be done
}

// store opens the store that the flags name.
func (r *run) store(ctx context.Context) (*suite.Suite, error) {
	if r.suite != nil {
		return r.suite, nil
	}
	config := r.config()
	if r.adjust != nil {
		r.adjust(config)
	}
	s, err := r.Open(ctx, *config)
	r.suite = s
	return s, err
}

// config says which store is meant.
func (r *run) config() *suite.Config {
	return &suite.Config{
		Data: r.dataDir(), DB: cmp.Or(r.DB, r.Env["ASSAY_DB"]), Blobs: cmp.Or(r.Blobs, r.Env["ASSAY_BLOBS"]),
		Access: r.Env["ASSAY_BLOBS_ACCESS"], Secret: secret.NewText(r.Env["ASSAY_BLOBS_SECRET"]), AllowLocal: true, Log: r.log,
		Signer:       cmp.Or(r.Keeper, r.Env["ASSAY_SIGNER"]),
		BackupAccess: r.Env["ASSAY_BACKUP_ACCESS"], BackupSecret: secret.NewText(r.Env["ASSAY_BACKUP_SECRET"]),
		MasterKey: secret.NewText(r.Env["ASSAY_MASTER_KEY"]), MasterKeyNext: secret.NewText(r.Env["ASSAY_MASTER_KEY_NEXT"]),
		KeyServices: keyservice.Access{
			VaultToken: secret.NewText(r.Env["ASSAY_VAULT_TOKEN"]),
			AWSKey:     r.Env["ASSAY_KMS_ACCESS"], AWSSecret: secret.NewText(r.Env["ASSAY_KMS_SECRET"]), AWSSession: secret.NewText(r.Env["ASSAY_KMS_SESSION"]),
		},
	}
}

// dataDir is the folder of the store.
func (r *run) dataDir() string {
	base := cmp.Or(r.Env["XDG_DATA_HOME"], filepath.Join(r.Env["HOME"], ".local", "share"))
	return cmp.Or(r.Data, r.Env["ASSAY_DATA"], filepath.Join(base, "assay"))
}

// remote is the server to work on and the token for it; empty for a store.
func (r *run) remote() (login, error) {
	if r.Data != "" && r.Server != "" {
		return login{}, fault.New(fault.Invalid, "Give --data or --server, not both.")
	}
	if r.Data != "" || r.Server == "" && r.Env["ASSAY_DATA"] != "" {
		return login{}, nil
	}
	kept, err := r.logins()
	if err != nil {
		return login{}, err
	}
	at := cmp.Or(r.Server, r.Env["ASSAY_SERVER"], kept.Current)
	if at == "" {
		return login{}, nil
	}
	l := login{Server: strings.TrimSuffix(at, "/"), Token: r.Env["ASSAY_TOKEN"]}
	if l.Token == "" {
		l.Token = kept.Tokens[l.Server]
	}
	if l.Token == "" {
		return login{}, fault.New(fault.Unauthenticated, "There is no token for %s.", l.Server)
	}
	return l, nil
}

// here sees that a command works on a store, not on a server.
func (r *run) here(why string) error {
	if at, err := r.remote(); err != nil || at.Server != "" {
		return fault.New(fault.Invalid, "%s Give --data.", why)
	}
	return nil
}

// client returns who answers requests: a server, or the store as the host's
// console of the organization that --org names.
func (r *run) client(ctx context.Context) (*api.Client, error) {
	at, err := r.remote()
	if err != nil {
		return nil, err
	}
	if at.Server != "" {
		c := &api.Client{HTTP: &http.Client{}, Base: at.Server, Token: secret.NewText(at.Token)}
		return c, r.sameOrg(ctx, c)
	}
	s, err := r.store(ctx)
	if err != nil {
		return nil, err
	}
	if r.org, err = s.Orgs.Named(ctx, cmp.Or(r.Org, r.Env["ASSAY_ORG"])); err != nil {
		return nil, err
	}
	operations := &api.Server{Suite: s}
	return operations.Client(access.Console(r.org.ID)), nil
}

// sameOrg sees that a token is for the organization that --org names.
func (r *run) sameOrg(ctx context.Context, c *api.Client) error {
	if r.Org == "" {
		return nil
	}
	o, err := api.Call[api.Org](ctx, c, "org.show", &struct{}{})
	if err != nil {
		return err
	}
	if r.Org != o.ID && r.Org != o.Slug && r.Org != o.Name {
		return fault.New(fault.Forbidden, "The token is for %s, not for %s. Sign in there with: assay login", o.Slug, r.Org)
	}
	return nil
}

// settling is how far ahead work that follows from a change may be due: the
// registers wait a minute, so that one collection takes many changes.
const settling = 2 * time.Minute

// close does what follows from a change, and closes the store.
func (r *run) close(ctx context.Context) error {
	if r.suite == nil {
		return nil
	}
	var err error
	if r.wrote {
		_, err = r.suite.Worker.FlushWithin(ctx, settling)
	}
	return errors.Join(err, r.suite.Close(ctx))
}

// call calls an operation that changes nothing.
func call[Out, In any](ctx context.Context, r *run, operation string, in *In) (*Out, error) {
	c, err := r.client(ctx)
	if err != nil {
		return nil, err
	}
	return api.Call[Out](ctx, c, operation, in)
}

// whole calls an operation that answers with a list, and reads all its pages.
func whole[Out, In any](ctx context.Context, r *run, operation string, in *In) (*Out, error) {
	c, err := r.client(ctx)
	if err != nil {
		return nil, err
	}
	return api.List[Out](ctx, c, operation, in)
}

// change calls an operation that changes something. Sent to a server, it
// carries a key, so that it is done once although it is repeated when the
// network breaks.
func change[Out, In any](ctx context.Context, r *run, operation string, in *In) (*Out, error) {
	if r.DryRun {
		return nil, r.would(operation, in)
	}
	c, err := r.client(ctx)
	if err != nil {
		return nil, err
	}
	r.wrote = true
	c.Key = id.Token(16)
	out, err := api.Call[Out](ctx, c, operation, in)
	if broken, ok := errors.AsType[*url.Error](err); ok && r.suite == nil && ctx.Err() == nil {
		r.note("The network broke (%v). Trying once more.", broken.Err)
		out, err = api.Call[Out](ctx, c, operation, in)
	}
	return out, err
}

// would says what a change would be.
func (r *run) would(operation string, in any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r.note("Would ask for %s with %s. Nothing was done.", operation, b)
	return found(exitDone)
}

// working tells every ten seconds that something still runs.
func working[T any](r *run, text string, do func() (T, error)) (T, error) {
	r.note("%s …", text)
	begun := r.Now()
	tick := time.NewTicker(10 * time.Second)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				r.note("%s … %.0f s", text, r.Now().Sub(begun).Seconds())
			}
		}
	})
	out, err := do()
	close(done)
	wg.Wait()
	return out, err
}

// inPeriod sees that --period, if it is given, names the current program, for
// what is asked of today.
func (r *run) inPeriod(ctx context.Context) error {
	if r.Period == "" {
		return nil
	}
	p, err := call[api.ProgramDetail](ctx, r, "program.show", &api.ID{ID: r.Period})
	if err != nil {
		return err
	}
	if !p.Current {
		return fault.New(fault.Invalid, "%s is not the current program. How controls stood in it: assay control list --period %s", p.Name, p.Slug)
	}
	return nil
}

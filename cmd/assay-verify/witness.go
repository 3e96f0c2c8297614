package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/kit/witness"
)

const witnessUsage = `usage: assay-verify witness --new --name NAME --key FILE --state FILE
       assay-verify witness --key FILE --state FILE --policy FILE [--listen ADDR]

Watches logs of others. It cosigns a checkpoint that a log sends when it extends
the last one that was cosigned, and refuses a log that shrinks or forks. Whoever
is not the operator of the log should run it: an auditor, a customer, a provider.

  --new           make the key and the state of a new witness, print its verifier
                  key, and end; give the key to whoever writes policies
  --name NAME     of the new witness, such as witness.example.com/audit
  --key FILE      the witness's key
  --state FILE    what was cosigned last; never restore an old copy of it
  --policy FILE   whose lines "log <vkey>" are the logs that are watched
  --listen ADDR   where to answer; 127.0.0.1:8766 unless given
  --tls-cert FILE, --tls-key FILE
                  answer HTTPS

Protocol: C2SP tlog-witness, POST /add-checkpoint. GET / shows the key and what
is kept.
`

// DefaultListen is where a witness answers unless told otherwise.
const DefaultListen = "127.0.0.1:8766"

type witnessArguments struct {
	key, state, policy, name, listen, cert, certKey string
	make                                            bool
}

func runWitness(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var a witnessArguments
	f := flag.NewFlagSet("assay-verify witness", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&a.key, "key", "", "")
	f.StringVar(&a.state, "state", "", "")
	f.StringVar(&a.policy, "policy", "", "")
	f.StringVar(&a.name, "name", "", "")
	f.StringVar(&a.listen, "listen", DefaultListen, "")
	f.StringVar(&a.cert, "tls-cert", "", "")
	f.StringVar(&a.certKey, "tls-key", "", "")
	f.BoolVar(&a.make, "new", false, "")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, witnessUsage)
		return exitVerified
	}
	named := a.make == (a.name != "") && a.make == (a.policy == "") && (a.cert == "") == (a.certKey == "")
	if err != nil || f.NArg() > 0 || a.key == "" || a.state == "" || !named {
		_, _ = io.WriteString(stderr, witnessUsage)
		return exitUsage
	}
	if a.make {
		err = a.create(stdout)
	} else {
		err = a.serve(ctx, stdout, stderr)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "assay-verify: %v\n", err)
		return exitUnreadable
	}
	return exitVerified
}

// create makes the key and the state of a new witness; neither may be there.
func (a *witnessArguments) create(stdout io.Writer) error {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails (Go 1.24)
	key, err := tlog.NewCosigner(a.name, seed)
	if err != nil {
		return err
	}
	if err := witness.CreateState(a.state); err != nil {
		return err
	}
	f, err := os.OpenFile(a.key, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, os.Remove(a.state))
	}
	_, err = fmt.Fprintf(f, "%s %s\n", a.name, tlog.B64(seed))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, key.Key())
	return err
}

// load reads what serving needs.
func (a *witnessArguments) load() (*witness.Witness, error) {
	info, err := os.Stat(a.key)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others can read %s; run: chmod 600 %s", a.key, filepath.Clean(a.key))
	}
	b, err := os.ReadFile(a.key)
	if err != nil {
		return nil, err
	}
	name, code, _ := strings.Cut(strings.TrimSuffix(string(b), "\n"), " ")
	seed, err := tlog.ParseB64(code)
	if err != nil {
		return nil, fmt.Errorf("%s is no witness's key: want a name and a seed", a.key)
	}
	w := &witness.Witness{Now: time.Now}
	if w.Key, err = tlog.NewCosigner(name, seed); err != nil {
		return nil, err
	}
	if b, err = os.ReadFile(a.policy); err != nil {
		return nil, err
	}
	policy, err := tlog.ParsePolicy(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.policy, err)
	}
	if w.Logs = policy.Logs; len(w.Logs) == 0 {
		return nil, fmt.Errorf("%s names no log to watch", a.policy)
	}
	w.State, err = witness.LoadState(a.state, w.Logs)
	return w, err
}

func (a *witnessArguments) serve(ctx context.Context, stdout, stderr io.Writer) error {
	w, err := a.load()
	if err != nil {
		return err
	}
	w.Said = func(text string) {
		_, _ = fmt.Fprintf(stderr, "%s %s\n", time.Now().UTC().Format(time.RFC3339), plain(text))
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: w.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	ended := make(chan error, 1)
	go func() {
		if a.cert != "" {
			ended <- server.ServeTLS(l, a.cert, a.certKey)
			return
		}
		ended <- server.Serve(l)
	}()
	_, _ = fmt.Fprintf(stdout, "%s\nwatches %d logs at %s\n", w.Key.Key(), len(w.Logs), l.Addr())
	select {
	case err = <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(stop)
}

package exporttest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/export"
	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa"
	"assay/internal/kit/tsa/tsatest"
	"assay/internal/kit/witness"
)

// Outside is who sees a house's log from outside: two authorities of time, and a
// witness.
type Outside struct {
	Service     anchor.Service
	Authorities []*tsatest.Authority
	Witness     *tlog.Cosigner
	Roots       []byte          // PEM, of both authorities
	Policy      string          // that names the log and asks for the witness
	Lost        map[string]bool // that do not answer: "north", "south", "witness"
	house       *House
}

// Outside has others see the log from now on: at every export, and when Round is
// called.
func (h *House) Outside() *Outside {
	h.T.Helper()
	o := &Outside{house: h, Lost: map[string]bool{}}
	var config anchor.Config
	for _, name := range []string{"north", "south"} {
		a := tsatest.New(h.T, h.Hand.Now)
		o.Authorities = append(o.Authorities, a)
		o.Roots = append(o.Roots, a.PEM()...)
		config.Authorities = append(config.Authorities, anchor.Authority{Name: name, URL: o.serve(name, a)})
	}
	var err error
	if config.Roots, err = tsa.ParseRoots(o.Roots); err != nil {
		h.T.Fatal(err)
	}
	vkey := h.Key()
	if o.Witness, err = tlog.NewCosigner("witness.invalid/w", bytes.Repeat([]byte{9}, 32)); err != nil {
		h.T.Fatal(err)
	}
	url := o.serve("witness", o.witness(filepath.Join(h.T.TempDir(), "state"), vkey))
	config.Witnesses = []tlog.Witness{{Name: "w", Key: o.Witness.Key(), URL: url}}
	o.Policy = fmt.Sprintf("log %s\nwitness w %s\nquorum w\n", vkey, o.Witness.Key())
	o.Service = anchor.Service{DB: h.DB, Keys: h.Ring, HTTP: &http.Client{}, Config: config}
	h.Export.Anchor = o.Service.Round
	return o
}

func (o *Outside) witness(state, vkey string) http.Handler {
	o.house.T.Helper()
	if err := witness.CreateState(state); err != nil {
		o.house.T.Fatal(err)
	}
	s, err := witness.LoadState(state, []string{vkey})
	if err != nil {
		o.house.T.Fatal(err)
	}
	return (&witness.Witness{Key: o.Witness, Logs: []string{vkey}, State: s, Now: o.house.Hand.Now}).Handler()
}

func (o *Outside) serve(name string, h http.Handler) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.Lost[name] {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	}))
	o.house.T.Cleanup(s.Close)
	return s.URL
}

// Round has everybody see the log now.
func (o *Outside) Round() {
	o.house.T.Helper()
	if _, err := o.Service.Round(o.house.T.Context(), o.house.Org.ID); err != nil {
		o.house.T.Fatal(err)
	}
}

// Days is House.Days with a round after each day.
func (o *Outside) Days(n int) {
	o.house.T.Helper()
	for range n {
		o.house.Days(1)
		o.Round()
		o.house.Hand.Add(time.Minute)
	}
}

// Key is the verifier key of the log.
func (h *House) Key() string { return h.Signer().Verifier() }

// Signer signs with the key of the log.
func (h *House) Signer() (signer *tlog.Signer) {
	h.T.Helper()
	g, err := access.Console(h.Org.ID).May(access.OrgEdit)
	if err != nil {
		h.T.Fatal(err)
	}
	if err := h.DB.Read(h.T.Context(), g, func(tx *db.Tx) error {
		o, err := h.Ring.Open(tx)
		signer = o.Signer()
		return err
	}); err != nil {
		h.T.Fatal(err)
	}
	return signer
}

// Reset puts another witness, with the same key, in the place of the witness: one
// that cosigned the checkpoint.
func (o *Outside) Reset(note string) {
	o.house.T.Helper()
	h := o.witness(filepath.Join(o.house.T.TempDir(), "other"), o.house.Key())
	url := o.serve("other", h)
	sig, err := o.Service.HTTP.Post(url+"/add-checkpoint", "text/plain", strings.NewReader("old 0\n\n"+note)) //nolint:noctx // a test's own server
	if err != nil {
		o.house.T.Fatal(err)
	}
	_ = sig.Body.Close()
	o.Service.Config.Witnesses[0].URL = url
	o.house.Export.Anchor = o.Service.Round
}

// Everything asks for a package of everything.
func Everything() export.PackageIn { return export.PackageIn{Name: "everything"} }

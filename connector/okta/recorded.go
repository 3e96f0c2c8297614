package okta

import (
	"context"
	"net/http"
	"slices"

	"assay/connector"
	"assay/connector/recordings"
	"assay/internal/kit/fault"
)

// tape answers from a folder what Okta would.
type tape struct{ files *recordings.Transport }

// RoundTrip is http.RoundTripper's.
func (t tape) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/.well-known/okta-organization" { // names with a dot are passed over
		req = req.Clone(req.Context())
		req.URL.Path = "/api/v1/okta-organization"
	}
	return t.files.RoundTrip(req)
}

// recorded puts the recordings, if there are, in the place of the network.
func (s *source) recorded(ctx context.Context) error {
	if s.from == "" {
		return nil
	}
	folder, err := recordings.Open(ctx, s.env.Host, s.from)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(folder.Names, isOrganization) {
		return fault.New(fault.Invalid, "The recordings do not say whose they are: save what https://%s/.well-known/okta-organization answers as okta-organization.json.", s.domain)
	}
	s.files = &recordings.Transport{Folder: folder, Bases: []string{"/api/v1"}, Idle: []string{"filter", "since", "until", "expand"}}
	s.env.HTTP = &http.Client{Transport: tape{s.files}}
	return nil
}

func isOrganization(name string) bool {
	return slices.Contains([]string{"okta-organization.json", "okta-organization.txt", "api/v1/okta-organization.json"}, name)
}

// unused names the recordings that nothing asked for.
func (s *source) unused(run *connector.Run) {
	if s.files == nil {
		return
	}
	for _, name := range s.files.Unused() {
		run.Refuse("recording "+name, "nothing asks for it: its name is not that of an answer")
	}
}

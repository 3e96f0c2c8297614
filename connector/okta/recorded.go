package okta

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

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
		return fault.New(fault.Invalid, "The recordings do not say whose they are: save what https://%s/.well-known/okta-organization answers as okta-organization.json.", cmp.Or(s.domain, "<domain>"))
	}
	if s.domain == "" {
		if err := s.saidDomain(folder); err != nil {
			return err
		}
	}
	s.files = &recordings.Transport{Folder: folder, Bases: []string{"/api/v1"}, Idle: []string{"filter", "since", "until", "expand"}}
	s.env.HTTP = &http.Client{Transport: tape{s.files}}
	return nil
}

// saidDomain takes the domain from what the organization says of itself.
func (s *source) saidDomain(folder *recordings.Folder) error {
	f, err := folder.Read(folder.Names[slices.IndexFunc(folder.Names, isOrganization)])
	if err == nil {
		err = f.Parse()
	}
	var own struct {
		Links struct {
			Organization struct {
				Address string `json:"href"`
			} `json:"organization"`
		} `json:"_links"`
	}
	if err != nil || len(f.Docs) != 1 || json.Unmarshal(f.Docs[0], &own) != nil || s.at(own.Links.Organization.Address) != nil {
		return fault.New(fault.Invalid, "The recordings do not say the domain: give the one where people sign in, such as example.okta.com.")
	}
	return nil
}

func isOrganization(name string) bool {
	return slices.Contains([]string{"okta-organization.json", "okta-organization.txt", "api/v1/okta-organization.json"}, name)
}

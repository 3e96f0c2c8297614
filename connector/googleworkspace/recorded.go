package googleworkspace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"assay/connector/recordings"
	"assay/internal/kit/fault"
)

const reports = "/admin/reports/v1/activity/users/all/applications"

// tape answers from a folder what Google would. Pages are files with numbers;
// each tells the token of the next.
type tape struct {
	files *recordings.Transport
	pages map[string]int // number of a page by list and token
}

// RoundTrip is http.RoundTripper's.
func (t tape) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	query := req.URL.Query()
	page, list := 1, req.URL.Path+" "+query.Get("eventName")+" "
	if token := query.Get("pageToken"); token != "" {
		if page = t.pages[list+token]; page == 0 {
			return nil, fmt.Errorf("%w: the page %s of %s", recordings.ErrMissing, token, req.URL.Path)
		}
		query.Set("recording", strconv.Itoa(page))
		req.URL.RawQuery = query.Encode()
	}
	resp, err := t.files.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var said struct {
		Next string `json:"nextPageToken"`
	}
	if json.Unmarshal(body, &said) == nil && said.Next != "" {
		t.pages[list+said.Next] = page + 1
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
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
	if !slices.ContainsFunc(folder.Names, isCustomer) {
		return fault.New(fault.Invalid, "The recordings do not say whose they are: save what the Directory API answers for customers/my_customer as customers/my_customer.json.")
	}
	s.files = &recordings.Transport{Folder: folder, Bases: []string{"/admin/directory/v1", reports, "/v1"}, Idle: []string{
		"customer", "fields", "projection", "type", "startTime", "endTime",
	}}
	s.env.HTTP = &http.Client{Transport: tape{s.files, map[string]int{}}}
	return nil
}

func isCustomer(name string) bool {
	return slices.Contains([]string{"customers/my_customer.json", "customers_my_customer.json", "admin/directory/v1/customers/my_customer.json"}, name)
}

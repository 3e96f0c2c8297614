package statuspage

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/recordings"
	"assay/connector/rest"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "status_page", Version: "1", Title: "Status page",
		Summary: "Reads a public status page: its components, and the incidents that it told of, when and until when.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "page", Label: "Page", Required: true, Address: true, Example: "status.example.com", Help: "Where your status page is; it has to speak Statuspage's API."},
			{Name: "from", Label: "Recordings", Example: "/var/lib/recordings", Help: "Instead of the network: a folder of this machine with what the page answered."},
		},
		Grant: connector.Grant{
			Steps:   []string{"Nothing is to be allowed: the page is public. Look at https://<page>/api/v2/summary.json, which shows what is read."},
			NotRead: []string{"the texts of updates", "subscribers, metrics, and anything behind a sign-in"},
		},
		Open: open,
	}
}

var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)

type source struct {
	env   connector.Env
	host  string
	from  string                // folder of recordings; empty over the network
	files *recordings.Transport // that folder, opened
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "Status pages cannot be read here: no clock or no client was given.")
	}
	host := strings.ToLower(strings.TrimSpace(c["page"]))
	if u, err := url.Parse(host); err == nil && u.Scheme == "https" && u.User == nil {
		host = u.Host
	}
	if !hostName.MatchString(host) {
		return nil, fault.Fields("A setting is not right.", fault.Field{Name: "page", Text: "Give the page's name, such as status.example.com."})
	}
	s := &source{env: env, host: host, from: strings.TrimSpace(c["from"])}
	if s.from == "" {
		return s, nil
	}
	return s, recordings.Valid(s.from, env)
}

// recorded puts the recordings, if there are, in the place of the network.
func (s *source) recorded(ctx context.Context) error {
	if s.from == "" || s.files != nil {
		return nil
	}
	folder, err := recordings.Open(ctx, s.env.Host, s.from)
	if err != nil {
		return err
	}
	s.files = &recordings.Transport{Folder: folder, Bases: []string{"/api/v2"}}
	s.env.HTTP = &http.Client{Transport: s.files}
	return nil
}

func (s *source) client(run *connector.Run) *rest.Client {
	return &rest.Client{HTTP: s.env.HTTP, Hosts: []string{s.host}, Run: run, Vendor: "The page", Said: func([]byte) string { return "" }}
}

func (s *source) call(name string) rest.Call {
	return rest.Call{Name: "GET " + name, URL: "https://" + s.host + name, Bare: true}
}

type summary struct {
	Page struct {
		ID string `json:"id"`
	} `json:"page"`
	Components *[]component `json:"components"`
}

// Authority is the page, by its id.
func (s *source) Authority(ctx context.Context) (string, error) {
	if err := s.recorded(ctx); err != nil {
		return "", err
	}
	m, err := rest.Get[summary](ctx, s.client(connector.NewRun(s.env.Now, nil, nil, nil)), s.call("/api/v2/summary.json"))
	switch {
	case err != nil:
		return "", err
	case m.Page.ID == "":
		return "", fault.New(fault.Invalid, "What answers at %s does not speak Statuspage's API: check the name.", s.host)
	}
	return "status_page/" + m.Page.ID, nil
}

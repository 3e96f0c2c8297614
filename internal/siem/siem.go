package siem

import (
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
)

// JobRound sends what one destination has not got; its argument is the destination.
const JobRound = "siem.round"

// every is the pause between two rounds.
const every = time.Minute

// mostDestinations bounds what an organization keeps calling.
const mostDestinations = 10

// Form is how entries are put into what is sent.
type Form string

// The forms.
const (
	Lines  Form = "lines"  // HTTP: one entry a line (application/x-ndjson)
	Array  Form = "array"  // HTTP: a JSON array
	Splunk Form = "splunk" // HTTP: events of Splunk's HTTP Event Collector
	Syslog Form = "syslog" // RFC 5424, framed by octet counts
)

// Forms lists them.
func Forms() []Form { return []Form{Lines, Array, Splunk, Syslog} }

// Destination is where the trail is sent.
type Destination struct {
	ID      string
	Name    string
	Form    Form
	Address string // https://host/path; or tls://host:port, tcp://127.0.0.1:port for syslog
	Header  string // HTTP: the header that holds the credential
	Roots   string // PEM of the authorities that vouch for it; empty: the system's
	Paused  bool
	AddedBy string
	AddedAt time.Time

	Place  int64 // index in the log before which everything was taken
	Sent   int64 // entries taken
	SentAt time.Time

	Problem string // what came of the last attempt; empty: taken
	Since   time.Time
	Tries   int // since the last that was taken
	NextAt  time.Time

	secret []byte // sealed
}

// Secret reports whether there is a credential.
func (d *Destination) Secret() bool { return len(d.secret) > 0 }

// New is what a destination is to be.
type New struct {
	Name    string
	Form    Form
	Address string
	Header  string      // default: Authorization
	Secret  secret.Text // empty, in a change: what there is stays, if the address does
	Roots   string
	Start   bool // from the log's beginning, not from now; when it is added
}

// Service is the use cases.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
	// AllowLocal is the operator's permission to call this machine and its network.
	AllowLocal bool
}

func (in *New) valid(allowLocal bool) error {
	in.Name, in.Address, in.Header, in.Roots = strings.TrimSpace(in.Name), strings.TrimSpace(in.Address), strings.TrimSpace(in.Header), strings.TrimSpace(in.Roots)
	var wrong []fault.Field
	add := func(field, text string) {
		if text != "" {
			wrong = append(wrong, fault.Field{Name: field, Text: text})
		}
	}
	if in.Name == "" || len(in.Name) > 100 {
		add("name", "Give it a name of at most 100 characters, such as the product’s.")
	}
	switch in.Form {
	case Lines, Array, Splunk:
		add("address", wrongURL(in.Address, allowLocal))
		if in.Header == "" {
			in.Header = "Authorization"
		}
		add("header", wrongHeader(in.Header))
	case Syslog:
		add("address", wrongSyslog(in.Address, allowLocal))
		if !in.Secret.Empty() {
			add("secret", "Syslog has no place for a credential. Use a form over HTTP, or restrict who may connect at the destination.")
		}
		in.Header = ""
	default:
		add("form", "Choose lines, array, splunk or syslog.")
	}
	add("secret", wrongSecret(in.Secret))
	add("roots", wrongRoots(in.Roots))
	if len(wrong) > 0 {
		return fault.Fields("The destination was not saved.", wrong...)
	}
	return nil
}

func wrongURL(address string, allowLocal bool) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(address) > 500:
		return "Give a whole address, such as https://siem.example.com/services/collector/event."
	case u.User != nil || u.Fragment != "":
		return "Leave out what stands before the @ and after the #. The credential has a field of its own."
	case u.Scheme == "https":
		return wrongHost(u.Hostname(), allowLocal)
	case u.Scheme == "http":
		return wrongPlain(u.Hostname(), allowLocal)
	}
	return "The address begins with https://."
}

func wrongSyslog(address string, allowLocal bool) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" || len(address) > 300 {
		return "Give host and port, such as tls://siem.example.com:6514."
	}
	if n, err := strconv.Atoi(u.Port()); err != nil || n < 1 || n > 65535 {
		return "Give the port too, such as tls://siem.example.com:6514."
	}
	switch u.Scheme {
	case "tls":
		return wrongHost(u.Hostname(), allowLocal)
	case "tcp":
		return wrongPlain(u.Hostname(), allowLocal)
	}
	return "The address begins with tls://, or with tcp:// for a collector on this machine or its network. UDP loses entries and is not spoken."
}

// wrongHost says early what dialling would refuse.
func wrongHost(host string, allowLocal bool) string {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if err := outbound.Permitted(ip, allowLocal); err != nil {
		return "The address is not called: " + err.Error() + "."
	}
	return ""
}

// wrongPlain lets entries go without TLS where they do not leave the machine or its own
// network; a name could be anybody's tomorrow.
func wrongPlain(host string, allowLocal bool) string {
	ip, err := netip.ParseAddr(host)
	if err != nil || outbound.Permitted(ip, false) == nil {
		return "Without TLS only a number of this machine or its own network is called, such as 127.0.0.1: entries hold names and addresses."
	}
	return wrongHost(host, allowLocal)
}

// wrongHeader holds the name to RFC 9110 5.1, and keeps it from what the client says.
func wrongHeader(name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	if len(name) > 100 || strings.Trim(name, letters) != "" {
		return "A header’s name has letters, digits and hyphens."
	}
	switch strings.ToLower(name) {
	case "host", "content-type", "content-length", "content-encoding", "transfer-encoding", "connection", "user-agent", "te", "trailer", "upgrade", "expect":
		return "This header says something else. Authorization is usual; some products have their own, such as DD-API-KEY."
	}
	return ""
}

func wrongSecret(s secret.Text) string {
	text := s.Reveal()
	if len(text) > 4096 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "A credential is one line of plain characters, as the destination shows it."
	}
	return ""
}

func wrongRoots(text string) string {
	if text == "" {
		return ""
	}
	if len(text) > 64<<10 || !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		return "Paste certificates in PEM, beginning with -----BEGIN CERTIFICATE-----, at most 64 KiB."
	}
	return ""
}

// where is host and port of an address, for its certificate and for dialling.
func where(address string) (scheme, host, dial string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", ""
	}
	return u.Scheme, u.Hostname(), net.JoinHostPort(u.Hostname(), u.Port())
}

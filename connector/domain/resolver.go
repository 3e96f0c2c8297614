package domain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/internal/kit/outbound"
)

const (
	typeA      = dns.TypeA
	typeAAAA   = dns.TypeAAAA
	typeCAA    = dns.TypeCAA
	typeCNAME  = dns.TypeCNAME
	typeDNSKEY = dns.TypeDNSKEY
	typeDS     = dns.TypeDS
	typeMX     = dns.TypeMX
	typeNS     = dns.TypeNS
	typeSOA    = dns.TypeSOA
	typeTXT    = dns.TypeTXT
)

// resolver asks one recursive resolver and remembers what it said for the rest
// of the collection.
type resolver struct {
	address string
	dialer  *net.Dialer
	run     *connector.Run
	known   map[question]answer
}

type question struct {
	name string
	kind uint16
}

// answer is what the DNS says to a question: data, or that there is none.
type answer struct {
	absent    bool // the name does not exist
	sections  []dns.RR
	authority []dns.RR
	err       error
}

// errNoAnswer means that the DNS said neither yes nor no.
var errNoAnswer = errors.New("the DNS gave no answer")

// resolver is the one that the settings name, or this machine's own, which may
// be anywhere because whoever runs the machine chose it.
func (s *source) resolver(run *connector.Run) (*resolver, error) {
	r := &resolver{address: s.set.resolver, dialer: outbound.Dialer(s.env.AllowLocal), run: run, known: map[question]answer{}}
	if r.address != "" {
		return r, nil
	}
	if s.env.Host == nil {
		return nil, fmt.Errorf("no resolver is set, and there is no machine whose own could be used")
	}
	text, err := s.env.Host.ReadFile("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("read this machine's resolver: %w", err)
	}
	conf, err := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil || len(conf.Servers) == 0 {
		return nil, fmt.Errorf("/etc/resolv.conf names no resolver: give one in the settings")
	}
	r.address, r.dialer = net.JoinHostPort(conf.Servers[0], "53"), outbound.Dialer(true)
	return r, nil
}

// ask returns what the DNS says. An error means that it said nothing.
func (r *resolver) ask(ctx context.Context, name string, kind uint16) (answer, error) {
	q := question{strings.ToLower(dns.Fqdn(name)), kind}
	if a, ok := r.known[q]; ok {
		return a, a.err
	}
	a := r.exchange(ctx, q)
	if ctx.Err() == nil {
		r.known[q] = a
	}
	call := "DNS " + dns.TypeToString[kind]
	if a.err != nil {
		r.run.Refuse(call, clip(q.name+": "+a.err.Error()))
	} else {
		r.run.Page(call, "resolver "+r.address, len(a.sections))
	}
	return a, a.err
}

const (
	attempts = 3
	patience = 5 * time.Second
	udpSize  = 1232 // dnsflagday.net/2020
)

func (r *resolver) exchange(ctx context.Context, q question) answer {
	m := new(dns.Msg)
	m.SetQuestion(q.name, q.kind)
	m.SetEdns0(udpSize, true)
	m.CheckingDisabled = true // what does not validate is what is looked for
	var last error
	for attempt := range attempts {
		if attempt > 0 {
			r.run.Retry("DNS " + dns.TypeToString[q.kind])
		}
		in, err := r.once(ctx, m)
		switch {
		case ctx.Err() != nil:
			return answer{err: ctx.Err()}
		case err != nil:
			last = err
		case in.Rcode == dns.RcodeSuccess, in.Rcode == dns.RcodeNameError:
			return answer{absent: in.Rcode == dns.RcodeNameError, sections: in.Answer, authority: in.Ns}
		default:
			last = fmt.Errorf("the resolver answered %s", dns.RcodeToString[in.Rcode])
			if in.Rcode != dns.RcodeServerFailure {
				return answer{err: fmt.Errorf("%w: %w", errNoAnswer, last)}
			}
		}
	}
	return answer{err: fmt.Errorf("%w: %w", errNoAnswer, last)}
}

// once asks over UDP, and over TCP when the answer is cut short.
func (r *resolver) once(ctx context.Context, m *dns.Msg) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		m.Id = dns.Id()
		c := dns.Client{Net: network, Dialer: r.dialer, Timeout: patience, UDPSize: udpSize}
		in, _, err := c.ExchangeContext(ctx, m, r.address)
		if err != nil {
			return nil, err
		}
		if !in.Truncated {
			return in, nil
		}
	}
	return nil, fmt.Errorf("the answer is cut short over TCP too")
}

// of returns the answer's records of a type, which may stand at the end of
// aliases.
func of[T dns.RR](a answer) (out []T) {
	for _, rr := range a.sections {
		if v, ok := rr.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

// texts returns the TXT records of a name that begin with a version, each
// joined to one string.
func (r *resolver) texts(ctx context.Context, name, version string) ([]string, error) {
	a, err := r.ask(ctx, name, typeTXT)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, t := range of[*dns.TXT](a) {
		text := strings.Join(t.Txt, "")
		if rest, ok := cutFold(text, version); ok && (rest == "" || strings.ContainsRune(" ;\t", rune(rest[0]))) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out, nil
}

// cutFold is strings.CutPrefix whatever the case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// addresses returns a name's addresses, sorted.
func (r *resolver) addresses(ctx context.Context, name string) ([]string, error) {
	var out []string
	for _, kind := range []uint16{typeA, typeAAAA} {
		a, err := r.ask(ctx, name, kind)
		if err != nil {
			return nil, err
		}
		for _, v := range of[*dns.A](a) {
			out = append(out, v.A.String())
		}
		for _, v := range of[*dns.AAAA](a) {
			out = append(out, v.AAAA.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// plain is a name as resources show it.
func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// parent is the name above, and "" above the last label.
func parent(name string) string {
	_, above, _ := strings.Cut(name, ".")
	return above
}

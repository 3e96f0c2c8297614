package domain

import (
	"context"
	"crypto"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
	"assay/internal/resource"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a small DNS that answers as a recursive resolver would, with zones
// that are signed or not, and a small web.
type world struct {
	t        *testing.T
	zones    []*zone // the deepest last
	fail     map[string]int
	stripped bool
	web      map[string]string // by address: a whole answer, or "refused", "silent"
	address  string
	at       time.Time // of the collection; noon

	mu    sync.Mutex
	asked map[string]int // guarded by mu
	ready bool           // guarded by mu
}

type zone struct {
	name    string
	key     *dns.DNSKEY
	signer  crypto.Signer
	sets    map[string]map[uint16][]dns.RR
	from    time.Time // of its signatures
	until   time.Time
	unsaid  bool  // it does not prove what is absent
	foreign *zone // signs in its place
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, fail: map[string]int{}, web: map[string]string{}, asked: map[string]int{}}
	pc, l := bothPorts(t)
	w.address = pc.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: pc, Handler: w, MsgAcceptFunc: dns.DefaultMsgAcceptFunc}, {Listener: l, Handler: w}} {
		go func() { _ = s.ActivateAndServe() }()
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return w
}

// bothPorts listens on one port of this machine over UDP and TCP.
func bothPorts(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if l, err := net.Listen("tcp", pc.LocalAddr().String()); err == nil {
			return pc, l
		}
		_ = pc.Close() // somebody has the same port over TCP
	}
	t.Fatal("no port is free over both UDP and TCP")
	return nil, nil
}

// zone adds one, signed if so wished, and its delegation in the zone above.
func (w *world) zone(name string, signed bool, text string) *zone {
	w.t.Helper()
	z := &zone{name: name, sets: map[string]map[uint16][]dns.RR{}, from: noon.AddDate(0, 0, -7), until: noon.AddDate(0, 0, 7)}
	z.add(w.t, name+" 3600 IN SOA ns."+strings.TrimPrefix(name, ".")+" admin."+strings.TrimPrefix(name, ".")+" 1 7200 3600 1209600 3600\n"+
		name+" 3600 IN NS ns."+strings.TrimPrefix(name, ".")+"\n"+text)
	above := w.holder(name)
	if signed {
		z.key = &dns.DNSKEY{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 3600}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
		made, err := z.key.Generate(256)
		if err != nil {
			w.t.Fatal(err)
		}
		var ok bool
		if z.signer, ok = made.(crypto.Signer); !ok {
			w.t.Fatal("the key does not sign")
		}
		z.set(z.key)
		if above != nil {
			above.set(z.key.ToDS(dns.SHA256))
		}
	}
	if above != nil {
		above.add(w.t, name+" 3600 IN NS ns."+name)
	}
	w.zones = append(w.zones, z)
	return z
}

func (z *zone) add(t *testing.T, text string) {
	t.Helper()
	p := dns.NewZoneParser(strings.NewReader(text+"\n"), z.name, "")
	p.SetDefaultTTL(3600)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		z.set(rr)
	}
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
}

func (z *zone) set(rr dns.RR) {
	name := strings.ToLower(rr.Header().Name)
	if z.sets[name] == nil {
		z.sets[name] = map[uint16][]dns.RR{}
	}
	z.sets[name][rr.Header().Rrtype] = append(z.sets[name][rr.Header().Rrtype], rr)
}

func (w *world) holder(name string) (best *zone) {
	for _, z := range w.zones {
		if z.name != name && dns.IsSubDomain(z.name, name) && (best == nil || dns.CountLabel(z.name) > dns.CountLabel(best.name)) {
			best = z
		}
	}
	return best
}

func (w *world) zoneFor(q dns.Question) *zone {
	if q.Qtype != dns.TypeDS {
		for _, z := range w.zones {
			if z.name == q.Name {
				return z
			}
		}
	}
	return w.holder(q.Name)
}

// ServeDNS answers like a resolver that was told not to validate.
func (w *world) ServeDNS(out dns.ResponseWriter, in *dns.Msg) {
	q := in.Question[0]
	q.Name = strings.ToLower(q.Name)
	m := new(dns.Msg)
	m.SetReply(in)
	m.RecursionAvailable = true
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[q.Name+" "+dns.TypeToString[q.Qtype]]++
	code, failing := w.fail[q.Name+" "+dns.TypeToString[q.Qtype]]
	switch z := w.zoneFor(q); {
	case failing && code < 0:
		w.disturb(out, m, z, q, code)
		return
	case failing:
		m.Rcode = code
	case z == nil:
		m.Rcode = dns.RcodeNameError
	default:
		w.fill(m, z, q)
	}
	if w.stripped {
		m.Answer = slices.DeleteFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeRRSIG })
	}
	if udp := out.LocalAddr().Network() == "udp"; udp {
		m.Truncate(udpSize)
	}
	_ = out.WriteMsg(m)
}

func (w *world) fill(m *dns.Msg, z *zone, q dns.Question) {
	for name := q.Name; ; {
		sets, ok := z.sets[name]
		if !ok && !slices.ContainsFunc(w.zones, func(o *zone) bool { return o.name == name }) && !z.below(name) {
			m.Rcode = dns.RcodeNameError
			break
		}
		if set := sets[q.Qtype]; len(set) > 0 {
			m.Answer = append(m.Answer, z.signed(w.t, set)...)
			return
		}
		alias := sets[dns.TypeCNAME]
		if len(alias) == 0 {
			break
		}
		m.Answer = append(m.Answer, z.signed(w.t, alias)...)
		if cname, ok := alias[0].(*dns.CNAME); ok {
			name = strings.ToLower(cname.Target)
		}
		if z = w.zoneFor(dns.Question{Name: name, Qtype: q.Qtype}); z == nil {
			m.Rcode = dns.RcodeNameError
			return
		}
	}
	m.Ns = append(m.Ns, z.signed(w.t, z.sets[z.name][dns.TypeSOA])...)
	if z.key == nil || z.unsaid {
		return
	}
	var types []uint16
	for kind := range z.sets[q.Name] {
		types = append(types, kind)
	}
	types = append(types, dns.TypeRRSIG, dns.TypeNSEC)
	slices.Sort(types)
	m.Ns = append(m.Ns, z.signed(w.t, []dns.RR{&dns.NSEC{
		Hdr:        dns.RR_Header{Name: q.Name, Rrtype: dns.TypeNSEC, Class: dns.ClassINET, Ttl: 3600},
		NextDomain: "\\000." + q.Name, TypeBitMap: types,
	}})...)
}

func (z *zone) below(name string) bool {
	for other := range z.sets {
		if dns.IsSubDomain(name, other) {
			return true
		}
	}
	return false
}

func (z *zone) signed(t *testing.T, set []dns.RR) []dns.RR {
	if z.key == nil {
		return set
	}
	if h := set[0].Header(); h.Rrtype == dns.TypeNS && h.Name != z.name { // a delegation is not signed
		return set
	}
	by := z
	if z.foreign != nil {
		by = z.foreign
	}
	sig := &dns.RRSIG{
		Hdr:       dns.RR_Header{Name: set[0].Header().Name, Rrtype: dns.TypeRRSIG, Class: dns.ClassINET, Ttl: 3600},
		Algorithm: z.key.Algorithm, KeyTag: z.key.KeyTag(), SignerName: z.name,
		Inception: uint32(z.from.Unix()), Expiration: uint32(z.until.Unix()),
	}
	if err := sig.Sign(by.signer, set); err != nil {
		t.Error(err)
	}
	return append(slices.Clone(set), sig)
}

// RoundTrip is the web.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	text, ok := w.web[req.URL.String()]
	switch {
	case !ok:
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: req.URL.Host, IsNotFound: true}}
	case text == "refused":
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	case text == "silent":
		return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	case text == "broken":
		return nil, io.ErrShortBuffer
	}
	head, body, _ := strings.Cut(text, "\n\n")
	status, rest, _ := strings.Cut(head, "\n")
	resp := &http.Response{StatusCode: int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0'), Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(body))}
	for line := range strings.Lines(rest) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), ": ")
		resp.Header.Add(k, v)
	}
	return resp, nil
}

// found is what one collection told.
type found struct {
	resources map[string]connector.Resource // by kind and id
	reports   map[string]connector.Report
	calls     map[string]connector.Call
}

func (w *world) collect(config connector.Config) found {
	w.t.Helper()
	f, err := w.try(config)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// made hands the world from who makes it to who serves it, and back.
func (w *world) made() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = true
}

func (w *world) env() connector.Env {
	var hand clock.Hand
	hand.Set(w.at)
	if w.at.IsZero() {
		hand.Set(noon)
	}
	return connector.Env{
		Now: hand.Now, AllowLocal: true,
		HTTP: outbound.New(outbound.Options{Now: hand.Now, Base: w, Retries: -1, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}),
	}
}

func (w *world) try(config connector.Config) (found, error) {
	w.t.Helper()
	w.made()
	defer w.made()
	if config["resolver"] == "" {
		config["resolver"] = w.address
	}
	if config["trust_anchors"] == "" && len(w.zones) > 0 && w.zones[0].key != nil {
		config["trust_anchors"] = w.zones[0].key.ToDS(dns.SHA256).String()
	}
	out := found{resources: map[string]connector.Resource{}, reports: map[string]connector.Report{}, calls: map[string]connector.Call{}}
	source, err := Product().Open(config, w.env())
	if err != nil {
		return out, err
	}
	kinds := map[string]*resource.Schema{}
	var names []string
	for _, k := range Kinds() {
		kinds[k.Kind] = &k
		names = append(names, k.Kind)
	}
	run := connector.NewRun(w.env().Now, names, func(_ context.Context, r connector.Resource) error {
		ref := r.Kind + " " + r.ID
		if _, twice := out.resources[ref]; twice {
			w.t.Errorf("%s twice", ref)
		}
		if _, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable); err != nil {
			w.t.Errorf("%s: %v", ref, err)
		}
		out.resources[ref] = r
		return nil
	}, nil)
	err = source.Collect(w.t.Context(), run)
	for _, r := range run.Reports() {
		out.reports[r.Kind] = r
	}
	for _, c := range run.Calls() {
		out.calls[c.Name] = c
	}
	return out, err
}

// want compares fields of a resource; the value gone means unavailable, and
// none absent.
func (f found) want(t *testing.T, ref string, fields map[string]any) {
	t.Helper()
	r, ok := f.resources[ref]
	if !ok {
		t.Errorf("%s was not told of", ref)
		return
	}
	for name, want := range fields {
		have, there := r.Fields[name]
		lost := slices.Contains(r.Unavailable, name)
		switch want {
		case gone:
			if !lost || there {
				t.Errorf("%s: %s is %v, want it unavailable", ref, name, have)
			}
		case none:
			if lost || there {
				t.Errorf("%s: %s is %v (unavailable %v), want it absent", ref, name, have, lost)
			}
		default:
			if lost || text(have) != text(want) {
				t.Errorf("%s: %s is %v (unavailable %v), want %v", ref, name, text(have), lost, text(want))
			}
		}
	}
}

type mark string

const (
	gone mark = "unavailable"
	none mark = "absent"
)

func (w *world) dialer() *net.Dialer { return outbound.Dialer(true) }

func (w *world) run() *connector.Run { return connector.NewRun(w.env().Now, nil, nil, nil) }

// ds is the record by which one zone names another's key.
func (w *world) ds(above int, name string) *dns.DS {
	w.t.Helper()
	d, ok := w.zones[above].sets[name][dns.TypeDS][0].(*dns.DS)
	if !ok {
		w.t.Fatal("no DS")
	}
	return d
}

package domain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/outbound"
)

// What may become of a question to the DNS, beside a code of its own.
const (
	halved    = -1 // the answer is cut off
	shortened = -2 // it does not fit, and over TCP it is cut off
	once      = -3 // the first one is not answered
)

// disturb answers a question that has a trouble.
func (w *world) disturb(out dns.ResponseWriter, m *dns.Msg, z *zone, q dns.Question, trouble int) {
	udp := out.LocalAddr().Network() == "udp"
	switch {
	case trouble == shortened && udp:
		m.Truncated = true
	case trouble == once && w.asked[q.Name+" "+dns.TypeToString[q.Qtype]] == 1:
		m.Rcode = dns.RcodeServerFailure
	case z == nil:
		m.Rcode = dns.RcodeNameError
	default:
		w.fill(m, z, q)
	}
	whole, err := m.Pack()
	if err != nil {
		w.t.Error(err)
		return
	}
	if trouble == halved || trouble == shortened && !udp {
		whole = whole[:len(whole)/2]
	}
	_, _ = out.Write(whole)
}

// troubled is the web, in which one request has a trouble.
type troubled struct {
	*world
	at, trouble string
	asked       map[string]bool
}

var errReset = errors.New("connection reset by peer")

func (w *troubled) RoundTrip(req *http.Request) (*http.Response, error) {
	address := req.URL.String()
	w.asked[address] = true
	if w.trouble == "" || address != w.at {
		return w.world.RoundTrip(req)
	}
	if code, err := strconv.Atoi(w.trouble); err == nil {
		return &http.Response{StatusCode: code, Header: http.Header{}, Request: req, Body: http.NoBody}, nil
	}
	resp, err := w.world.RoundTrip(req)
	if err != nil || w.trouble == "reset" {
		return nil, errReset
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), endless{}))
	return resp, nil
}

// endless is a body that breaks.
type endless struct{}

func (endless) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Whatever becomes of one question to the DNS or one request to the web, nothing
// is made up, told twice or silently missing, and the collection after it holds
// everything. The web sites of the hosts are not served here: what they answer to
// a refusal is in TestSites.
func TestTroubles(t *testing.T) {
	w := shop(t)
	w.made()
	settings := connector.Config{
		"domains": "shop.test", "hosts": "www.shop.test:1", "resolver": w.address, "selectors": "s1",
		"trust_anchors": w.zones[0].key.ToDS(dns.SHA256).String(),
	}
	web := &troubled{world: w, asked: map[string]bool{}}
	gather := func() *connectortest.Gathered {
		w.mu.Lock()
		clear(w.asked)
		w.mu.Unlock()
		e := w.env()
		e.HTTP = outbound.New(outbound.Options{Now: e.Now, Base: web, Retries: -1, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
		return connectortest.Gather(t.Context(), Product(), settings, e)
	}
	whole := gather()
	if whole.Err != nil || whole.Len() < 2 {
		t.Fatal(whole.Len(), whole.Err)
	}
	questions, addresses := slices.Sorted(maps.Keys(w.asked)), slices.Sorted(maps.Keys(web.asked))
	for _, q := range questions {
		for name, trouble := range map[string]int{
			"refused": dns.RcodeRefused, "broken": dns.RcodeServerFailure, "cut off": halved, "too long": shortened, "once": once,
		} {
			w.mu.Lock()
			w.fail = map[string]int{q: trouble}
			w.mu.Unlock()
			got := gather()
			for _, o := range got.Against(whole) {
				t.Errorf("%s %s: %s", q, name, o)
			}
			if again := trouble == once; again != got.Same(whole) {
				t.Errorf("%s %s: that it tells the same is %v", q, name, !again)
			}
		}
	}
	w.mu.Lock()
	w.fail = map[string]int{}
	w.mu.Unlock()
	for _, at := range addresses {
		for _, trouble := range []string{"403", "429", "503", "reset", "cut off"} {
			web.at, web.trouble = at, trouble
			got := gather()
			for _, o := range got.Against(whole) {
				t.Errorf("%s %s: %s", at, trouble, o)
			}
			if !got.Noticed(whole) && w.web[at] != "" {
				t.Errorf("%s %s: nobody noticed", at, trouble)
			}
		}
	}
	web.trouble = ""
	if again := gather(); !again.Same(whole) {
		t.Error("the collection after it differs from the first")
	}
	t.Logf("%d questions, %d addresses, %d resources: %s", len(questions), len(addresses), whole.Len(), strings.Join(addresses, " "))
}

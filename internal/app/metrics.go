package app

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/ledger"
	"assay/internal/suite"
)

// metrics are the figures of this process and of every organization.
type metrics struct {
	suite    *suite.Suite
	registry *prometheus.Registry
	took     *prometheus.HistogramVec

	mu   sync.Mutex
	kept []prometheus.Metric // guarded by mu; what was read at
	at   time.Time           // guarded by mu
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("assay_"+name, help, labels, nil)
}

// figures are what is read from the store.
type figures struct {
	checks, failing, age, lag, queue, size, unsigned, pending, up *prometheus.Desc
}

func describe() figures {
	return figures{
		checks:   desc("checks", "Checks by the status of their newest run.", "org", "status"),
		failing:  desc("resources_failing", "Resources that fail a check now.", "org"),
		age:      desc("evidence_age_seconds", "Since the newest collection that ran to its end or, if none did, since it was connected.", "org", "connection", "product"),
		lag:      desc("collection_lag_seconds", "How late the next collection is; 0 when it is not.", "org", "connection", "product"),
		queue:    desc("jobs", "Jobs of the queue by state.", "state"),
		size:     desc("log_entries", "Entries of the log.", "org"),
		unsigned: desc("log_unsigned_entries", "Entries that no signed head covers yet.", "org"),
		pending:  desc("log_pending_entries", "Entries that wait for their place in the log.", "org"),
		up:       desc("store_up", "Whether the store could be read: 1 or 0."),
	}
}

func newMetrics(s *suite.Suite) *metrics {
	m := &metrics{suite: s, registry: prometheus.NewRegistry(), took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "assay_http_request_seconds", Help: "Time to answer, by operation or page.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"operation", "status"})}
	m.registry.MustRegister(m, m.took, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe measures a handler.
func (m *metrics) observe(operation string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		m.took.WithLabelValues(operation, strconv.Itoa(sw.code()/100)+"xx").Observe(time.Since(begun).Seconds())
	})
}

// guard shows the figures to this machine, and to whoever shows the token. A
// request that a proxy passed on is not this machine's.
func (m *metrics) guard(token string) http.Handler {
	show := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		local := loopback(host) && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
		shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		known := ok && token != "" && subtle.ConstantTimeCompare([]byte(shown), []byte(token)) == 1
		if !local && !known {
			say(w, http.StatusForbidden, "Metrics are shown to this machine, or for the token of --metrics-token.")
			return
		}
		show.ServeHTTP(w, r)
	})
}

// Describe implements prometheus.Collector. What Collect sends is not fixed.
func (*metrics) Describe(chan<- *prometheus.Desc) {}

// fresh is how long figures are shown before they are read again.
const fresh = 5 * time.Second

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); m.at.IsZero() || now.Sub(m.at) > fresh {
		ctx, cancel := context.WithTimeout(context.Background(), fresh)
		defer cancel()
		m.kept, m.at = m.read(ctx), now
	}
	for _, v := range m.kept {
		out <- v
	}
}

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (m *metrics) read(ctx context.Context) []prometheus.Metric {
	f := describe()
	list, err := m.suite.Orgs.All(ctx)
	if err != nil {
		m.suite.Log.ErrorContext(ctx, "metrics", "err", err)
		return []prometheus.Metric{gauge(f.up, 0)}
	}
	out := []prometheus.Metric{gauge(f.up, 1)}
	depth, err := job.Depth(ctx, m.suite.DB)
	for state, n := range depth {
		out = append(out, gauge(f.queue, float64(n), string(state)))
	}
	for i := range list {
		if err == nil {
			var of []prometheus.Metric
			of, err = m.org(ctx, f, list[i].ID, list[i].Slug)
			out = append(out, of...)
		}
	}
	if err != nil {
		m.suite.Log.ErrorContext(ctx, "metrics", "err", err)
	}
	return out
}

func (m *metrics) org(ctx context.Context, f figures, id, slug string) (out []prometheus.Metric, err error) {
	who := access.Job(id, "metrics")
	checks, err := m.suite.Checks.List(ctx, who)
	if err != nil {
		return nil, err
	}
	by, failing := map[string]int{"pass": 0, "fail": 0, "unknown": 0, "excluded": 0, "no_occurrence": 0, "not_run": 0}, 0
	for i := range checks {
		failing += checks[i].Failing
		if checks[i].Last == nil {
			by["not_run"]++
			continue
		}
		by[string(checks[i].Last.Status)]++
	}
	for status, n := range by {
		out = append(out, gauge(f.checks, float64(n), slug, status))
	}
	out = append(out, gauge(f.failing, float64(failing), slug))
	connections, err := m.suite.Connectors.List(ctx, who)
	if err != nil {
		return nil, err
	}
	now := m.suite.Now()
	for i := range connections {
		c := &connections[i]
		if c.State != collect.Enabled {
			continue
		}
		age := now.Sub(c.Since())
		out = append(out, gauge(f.age, age.Seconds(), slug, c.ID, c.Product),
			gauge(f.lag, max(age-c.Every, 0).Seconds(), slug, c.ID, c.Product))
	}
	grant, err := who.May(access.LogRead)
	if err != nil {
		return nil, err
	}
	return out, m.suite.DB.Read(ctx, grant, func(tx *db.Tx) error {
		size, signed, pending, err := ledger.Sizes(tx)
		out = append(out, gauge(f.size, float64(size), slug), gauge(f.unsigned, float64(size-signed), slug),
			gauge(f.pending, float64(pending), slug))
		return err
	})
}

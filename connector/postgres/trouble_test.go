package postgres

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
)

// wire carries connections to a server, and breaks each after so many bytes of
// what the server says.
type wire struct {
	port    string
	limit   atomic.Int64 // none if negative
	carried atomic.Int64 // of all connections together
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	w := &wire{port: port}
	w.limit.Store(-1)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", "127.0.0.1:"+to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go w.back(in, out)
		}
	}()
	return w
}

func (w *wire) back(in, out net.Conn) {
	defer func() { _, _ = in.Close(), out.Close() }()
	buf := make([]byte, 512)
	for {
		n, err := out.Read(buf)
		if limit := w.limit.Load(); limit >= 0 && w.carried.Load()+int64(n) > limit {
			return
		}
		w.carried.Add(int64(n))
		if _, bad := in.Write(buf[:n]); bad != nil || err != nil {
			return
		}
	}
}

// Wherever the connection breaks, nothing is made up, told twice or silently
// missing, and the collection after it holds everything.
func TestABrokenConnection(t *testing.T) {
	c := newCluster(t, testHBA, "log_connections = on\n") // without what changes by itself
	c.sql("postgres", testData)
	c.sql("shop", shopData)
	c.sql("postgres", grantText())
	w := newWire(t, c.port)
	settings := c.config(connector.Config{"address": "localhost:" + w.port, "services": "app runner"})
	var hand clock.Hand
	hand.Set(clock.System())
	gather := func(limit int64) *connectortest.Gathered {
		w.limit.Store(limit)
		w.carried.Store(0)
		return connectortest.Gather(t.Context(), Product(), settings, connector.Env{Now: hand.Now, AllowLocal: true})
	}
	whole := gather(-1)
	if whole.Err != nil || whole.Len() == 0 {
		t.Fatal(whole.Len(), whole.Err)
	}
	total := w.carried.Load()
	for i := range int64(40) {
		limit := total * i / 40
		got := gather(limit)
		for _, o := range got.Against(whole) {
			if strings.HasSuffix(o, ": entered is false and not true") { // which is so
				continue
			}
			t.Errorf("broken after %d of %d bytes: %s", limit, total, o)
		}
		if !got.Noticed(whole) {
			t.Errorf("broken after %d of %d bytes, and nobody noticed", limit, total)
		}
	}
	if again := gather(-1); len(again.Against(whole)) > 0 || again.Len() != whole.Len() || again.Err != nil {
		t.Errorf("the collection after it: %v %v", again.Err, again.Against(whole))
	}
	t.Logf("%s bytes, %d resources", strconv.FormatInt(total, 10), whole.Len())
}

// A server that has no connection free is asked again. When it stays so, what
// could not be entered is named, and nothing about it is complete.
func TestTooManyConnections(t *testing.T) {
	c := newCluster(t, testHBA, "log_connections = on\n")
	c.sql("postgres", testData)
	c.sql("shop", shopData)
	c.sql("postgres", grantText())
	settings := c.config(connector.Config{"services": "app runner"})
	var hand clock.Hand
	hand.Set(clock.System())
	waits := 0
	gather := func(wait func(context.Context, int) error) *connectortest.Gathered {
		p := Product()
		open := p.Open
		p.Open = func(c connector.Config, e connector.Env) (connector.Source, error) {
			src, err := open(c, e)
			if s, ok := src.(*source); ok {
				s.wait = wait
			}
			return src, err
		}
		waits = 0
		return connectortest.Gather(t.Context(), p, settings, connector.Env{Now: hand.Now, AllowLocal: true})
	}
	patient := func(context.Context, int) error { waits++; return nil }
	whole := gather(patient)
	if whole.Err != nil || whole.Len() == 0 || waits > 0 {
		t.Fatal(whole.Len(), waits, whole.Err)
	}
	for name, x := range map[string]struct {
		limit string
		wait  func(context.Context, int) error
		want  string
	}{
		"none at all":            {"0", patient, "broken"},
		"one, and others needed": {"1", patient, "part"},
		"none, and then there is": {"0", func(context.Context, int) error {
			waits++
			c.sql("postgres", "ALTER ROLE assay CONNECTION LIMIT 3")
			return nil
		}, "whole"},
	} {
		c.sql("postgres", "ALTER ROLE assay CONNECTION LIMIT "+x.limit)
		got := gather(x.wait)
		c.sql("postgres", "ALTER ROLE assay CONNECTION LIMIT 3")
		outcome := "part"
		switch {
		case got.Err != nil:
			outcome = "broken"
		case len(got.Against(whole)) == 0 && got.Len() == whole.Len():
			outcome = "whole"
		}
		if outcome != x.want || waits == 0 || outcome != "whole" && !got.Noticed(whole) {
			t.Errorf("%s: %s after %d waits, %v", name, outcome, waits, got.Err)
		}
		for _, o := range got.Against(whole) {
			if strings.HasSuffix(o, ": entered is false and not true") || strings.HasSuffix(o, "connection_limit is 1 and not 3") { // which is so
				continue
			}
			t.Errorf("%s: %s", name, o)
		}
	}
	if again := gather(patient); again.Err != nil || len(again.Against(whole)) > 0 || again.Len() != whole.Len() {
		t.Errorf("the collection after it: %v %v", again.Err, again.Against(whole))
	}
}

package postgres

import (
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

package siem_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/siem"
	"assay/internal/suite"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	*suite.Suite
	hand  *clock.Hand
	lead  access.Actor
	other access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Run("sqlite", func(t *testing.T) { fn(build(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(build(t, dbtest.Postgres(t))) })
}

func build(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.hand.Set(time.Date(2026, 6, 15, 7, 0, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now, AllowLocal: true})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	for i, name := range []string{"Larkspur", "Heron"} {
		o, err := s.Orgs.Create(t.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
		h.must(err)
		who := access.Actor{ID: "usr_lead", Org: o.ID, Name: "Ada", Role: access.RoleLead, Door: access.DoorWeb, From: "192.0.2.7"}
		if i == 0 {
			h.lead = who
		} else {
			h.other = who
		}
	}
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// act writes n entries of the trail.
func (h *house) act(n int, label string) {
	h.Helper()
	g, err := h.lead.May(access.TaskEdit)
	h.must(err)
	for range n {
		h.must(h.DB.Write(h.Context(), g, func(tx *db.Tx) error {
			return trail.Add(tx, trail.Act{Action: "task.edit", Noun: "task", Object: "tsk_1", Label: label})
		}))
	}
	h.must(ledger.Settle(h.Context(), h.DB, h.lead.Org))
}

func (h *house) round(d siem.Destination) siem.Destination {
	h.Helper()
	h.must(h.SIEM.Round(h.Context(), h.lead.Org, d.ID))
	d, _, err := h.SIEM.Get(h.Context(), h.lead, d.ID)
	h.must(err)
	return d
}

// logged lists what a destination that began with the log should have, in its order.
func (h *house) logged() (ids []string) {
	h.Helper()
	g, err := h.lead.May(access.TrailRead)
	h.must(err)
	h.must(h.DB.Read(h.Context(), g, func(tx *db.Tx) error {
		places, _, err := ledger.Next(tx, "trail.entry", 0, 1<<40, 1<<20)
		for _, p := range places {
			ids = append(ids, p.ID)
		}
		return err
	}))
	return ids
}

// receiver is a destination over HTTP that keeps what it takes.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	headers http.Header
	bodies  [][]byte
}

func receive(t *testing.T, secured bool) *receiver {
	t.Helper()
	rec := &receiver{status: http.StatusOK}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.headers = r.Header.Clone()
		if rec.status == http.StatusOK {
			rec.bodies = append(rec.bodies, b)
		}
		if rec.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(rec.status)
	})
	if secured {
		rec.Server = httptest.NewTLSServer(h)
	} else {
		rec.Server = httptest.NewServer(h)
	}
	t.Cleanup(rec.Close)
	return rec
}

func (rec *receiver) answers(status int) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.status = status
}

// ids are the entries that were taken, in the order in which they came.
func (rec *receiver) ids(t *testing.T) (ids []string) {
	t.Helper()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, b := range rec.bodies {
		for line := range bytes.Lines(b) {
			ids = append(ids, uid(t, line))
		}
	}
	return ids
}

func uid(t *testing.T, b []byte) string {
	t.Helper()
	var e struct {
		Metadata struct {
			UID string `json:"uid"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(b, &e); err != nil || e.Metadata.UID == "" {
		t.Fatalf("%v: %s", err, b)
	}
	return e.Metadata.UID
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %d: %v\nwant %d: %v", len(got), got, len(want), want)
	}
}

func TestEntriesArriveInTheOrderOfTheLog(t *testing.T) {
	each(t, func(h *house) {
		rec := receive(h.T, false)
		h.act(1_203, "before")
		d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL + "/in", Secret: secret.NewText("Bearer s3cret"), Start: true})
		h.must(err)
		same(h.T, rec.ids(h.T), h.logged())
		if d.Problem != "" || d.Sent != int64(len(h.logged())) || d.SentAt.IsZero() {
			h.Fatalf("%+v", d)
		}
		if got := rec.headers.Get("Authorization"); got != "Bearer s3cret" {
			h.Errorf("the credential arrived as %q", got)
		}
		if got := rec.headers.Get("Content-Type"); got != "application/x-ndjson" {
			h.Errorf("the type is %q", got)
		}
		h.round(d)
		same(h.T, rec.ids(h.T), h.logged()) // nothing twice
		h.act(3, "later")
		h.round(d)
		same(h.T, rec.ids(h.T), h.logged())
	})
}

// TestNothingIsLostWhileADestinationIsAway refuses in every way, and takes everything
// afterwards.
func TestNothingIsLostWhileADestinationIsAway(t *testing.T) {
	each(t, func(h *house) {
		rec := receive(h.T, false)
		rec.answers(http.StatusServiceUnavailable)
		d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL + "/in"})
		h.must(err)
		if !strings.Contains(d.Problem, "503") || d.Sent != 0 || d.Tries != 1 || !d.NextAt.After(h.hand.Now()) {
			h.Fatalf("%+v", d)
		}
		began := d.Since
		h.act(2, "meanwhile")
		if d = h.round(d); d.Tries != 1 {
			h.Errorf("tried again before its time: %+v", d)
		}
		for i, status := range []int{http.StatusForbidden, http.StatusFound, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests} {
			rec.answers(status)
			h.hand.Set(d.NextAt)
			if d = h.round(d); !strings.Contains(d.Problem, strconv.Itoa(status)) || d.Tries != i+2 || !d.Since.Equal(began) {
				h.Fatalf("after %d: %+v", status, d)
			}
		}
		g, err := h.lead.May(access.TrailRead)
		h.must(err)
		h.must(h.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			if list, err := siem.Failing(tx, time.Minute); err != nil || len(list) != 1 {
				h.Errorf("%d fail, %v", len(list), err)
			}
			if list, err := siem.Failing(tx, 24*time.Hour); err != nil || len(list) != 0 {
				h.Errorf("%d fail for a day, %v", len(list), err)
			}
			return nil
		}))
		rec.answers(http.StatusOK)
		d, err = h.SIEM.Try(h.Context(), h.lead, d.ID)
		h.must(err)
		if d.Problem != "" || d.Tries != 0 || !d.Since.IsZero() || !d.NextAt.IsZero() {
			h.Fatalf("%+v", d)
		}
		all := h.logged()
		same(h.T, rec.ids(h.T), all[slices.IndexFunc(all, func(id string) bool { return id == rec.ids(h.T)[0] }):])
		if d.Sent != 4 { // added, two acts, tried
			h.Errorf("%d were sent", d.Sent)
		}
		rec.Close()
		h.act(1, "alone")
		if d = h.round(d); !strings.Contains(d.Problem, "refused") || strings.Contains(d.Problem, rec.URL) {
			h.Errorf("nobody listens: %q", d.Problem)
		}
	})
}

func TestForms(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	for _, form := range []siem.Form{siem.Array, siem.Splunk} {
		rec := receive(h.T, false)
		_, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: string(form), Form: form, Address: rec.URL, Header: "X-Key", Secret: secret.NewText("k"), Start: true})
		h.must(err)
		if len(rec.bodies) != 1 || rec.headers.Get("Content-Type") != "application/json" || rec.headers.Get("X-Key") != "k" || rec.headers.Get("Authorization") != "" {
			h.Fatalf("%s: %d bodies, %v", form, len(rec.bodies), rec.headers)
		}
		var ids []string
		if form == siem.Array {
			var all []json.RawMessage
			h.must(json.Unmarshal(rec.bodies[0], &all))
			for _, b := range all {
				ids = append(ids, uid(h.T, b))
			}
		} else {
			for d := json.NewDecoder(bytes.NewReader(rec.bodies[0])); d.More(); {
				var e struct {
					Time  float64         `json:"time"`
					Event json.RawMessage `json:"event"`
				}
				h.must(d.Decode(&e))
				if e.Time != float64(h.hand.Now().UnixMilli())/1000 {
					h.Errorf("time %f", e.Time)
				}
				ids = append(ids, uid(h.T, e.Event))
			}
		}
		same(h.T, ids, h.logged())
	}
}

// TestLongEntriesAreNotCut sends more than goes at once.
func TestLongEntriesAreNotCut(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	rec := receive(h.T, false)
	h.act(7, strings.Repeat("x", 300<<10))
	d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL, Start: true})
	h.must(err)
	same(h.T, rec.ids(h.T), h.logged())
	if len(rec.bodies) < 3 || d.Problem != "" {
		h.Errorf("%d parts, %q", len(rec.bodies), d.Problem)
	}
}

// TestAuthoritiesAreItsOwn reaches a destination whose certificate nobody else vouches
// for, and one that it is not for.
func TestAuthoritiesAreItsOwn(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	rec := receive(h.T, true)
	d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL, Secret: secret.NewText("Bearer s3cret")})
	h.must(err)
	if !strings.Contains(d.Problem, "certificate") || rec.headers != nil {
		h.Fatalf("%q, %v", d.Problem, rec.headers)
	}
	roots := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rec.Certificate().Raw}))
	d, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL, Roots: roots})
	h.must(err)
	if d.Problem != "" || rec.headers.Get("Authorization") != "Bearer s3cret" {
		h.Errorf("%q, %v", d.Problem, rec.headers)
	}
}

// TestACredentialIsForOneHost keeps it from whoever can change the address.
func TestACredentialIsForOneHost(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	rec, thief := receive(h.T, false), receive(h.T, false)
	d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL, Secret: secret.NewText("Bearer s3cret")})
	h.must(err)
	_, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Lines, Address: thief.URL})
	if !fault.Is(err, fault.Invalid) || thief.headers != nil {
		h.Fatalf("%v, %v", err, thief.headers)
	}
	d, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL + "/other"})
	h.must(err)
	if !d.Secret() {
		h.Error("the credential is gone, though the host is the same")
	}
	d, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Lines, Address: thief.URL, Secret: secret.NewText("its own")})
	h.must(err)
	if thief.headers.Get("Authorization") != "its own" || d.Problem != "" {
		h.Errorf("%v", thief.headers)
	}
	entries := h.trail()
	if !slices.ContainsFunc(entries, func(e trail.Entry) bool { return strings.Contains(e.Detail["address"], " → ") }) {
		h.Error("the trail does not tell that the address changed")
	}
	for i := range entries {
		if text := fmt.Sprint(entries[i]); strings.Contains(text, "s3cret") || strings.Contains(text, "its own") {
			h.Errorf("the trail tells the credential: %s", text)
		}
	}
}

func (h *house) trail() []trail.Entry {
	h.Helper()
	list, err := h.Trail(h.Context(), h.lead, trail.Filter{Limit: 100})
	h.must(err)
	return list
}

func TestWhatIsNoDestination(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	for _, c := range []struct {
		in    siem.New
		field string
	}{
		{siem.New{Form: siem.Lines, Address: "https://siem.example.com"}, "name"},
		{siem.New{Name: "x", Form: "udp", Address: "https://siem.example.com"}, "form"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "siem.example.com"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "ftp://siem.example.com"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "http://siem.example.com"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "http://8.8.8.8"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://user:pw@siem.example.com"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://169.254.169.254/latest"}, "address"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "http://169.254.169.254/latest"}, "address"},
		{siem.New{Name: "x", Form: siem.Syslog, Address: "udp://127.0.0.1:514"}, "address"},
		{siem.New{Name: "x", Form: siem.Syslog, Address: "tls://siem.example.com"}, "address"},
		{siem.New{Name: "x", Form: siem.Syslog, Address: "tcp://siem.example.com:514"}, "address"},
		{siem.New{Name: "x", Form: siem.Syslog, Address: "tls://siem.example.com:6514/x"}, "address"},
		{siem.New{Name: "x", Form: siem.Syslog, Address: "tls://siem.example.com:6514", Secret: secret.NewText("s")}, "secret"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://siem.example.com", Header: "Host"}, "header"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://siem.example.com", Header: "A: b\r\nC"}, "header"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://siem.example.com", Secret: secret.NewText("a\r\nX: y")}, "secret"},
		{siem.New{Name: "x", Form: siem.Lines, Address: "https://siem.example.com", Roots: "hello"}, "roots"},
	} {
		_, err := h.SIEM.Add(h.Context(), h.lead, c.in)
		if fields := fault.FieldsOf(err); len(fields) != 1 || fields[0].Name != c.field {
			h.Errorf("%+v: %v", c.in, err)
		}
	}
	h.SIEM.AllowLocal = false
	for _, address := range []string{"https://127.0.0.1", "http://127.0.0.1", "https://10.1.2.3"} {
		if _, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "x", Form: siem.Lines, Address: address}); !fault.Is(err, fault.Invalid) {
			h.Errorf("%s: %v", address, err)
		}
	}
	if list, err := h.SIEM.List(h.Context(), h.lead); err != nil || len(list) != 0 {
		h.Errorf("%d destinations, %v", len(list), err)
	}
}

// TestANameIsJudgedWhenItIsDialled has a name of this machine, which no number in the
// address tells of.
func TestANameIsJudgedWhenItIsDialled(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	h.SIEM.AllowLocal = false
	for _, in := range []siem.New{
		{Name: "x", Form: siem.Lines, Address: "https://localhost:1/"},
		{Name: "y", Form: siem.Syslog, Address: "tls://localhost:1"},
	} {
		d, err := h.SIEM.Add(h.Context(), h.lead, in)
		h.must(err)
		if !strings.Contains(d.Problem, "belongs to this machine") {
			h.Errorf("%s: %q", in.Address, d.Problem)
		}
	}
}

func TestPausedAndRemoved(t *testing.T) {
	each(t, func(h *house) {
		rec := receive(h.T, false)
		d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL, Start: true})
		h.must(err)
		h.must(h.SIEM.Pause(h.Context(), h.lead, d.ID))
		h.act(3, "paused")
		n := len(rec.ids(h.T))
		h.round(d)
		if _, err := h.SIEM.Try(h.Context(), h.lead, d.ID); !fault.Is(err, fault.Conflict) {
			h.Errorf("a paused one was tried: %v", err)
		}
		if len(rec.ids(h.T)) != n {
			h.Error("sent while paused")
		}
		_, err = h.SIEM.Resume(h.Context(), h.lead, d.ID)
		h.must(err)
		same(h.T, rec.ids(h.T), h.logged())
		h.must(h.SIEM.Remove(h.Context(), h.lead, d.ID))
		n = len(rec.ids(h.T))
		h.must(h.SIEM.Round(h.Context(), h.lead.Org, d.ID)) // one that was queued
		if list, err := h.SIEM.List(h.Context(), h.lead); err != nil || len(list) != 0 || len(rec.ids(h.T)) != n {
			h.Errorf("%d destinations, %v", len(list), err)
		}
	})
}

func TestDestinationsAreAnOrganizationsOwn(t *testing.T) {
	each(t, func(h *house) {
		rec := receive(h.T, false)
		d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Lines, Address: rec.URL})
		h.must(err)
		if list, err := h.SIEM.List(h.Context(), h.other); err != nil || len(list) != 0 {
			h.Errorf("%d, %v", len(list), err)
		}
		_, try := h.SIEM.Try(h.Context(), h.other, d.ID)
		_, edit := h.SIEM.Edit(h.Context(), h.other, d.ID, siem.New{Name: "x", Form: siem.Lines, Address: rec.URL})
		for _, err := range []error{try, edit, h.SIEM.Pause(h.Context(), h.other, d.ID), h.SIEM.Remove(h.Context(), h.other, d.ID)} {
			if !fault.Is(err, fault.NotFound) {
				h.Errorf("another organization's: %v", err)
			}
		}
		for _, role := range access.Roles() {
			who := h.lead
			who.Role = role
			if _, err := h.SIEM.Try(h.Context(), who, d.ID); role != access.RoleLead && !fault.Is(err, fault.Forbidden) {
				h.Errorf("%s: %v", role, err)
			}
		}
	})
}

// listen takes syslog over TCP, with TLS where there is a certificate, and returns
// the messages of one connection at a time.
func listen(t *testing.T, conf *tls.Config) (address string, messages func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	got := make(chan []string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			list, err := frames(c)
			if err == nil {
				got <- list
			}
			_ = c.Close()
		}
	}()
	return l.Addr().String(), func() []string {
		select {
		case list := <-got:
			return list
		case <-time.After(10 * time.Second):
			t.Fatal("nothing arrived")
			return nil
		}
	}
}

// frames reads messages with octet counts (RFC 6587 3.4.1) to the end.
func frames(c net.Conn) (list []string, err error) {
	r := bufio.NewReader(c)
	for {
		count, err := r.ReadString(' ')
		if errors.Is(err, io.EOF) && count == "" {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(strings.TrimSuffix(count, " "))
		if err != nil {
			return nil, err
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		list = append(list, string(b))
	}
}

func TestSyslog(t *testing.T) {
	h := build(t, filepath.Join(t.TempDir(), "test.db"))
	address, messages := listen(t, nil)
	d, err := h.SIEM.Add(h.Context(), h.lead, siem.New{Name: "Collector", Form: siem.Syslog, Address: "tcp://" + address, Start: true})
	h.must(err)
	if d.Problem != "" {
		h.Fatal(d.Problem)
	}
	var ids []string
	for _, m := range messages() {
		head, body, _ := strings.Cut(m, "{")
		if want := "<110>1 2026-06-15T07:00:00.000Z - assay - "; !strings.HasPrefix(head, want) || !strings.HasSuffix(head, " - ") {
			t.Errorf("%q", head)
		}
		ids = append(ids, uid(t, []byte("{"+body)))
	}
	same(t, ids, h.logged())

	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	address, messages = listen(t, &tls.Config{Certificates: server.TLS.Certificates})
	roots := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	d, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Syslog, Address: "tls://" + address, Roots: roots})
	h.must(err)
	if d.Problem != "" {
		h.Fatal(d.Problem)
	}
	if list := messages(); len(list) != 1 || !strings.Contains(list[0], `"siem.edit"`) || !strings.Contains(list[0], " siem.edit - {") {
		t.Errorf("%q", list)
	}
	d, err = h.SIEM.Edit(h.Context(), h.lead, d.ID, siem.New{Name: "Collector", Form: siem.Syslog, Address: "tls://" + address})
	h.must(err)
	if !strings.Contains(d.Problem, "certificate") {
		t.Errorf("an unknown certificate: %q", d.Problem)
	}
}

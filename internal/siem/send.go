package siem

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// The measures of a round. What is left when it ends goes with the next one.
const (
	window    = 100_000 // leaves that are looked through for entries at once
	atOnce    = 500     // entries
	mostBytes = 1 << 20 // of a message, but for an entry that is longer
	mostParts = 40
	idleMove  = 2_000 // leaves without an entry after which the place is stored
	patience  = 30 * time.Second
)

// parcel is what goes to a destination at once.
type parcel struct {
	d      Destination
	secret secret.Text
	events []event
	next   int64 // the place once they are taken
}

// event is an entry as OCSF.
type event struct {
	at      time.Time
	action  string
	refused bool
	json    []byte
}

// Round sends a destination what it has not got, in the order of the log. That it does
// not take something is no error: it is stored, and tried again later.
func (s Service) Round(ctx context.Context, orgID, destination string) error {
	g, err := access.Job(orgID, "siem").May(access.LogRead)
	if err != nil {
		return err
	}
	for range mostParts {
		p, found, err := s.parcel(ctx, g, destination)
		if err != nil || !found {
			return err
		}
		began := p.d.Place
		if len(p.events) == 0 {
			if p.next-began >= idleMove {
				p.d.Place = p.next
				err = s.DB.Write(ctx, g, func(tx *db.Tx) error { return settle(tx, &p.d, began) })
			}
			if err != nil || p.next-began < window {
				return err
			}
			continue
		}
		why := s.deliver(ctx, &p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
			p.came(why, tx.Now())
			return settle(tx, &p.d, began)
		}); err != nil || why != nil {
			return err
		}
	}
	return nil
}

// came notes what came of an attempt.
func (p *parcel) came(why error, now time.Time) {
	d := &p.d
	if why == nil {
		d.Place, d.Sent, d.SentAt, d.Problem, d.Since, d.Tries, d.NextAt = p.next, d.Sent+int64(len(p.events)), now, "", time.Time{}, 0, time.Time{}
		return
	}
	if d.Problem == "" {
		d.Since = now
	}
	d.Tries++
	d.Problem, d.NextAt = db.Plain(why.Error()), now.Add(pauseAfter(d.Tries))
}

// pauseAfter grows from a minute to about an hour.
func pauseAfter(tries int) time.Duration { return time.Minute << min(tries-1, 6) }

// parcel collects what goes next; not found if there is no destination that wants it now.
func (s Service) parcel(ctx context.Context, g access.Grant, destination string) (p parcel, found bool, err error) {
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if p.d, found, err = find(tx, destination); err != nil || !found {
			return err
		}
		if p.d.Paused || p.d.NextAt.After(tx.Now()) {
			found = false
			return nil
		}
		if err := p.fill(tx); err != nil || len(p.events) == 0 {
			return err
		}
		p.secret, err = s.revealed(tx, &p.d)
		return err
	})
	return p, found, err
}

func (p *parcel) fill(tx *db.Tx) error {
	places, next, err := ledger.Next(tx, "trail.entry", p.d.Place, window, atOnce)
	if err != nil {
		return err
	}
	entries, err := trail.Load(tx, places)
	if err != nil {
		return err
	}
	p.next = next
	size := 0
	for i := range entries {
		e := &entries[i]
		b, err := e.OCSF(tx.Org())
		if err != nil {
			return err
		}
		if size += len(b); size > mostBytes && i > 0 {
			p.next = e.Index
			return nil
		}
		p.events = append(p.events, event{at: e.At, action: e.Action, refused: e.Refused(), json: b})
	}
	return nil
}

// deliver hands a parcel over. Its error says what happened in words for people.
func (s Service) deliver(ctx context.Context, p *parcel) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	conf, err := p.d.tls()
	if err != nil {
		return err
	}
	if p.d.Form == Syslog {
		err = s.syslog(ctx, p, conf)
	} else {
		err = s.post(ctx, p, conf)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", patience)
	}
	return err
}

func (d *Destination) tls() (*tls.Config, error) {
	_, host, _ := where(d.Address)
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if d.Roots == "" {
		return conf, nil
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM([]byte(d.Roots)) {
		return nil, errors.New("the certificates of its authorities cannot be read")
	}
	return conf, nil
}

// post sends the parcel over HTTP. Any answer that is not 2xx keeps the place.
func (s Service) post(ctx context.Context, p *parcel, conf *tls.Config) error {
	body, media := p.body()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.d.Address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", media)
	if !p.secret.Empty() {
		req.Header.Set(p.d.Header, p.secret.Reveal())
	}
	client := outbound.New(outbound.Options{AllowLocal: s.AllowLocal, Timeout: patience, Retries: -1, MaxBody: 64 << 10, TLS: conf})
	defer client.CloseIdleConnections()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("it answered %d %s%s", res.StatusCode, http.StatusText(res.StatusCode), hint(res.StatusCode))
	}
	return nil
}

// reason leaves out the address, which the destination says already.
func reason(err error) error {
	type wrapped interface{ Unwrap() error }
	for {
		switch e := err.(type) { //nolint:errorlint // layer by layer
		case *net.OpError:
			if e.Op != "dial" || e.Err == nil {
				return err
			}
			err = e.Err
		case *tls.CertificateVerificationError:
			return e
		case wrapped:
			next := e.Unwrap()
			if next == nil {
				return err
			}
			if _, named := err.(interface{ Timeout() bool }); !named {
				return err
			}
			err = next
		default:
			return err
		}
	}
}

func hint(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ": look at the header and the credential"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return ": look at the address"
	case http.StatusRequestEntityTooLarge:
		return ": it takes less than 1 MiB at once"
	}
	if status >= 300 && status < 400 {
		return ": redirects are not followed, enter where it leads"
	}
	return ""
}

// body is the parcel in the destination's form.
func (p *parcel) body() (body []byte, media string) {
	var b bytes.Buffer
	switch p.d.Form {
	case Array:
		separator := "["
		for i := range p.events {
			b.WriteString(separator)
			b.Write(p.events[i].json)
			separator = ","
		}
		b.WriteByte(']')
		return b.Bytes(), "application/json"
	case Splunk:
		for i := range p.events {
			b.Write(p.events[i].splunk())
		}
		return b.Bytes(), "application/json"
	case Lines, Syslog:
	}
	for i := range p.events {
		b.Write(p.events[i].json)
		b.WriteByte('\n')
	}
	return b.Bytes(), "application/x-ndjson"
}

// splunk is an event as the HTTP Event Collector takes it: its time in seconds with
// three decimals.
func (e *event) splunk() []byte {
	at := e.at.UnixMilli()
	out := fmt.Appendf(nil, `{"time":%d.%03d,"source":"assay","sourcetype":"_json","event":`, at/1000, at%1000)
	return append(append(out, e.json...), '}')
}

// The parts of a syslog message's priority: log audit, and notice or informational
// (RFC 5424 6.2.1).
const (
	logAudit      = 13
	notice        = 5
	informational = 6
)

// syslogLine is an event as RFC 5424 says, without a frame.
func (e *event) syslogLine() []byte {
	severity := informational
	if e.refused {
		severity = notice
	}
	out := fmt.Appendf(nil, "<%d>1 %s - assay - %s - ", 8*logAudit+severity, e.at.UTC().Format("2006-01-02T15:04:05.000Z07:00"), messageID(e.action))
	return append(out, e.json...)
}

// messageID is at most 32 printable characters (RFC 5424 6).
func messageID(action string) string {
	out := make([]byte, 0, 32)
	for i := 0; i < len(action) && len(out) < 32; i++ {
		if c := action[i]; c > ' ' && c <= '~' {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return "-"
	}
	return string(out)
}

// syslog sends the parcel over one connection, which it closes in order: syslog knows
// no answer, so that a destination that hangs up first has not taken it.
func (s Service) syslog(ctx context.Context, p *parcel, conf *tls.Config) error {
	scheme, _, address := where(p.d.Address)
	raw, err := outbound.Dialer(s.AllowLocal).DialContext(ctx, "tcp", address)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = raw.Close() }()
	if until, ok := ctx.Deadline(); ok {
		if err := raw.SetDeadline(until); err != nil {
			return err
		}
	}
	conn := raw
	if scheme == "tls" {
		secured := tls.Client(raw, conf)
		if err := secured.HandshakeContext(ctx); err != nil {
			return reason(err)
		}
		conn = secured
	}
	w := bufio.NewWriter(conn)
	for i := range p.events {
		line := p.events[i].syslogLine()
		_, _ = w.WriteString(strconv.Itoa(len(line)) + " ")
		_, _ = w.Write(line)
	}
	if err := w.Flush(); err != nil {
		return reason(err)
	}
	return farewell(conn)
}

// farewell ends a connection from this side and waits for the other's end, so that a
// reset is seen. A server that leaves its side open has taken what it was sent.
func farewell(conn net.Conn) error {
	closer, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return conn.Close()
	}
	if err := closer.CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil { //nolint:forbidigo // of the socket
		return err
	}
	_, err := io.Copy(io.Discard, io.LimitReader(conn, 4096))
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return nil
	}
	return err
}

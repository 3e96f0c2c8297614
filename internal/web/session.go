package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"assay/internal/auth"
)

// Cookie is the session cookie's name; behind TLS its prefix makes browsers
// refuse it without TLS or for another path.
func Cookie(secure bool) string {
	if secure {
		return "__Host-assay"
	}
	return "assay"
}

func (s *Server) cookie() string { return Cookie(s.Secure) }

func (s *Server) remember(r *request, o auth.Opened) {
	http.SetCookie(r.w, &http.Cookie{
		Name: s.cookie(), Value: o.Token, Path: "/", Expires: o.EndsAt, HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode,
	})
}

func (s *Server) forget(r *request) {
	http.SetCookie(r.w, &http.Cookie{
		Name: s.cookie(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// from is where the request comes from. No header is believed: behind a proxy
// the address is the proxy's.
func (s *Server) from(r *request) auth.From {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return auth.From{Address: host, Agent: clip(r.UserAgent(), 200)}
}

func clip(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// localPath is next if it is a path on this server, else "/": a sign-in link
// must not send people elsewhere.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.Contains(next, "\\") {
		return "/"
	}
	return next
}

// safeName is a file name without anything that a header or a folder could
// misread.
func safeName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < 0x20 || strings.ContainsRune(`"\/:*?<>|;`, c) || c > 0x7e {
			return '_'
		}
		return c
	}, name)
	return clip(name, 150)
}

// Dates and times as pages say them, in the organization's zone.

func (r *request) day(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(r.loc).Format("2 Jan 2006")
}

func (r *request) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(r.loc)
	if t.Year() != r.now.In(r.loc).Year() {
		return t.Format("2 Jan 2006 15:04")
	}
	return t.Format("2 Jan 15:04")
}

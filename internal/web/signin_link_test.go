package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/kit/mail"
)

// noPost is a mail server that nobody reaches in a test.
type noPost struct{}

func (noPost) Send(context.Context, mail.Message) error { return nil }
func (noPost) String() string                           { return "nowhere" }
func (noPost) From() string                             { return "assay@example.com" }

// A link by mail is asked for, asks once more, and opens one's own policies and training.
func TestSignInByMail(t *testing.T) {
	h := newSite(t)
	owner, nobody := h.as(access.RoleOwner), h.nobody()
	nobody.get("/signin").says(200, "!Mail me a link")
	nobody.get("/signin/link").says(http.StatusNotFound, "No mail is sent from here")
	nobody.post("/signin/link", "email", "x@example.com").says(http.StatusNotFound)
	h.suite.Notices.Post = noPost{}
	nobody.get("/signin").says(200, "Mail me a link")
	nobody.get("/signin/link").says(200, "A link by mail")
	nobody.post("/signin/link", "email", "<b>").says(422, "&lt;b&gt;")
	same := nobody.post("/signin/link", "email", "nobody@example.com").says(200, "Look into your mail", "If somebody here has that address")
	if got := nobody.post("/signin/link", "email", "owner@"+h.org.Slug+".example").says(200); got.body != same.body {
		t.Error("the answer tells who is known here")
	}
	nobody.get("/signin/link/x").says(http.StatusNotFound, "This link opens nothing any more")
	l, err := h.suite.Auth.NewMailLink(t.Context(), h.org.ID, owner.id)
	if err != nil {
		t.Fatal(err)
	}
	at := "/signin/link/" + l.Secret
	nobody.get(at).says(200, "owner@"+h.org.Slug+".example", "Sign in")
	nobody.get(at).says(200) // looking uses nothing up
	in := nobody.post(at, "x", "")
	in.goes("/me")
	nobody.post(at, "x", "").says(http.StatusNotFound)
	site, err := url.Parse(h.url)
	h.must(err)
	for _, c := range (&http.Response{Header: in.header}).Cookies() {
		c.Expires = time.Time{} // by the test's clock it is over
		nobody.client.Jar.SetCookies(site, []*http.Cookie{c})
	}
	nobody.get("/me").says(200)
	nobody.get("/").goes("/me")
	for _, closed := range []string{"/settings/me", "/settings/me/signin", "/device", "/people", "/controls", "/evidence"} {
		nobody.get(closed).says(http.StatusForbidden, "You came in by a link from your mail")
	}
	for _, elsewhere := range []string{"/tasks", "/calendar", "/settings/trail"} {
		if got := nobody.get(elsewhere); got.status == 200 {
			t.Errorf("a link from a mail opens %s", elsewhere)
		}
	}
	nobody.post("/signout", "x", "").goes("/signin")
	nobody.get("/me").goes("/signin?next=%2Fme")
}

package web_test

import (
	"net/http"
	"testing"

	"assay/internal/kit/mail"
	"assay/internal/kit/mail/mailtest"
	"assay/internal/kit/secret"
)

func TestMailWithoutAServer(t *testing.T) {
	h := newHouse(t)
	h.get(viewer, "/settings/mail").is(http.StatusOK, "No mail server is set up", "Nothing was written yet", `action="/settings/mail/hour"`).lacks("/settings/mail/try")
	h.post(viewer, "/settings/mail/hour", "hour", "26").is(http.StatusUnprocessableEntity, "Choose an hour from 0 to 23")
	h.post(viewer, "/settings/mail/hour", "hour", "x").is(http.StatusUnprocessableEntity, "Choose an hour from 0 to 23")
	h.post(viewer, "/settings/mail/hour", "hour", "17").leads("/settings/mail")
	h.get(viewer, "/settings/mail").is(http.StatusOK, `value="17" selected`)
	h.get(lead, "/settings/mail").is(http.StatusOK, `value="8" selected`)
	h.post(viewer, "/settings/mail/try").leads("/settings/mail")
	h.get(viewer, "/settings/mail").is(http.StatusOK, "Nothing was written yet")
}

func TestMailIsTried(t *testing.T) {
	h := newHouse(t)
	post := &mailtest.Post{}
	s, err := mail.New("smtp://"+post.Serve(t, nil, false)+"?tls=off", "Assay <assay@example.com>", secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	h.suite.Notices.Post, h.suite.Notices.Origin = s, "https://assay.example.com"
	h.post(viewer, "/settings/mail/try").leads("/settings/mail")
	h.get(viewer, "/settings/mail").is(http.StatusOK, "mail arrives", "sent", "You asked for this message")
	h.get(lead, "/settings/mail").is(http.StatusOK, "mail arrives") // leads see all
	h.get(owner, "/settings/mail").is(http.StatusOK).lacks("mail arrives")
	h.get(heron, "/settings/mail").is(http.StatusOK).lacks("mail arrives")
	h.get(lead, "/settings/mail?format=csv").is(http.StatusOK, "mail arrives", "trial")
	if n := len(post.Taken()); n != 1 {
		t.Errorf("%d messages", n)
	}
	post.Say(550)
	h.post(viewer, "/settings/mail/try").leads("/settings/mail")
	h.get(viewer, "/settings/mail").is(http.StatusOK, "given up", "550")
}

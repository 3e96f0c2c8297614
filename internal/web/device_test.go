package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"assay/internal/auth"
	"assay/internal/device"
)

func TestACommandLineIsLetInThroughThePages(t *testing.T) {
	h := newHouse(t)
	ask := func(host string) device.Begun {
		b, err := h.suite.Devices.Begin(t.Context(), device.New{Host: host, Days: 7}, auth.From{Address: "198.51.100.9"})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := ask("lathe <b>")
	h.get("", "/device?code="+b.User).leads("/signin?next=" + url.QueryEscape("/device?code="+b.User))
	h.get(viewer, "/device").is(http.StatusOK, "Let a command line in", "BCDF-GHJK")
	h.post(viewer, "/device", "code", " ").is(http.StatusUnprocessableEntity, "eight letters")
	h.post(viewer, "/device", "code", b.User).leads("/device?code=" + b.User)
	h.get(viewer, "/device?code=BBBB-BBBB").is(http.StatusUnprocessableEntity, "No program asks with this code")
	h.get(viewer, "/device?code="+b.User).is(http.StatusOK, "lathe &lt;b&gt;", "198.51.100.9", "7 days", b.User, "Refuse").lacks("lathe <b>")
	h.post("", "/device/approve", "code", b.User).leads("/signin")
	h.post(viewer, "/device/approve", "code", b.User).leads("/settings/me")
	h.get(viewer, "/settings/me").is(http.StatusOK, "assay on lathe")
	a, err := h.suite.Devices.Poll(t.Context(), b.Device)
	if err != nil || a.State != device.Approved {
		t.Fatalf("%+v %v", a, err)
	}
	h.post(viewer, "/device/approve", "code", b.User).leads("/device") // answered

	no := ask("other")
	h.post(viewer, "/device/refuse?code="+no.User).leads("/settings/me")
	if a, err := h.suite.Devices.Poll(t.Context(), no.Device); err != nil || a.State != device.Denied {
		t.Errorf("%+v %v", a, err)
	}

	// A person whose session is stale shows first that it is them.
	stale := ask("third")
	h.hand.Add(9 * time.Minute)
	fresh := ask("fourth")
	h.hand.Add(7 * time.Minute)
	h.post(viewer, "/device/approve", "code", fresh.User).is(http.StatusForbidden, "password")
	if a, err := h.suite.Devices.Poll(t.Context(), fresh.Device); err != nil || a.State != device.Pending {
		t.Errorf("%+v %v", a, err)
	}
	h.get(viewer, "/device?code="+stale.User).is(http.StatusUnprocessableEntity)
}

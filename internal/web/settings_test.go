package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/auth"
)

func TestSettingsOrganization(t *testing.T) {
	h := newHouse(t)
	h.guarded("/settings", "name", "Other", "zone", "Etc/UTC")
	h.get(viewer, "/settings").is(http.StatusOK, "Larkspur", "Europe/Stockholm").lacks(`action="/settings"`, "/settings/users")
	h.get(lead, "/settings").is(http.StatusOK, `action="/settings"`, "/settings/users")
	h.post(lead, "/settings", "name", "Larkspur <AB>", "zone", "Mars/Base").is(http.StatusUnprocessableEntity, "Larkspur &lt;AB&gt;", "Mars/Base")
	h.post(lead, "/settings", "name", "Larkspur AB", "zone", "Europe/Stockholm", "service", "Orders").leads("/settings")
	h.post(lead, "/settings", "name", "Larkspur AB", "zone", "Asia/Tokyo", "service", "Orders").leads("/settings")
	h.get(lead, "/settings").is(http.StatusOK, `value="Asia/Tokyo"`, "in Europe/Stockholm now, and in Asia/Tokyo from 2027-01-01 on")
	h.get(lead, "/settings/program").is(http.StatusOK, "Europe/Stockholm").lacks("Asia/Tokyo")
	h.post(lead, "/settings", "name", "Larkspur AB", "zone", "Europe/Stockholm", "service", "Orders").leads("/settings")
	h.get(lead, "/settings").is(http.StatusOK).lacks("Asia/Tokyo")
	h.get(lead, "/settings").is(http.StatusOK, "Larkspur AB")
	h.get(heron, "/settings").is(http.StatusOK, "Heron").lacks("Larkspur")
}

func TestRolesAreTheTable(t *testing.T) {
	h := newHouse(t)
	body := h.get(viewer, "/settings/roles").is(http.StatusOK, "What each role may do", "You are viewer here").Body.String()
	for _, p := range access.Permissions() {
		if !strings.Contains(body, string(p)) {
			t.Errorf("%s is not shown", p)
		}
		if strings.Contains(body, `<td class="pin"> <span class="sub mono">`+string(p)) {
			t.Errorf("%s has no words in internal/web/settings.go", p)
		}
	}
}

func TestPrograms(t *testing.T) {
	h := newHouse(t)
	h.guarded("/settings/program/new", "name", "X")
	h.guarded("/settings/program/larkspur-fy26", "name", "X")
	h.guarded("/settings/program/larkspur-fy26/close", "confirm", "Larkspur FY26")
	h.guarded("/settings/program/larkspur-fy26/current")
	h.get(viewer, "/settings/program").is(http.StatusOK, "Larkspur FY26", "Current").lacks("/settings/program/new", "Heron")
	h.get(viewer, "/settings/program/new").is(http.StatusForbidden)
	h.get(lead, "/settings/program/heron-fy26").is(http.StatusNotFound)

	h.post(lead, "/settings/program/new", "name", "FY27", "type", "type2", "from", "2027-01-01", "to", "2026-01-01", "category", "security").
		is(http.StatusUnprocessableEntity, `value="FY27"`, "2027-01-01", "The last day must not lie before the first")
	h.post(lead, "/settings/program/new", "name", "FY27", "type", "type2", "from", "2027-01-01", "to", "2027-12-31").is(http.StatusUnprocessableEntity, "at least one category")
	h.post(lead, "/settings/program/new", "name", "FY27", "type", "type2", "from", "2027-01-01", "to", "2027-12-31", "category", "security").leads("/settings/program")
	h.get(viewer, "/settings/program").is(http.StatusOK, "FY27", "1 Jan 2027 – 31 Dec 2027")
	h.get(viewer, "/criteria?p=fy27").is(http.StatusOK, "CC6.1").lacks("A1.1")
	h.post(lead, "/settings/program/fy27/current").leads("/settings/program")
	h.post(lead, "/settings/program/fy27", "name", "FY27b", "type", "type2", "from", "2027-01-01", "to", "2027-11-30", "category", "security").leads("/settings/program")
	h.get(lead, "/settings/program/fy27").is(http.StatusOK, "FY27b", "2027-11-30")

	h.post(lead, "/settings/program/fy27/close", "confirm", "wrong").is(http.StatusUnprocessableEntity, "This is not its name")
	h.post(lead, "/settings/program/fy27/close", "confirm", "FY27b").leads("/settings/program")
	h.get(lead, "/settings/program/fy27").is(http.StatusOK, "This program is closed").lacks("Closing fixes")
	h.post(lead, "/settings/program/fy27", "name", "FY27b", "type", "type2", "from", "2027-02-01", "to", "2027-11-30", "category", "security").is(http.StatusConflict, "is closed")
}

func TestUsersAndInvitations(t *testing.T) {
	h := newHouse(t)
	h.guarded("/settings/users/invite", "name", "Ada", "email", "ada@larkspur.example", "role", "owner")
	h.guarded("/settings/users/"+h.users[owner]+"/role", "role", "lead")
	h.guarded("/settings/users/"+h.users[owner]+"/remove", "confirm", owner)
	h.guarded("/settings/users/" + h.users[owner] + "/signout")
	h.get(viewer, "/settings/users").is(http.StatusForbidden)
	h.get(lead, "/settings/users").is(http.StatusOK, owner, "Invite somebody").lacks(heron, "invite-link")

	h.get(lead, "/settings/users?format=csv").is(http.StatusOK, "id,name,email,role,second_factor,until,joined_at,last_at", owner).lacks(heron)
	h.get(viewer, "/settings/users?format=csv").is(http.StatusForbidden)
	h.post(lead, "/settings/users/invite", "name", "Ada", "email", "nonsense", "role", "owner").is(http.StatusUnprocessableEntity, `value="nonsense"`, `value="Ada"`)
	to := h.post(lead, "/settings/users/invite", "name", "Ada", "email", "ada@larkspur.example", "role", "owner").is(http.StatusSeeOther).Header().Get("Location")
	h.get(viewer, to).is(http.StatusForbidden)
	h.get(second, to).is(http.StatusOK).lacks("invite-link") // somebody else's
	made := h.get(lead, to).is(http.StatusOK, "invite-link", "shown only now", "ada@larkspur.example")
	h.get(lead, to).is(http.StatusOK, "ada@larkspur.example").lacks("invite-link") // loaded again
	_, secret, _ := strings.Cut(made.Body.String(), "/invite/")
	secret, _, _ = strings.Cut(secret, "<")
	h.get("", "/invite/"+secret).is(http.StatusOK, "Join Larkspur")
	list := h.get(lead, "/settings/users").is(http.StatusOK, "ada@larkspur.example").lacks("invite-link", secret).Body.String()
	_, id, _ := strings.Cut(list, "/settings/users/invite/")
	id, _, _ = strings.Cut(id, "/")
	h.guarded("/settings/users/invite/" + id + "/revoke")
	h.post(heron, "/settings/users/invite/"+id+"/revoke").is(http.StatusNotFound)
	h.post(lead, "/settings/users/invite/"+id+"/revoke").leads("/settings/users")
	h.get("", "/invite/"+secret).is(http.StatusNotFound)

	h.get(heron, "/settings/users/"+h.users[owner]).is(http.StatusNotFound)
	h.post(heron, "/settings/users/"+h.users[owner]+"/role", "role", "viewer").is(http.StatusNotFound)
	h.post(lead, "/settings/users/"+h.users[owner]+"/role", "role", "emperor").is(http.StatusUnprocessableEntity)
	h.post(lead, "/settings/users/"+h.users[lead]+"/role", "role", "viewer").is(http.StatusForbidden)
	h.post(lead, "/settings/users/"+h.users[owner]+"/role", "role", "viewer").leads("/settings/users")
	h.get(lead, "/settings/users/"+h.users[owner]).is(http.StatusOK, ", viewer since")
	h.post(lead, "/settings/users/"+h.users[owner]+"/role?role=owner").leads("/settings/users") // the undo

	h.session(owner)
	h.post(lead, "/settings/users/"+h.users[owner]+"/remove", "confirm", "somebody else").is(http.StatusUnprocessableEntity, "This is not the address")
	h.post(lead, "/settings/users/"+h.users[owner]+"/remove", "confirm", owner).leads("/settings/users")
	h.get(owner, "/settings").leads("/signin?next=%2Fsettings")
}

func TestOwnAccount(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/settings/me/name", "/settings/me/password", "/settings/me/look", "/settings/me/token", "/settings/me/sessions/revoke"} {
		h.post("", path).leads("/signin")
	}
	h.get(viewer, "/settings/me").is(http.StatusOK, "Where you are signed in", "This session", viewer, "New API token").lacks(`value="lead"`)
	h.post(viewer, "/settings/me/name", "name", "").is(http.StatusUnprocessableEntity)
	h.post(viewer, "/settings/me/name", "name", "Vera").leads("/settings/me")
	h.get(viewer, "/settings/me").is(http.StatusOK, "Vera")
	h.post(viewer, "/settings/me/look", "theme", "pink").is(http.StatusUnprocessableEntity)
	h.post(viewer, "/settings/me/look", "theme", "dark", "density", "compact", "keys", "off").leads("/settings/me")
	h.get(viewer, "/settings/me").is(http.StatusOK, `data-theme="dark"`, `data-density="compact"`, `data-keys="off"`)

	h.post(viewer, "/settings/me/token", "for", "robot", "role", "lead", "expires", "2026-09-01").is(http.StatusForbidden)
	h.post(viewer, "/settings/me/token", "for", "robot", "role", "viewer", "expires", "2036-09-01").is(http.StatusUnprocessableEntity, `value="robot"`)
	to := h.post(viewer, "/settings/me/token", "for", "robot", "role", "viewer", "expires", "2026-09-01").is(http.StatusSeeOther).Header().Get("Location")
	made := h.get(viewer, to).is(http.StatusOK, "token-secret", auth.TokenPrefix)
	_, secret, _ := strings.Cut(made.Body.String(), ">"+auth.TokenPrefix)
	secret, _, _ = strings.Cut(auth.TokenPrefix+secret, "<")
	if _, err := h.suite.Auth.ActorByToken(t.Context(), secret, auth.From{}); err != nil {
		t.Fatalf("the shown token %q does not work: %v", secret, err)
	}
	again := h.get(viewer, "/settings/me").is(http.StatusOK, "robot", "Active").lacks(secret).Body.String()
	_, id, _ := strings.Cut(again, "/settings/me/token/")
	id, _, _ = strings.Cut(id, "/")
	h.post(owner, "/settings/me/token/"+id+"/revoke").is(http.StatusNotFound)
	h.post(viewer, "/settings/me/token/"+id+"/revoke").leads("/settings/me")
	if _, err := h.suite.Auth.ActorByToken(t.Context(), secret, auth.From{}); err == nil {
		t.Error("a revoked token works")
	}

	first := h.session(viewer)
	if _, err := h.suite.Auth.SignIn(t.Context(), auth.Attempt{Email: viewer, Password: password, From: auth.From{Address: "192.0.2.7", Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}}); err != nil {
		t.Fatal(err)
	}
	h.get(viewer, "/settings/me").is(http.StatusOK, "Firefox on Linux", "Sign out everywhere else")
	h.get(viewer, "/controls").is(http.StatusOK, "New sign-in: Firefox on Linux")
	h.post(viewer, "/settings/me/sessions/revoke").leads("/settings/me")
	h.get(viewer, "/settings/me").is(http.StatusOK, "New sign-in: Firefox on Linux", "It was me").lacks("Sign out everywhere else")
	h.post(viewer, "/settings/me/devices").leads("/settings/me")
	h.get(viewer, "/settings/me").is(http.StatusOK).lacks("Firefox on Linux")

	h.post(viewer, "/settings/me/password", "old", "wrong", "password", "nine quiet otters swim").is(http.StatusUnprocessableEntity, "This is not your present password")
	r := h.post(viewer, "/settings/me/password", "old", password, "password", "nine quiet otters swim").leads("/settings/me")
	if c := r.Result().Cookies(); len(c) == 0 || c[0].Value == first || c[0].Value == "" {
		t.Error("no new session after the change")
	}
	h.get(viewer, "/settings/me").leads("/signin?next=%2Fsettings%2Fme")
}

// TestRolesOfOnesOwn walks through a role from its author to its approver and to
// whoever has it.
func TestRolesOfOnesOwn(t *testing.T) {
	h := newHouse(t)
	h.get(viewer, "/settings/roles/new").is(http.StatusForbidden)
	h.get(owner, "/settings/users/"+h.users[viewer]+"/permissions").is(http.StatusForbidden)
	h.get(lead, "/settings/roles").is(http.StatusOK, "New role", "None. A role of your own")
	h.get(lead, "/settings/roles/new").is(http.StatusOK, `value="vendor.read"`, "Send for approval").lacks(`value="engagement.issue"`, "checked")
	h.post(lead, "/settings/roles", "name", "lead", "words", "x").is(http.StatusUnprocessableEntity, "means something already")
	h.post(lead, "/settings/roles", "name", "desk", "words", "Keeps vendors", "permissions", "scim.provision").is(http.StatusUnprocessableEntity, "nobody hands out")
	h.post(lead, "/settings/roles", "name", "desk", "words", "Keeps vendors", "permissions", "vendor.read", "permissions", "vendor.edit").leads("/settings/roles")
	h.get(viewer, "/settings/roles").is(http.StatusOK, "desk", "Waits for approval").lacks("New role")
	h.get(lead, "/settings/roles/desk").is(http.StatusOK, "It waits for approval", "Another lead approves it", "vendor.edit", "checked")
	h.get(heron, "/settings/roles/desk").is(http.StatusNotFound)
	next := "org.read+self.edit+vendor.edit+vendor.read"
	h.post(lead, "/settings/roles/desk/approve?next="+next).is(http.StatusForbidden)
	h.post(heron, "/settings/roles/desk/approve?next="+next).is(http.StatusNotFound)
	h.post(lead, "/settings/users/"+h.users[viewer]+"/role", "role", "desk").is(http.StatusUnprocessableEntity, "approved")
	h.get(second, "/settings/roles/desk").is(http.StatusOK, "Approve", next)
	h.post(second, "/settings/roles/desk/approve?next="+next).leads("/settings/roles")
	h.get(lead, "/settings/roles").is(http.StatusOK, "In force", "Keeps vendors")
	h.post(lead, "/settings/users/"+h.users[viewer]+"/role", "role", "desk").leads("/settings/users")
	h.get(viewer, "/vendors").is(http.StatusOK)
	h.get(viewer, "/controls").is(http.StatusForbidden)
	h.get(viewer, "/risks").is(http.StatusForbidden)
	h.get(viewer, "/").is(http.StatusForbidden)
	h.get(viewer, "/settings/me").is(http.StatusOK, "desk")
	h.get(lead, "/log?q=access.refuse").is(http.StatusOK, "/risks")
	h.get(lead, "/settings/users/"+h.users[viewer]+"/permissions").is(http.StatusOK, "What Larkspur Viewer may do", "Larkspur Lead", "role desk", "not in the role desk")
	h.post(lead, "/settings/roles/desk/remove").is(http.StatusConflict, "Somebody has this role")
}

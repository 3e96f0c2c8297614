package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/export"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/task"
)

// activity gives the owner a control that is performed each quarter.
func (h *house) activity() {
	h.t.Helper()
	who := access.Console(h.org.ID)
	if _, err := h.suite.Controls.Save(h.t.Context(), who, control.Version{
		Control: "LK-01", EffectiveOn: standing.NewDate(2026, 1, 1), Title: "Backups are restored", Statement: "A backup is restored each quarter and the result is written down.",
		Criteria: []string{"A1.3"}, Owner: h.users[owner], OwnerName: "Larkspur Owner", Frequency: "quarterly", Nature: "manual", Kind: "detective", Reason: "own control",
		Lanes: []control.Lane{{ID: "activity/restore", Kind: standing.ByActivity, Title: "Restore a backup", Schedule: standing.Schedule{Frequency: standing.Quarterly, Anchor: standing.NewDate(2026, 3, 31)}}},
	}); err != nil {
		h.t.Fatal(err)
	}
	if err := h.suite.Controls.Rebuild(h.t.Context(), who); err != nil {
		h.t.Fatal(err)
	}
}

func TestTasks(t *testing.T) {
	h := newHouse(t)
	h.get("", "/tasks").leads("/signin?next=%2Ftasks")
	h.get(viewer, "/tasks").is(http.StatusOK, "Nothing waits for you")
	h.activity()
	h.get(owner, "/tasks").is(http.StatusOK, "Restore a backup", "LK-01", "/controls/LK-01/perform", "Overdue")
	h.get(lead, "/tasks").is(http.StatusOK, "Restore a backup")
	h.get(viewer, "/tasks").is(http.StatusOK).lacks("Restore a backup")
	h.get(heron, "/tasks").is(http.StatusOK).lacks("Restore a backup")
	h.get(owner, "/tasks?type=approval").is(http.StatusOK, "No task matches")
	h.get(owner, "/tasks?overdue=1&format=json").is(http.StatusOK, `"late": true`).lacks(`"late": false`)

	sc, err := h.suite.Programs.Get(t.Context(), h.actor(lead), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.suite.Programs.Omit(t.Context(), h.actor(lead), program.Omission{Program: sc.ID, Criterion: criteria.ID("CC6.4"), Reason: "There is no office anywhere."}); err != nil {
		t.Fatal(err)
	}
	h.get(second, "/tasks?type=approval").is(http.StatusOK, "Decide whether CC6.4 is left out", "There is no office anywhere.")
	h.get(lead, "/tasks?type=approval").is(http.StatusOK).lacks("CC6.4")
	h.get(owner, "/tasks").is(http.StatusOK).lacks("CC6.4")

	if err := h.suite.Tasks.Ask(t.Context(), h.actor(lead), task.Task{Title: "Send the org chart", Why: "The auditor asked.", Assignee: h.users[owner], DueOn: standing.NewDate(2026, 6, 20)}); err != nil {
		t.Fatal(err)
	}
	body := h.get(owner, "/tasks").is(http.StatusOK, "Send the org chart").Body.String()
	_, id, _ := strings.Cut(body, `action="/tasks/`)
	id, _, _ = strings.Cut(id, "/")
	h.post("", "/tasks/"+id+"/finish").leads("/signin")
	h.post(heron, "/tasks/"+id+"/finish").is(http.StatusNotFound)
	h.post(owner, "/tasks/"+id+"/finish").leads("/tasks")
	h.get(owner, "/tasks").is(http.StatusOK).lacks("Send the org chart")
}

func TestSnoozing(t *testing.T) {
	h := newHouse(t)
	h.activity()
	who := access.Console(h.org.ID)
	if err := h.suite.Tasks.Ask(t.Context(), who, task.Task{Title: "Send the org chart", Assignee: h.users[owner], DueOn: standing.NewDate(2026, 6, 20)}); err != nil {
		t.Fatal(err)
	}
	l, err := h.suite.Duties.Mine(t.Context(), h.actor(owner))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for i := range l.Waiting {
		ids[l.Waiting[i].DueOn.String()] = l.Waiting[i].ID
	}
	late, open, asked := ids["2026-03-31"], ids["2026-06-30"], ids["2026-06-20"]
	// The navigation counts what waits, and the page links where it can be hidden.
	h.get(owner, "/settings").is(http.StatusOK, `<span class="count hot"><span class="sr">, </span>3<span`)
	h.get(owner, "/tasks").is(http.StatusOK, "/tasks/"+open+"/snooze", "/tasks/"+asked+"/snooze").lacks("/tasks/" + late + "/snooze")
	h.get(viewer, "/tasks/"+open+"/snooze").is(http.StatusForbidden)
	h.get(heron, "/tasks/"+open+"/snooze").is(http.StatusNotFound)
	h.guarded("/tasks/"+open+"/snooze", "until", "2026-06-25")
	form := "/tasks/" + open + "/snooze"
	h.get(owner, form).is(http.StatusOK, "Restore a backup", `max="2026-06-30"`, `min="2026-06-16"`)
	h.post(owner, form, "until", "soon").is(http.StatusUnprocessableEntity)
	h.post(owner, form, "until", "2026-07-01").is(http.StatusUnprocessableEntity, "It falls due on 2026-06-30; choose a day no later.")
	h.post(owner, "/tasks/"+late+"/snooze", "until", "2026-06-25").is(http.StatusUnprocessableEntity, "It falls due on 2026-03-31")
	h.post(owner, form, "until", "2026-06-17").leads("/tasks")
	h.post(owner, "/tasks/"+asked+"/snooze", "until", "2026-06-17").leads("/tasks")
	h.get(owner, "/tasks").is(http.StatusOK, "2 snoozed.", `<span class="count hot"><span class="sr">, </span>1<span`).lacks("Send the org chart")
	h.get(owner, "/tasks?snoozed=1").is(http.StatusOK, "Send the org chart", "Restore a backup", "snoozed until 2026-06-17")
	h.get(lead, "/tasks").is(http.StatusOK, "/tasks/"+open+"/snooze")
	h.hand.Add(2 * 24 * time.Hour)
	delete(h.tokens, owner) // the session has ended
	h.get(owner, "/tasks").is(http.StatusOK, "Send the org chart", "Restore a backup")
}

func TestSearch(t *testing.T) {
	h := newHouse(t)
	h.get("", "/search?q=IAM-01").leads("/signin?next=%2Fsearch%3Fq%3DIAM-01")
	h.get(viewer, "/search").is(http.StatusOK, "What are you looking for?")
	h.get(viewer, "/search?q=iam-01").leads("/controls/IAM-01")
	h.get(viewer, "/search?q=cc6.1").leads("/criteria/CC6.1")
	h.get(viewer, "/search?q=CC6").is(http.StatusOK, "Criteria", "CC6.1", "CC6.8").lacks("CC7.1")
	h.get(viewer, "/search?q=zebra+crossing").is(http.StatusOK, "Nothing matches", "zebra crossing")
	h.get(viewer, "/search?q=%3Cscript%3E").is(http.StatusOK).lacks("<script>")
	h.get(heron, "/search?q=IAM-01").is(http.StatusOK).lacks("/controls/IAM-01")
	h.get(viewer, "/controls/no-such-control").is(http.StatusNotFound, "/search?q=no-such-control")
}

func TestSwitchOrganization(t *testing.T) {
	h := newHouse(t)
	if _, err := h.suite.Auth.Enroll(t.Context(), access.Console(h.other.ID), auth.New{Email: viewer, Name: "Larkspur Viewer", Role: access.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	h.get(owner, "/").is(http.StatusOK).lacks(`href="/orgs"`)
	h.get(viewer, "/orgs").is(http.StatusOK, "Larkspur", "Heron", `href="/orgs"`)
	h.post("", "/orgs", "org", h.other.ID).leads("/signin")
	h.post(owner, "/orgs", "org", h.other.ID).is(http.StatusNotFound)
	h.post(viewer, "/orgs", "org", h.other.ID).leads("/")
	h.get(viewer, "/settings").is(http.StatusOK, "Heron")
}

// pack posts a package to the public page, as nobody.
func (h *house) pack(content []byte, key string) reply {
	h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("key", key); err != nil {
		h.t.Fatal(err)
	}
	if content != nil {
		f, err := w.CreateFormFile("file", "package.zip")
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return h.send("", r)
}

func TestVerifyAPackage(t *testing.T) {
	h := newHouse(t)
	h.get("", "/verify").is(http.StatusOK, "Does an evidence package hold?", "assay-verify").lacks("Larkspur")
	var made bytes.Buffer
	if _, err := h.suite.Exports.Package(t.Context(), h.actor(lead), export.PackageIn{Name: "All of it"}, &made); err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(h.get(lead, "/log/checkpoint?part=key").Body.String())
	h.pack(made.Bytes(), "").is(http.StatusOK, "consistent with itself", "Larkspur")
	h.pack(made.Bytes(), key).is(http.StatusOK, "This package holds", "All of it", "Not proven")
	other := strings.TrimSpace(h.get(heron, "/log/checkpoint?part=key").Body.String())
	h.pack(made.Bytes(), other).is(http.StatusOK, "does not hold").lacks("This package holds")
	h.pack(made.Bytes(), "nonsense key").is(http.StatusUnprocessableEntity, "nonsense key", "not a log’s key")
	h.pack([]byte("not a package"), "").is(http.StatusOK, "does not hold").lacks("What was recorded")
	h.pack(nil, "").is(http.StatusUnprocessableEntity, "Choose a file.")
	broken := bytes.Clone(made.Bytes())
	broken[len(broken)/2] ^= 1
	if body := h.pack(broken, key).Body.String(); strings.Contains(body, "This package holds") {
		t.Error("an altered package holds")
	}
}

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/trail"
)

func TestLog(t *testing.T) {
	h := newHouse(t)
	h.get(lead, "/log").is(http.StatusOK, "Audit log", "control.adopt", "Verify now", "/log/checkpoint", "Export").lacks("Heron")
	h.get(lead, "/log?noun=program").is(http.StatusOK, "program.edit", "Larkspur FY26").lacks("control.adopt", "Heron FY26")
	h.get(lead, "/log?q=nothing-like-it").is(http.StatusOK, "No entry matches", "Clear filters")
	h.get(viewer, "/log").is(http.StatusOK, "in the log", "for leads and auditors").lacks("control.adopt")
	h.get("", "/log").leads("/signin?next=%2Flog")
	h.get(lead, "/log?format=csv").is(http.StatusOK, "leaf,at,actor,name", "control.adopt")
	h.get(lead, "/log?format=json&noun=program").is(http.StatusOK, `"action": "program.edit"`).lacks("control.adopt")
	h.get(viewer, "/log?format=csv").is(http.StatusOK).lacks("control.adopt")
	h.get(lead, "/log?format=pdf").is(http.StatusUnprocessableEntity)
}

func TestLogPages(t *testing.T) {
	h := newHouse(t)
	who := h.actor(lead)
	for range 40 {
		h.hand.Set(h.hand.Now().Add(time.Minute))
		if err := h.suite.Auth.Rename(t.Context(), who, "Larkspur Lead"); err != nil {
			t.Fatal(err)
		}
	}
	first := h.get(lead, "/log?noun=user").is(http.StatusOK, "Next")
	_, next, ok := strings.Cut(first.Body.String(), "/log?after=")
	if !ok {
		t.Fatal("no way to the next page", excerpt(first.Body.String()))
	}
	next, _, _ = strings.Cut(next, `"`)
	second := h.get(lead, "/log?after="+strings.ReplaceAll(next, "&amp;", "&")).is(http.StatusOK)
	if a, b := strings.Count(first.Body.String(), "<td class=\"b wide\""), strings.Count(second.Body.String(), "<td class=\"b wide\""); a != 25 || b < 15 {
		t.Errorf("pages of %d and %d entries", a, b)
	}
	_, back, ok := strings.Cut(second.Body.String(), "/log?before=")
	if !ok {
		t.Fatal("no way back", excerpt(second.Body.String()))
	}
	back, _, _ = strings.Cut(back, `"`)
	again := h.get(lead, "/log?before="+strings.ReplaceAll(back, "&amp;", "&")).is(http.StatusOK)
	rows := func(page string) string {
		_, list, _ := strings.Cut(page, "<tbody")
		list, _, _ = strings.Cut(list, "</tbody>")
		return list
	}
	if rows(again.Body.String()) != rows(first.Body.String()) {
		t.Error("the way back leads elsewhere")
	}
	again.lacks("/log?before=")
}

func TestLeaf(t *testing.T) {
	h := newHouse(t)
	entries, err := h.suite.Trail(t.Context(), h.actor(lead), trail.Filter{Noun: "program"})
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	h.get(lead, "/log/leaf/"+entries[0].ID).is(http.StatusOK, "trail.entry", "program.edit", "Included", "signed checkpoint", "Leaf hash").lacks("&#34;label&#34;", "&#34;name&#34;")
	h.get(viewer, "/log/leaf/0").is(http.StatusOK, "Included")
	h.get(heron, "/log/leaf/"+entries[0].ID).is(http.StatusNotFound)
	h.get(lead, "/log/leaf/999999").is(http.StatusNotFound)
	h.get(lead, "/log/leaf/nonsense").is(http.StatusNotFound)
}

func TestVerifyTheLog(t *testing.T) {
	h := newHouse(t)
	h.get(viewer, "/log/verify").is(http.StatusOK, "Not started", "Key to pin", "Not proven:").lacks("5 of 5", "unbroken")
	h.post(viewer, "/log/verify").is(http.StatusOK, "The log is unbroken", "5 of 5")
	h.post("", "/log/verify").leads("/signin")

	key := strings.TrimSpace(h.get(lead, "/log/checkpoint?part=key").is(http.StatusOK).Body.String())
	note := h.get(lead, "/log/checkpoint").is(http.StatusOK).Body.Bytes()
	cp, err := tlog.OpenCheckpoint(note, key)
	if err != nil || cp.Size == 0 {
		t.Fatalf("the downloaded checkpoint does not verify under the downloaded key: %v", err)
	}
	h.get(heron, "/log/checkpoint").is(http.StatusNotFound)

	g, err := h.actor(lead).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.suite.DB.Write(t.Context(), g, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE trail_entry SET name = 'Somebody' WHERE org_id = $1 AND action = 'program.edit'`, tx.Org())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h.post(viewer, "/log/verify").is(http.StatusOK, "Stored rows are not what the log says", "Differs", "trail_entry", "not what the entry commits to").lacks("unbroken")
}

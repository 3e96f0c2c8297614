package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/evidence"
	"assay/internal/program"
	"assay/internal/standing"
)

func (h *site) version(id string) control.Version {
	h.Helper()
	d, err := h.suite.Controls.Get(context.Background(), h.console(), id)
	h.must(err)
	return d.Versions[len(d.Versions)-1]
}

func TestAddingAndChangingAControl(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/controls/new?criterion=CC6.1").says(200, "Add a control", "CC6.1", "!Retire")
	fields := []string{
		"control", "OPS-01", "title", "Visitors", "statement", "Reception writes every visitor into the log.", "criteria", "CC6.4, CC6.1", "owner", lead.id,
		"frequency", "monthly", "nature", "manual", "kind", "preventive", "effective_on", "2026-01-01", "key", "1",
		"act_0_title", "Read the log", "act_0_frequency", "monthly", "act_0_due", "2026-01-31", "act_0_grace", "3", "up_0_title", "Visitor log", "up_0_frequency", "quarterly",
	}
	bad := append([]string(nil), fields...)
	bad[5] = "short"
	bad[25] = "soon"
	lead.post("/controls/new", bad...).says(422, "Write the day as YYYY-MM-DD", "Read the log", "Visitors", ">short<")
	bad[25] = "2026-01-31"
	lead.post("/controls/new", bad...).says(422, "in 20 to 4,000 characters")
	lead.post("/controls/new", fields...).goes("/controls/OPS-01")
	v := h.version("OPS-01")
	if v.OwnerName != "Kim lead" || !v.Key || len(v.Lanes) != 2 || v.Lanes[0].ID != "activity/read-the-log" || v.Lanes[0].Schedule.Grace != 3 || v.Lanes[1].ID != "upload/visitor-log" {
		t.Errorf("saved %+v", v)
	}
	lead.post("/controls/new", fields...).says(422, "There is a control of this id already")
	lead.get("/controls/OPS-01").says(200, "Visitors")

	lead.get("/controls/OPS-01/edit").says(200, "New version of OPS-01", "activity/read-the-log", "Reception writes", "/controls/OPS-01/retire")
	edit := []string{
		"title", "Visitors", "statement", "Reception writes every visitor into the book.", "criteria", "CC6.4", "frequency", "monthly", "nature", "manual", "kind", "preventive",
		"effective_on", "2026-06-20", "check", "any.account.mfa", "act_0_id", "activity/read-the-log", "act_0_title", "Read the book", "act_0_frequency", "monthly", "act_0_due", "2026-01-31", "act_0_grace", "3",
	}
	lead.post("/controls/OPS-01/edit", edit...).says(422, "Say why it changes", "visitor into the book")
	past := slices.Clone(edit)
	past[13] = "2026-06-01"
	lead.post("/controls/OPS-01/edit", append(past, "reason", "It was so")...).says(422, "The days before today are judged by the wording that held then.")
	lead.post("/controls/OPS-01/edit", append(edit, "reason", "The log is a book now")...).goes("/controls/OPS-01?tab=versions")
	v = h.version("OPS-01")
	if v.Number != 2 || v.EffectiveOn.String() != "2026-06-20" || len(v.Lanes) != 2 || v.Lanes[1].ID != "activity/read-the-log" {
		t.Errorf("saved %+v", v)
	}
	lead.post("/controls/OPS-01/edit", append(edit, "reason", "From a page that is old", "number", "1")...).says(http.StatusConflict, "has 2 versions by now")
	lead.get("/controls/OPS-01/retire").says(200, "Retire OPS-01")
	lead.post("/controls/OPS-01/retire", "effective_on", "2026-06-10", "reason", "no").says(422, "Say why")
	lead.post("/controls/OPS-01/retire", "effective_on", "2026-06-15", "reason", "The office is closed").says(422, "would bring the control back")
	lead.post("/controls/OPS-01/retire", "effective_on", "2026-06-20", "reason", "The office is closed").goes("/controls/OPS-01")
	lead.post("/controls/OPS-01/retire", "effective_on", "2026-06-15", "reason", "The office is closed").goes("/controls/OPS-01")
	lead.get("/controls/OPS-01").says(200, ">Retired<")

	viewer := h.as(access.RoleViewer)
	viewer.get("/controls/new").says(http.StatusForbidden)
	viewer.get("/controls/OPS-01/edit").says(http.StatusForbidden)
	h.in(h.newOrg("Rival"), access.RoleLead, "").get("/controls/OPS-01/edit").says(http.StatusNotFound)
	h.closed("/controls/new")
	h.closed("/controls/OPS-01/retire")
}

func TestTheLibrary(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/controls/adopt").says(200, "IAM-01", "CHG-01", "Profiles")
	lead.get("/controls/adopt?domain=IAM").says(200, "IAM-01", "!>CHG-01 ")
	lead.get("/controls/adopt?profile=none").says(422)
	lead.post("/controls/adopt?domain=IAM", "effective_on", "2026-01-01").says(422, "Choose one control at least.", "!>CHG-01 ")
	lead.post("/controls/adopt", "effective_on", "2026-01-01", "control", "IAM-01", "control", "IAM-02").goes("/controls")
	lead.get("/controls").says(200, "2 controls adopted", "IAM-01", "IAM-02")
	lead.get("/controls/adopt?domain=IAM").says(200, "Adopted already.")
	h.as(access.RoleViewer).get("/controls/adopt").says(http.StatusForbidden)
	h.closed("/controls/adopt")
}

func TestPerforming(t *testing.T) {
	h := newSite(t)
	_, err := h.suite.Programs.Add(t.Context(), h.console(), program.Program{
		Name: "FY26", Type: program.Type2, Categories: []criteria.CategoryID{"security"}, From: standing.NewDate(2026, 1, 1), To: standing.NewDate(2027, 1, 1),
	})
	h.must(err)
	_, err = h.suite.Controls.Save(t.Context(), h.console(), control.Version{
		Control: "OPS-01", EffectiveOn: standing.NewDate(2026, 1, 1), Title: "Visitors", Statement: "Reception reads the visitor log.", Criteria: []string{"CC6.4"}, Frequency: "monthly",
		Lanes: []control.Lane{{ID: "activity/read", Kind: standing.ByActivity, Title: "Read the log", Schedule: standing.Schedule{Frequency: standing.Monthly, Anchor: standing.NewDate(2026, 1, 31)}}},
	})
	h.must(err)
	piece, err := h.suite.Evidence.Attest(t.Context(), h.console(), evidence.Details{
		Title: "Log of May", Controls: []string{"OPS-01"}, From: standing.NewDate(2026, 5, 1), To: standing.NewDate(2026, 6, 1),
	}, "I have read the log of May, page by page.")
	h.must(err)
	owner := h.as(access.RoleOwner)
	form := "/controls/OPS-01/perform?lane=activity%2Fread&due=2026-05-31"
	owner.get(form).says(200, "Read the log", "due 2026-05-31", "Log of May", "Its window opens on 1 May 2026", `min="2026-05-01T00:00"`)
	owner.get("/controls/OPS-01/perform?lane=activity%2Fnone&due=2026-05-31").says(http.StatusNotFound)
	post := []string{"lane", "activity/read", "due", "2026-05-31", "performed_at", "2026-05-30T10:00", "note"}
	owner.post("/controls/OPS-01/perform", append(post, "")...).says(422, "Say what was done, or add evidence.", "2026-05-30T10:00")
	owner.post("/controls/OPS-01/perform", "lane", "activity/read", "due", "2026-05-31", "performed_at", "2026-08-01T10:00", "note", "Read it").says(422, "cannot have been done in the future", "Read it")
	owner.post("/controls/OPS-01/perform", "lane", "activity/read", "due", "2026-05-31", "performed_at", "2026-04-30T23:59", "note", "Read it").says(422, "opens on 1 May 2026", "Read it")
	owner.post("/controls/OPS-01/perform", append(post, "Read it", "evidence", "ev_none")...).says(http.StatusNotFound)
	owner.post("/controls/OPS-01/perform", append(post, "Read it all", "evidence", piece.ID)...).goes("/controls/OPS-01?tab=activities")
	done, err := h.suite.Activities.List(t.Context(), h.console(), "OPS-01")
	h.must(err)
	if len(done) != 1 || done[0].ByName != "Kim owner" || done[0].Evidence[0] != piece.ID {
		t.Errorf("recorded %+v", done)
	}
	h.as(access.RoleViewer).get(form).says(http.StatusForbidden)
	h.in(h.newOrg("Rival"), access.RoleLead, "").get(form).says(http.StatusNotFound)
	h.closed("/controls/OPS-01/perform")
}

func TestExclusions(t *testing.T) {
	h := newSite(t)
	_, err := h.suite.Connectors.Add(t.Context(), h.console(), collect.New{Product: "sample", Settings: map[string]string{"buckets": "invoices logs", "key": "k"}})
	h.must(err)
	h.flush()
	const id = "org.bucket.name"
	asker, decider := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	text := strings.Join([]string{
		"id: " + id, "version: 1", "title: Buckets are named for books", "severity: low", "kind: sample.bucket",
		"assert: r.name == \"invoices\"", "message: '\"it is called \" + r.name'", "freshness: 48h", "description: Names tell the owner.",
		"remediation:", "  text: Rename it.", "",
	}, "\n")
	d, err := h.suite.Checks.Propose(t.Context(), access.Actor{ID: asker.id, Org: h.org.ID, Name: "Kim", Role: access.RoleLead, Door: access.DoorWeb}, []byte(text), nil)
	h.must(err)
	asker.get("/checks/"+id).says(200, "waits for approval", "!/decide")
	asker.post("/checks/"+id+"/decide", "revision", "1", "approve", "1").says(http.StatusForbidden)
	decider.get("/checks/"+id).says(200, "/decide?revision=1&amp;approve=1", "Reject revision 1")
	decider.post("/checks/" + d.ID + "/decide?revision=1&approve=1").goes("/checks/" + id)
	decider.post("/checks/" + id + "/decide?revision=x").says(422)
	decider.post("/checks/" + id + "/run").goes("/checks/" + id)

	form := "/checks/" + id + "/exclude?" + url.Values{"kind": {"sample.bucket"}, "authority": {"sample-1"}, "id": {"logs"}}.Encode()
	asker.get("/checks/"+id).says(200, "exclude?kind=sample.bucket")
	asker.get(form).says(200, "Exclude logs?", "it is called logs")
	asker.get("/checks/" + id + "/exclude?id=none").says(http.StatusNotFound)
	ref := []string{"kind", "sample.bucket", "authority", "sample-1", "id", "logs", "compensating", "We read it daily", "reason"}
	asker.post("/checks/"+id+"/exclude", append(ref, "no", "until", "2026-07-01")...).says(422, "Say why it does not count", "We read it daily")
	asker.post("/checks/"+id+"/exclude", append(ref, "It holds nothing of worth", "until", "")...).says(422, "Every exclusion ends", "It holds nothing of worth")
	asker.post("/checks/"+id+"/exclude", append(ref, "It holds nothing of worth", "until", "2026-07-01")...).goes("/checks/" + id + "?tab=excluded")
	list, err := h.suite.Checks.Exclusions(t.Context(), h.console())
	h.must(err)
	if len(list) != 1 || !list[0].Until.Equal(time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("asked for %+v", list)
	}
	at := "/exclusions/" + list[0].ID
	asker.post(at + "/approve").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.post(at + "/approve").says(http.StatusNotFound)
	other.get(form).says(http.StatusNotFound)
	decider.get("/checks/"+id+"?tab=excluded").says(200, at+"/approve", at+"/refuse")
	decider.post(at + "/approve").goes("/checks/" + id + "?tab=excluded")
	decider.post(at + "/refuse").says(http.StatusConflict)
	decider.get("/checks/"+id+"?tab=excluded").says(200, at+"/lift")
	decider.post(at + "/lift").goes("/checks/" + id)
	h.closed("/checks/" + id + "/exclude")
	h.closed(at + "/lift")
}

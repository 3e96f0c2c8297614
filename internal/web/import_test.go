package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/org"
)

const acmeDevice = "kind: acme.device\nversion: 1\ntitle: Laptops\nfamily: state\nlabel: serial\nauthority: devices.example.com\nid: [serial]\n" +
	"fields:\n  - {name: serial, type: string}\n  - {name: encrypted, type: bool}\n  - {name: owner, type: string, optional: true}\n"

func TestDeclaringAKind(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/connectors/import").goes("/connectors/import/new")
	lead.get("/connectors/import/new").says(200, "kind: acme.device", "vulnerability", "What to write")
	lead.post("/connectors/import/new", "declaration", strings.Replace(acmeDevice, "acme.", "linux.", 1)).
		says(422, "are Assay&#39;s own", "title: Laptops", `href="#f-declaration"`)
	lead.post("/connectors/import/new", "declaration", "nonsense: <b>").says(422, "nonsense: &lt;b&gt;")
	lead.post("/connectors/import/new", "declaration", strings.ReplaceAll(acmeDevice, "\n", "\r\n")).goes("/connectors/import?kind=acme.device")
	lead.get("/connectors/import?kind=acme.device").says(200, "Laptops is declared, version 1", "Laptops (acme.device, state)", "/connectors/import/acme.device")
	lead.get("/connectors/import/new?kind=acme.device").says(200, "Declare the next version", "title: Laptops")
	lead.post("/connectors/import/new", "declaration", strings.Replace(acmeDevice, "Laptops", "Machines", 1)).says(422, "Give this declaration version 2")
	lead.get("/connectors/import/new?kind=acme.nothing").says(http.StatusNotFound)

	owner := h.as(access.RoleOwner)
	owner.get("/connectors/import/new").says(http.StatusForbidden)
	owner.get("/connectors/import").says(200, "Laptops (acme.device, state)", "!/connectors/import/new")
	h.as(access.RoleViewer).get("/connectors/import").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get("/connectors/import/acme.device").says(http.StatusNotFound)
	other.get("/connectors/import/new?kind=acme.device").says(http.StatusNotFound)
	h.closed("/connectors/import/new")
}

func TestImportingAFile(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	_, err := h.suite.Connectors.DeclareKind(t.Context(), h.console(), []byte(acmeDevice))
	h.must(err)
	lead.get("/connectors/new").says(200, "import a file", `href="/connectors/import"`)
	at := "/connectors/import/acme.device"
	lead.get("/connectors").says(200, "Laptops", at, "Import a file")
	lead.get(at).says(200, "Nothing was collected yet", "Each file that somebody brings", "!Collect now", "/connectors/import?kind=acme.device")

	// What is wrong is named, and what was typed stays.
	const try = "/connectors/import/try"
	lead.upload(try, "", "", "kind", "acme.device").says(422, "Choose a file, or paste the rows.")
	lead.upload(try, "d.csv", "serial\na\n", "kind", "acme.device", "written_on", "2026-06-01").says(422, "no column", `value="2026-06-01"`)
	lead.upload(try, "d.csv", "serial,encrypted\na,yes\n", "kind", "acme.nothing").says(422, "no declared kind")
	lead.upload(try, "d.txt", "serial,encrypted\na,yes\n", "kind", "acme.device").says(422, "Name one: json, ndjson or csv")
	lead.upload(try, "d.csv", "\xff\xfes\x00", "kind", "acme.device").says(422, "UTF-16")
	lead.upload(try, "d.csv", "serial,encrypted\na,perhaps\n", "kind", "acme.device").says(422, "None of its rows can be kept", "is neither true", "0 of 1 row would be kept")
	lead.upload(try, "d.csv", "serial,encrypted\na,yes\n", "kind", "acme.device", "written_on", "tomorrow").says(422, "Write the day as")

	rows := "serial,encrypted,owner\nL-1,yes,<b>Ada</b>\nL-2,perhaps,Bob\nL-3,no,\n"
	draft := lead.upload(try, "laptops.csv", rows, "kind", "acme.device").goes(try + "?draft=")
	h.replica()
	lead.get(draft).says(200, "2 of 3 rows would be kept", "L-1", "&lt;b&gt;Ada", "!<b>Ada", ">3<", "perhaps", "would be incomplete", "nothing of it is stored")
	lead.get(at).says(200, "Nothing was collected yet")
	key := strings.TrimPrefix(draft, try+"?draft=")

	// A staged file is its maker's, and good once.
	h.in(h.org, access.RoleLead, "2").get(draft).goes("/connectors/import")
	h.in(h.org, access.RoleLead, "3").post("/connectors/import/save", "draft", key).says(http.StatusConflict)
	h.replica()
	sealed := lead.post("/connectors/import/save", "draft", key).goes(at + "?seq=1")
	lead.get(sealed).says(200, "2 rows kept and sealed, 1 refused", "Collection 1 of Laptops", "laptops.csv", "Rows refused: 1 of 3", "Incomplete")
	lead.post("/connectors/import/save", "draft", key).says(http.StatusConflict, "brought in already")
	lead.get(draft).goes("/connectors/import")
	h.flush()

	// Pasted, by somebody who may import and not declare.
	owner := h.as(access.RoleOwner)
	draft = owner.post(try, "kind", "acme.device", "format", "ndjson", "text", `{"serial":"L-1","encrypted":true}`).goes(try + "?draft=")
	owner.get(draft).says(200, "1 of 1 row would be kept", "!would be incomplete")
	sealed = owner.post("/connectors/import/save", "draft", strings.TrimPrefix(draft, try+"?draft=")).goes(at + "?seq=2")
	owner.get(sealed).says(200, "Complete", "!Incomplete")
	owner.get(at).says(200, "Import a file", "!/remove", "!Declare the next version")

	lead.post(at + "/pause").goes(at)
	lead.get(at).says(200, "Paused", at+"/resume", "!/connectors/import?kind=")
	lead.upload(try, "laptops.csv", rows, "kind", "acme.device").says(http.StatusConflict, "is paused")
	lead.post(at + "/resume").goes(at)
	lead.post(at+"/remove").says(200, "Remove Laptops?", "What was brought in stays")
	lead.post(at + "/remove?sure=1").goes("/connectors")
	lead.get(at).says(200, "Removed", "What it collected stays", "?seq=1", "!Declare the next version", "!/remove")
	for _, path := range []string{try, "/connectors/import/save", at + "/pause"} {
		h.closed(path)
	}
}

// The days of the form are whole days in the organization's time zone.
func TestTheSpanOfAnImport(t *testing.T) {
	h := newSite(t)
	o, err := h.suite.Orgs.Create(t.Context(), org.New{Name: "Northern", Service: "Orders", Zone: "Europe/Stockholm", Setup: "dismissed"})
	h.must(err)
	lead, who := h.in(o, access.RoleLead, ""), access.Console(o.ID)
	_, err = h.suite.Connectors.DeclareKind(t.Context(), who, []byte("kind: acme.change\nversion: 1\ntitle: Changes\nfamily: event\nat: at\nauthority: a\nid: [n]\nfields:\n  - {name: n, type: int}\n  - {name: at, type: time}\n"))
	h.must(err)
	for _, c := range []struct{ to, until string }{
		{"2026-05-31", "2026-05-31T22:00:00Z"}, {"2026-06-15", "2026-06-15T09:00:00Z"}, // today is not over
	} {
		draft := lead.upload("/connectors/import/try", "c.csv", "n,at\n1,2026-05-01T10:00:00Z\n", "kind", "acme.change", "covers_from", "2026-05-01", "covers_to", c.to).
			goes("/connectors/import/try?draft=")
		lead.get(draft).says(200, "Covers")
		lead.post("/connectors/import/save", "draft", strings.TrimPrefix(draft, "/connectors/import/try?draft=")).goes("/connectors/import/acme.change?seq=")
		_, runs, err := h.suite.Connectors.Get(t.Context(), who, collect.ImportID("acme.change"))
		h.must(err)
		m, err := h.suite.Connectors.Manifest(t.Context(), who, collect.ImportID("acme.change"), runs[0].Seq)
		h.must(err)
		k := m.Kinds[0]
		if got := k.To.Format("2006-01-02T15:04:05Z"); got != c.until || k.From.Format("2006-01-02T15:04:05Z") != "2026-04-30T22:00:00Z" || !k.Complete {
			t.Errorf("%s covers %s to %s, want %s", c.to, k.From, got, c.until)
		}
	}
	lead.upload("/connectors/import/try", "c.csv", "n,at\n1,2026-05-01T10:00:00Z\n", "kind", "acme.change", "covers_from", "2026-05-01").
		says(422, "Say both")
	lead.upload("/connectors/import/try", "c.csv", "n,at\n1,2026-05-01T10:00:00Z\n", "kind", "acme.change", "covers_from", "2026-05-01", "covers_to", "2026-06-16").
		says(422, "still to happen")
}

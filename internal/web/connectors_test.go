package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/criteria"
	"assay/internal/program"
	"assay/internal/standing"
)

type buckets []string

func (buckets) Authority(context.Context) (string, error) { return "sample-1", nil }

func (b buckets) Collect(ctx context.Context, run *connector.Run) error {
	run.Page("ListBuckets", "", len(b))
	for _, name := range b {
		if err := run.Emit(ctx, connector.Resource{Kind: "sample.bucket", ID: name, Fields: map[string]any{"name": name}}); err != nil {
			return err
		}
	}
	run.Complete("sample.bucket")
	return nil
}

func TestConnecting(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/connectors").says(200, "No outside source is connected yet", "People", "/connectors/new")
	lead.get("/connectors/new").says(200, "Sample store", "This host")
	lead.post("/connectors/new", "product", "sample").goes("/connectors/new/sample")
	lead.post("/connectors/new", "product", "none").says(http.StatusNotFound)
	lead.get("/connectors/new/sample").says(200, "grant read", "Access key", "What is not read")

	// What is wrong is named, and what was typed stays, but for the secret.
	lead.post("/connectors/new/sample/try", "name", "Our buckets", "every", "6h0m0s", "set_buckets", "invoices logs").
		says(422, "Our buckets", "invoices logs", "Access key is needed.", `href="#f-set_key"`)
	lead.post("/connectors/new/sample/try", "name", "Our buckets", "set_buckets", "invoices", "set_key", "wrong").
		says(422, "It is not a key.", `!value="wrong"`)

	try := lead.post("/connectors/new/sample/try", "name", "Our buckets", "every", "6h0m0s", "set_buckets", "invoices logs", "set_key", "s3cr3t-key").
		goes("/connectors/new/sample/try?draft=")
	key := try[len("/connectors/new/sample/try?draft="):]
	h.replica()
	lead.get(try).says(200, "invoices, logs", "Complete", "nothing of it is stored", "!s3cr3t-key")
	lead.get("/connectors/new/sample?draft="+key).says(200, "invoices logs", "!s3cr3t-key")
	lead.get("/connectors").says(200, "!Our buckets")

	// A draft is its maker's.
	h.in(h.org, access.RoleLead, "2").get(try).goes("/connectors/new/sample")
	h.in(h.org, access.RoleLead, "3").post("/connectors/new/sample/save", "draft", key).says(http.StatusConflict)

	h.replica()
	at := lead.post("/connectors/new/sample/save", "draft", key).goes("/connectors/con_")
	lead.get(at).says(200, "Our buckets", "Nothing was collected yet", "is connected", "set, sealed, not shown", "!s3cr3t-key")
	lead.post("/connectors/new/sample/save", "draft", key).says(http.StatusConflict)
	h.flush()
	lead.get(at).says(200, "Ran to its end", "sample-1", at+"?seq=1", "Nothing was refused")
	lead.get(at+"?tab=kinds").says(200, "sample.bucket", "Complete")
	lead.get(at+"?seq=1").says(200, "Collection 1 of Our buckets", "ListBuckets", "In the log")
	lead.get(at + "?seq=7").says(http.StatusNotFound)
	lead.get(at + "?seq=x").says(http.StatusNotFound)
	lead.get("/connectors?q=bucket").says(200, "Our buckets", "!register/person")
	lead.get("/connectors?format=csv").says(200, "Our buckets", "!s3cr3t-key")
	lead.get("/connectors/register/person").says(200, "People", "own registers")

	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get(at).says(http.StatusNotFound)
	other.post(at + "/sync").says(http.StatusNotFound)
	other.post(at + "/remove?sure=1").says(http.StatusNotFound)
}

func TestChangingAConnection(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	c, err := h.suite.Connectors.Add(t.Context(), h.console(), collect.New{Product: "sample", Settings: map[string]string{"buckets": "a", "key": "s3cr3t-key"}})
	h.must(err)
	at := "/connectors/" + c.ID
	h.flush()
	lead.post(at + "/sync").goes(at)
	lead.get(at).says(200, "A collection was asked for")
	h.flush()
	lead.get(at).says(200, "?seq=2")

	lead.get(at+"/edit").says(200, "It is kept as it is", "!s3cr3t-key")
	lead.post(at+"/edit", "name", "Buckets of ours", "every", "1h0m0s", "set_buckets", "", "set_key", "").says(422, "Buckets is needed.", "Buckets of ours")
	lead.post(at+"/edit", "name", "Buckets of ours", "every", "1h0m0s", "set_buckets", "a b", "set_key", "").goes(at)
	lead.get(at).says(200, "Buckets of ours", "every hour", "set, sealed")
	lead.get(at+"/edit").says(200, "!Forget")
	lead.post(at+"/edit", "name", "Buckets of ours", "every", "1h0m0s", "set_buckets", "a b", "set_phrase", "hush-hush").goes(at)
	lead.get(at+"/edit").says(200, "Forget: Phrase", "!Forget: Access key", "!hush-hush")
	lead.post(at+"/edit", "name", "Buckets of ours", "every", "1h0m0s", "set_buckets", "a b", "set_phrase", "other", "clear", "phrase").says(422, "Enter it or clear it")
	lead.post(at+"/edit", "name", "Buckets of ours", "every", "1h0m0s", "set_buckets", "a b", "clear", "phrase").goes(at)
	lead.get(at+"/edit").says(200, "!Forget")
	lead.get(at + "/other").says(http.StatusNotFound)

	lead.post(at + "/pause").goes(at)
	lead.get(at).says(200, "Paused", "Undo", at+"/resume")
	lead.post(at + "/sync").says(http.StatusConflict)
	lead.post(at + "/resume").goes(at)
	lead.post(at+"/remove").says(200, "Remove Buckets of ours?", "sure=1")
	lead.get("/connectors").says(200, "Buckets of ours")
	viewer := h.as(access.RoleViewer)
	viewer.get(at).says(200, "!Collect now", "!/pause", "!/edit")
	viewer.get("/connectors/new").says(http.StatusForbidden)
	viewer.get(at + "/edit").says(http.StatusForbidden)
	h.closed("/connectors/new/sample/try")
	h.closed(at + "/pause")
	h.closed("/connectors/register/person/sync")

	lead.post(at + "/remove?sure=1").goes("/connectors")
	lead.get("/connectors").says(200, "!"+at, "credentials are forgotten")
	lead.get(at).says(200, "Removed", "What it collected stays", "?seq=2", "!Collect now", "!/pause", "!/resume", "!/edit", "!/remove")
	lead.get(at+"?seq=2").says(200, "Collection 2 of Buckets of ours")
	lead.get(at + "/edit").says(http.StatusNotFound)
	lead.post(at + "/remove").says(http.StatusNotFound)
	lead.post(at + "/sync").says(http.StatusNotFound)
}

// A connection that never brought anything is not left in peace.
func TestAConnectionThatBringsNothing(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	from := standing.DayOf(h.hand.Now(), time.UTC)
	_, err := h.suite.Programs.Add(t.Context(), h.console(), program.Program{
		Name: "First", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: from, To: from + 90, Current: true,
	})
	h.must(err)
	_, err = h.suite.Connectors.Add(t.Context(), h.console(), collect.New{Product: "sample", Name: "Our buckets", Settings: map[string]string{"buckets": "a", "key": "s3cr3t-key"}})
	h.must(err)
	lead.get("/").says(200, "!Our buckets is not collected")
	lead.get("/connectors?state=new").says(200, "Our buckets")
	h.hand.Add(26 * time.Hour)
	lead = h.in(h.org, access.RoleLead, "2") // the first session has ended
	lead.get("/").says(200, "Our buckets is not collected", "No collection has run to its end yet")
	lead.get("/connectors?state=overdue").says(200, "Our buckets", "Overdue")
}

// One age for every check that needs a connection's facts: proposed at once,
// decided at once, by two people.
func TestAgeOfFacts(t *testing.T) {
	h := newSite(t)
	lead, other := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	c, err := h.suite.Connectors.Add(t.Context(), h.console(), collect.New{Product: "sample", Name: "Our buckets", Settings: map[string]string{"buckets": "invoices", "key": "k"}})
	h.must(err)
	h.flush()
	const text = "id: org.bucket.name\nversion: 1\ntitle: Buckets are named\nseverity: low\nkind: sample.bucket\nassert: r.name != \"\"\nfreshness: 26h\n"
	d, err := h.suite.Checks.Propose(t.Context(), h.console(), []byte(text), nil)
	h.must(err)
	other.post("/checks/" + d.ID + "/decide?revision=1&approve=1").goes("/checks/" + d.ID)

	at := "/connectors/" + c.ID
	lead.get(at).says(200, at+"/freshness")
	lead.get(at+"/freshness").says(200, "How old facts of Our buckets may be", "1 check of those in force", "org.bucket.name", "26h")
	lead.post(at+"/freshness", "freshness", "soon").says(422, "Write a number", "soon")
	lead.post(at+"/freshness", "freshness", "20d").says(422, "is not between")
	lead.post(at+"/freshness", "freshness", "8d").goes(at + "/freshness")
	lead.get(at+"/freshness").says(200, "8d waits for approval by somebody other", "proposed 8d", "!/freshness/decide")
	lead.post(at+"/freshness/decide", "approve", "1").says(http.StatusForbidden)
	other.get(at+"/freshness").says(200, "8d is proposed for 1 check", "/freshness/decide?approve=1")
	other.post(at + "/freshness/decide?approve=1").goes(at + "/freshness")
	other.get(at+"/freshness").says(200, "Approved for 1 check", "8d instead of 26h", "!is proposed")
	lead.get("/checks/"+d.ID).says(200, "8d, chosen by the organization instead of 26h")
	other.post(at + "/freshness/decide?approve=1").says(http.StatusConflict)
	viewer := h.as(access.RoleViewer)
	viewer.get(at+"/freshness").says(200, "8d instead of 26h")
	viewer.post(at+"/freshness", "freshness", "").says(http.StatusForbidden)
	h.closed(at + "/freshness")
	stranger := h.in(h.newOrg("Rival"), access.RoleLead, "")
	stranger.get(at + "/freshness").says(http.StatusNotFound)
	stranger.post(at+"/freshness", "freshness", "8d").says(http.StatusNotFound)
}

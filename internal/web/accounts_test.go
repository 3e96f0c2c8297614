package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/collect"
	"assay/internal/person"
	"assay/internal/standing"
)

const logins = `kind: acme.login
version: 1
title: Logins of the shop
family: state
authority: shop
id: [login]
label: login
fields:
  - {name: login, type: string}
  - {name: mail, type: string, optional: true}
  - {name: can, type: bool}
facets:
  - {facet: account, version: 1, fields: {name: {from: login}, email: {from: mail}, enabled: {from: can}, admin: {value: true}}}
`

func TestAccounts(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/accounts").says(200, "No connected system has shown an account yet", "/connectors/new", "!/accounts/match")
	ann, err := h.suite.People.Add(t.Context(), h.console(), person.Details{Name: "Ann Moss", Email: "ann@larkspur.example", StartsOn: standing.NewDate(2025, 1, 1)})
	h.must(err)
	_, err = h.suite.Connectors.DeclareKind(t.Context(), h.console(), []byte(logins))
	h.must(err)
	file, err := h.suite.Connectors.Spool(t.Context(), strings.NewReader("login,mail,can\nann,ann@larkspur.example,true\n<b>sync</b>,,true\n"))
	h.must(err)
	defer func() { _ = file.Close() }()
	_, err = h.suite.Connectors.Import(t.Context(), h.console(), collect.Upload{Kind: "acme.login", Name: "l.csv", File: file})
	h.must(err)

	lead.get("/accounts").says(200, "2 of 2 accounts can be used and are nobody’s", "&lt;b&gt;sync", "Logins of the shop", "Admin", "!<b>sync")
	lead.post("/accounts/match").goes("/accounts")
	lead.get("/accounts").says(200, "1 accounts were matched", "Ann Moss", "by address", "/people/"+ann.ID)
	lead.get("/accounts?state=orphan").says(200, "sync", "!Ann Moss")
	lead.get("/accounts?q=nothing").says(200, "No account matches")
	lead.get("/accounts?format=csv").says(200, "ann@larkspur.example")
	lead.get("/people/"+ann.ID).says(200, "Logins of the shop", "administrator", "by address", "/revoke")

	sync := h.accountCalled("sync")
	lead.get(sync).says(200, "It can be used and is nobody’s", sync+"/declare", "Nothing was said of it yet")
	lead.get(sync+"/declare").says(200, "Who answers for it", "Ann Moss")
	lead.post(sync+"/declare", "person", ann.ID, "purpose", "").says(422, "Say what it does.")
	lead.post(sync+"/declare", "person", "", "purpose", "Copies orders").says(422, "Choose somebody from the register", "Copies orders")
	lead.post(sync+"/declare", "person", ann.ID, "purpose", "Copies orders").goes(sync)
	lead.get(sync).says(200, "Copies orders", "answered for by", "In force")
	mine := h.accountCalled("ann")
	lead.post(mine+"/revoke", "why", "").says(422, "Say why.")
	lead.post(mine+"/revoke", "why", "a shared mailbox").goes(mine)
	lead.get(mine).says(200, "a shared mailbox", "Revoked")
	lead.get(mine+"/confirm").says(200, "Ann Moss (has its address)")
	lead.post(mine+"/confirm", "person", "per_none").says(422, "Choose somebody from the register")
	lead.post(mine+"/confirm", "person", ann.ID).goes(mine)
	lead.get("/accounts").says(200, "Every account that can be used is somebody’s", "confirmed by")

	viewer := h.as(access.RoleViewer)
	viewer.get("/accounts").says(200, "Ann Moss", "!/accounts/match")
	viewer.get(mine).says(200, "!/revoke", "!/confirm")
	for _, what := range []string{"/confirm", "/declare", "/revoke"} {
		viewer.get(mine + what).says(http.StatusForbidden)
		viewer.post(mine+what, "person", ann.ID, "purpose", "x", "why", "x").says(http.StatusForbidden)
		h.closed(mine + what)
	}
	viewer.post("/accounts/match").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get("/accounts").says(200, "!Ann Moss")
	other.get(mine).says(http.StatusNotFound)
	other.get(mine + "/confirm").says(http.StatusNotFound)
	other.post(mine+"/confirm", "person", ann.ID).says(http.StatusNotFound)
}

// accountCalled is the address of the account whose name holds the text.
func (h *site) accountCalled(text string) string {
	h.Helper()
	l, err := h.suite.Accounts.List(h.Context(), h.console(), account.Filter{Query: text})
	h.must(err)
	if len(l.Accounts) != 1 {
		h.Fatalf("%d accounts are called %s", len(l.Accounts), text)
	}
	return "/accounts/" + l.Accounts[0].ID
}

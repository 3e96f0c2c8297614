package api_test

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/auth"
	"assay/internal/federation"
	"assay/internal/org"
	"assay/internal/portfolio"
	"assay/internal/register/all"
	"assay/internal/scim"
	"assay/internal/siem"
)

// row is a request to an operation, about something that belongs to the first
// organization. Names in braces are replaced by the ids of its things.
type row struct {
	params string // name=value of the path, separated by spaces
	query  string
	body   string
	// keyboard: only a person who signed in may, so that a token is refused.
	keyboard bool
	// own: the id is a name that each organization gives out itself, so that
	// another organization makes or finds its own thing under it.
	own bool
}

// rows holds one row for each operation: a new operation without one fails.
func rows() map[string]row {
	person := `{"name":"Quagga Two","starts_on":"2026-01-05"}`
	connection := `{"product":"linux","name":"x"}`
	program := `{"name":"P","type":"type2","categories":["security"],"from":"2026-01-01","to":"2026-03-31"}`
	control := `{"effective_on":"2026-01-01","title":"T","statement":"Somebody does something every day.","criteria":["CC6.1"],` +
		`"frequency":"daily","lanes":[],"reason":"r"}`
	out := map[string]row{
		"org.show": {}, "org.edit": {body: `{"name":"Quagga org","zone":"Europe/Stockholm"}`},
		"signin.show": {}, "signin.edit": {body: `{"second":"nothing"}`}, "factor.list": {},
		"domain.list": {}, "domain.add": {body: `{"domain":"quagga.example"}`}, "domain.verify": {params: "id={domain}"}, "domain.remove": {params: "id={domain}"},
		"group.list": {}, "group.map": {params: "id={group}", body: `{"role":"owner"}`},
		"issuer.list": {}, "issuer.add": {body: `{"name":"Quagga","location":"https://127.0.0.1:1/quagga","client":"x"}`},
		"issuer.edit": {params: "id={issuer}", body: `{"name":"Quagga","location":"https://127.0.0.1:1/quagga","client":"x"}`},
		"user.power":  {params: "id={user}"}, "role.list": {}, "role.add": {body: `{"name":"quagga-desk","words":"w","permissions":["person.read"]}`}, "role.edit": {params: "id={role}", body: `{"words":"w","permissions":["person.read"]}`},
		"role.approve": {params: "id={role}", body: `{"waiting":["org.read"]}`}, "role.remove": {params: "id={role}"},
		"issuer.remove":  {params: "id={issuer}"},
		"issuer.approve": {params: "id={issuer}", body: `{"waiting":"x"}`}, "issuer.withdraw": {params: "id={issuer}"},
		"client.list": {}, "client.work": {}, "client.calendar": {}, "client.offer": {body: `{"name":"Quagga client"}`}, "client.withdraw": {params: "id={offer}"},
		"client.staff": {params: "id={client}"}, "client.assign": {params: "id={client} user={user}"}, "client.recall": {params: "id={client} user={user}"}, "client.end": {params: "id={client}", body: `{"why":"w"}`},
		"self.kept": {}, "user.kept": {params: "id={user}"}, "user.former": {}, "user.erase": {params: "id={left}", body: `{"basis":"request","why":"Asked."}`}, "retention.show": {}, "retention.edit": {body: `{"months":24}`},
		"federation.list": {}, "federation.add": {body: `{"name":"Quagga","issuer":"https://127.0.0.1:1/quagga","conditions":[{"claim":"repository","pattern":"quagga/app"}],"scope":["import.add"]}`}, "federation.end": {params: "id={trust}"}, "token.exchange": {body: `{"trust":"{trust}","subject_token":"quagga"}`},
		"siem.list": {}, "siem.add": {body: `{"name":"Quagga","form":"lines","address":"https://127.0.0.1:1/quagga"}`}, "siem.edit": {params: "id={siem}", body: `{"name":"Quagga","form":"lines","address":"https://127.0.0.1:1/quagga"}`},
		"siem.try": {params: "id={siem}"}, "siem.pause": {params: "id={siem}"}, "siem.resume": {params: "id={siem}"}, "siem.remove": {params: "id={siem}"},
		"provider.list": {}, "provider.offered": {body: `{"code":"assay_client_none"}`}, "provider.consent": {body: `{"code":"assay_client_none"}`},
		"provider.edit": {params: "id={consent}", body: `{"work":true,"staff":true}`}, "provider.end": {params: "id={consent}", body: `{"why":"w"}`},
		"user.until": {params: "id={user}", body: `{"until":""}`},
		"user.list":  {}, "user.invite": {body: `{"email":"new@example.org","name":"N","role":"viewer"}`},
		"user.role":       {params: "id={user}", body: `{"role":"owner"}`},
		"user.link":       {params: "id={user}", body: `{"person":""}`},
		"user.end":        {params: "id={user}"},
		"user.remove":     {params: "id={user}"},
		"invitation.list": {}, "invitation.revoke": {params: "id={invitation}"},
		"self.show": {}, "self.rename": {body: `{"name":"Quagga"}`, keyboard: true},
		"session.list": {}, "session.revoke": {params: "id={session}"},
		"token.list": {}, "token.add": {body: `{"name":"x"}`, keyboard: true}, "token.revoke": {params: "id={token}"},
		"token.login":  {body: `{"email":"nobody@example.org","password":"x","name":"x"}`},
		"device.begin": {body: `{"host":"h"}`}, "device.poll": {body: `{"device_code":"none"}`},
		"trail.list": {}, "log.head": {}, "log.list": {}, "log.proof": {params: "id={leaf}"}, "log.verify": {},
		"log.consistency": {query: "from=1&to=2", own: true},
		"program.list":    {}, "program.show": {params: "id={program}"}, "program.suggest": {}, "program.add": {body: program},
		"program.edit":   {params: "id={program}", body: program},
		"program.omit":   {params: "id={program}", body: `{"criterion":"CC6.4","reason":"There is no office at all."}`},
		"program.decide": {params: "id={program} criterion=CC6.4", body: `{"approve":true}`},
		"criteria.list":  {}, "criteria.text": {},
		"criteria.import": {query: "file=a.csv&publication=Quagga", body: "id,text\nCC1.1,Quagga words\n"}, "criteria.forget": {},
		"person.list": {}, "person.export": {}, "person.show": {params: "id={person}"},
		"person.add": {body: person}, "person.edit": {params: "id={person}", body: person},
		"person.end":    {params: "id={person}", body: `{"ends_on":"2026-06-30"}`},
		"user.import":   {body: "name,email,role\nQuagga,quagga@quagga.example,viewer\n"},
		"person.import": {body: "name,starts_on\nQuagga Three,2026-01-05\n"},
		"account.list":  {}, "account.match": {}, "account.show": {params: "id={account}"},
		"account.confirm": {params: "id={account}", body: `{"person":"{person}"}`},
		"account.declare": {params: "id={account}", body: `{"owner":"{person}","purpose":"Quagga"}`},
		"account.revoke":  {params: "id={account}", body: `{"why":"Quagga"}`},
		"policy.list":     {}, "policy.owed": {}, "policy.mine": {}, "policy.library": {}, "policy.adopt": {body: `{"policies":["PLC-PWD"],"values":{"security_contact":"Quagga","identity_provider":"Quagga","password_manager":"Quagga","secrets_manager":"Quagga"}}`},
		"policy.show": {params: "id=PLC-ZEB"},
		"policy.add":  {body: `{"id":"PLC-QUA","title":"Quagga","accept_days":0,"text":"Quagga."}`},
		"policy.edit": {params: "id=PLC-ZEB", body: `{"title":"Quagga","accept_days":0}`}, "policy.write": {params: "id=PLC-ZEB", body: `{"text":"Quagga."}`},
		"policy.submit": {params: "id=PLC-ZEB"}, "policy.return": {params: "id=PLC-ZEB", body: `{"why":"Quagga"}`},
		"policy.approve": {params: "id=PLC-ZEB", body: `{}`}, "policy.withdraw": {params: "id=PLC-ZEB"},
		"policy.review": {params: "id=PLC-ZEB", body: `{"note":"Quagga looked at it."}`}, "policy.retire": {params: "id=PLC-ZEB", body: `{}`},
		"policy.accept":      {params: "id=PLC-ZEB", body: `{"version":1}`},
		"connector.products": {}, "connector.list": {}, "connector.show": {params: "id={connection}"},
		"connector.test": {body: `{"product":"none"}`}, "connector.add": {body: connection},
		"connector.edit":  {params: "id={connection}", body: connection},
		"connector.state": {params: "id={connection}", body: `{"state":"paused"}`},
		"connector.sync":  {params: "id={connection}"},
		"kind.declare":    {body: `{"declaration":"kind: quagga.device\nversion: 1\nfamily: state\nauthority: a\nid: [x]\nfields: [{name: x, type: string}]"}`},
		"kind.versions":   {params: "kind={declared}"},
		"import.test":     {params: "kind={declared}", query: "file=a.csv", body: "serial\nQuagga\n"},
		"import.add":      {params: "kind={declared}", query: "file=a.csv", body: "serial\nQuagga\n"},
		"kind.list":       {}, "kind.show": {params: "kind=program.person", own: true}, "fact.list": {params: "kind=program.person", own: true},
		"check.list": {}, "check.show": {params: "id={check}", own: true}, "check.results": {params: "id={check}", own: true}, "check.run": {body: `{}`},
		"check.propose":               {body: `{"definition":"id: x"}`},
		"check.params":                {params: "id={check}", own: true, body: `{"params":{}}`},
		"connector.freshness":         {params: "id={connection}"},
		"connector.propose-freshness": {params: "id={connection}", body: `{"freshness":"8d"}`},
		"connector.decide-freshness":  {params: "id={connection}", body: `{"approve":true}`},
		"check.approve":               {params: "id={check} revision=1", own: true, body: `{"approve":true}`},
		"exclusion.list":              {}, "exclusion.ask": {body: `{"check":"{check}","resource":{"kind":"k","authority":"a","id":"i"},` +
			`"reason":"It does not count at all.","until":"2026-03-01T00:00:00Z"}`},
		"exclusion.decide": {params: "id={exclusion}", body: `{"approve":true}`}, "exclusion.lift": {params: "id={exclusion}"},
		"control.list": {}, "control.show": {params: "id=IAM-03"}, "control.strip": {params: "id=IAM-03"}, "control.library": {},
		"control.adopt": {body: `{"controls":["IAM-04"]}`}, "control.save": {params: "id=ZEB-01", body: control, own: true},
		"activity.perform": {
			params: "id=IAM-03", body: `{"lane":"activity/quarterly","due_on":"2026-03-31","performed_at":"2026-01-01T00:00:00Z","note":"Done as planned."}`,
		},
		"status.show": {}, "evidence.list": {}, "evidence.show": {params: "id={evidence}"}, "evidence.file": {params: "id={evidence}"}, "population.items": {params: "id={population}"},
		"training.owed": {params: "id={course}"}, "training.mine": {}, "problem_report.report": {body: `{"title":"Quagga"}`, own: true}, "problem_report.mine": {}, "training.lesson": {params: "id={course} lesson=phishing"}, "policy.binding": {params: "id=PLC-ZEB"},
		"training.take":       {params: "id={course} lesson=phishing", body: `{"version":1,"answers":[0,0,0,0,0]}`},
		"access_review.items": {params: "id={begun}"}, "access_review.decisions": {params: "id={begun} account={account}"}, "access_review.certificate": {params: "id={begun}"},
		"access_review.decide":         {params: "id={begun}", body: `{"decisions":[{"account":"{account}","verdict":"keep"}]}`},
		"access_review.keep-unchanged": {params: "id={begun}", body: `{"reason":"Quagga"}`},
		"access_review.confirm":        {params: "id={begun} account={account}", body: `{"note":"Quagga"}`},
		"sheet.grid":                   {params: "id={opened}"}, "sheet.marks": {params: "id={opened} item=1"}, "sheet.file": {params: "id={opened}"}, "sheet.raise": {params: "id={opened}", body: `{}`},
		"sheet.mark":     {params: "id={opened}", body: `{"marks":[{"item":1,"attribute":"A","mark":"pass"}]}`},
		"rehearsal.show": {}, "readiness.look": {}, "readiness.take": {own: true, body: `{"title":"Quagga"}`}, "gap.find": {own: true, body: `{}`}, "gap.plan": {own: true},
		"evidence.verify": {params: "id={evidence}"},
		"evidence.upload": {query: "file=a.txt&title=Quagga&control=IAM-03&from=2026-01-01", body: "text"},
		"evidence.attest": {body: `{"title":"Quagga","controls":["IAM-03"],"from":"2026-01-01","statement":"I saw that it was done."}`},
		"evidence.refer":  {body: `{"title":"Quagga","controls":["IAM-03"],"from":"2026-01-01","connection":"register/person","seq":1}`},
		"task.list":       {}, "task.all": {}, "calendar.list": {}, "task.ask": {body: `{"title":"Quagga","role":"lead"}`},
		"task.finish": {params: "id={task}"}, "task.snooze": {params: "id={task}", body: `{"until":"2026-01-03"}`},
		"notice.list": {}, "notice.setup": {}, "notice.hour": {body: `{"hour":9}`, own: true}, "notice.try": {own: true},
		"task.assign":    {params: "id={task}", body: `{"role":"owner"}`},
		"package.export": {query: "all=true"}, "engagement.workpapers": {params: "id={engagement}"}, "engagement.roll_forward": {params: "id={engagement}", body: `{"reason":"Early."}`}, "engagement.compare": {params: "id={engagement}"}, "report.build": {query: "type=readiness"},
	}
	maps.Copy(out, registerRows())
	return out
}

// things makes something of each noun in the first organization, marked so that
// it is recognized, and returns the ids.
func (w *world) things() map[string]string {
	w.t.Helper()
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	w.must("PUT", "/org", `{"name":"Zebra org","zone":"Europe/Stockholm"}`)
	out := map[string]string{
		"person":     text(w.must("POST", "/people", `{"name":"Zebra One","email":"zebra@example.org","starts_on":"2025-01-05"}`), "id"),
		"program":    text(w.must("POST", "/programs", `{"name":"Zebra FY","type":"type2","categories":["security"],"from":"2026-01-01","to":"2026-12-31"}`), "id"),
		"connection": text(w.must("POST", "/connections", `{"product":"linux","name":"Zebra host"}`), "id"),
		"invitation": text(w.must("POST", "/invitations", `{"email":"zebra2@example.org","name":"Zebra guest","role":"viewer"}`), "id"),
		"user":       w.ours.users[access.RoleViewer].ID, "exclusion": "exc_none", "session": "ses_none", "token": "tok_none",
	}
	out["declared"] = text(w.must("POST", "/kinds", `{"declaration":"kind: zebra.device\nversion: 1\ntitle: Zebra devices\nfamily: state\nauthority: zebra\nid: [serial]\nfields: [{name: serial, type: string}]"}`), "kind")
	out["account"] = w.account()
	out["domain"] = text(w.must("POST", "/domains", `{"domain":"zebra.example"}`), "domain")
	out["issuer"] = w.issuer()
	out["group"] = w.group()
	w.portfolio(out)
	out["role"] = text(w.must("POST", "/roles", `{"name":"zebra-desk","words":"Zebra desk","permissions":["person.read"]}`), "name")
	w.must("POST", "/controls/adopt", `{"controls":["IAM-03"]}`)
	w.must("POST", "/policies", `{"id":"PLC-ZEB","title":"Zebra policy","accept_days":30,"text":"Zebra."}`)
	w.must("POST", "/connections/register%2Fperson/sync", "")
	w.must("POST", "/checks/run", `{}`)
	out["evidence"] = text(w.must("POST", "/evidence/statements",
		`{"title":"Zebra statement","controls":["IAM-03"],"from":"2026-01-01","statement":"Zebra saw that it was done."}`), "id")
	w.must("POST", "/tasks", `{"title":"Zebra task","role":"lead"}`)
	w.licensed("Zebra words")
	w.records(out)
	out["course"] = text(w.must("POST", "/training", `{"title":"Zebra course","text":"awareness","days":30}`), "id")
	out["begun"] = text(w.must("POST", "/access-reviews", `{"title":"Zebra quarter","due_on":"2026-03-31","power":"any"}`), "id")
	w.must("POST", "/access-reviews/"+out["begun"]+"/begin", `{}`)
	out["opened"] = w.sheet(out["engagement"])
	tasks, _ := w.must("GET", "/tasks/all", "")["tasks"].([]any)
	for _, one := range tasks {
		if task, _ := one.(map[string]any); text(task, "kind") == "asked" {
			out["task"] = text(task, "id")
		}
	}
	checks, _ := w.must("GET", "/checks", "")["checks"].([]any)
	if len(checks) == 0 {
		w.t.Fatal("no check is in force over the register of people")
	}
	first, _ := checks[0].(map[string]any)
	out["check"] = text(first, "id")
	leaves, _ := w.must("GET", "/log/entries", "")["entries"].([]any)
	leaf, _ := leaves[0].(map[string]any)
	out["leaf"] = text(leaf, "id")
	return out
}

// account brings in an account of a declared kind, and returns the register's id.
func (w *world) account() string {
	w.t.Helper()
	w.must("POST", "/kinds", `{"declaration":"kind: zebra.account\nversion: 1\ntitle: Zebra accounts\nfamily: state\nauthority: zebra\nid: [login]\nlabel: login\n`+
		`fields: [{name: login, type: string}, {name: on, type: bool}]\nfacets: [{facet: account, version: 1, fields: {name: {from: login}, enabled: {from: on}}}]"}`)
	r := w.ask("POST", api.Prefix+"/kinds/zebra.account/imports?file=a.csv", w.lead(), "login,on\nzebra,true\n", "Content-Type", "text/csv")
	if r.status >= 300 {
		w.t.Fatalf("accounts: %d %s", r.status, r.body)
	}
	accounts, _ := w.must("GET", "/accounts", "")["accounts"].([]any)
	if len(accounts) == 0 {
		w.t.Fatal("the account that was brought in is not in the register")
	}
	first, _ := accounts[0].(map[string]any)
	id, _ := first["id"].(string)
	return id
}

// group has the directory tell of a group.
func (w *world) group() string {
	w.t.Helper()
	who := access.Actor{ID: "tok_x", Org: w.ours.org.ID, Role: access.RoleJob, Door: access.DoorAPI, Scope: access.Scope(access.SCIMProvision)}
	r, err := w.suite.SCIM.Do(w.t.Context(), who, scim.Request{Method: http.MethodPost, Path: "/Groups", Body: []byte(`{"displayName":"Zebra group"}`)})
	var out struct{ ID string }
	if err != nil || json.Unmarshal(r.Body, &out) != nil || out.ID == "" {
		w.t.Fatalf("%d %s %v", r.Status, r.Body, err)
	}
	return out.ID
}

// issuer adds an identity provider, which answers as far as it is asked.
func (w *world) issuer() string {
	w.t.Helper()
	var at string
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"issuer":"`+at+`","authorization_endpoint":"`+at+`/a","token_endpoint":"`+at+`/t","jwks_uri":"`+at+`/j"}`)
	}))
	w.t.Cleanup(s.Close)
	at = s.URL
	id, _ := w.must("POST", "/issuers", `{"name":"Zebra IdP","location":"`+at+`","client":"x"}`)["id"].(string)
	return id
}

// licensed imports wording of CC1.1 for the first organization.
func (w *world) licensed(text string) {
	w.t.Helper()
	r := w.ask("POST", api.Prefix+"/criteria/text?file=a.csv&publication=Zebra", w.lead(), "id,text\nCC1.1,"+text+"\n", "Content-Type", "application/octet-stream")
	if r.status != http.StatusOK {
		w.t.Fatalf("licensed text: %d %s", r.status, r.body)
	}
}

func (r row) request(o *api.Operation, ids map[string]string) (path, body string) {
	fill := func(s string) string {
		for name, id := range ids {
			s = strings.ReplaceAll(s, "{"+name+"}", id)
		}
		return s
	}
	path = o.Path
	for pair := range strings.FieldsSeq(r.params) {
		name, value, _ := strings.Cut(pair, "=")
		path = strings.ReplaceAll(path, "{"+name+"}", fill(value))
	}
	if r.query != "" {
		path += "?" + r.query
	}
	return api.Prefix + path, fill(r.body)
}

func contentType(o *api.Operation) string {
	if strings.HasSuffix(o.ID, ".import") && o.ID != "person.import" {
		return "application/octet-stream"
	}
	switch o.ID {
	case "person.import":
		return "text/csv"
	case "import.test", "import.add":
		return "text/csv"
	case "evidence.upload", "criteria.import":
		return "application/octet-stream"
	}
	return "application/json"
}

// portfolio makes our organization the provider of a third one, and that one's client:
// what the other organization must not reach.
func (w *world) portfolio(out map[string]string) {
	w.t.Helper()
	third, err := w.suite.Orgs.Create(w.t.Context(), org.New{Name: "Zebra third", Zone: "Europe/Stockholm"})
	if err != nil {
		w.t.Fatal(err)
	}
	ours, theirs := access.Console(w.ours.org.ID), access.Console(third.ID)
	consent := func(provider, client access.Actor) string {
		_, code, err := w.suite.Portfolio.Offer(w.t.Context(), provider, "Zebra")
		if err != nil {
			w.t.Fatal(err)
		}
		c, err := w.suite.Portfolio.Consent(w.t.Context(), client, code, portfolio.Terms{Work: true, Staff: true})
		if err != nil {
			w.t.Fatal(err)
		}
		return c.ID
	}
	out["client"], out["consent"] = consent(ours, theirs), consent(theirs, ours)
	o, _, err := w.suite.Portfolio.Offer(w.t.Context(), ours, "Zebra waiting")
	if err != nil {
		w.t.Fatal(err)
	}
	out["offer"] = o.ID
	d, err := w.suite.SIEM.Add(w.t.Context(), ours, siem.New{Name: "Zebra", Form: siem.Lines, Address: "https://127.0.0.1:1/zebra"})
	if err != nil {
		w.t.Fatal(err)
	}
	out["siem"] = d.ID
	trust, err := w.suite.Federation.Add(w.t.Context(), ours, federation.New{Name: "Zebra", Issuer: "https://127.0.0.1:1/zebra", Conditions: []federation.Condition{{Claim: "repository", Pattern: "zebra/app"}}, Scope: []string{"import.add"}})
	if err != nil {
		w.t.Fatal(err)
	}
	out["trust"] = trust.ID
	left, err := w.suite.Auth.Enroll(w.t.Context(), ours, auth.New{Email: "zebra.left@example.org", Name: "Zebra who left", Role: access.RoleViewer})
	if err == nil {
		err = w.suite.Auth.RemoveMember(w.t.Context(), ours, left.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	out["left"] = left.ID
}

// nothingThere are ids of things that do not exist.
func nothingThere() map[string]string {
	none := map[string]string{}
	for _, name := range []string{
		"person", "program", "connection", "invitation", "user", "exclusion", "session", "token", "check", "leaf", "evidence", "task", "declared", "account", "domain", "issuer", "group", "role", "offer", "siem", "trust", "left", "client", "consent", "begun", "opened", "course",
	} {
		none[name] = "none"
	}
	declared := all.Declarations()
	for i := range declared {
		none[declared[i].Noun] = "none"
	}
	return none
}

func TestMatrix(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		table, rows := api.Table(), rows()
		none := nothingThere()
		for i := range table {
			o := &table[i]
			r, ok := rows[o.ID]
			if !ok {
				t.Errorf("%s has no row in the matrix", o.ID)
				continue
			}
			path, body := r.request(o, none)
			if strings.Contains(path, "{") {
				t.Errorf("%s: the row leaves %s open", o.ID, path)
				continue
			}
			if got := w.ask(o.Method, path, "", body, "Content-Type", contentType(o)).status; !o.Public && got != http.StatusUnauthorized {
				t.Errorf("%s without anybody: %d, want 401", o.ID, got)
			}
			if got := w.ask(o.Method, path, "assay_wrong", body, "Content-Type", contentType(o)).status; !o.Public && got != http.StatusUnauthorized {
				t.Errorf("%s with a token that is none: %d, want 401", o.ID, got)
			}
			for _, role := range access.Roles() {
				got := w.ask(o.Method, path, w.ours.tokens[role], body, "Content-Type", contentType(o))
				want := !o.Public && !role.Allows(o.Permission)
				if want && got.status != http.StatusForbidden {
					t.Errorf("%s as %s: %d %s, want 403", o.ID, role, got.status, got.body)
				}
				if !want && got.status == http.StatusForbidden && !r.keyboard {
					t.Errorf("%s as %s: 403 %s, want it allowed", o.ID, role, got.body)
				}
				if got.status >= 500 || got.status == http.StatusUnauthorized && !o.Public {
					t.Errorf("%s as %s: %d %s", o.ID, role, got.status, got.body)
				}
			}
		}
		for id := range rows {
			if !has(table, id) {
				t.Errorf("the matrix has a row for %s, which is no operation", id)
			}
		}
	})
}

func has(table []api.Operation, id string) bool {
	for i := range table {
		if table[i].ID == id {
			return true
		}
	}
	return false
}

func TestTenants(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids, none := w.things(), nothingThere()
		table, rows := api.Table(), rows()
		for i := range table {
			o, r := &table[i], rows[table[i].ID]
			if o.Public {
				continue
			}
			path, body := r.request(o, ids)
			for _, role := range access.Roles() {
				got := w.ask(o.Method, path, w.theirs.tokens[role], body, "Content-Type", contentType(o))
				switch {
				case got.status >= 500:
					t.Errorf("%s as %s: %d %s", o.ID, role, got.status, got.body)
				case !role.Allows(o.Permission) && got.status != http.StatusForbidden:
					t.Errorf("%s on another organization's thing as %s: %d %s, want 403", o.ID, role, got.status, got.body)
				case role.Allows(o.Permission) && r.params != "" && !r.own && got.status != http.StatusNotFound:
					t.Errorf("%s on another organization's thing as %s: %d %s, want 404", o.ID, role, got.status, got.body)
				}
				if strings.Contains(string(got.body), "Zebra") {
					t.Errorf("%s shows another organization's as %s: %s", o.ID, role, got.body)
				}
				if r.params == "" || r.own || got.status != http.StatusNotFound {
					continue
				}
				nothing, same := r.request(o, none)
				if no := w.ask(o.Method, nothing, w.theirs.tokens[role], same, "Content-Type", contentType(o)); no.status != got.status || withoutIDs(no.body, none) != withoutIDs(got.body, ids) {
					t.Errorf("%s as %s tells another organization's thing from one that does not exist:\n%d %s\n%d %s", o.ID, role, got.status, got.body, no.status, no.body)
				}
			}
		}
		if p := w.must("GET", "/people/"+ids["person"], ""); p["name"] != "Zebra One" || p["ends_on"] != nil {
			t.Errorf("the person was changed from outside: %v", p)
		}
		if r := w.ask("GET", api.Prefix+"/controls/ZEB-01", w.lead(), ""); r.status != http.StatusNotFound {
			t.Errorf("a control of another organization is here: %d %s", r.status, r.body)
		}
		if c := w.ask("GET", api.Prefix+"/criteria/text", w.lead(), ""); !strings.Contains(string(c.body), "Zebra words") {
			t.Errorf("the licensed text was changed from outside: %d %s", c.status, c.body)
		}
		if c := w.must("GET", "/connections/"+ids["connection"], ""); c["state"] != "enabled" {
			t.Errorf("the connection was changed from outside: %v", c)
		}
	})
}

// withoutIDs is an answer without the ids that were asked for.
func withoutIDs(body []byte, ids map[string]string) string {
	text := string(body)
	for _, id := range longestFirst(ids) {
		if id != "" {
			text = strings.ReplaceAll(text, id, "*")
		}
	}
	return text
}

// longestFirst are ids in an order in which none is replaced within another, as R-08
// would be within AR-08.
func longestFirst(ids map[string]string) []string {
	return slices.SortedFunc(maps.Values(ids), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
}

// dead are ways in that no longer are, by what ended them, for a role.
func (w *world) dead(role access.Role) map[string][]string {
	w.t.Helper()
	ctx := w.t.Context()
	bearer := func(secret string) []string { return []string{"Authorization", "Bearer " + secret} }
	session := func(token string) []string {
		return []string{"Cookie", cookie + "=" + token, "Sec-Fetch-Site", "same-origin"}
	}
	out := map[string][]string{}
	who, err := w.suite.Auth.Actor(ctx, w.ours.sessions[role], "", auth.From{})
	if err != nil {
		w.t.Fatal(err)
	}
	token := func(until time.Duration) (auth.Token, string) {
		t, secret, err := w.suite.Auth.AddToken(ctx, who, auth.NewToken{Name: "t", Role: role, ExpiresAt: w.hand.Now().Add(until)})
		if err != nil {
			w.t.Fatal(err)
		}
		return t, secret
	}
	t, secret := token(time.Hour)
	if err := w.suite.Auth.RevokeToken(ctx, who, t.ID); err != nil {
		w.t.Fatal(err)
	}
	out["a revoked token"] = bearer(secret)
	_, secret = token(time.Minute)
	out["an expired token"] = bearer(secret)
	email := string(role) + "@" + w.ours.org.Slug + ".example"
	o, err := w.suite.Auth.SignIn(ctx, auth.Attempt{Email: email, Password: password, From: auth.From{Address: "127.0.0.1"}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.suite.Auth.SignOut(ctx, o.Token, auth.From{}); err != nil {
		w.t.Fatal(err)
	}
	out["a session that was signed out"] = session(o.Token)
	return out
}

// TestMatrixOfWhatHasEnded asks for every operation as every role with what no
// longer opens anything.
func TestMatrixOfWhatHasEnded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		none, rows := nothingThere(), rows()
		ways := map[access.Role]map[string][]string{}
		for _, role := range access.Roles() {
			ways[role] = w.dead(role)
		}
		w.hand.Add(2 * time.Minute) // the tokens that expire have
		gone, err := w.suite.Auth.Actor(t.Context(), w.ours.sessions[access.RoleLead], "", auth.From{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.suite.Auth.RemoveMember(t.Context(), gone, w.ours.users[access.RoleViewer].ID); err != nil {
			t.Fatal(err)
		}
		ways[access.RoleViewer]["a token of a member who was removed"] = []string{"Authorization", "Bearer " + w.ours.tokens[access.RoleViewer]}
		ways[access.RoleViewer]["a session of a member who was removed"] = []string{"Cookie", cookie + "=" + w.ours.sessions[access.RoleViewer], "Sec-Fetch-Site", "same-origin"}
		table := api.Table()
		for i := range table {
			o := &table[i]
			if o.Public {
				continue
			}
			path, body := rows[o.ID].request(o, none)
			for role, list := range ways {
				for what, header := range list {
					got := w.ask(o.Method, path, "", body, append([]string{"Content-Type", contentType(o)}, header...)...)
					if got.status != http.StatusUnauthorized {
						t.Errorf("%s as %s with %s: %d %s, want 401", o.ID, role, what, got.status, got.body)
					}
				}
			}
		}
	})
}

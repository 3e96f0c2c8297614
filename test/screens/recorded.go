package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"assay/internal/kit/clock"
)

// rehearsed are the dry runs of connectors over what the tests have of them, and
// over this machine: the wizard's third step, with counts and first rows. They
// need the source and a server on the same machine that may read its files.
func rehearsed(corpus, server, names, anchor string) []sheet {
	const try = `main form[action$="/try"] button.primary`
	dry := func(name, product string, settings map[string]string) sheet {
		return sheet{name: "dry-run-" + name, path: "/connectors/new/" + product, settings: settings, press: try, wait: "#h-c"}
	}
	root, _ := os.Getwd()
	list := []sheet{
		dry("github", "github", map[string]string{"organization": "example", "from": "recorded:github/recorded"}),
		dry("okta", "okta", map[string]string{"domain": "example.okta.com", "from": "recorded:okta/recorded"}),
		dry("google-workspace", "google_workspace", map[string]string{"from": "recorded:googleworkspace/recorded"}),
		dry("mailreport", "mailreport", map[string]string{"folder": mailed}),
		dry("status-page", "status_page", map[string]string{"page": "status.example.com", "from": "recorded:statuspage/recorded"}),
		dry("git", "git", map[string]string{"repository": root}),
	}
	if corpus != "" {
		list = append(list, dry("aws", "aws", map[string]string{"from": filepath.Join(corpus, "d02-aws-iam-small"), "account": "012345678901"}))
	}
	if server != "" { // with the role assay, without a password
		list = append(list, dry("postgres", "postgres", map[string]string{"address": server, "tls": "disable"}))
	}
	if names != "" { // which answers for these two and for no others
		list = append(list, dry("domain", "domain", map[string]string{"domains": "signed.test\nplain.test", "resolver": names, "trust_anchors": anchor}))
	}
	return list
}

var section = regexp.MustCompile(`(?m)^-- (file|base64) (/\S+)(?: [^\n]*)? --\n`)

// recorded writes the files of a connector's recording into a folder, and
// returns where its own folder then lies.
func recorded(dir, name string) (string, error) {
	product, file, _ := strings.Cut(name, "/")
	text, err := os.ReadFile(filepath.Join("connector", product, "testdata", file+".txtar"))
	if err != nil {
		return "", err
	}
	base := filepath.Join(dir, product)
	top := ""
	for _, at := range section.FindAllSubmatchIndex(text, -1) {
		kind, name := string(text[at[2]:at[3]]), string(text[at[4]:at[5]])
		body := text[at[1]:]
		if end := regexp.MustCompile(`(?m)^-- .+ --$`).FindIndex(body); end != nil {
			body = body[:end[0]]
		}
		if kind == "base64" {
			if body, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(body)), "")); err != nil {
				return "", err
			}
		}
		if top == "" {
			top = "/" + strings.Split(name, "/")[1]
		}
		to := filepath.Join(base, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // recordings of the tests are public
			return "", err
		}
		if err := os.WriteFile(to, body, 0o644); err != nil { //nolint:gosec // likewise
			return "", err
		}
	}
	return filepath.Join(base, top), nil
}

// mailed stands for a folder of reports about mail of yesterday: a dry run looks
// at the last thirty days.
const mailed = "mailed:"

// mail writes a DMARC report, an SMTP TLS report and one that is cut off.
func mail(dir string) (string, error) {
	begin := clock.System().Add(-24 * time.Hour).Truncate(24 * time.Hour)
	end := begin.Add(24*time.Hour - time.Second)
	dmarc := fmt.Sprintf(`<?xml version="1.0"?><feedback><report_metadata><org_name>mail.example.net</org_name><report_id>r1</report_id>`+
		`<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata><policy_published><domain>larkspur.example</domain><p>reject</p></policy_published>`+
		`<record><row><source_ip>192.0.2.1</source_ip><count>90</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row></record></feedback>`,
		begin.Unix(), end.Unix())
	tls := fmt.Sprintf(`{"organization-name": "Example Net", "date-range": {"start-datetime": %q, "end-datetime": %q}, "report-id": "t1", "policies": [`+
		`{"policy": {"policy-type": "sts", "policy-domain": "larkspur.example"}, "summary": {"total-successful-session-count": 57, "total-failure-session-count": 0}}]}`,
		begin.Format(time.RFC3339), end.Format(time.RFC3339))
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // made up
		return "", err
	}
	for name, text := range map[string]string{"dmarc.xml": dmarc, "tls.json": tls, "cut.xml": dmarc[:len(dmarc)/2]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // likewise
			return "", err
		}
	}
	return dir, nil
}

package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// rehearsed are the dry runs of connectors over what the tests have of them, and
// over this machine: the wizard's third step, with counts and first rows. They
// need the source and a server on the same machine that may read its files.
func rehearsed(corpus, server string) []sheet {
	const try = `main form[action$="/try"] button.primary`
	dry := func(name, product string, settings map[string]string) sheet {
		return sheet{name: "dry-run-" + name, path: "/connectors/new/" + product, settings: settings, press: try, wait: "#h-c"}
	}
	root, _ := os.Getwd()
	list := []sheet{
		dry("github", "github", map[string]string{"organization": "example", "from": "recorded:github/recorded"}),
		dry("okta", "okta", map[string]string{"domain": "example.okta.com", "from": "recorded:okta/recorded"}),
		dry("google-workspace", "google_workspace", map[string]string{"from": "recorded:googleworkspace/recorded"}),
		dry("mailreport", "mailreport", map[string]string{"folder": "recorded:mailreport/whole"}),
		dry("git", "git", map[string]string{"repository": root}),
	}
	if corpus != "" {
		list = append(list, dry("aws", "aws", map[string]string{"from": filepath.Join(corpus, "d02-aws-iam-small"), "account": "012345678901"}))
	}
	if server != "" { // with the role assay, without a password
		list = append(list, dry("postgres", "postgres", map[string]string{"address": server, "tls": "disable"}))
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

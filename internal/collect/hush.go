package collect

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/connector"
	"assay/internal/db"
)

// hush keeps a connection's secrets out of what is written about it: products
// like to repeat a request, credentials and all, in their error messages.
type hush struct{ r *strings.Replacer }

// shortest is the length from which text is taken for a secret: shorter ones
// would black out ordinary words.
const shortest = 6

func newHush(secrets map[string]string) hush {
	var forms []string
	for _, v := range secrets {
		parts := append(strings.Split(v, "\n"), v)
		for _, part := range parts {
			part = strings.TrimSpace(part)
			if len(part) < shortest || strings.HasPrefix(part, "-----") {
				continue
			}
			forms = append(forms, part, url.QueryEscape(part), url.PathEscape(part), base64.StdEncoding.EncodeToString([]byte(part)))
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range slices.Compact(forms) {
		pairs = append(pairs, f, "[secret]")
	}
	return hush{strings.NewReplacer(pairs...)}
}

// clip is text for a person: without secrets and not too long.
func (h hush) clip(s string) string {
	if h.r != nil {
		s = h.r.Replace(s)
	}
	return clip(s)
}

func (h hush) calls(list []connector.Call) []connector.Call {
	for i := range list {
		c := &list[i]
		c.Name, c.Parameters, c.Problem = h.clip(c.Name), h.clip(c.Parameters), h.clip(c.Problem)
	}
	return list
}

func (h hush) reports(list []connector.Report) []connector.Report {
	for i := range list {
		for j := range list[i].Problems {
			list[i].Problems[j] = h.clip(list[i].Problems[j])
		}
	}
	return list
}

func (h hush) progress(to func(connector.Progress)) func(connector.Progress) {
	if to == nil {
		return nil
	}
	return func(p connector.Progress) {
		p.Text = h.clip(p.Text)
		to(p)
	}
}

// clip is s as every store takes it, at most 500 bytes and whole characters.
func clip(s string) string {
	const most = 500
	if s = db.Plain(s); len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " …"
}

package demo

import "strings"

// domains of Larkspur: registered for two years at a time, and renewed two
// months ahead.
func (w *world) domains(day int) (out []map[string]any) {
	for i, name := range []string{"larkspur.example", "larkspur-status.example", "larkspur-mail.example"} {
		ends := 60 + 97*i
		if day >= ends-60 {
			ends += 730
		}
		out = append(out, map[string]any{
			"id": name, "name": name, "dnssec": true, "expires_at": w.at(ends, 12, 0), "transfer_locked": true, "spoofing_refused": true,
		})
	}
	return out
}

// certificates that the edge serves: good for ninety days, and renewed by a
// program thirty days ahead, but for once, by hand and without its chain.
func (w *world) certificates(day int) (out []map[string]any) {
	const life, ahead = 90, 30
	for i, name := range []string{"app", "api", "www", "status", "docs"} {
		ends := day - (day+17*i)%(life-ahead) + life
		host := name + ".larkspur.example:443"
		out = append(out, map[string]any{
			"id": strings.TrimSuffix(host, ":443"), "name": host, "issuer": "CN=Example CA R3", "starts_at": w.at(ends-life, 3, 0), "expires_at": w.at(ends, 3, 0),
			"trusted": name != "api" || day < chainLost || day >= chainMended, "name_matches": true,
			"key_type": "ecdsa", "key_bits": 256, "weak_signature": false,
		})
	}
	return out
}

package keyservice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// scope is what a signature is good for, beside its day.
type scope struct{ region, service string }

// sign signs a request without a query as AWS asks, with Signature Version 4
// (AWS Identity and Access Management User Guide, "Create a signed AWS API request").
func sign(req *http.Request, body []byte, s scope, a Access) {
	at := a.Now().UTC().Format("20060102T150405Z")
	req.Header.Set("X-Amz-Date", at)
	if !a.AWSSession.Empty() {
		req.Header.Set("X-Amz-Security-Token", a.AWSSession.Reveal())
	}
	lines := []string{"host:" + req.URL.Host}
	for name := range req.Header {
		lines = append(lines, strings.ToLower(name)+":"+req.Header.Get(name))
	}
	slices.Sort(lines)
	names := make([]string, len(lines))
	for i, line := range lines {
		names[i], _, _ = strings.Cut(line, ":")
	}
	signed := strings.Join(names, ";")
	canonical := req.Method + "\n/\n\n" + strings.Join(lines, "\n") + "\n\n" + signed + "\n" + sum(body)
	within := at[:8] + "/" + s.region + "/" + s.service + "/aws4_request"
	key := []byte("AWS4" + a.AWSSecret.Reveal())
	for part := range strings.SplitSeq(within, "/") {
		key = mac(key, part)
	}
	signature := mac(key, "AWS4-HMAC-SHA256\n"+at+"\n"+within+"\n"+sum([]byte(canonical)))
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+a.AWSKey+"/"+within+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(signature))
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

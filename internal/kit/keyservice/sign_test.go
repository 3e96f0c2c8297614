package keyservice

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/secret"
)

// The example "post-vanilla" of AWS's test suite for Signature Version 4.
func TestTheSignatureIsThatOfThePublishedExample(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.amazonaws.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	sign(req, nil, scope{"us-east-1", "service"}, Access{
		AWSKey: "AKIDEXAMPLE", AWSSecret: secret.NewText("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
		Now: func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
	})
	const want = "SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwant …%s", got, want)
	}
}

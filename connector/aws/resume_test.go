package aws

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/outbound"
)

// webFunc is a web that a function makes.
type webFunc func(req *http.Request, body string) (status int, answer string)

// RoundTrip is http.RoundTripper's.
func (f webFunc) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	status, text := f(req, string(body))
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// A collection after a complete one asks for the events since then, and for a day
// before, and says from when on it knows them.
func TestEventsAreResumed(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	covered := now.Add(-10 * 24 * time.Hour)
	for name, c := range map[string]struct {
		held connector.Period
		from time.Time
	}{
		"the first time":         {connector.Period{}, now.Add(-longestHistory)},
		"the next time":          {connector.Period{From: now.AddDate(0, 0, -100), To: covered}, covered.Add(-overlap)},
		"with a gap before that": {connector.Period{From: now.AddDate(0, 0, -20), To: covered}, now.Add(-longestHistory)},
	} {
		var asked []float64
		web := webFunc(func(req *http.Request, body string) (int, string) {
			switch {
			case strings.Contains(body, "GetCallerIdentity"):
				return 200, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
			case strings.HasSuffix(req.Header.Get("X-Amz-Target"), ".LookupEvents"):
				var in struct{ StartTime, EndTime float64 }
				if err := json.Unmarshal([]byte(body), &in); err != nil {
					t.Error(err)
				}
				asked = append(asked, in.StartTime, in.EndTime)
				return 200, `{"Events": []}`
			}
			return 403, `{"__type": "AccessDeniedException", "message": "no"}`
		})
		clock := func() time.Time { return now }
		src, err := Product().Open(connector.Config{"access_key_id": "EXAMPLEKEY000001", "secret_access_key": "x", "regions": "eu-central-1"}, connector.Env{
			Now: clock, Period: connector.Period{From: now.AddDate(-1, 0, 0), To: now.AddDate(0, 6, 0)},
			HTTP: outbound.New(outbound.Options{Now: clock, Base: web, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}),
		})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, k := range Kinds() {
			kinds = append(kinds, k.Kind)
		}
		run := connector.NewRun(clock, kinds, func(context.Context, connector.Resource) error { return nil }, nil)
		run.SetCovered(map[string]connector.Period{kindEvent: c.held}, now.AddDate(-1, 0, 0))
		if err := src.Collect(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 2 || int64(asked[0]) != c.from.Unix() || int64(asked[1]) != now.Unix() {
			t.Errorf("%s: asked for %v, want from %d", name, asked, c.from.Unix())
		}
		for _, r := range run.Reports() {
			if r.Kind == kindEvent && (!r.Complete || !r.From.Equal(c.from) || !r.To.Equal(now)) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

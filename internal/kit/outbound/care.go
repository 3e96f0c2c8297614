package outbound

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Care is what a caller knows about its own requests.
type Care struct {
	// Throttled reports that an answer asks to come back later although its
	// status does not say so. Its body is at most 64 KiB long; nil for never.
	Throttled func(status int, body []byte) bool
	// Retried hears of each repetition; nil for nobody.
	Retried func(why string)
}

type caring struct{}

// With gives the requests of a context care.
func With(ctx context.Context, c Care) context.Context { return context.WithValue(ctx, caring{}, c) }

func careOf(ctx context.Context) Care {
	c, _ := ctx.Value(caring{}).(Care)
	return c
}

func (c Care) retried(why string) {
	if c.Retried != nil {
		c.Retried(why)
	}
}

// passing names a failure that may be over the next time, or is empty. It asks
// the caller about a refusal, and puts what was read back.
func (c Care) passing(resp *http.Response, err error) string {
	why := passing(resp, err)
	if why != "" || c.Throttled == nil || err != nil || resp.StatusCode < http.StatusBadRequest {
		return why
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, drained))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	if err == nil && c.Throttled(resp.StatusCode, head) {
		return "throttled"
	}
	return ""
}

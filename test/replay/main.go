package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/org"
	"assay/internal/suite"
)

func main() {
	pulls := flag.Int("pulls", 100_000, "merged pull requests")
	members := flag.Int("members", 100_000, "members")
	budget := flag.Int("budget", 5000, "calls that the replayed GitHub allows in an hour")
	most := flag.Int("most", 250, "MiB above which it fails")
	flag.Parse()
	hub := &hub{pulls: *pulls, members: *members, budget: *budget, begun: clock.System()}
	if err := run(context.Background(), os.Stdout, hub, *most); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, hub *hub, most int) error {
	dir, err := os.MkdirTemp("", "assay-replay-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := app.Open(ctx, suite.Config{Data: dir, Now: clock.System})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close(ctx) }()
	s.Connectors.HTTP = &http.Client{Transport: hub}
	period := connector.Period{From: hub.begun.AddDate(-1, 0, 0), To: hub.begun.AddDate(0, 0, 1)}
	s.Connectors.Period = func(*db.Tx) (connector.Period, error) { return period, nil }
	o, err := s.Orgs.Create(ctx, org.New{Name: "Example", Zone: "UTC"})
	if err != nil {
		return err
	}
	who := access.Console(o.ID)
	c, err := s.Connectors.Add(ctx, who, collect.New{Product: "github", Name: "Replayed", Settings: map[string]string{"organization": "example", "token": "x"}})
	if err != nil {
		return err
	}
	shown := 0
	done, err := s.Connectors.Run(ctx, who, c.ID, func(p connector.Progress) {
		if shown++; shown <= 12 || shown%20 == 0 {
			_, _ = fmt.Fprintf(out, "%6d  %s\n", p.Done, p.Text)
		}
	})
	if err != nil {
		return err
	}
	m, err := s.Facts.Manifest(ctx, who, c.ID, done.Seq)
	if err != nil {
		return err
	}
	for i := range m.Kinds {
		k := &m.Kinds[i]
		want := map[string]int{"github.pull_request": hub.pulls, "github.member": hub.members}[k.Kind]
		if want > 0 && (k.Items != want || !k.Complete) {
			return fmt.Errorf("%s: %d of %d, complete %v, %v", k.Kind, k.Items, want, k.Complete, k.Problems)
		}
	}
	peak := peakMemory()
	_, _ = fmt.Fprintf(out, "%d objects, %d calls, %.1f s, at most %d MiB\n", done.Items, hub.calls.Load(), clock.System().Sub(hub.begun).Seconds(), peak)
	if peak > most {
		return fmt.Errorf("it held %d MiB, more than %d", peak, most)
	}
	return nil
}

// peakMemory is the most memory that the process held, in MiB; 0 where the system
// does not tell.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib / 1024
		}
	}
	return 0
}

// hub answers as GitHub does.
type hub struct {
	pulls, members, budget int
	begun                  time.Time
	calls                  atomic.Int64
}

// RoundTrip is http.RoundTripper's.
func (h *hub) RoundTrip(req *http.Request) (*http.Response, error) {
	n := h.calls.Add(1)
	status, text := http.StatusOK, []byte("[]")
	switch {
	case strings.HasSuffix(req.URL.Path, "/graphql"):
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		text = h.query(body)
	case req.URL.Path == "/orgs/example":
		text = []byte(`{"id": 1, "login": "example", "public_repos": 0, "total_private_repos": 1, "two_factor_requirement_enabled": true, "default_repository_permission": "read", "members_can_create_public_repositories": false, "is_verified": true}`)
	case req.URL.Path == "/orgs/example/repos":
		text = []byte(`[{"id": 101, "full_name": "example/shop", "private": true, "visibility": "private", "default_branch": "main"}]`)
	case strings.HasSuffix(req.URL.Path, "/protection"):
		status, text = http.StatusNotFound, []byte(`{"message": "Branch not protected"}`)
	case strings.HasSuffix(req.URL.Path, "/audit-log"):
		status, text = http.StatusNotFound, []byte(`{"message": "Not Found"}`)
	}
	head := http.Header{"Content-Type": {"application/json"}}
	head.Set("X-Ratelimit-Limit", strconv.Itoa(h.budget))
	head.Set("X-Ratelimit-Remaining", strconv.Itoa(h.budget-int(n)%h.budget))
	head.Set("X-Ratelimit-Reset", strconv.FormatInt(h.begun.Add(time.Hour).Unix(), 10))
	return &http.Response{StatusCode: status, Header: head, Request: req, ContentLength: int64(len(text)), Body: io.NopCloser(bytes.NewReader(text))}, nil
}

// query answers the connector's queries, page by page.
func (h *hub) query(body []byte) []byte {
	var q struct {
		Query     string `json:"query"`
		Variables struct {
			After string `json:"after"`
		} `json:"variables"`
	}
	_ = json.Unmarshal(body, &q)
	from, _ := strconv.Atoi(q.Variables.After)
	page := func(all, size int, entry func(*bytes.Buffer, int)) (entries []byte, info string) {
		var b bytes.Buffer
		to := min(from+size, all)
		for i := from; i < to; i++ {
			if i > from {
				b.WriteByte(',')
			}
			entry(&b, i)
		}
		return b.Bytes(), fmt.Sprintf(`"totalCount":%d,"pageInfo":{"hasNextPage":%v,"endCursor":"%d"}`, all, to < all, to)
	}
	at := h.begun.Add(-24 * time.Hour).UTC().Format(time.RFC3339)
	switch {
	case strings.Contains(q.Query, "membersWithRole"):
		list, info := page(h.members, 100, func(b *bytes.Buffer, i int) {
			fmt.Fprintf(b, `{"role":"MEMBER","hasTwoFactorEnabled":%v,"node":{"databaseId":%d,"login":"user%d","name":"User %d","createdAt":"2020-01-01T00:00:00Z","organizationVerifiedDomainEmails":["user%d@example.com"]}}`, i%50 != 0, i+1, i+1, i+1, i+1)
		})
		return fmt.Appendf(nil, `{"data":{"organization":{"membersWithRole":{%s,"edges":[%s]}}}}`, info, list)
	case strings.Contains(q.Query, "pullRequests"):
		list, info := page(h.pulls, 50, func(b *bytes.Buffer, i int) {
			fmt.Fprintf(b, `{"id":"P%d","number":%d,"title":"Change %d","createdAt":%q,"updatedAt":%q,"mergedAt":%q,"baseRefName":"main","headRefOid":"h%d","author":{"__typename":"User","login":"user%d","databaseId":%d},`+
				`"mergedBy":{"__typename":"User","login":"user1","databaseId":1},"statusCheckRollup":{"state":"SUCCESS","contexts":{"totalCount":3}},"closingIssuesReferences":{"totalCount":1},`+
				`"reviews":{"pageInfo":{},"nodes":[{"state":"APPROVED","submittedAt":%q,"commit":{"oid":"h%d"},"author":{"__typename":"User","login":"user1","databaseId":1}}]}}`, i, i+1, i, at, at, at, i, i%900+2, i%900+2, at, i)
		})
		return fmt.Appendf(nil, `{"data":{"repository":{"nameWithOwner":"example/shop","pullRequests":{%s,"nodes":[%s]}}}}`, info, list)
	}
	return []byte(`{"data":{"repository":{"nameWithOwner":"example/shop","ref":null}}}`)
}

package speed_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/internal/resource"
	"assay/internal/rule"
)

// account is a kind of the size that products have: some thirty fields, of
// which checks read most.
func account() *resource.Schema {
	text := func(names ...string) (out []resource.Field) {
		for _, n := range names {
			out = append(out, resource.Field{Name: n, Type: resource.String, Optional: strings.HasSuffix(n, "_note")})
		}
		return out
	}
	flags := func(names ...string) (out []resource.Field) {
		for _, n := range names {
			out = append(out, resource.Field{Name: n, Type: resource.Bool})
		}
		return out
	}
	s := &resource.Schema{Kind: "cloud.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name"}
	s.Fields = append(s.Fields, text("name", "region", "department", "title_note", "arn", "source", "owner_note")...)
	s.Fields = append(s.Fields, flags("enabled", "mfa", "admin", "console", "suspended", "external")...)
	s.Fields = append(s.Fields,
		resource.Field{Name: "email", Type: resource.String, Optional: true},
		resource.Field{Name: "state", Type: resource.String, Enum: []string{"active", "invited", "left"}},
		resource.Field{Name: "uid", Type: resource.Int}, resource.Field{Name: "sessions", Type: resource.Int}, resource.Field{Name: "failures", Type: resource.Int, Optional: true},
		resource.Field{Name: "score", Type: resource.Decimal, Optional: true},
		resource.Field{Name: "created_at", Type: resource.Time}, resource.Field{Name: "password_at", Type: resource.Time, Optional: true},
		resource.Field{Name: "last_used_at", Type: resource.Time, Optional: true}, resource.Field{Name: "ends_on", Type: resource.Date, Optional: true},
		resource.Field{Name: "groups", Type: resource.List, Of: &resource.Field{Type: resource.String}},
		resource.Field{Name: "tags", Type: resource.Map, Of: &resource.Field{Type: resource.String}},
		resource.Field{Name: "keys", Type: resource.List, Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
			{Name: "active", Type: resource.Bool}, {Name: "created_at", Type: resource.Time}, {Name: "age", Type: resource.Int, Optional: true},
		}}},
	)
	return s
}

// conditions are what checks ask, in the shares in which the catalog asks it:
// comparisons mostly, some loops, few patterns.
var conditions = []string{
	"r.mfa", "r.enabled && r.mfa", "!r.admin || r.mfa", "!r.console || r.mfa", "!r.suspended", "r.state == 'active'", "r.state != 'left' || !r.enabled",
	"r.uid > 0", "r.sessions < %d", "r.sessions <= p.n", "!has(r.failures) || r.failures < %d", "r.?failures.orValue(0) <= p.n", "has(r.email) && r.email != ''",
	"r.last_used_at > now - days(%d)", "!has(r.last_used_at) || r.last_used_at > now - p.age", "has(r.password_at) && now - r.password_at < p.age", "r.created_at <= now",
	"!has(r.ends_on) || r.ends_on >= date(now)", "r.department in ['engineering', 'sales', 'support', 'finance']", "r.region in p.regions", "!('admins' in r.groups) || r.admin",
	"size(r.groups) > 0 && size(r.groups) < %d", "r.keys.all(k, !k.active || k.created_at > now - days(%d))", "!r.keys.exists(k, k.active && k.?age.orValue(0) > %d)", "size(r.keys) <= 2",
	"'owner' in r.tags", "r.?tags.env.orValue('') in ['prod', 'test', 'dev']", "r.tags['env'] == 'prod' || !r.admin", "r.name.startsWith('svc-') || r.console || !r.enabled", "r.email.endsWith('@example.com')",
	"r.arn.matches('^arn:cloud:[a-z0-9-]+:[0-9]+:account/')", "r.source == 'sso' || r.external", "r.score < 0.8", "has(r.title_note) || has(r.owner_note)",
}

func checksOf(tb testing.TB, kinds rule.Kinds, n int) []*rule.Program {
	tb.Helper()
	out := make([]*rule.Program, n)
	for i, d := range definitions(tb, n) {
		p, err := rule.Compile(d, kinds, nil)
		if err != nil {
			tb.Fatal(err)
		}
		out[i] = p
	}
	return out
}

func definitions(tb testing.TB, n int) []*rule.Definition {
	tb.Helper()
	out := make([]*rule.Definition, n)
	for i := range out {
		ask := conditions[i%len(conditions)]
		if strings.Contains(ask, "%d") {
			ask = fmt.Sprintf(ask, 5+i)
		}
		text := fmt.Sprintf("id: cloud.account.c%d\nversion: 1\ntitle: Check %d holds\nkind: cloud.account\nassert: %q\nfreshness: 26h\nseverity: high\nmessage: \"'not so for ' + r.name\"\n", i, i, ask)
		if i%3 > 0 {
			text += fmt.Sprintf("where: %q\n", []string{"", "r.enabled", "r.state == 'active' && !r.external"}[i%3])
		}
		text += "params: {n: {type: int, default: 9}, age: {type: duration, default: 90d}, regions: {type: list, default: 'eu-1,eu-2,us-1'}}\n"
		d, err := rule.Parse([]byte(text))
		if err != nil {
			tb.Fatalf("%v\n%s", err, text)
		}
		out[i] = d
	}
	return out
}

// storedAccounts are records of about a kilobyte: a tenth lack an optional
// field, two in a hundred could not be read in full, one in a hundred is not as
// declared.
func storedAccounts(tb testing.TB, n int) []string {
	tb.Helper()
	d := rand.New(rand.NewPCG(1, 2))
	out := make([]string, n)
	for i := range out {
		at := func(days int) string {
			return asOf().Add(-time.Duration(d.IntN(days*24)) * time.Hour).Format("2006-01-02T15:04:05.000Z")
		}
		keys := []any{}
		for range d.IntN(3) {
			keys = append(keys, map[string]any{"active": d.IntN(3) > 0, "created_at": at(300), "age": d.IntN(300)})
		}
		name := fmt.Sprintf("person-%05d", i)
		fields := map[string]any{
			"name": name, "region": []string{"eu-1", "us-1", "ap-3"}[d.IntN(3)], "department": []string{"engineering", "sales", "marketing"}[d.IntN(3)],
			"arn": "arn:cloud:iam:123456789012:account/" + name, "source": []string{"sso", "local"}[d.IntN(2)], "title_note": "Senior engineer of the platform group, second line",
			"owner_note": "created by the onboarding run; reviewed in the spring by the team lead, no remarks were made about it, and none are open",
			"enabled":    d.IntN(10) > 0, "mfa": d.IntN(20) > 0, "admin": d.IntN(10) == 0, "console": d.IntN(2) == 0, "suspended": d.IntN(50) == 0, "external": d.IntN(20) == 0,
			"email": name + "@example.com", "state": []string{"active", "active", "invited", "left"}[d.IntN(4)], "uid": i, "sessions": d.IntN(10), "failures": d.IntN(4), "score": fmt.Sprintf("0.%d", d.IntN(10)),
			"created_at": at(1000), "password_at": at(200), "last_used_at": at(100), "ends_on": "2027-03-31",
			"groups": []any{"staff", "vpn", "wiki", []string{"admins", "readers"}[d.IntN(2)]}, "tags": map[string]any{"env": "prod", "owner": "platform", "cost": "4711"}, "keys": keys,
		}
		for _, optional := range []string{"failures", "score", "password_at", "last_used_at", "ends_on", "title_note"} {
			if d.IntN(10) == 0 {
				delete(fields, optional)
			}
		}
		r := resource.Record{Ref: resource.Ref{Kind: "cloud.account", Authority: "123456789012", ID: fmt.Sprintf("u-%08d", i)}, Part: resource.PartState, Schema: 1, Fields: fields}
		switch d.IntN(100) {
		case 0, 1:
			r.Unavailable = []string{"mfa"}
			delete(fields, "mfa")
		case 2:
			fields["sessions"] = "many"
		}
		b, err := r.Bytes()
		if err != nil {
			tb.Fatal(err)
		}
		out[i] = string(b)
	}
	return out
}

func sweep(tb testing.TB, programs []*rule.Program) *rule.Sweep {
	tb.Helper()
	s, err := rule.NewSweep(asOf(), programs...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkCheck judges stored resources of a kilobyte by 100 checks: bytes in,
// verdicts out. check-ns is processor time for one check, with reading and
// checking all bytes.
func BenchmarkCheck(b *testing.B) {
	kinds := rule.Kinds{"cloud.account": account()}
	programs := checksOf(b, kinds, 100)
	records := storedAccounts(b, 2000)
	size := 0
	for _, r := range records {
		size += len(r)
	}
	said := make([]rule.Said, len(programs))
	b.Run("closures", func(b *testing.B) {
		s := sweep(b, programs)
		b.ReportAllocs()
		before, i := cpu(b), 0
		for b.Loop() {
			if _, err := s.Read(rule.Raw{Record: records[i%len(records)]}); err != nil {
				b.Fatal(err)
			}
			if err := s.Judge(said); err != nil {
				b.Fatal(err)
			}
			i++
		}
		b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N)/float64(len(programs)), "check-ns")
		b.ReportMetric(float64(size)/float64(len(records)), "bytes/resource")
	})
	b.Run("cel-go", func(b *testing.B) {
		views := make([]*resource.View, len(records))
		for i, r := range records {
			record, err := resource.ParseRecord([]byte(r))
			if err != nil {
				b.Fatal(err)
			}
			views[i] = &resource.View{Ref: record.Ref, Schema: kinds["cloud.account"], Fields: record.Fields, Unavailable: record.Unavailable}
		}
		in := rule.Input{
			Now: asOf(), Reference: true, Resources: map[string][]*resource.View{"cloud.account": views},
			Listings: []rule.Listing{{Kind: "cloud.account", Connection: "c", Complete: true, At: asOf(), Items: len(views)}},
		}
		before := cpu(b)
		for b.Loop() {
			for _, p := range programs {
				if _, err := p.Judge(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N)/float64(len(programs))/float64(len(views)), "check-ns")
	})
}

// BenchmarkMillion judges a million resources by 100 checks, on every core, the
// hash of each computed; then again, when nothing changed, once with the hash
// computed anew and once with the one that is stored beside a record.
func BenchmarkMillion(b *testing.B) {
	const n, pool = 1_000_000, 10_000
	kinds := rule.Kinds{"cloud.account": account()}
	programs := checksOf(b, kinds, 100)
	records, places := storedAccounts(b, pool), make([]int, pool)
	for i, r := range records {
		places[i] = strings.Index(r, `"id":"u-`) + len(`"id":"u-`)
	}
	for b.Loop() {
		known := make([][sha256.Size]byte, n)
		var verdicts [3]int64
		for round, name := range []string{"cold", "unchanged-hashed", "unchanged"} {
			before := cpu(b)
			var wg sync.WaitGroup
			var mu sync.Mutex
			cores := runtime.GOMAXPROCS(0)
			for core := range cores {
				wg.Go(func() {
					s, said, buf, judged := sweep(b, programs), make([]rule.Said, len(programs)), []byte(nil), int64(0)
					for i := core; i < n; i += cores {
						buf = append(buf[:0], records[i%pool]...)
						patch(buf[places[i%pool]:], i)
						hash := known[i]
						if name != "unchanged" {
							hash = sha256.Sum256(buf)
						}
						if hash == known[i] {
							continue
						}
						known[i] = hash
						if _, err := s.Read(rule.Raw{Record: string(buf)}); err != nil {
							b.Error(err)
							return
						}
						if err := s.Judge(said); err != nil {
							b.Error(err)
							return
						}
						judged += int64(len(said))
					}
					mu.Lock()
					verdicts[round] += judged
					mu.Unlock()
				})
			}
			wg.Wait()
			b.ReportMetric((cpu(b) - before).Seconds(), name+"-cpu-s")
		}
		if verdicts != [3]int64{n * 100} {
			b.Fatalf("%v verdicts", verdicts)
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(u.Maxrss)/1024, "peak-MiB")
}

// patch writes a number of eight digits: the id of a resource.
func patch(digits []byte, i int) {
	for k := 7; k >= 0; k-- {
		digits[k] = byte('0' + i%10)
		i /= 10
	}
}

// BenchmarkCompileChecks compiles 300 checks of one kind, as at a start.
func BenchmarkCompileChecks(b *testing.B) {
	kinds := rule.Kinds{"cloud.account": account()}
	definitions := definitions(b, 300)
	before := cpu(b)
	for b.Loop() {
		for _, d := range definitions {
			if _, err := rule.Compile(d, kinds, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/300-checks")
}

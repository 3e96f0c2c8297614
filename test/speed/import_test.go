package speed_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/org"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/suite"
)

const imported = 100_000

func accounts() []resource.Schema {
	return []resource.Schema{{
		Kind: "speed.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
			{Name: "name", Type: resource.String}, {Name: "mfa", Type: resource.Bool}, {Name: "team", Type: resource.String},
		},
	}}
}

// BenchmarkImport100k collects 100,000 resources into an empty store and
// collects the same again, in one iteration. MiB is the most that the process
// had of memory, so that it counts only in one that does nothing else: run it
// alone.
func BenchmarkImport100k(b *testing.B) { imports(b, func(*suite.Suite, string) {}) }

// BenchmarkJudge100k is BenchmarkImport100k with four checks, which judge after
// each collection.
func BenchmarkJudge100k(b *testing.B) {
	imports(b, func(s *suite.Suite, of string) {
		if len(s.Checks.Catalog) > 4 { // the first time
			s.Checks.Catalog = nil
			for i, assert := range []string{`r.mfa`, `r.team != "team 7"`, `r.name.startsWith("account")`, `size(r.name) < 14`} {
				def, err := rule.Parse(fmt.Appendf(nil, "{id: speed.check%d, version: 1, title: Check, kind: speed.account, "+
					"assert: '%s', freshness: 26h, severity: low, criteria: [{id: CC6.1, strength: direct}]}", i, assert))
				if err != nil {
					b.Fatal(err)
				}
				s.Checks.Catalog = append(s.Checks.Catalog, def)
			}
			if n, err := s.Checks.Install(b.Context(), access.Console(of)); err != nil || n != 4 {
				b.Fatalf("installed %d: %v", n, err)
			}
		}
		runs, err := s.Checks.Run(b.Context(), access.Console(of))
		if err != nil || len(runs) != 4 || runs[0].Counts.Population != imported {
			b.Fatalf("%+v: %v", runs, err)
		}
	})
}

// imports collects the accounts twice, and calls then after each time.
func imports(b *testing.B, then func(s *suite.Suite, of string)) {
	b.Helper()
	before := cpu(b)
	for b.Loop() {
		s, hand := open(b, b.TempDir())
		o, err := s.Orgs.Create(b.Context(), org.New{Name: "Speed", Zone: "Etc/UTC"})
		if err != nil {
			b.Fatal(err)
		}
		grant, err := access.Console(o.ID).May(access.ConnectorSync)
		if err != nil {
			b.Fatal(err)
		}
		s.Checks.Connections = func(*db.Tx) ([]string, error) { return []string{"con_speed"}, nil }
		for range 2 {
			hand.Add(time.Hour)
			session, err := fact.Begin(b.Context(), s.DB, s.Keys, grant,
				fact.Origin{Connection: "con_speed", Connector: "speed", Version: "1", Scope: "speed"}, accounts())
			if err != nil {
				b.Fatal(err)
			}
			for i := range imported {
				id := strconv.Itoa(i)
				if err := session.Put(b.Context(), connector.Resource{Kind: "speed.account", ID: id, Fields: map[string]any{
					"name": "account " + id, "mfa": i%3 > 0, "team": "team " + strconv.Itoa(i%40),
				}}); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := session.Finish(b.Context(), fact.Result{Reports: []connector.Report{
				{Kind: "speed.account", Items: imported, Complete: true},
			}}); err != nil {
				b.Fatal(err)
			}
			then(s, o.ID)
		}
	}
	b.ReportMetric(peak(b), "MiB")
	b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}

package speed_test

import (
	"runtime"
	"strconv"
	"testing"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/fact"
	"assay/internal/org"
	"assay/internal/resource"
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
// collects the same again, in one iteration. MiB is what the program had from
// the system at the end, so that it counts only in a process that does nothing
// else: run it alone.
func BenchmarkImport100k(b *testing.B) {
	before := cpu(b)
	for b.Loop() {
		s, _ := open(b, b.TempDir())
		o, err := s.Orgs.Create(b.Context(), org.New{Name: "Speed", Zone: "Etc/UTC"})
		if err != nil {
			b.Fatal(err)
		}
		grant, err := access.Console(o.ID).May(access.ConnectorSync)
		if err != nil {
			b.Fatal(err)
		}
		for range 2 {
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
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
	b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}

package speed_test

import (
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/ledger"
	"assay/internal/org"
)

// BenchmarkLogShare is what the log adds to one business transaction: the same
// small change stored with an entry of the log and without.
func BenchmarkLogShare(b *testing.B) {
	s, _ := open(b, b.TempDir())
	o, err := s.Orgs.Create(b.Context(), org.New{Name: "Speed", Zone: "Etc/UTC"})
	if err != nil {
		b.Fatal(err)
	}
	grant, err := access.Console(o.ID).May(access.OrgEdit)
	if err != nil {
		b.Fatal(err)
	}
	const n = 2000
	round := func(logged bool) float64 {
		before := cpu(b)
		for i := range n {
			if err := s.DB.Write(b.Context(), grant, func(tx *db.Tx) error {
				if _, err := tx.Exec(`UPDATE org_org SET service = $2 WHERE id = $1`, tx.Org(), "Orders"); err != nil || !logged {
					return err
				}
				_, err := ledger.Append(tx, ledger.Entry{Type: "test.changed", Stream: "test", Body: map[string]any{"i": i}})
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
		return float64((cpu(b) - before).Microseconds()) / 1000 / n
	}
	var with, without float64
	for b.Loop() {
		without += round(false)
		with += round(true)
	}
	b.ReportMetric((with-without)/float64(b.N), "share-ms")
	b.ReportMetric(with/float64(b.N), "whole-ms")
}

// BenchmarkLogVerify recomputes a stored log of a million entries.
func BenchmarkLogVerify(b *testing.B) {
	s, _ := open(b, b.TempDir())
	o, err := s.Orgs.Create(b.Context(), org.New{Name: "Speed", Zone: "Etc/UTC"})
	if err != nil {
		b.Fatal(err)
	}
	grant, err := access.Console(o.ID).May(access.OrgEdit)
	if err != nil {
		b.Fatal(err)
	}
	const n, each = 1_000_000, 1000
	for i := range n / each {
		entries := make([]ledger.Entry, each)
		for k := range entries {
			entries[k] = ledger.Entry{Type: "test.changed", Stream: "test", Body: map[string]any{"i": i*each + k}}
		}
		if err := s.DB.Write(b.Context(), grant, func(tx *db.Tx) error {
			_, err := ledger.Append(tx, entries...)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	before := cpu(b)
	for b.Loop() {
		if err := s.DB.Read(b.Context(), grant, func(tx *db.Tx) error {
			_, err := ledger.Verify(tx)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/million")
}

// BenchmarkStandingRead reads how every control of the demonstration stands, as
// the page of the controls does, nothing remembered.
func BenchmarkStandingRead(b *testing.B) {
	s, _ := demonstration(b)
	orgs, err := s.Orgs.All(b.Context())
	if err != nil || len(orgs) == 0 {
		b.Fatalf("%d organizations: %v", len(orgs), err)
	}
	who, fresh := access.Console(orgs[0].ID), s.Controls
	fresh.Memory = nil
	for b.Loop() {
		if _, err := fresh.List(b.Context(), who); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
}

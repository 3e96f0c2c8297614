package portfolio

import (
	"fmt"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
)

// BenchmarkPortfolio reads what the portfolio page and the page of work show, of 300
// clients with as many lines of work as there can be.
func BenchmarkPortfolio(b *testing.B) {
	d, hand := dbtest.SQLite(b)
	s := Service{DB: d}
	who := access.Console("org_provider")
	g, err := who.May(access.ClientRead)
	if err != nil {
		b.Fatal(err)
	}
	sum := Summary{Program: "FY26", Type: "type2", Categories: []string{"security", "availability"}, Controls: 96, Operated: 90, Action: 5, Deviating: 1}
	for i := range mostWork {
		sum.Work = append(sum.Work, Work{Title: fmt.Sprintf("Perform: Quarterly access review %d", i), Control: "IAM-09", With: "Tom Okafor", Due: hand.Now().Add(time.Duration(i) * time.Hour), Href: "/activities/perform"})
	}
	if err := d.Write(b.Context(), g, func(tx *db.Tx) error {
		for i := range 300 {
			id := fmt.Sprintf("con_%03d", i)
			if err := saveClient(tx, &published{consent: Consent{ID: id, Terms: Terms{Work: true}, At: hand.Now()}, client: "org_" + id, name: "Client " + id, summary: sum}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	b.Run("clients", func(b *testing.B) {
		for b.Loop() {
			if p, err := s.Show(b.Context(), who); err != nil || len(p.Clients) != 300 {
				b.Fatal(err)
			}
		}
	})
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if n, _, err := s.Count(b.Context(), who); err != nil || n != 300 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("work", func(b *testing.B) {
		for b.Loop() {
			if _, list, err := s.Work(b.Context(), who); err != nil || len(list) != 300*mostWork {
				b.Fatal(err)
			}
		}
	})
}

package db_test

import (
	"fmt"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
)

// Rows are written whatever their number is, and the tail holds for each of them.
func TestRowsAreWrittenTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		const org = "org_rows"
		grant, err := access.Job(org, "test").May(access.ConnectorSync)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 3, 4, 15, 16, 17, 53} {
			var rows [][]any
			for i := range n {
				rows = append(rows, []any{org, fmt.Sprintf("%d of %d", i, n), int64(i), []byte{1}})
			}
			if err := d.Write(t.Context(), grant, func(tx *db.Tx) error {
				for range 2 {
					if err := tx.Insert(`INSERT INTO ledger_stream (org_id, stream, seq, hash)`,
						`ON CONFLICT (org_id, stream) DO UPDATE SET seq = excluded.seq + 1000`, rows); err != nil {
						return err
					}
				}
				got, err := db.All(tx, db.Value[int64], `SELECT seq FROM ledger_stream WHERE org_id = $1 AND stream LIKE $2 ORDER BY seq`, org, fmt.Sprintf("%% of %d", n))
				if len(got) != n {
					t.Errorf("%d rows: %d are there", n, len(got))
				}
				for i, seq := range got {
					if seq != int64(1000+i) {
						t.Errorf("%d rows: row %d is %d", n, i, seq)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

package control_test

import (
	"testing"

	"assay/internal/control"
	"assay/internal/db"
)

// A computation that was overtaken does not replace what saw more.
func TestARebuildThatWasOvertakenBeginsAnew(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-01-01", "2027-01-01")
		_, err := h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-01"}, day(h, "2026-01-01"))
		h.must(err)
		h.rebuild()

		slow, tries := h.Controls, 0
		slow.Program = func(tx *db.Tx) (control.Program, bool, error) {
			p, ok, err := h.Controls.Program(tx)
			if tries++; tries == 1 { // it has begun to read: now another changes something and is faster
				_, adoptErr := h.Controls.Adopt(h.Context(), h.lead, []string{"IAM-03"}, day(h, "2026-01-01"))
				h.must(adoptErr)
				h.rebuild()
			}
			return p, ok, err
		}
		h.must(slow.Rebuild(h.Context(), h.lead))
		if tries != 2 {
			h.Errorf("it computed %d times, want 2", tries)
		}
		for _, c := range h.list().Controls {
			if len(c.Standing.Spans) == 0 {
				h.Errorf("%s has lost its standing", c.Control)
			}
		}
	})
}

package control_test

import (
	"reflect"
	"testing"
	"time"

	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// How controls stood in a period that is not the current one any more is what it
// was while it was, by list, by control and for a package; and what the current
// one says does not depend on how it is asked for.
func TestAnotherPeriodIsItsOwn(t *testing.T) {
	each(t, func(h *house) {
		h.period("2026-06-01", "2026-07-01")
		h.save(h.wording("LK-01", "2026-06-10", activityLane("activity/walk", standing.Monthly, day(h, "2026-06-12"))))
		h.at("2026-07-02 12:00") // June is over, and nobody walked
		h.rebuild()
		june := h.list()
		if june.Position.Deviation != 1 || len(june.Controls) != 1 {
			h.Fatalf("%+v", june.Position)
		}
		year := h.get("LK-01")

		h.period("2026-07-01", "2026-08-01")
		h.save(h.wording("LK-02", "2026-07-02"))
		h.rebuild()
		if o := h.list(); len(o.Controls) != 2 || o.Program.Period.From != day(h, "2026-07-01") {
			h.Fatalf("%+v", o.Program)
		}
		for _, name := range []string{"from-2026-06-01", june.Program.ID} {
			then := h.Controls.In(name)
			o, err := then.List(h.Context(), h.lead)
			h.must(err)
			same(h, o, june)
			d, err := then.Get(h.Context(), h.lead, "LK-01")
			h.must(err)
			if !reflect.DeepEqual(d.Standing.Spans, year.Standing.Spans) || len(d.Standing.Lanes) != 1 || !reflect.DeepEqual(d.Standing.Lanes[0].Spans, year.Standing.Lanes[0].Spans) ||
				d.Standing.Headline != year.Standing.Headline || d.Program.ID != june.Program.ID {
				h.Errorf("%+v\nwas\n%+v", d.Standing, year.Standing)
			}
		}
		h.read(func(tx *db.Tx) error {
			p := june.Program.Period
			o, err := h.Controls.During(tx, p.Start(), p.End())
			same(h, o, june)
			if err != nil {
				return err
			}
			p = h.list().Program.Period
			now, err := h.Controls.During(tx, p.Start(), p.End())
			if len(now.Controls) != 2 || now.Program.ID == "" {
				h.Errorf("the current period: %+v", now.Controls)
			}
			return err
		})
		current, err := h.Controls.In("from-2026-07-01").List(h.Context(), h.lead)
		h.must(err)
		if !reflect.DeepEqual(current, h.list()) {
			h.Errorf("%+v", current)
		}
		_, err = h.Controls.In("from-2020").List(h.Context(), h.lead)
		h.want(fault.NotFound, err)

		was := h.lead
		h.found("Evil")
		_, err = h.Controls.In(june.Program.ID).List(h.Context(), h.lead)
		h.want(fault.NotFound, err)
		h.lead = was
	})
}

// same holds two overviews to each other, but for when they were computed.
func same(h *house, got, want control.Overview) {
	h.Helper()
	if got.Position != want.Position || len(got.Controls) != len(want.Controls) || len(got.Past) != len(want.Past) {
		h.Errorf("%+v %+v\nwas\n%+v %+v", got.Position, got.Controls, want.Position, want.Controls)
		return
	}
	for i := range got.Controls {
		a, b := got.Controls[i].Standing, want.Controls[i].Standing
		a.BuiltAt, b.BuiltAt, a.Lanes, b.Lanes = time.Time{}, time.Time{}, nil, nil
		if !reflect.DeepEqual(a, b) || got.Controls[i].Title != want.Controls[i].Title {
			h.Errorf("%+v\nwas\n%+v", a, b)
		}
	}
}

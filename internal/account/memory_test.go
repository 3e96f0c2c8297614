package account_test

import (
	"reflect"
	"testing"

	"assay/internal/account"
)

// TestMemory holds what is remembered to what is read: after each collection,
// complete or not, of one org while another has its own.
func TestMemory(t *testing.T) {
	each(t, func(h *house) {
		forgetful := h.s
		forgetful.Memory = nil
		lead, other := h.lead, h.newOrg("Otter")
		steps := []struct {
			connection string
			complete   bool
			lines      []string
		}{
			{"con_1", true, some},
			{"con_1", true, some},
			{"con_1", true, append([]string{"1 ann ann@x.example person off"}, some[1:]...)},
			{"con_1", false, some[:2]},
			{"con_1", false, some[2:]},
			{"con_2", true, []string{"9 zoe zoe@x.example person on"}},
			{"con_1", true, nil},
		}
		for i, step := range steps {
			h.collect(step.connection, step.complete, step.lines...)
			for range 2 {
				got, err := h.s.List(h.Context(), h.lead, account.Filter{})
				h.must(err)
				want, err := forgetful.List(h.Context(), h.lead, account.Filter{})
				h.must(err)
				if !reflect.DeepEqual(got, want) {
					h.Errorf("step %d: remembered %+v, read %+v", i, got, want)
				}
			}
			h.lead = other
			if l, _ := h.list(account.Filter{}); len(l.Accounts) > 0 {
				h.Errorf("step %d: another org sees %d accounts", i, len(l.Accounts))
			}
			h.lead = lead
		}
		h.s.Memory.Most = 1
		h.collect("con_1", true, some...)
		if l, _ := h.list(account.Filter{}); len(l.Accounts) != len(some)+1 {
			h.Errorf("too many to remember: %d accounts", len(l.Accounts))
		}
	})
}

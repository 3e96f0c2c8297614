package engagement_test

import (
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/governance"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

func (h *house) deviation(who access.Actor, e string, pairs ...string) (register.Record, error) {
	base := []string{
		"title", "Leavers disabled late", "engagement", e, "control", "IAM-09", "selection", "random", "items", "leavers", "tested", "25", "deviated", "2",
		"what", "the account was disabled 6 and 9 days after the last day, against a limit of one business day",
	}
	return h.b.Add(h.Context(), who, engagement.ExceptionNoun, register.Input{Fields: fields(append(base, pairs...)...)})
}

func (h *house) except(who access.Actor, id, name string, pairs ...string) (register.Record, error) {
	return h.b.Move(h.Context(), who, engagement.ExceptionNoun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
}

// seen is an exception as pages show it.
func (h *house) seen(id string) register.Record {
	h.Helper()
	d, err := h.b.Get(h.Context(), h.lead, engagement.ExceptionNoun, id)
	if err != nil {
		h.Fatal(err)
	}
	return d.Record
}

// An exception goes from the firm to management and back; a correction is verified by
// the firm, and what was settled is sealed.
func TestAnExceptionIsRespondedToAndItsCorrectionVerified(t *testing.T) {
	each(t, func(h *house) {
		h.b.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{"exception.verify": engagement.SettleException(&h.b)}
		e := h.engage()
		h.refused(second(h.deviation(h.lead, e)), fault.Forbidden, "")
		h.refused(second(h.deviation(h.auditor, e, "deviated", "26")), fault.Invalid, "More deviated than were tested.")
		h.refused(second(h.deviation(h.auditor, e, "population", "24")), fault.Invalid, "More were tested than the population has.")
		h.refused(second(h.deviation(h.auditor, e, "selection", "whole", "population", "40")), fault.Invalid, "Not the whole population was tested.")
		h.refused(second(h.deviation(h.auditor, e, "deviated", "0")), fault.Invalid, "")
		x, err := h.deviation(h.auditor, e)
		if err != nil || x.ID != "EX-01" || x.State != engagement.Raised || x.Get("due_on") != "2026-03-11" {
			h.Fatal(x, err)
		}
		h.refused(second(h.except(h.auditor, x.ID, "respond", "response", "Ours.")), fault.Forbidden, "")
		h.refused(second(h.except(h.lead, x.ID, "report")), fault.Forbidden, "")
		h.refused(second(h.except(h.lead, x.ID, "respond", "response", "Late tickets.", "correct_by", "2026-04-01")), fault.Invalid, "Name the finding")
		h.refused(second(h.except(h.lead, x.ID, "respond", "response", "Late tickets.", "finding", "FN-01")), fault.Invalid, "")
		if x, err = h.except(h.lead, x.ID, "respond", "response", "Late tickets."); err != nil || x.State != engagement.Responded {
			h.Fatal(x.State, err)
		}
		h.refused(second(h.except(h.auditor, x.ID, "verify", "verification", "Seen.")), fault.Invalid, "no correction to verify")
		_, err = h.b.Edit(h.Context(), h.auditor, engagement.ExceptionNoun, x.ID, register.Input{Part: true, Fields: fields("deviated", "1")})
		h.refused(err, fault.Invalid, "")
		if _, err = h.except(h.auditor, x.ID, "return"); err != nil {
			h.Fatal(err)
		}
		f, err := h.b.Add(h.Context(), h.lead, governance.FindingNoun, register.Input{Fields: fields("title", "Late tickets", "source", "examination", "severity", "high", "found_on", "2026-03-01", "due_on", "2026-04-01", "what", "Two leavers.")})
		if err != nil {
			h.Fatal(err)
		}
		if _, err = h.except(h.lead, x.ID, "respond", "response", "Late tickets.", "finding", f.ID, "correct_by", "2026-04-01"); err != nil {
			h.Fatal(err)
		}
		h.refused(second(h.except(h.lead, x.ID, "verify", "verification", "Seen.")), fault.Forbidden, "")
		x, err = h.except(h.auditor, x.ID, "verify", "verification", "Ten leavers since; none late.")
		if err != nil || x.State != engagement.Verified || x.Get("closed_on") != "2026-03-01" || x.Get("leaf") == "" {
			h.Fatal(x, err)
		}
		snap, err := h.b.Snapshot(h.Context(), h.lead, engagement.ExceptionNoun, x.ID)
		if err != nil || !strings.Contains(string(snap.Body), "For 2 of 25 leavers selected") || strings.Contains(string(snap.Body), "No correction is verified") {
			h.Fatal(snap, err)
		}
		h.refused(second(h.except(h.auditor, x.ID, "withdraw")), fault.Conflict, "")
	})
}

// The wording and the figures follow from what was entered; what is not known is told.
func TestAnExceptionIsWordedAndWeighed(t *testing.T) {
	each(t, func(h *house) {
		e := h.engage()
		for _, tt := range []struct {
			name          string
			pairs         []string
			result, upper string
			has, not      []string
		}{
			{
				"random",
				[]string{"tolerable", "10", "followed", "Nobody signed in after the last day"},
				"For 2 of 25 leavers selected, the account was disabled 6 and 9 days after the last day, against a limit of one business day. Nobody signed in after the last day.", "19.92 %",
				[]string{"The upper limit of the rate is 19.92 %, above the tolerable 10 %.", "Whether harm was done is not known.", "No compensating control"},
				[]string{"judgement"},
			},
			{"whole", []string{"selection", "whole", "tolerable", "10", "harm", "no", "nature", "isolated"}, "For 2 of 25 leavers, which were all, the account", "8.00 %", nil, []string{"above the tolerable", "harm", "nature"}},
			{"judgemental", []string{"selection", "judgemental", "tolerable", "10", "harm", "yes", "nature", "deliberate"}, "", "", []string{"by judgement", "Harm was done.", "deliberate"}, []string{"above the tolerable"}},
			{"finite", []string{"population", "25", "tolerable", "8"}, "", "8.00 %", nil, []string{"above the tolerable"}},
		} {
			x, err := h.deviation(h.auditor, e, tt.pairs...)
			if err != nil {
				h.Fatal(tt.name, err)
			}
			got := h.seen(x.ID)
			if !strings.HasPrefix(got.Get("result"), tt.result) || got.Get("upper") != tt.upper || got.Get("rate") != "8.00 %" {
				h.Errorf("%s: %q, %q of %q", tt.name, got.Get("result"), got.Get("upper"), got.Get("rate"))
			}
			for _, s := range tt.has {
				if !strings.Contains(got.Get("points"), s) {
					h.Errorf("%s: %q is not in %q", tt.name, s, got.Get("points"))
				}
			}
			for _, s := range tt.not {
				if strings.Contains(got.Get("points"), s) {
					h.Errorf("%s: %q is in %q", tt.name, s, got.Get("points"))
				}
			}
		}
	})
}

// An exception of another organization is not there.
func TestExceptionsStayInTheirOrganization(t *testing.T) {
	each(t, func(h *house) {
		x, err := h.deviation(h.auditor, h.engage())
		if err != nil {
			h.Fatal(err)
		}
		rival := h.auditor
		rival.Org = h.other()
		if _, err := h.b.Get(h.Context(), rival, engagement.ExceptionNoun, x.ID); !fault.Is(err, fault.NotFound) {
			h.Error(err)
		}
		h.refused(second(h.except(rival, x.ID, "withdraw")), fault.NotFound, "")
		h.refused(second(h.deviation(rival, x.Get("engagement"))), fault.Invalid, "")
	})
}

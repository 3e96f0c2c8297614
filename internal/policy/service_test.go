package policy_test

import (
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/policy"
	"assay/internal/standing"
)

type house struct {
	*testing.T
	s         policy.Service
	people    person.Service
	hand      *clock.Hand
	orgs      org.Service
	lead, bo  access.Actor
	ann, carl access.Actor // an owner and a viewer
}

// each runs on both engines, in an org of four people: their users are named
// like them.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, people: person.Service{DB: d}, orgs: org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}}
		hand.Set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		library, err := catalog.Load(catalog.Files())
		h.must(err)
		h.s = policy.Service{DB: d, Library: library, Changed: "collect.run", PersonOf: func(tx *db.Tx, user string) (string, error) {
			people, err := person.All(tx)
			for i := range people {
				if strings.HasPrefix(people[i].Email, strings.TrimPrefix(user, "usr_")+"@") {
					return people[i].ID, err
				}
			}
			return "", err
		}}
		h.lead = h.newOrg("Larkspur")
		h.bo, h.ann, h.carl = h.user("bo", access.RoleLead), h.user("ann", access.RoleOwner), h.user("carl", access.RoleViewer)
		fn(h)
	})
}

func (h *house) user(name string, role access.Role) access.Actor {
	return access.Actor{ID: "usr_" + name, Org: h.lead.Org, Name: name, Role: role, Door: access.DoorWeb}
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "lead", Role: access.RoleLead, Door: access.DoorWeb}
}

func (h *house) works(name, group, from, to string) {
	h.Helper()
	_, err := h.people.Add(h.Context(), h.lead, person.Details{
		Name: name, Email: name + "@larkspur.example", Group: group, StartsOn: h.day(from), EndsOn: h.day(to),
	})
	h.must(err)
}

func (h *house) day(s string) standing.Date {
	h.Helper()
	if s == "" {
		return 0
	}
	d, err := standing.ParseDate(s)
	h.must(err)
	return d
}

func (h *house) at(day string) { h.hand.Set(h.day(day).Start(time.UTC).Add(12 * time.Hour)) }

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error, words ...string) {
	h.Helper()
	if fault.Of(err) != k {
		h.Fatalf("%v, not %s", err, k)
	}
	for _, w := range words {
		if !strings.Contains(fault.Text(err), w) {
			h.Errorf("%q does not say %q", fault.Text(err), w)
		}
	}
}

func (h *house) get(id string) policy.Detail {
	h.Helper()
	d, err := h.s.Get(h.Context(), h.lead, id)
	h.must(err)
	return d
}

const aup = "PLC-AUP"

// inForce writes a version as the lead and has bo approve it.
func (h *house) inForce(text, from string, ask bool) {
	h.Helper()
	w := policy.Words{Text: text, Ask: ask}
	if _, err := h.s.Get(h.Context(), h.lead, aup); fault.Is(err, fault.NotFound) {
		h.must(h.s.Add(h.Context(), h.lead, policy.Policy{ID: aup, Title: "Acceptable Use", AcceptDays: 30, AgainMonths: 12}, w))
	} else {
		h.must(h.s.Write(h.Context(), h.lead, aup, w))
	}
	h.must(h.s.Submit(h.Context(), h.lead, aup))
	h.must(h.s.Approve(h.Context(), h.bo, aup, h.day(from)))
}

func TestALifeOfAPolicy(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.want(fault.Invalid, h.s.Add(ctx, h.lead, policy.Policy{ID: "no", Title: " ", ReviewMonths: 99}, policy.Words{Text: "x"}))
		h.want(fault.Invalid, h.s.Add(ctx, h.lead, policy.Policy{ID: aup, Title: "Use"}, policy.Words{}))
		h.want(fault.Forbidden, h.s.Add(ctx, h.carl, policy.Policy{ID: aup, Title: "Use"}, policy.Words{Text: "x"}))
		h.must(h.s.Add(ctx, h.ann, policy.Policy{ID: "plc-aup", Title: " Acceptable  Use "}, policy.Words{Text: "Write to {{contact}}."}))
		h.want(fault.Conflict, h.s.Add(ctx, h.ann, policy.Policy{ID: aup, Title: "Use"}, policy.Words{Text: "x"}), "PLC-AUP already")
		d := h.get(aup)
		if d.Title != "Acceptable Use" || d.NextState != policy.Draft || d.Now.Number != 0 || d.ReviewDue != 0 || d.ReviewMonths != 12 {
			h.Fatalf("%+v", d.Listed)
		}
		h.want(fault.Conflict, h.s.Approve(ctx, h.bo, aup, 0), "draft")
		h.want(fault.Conflict, h.s.Submit(ctx, h.ann, aup), "{{contact}}")
		h.must(h.s.Write(ctx, h.bo, aup, policy.Words{Text: "Write to it@larkspur.example."}))
		h.must(h.s.Submit(ctx, h.ann, aup))
		h.want(fault.Conflict, h.s.Submit(ctx, h.ann, aup), "already")
		h.want(fault.Forbidden, h.s.Approve(ctx, h.ann, aup, 0))
		h.want(fault.Forbidden, h.s.Approve(ctx, h.bo, aup, 0), "wrote on this version")
		h.want(fault.Invalid, h.s.Return(ctx, h.lead, aup, " "))
		h.must(h.s.Return(ctx, h.lead, aup, "Name a person."))
		if d := h.get(aup); d.NextState != policy.Draft || d.Next.Returned != "Name a person." {
			h.Fatalf("%+v", d.Next)
		}
		h.must(h.s.Submit(ctx, h.ann, aup))
		h.want(fault.Invalid, h.s.Approve(ctx, h.lead, aup, h.day("2026-02-28")))
		h.must(h.s.Approve(ctx, h.lead, aup, h.day("2026-03-10")))
		if d := h.get(aup); d.NextState != policy.Scheduled || d.Now.Number != 0 || d.Next.Leaf == "" || len(d.Next.Hash) != 64 {
			h.Fatalf("%+v", d.Next)
		}
		h.want(fault.Conflict, h.s.Approve(ctx, h.lead, aup, 0), "Nothing of PLC-AUP waits")
		h.at("2026-03-10")
		if d := h.get(aup); d.Now.Number != 1 || d.Next.Number != 0 || d.ReviewDue != h.day("2027-03-01") {
			h.Fatalf("%+v", d.Listed)
		}
	})
}

func TestVersionsComeInOrder(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.inForce("One.", "2026-03-01", false)
		h.inForce("Two.", "2026-04-01", false)
		h.must(h.s.Write(ctx, h.lead, aup, policy.Words{Text: "Three."}))
		h.must(h.s.Submit(ctx, h.lead, aup))
		h.want(fault.Invalid, h.s.Approve(ctx, h.bo, aup, h.day("2026-03-20")))
		h.must(h.s.Withdraw(ctx, h.lead, aup))
		h.at("2026-04-02")
		d := h.get(aup)
		states := map[int]policy.State{}
		for i := range d.Versions {
			states[d.Versions[i].Number] = d.Versions[i].StateOn(d.Versions, d.Today)
		}
		if d.Now.Number != 2 || states[1] != policy.Superseded || states[2] != policy.InForce || states[3] != policy.Withdrawn {
			h.Fatalf("%d %v", d.Now.Number, states)
		}
		h.want(fault.Conflict, h.s.Withdraw(ctx, h.lead, aup), "in force")
		h.must(h.s.Write(ctx, h.lead, aup, policy.Words{Text: "Four."}))
		if d := h.get(aup); d.Next.Number != 4 {
			h.Fatalf("the next is %d", d.Next.Number)
		}
		h.want(fault.Conflict, h.s.Retire(ctx, h.bo, aup, false), "Withdraw it first")
		h.must(h.s.Withdraw(ctx, h.lead, aup))
		h.must(h.s.Retire(ctx, h.bo, aup, false))
		h.want(fault.Conflict, h.s.Write(ctx, h.lead, aup, policy.Words{Text: "Five."}), "retired")
		h.want(fault.Conflict, h.s.Review(ctx, h.bo, aup, "Nothing changed here."), "in force")
		h.must(h.s.Retire(ctx, h.bo, aup, true))
		h.must(h.s.Review(ctx, h.bo, aup, "Nothing changed here."))
		if d := h.get(aup); d.ReviewedOn != h.day("2026-04-02") || len(d.Reviews) != 1 || d.ReviewDue != h.day("2027-04-02") {
			h.Fatalf("%+v", d.Listed)
		}
	})
}

func TestADraftThatNobodyWantedLeavesNothing(t *testing.T) {
	each(t, func(h *house) {
		h.must(h.s.Add(h.Context(), h.lead, policy.Policy{ID: aup, Title: "Use"}, policy.Words{Text: "x"}))
		h.must(h.s.Withdraw(h.Context(), h.lead, aup))
		_, err := h.s.Get(h.Context(), h.lead, aup)
		h.want(fault.NotFound, err)
		h.must(h.s.Add(h.Context(), h.lead, policy.Policy{ID: aup, Title: "Use"}, policy.Words{Text: "x"}))
	})
}

func TestAccepting(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.works("ann", "Engineering", "2026-01-01", "")
		h.works("carl", "Support", "2026-03-20", "")
		h.works("dee", "Support", "2026-01-01", "2026-03-15")
		h.inForce("One.", "2026-03-01", true)
		h.want(fault.Conflict, h.s.Accept(ctx, h.bo, aup, 1), "register of people")
		h.want(fault.Conflict, h.s.Accept(ctx, h.ann, aup, 2), "Version 1 is in force")
		h.want(fault.Conflict, h.s.Accept(ctx, h.carl, aup, 1), "does not bind you") // has not begun
		h.words("2026-03-02", map[string]policy.Word{"ann": policy.Waiting, "dee": policy.Waiting})
		h.must(h.s.Accept(ctx, h.ann, aup, 1))
		h.must(h.s.Accept(ctx, h.ann, aup, 1)) // a second click
		h.words("2026-03-25", map[string]policy.Word{"ann": policy.Accepted, "carl": policy.Waiting})
		h.words("2026-04-19", map[string]policy.Word{"ann": policy.Accepted, "carl": policy.Waiting})
		h.words("2026-04-20", map[string]policy.Word{"ann": policy.Accepted, "carl": policy.Late})
		mine, err := h.s.Mine(ctx, h.carl)
		h.must(err)
		if len(mine) != 1 || mine[0].DueOn != h.day("2026-04-19") {
			h.Fatalf("%+v", mine)
		}
		h.must(h.s.Accept(ctx, h.carl, aup, 1))
		h.inForce("Two, with a comma.", "2026-04-21", false) // asks nobody anew
		h.words("2026-04-22", map[string]policy.Word{"ann": policy.Accepted, "carl": policy.Accepted})
		h.inForce("Three binds everyone.", "2026-05-01", true)
		h.words("2026-05-01", map[string]policy.Word{"ann": policy.Waiting, "carl": policy.Waiting})
		h.must(h.s.Accept(ctx, h.ann, aup, 3))
		h.words("2026-06-01", map[string]policy.Word{"ann": policy.Accepted, "carl": policy.Late})
		h.words("2027-05-02", map[string]policy.Word{"ann": policy.Waiting, "carl": policy.Late}) // a year later again
		h.must(h.s.Edit(ctx, h.lead, policy.Policy{ID: aup, Title: "Use", Audience: []string{"Support"}, AcceptDays: 45}))
		if got := h.get(aup).History[0].Detail; got["accept_days"] != "30 → 45" || got["again_months"] != "12 → 0" || got["review_months"] != "" {
			h.Errorf("the trail says %v", got)
		}
		h.words("2027-05-03", map[string]policy.Word{"carl": policy.Late})
	})
}

// words moves the clock and says how everybody stands to the policy.
func (h *house) words(day string, want map[string]policy.Word) {
	h.Helper()
	h.at(day)
	got := map[string]policy.Word{}
	d := h.get(aup)
	for _, o := range d.People {
		got[o.Name] = o.Word
	}
	if len(got) != len(want) {
		h.Fatalf("on %s: %v, not %v", day, got, want)
	}
	for name, w := range want {
		if got[name] != w {
			h.Errorf("on %s %s is %s, not %s", day, name, got[name], w)
		}
	}
	if d.Accepted+d.Late > d.Asked || d.Asked != len(want) {
		h.Errorf("on %s: %d of %d, %d late", day, d.Accepted, d.Asked, d.Late)
	}
}

func TestNobodySeesAnotherOrgsPolicies(t *testing.T) {
	each(t, func(h *house) {
		h.inForce("One.", "2026-03-01", true)
		other := h.newOrg("Rival")
		l, err := h.s.List(h.Context(), other)
		h.must(err)
		if len(l.Policies) != 0 {
			h.Errorf("%+v", l)
		}
		_, err = h.s.Get(h.Context(), other, aup)
		h.want(fault.NotFound, err)
		h.want(fault.NotFound, h.s.Write(h.Context(), other, aup, policy.Words{Text: "x"}))
		h.want(fault.NotFound, h.s.Accept(h.Context(), other, aup, 1))
		h.want(fault.NotFound, h.s.Retire(h.Context(), other, aup, false))
	})
}

func TestBeginningWithTheLibrary(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		l, err := h.s.Templates(ctx, h.lead)
		h.must(err)
		if len(l.Templates) < 5 || l.Values["org_name"] != "Larkspur" || len(l.Questions) == 0 || l.Questions[0].Default != "" {
			h.Fatalf("%d %v %+v", len(l.Templates), l.Values, l.Questions[0])
		}
		h.want(fault.Invalid, h.s.Adopt(ctx, h.lead, nil, nil))
		h.want(fault.NotFound, h.s.Adopt(ctx, h.lead, []string{"PLC-NONE"}, nil))
		err = h.s.Adopt(ctx, h.lead, []string{"PLC-PWD"}, nil)
		h.want(fault.Invalid, err)
		answers := map[string]string{}
		for _, f := range fault.FieldsOf(err) {
			answers[f.Name] = "the security team"
		}
		answers["password_length"] = "3"
		h.want(fault.Invalid, h.s.Adopt(ctx, h.lead, []string{"PLC-PWD"}, answers))
		h.want(fault.Invalid, h.s.Adopt(ctx, h.lead, []string{"PLC-PWD"}, map[string]string{"nothing": "1"}))
		answers["password_length"] = "15"
		h.must(h.s.Adopt(ctx, h.lead, []string{"PLC-PWD"}, answers))
		d := h.get("PLC-PWD")
		if d.Template != "PLC-PWD" || d.NextState != policy.Draft || !strings.Contains(d.Versions[0].Text, "at least 15 characters") || strings.Contains(d.Versions[0].Text, "{{") {
			h.Fatalf("%+v", d.Versions[0])
		}
		h.want(fault.Conflict, h.s.Adopt(ctx, h.lead, []string{"PLC-PWD"}, nil))
		if l, err = h.s.Templates(ctx, h.lead); err != nil || l.Values["password_length"] != "15" {
			h.Errorf("%v %v", l.Values, err)
		}
		h.must(h.s.Submit(ctx, h.lead, "PLC-PWD"))
		h.must(h.s.Approve(ctx, h.bo, "PLC-PWD", 0))
	})
}

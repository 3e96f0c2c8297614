package demo

import (
	"context"
	"fmt"
	"slices"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/policy"
)

// accepted are the policies that everybody accepts; the others bind whom they
// name, by their work.
func accepted() []string { return []string{"PLC-ISP", "PLC-AUP"} }

// The story of the policies, by day of the period.
const (
	aupChanges = 240 // a new version of the acceptable use policy binds everybody
	acpDraft   = begun - 3
)

// write begins Larkspur's policies with the library's texts, and has them
// approved before the period.
func (m *maker) write(ctx context.Context) error {
	m.hand.Set(m.w.at(-4, 10, 0))
	l, err := m.s.Policies.Templates(ctx, m.lead)
	if err != nil {
		return err
	}
	answers := map[string]string{}
	for i := range l.Questions {
		if q := &l.Questions[i]; q.Default == "" && l.Values[string(q.Key)] == "" {
			answers[string(q.Key)] = answer(string(q.Key))
		}
	}
	for i := range l.Templates {
		m.policies = append(m.policies, string(l.Templates[i].ID))
	}
	if err := m.s.Policies.Adopt(ctx, m.lead, m.policies, answers); err != nil {
		return err
	}
	for _, id := range m.policies {
		if err := m.settle(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

// answer is what Larkspur says where only it can know.
func answer(key string) string {
	known := map[string]string{
		"service_name":         "Larkspur Orders",
		"security_contact":     "security@larkspur.example",
		"password_manager":     "the company's password manager",
		"secrets_manager":      "the secrets manager of the cloud account",
		"change_tracker":       "the code host's pull requests",
		"identity_provider":    "the company directory",
		"privacy_contact":      "privacy@larkspur.example",
		"confidential_channel": "the outside ombudsperson, ethics@ombud.example",
		"approved_tools":       "the software page of the handbook",
		"key_service":          "the key service of the cloud account",
		"outside_help":         "the contact sheet of the incident plan",
		"inventory_tool":       "the asset register",
		"approved_regions":     "Stockholm and Frankfurt",
		"log_store":            "the central log account",
		"premises":             "the office in Stockholm; the service runs in the cloud provider's data centres",
		"functions":            "taking, routing and invoicing orders",
		"org_address":          "Larkspur AB, Storgatan 1, Stockholm",
		"notice_entities":      "Larkspur AB and its order service",
		"notice_effective":     "1 December 2025",
		"notice_page":          "larkspur.example/privacy",
		"subprocessor_page":    "larkspur.example/subprocessors",
		"privacy_authority":    "the Swedish Authority for Privacy Protection",
		"privacy_laws":         "the GDPR and Swedish data protection law",
	}
	return known[key]
}

// settle sends a policy for approval and has the other lead approve it.
func (m *maker) settle(ctx context.Context, id string) error {
	d, err := m.s.Policies.Get(ctx, m.lead, id)
	if err != nil {
		return err
	}
	if p := d.Policy; !slices.Contains(accepted(), id) && p.AcceptDays > 0 {
		p.AcceptDays, p.AgainMonths = 0, 0
		if err := m.s.Policies.Edit(ctx, m.lead, p); err != nil {
			return err
		}
	}
	if err := m.s.Policies.Submit(ctx, m.lead, id); err != nil {
		return err
	}
	return m.s.Policies.Approve(ctx, m.second, id, 0)
}

// keepPolicies is what happens to the policies on a day: reviews, a new version,
// a draft, and people who read and accept.
func (m *maker) keepPolicies(ctx context.Context) error {
	for _, id := range m.policies {
		if m.day == 20+pick(300, "review", id) {
			if err := m.s.Policies.Review(ctx, m.second, id, "Read against how we work; nothing has to change."); err != nil {
				return err
			}
		}
	}
	if m.day == aupChanges || m.day == acpDraft {
		if err := m.rewrite(ctx); err != nil {
			return err
		}
	}
	for _, h := range humans() {
		if h.to > 0 && m.day > h.to {
			continue
		}
		if err := m.joins(ctx, &h); err != nil {
			return err
		}
		if err := m.accepts(ctx, &h); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return nil
}

// rewrite writes the next version of a policy; that of the access policy still
// waits when the story ends.
func (m *maker) rewrite(ctx context.Context) error {
	id, more := "PLC-AUP", "Nobody enters customers' data into an assistant that Larkspur has no contract with."
	if m.day == acpDraft {
		id, more = "PLC-ACP", "Support staff open a customer's account only for a ticket, after approval by a second person."
	}
	d, err := m.s.Policies.Get(ctx, m.lead, id)
	if err != nil {
		return err
	}
	w := policy.Words{Text: d.Versions[len(d.Versions)-1].Text + "\n" + more + "\n", Note: more, Ask: true}
	if err := m.s.Policies.Write(ctx, m.lead, id, w); err != nil {
		return err
	}
	if m.day == acpDraft {
		return m.s.Policies.Submit(ctx, m.lead, id)
	}
	return m.settle(ctx, id)
}

// joins gives somebody an account on the first day on which they need one.
func (m *maker) joins(ctx context.Context, h *human) error {
	if m.day != max(h.from, 0) || slices.ContainsFunc([]access.Actor{m.lead, m.second, m.owner}, func(a access.Actor) bool { return a.Name == h.name }) {
		return nil
	}
	if h.name == "Chloe Martin" { // is a user from the start
		return nil
	}
	u, err := m.s.Auth.Enroll(ctx, access.Console(m.y.Org.ID), auth.New{Email: h.email(), Name: h.name, Role: access.RoleEmployee})
	if err != nil {
		return err
	}
	m.accounts[h.name] = access.Actor{ID: u.ID, Org: m.y.Org.ID, Name: h.name, Role: access.RoleEmployee, Door: access.DoorWeb, From: "127.0.0.1"}
	return nil
}

// accepts has somebody accept what they are asked for, some days after it is
// asked.
func (m *maker) accepts(ctx context.Context, h *human) error {
	who, ok := m.accounts[h.name]
	since := m.day - max(h.from, 0)
	if !ok || since != 1+pick(20, "accepts", h.name) && m.day-aupChanges != 1+pick(20, "again", h.name) {
		return nil
	}
	owed, err := m.s.Policies.Mine(ctx, who)
	if err != nil {
		return err
	}
	for i := range owed {
		if err := m.s.Policies.Accept(ctx, who, owed[i].Policy, owed[i].Version); err != nil {
			return err
		}
	}
	return nil
}

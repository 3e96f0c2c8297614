package demo

import (
	"context"
	"slices"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/evidence"
	"assay/internal/person"
	"assay/internal/policy"
)

// connected is something that is collected.
type connected struct {
	system
	id string
	by collect.Service // which knows what it tells
}

// connect adds Larkspur's systems, on the morning of the first day.
func (m *maker) connect(ctx context.Context) error {
	m.hand.Set(m.w.at(0, 9, 0))
	m.collect = m.s.Connectors
	m.collect.Then, m.collect.Rehearsal = "", true // the year runs its checks itself
	for _, sys := range m.w.systems() {
		p, err := m.w.among(m.s.Connectors.Products, sys, func() int { return m.day })
		if err != nil {
			return err
		}
		by := m.collect
		by.Products = []connector.Product{p}
		c, err := by.Add(ctx, m.lead, collect.New{Product: sys.product, Name: sys.title})
		if err != nil {
			return err
		}
		m.systems = append(m.systems, connected{system: sys, id: c.ID, by: by})
	}
	grant, err := m.lead.May(access.ConnectorEdit)
	if err != nil {
		return err
	}
	return m.s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		for _, p := range m.collect.Registers(m.y.Org.ID) {
			if err := collect.Promise(tx, &p); err != nil {
				return err
			}
		}
		return nil
	})
}

// slow are the registers that are collected when something happened to them, and
// each week: nothing in them depends on the day.
func slow() []string { return []string{evidence.ProductName} }

// due is what to collect on the day.
func (m *maker) due() (out []connected) {
	out = append(out, connected{id: collect.RegisterID(person.ProductName), by: m.collect})
	if m.day == 0 { // later, it is collected in the evening
		out = append(out, connected{id: collect.RegisterID(policy.ProductName), by: m.collect})
	}
	out = append(out, slices.DeleteFunc(slices.Clone(m.systems), func(c connected) bool { return !c.due(m.day) })...)
	for _, name := range slow() {
		if m.day%7 == 0 || m.day == begun-1 || m.touched[name] {
			out = append(out, connected{id: collect.RegisterID(name), by: m.collect})
		}
	}
	clear(m.touched)
	return out
}

package policy

import (
	"context"
	"slices"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/org"
)

// Template is a policy of the library.
type Template struct {
	catalog.Policy
	Adopted bool
}

// Library is what an org can begin its policies with.
type Library struct {
	Templates []Template
	Questions []catalog.Setting // that the templates which are not adopted yet use; what has no default first
	Values    map[string]string // the answers known so far, by key
}

// Templates returns the library's policies and what is known to fill them.
func (s Service) Templates(ctx context.Context, who access.Actor) (l Library, err error) {
	g, err := who.May(access.PolicyRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		l, err = s.library(tx)
		return err
	})
	return l, err
}

// Answers are the answers that are known, with which the texts of the library are
// filled: policies, and lessons that speak of them.
func Answers(tx *db.Tx) (map[catalog.SettingKey]string, error) {
	known, err := settings(tx)
	if err != nil {
		return nil, err
	}
	o, err := org.Load(tx)
	if err != nil {
		return nil, err
	}
	out := map[catalog.SettingKey]string{"org_name": o.Name}
	for key, value := range known {
		if value != "" {
			out[catalog.SettingKey(key)] = value
		}
	}
	return out, nil
}

func (s Service) library(tx *db.Tx) (l Library, err error) {
	if l.Values, err = settings(tx); err != nil {
		return l, err
	}
	o, err := org.Load(tx)
	if err != nil {
		return l, err
	}
	if l.Values["org_name"] == "" {
		l.Values["org_name"] = o.Name
	}
	have, err := list(tx)
	if err != nil {
		return l, err
	}
	asked := map[catalog.SettingKey]bool{}
	for _, t := range s.Library.Policies() {
		adopted := slices.ContainsFunc(have, func(p Policy) bool { return p.ID == string(t.ID) })
		l.Templates = append(l.Templates, Template{t, adopted})
		for i := range t.Settings {
			if q := &t.Settings[i]; !adopted && !asked[q.Key] {
				asked[q.Key] = true
				l.Questions = append(l.Questions, *q)
			}
		}
	}
	slices.SortStableFunc(l.Questions, func(a, b catalog.Setting) int { return rank(&a) - rank(&b) })
	return l, nil
}

// rank puts first what only the organization can know.
func rank(q *catalog.Setting) int {
	if q.Default == "" {
		return 0
	}
	return 1
}

// Adopt begins policies with the library's text, filled with the answers; what
// has a default needs none. Nothing is begun unless all can be.
func (s Service) Adopt(ctx context.Context, who access.Actor, ids []string, answers map[string]string) error {
	g, err := who.May(access.PolicyEdit)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return fault.Fields("Nothing was begun.", fault.Field{Name: "policies", Text: "Choose at least one policy."})
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		l, err := s.library(tx)
		if err != nil {
			return err
		}
		if err := s.answer(tx, &l, answers); err != nil {
			return err
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			i := slices.IndexFunc(l.Templates, func(t Template) bool { return string(t.ID) == id })
			if i < 0 {
				return fault.New(fault.NotFound, "The library has no policy %s.", id)
			}
			if err := s.adopt(tx, &l.Templates[i], l.Values); err != nil {
				return err
			}
		}
		return nil
	})
}

// answer keeps the answers that the settings admit.
func (s Service) answer(tx *db.Tx, l *Library, answers map[string]string) error {
	var wrong []fault.Field
	for key, value := range answers {
		value = strings.TrimSpace(db.Plain(value))
		q, known := s.Library.Setting(catalog.SettingKey(key))
		if !known {
			wrong = append(wrong, fault.Field{Name: key, Text: "No policy asks for this."})
			continue
		}
		if value == "" {
			continue // its default, or it is missing
		}
		if err := q.Admit(value); err != nil {
			wrong = append(wrong, fault.Field{Name: key, Text: fault.Text(err)})
			continue
		}
		l.Values[key] = value
		if err := saveSetting(tx, key, value); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return fault.Fields("Nothing was begun.", wrong...)
	}
	return nil
}

func (s Service) adopt(tx *db.Tx, t *Template, values map[string]string) error {
	if t.Adopted {
		return fault.New(fault.Conflict, "There is a policy %s already.", t.ID)
	}
	known := make(map[catalog.SettingKey]string, len(values))
	for key, value := range values {
		known[catalog.SettingKey(key)] = value
	}
	text, missing := catalog.Fill(t.Policy, known)
	if len(missing) > 0 {
		var wrong []fault.Field
		for _, key := range missing {
			wrong = append(wrong, fault.Field{Name: string(key), Text: t.Title + " needs an answer."})
		}
		return fault.Fields("Nothing was begun.", wrong...)
	}
	p := Policy{
		ID: string(t.ID), Title: t.Title, Owner: tx.Actor().ID, ReviewMonths: months(t.Reviewed), AcceptDays: defaultGrace, AgainMonths: yearly,
		Template: string(t.ID), CreatedAt: tx.Now(),
	}
	if t.Form == catalog.NoticeForm {
		p.AcceptDays, p.AgainMonths = 0, 0 // it is for the public
	}
	for _, c := range t.Controls {
		p.Controls = append(p.Controls, string(c))
	}
	if wrong := p.clean(); len(wrong) > 0 {
		return fault.Fields("The policy was not added.", wrong...)
	}
	if err := insert(tx, &p); err != nil {
		return err
	}
	return s.write(tx, &p, nil, &Words{Text: text, Note: "Begun with the library's text", Ask: true})
}

// months between two reviews that are as frequent as the library says.
func months(f catalog.Frequency) int {
	switch f { //nolint:exhaustive // nothing else is a policy's
	case catalog.Monthly:
		return 1
	case catalog.Quarterly:
		return 3
	case catalog.Semiannual:
		return 6
	}
	return yearly
}

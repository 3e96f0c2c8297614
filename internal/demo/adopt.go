package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/catalog"
	"assay/internal/activity"
	"assay/internal/control"
	"assay/internal/evidence"
	"assay/internal/rule"
	"assay/internal/standing"
)

// adopt takes the controls over from the first day of the period, and gives
// every one an owner and something that shows that it operates.
func (m *maker) adopt(ctx context.Context) error {
	m.hand.Set(m.w.at(-5, 10, 0))
	list, err := m.s.Library.Adopt([]catalog.ProfileID{"starter_security", "add_availability", "add_confidentiality"})
	if err != nil {
		return err
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, string(c.ID))
	}
	if _, err := m.s.Controls.Adopt(ctx, m.lead, ids, m.w.start); err != nil {
		return err
	}
	o, err := m.s.Controls.List(ctx, m.lead)
	if err != nil {
		return err
	}
	for i := range o.Controls {
		if err := m.tailor(ctx, o.Controls[i].Version); err != nil {
			return fmt.Errorf("%s: %w", o.Controls[i].Control, err)
		}
	}
	m.y.Controls = len(o.Controls)
	return nil
}

// tailor makes a control Larkspur's own: an owner, the fix limit that its
// wording states, and an activity where no check looks.
func (m *maker) tailor(ctx context.Context, v control.Version) error {
	v.Owner, v.OwnerName = m.ownerOf(v.Control)
	v.Reason = "Made ours: owner, limit and what shows it"
	limits := map[string]string{"IAM-03": "3d", "IAM-08": "1d", "HRS-13": "1d", "VUL-03": "14d", "VUL-02": "14d", "CRY-01": "3d", "CRY-02": "3d", "NET-01": "3d", "IAM-01": "3d"}
	if l, ok := limits[v.Control]; ok {
		v.FixLimit = l
		v.Statement = strings.TrimSuffix(v.Statement, ".") + ". A failure is corrected within " + words(l) + "."
	}
	v.Lanes = slices.DeleteFunc(v.Lanes, func(l control.Lane) bool { return l.Kind == standing.ByCheck && !m.hasFactsFor(l.Check) })
	if len(v.Lanes) == 0 {
		v.Lanes = []control.Lane{{
			ID: "activity/quarterly", Kind: standing.ByActivity, Title: "Records looked through, and confirmed or corrected",
			Schedule: standing.Schedule{Frequency: standing.Quarterly, Anchor: m.w.start.AddMonths(3) - 1},
		}}
	}
	for i := range v.Lanes {
		if sch := &v.Lanes[i].Schedule; sch.Frequency == standing.Annual && !dueAtTheEnd(v.Control) {
			sch.Anchor = m.w.date(40 + pick(290, "anchor", v.Control)) // spread over the year
		}
	}
	saved, err := m.s.Controls.Save(ctx, m.lead, v)
	m.controls = append(m.controls, saved)
	return err
}

// hasFactsFor reports whether Larkspur has what a check is about.
func (m *maker) hasFactsFor(check string) bool {
	i := slices.IndexFunc(m.s.Checks.Catalog, func(d *rule.Definition) bool { return d.ID == check })
	if i < 0 {
		return false
	}
	d := m.s.Checks.Catalog[i]
	if domain, _, _ := strings.Cut(d.ID, "."); domain == "person" || domain == "policy" {
		return true
	}
	for _, sys := range m.w.systems() {
		for kind := range sys.lists {
			if kind == d.Kind || m.judges(d, kind) {
				return true
			}
		}
	}
	return false
}

// judges reports whether a check is about a kind of a connector.
func (m *maker) judges(d *rule.Definition, kind string) bool {
	for i := range m.s.Connectors.Products {
		for j := range m.s.Connectors.Products[i].Kinds {
			if k := &m.s.Connectors.Products[i].Kinds[j]; k.Kind == kind {
				return d.Judges(k)
			}
		}
	}
	return false
}

func words(limit string) string {
	if limit == "1d" {
		return "one day"
	}
	return strings.TrimSuffix(limit, "d") + " days"
}

func (m *maker) ownerOf(id string) (user, name string) {
	domain, _, _ := strings.Cut(id, "-")
	switch domain {
	case "GOV", "RSK", "COM", "VEN":
		return m.second.ID, m.second.Name
	case "IAM", "NET", "CRY", "CFG", "AVL", "VUL", "LOG", "CHG", "END":
		return m.owner.ID, m.owner.Name
	}
	return m.lead.ID, m.lead.Name
}

// perform records the activities of the day: each some days before it is due,
// but the restore test of June, which is late.
func (m *maker) perform(ctx context.Context) error {
	today := m.w.date(m.day)
	for i := range m.controls {
		v := &m.controls[i]
		for _, l := range v.Lanes {
			if l.Kind != standing.ByActivity {
				continue
			}
			ahead := standing.Date(10 + pick(10, "ahead", v.Control))
			for _, occ := range l.Schedule.Occurrences(standing.Period{From: m.w.start, To: today + ahead + 1}) {
				key := v.Control + l.ID + occ.Due.String()
				if m.done[key] || m.holdsBack(v.Control, occ.Due) {
					continue
				}
				if err := m.record(ctx, v, l, occ.Due); err != nil {
					return err
				}
				m.done[key] = true
			}
		}
	}
	return nil
}

// holdsBack is true for what is not done yet: the late restore test, and what
// is still to do at the end of the story.
func (m *maker) holdsBack(name string, due standing.Date) bool {
	if name == "AVL-06" && due >= m.w.date(restoreDue-3) && due <= m.w.date(restoreDue+3) {
		return m.day < restoreDone
	}
	return due > m.w.date(begun-3) && (dueAtTheEnd(name) || name == "IAM-09")
}

// dueAtTheEnd names what is still to do when the story ends.
func dueAtTheEnd(name string) bool {
	return slices.Contains([]string{"VEN-04", "RSK-02", "HRS-09"}, name)
}

func (m *maker) record(ctx context.Context, v *control.Version, l control.Lane, due standing.Date) error {
	who := m.lead
	switch v.Owner {
	case m.owner.ID:
		who = m.owner
	case m.second.ID:
		who = m.second
	}
	at := m.w.at(m.day, 10, pick(60, v.Control, due))
	p := activity.Performance{
		Control: v.Control, Lane: l.ID, DueOn: due.String(), PerformedAt: at.Add(-time.Duration(pick(120, "min", v.Control, due)) * time.Minute),
		Note: "Done as worded; nothing to correct.",
	}
	if title, ok := papers()[v.Control]; ok {
		paper := []byte(m.paper(title, due))
		if v.Control == "IAM-09" {
			var err error
			if paper, err = m.reviewAccess(ctx, due); err != nil {
				return err
			}
		}
		e, err := m.s.Evidence.Upload(ctx, who, evidence.Details{
			Title: title + ", " + due.Start(time.UTC).Format("January 2006"), Controls: []string{v.Control},
			From: m.w.date(max(m.day-89, 0)), To: m.w.date(m.day + 1), Frequency: l.Schedule.Frequency,
		}, strings.ToLower(v.Control)+"-"+due.String()+".csv", bytes.NewReader(paper))
		if err != nil {
			return err
		}
		p.Evidence, m.touched[evidence.ProductName] = []string{e.ID}, true
	}
	_, err := m.s.Activities.Perform(ctx, who, p)
	return err
}

// papers are the controls whose activity leaves a file.
func papers() map[string]string {
	return map[string]string{
		"IAM-09": "User access review", "AVL-06": "Restore test", "IRP-05": "Incident exercise", "MON-05": "Penetration test",
		"GOV-02": "Minutes of the oversight meeting", "RSK-05": "Risk register review", "NET-02": "Boundary rule review", "AVL-03": "Recovery exercise",
	}
}

// paper is a made-up file.
func (m *maker) paper(title string, due standing.Date) string {
	var b strings.Builder
	fmt.Fprintf(&b, "what,result,by\n")
	for i := range 8 + pick(12, title, due) {
		fmt.Fprintf(&b, "%s line %d,kept,%s\n", title, i+1, m.owner.Name)
	}
	return b.String()
}

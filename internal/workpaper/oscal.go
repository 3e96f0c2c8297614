package workpaper

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"assay/internal/engagement"
	"assay/internal/register"
	"assay/internal/standing"
)

// OSCALVersion is that of NIST's models which the documents follow.
const OSCALVersion = "1.0.6"

// The names of the documents.
const (
	planFile    = "oscal/assessment-plan.json"
	resultsFile = "oscal/assessment-results.json"
	poamFile    = "oscal/poam.json"
)

// object is a JSON object; its members are written in the order of their names.
type object = map[string]any

// uuid names a thing for OSCAL: always the same for the same thing of the same log.
func (g *gathering) uuid(what ...string) string {
	sum := sha256.Sum256([]byte("assay.oscal/v1\n" + g.to.Origin + "\n" + strings.Join(what, "\n")))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	s := hex.EncodeToString(sum[:16])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// line is a text as OSCAL's short texts are: one line, without space around it.
func line(texts ...string) string {
	for _, s := range texts {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			return s
		}
	}
	return "not recorded"
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// midnight is the beginning of a day of the organization.
func (g *gathering) midnight(d standing.Date) string {
	return instant(d.Start(g.org.LocationOn(d)))
}

// oscal writes the plan, the results, and what is to be corrected. Without a test
// there is no plan to tell of, and without an exception nothing to correct.
func (g *gathering) oscal(string) error {
	g.sheets = slices.DeleteFunc(slices.Clone(g.sheets), func(r register.Record) bool {
		return r.State == engagement.SheetOff || !r.ArchivedAt.IsZero()
	})
	g.exceptions = slices.DeleteFunc(slices.Clone(g.exceptions), func(r register.Record) bool {
		return r.State == engagement.ExceptionOff || !r.ArchivedAt.IsZero()
	})
	g.section("OSCAL", "The same for programs, by the models of NIST, version "+OSCALVersion+". OSCAL's findings conclude whether an objective is satisfied: they are the firm's, and left out.", "Document", "Holds", "File")
	documents := []struct {
		file, title, holds string
		some               bool
		make               func() object
	}{
		{planFile, "Assessment plan", "Which controls are tested, and how.", len(g.sheets) > 0, g.plan},
		{resultsFile, "Assessment results", "What each signed test showed, and the exceptions.", len(g.sheets) > 0, g.results},
		{poamFile, "Plan of action and milestones", "What management answered, and what is corrected by when.", len(g.exceptions) > 0, g.poam},
	}
	for _, d := range documents {
		if !d.some {
			g.row(Cell{Text: d.title}, Cell{Text: "Nothing is recorded that it could hold."}, Cell{})
			continue
		}
		if err := g.json(d.file, d.make()); err != nil {
			return err
		}
		g.row(Cell{Text: d.title}, Cell{Text: d.holds}, Cell{Files: []File{{d.file, "JSON"}}})
	}
	return nil
}

// metadata is what each document begins with.
func (g *gathering) metadata(title string) object {
	org, firm := g.uuid("organization"), g.uuid("firm", g.deal.Get("firm"))
	party := func(id, name string) object {
		return object{"uuid": id, "type": "organization", "name": line(name)}
	}
	return object{
		"title": title + " of " + line(g.org.Name) + ": " + line(g.deal.Get("title")), "last-modified": instant(g.tx.Now()), "version": g.deal.ID + "." + line(g.deal.Get("to"), g.deal.Get("as_of")),
		"oscal-version": OSCALVersion,
		"roles":         []any{object{"id": "assessor", "title": "The firm of service auditors"}, object{"id": "system-owner", "title": "The service organization"}},
		"parties":       []any{party(org, g.org.Name), party(firm, g.deal.Get("firm"))},
		"responsible-parties": []any{
			object{"role-id": "assessor", "party-uuids": []any{firm}}, object{"role-id": "system-owner", "party-uuids": []any{org}},
		},
		"remarks": "Made by " + line(g.to.MadeBy) + " out of the working papers of " + g.deal.ID + ".",
	}
}

// system is what OSCAL's documents ask for of the system's own plan: the description
// stands in the report, which is not OSCAL.
func (g *gathering) system() (reference, matter object) {
	id := g.uuid("description")
	return object{"href": "#" + id, "remarks": "The description of the system is a section of the report; there is no plan in OSCAL."}, object{"resources": []any{
		object{"uuid": id, "title": "Description of the system", "description": "As management wrote it for the report, of " + line(g.deal.Get("service")) + "."},
	}}
}

// reviewed are the controls of tests, each once.
func reviewed(sheets []register.Record) object {
	var ids []string
	for i := range sheets {
		ids = append(ids, sheets[i].Get("control"))
	}
	slices.Sort(ids)
	list := []any{}
	for _, id := range slices.Compact(ids) {
		list = append(list, object{"control-id": id})
	}
	return object{"control-selections": []any{object{"include-controls": list}}}
}

// plan is the assessment plan.
func (g *gathering) plan() object {
	activities, tasks := []any{}, []any{}
	for i := range g.sheets {
		r := &g.sheets[i]
		id := g.uuid("activity", r.ID)
		activities = append(activities, object{
			"uuid": id, "title": line(r.Get("title")), "description": described(r), "steps": g.steps(r), "related-controls": reviewed(g.sheets[i : i+1]),
			"props": []any{object{"name": "sheet", "ns": "https://assay.invalid/oscal", "value": r.ID}},
		})
		tasks = append(tasks, object{"uuid": g.uuid("task", r.ID), "type": "action", "title": line(r.Get("title")), "associated-activities": []any{
			object{"activity-uuid": id, "subjects": []any{object{"type": "component", "description": line(r.Get("items")), "include-all": object{}}}},
		}})
	}
	ssp, matter := g.system()
	return object{"assessment-plan": object{
		"uuid": g.uuid("assessment-plan", g.deal.ID), "metadata": g.metadata("Assessment plan"), "import-ssp": ssp, "local-definitions": object{"activities": activities},
		"reviewed-controls": reviewed(g.sheets), "tasks": tasks, "back-matter": matter,
	}}
}

// described are the procedures of a test.
func described(r *register.Record) string {
	var out []string
	for _, p := range engagement.Procedures() {
		if text := r.Get(p.Value); text != "" {
			out = append(out, p.Label+": "+text)
		}
	}
	return strings.Join(out, "\n\n")
}

// steps are what is looked at in each item.
func (g *gathering) steps(r *register.Record) []any {
	out := []any{}
	for i, text := range r.List("attributes") {
		letter := engagement.Letter(i)
		out = append(out, object{"uuid": g.uuid("step", r.ID, letter), "title": letter, "description": text})
	}
	return out
}

// results are the assessment results: of tests that are signed as reviewed.
func (g *gathering) results() object {
	observations, left := g.observations()
	from, to := g.span()
	remarks := "Findings conclude whether an objective is satisfied: the firm's report does, and this does not."
	if left > 0 {
		remarks += " Tests that are not signed yet are not told."
	}
	out := object{
		"uuid": g.uuid("result", g.deal.ID), "title": line(g.deal.Get("title")), "description": "What the tests showed that are signed as reviewed.", "reviewed-controls": reviewed(g.sheets),
		"start": instant(g.deal.CreatedAt), "remarks": remarks,
	}
	if from != 0 {
		out["start"], out["end"] = g.midnight(from), g.midnight(to+1)
	}
	if len(observations) > 0 {
		out["observations"] = observations
	}
	if risks := g.risks(); len(risks) > 0 {
		out["risks"] = risks
	}
	return object{"assessment-results": object{
		"uuid": g.uuid("assessment-results", g.deal.ID), "metadata": g.metadata("Assessment results"), "import-ap": object{"href": "assessment-plan.json"}, "results": []any{out},
	}}
}

// observations are the tests that are signed as reviewed, and how many are not.
func (g *gathering) observations() (out []any, left int) {
	for i := range g.sheets {
		r := &g.sheets[i]
		if r.State != engagement.SheetReviewed {
			left++
			continue
		}
		out = append(out, object{
			"uuid": g.uuid("observation", r.ID), "title": line(r.Get("title")), "description": line(r.Get("result")), "methods": methods(r), "types": []any{"control-objective"},
			"collected": g.midnight(r.Date("reviewed_on")), "origins": g.firm(),
			"relevant-evidence": []any{object{"href": "../sheets/" + r.ID + csvEnd, "description": "The test sheet " + r.ID + ", with every item and mark; its signatures are the log's entry " + line(r.Get("leaf")) + "."}},
		})
	}
	return out, left
}

func (g *gathering) firm() []any {
	return []any{object{"actors": []any{object{"type": "party", "actor-uuid": g.uuid("firm", g.deal.Get("firm")), "role-id": "assessor"}}}}
}

// methods are OSCAL's words for the procedures.
func methods(r *register.Record) []any {
	var out []any
	for _, m := range [][3]string{{"inquiry", "", "INTERVIEW"}, {"inspection", "observation", "EXAMINE"}, {"reperformance", "", "TEST"}} {
		if r.Get(m[0]) != "" || m[1] != "" && r.Get(m[1]) != "" {
			out = append(out, m[2])
		}
	}
	if out == nil {
		return []any{"UNKNOWN"}
	}
	return out
}

// risks are the exceptions.
func (g *gathering) risks() (out []any) {
	for i := range g.exceptions {
		x := &g.exceptions[i]
		statement := line(x.Get("effect"), x.Get("followed"), x.Get("what"))
		risk := object{"uuid": g.uuid("risk", x.ID), "title": line(x.Get("title")), "description": line(x.Get("result")), "statement": statement, "status": status(x), "origins": g.firm()}
		if day := x.Date("correct_by"); day != 0 {
			risk["deadline"] = g.midnight(day + 1)
		}
		if text := x.Get("response"); text != "" {
			cycle := "planned"
			if x.State == engagement.Verified {
				cycle = "completed"
			}
			risk["remediations"] = []any{object{"uuid": g.uuid("remediation", x.ID), "lifecycle": cycle, "title": "Management's response", "description": text}}
		}
		if sheet := g.signed(x.Get("sheet")); sheet != "" {
			risk["related-observations"] = []any{object{"observation-uuid": g.uuid("observation", sheet)}}
		}
		out = append(out, risk)
	}
	return out
}

// signed is the id of a test among those that are told; empty if it is not.
func (g *gathering) signed(id string) string {
	for i := range g.sheets {
		if g.sheets[i].ID == id && g.sheets[i].State == engagement.SheetReviewed {
			return id
		}
	}
	return ""
}

// status is OSCAL's word for how far an exception is. Only a verified correction
// closes it.
func status(x *register.Record) string {
	switch {
	case x.State == engagement.Verified:
		return "closed"
	case x.Get("finding") != "":
		return "remediating"
	}
	return "open"
}

// poam is the plan of action and milestones.
func (g *gathering) poam() object {
	items := []any{}
	for i := range g.exceptions {
		x := &g.exceptions[i]
		text := "No correction is recorded."
		if f, ok := g.findings[x.Get("finding")]; ok {
			text = "Corrected by " + f.ID + ", “" + line(f.Get("title")) + "”, which is " + line(g.state(&f).Text) + "."
		}
		items = append(items, object{
			"uuid": g.uuid("poam-item", x.ID), "title": line(x.Get("title")), "description": line(x.Get("result")) + " " + text,
			"related-risks": []any{object{"risk-uuid": g.uuid("risk", x.ID)}}, "props": []any{object{"name": "exception", "ns": "https://assay.invalid/oscal", "value": x.ID}},
		})
	}
	ssp, matter := g.system()
	out := object{
		"uuid": g.uuid("poam", g.deal.ID), "metadata": g.metadata("Plan of action and milestones"), "import-ssp": ssp, "risks": g.risks(), "poam-items": items, "back-matter": matter,
	}
	if list, _ := g.observations(); len(list) > 0 {
		out["observations"] = list
	}
	return object{"plan-of-action-and-milestones": out}
}

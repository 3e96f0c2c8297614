package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"assay/internal/access"
	"assay/internal/web/view"
)

// place is a page of the navigation.
type place struct {
	id, icon, label, href, key string
	needs                      access.Permission
}

type group struct {
	label  string
	places []place
}

// places are the pages that exist, in the order of the design.
func places() []group {
	return []group{
		{"", []place{
			{"readiness", "home", "Readiness", "/", "r", access.ControlRead},
			{"tasks", "tasks", "My tasks", "/tasks", "t", access.TaskRead},
			{"calendar", "cal", "Calendar", "/calendar", "", access.TaskRead},
			{"clients", "people", "Clients", "/clients", "", access.ClientRead},
		}},
		{"Program", []place{
			{"criteria", "tree", "Criteria", "/criteria", "k", access.CriteriaRead},
			{"controls", "shield", "Controls", "/controls", "c", access.ControlRead},
			{"checks", "check", "Checks", "/checks", "h", access.CheckRead},
			{"evidence", "evid", "Evidence", "/evidence", "e", access.EvidenceRead},
			{"policies", "doc", "Policies", "/policies", "y", access.PolicyRead},
			{"risks", "risk", "Risks", "/risks", "i", access.RiskRead},
			{"gaps", "audit", "Gaps", "/gap-analysis", "", access.GapRead},
			{"findings", "alert", "Findings", "/findings", "f", access.FindingRead},
			{"meetings", "cal", "Meetings", "/meetings", "m", access.MeetingRead},
		}},
		{"People & access", []place{
			{"people", "people", "People", "/people", "p", access.PersonRead},
			{"training", "train", "Training", "/training", "w", access.TrainingRead},
			{"accounts", "lock", "Accounts", "/accounts", "a", access.AccountRead},
			{"reviews", "key", "Access reviews", "/access-reviews", "x", access.AccessReviewRead},
		}},
		{"Operations", []place{
			{"vendors", "vendor", "Vendors", "/vendors", "v", access.VendorRead},
			{"incidents", "siren", "Incidents", "/incidents", "d", access.IncidentRead},
			{"assets", "tree", "Assets & data", "/assets", "", access.InventoryRead},
			{"continuity", "loop", "Continuity", "/continuity", "b", access.ContinuityRead},
			{"processing", "loop", "Processing", "/processing-errors", "", access.ProcessingRead},
			{"privacy", "lock", "Privacy", "/privacy-requests", "", access.PrivacyRequestRead},
		}},
		{"Assurance", []place{
			{"engagements", "sign", "Engagements", "/engagements", "n", access.EngagementRead},
			{"requests", "tasks", "Requests", "/requests", "q", access.RequestRead},
			{"populations", "evid", "Populations", "/populations", "u", access.PopulationRead},
			{"sheets", "check", "Test sheets", "/sheets", "j", access.SheetRead},
			{"description", "doc", "System description", "/description", "g", access.DescriptionRead},
			{"exceptions", "alert", "Exceptions", "/exceptions", "z", access.ExceptionRead},
			{"rehearsal", "play", "Rehearsal", "/rehearsal", "", access.RehearsalRead},
			{"reports", "dl", "Reports", "/reports", "", access.ReportBuild},
		}},
		{"System", []place{
			{"connectors", "plug", "Connectors", "/connectors", "o", access.ConnectorRead},
			{"log", "log", "Audit log", "/log", "l", access.LogRead},
			{"settings", "gear", "Settings", "/settings", "s", access.OrgRead},
		}},
	}
}

// shell is everything around a page, for whoever is there.
func (s *Server) shell(r *request, title, current string, crumbs ...view.Crumb) view.Shell {
	sh := view.Shell{Title: title, Current: current, Crumbs: crumbs, Org: "Assay", Search: view.Search{Action: "/search", Value: r.URL.Query().Get("q")}}
	if r.who.ID == "" || r.who.Org == "" {
		return sh
	}
	sh.Org = r.org.Name
	if list, err := s.mine(r); err == nil && len(list) > 1 {
		sh.OrgHref = "/orgs"
	}
	sh.User = &view.User{Name: r.visit.User.Name, Detail: string(r.who.Role), Actions: []view.Action{{Label: "Your tasks", Href: "/me"}, {Label: "Report a problem", Href: "/me/report"}, {Label: "Your account", Href: "/settings/me"}, {Label: "Sign out", Href: "/signout", Post: true}}}
	if r.who.Can(access.IncidentEdit) {
		sh.User.Actions = append([]view.Action{{Label: "Declare an incident", Href: "/incidents/new"}}, sh.User.Actions...)
	}
	sh.Theme, sh.Density = r.visit.User.Appearance.Theme, r.visit.User.Appearance.Density
	sh.KeysOff = r.visit.User.Appearance.NoShortcuts
	counts := s.counts(r)
	sc, _ := s.period(r)
	for _, g := range places() {
		out := view.NavGroup{Label: g.label}
		for _, p := range g.places {
			c := counts[p.id]
			if !r.who.Can(p.needs) || outside(p.id, current, sc.Categories) || r.hides(p.id, current, c) {
				continue
			}
			out.Items = append(out.Items, view.NavItem{
				ID: p.id, Icon: p.icon, Label: p.label, Href: r.inPeriod(p.href), Key: p.key, Count: c.n, Hot: c.hot,
			})
		}
		if len(out.Items) > 0 {
			sh.Nav = append(sh.Nav, out)
		}
	}
	sh.Period = s.periodChip(r)
	sh.Flash = s.takeFlash(r)
	if sh.Flash == nil && len(r.visit.Devices) > 0 && r.URL.Path != "/settings/me" {
		d := &r.visit.Devices[0]
		sh.Flash = &view.Flash{State: view.Warn, Text: view.Text{
			view.T("New sign-in: " + deviceOf(d.Agent) + ", " + d.Address + ", " + r.moment(d.FirstAt) + ". "), view.A("Was it you?", "/settings/me"),
		}}
	}
	sh.Demo = s.demoBar(r)
	return sh
}

// hides reports whether a place that somebody may open is left out of the navigation:
// settings for those who see nothing else, and reach their own by their name; clients
// for whoever has none.
func (r *request) hides(id, current string, c count) bool {
	return id == "settings" && !r.who.Can(access.ProgramRead) || id == "clients" && c.all == 0 && current != id
}

func (s *Server) demoBar(r *request) *view.Demo {
	if len(s.DemoUsers) == 0 || !r.org.Demo {
		return nil
	}
	d := &view.Demo{Text: "Everything here is made up; nothing leaves this machine.", Action: "/demo/role", Role: string(r.who.Role)}
	for _, u := range s.DemoUsers {
		d.Roles = append(d.Roles, view.Option{Value: u.Role, Label: u.Role})
	}
	return d
}

const flashCookie = "assay_flash"

type flash struct {
	Text  string     `json:"t"`
	State view.State `json:"s"`
	Undo  string     `json:"u,omitempty"` // where a POST takes it back
}

// say leaves a message for the next page.
func (s *Server) say(r *request, f flash) {
	b, err := json.Marshal(f)
	if err != nil {
		return
	}
	http.SetCookie(r.w, &http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(b), Path: "/", MaxAge: 60, HttpOnly: true,
		Secure: s.Secure, SameSite: http.SameSiteLaxMode, // it is read after an identity provider sent the browser back
	})
}

func (s *Server) takeFlash(r *request) *view.Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(r.w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	var f flash
	if json.Unmarshal(b, &f) != nil || f.Text == "" {
		return nil
	}
	out := &view.Flash{State: f.State, Text: view.Say(f.Text)}
	if f.Undo != "" {
		out.Undo = &view.Action{Label: "Undo", Href: localPath(f.Undo), Post: true}
	}
	return out
}

func (s *Server) done(r *request, text, to string) (answer, error) {
	s.say(r, flash{Text: text, State: view.Pass})
	return goTo(to)
}

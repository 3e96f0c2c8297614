package access

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"assay/internal/kit/fault"
)

// declared reads the permissions' constants from their source, so that one
// without a row in the table is found.
func declared(t *testing.T) []Permission {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "permissions.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var out []Permission
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Permission" {
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, Permission(s))
				}
			}
		}
		return true
	})
	return out
}

// firms are the steps of the audit firm, which nobody of the organization takes.
func firms() []Permission {
	return []Permission{EngagementConduct, EngagementIssue, RequestReview, PopulationFreeze, SampleEdit, SampleDraw, SheetEdit, SheetPerform, SheetReview, ExceptionEdit, ExceptionJudge}
}

func TestEveryPermissionHasARow(t *testing.T) {
	all := declared(t)
	if len(all) < 20 {
		t.Fatalf("%d permissions found", len(all))
	}
	for _, p := range all {
		if len(table[p]) == 0 {
			t.Errorf("%s is allowed to nobody", p)
		}
		if RoleLead.Allows(p) == slices.Contains(firms(), p) {
			t.Errorf("%s: a lead may: %v", p, RoleLead.Allows(p))
		}
		if slices.Contains(firms(), p) && !slices.Equal(table[p], []Role{RoleAuditor}) {
			t.Errorf("%s is the firm's, and allowed to %v", p, table[p])
		}
	}
	for _, p := range Permissions() {
		if !slices.Contains(all, p) {
			t.Errorf("%s has a row and no name", p)
		}
	}
}

func TestGuestsChangeNothingButThemselves(t *testing.T) {
	own := []Permission{SelfEdit, TokenEdit, PackageExport, EngagementWorkpapers, ReportBuild, PolicyAccept, PolicyOwn, TrainingTake, ProblemReport}
	for _, p := range Permissions() {
		reads := len(p) > 5 && p[len(p)-5:] == ".read" || p == UserList
		for _, r := range []Role{RoleViewer, RoleAuditor} {
			conducts := r == RoleAuditor && (p == EngagementSign || p == RequestEdit || p == PopulationEdit || slices.Contains(firms(), p))
			if r.Allows(p) && !reads && !conducts && !slices.Contains(own, p) {
				t.Errorf("%s may %s", r, p)
			}
		}
	}
}

func TestEmployeesSeeNothingButTheirOwn(t *testing.T) {
	for _, p := range Permissions() {
		if want := slices.Contains([]Permission{OrgRead, SelfEdit, TokenEdit, PolicyAccept, PolicyOwn, TrainingTake, ProblemReport}, p); RoleEmployee.Allows(p) != want {
			t.Errorf("an employee may %s: %v", p, !want)
		}
	}
}

func TestMay(t *testing.T) {
	lead := Actor{ID: "usr_1", Org: "org_1", Role: RoleLead}
	g, err := lead.May(OrgEdit)
	if err != nil || g.Org() != "org_1" || g.Permission() != OrgEdit || !lead.Can(OrgEdit) {
		t.Fatal(g, err)
	}
	viewer := lead
	viewer.Role = RoleViewer
	if _, err := viewer.May(OrgEdit); !fault.Is(err, fault.Forbidden) || viewer.Can(OrgEdit) {
		t.Error(err)
	}
	if _, err := lead.May("no.such"); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
	for _, nobody := range []Actor{{}, {ID: "usr_1", Role: RoleLead}, {Org: "org_1", Role: RoleLead}} {
		if _, err := nobody.May(OrgRead); !fault.Is(err, fault.Unauthenticated) || nobody.Can(OrgRead) {
			t.Errorf("%+v: %v", nobody, err)
		}
	}
}

func TestRolesWithinRoles(t *testing.T) {
	for _, r := range Roles() {
		if !r.Within(r) || r.Within(RoleLead) == (r == RoleAuditor) || RoleViewer.Within(r) == (r == RoleEmployee) || !RoleEmployee.Within(r) || RoleJob.Within(r) || Role("king").Within(r) {
			t.Error(r)
		}
	}
	if RoleLead.Within(RoleOwner) || RoleAuditor.Within(RoleOwner) || RoleOwner.Within(RoleAuditor) || RoleOwner.Within(RoleViewer) {
		t.Error("a token could do more than its maker")
	}
}

func TestProvisioningIsNeverImplied(t *testing.T) {
	for _, role := range []Role{RoleLead, RoleJob} {
		a := Actor{ID: "tok_1", Org: "org_1", Role: role, Door: DoorAPI}
		if _, err := a.May(SCIMProvision); err == nil || a.Can(SCIMProvision) {
			t.Errorf("%s may without a scope", role)
		}
		a.Scope = Scope(SCIMProvision)
		if _, err := a.May(SCIMProvision); err != nil || a.Can(PersonRead) {
			t.Error(role, err)
		}
	}
	if _, err := NewScope(RoleOwner, "", []string{string(SCIMProvision)}); err == nil {
		t.Error("an owner makes a directory's token")
	}
}

func TestScopesNarrow(t *testing.T) {
	for _, perms := range [][]string{{"no.such"}, {string(ControlRead), string(OrgEdit)}} {
		if _, err := NewScope(RoleViewer, "", perms); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", perms, err)
		}
	}
	s, err := NewScope(RoleLead, "", []string{string(PersonRead), " ", string(ControlRead), string(ControlRead)})
	if err != nil || s != "control.read person.read" {
		t.Fatal(s, err)
	}
	a := Actor{ID: "tok_1", Org: "org_1", Role: RoleLead, Door: DoorAPI, Scope: s}
	for _, p := range Permissions() {
		_, err := a.May(p)
		in := p == PersonRead || p == ControlRead || p == OrgRead
		if (err == nil) != in || a.Can(p) != in {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestWeakSignInsOpenTheirOwnAccount(t *testing.T) {
	a := Actor{ID: "usr_1", Org: "org_1", Role: RoleLead, Door: DoorWeb, Lacks: "Add a passkey."}
	for _, p := range Permissions() {
		_, err := a.May(p)
		in := p == OrgRead || p == SelfEdit
		if (err == nil) != in || a.Can(p) != in {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestWeightyPermissionsWantAFreshSession(t *testing.T) {
	n := 0
	for _, p := range Permissions() {
		if p == SCIMProvision { // no session has it
			continue
		}
		_, err := Actor{ID: "usr_1", Org: "org_1", Role: table[p][0], Door: DoorWeb, Stale: true}.May(p)
		if (err == nil) == p.Weighty() {
			t.Errorf("%s: %v", p, err)
		}
		approves := len(p) > 8 && p[len(p)-8:] == ".approve" || p == RiskAccept || p == UserEdit || p == RoleEdit || p == UserInvite || p == ClientAssign || p == ProviderEdit || p == SSOEdit || p == SIEMEdit || p == FederationEdit || p == UserErase || p == PackageExport || p == EngagementWorkpapers || p == AccessReviewSign || p == MeetingApprove || p == EngagementSign || p == EngagementIssue || p == SheetReview
		if approves != p.Weighty() {
			t.Errorf("%s: weighty is %v", p, p.Weighty())
		}
		if p.Weighty() {
			n++
		}
	}
	if n == 0 {
		t.Error("nothing is weighty")
	}
}

func TestNobodyHandsOutWhatTheyDoNotHold(t *testing.T) {
	lead := Actor{ID: "usr_1", Org: "org_1", Role: RoleLead}
	for _, p := range []string{"no.such", string(EngagementConduct), string(SCIMProvision)} {
		if own, err := lead.NewOwn([]string{string(PersonRead), p}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q %v", p, own, err)
		}
	}
	own, err := lead.NewOwn([]string{string(UserEdit), string(PersonRead), " ", string(PersonRead)})
	if err != nil || own != "org.read person.read self.edit user.edit" {
		t.Fatal(own, err)
	}
	clerk := Actor{ID: "usr_2", Org: "org_1", Role: "clerk", Own: own}
	for _, p := range Permissions() {
		_, err := clerk.May(p)
		in := slices.Contains(own.List(), string(p))
		if (err == nil) != in || clerk.Can(p) != in {
			t.Errorf("a clerk and %s: %v", p, err)
		}
	}
	if _, err := clerk.NewOwn([]string{string(RiskAccept)}); !fault.Is(err, fault.Invalid) {
		t.Error("hands out what they do not hold")
	}
	if clerk.Gives(RoleLead, "") || clerk.Gives(RoleViewer, "") || !clerk.Gives("other", "org.read person.read") || clerk.Gives("other", "risk.read") || !lead.Gives(RoleAuditor, "") {
		t.Error("gives more than they hold")
	}
	for _, r := range append(Roles(), RoleJob) { // a list does not widen what every organization has
		for _, p := range Permissions() {
			if Includes(r, Scope(p), p) != r.Allows(p) {
				t.Errorf("%s and %s", r, p)
			}
		}
	}
	for _, p := range Permissions() { // a name without a list is nobody
		if (Actor{ID: "usr_2", Org: "org_1", Role: "clerk"}).Can(p) {
			t.Errorf("an unknown role may %s", p)
		}
	}
}

package web

import (
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/member"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// usersTemplate is an empty file of people to invite.
func (s *Server) usersTemplate(r *request) (answer, error) {
	if err := r.may(access.UserInvite); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: "users-template.csv", media: "text/csv; charset=utf-8", body: member.Template()}}, nil
}

func (s *Server) usersImportForm(r *request) (answer, error) {
	if err := r.may(access.UserInvite); err != nil {
		return answer{}, err
	}
	return s.showUsersImport(r, nil, nil)
}

// usersImport invites the people of a file. The links are on the answer, and nowhere
// else.
func (s *Server) usersImport(r *request) (answer, error) {
	if err := r.may(access.UserInvite); err != nil {
		return answer{}, err
	}
	b, err := r.upload(member.MostFile)
	if err == nil && len(b) == 0 {
		err = fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: "Choose a file."})
	}
	if err != nil {
		return s.showUsersImport(r, nil, err)
	}
	res, err := member.Invite(r.Context(), s.Suite.Auth, r.who, b, r.PostFormValue("apply") == "1")
	if err != nil {
		return s.showUsersImport(r, nil, err)
	}
	return s.showUsersImport(r, res, nil)
}

func (s *Server) showUsersImport(r *request, res *member.Result, refused error) (answer, error) {
	apply := r.text("apply") == "1"
	v := page.ImportView{
		Head:  view.Head{Title: "Invite people from a file", Answer: view.Say("Each row becomes a link that lets its holder join once, within 7 days. A wrong row is refused with its line and the reason; who is a member or invited already stays as they are."), Actions: []view.Action{{Label: "Template", Href: "/settings/users/import/template", Icon: "down"}}},
		Title: "File", Form: view.Form{
			Action: "/settings/users/import", Upload: true, Submit: "Read the file", Icon: "up", Cancel: view.Ref{Label: "Cancel", Href: "/settings/users"},
			Fields: []view.Input{{Name: "file", Label: "CSV file or workbook", Type: "file", Accept: ".csv,text/csv,.xlsx", Required: true, Full: true, Hint: fmt.Sprintf("UTF-8 or XLSX, at most %d MiB. Days as 2026-11-22.", member.MostFile>>20)}},
		},
		Sections: []page.FormSection{{Title: "What to do", Lists: []view.Choices{{Name: "apply", Label: "What to do", Quiet: true, Options: []view.Choice{
			{Value: "", Label: "Only look", Detail: "says who would be invited and who refused", Checked: !apply},
			{Value: "1", Label: "Make the links", Checked: apply},
		}}}}},
		Aside: []page.AsideCard{{ID: "h-cols", Title: "Columns", Text: view.Text{view.C(strings.Join(member.Columns(), ", "))}, Note: "Name, address and role are needed. Until is the last day of a membership that ends by itself."}},
	}
	if res != nil {
		v.Result = s.invitedResult(r, res)
	}
	status, err := refuse(&v.Form, v.Sections, refused)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Users", Href: "/settings/users"}, {Label: "From a file"}}
	return answer{status: status, page: page.Import(s.shell(r, "Invite people from a file", "settings", crumbs...), v)}, nil
}

func (s *Server) invitedResult(r *request, res *member.Result) *page.ImportResult {
	n := res.Counts
	out := &page.ImportResult{Title: fmt.Sprintf("%d of %d rows would be invited", n[member.Invited], len(res.Rows)), Badge: view.Badge{State: view.Info, Label: "Nothing is saved yet"}}
	if res.Applied {
		out.Title, out.Badge = fmt.Sprintf("%d of %d rows were invited", n[member.Invited], len(res.Rows)), view.Badge{State: view.Pass, Label: "Saved"}
		out.Actions = []view.Action{{Label: "To the users", Href: "/settings/users"}}
	}
	out.Sums = []view.Pair{
		{Term: "Invited", Value: view.Say(view.Num(n[member.Invited]))},
		{Term: "Known already", Value: view.Say(view.Num(n[member.Known]))},
		{Term: "Refused", Value: view.Say(view.Num(n[member.Refused])), State: stateIf(n[member.Refused] > 0, view.Fail)},
	}
	links := &page.SampleRows{Title: "Links", Columns: []string{"Address", "Role", "Link"}}
	for i := range res.Rows {
		row := &res.Rows[i]
		switch row.Outcome {
		case member.Refused:
			out.Refused = append(out.Refused, page.RefusedRow{Line: view.Num(row.Line), Field: nonEmpty(row.Column, "row"), Value: clip(nonEmpty(row.Email, row.Name), 60), Reason: row.Why})
		case member.Invited:
			if row.Secret != "" {
				links.Rows = append(links.Rows, []string{row.Email, string(row.Role), s.base(r) + "/invite/" + row.Secret})
			}
		case member.Known:
		}
	}
	var notes []string
	if len(links.Rows) > 0 {
		out.Sample = links
		notes = append(notes, "Send each their link yourself, by a way you trust: the links are shown only now.")
	}
	if len(res.Ignored) > 0 {
		notes = append(notes, "Columns that mean nothing here: "+clip(strings.Join(res.Ignored, ", "), 300)+".")
	}
	out.More = strings.Join(notes, " ")
	return out
}

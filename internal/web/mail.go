package web

import (
	"fmt"
	"strconv"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/notice"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// exportedMail is a message as a file has it.
type exportedMail struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	User      string    `json:"user"`
	Address   string    `json:"address"`
	Subject   string    `json:"subject"`
	State     string    `json:"state"`
	Tries     int       `json:"tries"`
	CreatedAt time.Time `json:"created_at"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	Problem   string    `json:"problem,omitempty"`
}

// mail is when a person is written to, and what was written.
func (s *Server) mail(r *request) (answer, error) { return s.showMail(r, nil) }

func (s *Server) showMail(r *request, refused error) (answer, error) {
	setup, err := s.Suite.Notices.Setup(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Notices.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "mail", exportMail(list)); ok || err != nil {
		return a, err
	}
	f := hourForm(r, setup.Hour)
	status, err := refuse(&f.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{
		Forms: []page.SettingsForm{f}, Mail: &page.MailCard{Empty: "Nothing was written yet. Where nothing waits and nothing happens, nothing is written."},
		Aside: []page.AsideCard{{ID: "h-why", Title: "What is written", Lines: []view.Line{
			{Lead: "Once a day", Text: "what waits for you, when it appears, 14 and 3 days before it is due, on its last day, and when it is late"},
			{Lead: "At once", Text: "what becomes a deviation within a day"},
			{Lead: "To leads", Text: "a connection that brings nothing, a new lead, rows that do not agree with the log, what is late for three days"},
		}, Note: "You choose the hour, not whether you hear of your duties."}},
	}
	if setup.On {
		v.Mail.Action = view.Action{Label: "Send me a message", Href: "/settings/mail/try", Post: true}
		v.Aside = append(v.Aside, page.AsideCard{ID: "h-server", Title: "Mail server", Pairs: []view.Pair{
			{Term: "Server", Value: view.Say(setup.Server), Mono: true}, {Term: "From", Value: view.Say(setup.From)},
		}, Note: "Whoever runs this installation sets it, in mail.yaml."})
	} else {
		v.Notices = []view.Notice{{State: view.Warn, Text: view.Say("No mail server is set up, so nobody is written to. Whoever runs this installation names one in mail.yaml in the data folder, and starts Assay again.")}}
	}
	for i := range list {
		v.Mail.Rows = append(v.Mail.Rows, mailRow(r, &list[i]))
	}
	if len(list) > 0 {
		v.Notices = append(v.Notices, listAs("The messages", "/settings/mail"))
	}
	return s.refusedPage(r, "mail", v, status)
}

func hourForm(r *request, hour int) page.SettingsForm {
	options := make([]view.Option, 0, 24)
	for h := range 24 {
		options = append(options, view.Option{Value: strconv.Itoa(h), Label: fmt.Sprintf("%02d:00", h)})
	}
	return page.SettingsForm{Title: "Your daily message", Form: view.Form{Action: "/settings/mail/hour", Submit: "Save", Fields: []view.Input{
		{Name: "hour", Label: "Not before", Type: "select", Value: r.typed("hour", strconv.Itoa(hour)), Options: options, Hint: "In " + r.org.Zone + ". Nothing is written when there is nothing new."},
	}}}
}

func mailRow(r *request, m *notice.Message) page.MailRow {
	row := page.MailRow{Subject: m.Subject, Text: m.Text, To: m.Address, Written: r.moment(m.CreatedAt), Problem: m.Problem}
	switch m.State {
	case notice.Sent:
		row.Badge = view.Badge{State: view.Pass, Label: "sent"}
	case notice.Failed:
		row.Badge = view.Badge{State: view.Fail, Label: "given up"}
	case notice.Waiting:
		row.Badge = view.Badge{State: view.Warn, Label: "waiting"}
		if m.Tries > 0 {
			row.Badge.Label = "again at " + r.moment(m.NextAt)
		}
	}
	return row
}

func exportMail(list []notice.Message) (out []exportedMail) {
	for i := range list {
		m := &list[i]
		out = append(out, exportedMail{m.ID, string(m.Kind), m.User, m.Address, m.Subject, string(m.State), m.Tries, m.CreatedAt, m.SentAt, m.Problem})
	}
	return out
}

func (s *Server) mailHour(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	hour, err := strconv.Atoi(r.text("hour"))
	if err != nil {
		hour = -1
	}
	if err := s.Suite.Notices.SetHour(r.Context(), r.who, hour); err != nil {
		return s.showMail(r, err)
	}
	return s.done(r, "The hour is saved.", "/settings/mail")
}

func (s *Server) mailTry(r *request) (answer, error) {
	m, err := s.Suite.Notices.Try(r.Context(), r.who)
	if fault.Is(err, fault.Conflict) {
		s.say(r, flash{Text: fault.Text(err), State: view.Warn})
		return goTo("/settings/mail")
	}
	if err != nil {
		return answer{}, err
	}
	if m.State != notice.Sent {
		s.say(r, flash{Text: "The mail server did not take the message. The list says why.", State: view.Fail})
		return goTo("/settings/mail")
	}
	return s.done(r, "The mail server took a message to "+m.Address+".", "/settings/mail")
}

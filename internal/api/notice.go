package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/notice"
	"assay/internal/suite"
)

func noticeOperations() []Operation {
	return []Operation{
		{ID: "notice.list", Method: get, Path: "/notices", Permission: access.SelfEdit, Summary: "The newest mail to the caller; a lead sees everybody's.", Do: does(listNotices)},
		{ID: "notice.setup", Method: get, Path: "/notices/setup", Permission: access.SelfEdit, Summary: "Whether mail is sent, and when the caller gets the daily message.", Do: does(showNoticeSetup)},
		{ID: "notice.hour", Method: put, Path: "/notices/hour", Permission: access.SelfEdit, Summary: "Set the hour of the caller's daily message.", Do: does(setNoticeHour)},
		{ID: "notice.try", Method: post, Path: "/notices/try", Permission: access.SelfEdit, Summary: "Send the caller a message, to see whether mail arrives.", Do: does(tryNotice)},
	}
}

// Notice is one mail to a person.
type Notice struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"digest,urgent,alarm,trial" doc:"digest once a day; urgent and alarm at once; trial was asked for."`
	User      string     `json:"user" doc:"User id."`
	Address   string     `json:"address"`
	Subject   string     `json:"subject"`
	Text      string     `json:"text"`
	State     string     `json:"state" enum:"waiting,sent,failed"`
	Tries     int        `json:"tries"`
	CreatedAt time.Time  `json:"created_at"`
	NextAt    *time.Time `json:"next_at,omitempty" doc:"When it is tried next, while it waits."`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Problem   string     `json:"problem,omitempty" doc:"What the mail server said to the last try."`
}

func noticeOf(m *notice.Message) Notice {
	out := Notice{
		ID: m.ID, Kind: string(m.Kind), User: m.User, Address: m.Address, Subject: m.Subject, Text: m.Text, State: string(m.State), Tries: m.Tries,
		CreatedAt: m.CreatedAt, SentAt: maybe(m.SentAt), Problem: m.Problem,
	}
	if m.State == notice.Waiting {
		out.NextAt = maybe(m.NextAt)
	}
	return out
}

// Notices are the newest mail, the newest first.
type Notices struct {
	Notices []Notice `json:"notices"`
	Next    string   `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listNotices(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Notices, error) {
	list, err := s.Notices.List(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Notices{Notices: []Notice{}}
	part, next := cut(list, in.Page, func(m *notice.Message) string { return m.ID })
	for i := range part {
		out.Notices = append(out.Notices, noticeOf(&part[i]))
	}
	out.Next = next
	return out, nil
}

// NoticeSetup says how mail is sent.
type NoticeSetup struct {
	On     bool   `json:"on" doc:"A mail server is set up."`
	Server string `json:"server,omitempty"`
	From   string `json:"from,omitempty"`
	Hour   int    `json:"hour" doc:"Of the caller's daily message, 0 to 23, in the organization's time zone."`
}

func showNoticeSetup(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*NoticeSetup, error) {
	v, err := s.Notices.Setup(ctx, who)
	if err != nil {
		return nil, err
	}
	return &NoticeSetup{On: v.On, Server: v.Server, From: v.From, Hour: v.Hour}, nil
}

// HourIn is an hour of the day.
type HourIn struct {
	Body struct {
		Hour int `json:"hour" minimum:"0" maximum:"23"`
	}
}

func setNoticeHour(ctx context.Context, s *suite.Suite, who access.Actor, in *HourIn) (*none, error) {
	return &none{}, s.Notices.SetHour(ctx, who, in.Body.Hour)
}

func tryNotice(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Notice, error) {
	m, err := s.Notices.Try(ctx, who)
	if err != nil {
		return nil, err
	}
	out := noticeOf(&m)
	return &out, nil
}

package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/kit/secret"
	"assay/internal/siem"
	"assay/internal/suite"
)

func siemOperations() []Operation {
	return []Operation{
		{ID: "siem.list", Method: get, Path: "/siem", Permission: access.TrailRead, Summary: "Where the trail is sent, and how far each destination has it.", Do: does(listSIEM)},
		{ID: "siem.add", Method: post, Path: "/siem", Permission: access.SIEMEdit, Summary: "Send the trail to a destination, as OCSF JSON over HTTP or syslog. What it answers to the first entries is in the answer.", Do: does(addSIEM)},
		{ID: "siem.edit", Method: put, Path: "/siem/{id}", Permission: access.SIEMEdit, Summary: "Change a destination. Where its host changes, its credential is asked for again.", Do: does(editSIEM)},
		{ID: "siem.try", Method: post, Path: "/siem/{id}/try", Permission: access.SIEMEdit, Summary: "Send what waits now, an entry of the attempt among it.", Do: does(trySIEM)},
		{ID: "siem.pause", Method: post, Path: "/siem/{id}/pause", Permission: access.SIEMEdit, Summary: "Send nothing until it is resumed. Nothing is lost meanwhile.", Do: does(pauseSIEM)},
		{ID: "siem.resume", Method: post, Path: "/siem/{id}/resume", Permission: access.SIEMEdit, Summary: "Send from where it was paused.", Do: does(resumeSIEM)},
		{ID: "siem.remove", Method: remove, Path: "/siem/{id}", Permission: access.SIEMEdit, Summary: "Send nothing more. What it has stays there.", Do: does(removeSIEM)},
	}
}

// Destination is where the trail is sent.
type Destination struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Form       string     `json:"form" enum:"lines,array,splunk,syslog"`
	Address    string     `json:"address"`
	Header     string     `json:"header,omitempty" doc:"HTTP: holds the credential."`
	Credential bool       `json:"credential" doc:"There is one. It is not told."`
	Roots      string     `json:"roots,omitempty" doc:"PEM of the authorities that vouch for it; absent: the system's."`
	State      string     `json:"state" enum:"active,paused"`
	By         string     `json:"by" doc:"User who added it."`
	AddedAt    time.Time  `json:"added_at"`
	Place      int64      `json:"place" doc:"Index in the log before which it has everything."`
	Sent       int64      `json:"sent" doc:"Entries that it took."`
	SentAt     *time.Time `json:"sent_at,omitempty"`
	Problem    string     `json:"problem,omitempty" doc:"What came of the last attempt, if it took nothing."`
	Since      *time.Time `json:"since,omitempty" doc:"Since when it takes nothing."`
	NextAt     *time.Time `json:"next_at,omitempty" doc:"When it is tried again."`
}

func destinationOf(d *siem.Destination) Destination {
	out := Destination{
		ID: d.ID, Name: d.Name, Form: string(d.Form), Address: d.Address, Header: d.Header, Credential: d.Secret(), Roots: d.Roots, State: "active", By: d.AddedBy, AddedAt: d.AddedAt,
		Place: d.Place, Sent: d.Sent, SentAt: maybe(d.SentAt), Problem: d.Problem, Since: maybe(d.Since), NextAt: maybe(d.NextAt),
	}
	if d.Paused {
		out.State = "paused"
	}
	return out
}

// Destinations are where the trail is sent.
type Destinations struct {
	Destinations []Destination `json:"destinations"`
	Next         string        `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Destinations, error) {
	list, err := s.SIEM.List(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(d *siem.Destination) string { return d.ID })
	out := &Destinations{Destinations: []Destination{}, Next: next}
	for i := range part {
		out.Destinations = append(out.Destinations, destinationOf(&part[i]))
	}
	return out, nil
}

// DestinationBody is what a destination is to be.
type DestinationBody struct {
	Name       string `json:"name" maxLength:"100"`
	Form       string `json:"form" enum:"lines,array,splunk,syslog" doc:"Over HTTP: lines (NDJSON), array (JSON), splunk (HTTP Event Collector); or syslog (RFC 5424)."`
	Address    string `json:"address" maxLength:"500" doc:"Such as https://siem.example.com/in; for syslog tls://siem.example.com:6514."`
	Header     string `json:"header,omitempty" maxLength:"100" doc:"HTTP: holds the credential; Authorization if absent."`
	Credential string `json:"credential,omitempty" maxLength:"4096" doc:"HTTP: the header's whole value, such as Bearer x or Splunk x. Absent in a change: it stays, if the host does."`
	Roots      string `json:"roots,omitempty" maxLength:"65536" doc:"PEM of the authorities that vouch for it; absent: the system's."`
	Start      bool   `json:"start,omitempty" doc:"From the log's beginning, not from now; when it is added."`
}

func (b *DestinationBody) asNew() siem.New {
	return siem.New{Name: b.Name, Form: siem.Form(b.Form), Address: b.Address, Header: b.Header, Secret: secret.NewText(b.Credential), Roots: b.Roots, Start: b.Start}
}

// DestinationIn is a destination to be.
type DestinationIn struct {
	Body DestinationBody
}

func addSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *DestinationIn) (*Destination, error) {
	return destination(s.SIEM.Add(ctx, who, in.Body.asNew()))
}

// DestinationEdit is what a destination is to become.
type DestinationEdit struct {
	ID   string `path:"id"`
	Body DestinationBody
}

func editSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *DestinationEdit) (*Destination, error) {
	return destination(s.SIEM.Edit(ctx, who, in.ID, in.Body.asNew()))
}

func trySIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Destination, error) {
	return destination(s.SIEM.Try(ctx, who, in.ID))
}

func resumeSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Destination, error) {
	return destination(s.SIEM.Resume(ctx, who, in.ID))
}

func destination(d siem.Destination, err error) (*Destination, error) {
	if err != nil {
		return nil, err
	}
	out := destinationOf(&d)
	return &out, nil
}

func pauseSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.SIEM.Pause(ctx, who, in.ID)
}

func removeSIEM(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.SIEM.Remove(ctx, who, in.ID)
}

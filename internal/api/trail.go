package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/suite"
	"assay/internal/trail"
)

func trailOperations() []Operation {
	return []Operation{
		{ID: "trail.list", Method: get, Path: "/trail", Permission: access.TrailRead, Summary: "Who did what, newest first.", Do: does(listTrail)},
	}
}

// TrailIn narrows the trail.
type TrailIn struct {
	Page
	Actor  string `query:"actor"`
	Action string `query:"action" doc:"A permission's name, such as control.edit."`
	Noun   string `query:"noun"`
	Object string `query:"object"`
	Door   string `query:"door" enum:"web,api,console,job"`
	Query  string `query:"q" maxLength:"200" doc:"In label, name or action."`
	From   string `query:"from" format:"date-time"`
	To     string `query:"to" format:"date-time"`
}

// Act is an entry of the trail. Its id is that of its leaf in the log.
type Act struct {
	ID      string            `json:"id"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Name    string            `json:"name" doc:"As it was then."`
	Door    string            `json:"door"`
	Address string            `json:"address,omitempty"`
	Action  string            `json:"action"`
	Noun    string            `json:"noun"`
	Object  string            `json:"object"`
	Label   string            `json:"label"`
	Detail  map[string]string `json:"detail"`
}

// Trail is a page of the trail.
type Trail struct {
	Entries []Act  `json:"entries"`
	Next    string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func actOf(e *trail.Entry) Act {
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	return Act{e.ID, e.At, e.Actor, e.Name, e.Door, e.Address, e.Action, e.Noun, e.Object, e.Label, detail}
}

func listTrail(ctx context.Context, s *suite.Suite, who access.Actor, in *TrailIn) (*Trail, error) {
	f := trail.Filter{
		Actor: in.Actor, Action: in.Action, Noun: in.Noun, Object: in.Object, Door: in.Door, Query: in.Query,
		From: instant(in.From), To: instant(in.To), Before: in.After, Limit: in.Limit,
	}
	grant, err := who.May(access.TrailRead)
	if err != nil {
		return nil, err
	}
	var list []trail.Entry
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = trail.List(tx, f)
		return err
	}); err != nil {
		return nil, err
	}
	out := &Trail{Entries: []Act{}}
	for i := range list {
		out.Entries = append(out.Entries, actOf(&list[i]))
	}
	if len(list) == in.Limit && len(list) > 0 {
		out.Next = list[len(list)-1].ID
	}
	return out, nil
}

// instant reads a time whose form was checked; nothing is the zero time.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

package api

import (
	"context"
	"slices"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/control"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/suite"
)

func controlActOperations() []Operation {
	return []Operation{
		{ID: "control.strip", Method: get, Path: "/controls/{id}/strip", Permission: access.ControlRead, Summary: "How a control stood on each day of the period.", Do: does(stripControl)},
		{ID: "control.library", Method: get, Path: "/library/controls", Permission: access.ControlRead, Summary: "The controls that can be adopted, and the profiles that suggest them.", Do: does(listLibrary)},
		{ID: "control.adopt", Method: post, Path: "/controls/adopt", Permission: access.ControlAdopt, Summary: "Take controls of the library over, by id or profile.", Do: does(adoptControls)},
		{ID: "control.save", Method: put, Path: "/controls/{id}", Permission: access.ControlEdit, Summary: "Append a version of a control, or begin one of the organization's own.", Do: does(saveControl)},
		{ID: "activity.perform", Method: post, Path: "/controls/{id}/performances", Permission: access.ActivityPerform, Summary: "Record that the caller performed an activity.", Do: does(performActivity)},
	}
}

// Strip is a control's period, day by day.
type Strip struct {
	Control  string `json:"control"`
	Title    string `json:"title"`
	From     string `json:"from" format:"date" doc:"First day of the period."`
	To       string `json:"to" format:"date" doc:"The day after the last."`
	Today    string `json:"today" format:"date"`
	Headline string `json:"headline"`
	Days     Days   `json:"days"`
	Spans    []Span `json:"spans"`
}

func stripControl(ctx context.Context, s *suite.Suite, who access.Actor, in *ControlIn) (*Strip, error) {
	d, err := s.Controls.In(in.Period).Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	if !d.Has {
		return nil, fault.New(fault.Conflict, "A control stands in a program's period, and there is no program yet.")
	}
	p := d.Program.Period
	return &Strip{
		in.ID, d.Current.Title, p.From.String(), p.To.String(), d.Today.String(), d.Standing.Headline,
		daysOf(&d.Standing.Summary), spansOf(d.Standing.Spans),
	}, nil
}

// LibraryControl is a control as the library offers it.
type LibraryControl struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Statement string   `json:"statement"`
	Tier      string   `json:"tier"`
	Nature    string   `json:"nature"`
	Kind      string   `json:"kind"`
	Frequency string   `json:"frequency"`
	OwnerRole string   `json:"owner_role"`
	Criteria  []string `json:"criteria"`
	Profiles  []string `json:"profiles"`
	Adopted   bool     `json:"adopted"`
}

// Profile is a set of controls that is adopted together.
type Profile struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Summary   string `json:"summary"`
	Suggested string `json:"suggested" doc:"always, office, or category."`
	Category  string `json:"category,omitempty"`
	Controls  int    `json:"controls"`
}

// Library is what can be adopted.
type Library struct {
	Profiles []Profile        `json:"profiles"`
	Controls []LibraryControl `json:"controls"`
}

func listLibrary(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Library, error) {
	view, err := s.Controls.List(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Library{Profiles: []Profile{}, Controls: []LibraryControl{}}
	for _, p := range s.Library.Profiles() {
		out.Profiles = append(out.Profiles, Profile{
			string(p.ID), p.Name, p.Summary, string(p.Suggested), string(p.Category), len(p.Controls),
		})
	}
	for _, c := range s.Library.Controls() {
		row := LibraryControl{
			ID: string(c.ID), Title: c.Title, Statement: c.Description, Tier: string(c.Tier), Nature: string(c.Nature), Kind: string(c.Kind),
			Frequency: string(c.Frequency), OwnerRole: c.OwnerRole, Criteria: []string{}, Profiles: []string{},
		}
		for _, id := range c.Criteria {
			row.Criteria = append(row.Criteria, string(id))
		}
		for _, id := range c.Profiles {
			row.Profiles = append(row.Profiles, string(id))
		}
		row.Adopted = slices.Contains(view.Ever, row.ID)
		out.Controls = append(out.Controls, row)
	}
	return out, nil
}

// AdoptIn names what to adopt.
type AdoptIn struct {
	Body struct {
		Controls    []string `json:"controls,omitempty" maxItems:"1000"`
		Profiles    []string `json:"profiles,omitempty" maxItems:"100" doc:"All controls of these, too."`
		EffectiveOn string   `json:"effective_on,omitempty" format:"date" doc:"Day from which they hold; the program's first, or today without one."`
	}
}

// Adopted are the controls that were added.
type Adopted struct {
	Controls    []string `json:"controls"`
	EffectiveOn string   `json:"effective_on" format:"date"`
}

func adoptControls(ctx context.Context, s *suite.Suite, who access.Actor, in *AdoptIn) (*Adopted, error) {
	ids := slices.Clone(in.Body.Controls)
	for _, name := range in.Body.Profiles {
		p, ok := s.Library.Profile(catalog.ProfileID(name))
		if !ok {
			return nil, fault.New(fault.NotFound, "There is no profile %q in the library. Nothing was adopted.", name)
		}
		for _, id := range p.Controls {
			ids = append(ids, string(id))
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, fault.Fields("Nothing was adopted.", fault.Field{Name: "controls", Text: "Name controls or profiles of the library."})
	}
	from, err := dateOf("effective_on", in.Body.EffectiveOn)
	if err != nil {
		return nil, err
	}
	if from == 0 {
		view, err := s.Controls.List(ctx, who)
		if err != nil {
			return nil, err
		}
		if from = view.Program.Period.From; !view.Has {
			from = view.Today
		}
	}
	added, err := s.Controls.Adopt(ctx, who, ids, from)
	return &Adopted{orNone(added), from.String()}, err
}

// SaveIn is a version of a control.
type SaveIn struct {
	ID   string `path:"id" doc:"Of the control: IAM-03."`
	Body struct {
		EffectiveOn string   `json:"effective_on" format:"date" doc:"Day from which this holds."`
		Retired     bool     `json:"retired,omitempty" doc:"From this day on the control is not in force."`
		Title       string   `json:"title"`
		Statement   string   `json:"statement"`
		Criteria    []string `json:"criteria"`
		Owner       string   `json:"owner,omitempty" doc:"User id."`
		OwnerName   string   `json:"owner_name,omitempty"`
		OwnerRole   string   `json:"owner_role,omitempty"`
		Frequency   string   `json:"frequency"`
		Nature      string   `json:"nature,omitempty"`
		Kind        string   `json:"kind,omitempty"`
		Key         bool     `json:"key,omitempty"`
		FixLimit    string   `json:"fix_limit,omitempty"`
		Lanes       []Lane   `json:"lanes"`
		Reason      string   `json:"reason" doc:"Why it changes."`
		BasedOn     int      `json:"based_on,omitempty" doc:"Version that the change was made from. If it is not the newest any more, nothing is saved."`
	}
}

func saveControl(ctx context.Context, s *suite.Suite, who access.Actor, in *SaveIn) (*Wording, error) {
	b := &in.Body
	v := control.Version{
		Control: in.ID, Retired: b.Retired, Title: b.Title, Statement: b.Statement, Criteria: b.Criteria, Owner: b.Owner,
		OwnerName: b.OwnerName, OwnerRole: b.OwnerRole, Frequency: b.Frequency, Nature: b.Nature, Kind: b.Kind, Key: b.Key,
		FixLimit: b.FixLimit, Reason: b.Reason, Number: b.BasedOn,
	}
	var err error
	if v.EffectiveOn, err = dateOf("effective_on", b.EffectiveOn); err != nil {
		return nil, err
	}
	for i := range b.Lanes {
		l := &b.Lanes[i]
		lane := control.Lane{ID: l.ID, Kind: standing.LaneKind(l.Kind), Title: l.Title, Check: l.Check}
		lane.Schedule = standing.Schedule{Frequency: standing.Frequency(l.Frequency), Opens: l.Opens, Grace: l.Grace}
		if lane.Schedule.Anchor, err = dateOf("lanes", l.Anchor); err != nil {
			return nil, err
		}
		v.Lanes = append(v.Lanes, lane)
	}
	if v, err = s.Controls.Save(ctx, who, v); err != nil {
		return nil, err
	}
	return &Wording{
		v.Number, v.EffectiveOn.String(), v.Retired, v.Title, v.Statement, v.FixLimit, v.Reason, v.Author, v.CreatedAt, v.Leaf,
	}, nil
}

// PerformIn is an activity done.
type PerformIn struct {
	ID   string `path:"id" doc:"Of the control."`
	Body struct {
		Lane        string    `json:"lane" doc:"Such as activity/quarterly."`
		DueOn       string    `json:"due_on" format:"date" doc:"Of the occurrence."`
		PerformedAt time.Time `json:"performed_at"`
		Note        string    `json:"note,omitempty" doc:"What was done."`
		Evidence    []string  `json:"evidence,omitempty" doc:"Ids."`
	}
}

func performActivity(ctx context.Context, s *suite.Suite, who access.Actor, in *PerformIn) (*Performance, error) {
	p, err := s.Activities.Perform(ctx, who, activity.Performance{
		Control: in.ID, Lane: in.Body.Lane, DueOn: in.Body.DueOn, PerformedAt: in.Body.PerformedAt.UTC(), Note: in.Body.Note,
		Evidence: in.Body.Evidence,
	})
	if err != nil {
		return nil, err
	}
	out := performanceOf(&p)
	return &out, nil
}

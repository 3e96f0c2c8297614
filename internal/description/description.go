package description

import (
	"regexp"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// The names of the registers.
const (
	Noun            = "description"
	UserControlNoun = "user_control"
)

// The states of a part.
const (
	Written  = "written"
	Approved = "approved"
	Frozen   = "frozen"
)

// Complementary is the sort of what user entities have to do so that a criterion is
// met.
const Complementary = "complementary"

// Declaration is the register of the parts of the description.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "SD", Path: "description", Title: "System description", One: "part", Label: "title", Sort: "criterion",
		About: "What the report tells of the system, part by part and by description criterion: written, approved by somebody else, frozen for an engagement.",
		Read:  access.DescriptionRead, Edit: access.DescriptionEdit,
		Fields: []register.Field{
			{Name: "title", Label: "Heading", Type: register.Text, Required: true, Listed: true},
			{Name: "criterion", Label: "Description criterion", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: criteria()},
			{
				Name: "text", Label: "Text", Type: register.Long, Required: true,
				Help: "Paragraphs apart by an empty line, lists with “- ”. Facts from the registers: {{control:IAM-03}}, {{vendor:V-01}}, {{incident:IN-02}}, {{criterion:CC6.1}}, {{org:name}}, {{org:service}}.",
			},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "review_on", Label: "Look at it again", Type: register.Date, Listed: true},
			{Name: "approved_on", Label: "Approved on", Type: register.Date, ByMove: true, Listed: true},
			{Name: "engagement", Label: "Frozen for", Type: register.Link, To: "engagement", ByMove: true, Listed: true},
		},
		States: []register.State{
			{Name: Written, Label: "To be approved", Tone: register.Busy},
			{Name: Approved, Label: "Approved", Tone: register.Good, Fixed: true},
			{Name: Frozen, Label: "Frozen", Tone: register.Good, Fixed: true, Ended: true},
		},
		Moves: []register.Move{
			{
				Name: "approve", Label: "Approve", From: []string{Written}, To: Approved, Permission: access.DescriptionApprove, Decides: true,
				Help:   "Somebody who did not write it says that it is so. It does not change any more.",
				Effect: func(r *register.Record, w *register.World) { r.Values.Set("approved_on", w.Today.String()) },
			},
			{
				Name: "revise", Label: "Revise", From: []string{Approved}, To: Written, Permission: access.DescriptionEdit, Why: true, Help: "It is approved again afterwards. What it said stays among its versions.",
				Effect: func(r *register.Record, _ *register.World) { r.Values.Set("approved_on", "") },
			},
			{
				Name: "freeze", Label: "Freeze for an engagement", From: []string{Approved}, To: Frozen, Permission: access.DescriptionApprove, Asks: []register.Ask{{Field: "engagement", Required: true}},
				Help: "The report of the engagement tells it as it is now. What comes after is another part.",
			},
		},
		Dues:   []register.Due{{Field: "review_on", Label: "Look at it again", Ahead: 14, Owner: "owner"}},
		Check:  check,
		Sample: register.Values{"title": {"Services provided"}, "criterion": {"DC1"}, "text": {"Larkspur takes the orders of shops and hands them to couriers."}},
	}
}

func criteria() []register.Option {
	return register.Options(
		"DC1", "DC1 services", "DC2", "DC2 commitments and requirements", "DC3", "DC3 components", "DC4", "DC4 incidents", "DC5", "DC5 criteria and controls",
		"DC6", "DC6 user entity controls", "DC7", "DC7 subservice organizations", "DC8", "DC8 criteria not relevant", "DC9", "DC9 significant changes",
	)
}

// Reference is a fact that a text refers to: {{Kind:Name}}.
type Reference struct{ Kind, Name string }

var (
	reference = regexp.MustCompile(`\{\{([a-z]+):([A-Za-z0-9.-]+)\}\}`)
	braces    = regexp.MustCompile(`\{\{|\}\}`)
)

// kinds are what a text can refer to.
func kinds() []string { return []string{"control", "vendor", "incident", "criterion", "org"} }

// References are the facts that a text refers to, in their order.
func References(text string) (out []Reference) {
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		out = append(out, Reference{Kind: m[1], Name: m[2]})
	}
	return out
}

// Fill cuts a text at its references: fill is called with each stretch between them
// and with each reference, in turn.
func Fill(text string, plain func(string), fact func(Reference)) {
	from := 0
	for _, at := range reference.FindAllStringSubmatchIndex(text, -1) {
		plain(text[from:at[0]])
		fact(Reference{Kind: text[at[2]:at[3]], Name: text[at[4]:at[5]]})
		from = at[1]
	}
	plain(text[from:])
}

// check refuses references that mean nothing.
func check(r *register.Record, _ *register.World) (bad []fault.Field) {
	text := r.Get("text")
	for _, ref := range References(text) {
		known := slices.Contains(kinds(), ref.Kind) && (ref.Kind != "org" || ref.Name == "name" || ref.Name == "service")
		if !known {
			bad = append(bad, fault.Field{Name: "text", Text: "{{" + ref.Kind + ":" + ref.Name + "}} refers to nothing that there is. A text refers to " + strings.Join(kinds(), ", ") + "; of org to name and service."})
		}
	}
	if braces.MatchString(reference.ReplaceAllString(text, "")) {
		bad = append(bad, fault.Field{Name: "text", Text: "A reference is not closed, or has another form than {{control:IAM-03}}."})
	}
	return bad
}

// UserControls is the register of what user entities have to do.
func UserControls() register.Declaration {
	return register.Declaration{
		Noun: UserControlNoun, Prefix: "UC", Path: "user-controls", Title: "User controls", One: "user control", Label: "title", Sort: "sort",
		About: "What customers have to do: controls without which a criterion would not be met, kept apart from what they merely answer for.",
		Read:  access.DescriptionRead, Edit: access.DescriptionEdit,
		Fields: []register.Field{
			{Name: "title", Label: "User entities", Type: register.Text, Required: true, Listed: true, Help: "What they do, as the sentence goes on: protect the building in which our server stands."},
			{
				Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(Complementary, "complementary control", "responsibility", "responsibility"), Default: "responsibility",
				Help: "A complementary control only if a criterion cannot be met by our own controls alone.",
			},
			{Name: "criteria", Label: "Criteria that would fail", Type: register.Criterion, Many: true, Listed: true, Help: "Of a complementary control."},
			{Name: "why", Label: "Why they would fail", Type: register.Long, Help: "Of a complementary control: what our own controls cannot do."},
			{Name: "controls", Label: "Our controls", Type: register.Control, Many: true, Help: "That it goes with."},
		},
		States: []register.State{{Name: "kept", Label: "Kept", Tone: register.Quiet}},
		Check:  userCheck,
		Sample: register.Values{"title": {"protect the building in which our server stands"}, "sort": {Complementary}, "criteria": {"CC6.4"}, "why": {"The server is in the customer’s building, where we have no say."}},
	}
}

// userCheck refuses a complementary control without what would fail, and a
// responsibility with it.
func userCheck(r *register.Record, _ *register.World) (bad []fault.Field) {
	if r.Get("sort") != Complementary {
		if len(r.List("criteria")) > 0 {
			bad = append(bad, fault.Field{Name: "criteria", Text: "No criterion fails without a responsibility. Leave this empty, or make it a complementary control."})
		}
		return bad
	}
	if len(r.List("criteria")) == 0 {
		bad = append(bad, fault.Field{Name: "criteria", Text: "Name the criterion that would fail without it. If none would, it is a responsibility."})
	}
	if r.Get("why") == "" {
		bad = append(bad, fault.Field{Name: "why", Text: "Say why our own controls do not suffice. If they do, it is a responsibility."})
	}
	return bad
}

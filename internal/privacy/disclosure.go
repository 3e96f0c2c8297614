package privacy

import (
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// The names of the registers of what was handed to others and of what people agreed
// to.
const (
	DisclosureNoun = "disclosure"
	ConsentNoun    = "consent"
)

func dayOf(at time.Time, w *register.World) standing.Date { return standing.DayOf(at, w.Zone) }

// Disclosures is the register of what was handed to others: with a basis (P6.2) and
// without one (P6.3).
func Disclosures() register.Declaration {
	return register.Declaration{
		Noun: DisclosureNoun, Prefix: "PD", Path: "disclosures", Title: "Disclosures", One: "disclosure", Label: "title", Sort: "-disclosed_on",
		About: "Personal data that others got: to whom, what, on which basis. Those without a basis are incidents, and are kept here as well.",
		Read:  access.PrivacyRead, Edit: access.PrivacyEdit,
		Fields: []register.Field{
			{Name: "title", Label: "What was disclosed", Type: register.Text, Required: true, Listed: true, Help: "In words that name nobody."},
			{Name: "recipient", Label: "To whom", Type: register.Text, Required: true, Listed: true},
			{Name: "vendor", Label: "Vendor", Type: register.Link, To: "vendor"},
			{Name: "disclosed_on", Label: "On", Type: register.Date, Required: true, Listed: true},
			{Name: "basis", Label: "Basis", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("consent", "consent", "contract", "contract with the person", "instruction", "the controller’s instruction", "duty", "legal duty", "none", "none: unauthorized")},
			{Name: "agreement", Label: "Agreement, order or consent", Type: register.Text, Help: "What the basis rests on, so that somebody can find it."},
			{Name: "data", Label: "Which data", Type: register.Long, Required: true},
			{Name: "people", Label: "How many people", Type: register.Number, Min: 0, Max: 1 << 40, Listed: true},
			{Name: "subject", Label: "Whose, if it is one person", Type: register.Text, Personal: true},
			{Name: "incident", Label: "Incident", Type: register.Link, To: "incident", Help: "Of a disclosure without a basis."},
			{Name: "known_on", Label: "Known since", Type: register.Date, Help: "Of a disclosure without a basis."},
			{Name: "told_on", Label: "People told on", Type: register.Date},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		},
		States: []register.State{{Name: "kept", Label: "Kept", Tone: register.Quiet}},
		Complete: func(r *register.Record, _ *register.World) {
			if len(r.Values["controls"]) == 0 {
				control := "PRV-13"
				if r.Get("basis") == "none" {
					control = "PRV-14"
				}
				r.Values["controls"] = []string{control}
			}
		},
		Check: disclosureCheck,
		Badge: func(r *register.Record, _ *register.World) (register.Tone, string) {
			if r.Get("basis") == "none" {
				return register.Bad, "Unauthorized"
			}
			return "", ""
		},
		Sample: register.Values{"title": {"Orders of a month, for the tax office"}, "recipient": {"Tax office"}, "disclosed_on": {"2025-11-03"}, "basis": {"duty"}, "agreement": {"Order of 28 October"}, "data": {"Invoices with names and addresses"}, "people": {"412"}},
	}
}

func disclosureCheck(r *register.Record, w *register.World) (bad []fault.Field) {
	if r.Date("disclosed_on") > w.Today {
		bad = append(bad, fault.Field{Name: "disclosed_on", Text: "It lies ahead."})
	}
	if r.Get("basis") == "none" {
		if r.Get("incident") == "" {
			bad = append(bad, fault.Field{Name: "incident", Text: "Declare the incident first, then name it here."})
		}
		if known := r.Date("known_on"); known != 0 && known < r.Date("disclosed_on") {
			bad = append(bad, fault.Field{Name: "known_on", Text: "It was known before it happened."})
		}
		return bad
	}
	if r.Get("agreement") == "" {
		bad = append(bad, fault.Field{Name: "agreement", Text: "Say what the basis rests on."})
	}
	return bad
}

// Consents is the register of what people agreed to, and took back.
func Consents() register.Declaration {
	edit := access.PrivacyEdit
	return register.Declaration{
		Noun: ConsentNoun, Prefix: "PC", Path: "consents", Title: "Consents", One: "consent", Label: "title", Sort: "-given_on", Apart: []string{"title", "subject", "given_on"},
		About: "What people agreed to, in which words and when, and that a use stopped when they took it back.",
		Read:  access.PrivacyRead, Edit: edit,
		Fields: []register.Field{
			{Name: "title", Label: "Agreed to", Type: register.Text, Required: true, Listed: true, Help: "The use: “News about offers by mail”."},
			{Name: "subject", Label: "Who", Type: register.Text, Required: true, Personal: true, Help: "Your own number for them, rather than a name."},
			{Name: "given_on", Label: "Given", Type: register.Date, Required: true, Listed: true},
			{Name: "way", Label: "How", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("form", "box in a form", "double", "form, confirmed by mail", "written", "in writing", "spoken", "spoken", "implied", "implied")},
			{Name: "wording", Label: "In which words", Type: register.Long, Help: "Or the version of the form."},
			{Name: "notice", Label: "Notice that they saw", Type: register.Link, To: NoticeNoun},
			{Name: "activity", Label: "For", Type: register.Link, To: ProcessingNoun},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "PRV-04"},
			{Name: "withdrawn_on", Label: "Taken back", Type: register.Date, ByMove: true, Listed: true},
			{Name: "stopped_on", Label: "Use stopped", Type: register.Date, ByMove: true, Listed: true},
			{Name: "stop_by", Label: "Stop by", Type: register.Date, Derived: true},
			{Name: "stop_days", Label: "Days until it stopped", Type: register.Number, Derived: true},
		},
		States: []register.State{
			{Name: "given", Label: "Given", Tone: register.Good},
			{Name: "withdrawn", Label: "Taken back, still used", Tone: register.Care, Fixed: true},
			{Name: "stopped", Label: "Taken back", Tone: register.Quiet, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{Name: "withdraw", Label: "They took it back", From: []string{"given"}, To: "withdrawn", Permission: edit, Asks: []register.Ask{{Field: "withdrawn_on", Required: true}}, Ready: withdrawable},
			{Name: "stop", Label: "The use stopped", From: []string{"withdrawn"}, To: "stopped", Permission: edit, Asks: []register.Ask{{Field: "stopped_on", Required: true}}, Why: true, Ready: stoppable, Help: "Say where it was stopped."},
		},
		Dues:     []register.Due{{Field: "stop_by", Label: "Stop what was agreed to in", Ahead: 5, While: []string{"withdrawn"}}},
		Settings: []register.Field{{Name: "stop_days", Label: "Days to stop in", Type: register.Number, Min: 0, Max: 30, Default: "3", Required: true}},
		Derive: func(r *register.Record, w *register.World) {
			back := r.Date("withdrawn_on")
			if back == 0 {
				return
			}
			r.Derive("stop_by", (back + standing.Date(w.Int("stop_days"))).String())
			if end := r.Date("stopped_on"); end != 0 {
				r.Derive("stop_days", strconv.Itoa(int(end-back)))
			}
		},
		Sample: register.Values{"title": {"News about offers by mail"}, "subject": {"customer 40117"}, "given_on": {"2025-11-03"}, "way": {"double"}},
	}
}

func withdrawable(r *register.Record, w *register.World) []fault.Field {
	return between(r, w, "withdrawn_on", "given_on", "It was taken back before it was given.")
}

func stoppable(r *register.Record, w *register.World) []fault.Field {
	return between(r, w, "stopped_on", "withdrawn_on", "It stopped before it was taken back.")
}

// between sees that a day lies neither ahead nor before another.
func between(r *register.Record, w *register.World, name, after, text string) []fault.Field {
	switch day := r.Date(name); {
	case day == 0:
		return nil
	case day > w.Today:
		return []fault.Field{{Name: name, Text: "It lies ahead."}}
	case day < r.Date(after):
		return []fault.Field{{Name: name, Text: text}}
	}
	return nil
}

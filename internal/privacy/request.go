package privacy

import (
	"strconv"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// RequestNoun is the name of the register of what people ask for.
const RequestNoun = "privacy_request"

// The states of a request.
const (
	Received  = "received"
	Verified  = "verified"
	Done      = "done"
	Refused   = "refused"
	Passed    = "passed"
	Withdrawn = "withdrawn"
)

// The kinds of requests about which nobody has to be identified, because the answer
// shows nobody's data.
const (
	question  = "question"
	complaint = "complaint"
)

// Requests is the register of what people ask about their data.
func Requests() register.Declaration {
	return register.Declaration{
		Noun: RequestNoun, Prefix: "PR", Path: "privacy-requests", Title: "Privacy requests", One: "privacy request", Label: "title", Sort: "due_on",
		About: "What people ask about their data: who they are, by when the law wants an answer, and what they got.",
		Read:  access.PrivacyRequestRead, Edit: access.PrivacyRequestEdit,
		Fields: requestFields(), States: requestStates(), Moves: requestMoves(),
		Complete: requestComplete, Check: requestCheck, Derive: requestDerive, Badge: requestBadge,
		Dues:     []register.Due{{Field: "due_on", Label: "Answer", Ahead: 10, Owner: "handler"}},
		Settings: []register.Field{{Name: "house_days", Label: "Days to answer in, if the law leaves more", Type: register.Number, Min: 1, Max: 90, Default: "30", Required: true}},
		Sample:   register.Values{"title": {"Erase the account of a shop's former customer"}, "wish": {"deletion"}, "received_on": {"2025-11-03"}, "law": {"gdpr"}, "role": {"controller"}, "channel": {"mail"}},
	}
}

func requestFields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "What is asked", Type: register.Text, Required: true, Listed: true, Help: "In words that name nobody."},
		{Name: "wish", Label: "Kind", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(
			"access", "see or have a copy", "portability", "take it elsewhere", "correction", "correct", "deletion", "erase", "objection", "object, or stop a use", "restriction", "restrict",
			"account", "account of disclosures", complaint, "complaint", question, "question",
		)},
		{Name: "received_on", Label: "Received", Type: register.Date, Listed: true, Help: "Today, if it is empty. The time to answer runs from this day."},
		{Name: "channel", Label: "Came by", Type: register.Choice, Required: true, Filter: true, Default: "mail", Options: register.Options("form", "the public form", "mail", "mail", "letter", "letter", "phone", "telephone", "person", "in person", "customer", "a customer of ours")},
		{Name: "subject", Label: "Who asks", Type: register.Text, Personal: true, Help: "Only what is needed to find and reach them."},
		{Name: "contact", Label: "How to reach them", Type: register.Text, Personal: true},
		{Name: "law", Label: "Under", Type: register.Choice, Required: true, Filter: true, Default: "gdpr", Options: register.Options("gdpr", "GDPR", "uk_gdpr", "UK GDPR", "ccpa", "CCPA", "contract", "a contract or our own promise")},
		{Name: "role", Label: "Our part", Type: register.Choice, Required: true, Filter: true, Default: "controller", Options: register.Options("controller", "controller", "processor", "processor, for a customer"), Help: "As a processor we pass it to the customer whose data it is, and do what they instruct."},
		{Name: "what", Label: "What they wrote", Type: register.Long, Personal: true},
		{Name: "handler", Label: "Answers it", Type: register.Person, Listed: true, Filter: true},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		{Name: "verified_how", Label: "How they were identified", Type: register.Text, ByMove: true},
		{Name: "verified_on", Label: "Identified on", Type: register.Date, ByMove: true},
		{Name: "extended_why", Label: "Why it takes longer", Type: register.Long, ByMove: true, Help: "Too many, or too complex. They are told before the first day is over."},
		{Name: "extended_on", Label: "Extended on", Type: register.Date, ByMove: true},
		{Name: "places", Label: "Where it was done", Type: register.Long, ByMove: true, Help: "Each system and vendor, a line each."},
		{Name: "answer", Label: "What they were told", Type: register.Long, ByMove: true},
		{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, ByMove: true},
		{Name: "answered_on", Label: "Answered", Type: register.Date, ByMove: true, Listed: true},
		{Name: "due_on", Label: "Answer by", Type: register.Date, Derived: true, Listed: true},
		{Name: "took_days", Label: "Days it took", Type: register.Number, Derived: true, Listed: true},
		{Name: "in_time", Label: "In time", Type: register.YesNo, Derived: true, Filter: true},
	}
}

func requestStates() []register.State {
	return []register.State{
		{Name: Received, Label: "Who is it?", Tone: register.Begun},
		{Name: Verified, Label: "Identified", Tone: register.Busy},
		{Name: Done, Label: "Answered", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Refused, Label: "Refused, with the reason", Tone: register.Quiet, Ended: true, Fixed: true},
		{Name: Passed, Label: "Passed to the customer", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Withdrawn, Label: "Withdrawn", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func requestMoves() []register.Move {
	edit := access.PrivacyRequestEdit
	open := []string{Received, Verified}
	return []register.Move{
		{
			Name: "verify", Label: "They are who they say", From: []string{Received}, To: Verified, Permission: edit, Asks: []register.Ask{{Field: "verified_how", Required: true}}, If: shows,
			Help: "Say how you know. Ask for no more than that takes.", Effect: on("verified_on"),
		},
		{
			Name: "answer", Label: "Answered", From: open, To: Done, Permission: edit, Effect: on("answered_on"), Ready: answerable,
			Asks: []register.Ask{{Field: "answer", Required: true}, {Field: "places"}, {Field: "evidence"}},
		},
		{
			Name: "refuse", Label: "Refuse", From: open, To: Refused, Permission: edit, Asks: []register.Ask{{Field: "answer", Required: true}}, Effect: on("answered_on"),
			Help: "Tell them why, and to whom they can complain.",
		},
		{
			Name: "extend", Label: "It takes longer", From: open, Permission: edit, Asks: []register.Ask{{Field: "extended_why", Required: true}}, Ready: extensible, Effect: on("extended_on"),
			If: func(r *register.Record) bool { return r.Get("extended_on") == "" && longer(r.Get("law")) },
		},
		{
			Name: "pass", Label: "Passed to the customer", From: open, To: Passed, Permission: edit, Asks: []register.Ask{{Field: "answer", Required: true}}, Effect: on("answered_on"),
			Help: "Say to whom, and what they instructed.", If: func(r *register.Record) bool { return r.Get("role") == "processor" },
		},
		{Name: "withdraw", Label: "They withdrew it", From: open, To: Withdrawn, Permission: edit, Why: true, Effect: on("answered_on")},
		{
			Name: "reopen", Label: "Open again", From: []string{Done, Refused, Passed, Withdrawn}, To: Received, Permission: edit, Why: true,
			Effect: func(r *register.Record, _ *register.World) { r.Values.Set("answered_on", "") },
		},
	}
}

// on sets a field to the day of the move.
func on(field string) func(*register.Record, *register.World) {
	return func(r *register.Record, w *register.World) { r.Values.Set(field, w.Today.String()) }
}

// shows reports whether the answer could show somebody's data.
func shows(r *register.Record) bool {
	wish := r.Get("wish")
	return wish != question && wish != complaint
}

// answerable says what is missing before a request is answered.
func answerable(r *register.Record, _ *register.World) (bad []fault.Field) {
	if r.State == Received && shows(r) {
		bad = append(bad, fault.Field{Name: "answer", Text: "Nobody has seen who asks. Write that down first: an answer to somebody else is a disclosure."})
	}
	if wish := r.Get("wish"); (wish == "deletion" || wish == "correction") && r.Get("places") == "" {
		bad = append(bad, fault.Field{Name: "places", Text: "Say in which systems and at which vendors it was done."})
	}
	return bad
}

func extensible(r *register.Record, w *register.World) []fault.Field {
	if due := r.Date("due_on"); due != 0 && w.Today > due {
		return []fault.Field{{Name: "extended_why", Text: "The time was over on " + due.String() + ". An extension is told before that."}}
	}
	return nil
}

// longer reports whether a law lets an answer take longer than its first time.
func longer(law string) bool { return law != "contract" }

// Due is the last day on which a request that came in on a day is answered in time:
// one month, or three with an extension, by Article 12(3) of Regulation (EU) 2016/679
// and of its British version; 45 days, or 90, by section 1798.130(a)(2) of the
// California Civil Code. A house rule of so many days makes it earlier unless it was
// extended.
func Due(law string, received standing.Date, extended bool, house int) standing.Date {
	own := received + standing.Date(house)
	switch {
	case law == "contract":
		return own
	case law == "ccpa" && extended:
		return received + 90
	case extended:
		return received.AddMonths(3)
	case law == "ccpa":
		return min(received+45, own)
	default:
		return min(received.AddMonths(1), own)
	}
}

func requestComplete(r *register.Record, w *register.World) {
	if r.Get("received_on") == "" {
		r.Values.Set("received_on", w.Today.String())
	}
	if len(r.Values["controls"]) > 0 {
		return
	}
	if control := map[string]string{"access": "PRV-10", "portability": "PRV-10", "correction": "PRV-11", "deletion": "PRV-09", "objection": "PRV-03", "restriction": "PRV-03", "account": "PRV-18", complaint: "PRV-20", question: "PRV-20"}[r.Get("wish")]; control != "" {
		r.Values["controls"] = []string{control}
	}
}

func requestCheck(r *register.Record, w *register.World) []fault.Field {
	if r.Date("received_on") > w.Today {
		return []fault.Field{{Name: "received_on", Text: "It lies ahead."}}
	}
	return nil
}

func requestDerive(r *register.Record, w *register.World) {
	received := r.Date("received_on")
	if received == 0 {
		return
	}
	due := Due(r.Get("law"), received, r.Get("extended_on") != "", w.Int("house_days"))
	r.Derive("due_on", due.String())
	if answered := r.Date("answered_on"); answered != 0 {
		r.Derive("took_days", strconv.Itoa(int(answered-received)))
		word := register.No
		if answered <= due {
			word = register.Yes
		}
		r.Derive("in_time", word)
	}
}

func requestBadge(r *register.Record, w *register.World) (register.Tone, string) {
	if due := r.Date("due_on"); due != 0 && (r.State == Received || r.State == Verified) && w.Today > due {
		return register.Bad, "Late"
	}
	return "", ""
}

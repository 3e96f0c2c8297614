package privacy

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// NoticeNoun is the name of the register of what people are told.
const NoticeNoun = "privacy_notice"

// The states of a notice.
const (
	Draft    = "draft"
	InForce  = "in_force"
	Replaced = "replaced"
)

// Notices is the register of privacy notices.
func Notices() register.Declaration {
	edit := access.PrivacyEdit
	return register.Declaration{
		Noun: NoticeNoun, Prefix: "PN", Path: "privacy-notices", Title: "Privacy notices", One: "privacy notice", Label: "title", Sort: "-in_force_on",
		About: "What people are told about their data, each version with its text, where it is shown, and proof that it was.",
		Read:  access.PrivacyRead, Edit: edit,
		Fields: []register.Field{
			{Name: "title", Label: "Notice", Type: register.Text, Required: true, Listed: true, Help: "With its version: “Privacy notice for customers, 4”."},
			{Name: "audience", Label: "For", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("customers", "customers and their users", "visitors", "visitors of pages", "employees", "employees", "applicants", "applicants", "other", "others")},
			{Name: "text", Label: "Text", Type: register.Long, Help: "The whole text, or the evidence that holds it."},
			{Name: "document", Label: "Document", Type: register.Evidence, Help: "Id of the text among the evidence."},
			{Name: "shown_at", Label: "Where it is shown", Type: register.Long, Required: true, Help: "Each place, a line each: page, form, app, contract."},
			{Name: "covers", Label: "What it covers", Type: register.Choice, Many: true, Options: covered(), Help: "What a notice has to tell (P1.1)."},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "replaces", Label: "Replaces", Type: register.Link, To: NoticeNoun},
			{Name: "changed", Label: "What changed", Type: register.Long, Help: "New uses above all: they are announced beforehand."},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "PRV-01"},
			{Name: "proof", Label: "Proof that it is shown", Type: register.Evidence, Many: true, ByMove: true, Help: "Ids of pictures of the places, with spaces between."},
			{Name: "announced", Label: "How it was announced", Type: register.Text, ByMove: true},
			{Name: "in_force_on", Label: "In force since", Type: register.Date, ByMove: true, Listed: true},
			{Name: "reviewed_on", Label: "Reviewed", Type: register.Date, ByMove: true},
			{Name: "replaced_on", Label: "Until", Type: register.Date, ByMove: true, Listed: true},
			{Name: "lacks", Label: "It does not cover", Type: register.Choice, Many: true, Derived: true, Options: covered()},
			{Name: "review_due_on", Label: "Review due", Type: register.Date, Derived: true},
		},
		States: []register.State{
			{Name: Draft, Label: "Draft", Tone: register.Begun},
			{Name: InForce, Label: "In force", Tone: register.Good, Fixed: true},
			{Name: Replaced, Label: "Replaced", Tone: register.Quiet, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{
				Name: "publish", Label: "Put in force", From: []string{Draft}, To: InForce, Permission: access.PrivacyApprove, Decides: true, Ready: publishable,
				Asks: []register.Ask{{Field: "in_force_on", Required: true}, {Field: "announced", Required: true}, {Field: "proof"}}, Help: "Somebody who did not write it reads it against what is really done with data.",
			},
			{Name: "prove", Label: "Proof of where it is shown", From: []string{InForce}, Permission: edit, Asks: []register.Ask{{Field: "proof", Required: true}}},
			{Name: "review", Label: "Reviewed, and still true", From: []string{InForce}, Permission: edit, Why: true, Effect: on("reviewed_on"), Help: "Say what it was compared with: the record of processing, the vendors, the pages."},
			{Name: "replace", Label: "Replaced", From: []string{InForce}, To: Replaced, Permission: edit, Asks: []register.Ask{{Field: "replaced_on", Required: true}}},
		},
		Dues: []register.Due{{Field: "review_due_on", Label: "Review", Ahead: 30, Owner: "owner", While: []string{InForce}}},
		Derive: func(r *register.Record, _ *register.World) {
			if r.Derive("lacks", ""); len(lacking(r.List("covers"))) > 0 {
				r.Derived["lacks"] = lacking(r.List("covers"))
			}
			if since := max(r.Date("in_force_on"), r.Date("reviewed_on")); since != 0 {
				r.Derive("review_due_on", since.AddMonths(12).String())
			}
		},
		Sample: register.Values{"title": {"Privacy notice for customers, 4"}, "audience": {"customers"}, "shown_at": {"The foot of every page, and the form for new accounts"}, "covers": {"purposes", "kinds"}},
	}
}

// covered is what a notice tells, after the points of focus of P1.1 and P2.1.
func covered() []register.Option {
	return register.Options(
		"purposes", "purposes", "choices", "choices, and what each means", "kinds", "kinds of data", "collection", "how they are collected", "use", "use and retention", "disposal", "disposal",
		"access", "access, correction and requests", "disclosure", "who gets them", "security", "security", "quality", "quality", "monitoring", "monitoring, and where to complain", "changes", "how changes are told",
	)
}

// lacking lists what a notice does not tell.
func lacking(covers []string) (out []string) {
	told := map[string]bool{}
	for _, c := range covers {
		told[c] = true
	}
	for _, o := range covered() {
		if !told[o.Value] {
			out = append(out, o.Value)
		}
	}
	return out
}

// publishable says what is missing before a notice is put in force.
func publishable(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("text") == "" && r.Get("document") == "" {
		return []fault.Field{{Name: "announced", Text: "There is no text. Write it down, or name the evidence that holds it."}}
	}
	return nil
}

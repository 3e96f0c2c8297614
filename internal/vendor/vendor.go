package vendor

import (
	"strconv"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// The names of the registers.
const (
	Noun            = "vendor"
	ReportNoun      = "vendor_report"
	ExpectationNoun = "vendor_expectation"
	RelianceNoun    = "vendor_reliance"
)

// The states of a vendor.
const (
	Considered = "considered"
	InUse      = "in_use"
	Ended      = "ended"
)

// CarveOut is the method by which the report leaves a subservice organization
// out.
const CarveOut = "carve_out"

const yearly = 12 // months between two reviews

// Declaration is the register of vendors.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "V", Path: "vendors", Title: "Vendors", One: "vendor", Label: "title", Sort: "criticality",
		About: "Those on whom the service depends: what they do and hold, what their reports cover, and what each side expects of the other.",
		Read:  access.VendorRead, Edit: access.VendorEdit,
		Fields: []register.Field{
			{Name: "title", Label: "Vendor", Type: register.Text, Required: true, Listed: true},
			{Name: "service", Label: "Used for", Type: register.Text, Listed: true},
			{Name: "criticality", Label: "Criticality", Type: register.Choice, Listed: true, Filter: true, Options: register.Options("1", "critical", "2", "high", "3", "medium", "4", "low")},
			{Name: "data", Label: "Data", Type: register.Choice, Listed: true, Filter: true, Options: register.Options("none", "none", "internal", "internal", "confidential", "confidential", "personal", "personal")},
			{Name: "region", Label: "Region", Type: register.Text},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "method", Label: "Subservice method", Type: register.Choice, Listed: true, Filter: true, Options: register.Options("none", "no subservice organization", CarveOut, "carved out", "inclusive", "inclusive"), Default: "none"},
			{Name: "controls", Label: "Controls that watch it", Type: register.Control, Many: true, Help: "Needed for a subservice organization that is carved out."},
			{Name: "risks", Label: "Risks", Type: register.Link, To: "risk", Many: true},
			{Name: "contract_until", Label: "Contract until", Type: register.Date},
			{Name: "dpa_on", Label: "Data processing agreement signed on", Type: register.Date},
			{Name: "notes", Label: "Notes", Type: register.Long},
			{Name: "review_on", Label: "Next review", Type: register.Date, Listed: true, Help: "In a year if empty."},
			{Name: "reviewed_on", Label: "Last reviewed", Type: register.Date, ByMove: true},
			{Name: "covered_until", Label: "Reports reach until", Type: register.Date, Derived: true, Listed: true},
			{Name: "opinion", Label: "Opinion of the newest report", Type: register.Choice, Derived: true, Options: opinions()},
			{Name: "unmapped", Label: "Expectations without a control", Type: register.Number, Derived: true},
			{Name: "monitored", Label: "Watched by a control", Type: register.YesNo, Derived: true, Filter: true},
		},
		States: []register.State{
			{Name: Considered, Label: "Considered", Tone: register.Begun},
			{Name: InUse, Label: "In use", Tone: register.Good},
			{Name: Ended, Label: "Ended", Tone: register.Quiet, Ended: true},
		},
		Moves: []register.Move{
			{Name: "approve", Label: "Approve", From: []string{Considered}, To: InUse, Permission: access.VendorApprove, Decides: true, Ready: ready, Help: "Somebody who did not write it down says that it may be used."},
			{
				Name: "review", Label: "Record a review", From: []string{InUse}, Permission: access.VendorEdit, Why: true, Asks: []register.Ask{{Field: "review_on"}},
				Help: "Say what was read and what follows. The next review is a year from today unless you choose a day.", Ready: ready, Effect: reviewed,
			},
			{Name: "end", Label: "End", From: []string{Considered, InUse}, To: Ended, Permission: access.VendorEdit, Why: true, Help: "Say what became of accounts and data."},
			{Name: "resume", Label: "Consider again", From: []string{Ended}, To: Considered, Permission: access.VendorEdit, Why: true},
		},
		Dues: []register.Due{{Field: "review_on", Label: "Review", Ahead: 30, Owner: "owner"}, {Field: "contract_until", Label: "Renew or end", Ahead: 60, Owner: "owner"}},
		Complete: func(r *register.Record, w *register.World) {
			if r.Date("review_on") == 0 {
				r.Values.Set("review_on", w.Today.AddMonths(yearly).String())
			}
		},
		Derive: derive,
		Sample: register.Values{"title": {"Northwind Cloud"}, "service": {"Hosting"}, "criticality": {"1"}, "data": {"personal"}, "method": {CarveOut}, "controls": {"VEN-04"}, "review_on": {"2027-02-01"}},
	}
}

func ready(r *register.Record, _ *register.World) (bad []fault.Field) {
	for _, name := range []string{"owner", "criticality"} {
		if r.Get(name) == "" {
			bad = append(bad, fault.Field{Name: name, Text: "This is needed first. Change the record."})
		}
	}
	if r.Get("method") == CarveOut && len(r.List("controls")) == 0 {
		bad = append(bad, fault.Field{Name: "controls", Text: "A subservice organization that is carved out is watched by a control: name it first."})
	}
	return bad
}

func reviewed(r *register.Record, w *register.World) {
	was := r.Date("review_on")
	r.Values.Set("reviewed_on", w.Today.String())
	if was <= w.Today {
		r.Values.Set("review_on", w.Today.AddMonths(yearly).String())
	}
}

func derive(r *register.Record, w *register.World) {
	monitored := register.Yes
	if r.Get("method") == CarveOut && len(r.List("controls")) == 0 {
		monitored = register.No
	}
	r.Derive("monitored", monitored)
	var until, newest standing.Date
	for _, c := range w.Children[ReportNoun] {
		until = max(until, c.Date("to"))
		if o := c.Get("opinion"); o != "" && c.Date("to") > newest {
			newest = c.Date("to")
			r.Derive("opinion", o)
		}
	}
	if until != 0 {
		r.Derive("covered_until", until.String())
	}
	unmapped := 0
	for _, c := range w.Children[ExpectationNoun] {
		if len(c.List("controls")) == 0 {
			unmapped++
		}
	}
	r.Derive("unmapped", strconv.Itoa(unmapped))
}

func opinions() []register.Option {
	return register.Options("unqualified", "unqualified", "qualified", "qualified", "adverse", "adverse", "disclaimer", "disclaimer")
}

func child(noun, prefix, path, title, one, about string, fields ...register.Field) register.Declaration {
	return register.Declaration{
		Noun: noun, Prefix: prefix, Path: path, Title: title, One: one, Label: "title", About: about, Parent: Noun, ParentBy: Noun, Read: access.VendorRead, Edit: access.VendorEdit,
		Fields: append([]register.Field{fields[0], {Name: Noun, Label: "Vendor", Type: register.Link, To: Noun, Required: true, Listed: true}}, fields[1:]...),
		States: []register.State{{Name: "kept", Label: "Kept", Tone: register.Quiet}},
	}
}

// Reports is the register of what vendors gave as assurance.
func Reports() register.Declaration {
	d := child(ReportNoun, "VS", "vendor-reports", "Reports", "report", "SOC reports, certificates and the letters that bridge to today, with the days that they cover.",
		register.Field{Name: "title", Label: "Report", Type: register.Text, Required: true, Listed: true},
		register.Field{Name: "form", Label: "Form", Type: register.Choice, Listed: true, Required: true, Options: register.Options("soc2_type2", "SOC 2 Type 2", "soc2_type1", "SOC 2 Type 1", "soc1", "SOC 1", "soc3", "SOC 3", "iso27001", "ISO 27001", "bridge_letter", "bridge letter", "other", "other")},
		register.Field{Name: "from", Label: "From", Type: register.Date, Required: true, Listed: true},
		register.Field{Name: "to", Label: "To", Type: register.Date, Required: true, Listed: true, Help: "The last day that it covers."},
		register.Field{Name: "opinion", Label: "Opinion", Type: register.Choice, Listed: true, Options: opinions()},
		register.Field{Name: "exceptions", Label: "Exceptions, and what they mean to us", Type: register.Long},
		register.Field{Name: "read_on", Label: "Read on", Type: register.Date},
	)
	d.Check = func(r *register.Record, _ *register.World) []fault.Field {
		if r.Date("to") < r.Date("from") {
			return []fault.Field{{Name: "to", Text: "It is before the first day."}}
		}
		return nil
	}
	d.Sample = register.Values{"title": {"SOC 2 Type 2, 2025"}, "form": {"soc2_type2"}, "from": {"2025-01-01"}, "to": {"2025-12-31"}, "opinion": {"unqualified"}}
	return d
}

// Expectations is the register of what vendors expect from us.
func Expectations() register.Declaration {
	d := child(ExpectationNoun, "VE", "vendor-expectations", "What they expect from us", "expectation", "Complementary user entity controls of the vendor's report, in our words, each with the control that meets it.",
		register.Field{Name: "title", Label: "They expect that we", Type: register.Text, Required: true, Listed: true},
		register.Field{Name: "controls", Label: "Our controls", Type: register.Control, Many: true, Listed: true},
		register.Field{Name: "note", Label: "Note", Type: register.Long},
	)
	d.Sample = register.Values{"title": {"give and remove access of our own users"}, "controls": {"IAM-03"}}
	return d
}

// Reliances is the register of what is left to vendors.
func Reliances() register.Declaration {
	d := child(RelianceNoun, "VL", "vendor-reliances", "What we leave to them", "reliance", "Complementary subservice organization controls, by criterion: what we assume that they do, and how we watch it.",
		register.Field{Name: "title", Label: "We assume that they", Type: register.Text, Required: true, Listed: true},
		register.Field{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true, Required: true, Listed: true},
		register.Field{Name: "found", Label: "Found in their report", Type: register.YesNo, Listed: true},
		register.Field{Name: "place", Label: "Where", Type: register.Text, Listed: true},
		register.Field{Name: "watch", Label: "How we watch", Type: register.Text, Listed: true},
	)
	d.Sample = register.Values{"title": {"limit physical access to data centres"}, "criteria": {"CC6.4"}, "found": {"yes"}, "place": {"page 61"}, "watch": {"yearly review"}}
	return d
}

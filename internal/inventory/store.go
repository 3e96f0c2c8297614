package inventory

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// The names of the registers.
const (
	AssetNoun    = "asset"
	ClassNoun    = "data_class"
	StoreNoun    = "data_store"
	FlowNoun     = "data_flow"
	DisposalNoun = "disposal"
)

// The states of what is kept, and of what is not any more.
const (
	Kept  = "kept"
	Ended = "ended"
)

func lives(kept string) []register.State {
	return []register.State{
		{Name: Kept, Label: kept, Tone: register.Good},
		{Name: Ended, Label: "Not used any more", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

// ending are the two moves of what is kept for a time.
func ending(help string) []register.Move {
	return []register.Move{
		{Name: "end", Label: "Not used any more", From: []string{Kept}, To: Ended, Permission: access.InventoryEdit, Why: true, Help: help, Effect: func(r *register.Record, w *register.World) { r.Values.Set("ended_on", w.Today.String()) }},
		{Name: "resume", Label: "In use again", From: []string{Ended}, To: Kept, Permission: access.InventoryEdit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("ended_on", "") }},
	}
}

// Classes is the classification matrix: what each class of information is, and what
// is done with it.
func Classes() register.Declaration {
	rule := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Text}
	}
	return register.Declaration{
		Noun: ClassNoun, Prefix: "CL", Path: "data-classes", Title: "Classes of information", One: "class", Label: "title", Sort: "rank",
		About: "The classification matrix: what belongs to each class, and how it is stored, sent, shown and destroyed.",
		Read:  access.InventoryRead, Edit: access.InventoryEdit,
		Fields: []register.Field{
			{Name: "title", Label: "Class", Type: register.Text, Required: true, Listed: true},
			{Name: "rank", Label: "Rank", Type: register.Number, Required: true, Min: 1, Max: 9, Listed: true, Help: "1 for what everybody may know; the highest for what would hurt most."},
			{Name: "means", Label: "What belongs to it", Type: register.Long, Required: true},
			{Name: "examples", Label: "Examples", Type: register.Text, Listed: true},
			{Name: "confidential", Label: "Promised to be kept secret", Type: register.YesNo, Required: true, Filter: true, Default: register.No},
			rule("stored", "Stored"), rule("sent", "Sent"), rule("shown", "Shown to"), rule("printed", "On paper"), rule("destroyed", "Destroyed"),
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "AST-03"},
			{Name: "ended_on", Label: "Ended on", Type: register.Date, ByMove: true},
		},
		States: lives("In force"), Moves: ending("Say which class takes its place."),
		Sample: register.Values{"title": {"Confidential"}, "rank": {"3"}, "means": {"What customers entrust to us, and what would help an attacker"}, "stored": {"Encrypted"}, "destroyed": {"Within 30 days after its time, by the store’s own rule"}, "confidential": {"yes"}},
	}
}

// Stores is the register of where data lie, with the retention schedule.
func Stores() register.Declaration {
	return register.Declaration{
		Noun: StoreNoun, Prefix: "DS", Path: "data-stores", Title: "Data stores", One: "data store", Label: "title", Sort: "clear_by",
		About: "Where data lie, whose they are, how long they stay, and when a store was cleared of what it does not need any more.",
		Read:  access.InventoryRead, Edit: access.InventoryEdit, Fields: storeFields(), Derive: storeDerive, Check: storeCheck,
		States: lives("In use"),
		Moves: append(ending("Say what became of the data."),
			register.Move{Name: "review", Label: "Reviewed", From: []string{Kept}, Permission: access.InventoryEdit, Why: true, Help: "Say with whom, and what changed.", Effect: func(r *register.Record, w *register.World) { r.Values.Set("reviewed_on", w.Today.String()) }}),
		Dues: []register.Due{
			{Field: "clear_by", Label: "Clear what is past its time in", Ahead: 7, Owner: "owner"},
			{Field: "review_due_on", Label: "Review", Ahead: 30, Owner: "owner"},
		},
		Sample: register.Values{"title": {"Orders"}, "sort": {"database"}, "people": {"customers"}, "keep_months": {"24"}, "clear_months": {"1"}, "personal": {"yes"}},
	}
}

func storeFields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "Store", Type: register.Text, Required: true, Listed: true},
		{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("database", "database", "bucket", "bucket", "files", "files and documents", "service", "another’s service", "backup", "backups", "device", "devices", "paper", "paper")},
		{Name: "class", Label: "Class", Type: register.Link, To: ClassNoun, Listed: true},
		{Name: "holds", Label: "What lies in it", Type: register.Long},
		{Name: "personal", Label: "Personal data", Type: register.YesNo, Required: true, Filter: true, Default: register.No},
		{Name: "people", Label: "Whose", Type: register.Text},
		{Name: "customers", Label: "Customers’ data", Type: register.YesNo, Filter: true, Default: register.No},
		{Name: "scope", Label: "In the scope of the examination", Type: register.YesNo, Required: true, Filter: true, Default: register.Yes},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
		{Name: "vendor", Label: "At", Type: register.Link, To: "vendor"},
		{Name: "region", Label: "Region", Type: register.Text},
		{Name: "encrypted", Label: "Encrypted at rest", Type: register.Choice, Required: true, Default: "unknown", Filter: true, Options: register.Options("yes", "yes", "no", "no", "unknown", "not known")},
		{Name: "resource", Label: "Collected as", Type: register.Text, Help: "Id of the resource that a connector collects, where one does."},
		{Name: "keep_months", Label: "Months that data stay", Type: register.Number, Min: 0, Max: 1200, Listed: true, Help: "From the retention schedule. Empty if it is not decided yet."},
		{Name: "keep_why", Label: "Why so long", Type: register.Text, Help: "The law, the contract or the purpose."},
		{Name: "clear_months", Label: "Months between disposals", Type: register.Number, Min: 0, Max: 60, Default: "1", Help: "0 if the store does it by a rule of its own that a check looks at."},
		{Name: "hold", Label: "On hold", Type: register.Text, Help: "The dispute or order for which nothing is destroyed."},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "CON-02"},
		{Name: "reviewed_on", Label: "Reviewed", Type: register.Date, ByMove: true},
		{Name: "ended_on", Label: "Ended on", Type: register.Date, ByMove: true},
		{Name: "cleared_on", Label: "Cleared", Type: register.Date, Derived: true, Listed: true},
		{Name: "clear_by", Label: "Clear by", Type: register.Date, Derived: true, Listed: true},
		{Name: "review_due_on", Label: "Review due", Type: register.Date, Derived: true},
	}
}

func storeCheck(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("personal") == register.Yes && r.Get("people") == "" {
		return []fault.Field{{Name: "people", Text: "Say whose data they are: customers, their users, employees, applicants."}}
	}
	return nil
}

// storeDerive finds out when the store was cleared, and by when it is cleared again.
func storeDerive(r *register.Record, w *register.World) {
	begun := w.Today
	if !r.CreatedAt.IsZero() {
		begun = standing.DayOf(r.CreatedAt, w.Zone)
	}
	var cleared standing.Date
	for i := range w.Children[DisposalNoun] {
		cleared = max(cleared, w.Children[DisposalNoun][i].Date("done_on"))
	}
	if cleared != 0 {
		r.Derive("cleared_on", cleared.String())
	}
	if months, ok := r.Int("clear_months"); ok && months > 0 && r.Get("hold") == "" {
		r.Derive("clear_by", max(begun, cleared).AddMonths(months).String())
	}
	r.Derive("review_due_on", max(begun, r.Date("reviewed_on")).AddMonths(12).String())
}

// Disposals is the register of what was destroyed, returned or anonymized.
func Disposals() register.Declaration {
	return register.Declaration{
		Noun: DisposalNoun, Prefix: "DX", Path: "disposals", Title: "Disposals", One: "disposal", Label: "title", Sort: "-done_on", Parent: StoreNoun, ParentBy: "store",
		About: "Each time that data were destroyed, given back or made anonymous: what, how, by whom, and what proves it.",
		Read:  access.InventoryRead, Edit: access.InventoryEdit,
		Fields: []register.Field{
			{Name: "title", Label: "What was disposed of", Type: register.Text, Required: true, Listed: true},
			{Name: "store", Label: "Store", Type: register.Link, To: StoreNoun, Required: true, Listed: true},
			{Name: "method", Label: "Method", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("rule", "deleted by a rule", "deleted", "deleted", "keys", "its keys were destroyed", "overwritten", "overwritten", "shredded", "shredded", "returned", "given back", "anonymized", "made anonymous", "nothing", "looked, and nothing was past its time")},
			{Name: "done_on", Label: "Done on", Type: register.Date, Required: true, Listed: true},
			{Name: "until", Label: "All from before", Type: register.Date, Help: "Data from before this day are gone."},
			{Name: "items", Label: "How many", Type: register.Number, Min: 0, Max: 1 << 50, Listed: true},
			{Name: "why", Label: "Why", Type: register.Choice, Required: true, Default: "retention", Filter: true, Options: register.Options("retention", "its time was over", "contract", "end of a contract", "request", "somebody asked", "device", "end of a device")},
			{Name: "by", Label: "By", Type: register.Person, Listed: true},
			{Name: "vendor", Label: "Done by a vendor", Type: register.Link, To: "vendor"},
			{Name: "request", Label: "Privacy request", Type: register.Link, To: "privacy_request"},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of the log, the result or the certificate."},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "CON-04"},
		},
		States: []register.State{{Name: Kept, Label: "Kept", Tone: register.Quiet}},
		Check: func(r *register.Record, w *register.World) []fault.Field {
			switch {
			case r.Date("done_on") > w.Today:
				return []fault.Field{{Name: "done_on", Text: "It lies ahead. Write it down once it is done."}}
			case w.Owner != nil && w.Owner.Get("hold") != "" && r.Get("method") != "nothing":
				return []fault.Field{{Name: "store", Text: "The store is on hold: " + w.Owner.Get("hold") + ". End the hold first, if that is right."}}
			}
			return nil
		},
		Sample: register.Values{"title": {"Orders older than two years"}, "method": {"rule"}, "done_on": {"2025-11-02"}, "items": {"18422"}},
	}
}

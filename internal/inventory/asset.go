package inventory

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Assets is the register of what no connector sees, or what somebody has to answer
// for besides.
func Assets() register.Declaration {
	return register.Declaration{
		Noun: AssetNoun, Prefix: "AS", Path: "assets", Title: "Assets", One: "asset", Label: "title", Sort: "title",
		About: "What the organization has and answers for: systems, services, devices, places. What connectors collect counts besides.",
		Read:  access.InventoryRead, Edit: access.InventoryEdit,
		Fields: []register.Field{
			{Name: "title", Label: "Asset", Type: register.Text, Required: true, Listed: true},
			{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("system", "system", "service", "service", "software", "software", "server", "server", "network", "network", "device", "device", "data", "data", "place", "place", "person", "way of working")},
			{Name: "environment", Label: "Environment", Type: register.Choice, Listed: true, Filter: true, Options: register.Options("production", "production", "staging", "staging", "test", "test", "development", "development", "office", "office")},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "class", Label: "Class of its data", Type: register.Link, To: ClassNoun},
			{Name: "criticality", Label: "Criticality", Type: register.Choice, Listed: true, Filter: true, Options: register.Options("critical", "critical", "high", "high", "medium", "medium", "low", "low")},
			{Name: "scope", Label: "In the scope of the examination", Type: register.YesNo, Required: true, Filter: true, Default: register.Yes},
			{Name: "stores", Label: "Data stores", Type: register.Link, To: StoreNoun, Many: true},
			{Name: "vendor", Label: "At", Type: register.Link, To: "vendor"},
			{Name: "resource", Label: "Collected as", Type: register.Text, Help: "Id of the resource that a connector collects, where one does."},
			{Name: "serial", Label: "Serial number", Type: register.Text},
			{Name: "place", Label: "Place", Type: register.Text},
			{Name: "release", Label: "Version", Type: register.Text},
			{Name: "supported_until", Label: "Supported until", Type: register.Date, Help: "The day on which its maker stops mending it."},
			{Name: "notes", Label: "Notes", Type: register.Long},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "AST-01"},
			{Name: "ended_on", Label: "Ended on", Type: register.Date, ByMove: true},
		},
		States: lives("In use"), Moves: ending("Say what became of it, and of the data on it."),
		Dues:   []register.Due{{Field: "supported_until", Label: "Replace", Ahead: 90, Owner: "owner"}},
		Sample: register.Values{"title": {"Ordering service"}, "sort": {"system"}, "environment": {"production"}, "criticality": {"critical"}},
	}
}

// Flows is the register of how data get from one place to another.
func Flows() register.Declaration {
	return register.Declaration{
		Noun: FlowNoun, Prefix: "DF", Path: "data-flows", Title: "Data flows", One: "data flow", Label: "title", Sort: "title",
		About: "How data get from one place to another, how they are protected on the way, and the diagram that is drawn from it.",
		Read:  access.InventoryRead, Edit: access.InventoryEdit,
		Fields: []register.Field{
			{Name: "title", Label: "What flows", Type: register.Text, Required: true, Listed: true},
			{Name: "source", Label: "From", Type: register.Link, To: StoreNoun},
			{Name: "source_name", Label: "From, if it is no store of ours", Type: register.Text, Listed: true, Help: "“Shops’ customers”, “Payment provider”."},
			{Name: "target", Label: "To", Type: register.Link, To: StoreNoun},
			{Name: "target_name", Label: "To, if it is no store of ours", Type: register.Text, Listed: true},
			{Name: "way", Label: "How", Type: register.Text, Listed: true, Help: "“HTTPS”, “nightly file over SFTP”."},
			{Name: "encrypted", Label: "Encrypted on the way", Type: register.Choice, Required: true, Default: "unknown", Listed: true, Filter: true, Options: register.Options("yes", "yes", "no", "no", "unknown", "not known")},
			{Name: "boundary", Label: "Leaves the system", Type: register.YesNo, Required: true, Filter: true, Default: register.No, Help: "It crosses the boundary of what is examined."},
			{Name: "personal", Label: "Personal data", Type: register.YesNo, Required: true, Filter: true, Default: register.No},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "AST-02"},
			{Name: "ended_on", Label: "Ended on", Type: register.Date, ByMove: true},
		},
		States: lives("In use"), Moves: ending("Say what takes its place."),
		Check:  flowCheck,
		Sample: register.Values{"title": {"New orders"}, "source_name": {"Shops’ customers"}, "target_name": {"Ordering service"}, "way": {"HTTPS"}, "encrypted": {"yes"}, "boundary": {"yes"}},
	}
}

func flowCheck(r *register.Record, _ *register.World) (bad []fault.Field) {
	ends := map[string]string{}
	for _, side := range []string{"source", "target"} {
		store, name := r.Get(side), r.Get(side+"_name")
		if (store == "") == (name == "") {
			bad = append(bad, fault.Field{Name: side, Text: "Choose a store or write a name, one of the two."})
		}
		ends[side] = store + name
	}
	if len(bad) == 0 && ends["source"] == ends["target"] {
		bad = append(bad, fault.Field{Name: "target", Text: "It goes nowhere: both ends are the same."})
	}
	return bad
}

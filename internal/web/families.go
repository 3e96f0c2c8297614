package web

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/integrity"
	"assay/internal/inventory"
	"assay/internal/privacy"
	"assay/internal/register"
	"assay/internal/register/all"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// families are registers that share a place in the navigation: each list leads to
// the others by tabs.
func families() [][]string {
	return [][]string{
		{inventory.AssetNoun, inventory.StoreNoun, inventory.FlowNoun, inventory.ClassNoun, inventory.DisposalNoun},
		{privacy.RequestNoun, privacy.NoticeNoun, privacy.ProcessingNoun, privacy.DisclosureNoun, privacy.ConsentNoun},
		{integrity.ErrorNoun, integrity.Noun},
	}
}

// relatives are the tabs above the list of a register that has a family; none if
// whoever asks reads none of the others.
func (p *registerPage) relatives() (out []view.Tab) {
	at := slices.IndexFunc(families(), func(f []string) bool { return slices.Contains(f, p.d.Noun) })
	if at < 0 {
		return nil
	}
	declared := all.Declarations()
	for _, noun := range families()[at] {
		i := slices.IndexFunc(declared, func(d register.Declaration) bool { return d.Noun == noun })
		if d := &declared[i]; p.r.who.Can(d.Read) {
			out = append(out, view.Tab{Label: d.Title, Href: p.r.inPeriod("/" + d.Path), Current: noun == p.d.Noun})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// familyFace is the face of a register of one of the families.
func familyFace(noun string) face {
	switch noun {
	case inventory.AssetNoun, inventory.StoreNoun, inventory.FlowNoun, inventory.ClassNoun, inventory.DisposalNoun:
		return inventoryFace(noun)
	case privacy.RequestNoun, privacy.NoticeNoun, privacy.ProcessingNoun, privacy.DisclosureNoun, privacy.ConsentNoun:
		return privacyFace(noun)
	case integrity.ErrorNoun, integrity.Noun, integrity.RunNoun:
		return integrityFace(noun)
	}
	return face{nav: noun}
}

// inventoryFace is the face of assets, of data, and of their disposal.
func inventoryFace(noun string) face {
	switch noun {
	case inventory.AssetNoun:
		return face{
			nav: "assets", columns: []string{"sort", "environment", "criticality", "owner"}, answer: assetAnswer, above: assetsAbove,
			empty: "Begin with the systems that customers use. What connectors collect is counted by itself and does not have to be written down again.",
		}
	case inventory.StoreNoun:
		return face{
			nav: "assets", columns: []string{"sort", "class", "keep_months:Months kept", "cleared_on", "clear_by", "owner"},
			empty: "Begin with the database that holds customers' data and its backups: whose data, which class, how long they stay.",
		}
	case inventory.FlowNoun:
		return face{
			nav: "assets", columns: []string{"source_name:From", "target_name:To", "way", "encrypted"}, above: flowsAbove, cell: flowCell,
			empty: "Write down how orders, payments and files get in, and where they go. The diagram is drawn from it.",
		}
	case inventory.ClassNoun:
		return face{
			nav: "assets", columns: []string{"rank", "examples", "destroyed"},
			empty: "Three or four classes are enough: public, internal, confidential, personal. Say for each how it is stored, sent and destroyed.",
		}
	}
	return face{nav: "assets", most: 10, columns: []string{"store", "method", "done_on", "items", "by"}}
}

// assetsAbove leads to the registers of categories that are not examined: their
// places in the navigation are not there.
func assetsAbove(p *registerPage, _ *register.Listing, v *page.RegisterView) error {
	if p.r.who.Can(access.PrivacyRequestRead) {
		v.Head.More = append(v.Head.More, view.Action{Label: "Privacy", Href: p.r.inPeriod("/privacy-requests")})
	}
	if p.r.who.Can(access.ProcessingRead) {
		v.Head.More = append(v.Head.More, view.Action{Label: "Errors of processing", Href: p.r.inPeriod("/processing-errors")})
	}
	return nil
}

func assetAnswer(p *registerPage, l *register.Listing) view.Text {
	t := view.Text{view.B(plural(l.Counts["state"][inventory.Kept], "asset")), view.T(" in use")}
	if n := l.Counts["scope"][register.Yes]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d in the scope of the examination", n)))
	}
	return append(t, view.T("."))
}

// privacyFace is the face of what people ask, are told and agreed to.
func privacyFace(noun string) face {
	switch noun {
	case privacy.RequestNoun:
		return face{
			nav: "privacy", columns: []string{"wish", "received_on", "due_on", "took_days:Days", "handler"}, answer: privacyAnswer,
			empty: "Write the first down as it comes, by mail or by telephone: the law counts from the day that it came in.",
		}
	case privacy.NoticeNoun:
		return face{
			nav: "privacy", columns: []string{"audience", "in_force_on", "replaced_on", "owner"},
			empty: "Write down the notice that is shown today, with a picture of where, and put it in force.",
		}
	case privacy.ProcessingNoun:
		return face{
			nav: "privacy", columns: []string{"role", "basis", "reviewed_on", "review_due_on", "owner"},
			empty: "Begin with what the service does with its customers' data, then wages, applicants, and news by mail.",
		}
	case privacy.DisclosureNoun:
		return face{
			nav: "privacy", columns: []string{"recipient", "disclosed_on", "basis", "people"},
			empty: "Write down what an authority, a court or a partner got, and what got out that should not have.",
		}
	}
	return face{
		nav: "privacy", columns: []string{"way", "given_on", "withdrawn_on", "stopped_on"},
		empty: "Import them from where they are given, or have a connector collect them.",
	}
}

func privacyAnswer(_ *registerPage, l *register.Listing) view.Text {
	open := l.Counts["state"][privacy.Received] + l.Counts["state"][privacy.Verified]
	t := view.Text{view.B(plural(open, "request") + " open")}
	if open == 0 {
		t = view.Text{view.B("None open")}
	}
	if n := l.Counts["in_time"][register.Yes] + l.Counts["in_time"][register.No]; n > 0 {
		t = append(t, view.T(fmt.Sprintf("; %d of %d answered in time", l.Counts["in_time"][register.Yes], n)))
	}
	return append(t, view.T("."))
}

// integrityFace is the face of errors of processing and of reconciliations.
func integrityFace(noun string) face {
	switch noun {
	case integrity.ErrorNoun:
		return face{
			nav: "processing", columns: []string{"severity", "detected_at", "to_detect", "to_fix", "owner"},
			empty: "Write down what was processed wrongly, late or twice: when it began, when it was seen, when it was mended.",
		}
	case integrity.Noun:
		return face{
			nav: "processing", columns: []string{"days:Every, days", "held_on", "agrees", "due_on", "owner"},
			empty: "Begin with two figures that must agree: what came in, and what was processed or billed.",
		}
	}
	return face{nav: "processing", most: 14, columns: []string{"held_on", "left", "right", "difference", "agrees"}}
}

// flowCell shows an end that is a store by its name.
func flowCell(p *registerPage, name string, r *register.Record, _ *register.World) (page.RegisterCell, bool) {
	side, ok := map[string]string{"source_name": "source", "target_name": "target"}[name]
	if !ok || r.Get(side) == "" {
		return page.RegisterCell{}, false
	}
	return page.RegisterCell{IDs: []view.Ref{{Label: r.Get(side), Href: "/data-stores/" + r.Get(side)}}}, true
}

// outside reports whether a place belongs to a category that is not examined. It is
// there while somebody is at it all the same.
func outside(place, current string, scope []criteria.CategoryID) bool {
	id := categoryOf(place)
	return id != "" && place != current && !slices.Contains(scope, id)
}

// categoryOf is the category for which a place is there at all.
func categoryOf(place string) criteria.CategoryID {
	return map[string]criteria.CategoryID{"privacy": criteria.Privacy, "processing": criteria.ProcessingIntegrity}[place]
}

const mostDrawn = 60 // flows; more make a picture that nobody reads

// flowsAbove draws the flows that are in use.
func flowsAbove(p *registerPage, l *register.Listing, v *page.RegisterView) error {
	if l.All == 0 || l.All > mostDrawn {
		return nil
	}
	flows, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, p.d.Noun, register.Filter{Sort: "id"})
	if err != nil {
		return err
	}
	stores, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, inventory.StoreNoun, register.Filter{Sort: "id"})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for i := range stores.Records {
		names[stores.Records[i].ID] = stores.Records[i].Get("title")
	}
	v.Flows = flowChart(inventory.Draw(flows.Records, names))
	return nil
}

// flowChart is a diagram as it is drawn.
func flowChart(d inventory.Diagram) *chart.Flows {
	if len(d.Lines) == 0 {
		return nil
	}
	out := &chart.Flows{Label: fmt.Sprintf("%s between %d places; the list below says the same", plural(len(d.Lines), "flow"), len(d.Boxes)), Width: d.Width, Height: d.Height, BoxWidth: d.BoxWidth(), BoxHeight: d.BoxHeight()}
	for _, b := range d.Boxes {
		out.Boxes = append(out.Boxes, chart.FlowBox{X: b.X, Y: b.Y, Lines: broken(b.Name, 24), Inside: b.Store != ""})
	}
	beside := map[[2]int]int{} // flows that are drawn between the same boxes, either way
	for _, l := range d.Lines {
		pair := [2]int{min(l.From, l.To), max(l.From, l.To)}
		line := lineOf(&d, &l, beside[pair])
		beside[pair]++
		out.Lines = append(out.Lines, line)
	}
	return out
}

// lineOf is the path of one flow: from the edge of a box to the edge of another, the
// nth of those between both.
func lineOf(d *inventory.Diagram, l *inventory.Line, nth int) chart.FlowLine {
	from, to := d.Boxes[l.From], d.Boxes[l.To]
	x1, y1 := from.X+d.BoxWidth(), from.Y+d.BoxHeight()/2+nth*16
	x2, y2 := to.X, to.Y+d.BoxHeight()/2+nth*16
	if to.X <= from.X { // back, or within a column: around the outside
		x1, x2 = from.X, to.X+d.BoxWidth()
	}
	bend := (x2 - x1) / 2
	return chart.FlowLine{
		Path: fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2),
		X:    (x1 + x2) / 2, Y: (y1+y2)/2 - 5, Label: clipped(l.Label, 22), Bad: l.Encrypted == register.No, Unknown: l.Encrypted == "unknown",
	}
}

// broken is a name in two lines at most.
func broken(name string, width int) []string {
	words := strings.Fields(name)
	lines := []string{""}
	for _, word := range words {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	if len(lines) > 2 {
		lines = []string{lines[0], strings.Join(lines[1:], " ")}
	}
	for i := range lines {
		lines[i] = clipped(lines[i], width)
	}
	return lines
}

func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/trail"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

type headFacts struct {
	size, signed int64
	root         string
	signedAt     time.Time
}

func (s *Server) logHead(r *request) (headFacts, error) {
	h, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return headFacts{}, err
	}
	f := headFacts{size: h.Size, root: h.Root}
	if h.Signed != nil {
		f.signed, f.signedAt = h.Signed.Size, db.FromMs(h.Signed.At)
	}
	return f, nil
}

// leafIndex is a leaf's position; false while it is pending.
func (s *Server) leafIndex(r *request, leaf string) (int64, bool) {
	p, err := s.Suite.Place(r.Context(), r.who, leaf)
	return p.Index, err == nil && !p.Pending && p.ID != ""
}

// log is who did what, with the log that witnesses it. Who may not read the
// trail sees the log's head.
func (s *Server) log(r *request) (answer, error) {
	head, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.LogView{Checkpoint: checkpointCard(r, &head), Proves: s.proves()}
	v.Head = view.Head{Title: "Audit log", Answer: logAnswer(r, &head), Actions: []view.Action{{Label: "Verify now", Href: "/log/verify", Post: true, Icon: "check", Look: view.Primary}}}
	v.List = s.listOf(r, "newest first")
	if !r.who.Can(access.TrailRead) {
		v.List.Empty = &view.Empty{
			Kind: view.NoneYet, Title: "Who did what is for leads and auditors", Text: view.Say("You can read how far the log has come, look at any of its entries and verify it."),
		}
		return show(page.Log(s.shell(r, "Audit log", "log"), v))
	}
	f := trailFilter(r)
	if r.URL.Query().Get("format") != "" {
		return s.exportTrail(r, f)
	}
	entries, err := s.Suite.Trail(r.Context(), r.who, f)
	if err != nil {
		return answer{}, err
	}
	names, err := s.Suite.UserNames(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	size := f.Limit - 1
	entries, v.List.Pager.Prev, v.List.Pager.Next = cutTrail(entries, &f)
	v.List.Pager.Size, v.List.Pager.Text = size, plural(len(entries), "entry")+" on this page"
	v.List.Find = view.Find{Label: "Filter entries", Hint: "what, on what, or who", Value: f.Query}
	v.List.Chips = trailChips(r, names)
	menu := exportMenu(v.List.Query)
	menu.Menu = append(menu.Menu, view.Action{Label: "OCSF JSON, for a SIEM", Href: v.List.Query.With("format", "ocsf")})
	v.Head.Actions = append(v.Head.Actions, menu)
	if v.Rows, err = s.trailRows(r, entries); err != nil {
		return answer{}, err
	}
	if len(entries) == 0 {
		v.List.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "No entry matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
		}
	}
	return show(page.Log(s.shell(r, "Audit log", "log"), v))
}

// cutTrail is the page of one entry more than it shows, and where the pages
// before and after it begin.
func cutTrail(entries []trail.Entry, f *trail.Filter) (shown []trail.Entry, prev, next string) {
	size := f.Limit - 1
	more := len(entries) > size
	switch {
	case more && f.After != "":
		entries = entries[1:]
	case more:
		entries = entries[:size]
	}
	if len(entries) == 0 {
		return entries, "", ""
	}
	if f.Before != "" || f.After != "" && more {
		prev = entries[0].ID
	}
	if f.After != "" || more {
		next = entries[len(entries)-1].ID
	}
	return entries, prev, next
}

// exportMenu offers a list as files, with the filters in force.
func exportMenu(q view.Query) view.Action {
	return view.Action{Label: "Export", Icon: "dl", Menu: []view.Action{{Label: "CSV", Href: q.With("format", "csv")}, {Label: "JSON", Href: q.With("format", "json")}}}
}

func logAnswer(r *request, h *suite.LogHead) view.Text {
	t := view.Text{view.B(plural(int(h.Size), "entry")), view.T(" in the log.")}
	if h.Pending > 0 {
		t = append(t, view.T(" "+plural(h.Pending, "entry")+" more waiting for a place."))
	}
	if h.Signed == nil {
		return append(t, view.T(" No head is signed yet."))
	}
	return append(t, view.T(fmt.Sprintf(" Signed up to entry %s on %s.", view.Num(int(h.Signed.Size)), r.moment(db.FromMs(h.Signed.At)))))
}

func checkpointCard(r *request, h *suite.LogHead) *page.PairsCard {
	c := &page.PairsCard{Title: "Head", Pairs: []view.Pair{
		{Term: "Log", Value: view.Say(h.Origin), Mono: true},
		{Term: "Entries", Value: view.Say(view.Num(int(h.Size)))},
		{Term: "Waiting", Value: view.Say(view.Num(h.Pending))},
		{Term: "Root", Value: view.Say(h.Root), Mono: true},
		{Term: "Signed", Value: view.Say("not yet")},
	}}
	if h.Signed != nil {
		c.Pairs[4].Value = view.Say(fmt.Sprintf("%s entries, %s", view.Num(int(h.Signed.Size)), r.moment(db.FromMs(h.Signed.At))))
		c.Link = view.Ref{Label: "Download the checkpoint", Href: "/log/checkpoint"}
	}
	c.Pairs = append(c.Pairs, outsidePairs(r, &h.Outside)...)
	return c
}

// outsidePairs says what others than the operator saw of the log, and that nobody
// did.
func outsidePairs(r *request, o *anchor.State) (out []view.Pair) {
	said := func(term string, x *anchor.Source) view.Pair {
		p := view.Pair{Term: term, Value: view.Say(x.Name + ": nothing yet")}
		if x.Size > 0 {
			p.Value = view.Say(fmt.Sprintf("%s: %s entries, %s", x.Name, view.Num(int(x.Size)), r.moment(x.At)))
		}
		if x.Problem != "" {
			p.State, p.Value = view.Warn, append(p.Value, view.T(". Asked "+r.moment(x.TriedAt)+": "+x.Problem))
		}
		return p
	}
	for i := range o.Authorities {
		out = append(out, said("Time stamp", &o.Authorities[i]))
	}
	for i := range o.Witnesses {
		out = append(out, said("Witness", &o.Witnesses[i]))
	}
	if len(o.Authorities) == 0 {
		out = append(out, view.Pair{Term: "Time", Value: view.Say("not anchored: no authority of time is named, so times are this server’s clock alone")})
	}
	if len(o.Witnesses) == 0 {
		out = append(out, view.Pair{Term: "Witness", Value: view.Say("none: keep checkpoints elsewhere")})
	}
	return out
}

// proves says what the log is worth, and what it is not.
func (s *Server) proves() *page.ProvesCard {
	return &page.ProvesCard{
		Proven:    "what was recorded has not been changed, removed or slipped in since, for whoever kept an earlier checkpoint.",
		NotProven: "that what was recorded is true, or that everything was recorded.",
		Link:      view.Ref{Label: "How to verify it without trusting this server", Href: "/log/verify"},
	}
}

func trailFilter(r *request) trail.Filter {
	q := r.URL.Query()
	f := trail.Filter{
		Actor: q.Get("who"), Action: q.Get("action"), Noun: q.Get("noun"), Object: q.Get("object"), Door: q.Get("door"), Query: q.Get("q"), Before: q.Get("after"), After: q.Get("before"), Limit: 26,
	}
	if q.Get("size") == "100" {
		f.Limit = 101
	}
	if days, err := strconv.Atoi(q.Get("days")); err == nil && days > 0 {
		f.From = (standing.DayOf(r.now, r.loc) - standing.Date(min(days, 4000)-1)).Start(r.loc)
	}
	if from, err := standing.ParseDate(q.Get("from")); err == nil {
		f.From = from.Start(r.loc)
	}
	if to, err := standing.ParseDate(q.Get("to")); err == nil {
		f.To = (to + 1).Start(r.loc)
	}
	return f
}

func trailChips(r *request, names map[string]string) []view.Chip {
	q := r.URL.Query()
	who := view.Chip{Name: "who", Label: "Who", Value: q.Get("who"), Any: "anyone"}
	for _, id := range slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Or(strings.Compare(names[a], names[b]), strings.Compare(a, b)) }) {
		who.Options = append(who.Options, view.Option{Value: id, Label: names[id]})
	}
	noun := view.Chip{Name: "noun", Label: "About", Value: q.Get("noun"), Any: "anything"}
	for _, n := range []string{"check", "connection", "control", "exclusion", "evidence", "invitation", "org", "person", "program", "token", "user"} {
		noun.Options = append(noun.Options, view.Option{Value: n, Label: n})
	}
	return []view.Chip{who, noun, {Name: "door", Label: "Through", Value: q.Get("door"), Options: []view.Option{
		{Value: string(access.DoorWeb), Label: "pages"},
		{Value: string(access.DoorAPI), Label: "API"},
		{Value: string(access.DoorConsole), Label: "console"},
		{Value: string(access.DoorJob), Label: "schedule"},
	}}, {Name: "days", Label: "When", Value: q.Get("days"), Options: []view.Option{
		{Value: "1", Label: "today"}, {Value: "7", Label: "7 days"}, {Value: "30", Label: "30 days"}, {Value: "90", Label: "90 days"},
	}}}
}

func (s *Server) trailRows(r *request, entries []trail.Entry) ([]page.LogRow, error) {
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	at, err := s.Suite.Places(r.Context(), r.who, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]page.LogRow, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		row := page.LogRow{
			When: r.moment(e.At), Who: cmp.Or(e.Name, e.Actor), System: e.Door == string(access.DoorJob), What: e.Action,
			On: view.Ref{Label: cmp.Or(e.Label, e.Object, e.Noun), Href: objectHref(e)}, OnSub: detailWords(e.Detail), From: cmp.Or(e.Address, e.Door),
		}
		if n, ok := at[e.ID]; ok {
			row.Entry = view.Num(int(n))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// objectHref is the page of what an entry is about, else the entry's leaf.
func objectHref(e *trail.Entry) string {
	switch e.Noun {
	case "control":
		return "/controls/" + e.Object
	case "check":
		return "/checks/" + e.Object
	case "person":
		return "/people/" + e.Object
	case "connection":
		return "/connectors/" + e.Object
	case "program":
		return "/settings/program"
	}
	return "/log/leaf/" + e.ID
}

func detailWords(d map[string]string) string {
	words := make([]string, 0, len(d))
	for _, k := range slices.Sorted(maps.Keys(d)) {
		if d[k] != "" {
			words = append(words, k+": "+clip(d[k], 120))
		}
	}
	return strings.Join(words, "; ")
}

// exportedEntry is an entry of the trail as a file has it.
type exportedEntry struct {
	Entry   string    `json:"leaf"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Name    string    `json:"name"`
	Door    string    `json:"door"`
	Address string    `json:"address"`
	Action  string    `json:"action"`
	Noun    string    `json:"noun"`
	Object  string    `json:"object"`
	Label   string    `json:"label"`
	Detail  string    `json:"detail"`
}

// exportTrail answers with every entry that the filter finds, on all pages.
func (s *Server) exportTrail(r *request, f trail.Filter) (answer, error) {
	const chunk = 1000
	var rows []exportedEntry
	var lines []byte
	ocsf := r.URL.Query().Get("format") == "ocsf"
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	f.Limit, f.Before = chunk, ""
	for {
		entries, err := s.Suite.Trail(r.Context(), r.who, f)
		if err != nil {
			return answer{}, err
		}
		for i := range entries {
			e := &entries[i]
			if ocsf {
				line, err := e.OCSF(r.who.Org)
				if err != nil {
					return answer{}, err
				}
				lines = append(append(lines, line...), '\n')
				continue
			}
			rows = append(rows, exportedEntry{
				Entry: e.ID, At: e.At, Actor: e.Actor, Name: e.Name, Door: e.Door, Address: e.Address, Action: e.Action, Noun: e.Noun,
				Object: e.Object, Label: e.Label, Detail: detailWords(e.Detail),
			})
		}
		if ocsf && len(entries) < chunk {
			return answer{file: &file{name: "trail.ocsf.ndjson", media: "application/x-ndjson", body: lines}}, nil
		}
		if len(entries) < chunk {
			a, _, err := exported(r, "trail", rows)
			return a, err
		}
		f.Before = entries[chunk-1].ID
	}
}

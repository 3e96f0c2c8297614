package chart

import "strconv"

// Seg is one part of a stacked bar. Fill is pass, warn, fail, none, info, accent
// or track.
type Seg struct {
	Fill  string
	Count int
}

// Bar is a stacked bar; its numbers stand beside it in words.
type Bar struct {
	Label  string
	Height int // pixels; 12 when 0
	Segs   []Seg
}

func (b Bar) height() int {
	if b.Height <= 0 {
		return 12
	}
	return b.Height
}

// part is a drawn segment in percent.
type part struct {
	fill     string
	x, width float64
}

// leastPart keeps a part that is not empty visible: about 4 px on a wide bar.
const leastPart = 0.6

// parts are the segments that are not empty, each at least leastPart wide, with
// a gap between neighbours. Without any count the bar is an empty track.
func (b Bar) parts() []part {
	total, n := 0, 0
	for _, s := range b.Segs {
		if s.Count > 0 {
			total += s.Count
			n++
		}
	}
	if total == 0 {
		return []part{{"track", 0, 100}}
	}
	var out []part
	x, room := 0.0, 100-leastPart*float64(n)
	for _, s := range b.Segs {
		if s.Count <= 0 {
			continue
		}
		w := leastPart + room*float64(s.Count)/float64(total)
		gap := 0.18
		if len(out) == n-1 {
			gap = 0
		}
		out = append(out, part{s.Fill, x, w - gap})
		x += w
	}
	return out
}

// Fresh is the age of evidence against its interval.
func Fresh(label, fill string, used, interval int) Bar {
	if used >= interval {
		return Bar{Label: label, Height: 6, Segs: []Seg{{fill, 1}}}
	}
	return Bar{Label: label, Height: 6, Segs: []Seg{{fill, max(used, 0)}, {"track", interval - max(used, 0)}}}
}

// RunBar is one run of a check.
type RunBar struct {
	Failing int  // resources that failed
	Lost    bool // the run could not judge
	Neutral bool // the population was proven empty
	Past    bool // failing past the limit
}

// Runs is the history of a check, oldest first.
type Runs struct {
	Label  string
	Height int // pixels; 44 when 0
	List   []RunBar
}

func (r Runs) height() int {
	if r.Height <= 0 {
		return 44
	}
	return r.Height
}

// leastRuns is for how many runs there is room, the newest at the right: a check
// that ran once has one narrow bar.
const leastRuns = 30

// bar is a drawn run.
type bar struct {
	fill, title string
	x, width    float64
	top, height int
	hatch       bool
}

func (r Runs) bars() []bar {
	most := 1
	for _, k := range r.List {
		most = max(most, k.Failing)
	}
	h := r.height()
	var out []bar
	n := float64(max(len(r.List), leastRuns))
	first := n - float64(len(r.List))
	gap := min(0.6, 100/n*0.25)
	for i, k := range r.List {
		b := bar{x: (first + float64(i)) / n * 100, width: 100/n - gap}
		switch {
		case k.Lost:
			b.hatch, b.top, b.height, b.title = true, 4, h-4, "could not run"
		case k.Failing > 0:
			b.fill, b.height = "f-warn", 4+k.Failing*(h-8)/most
			if k.Past {
				b.fill = "f-fail"
			}
			b.top, b.title = h-b.height, strconv.Itoa(k.Failing)+" failing"
		case k.Neutral:
			b.fill, b.top, b.height, b.title = "f-mute", h-3, 3, "nothing to judge"
		default:
			b.fill, b.top, b.height, b.title = "f-pass", h-3, 3, "none failing"
		}
		out = append(out, b)
	}
	return out
}

// HeatKind is how a month of a criterion stands, as it is drawn.
type HeatKind string

// The kinds of a heat cell.
const (
	HeatOperated  HeatKind = "ok"
	HeatFixed     HeatKind = "fx"
	HeatAction    HeatKind = "rk" // failing now or due soon
	HeatDeviation HeatKind = "dv"
	HeatNone      HeatKind = "no"
	HeatNotDue    HeatKind = "nd"
	HeatFuture    HeatKind = "ft"
)

// HeatCell is one month of one row.
type HeatCell struct {
	Kind  HeatKind
	Count int    // shown when above 0
	Label string // "Mar: 1 deviation"
	Href  string // cells that are not quiet lead somewhere
}

func (c HeatCell) count() string {
	if c.Count <= 0 {
		return ""
	}
	return strconv.Itoa(c.Count)
}

// HeatRow is one row of the heat table.
type HeatRow struct {
	ID, Label, Href string
	Controls        int
	Cells           []HeatCell
	Result          string
	Tone            string // "", warn or fail: colours the result
}

// Heat is the table of criteria by month.
type Heat struct {
	Label  string // names the scroll area
	Head   string // heading of the first column: "Criteria"
	Months []string
	Rows   []HeatRow
}

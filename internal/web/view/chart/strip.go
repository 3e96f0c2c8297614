package chart

import (
	"cmp"
	"slices"
	"strconv"
)

// State is how a day or an occurrence stands, as it is drawn.
type State string

// The states. NotDue is neutral: nothing was expected that day.
const (
	Operated  State = "operated"
	Fixed     State = "fixed"   // failed, fixed inside the limit
	Failing   State = "failing" // failing now, inside the limit
	Deviation State = "deviation"
	None      State = "none" // no evidence
	NotDue    State = "notdue"
)

// Word names a state for people.
func (s State) Word() string {
	switch s {
	case Operated:
		return "Operated"
	case Fixed:
		return "Failed, fixed in time"
	case Failing:
		return "Failing, inside the limit"
	case Deviation:
		return "Deviation"
	case NotDue:
		return "Not due"
	case None:
		return "No evidence"
	default:
		return "No evidence"
	}
}

// abnormal says that a state must stay visible however short it is.
func (s State) abnormal() bool {
	return s == Fixed || s == Failing || s == Deviation || s == None
}

// Run is a stretch of days in one state. Run-length coding keeps a year at 10
// to 30 shapes.
type Run struct {
	State    State
	From     int    // first day, counted from the axis' start
	Days     int    // at least 1
	Inferred bool   // carried forward from the last run, not observed that day
	Note     string // why, for the table and the label; may be empty
	Href     string // the evidence behind it; no link when empty
}

// Strip is the picture of a window by day.
type Strip struct {
	Axis   Axis
	Label  string // a sentence that says what the picture shows
	Height int    // pixels: 26 for a control, 14 for a lane, 16 in a table cell
	Runs   []Run
	Small  bool // in a table cell: observed and inferred days look the same, no links
}

// Days counts the days of a strip up to today by state, for the words beside it.
func (s Strip) Days(state State) int {
	n := 0
	for _, r := range s.runs() {
		if r.State == state {
			n += r.Days
		}
	}
	return n
}

// runs are the runs in order, clipped to the window up to today, with the gaps
// filled by None, and joined where neighbours look the same.
func (s Strip) runs() []Run {
	sorted := slices.Clone(s.Runs)
	slices.SortStableFunc(sorted, func(a, b Run) int { return cmp.Compare(a.From, b.From) })
	var out []Run
	at := 0
	for _, r := range sorted {
		end := min(r.From+r.Days, s.Axis.today())
		from := max(r.From, at)
		if end <= from {
			continue
		}
		if from > at {
			out = append(out, Run{State: None, From: at, Days: from - at})
		}
		r.From, r.Days = from, end-from
		out = append(out, r)
		at = end
	}
	if at < s.Axis.today() {
		out = append(out, Run{State: None, From: at, Days: s.Axis.today() - at})
	}
	if s.Small {
		return joined(out)
	}
	return out
}

// joined forgets which days were inferred and what lies behind them, and joins
// equal neighbours.
func joined(runs []Run) []Run {
	var out []Run
	for _, r := range runs {
		r.Inferred, r.Href, r.Note = false, "", ""
		if n := len(out); n > 0 && out[n-1].State == r.State {
			out[n-1].Days += r.Days
			continue
		}
		out = append(out, r)
	}
	return out
}

func (s Strip) linked() bool {
	return !s.Small && slices.ContainsFunc(s.Runs, func(r Run) bool { return r.Href != "" })
}

// role is "group" when the picture holds links, which an image may not.
func (s Strip) role() string {
	if s.linked() {
		return "group"
	}
	return "img"
}

func (s Strip) height() int {
	if s.Height <= 0 {
		return 16
	}
	return s.Height
}

// span is the place of a run in percent, widened when it is abnormal and thin:
// 0.85 % is about 6 px on a wide strip, 1.7 % about 5 px in a table cell.
func (s Strip) span(r Run) (x, width float64) {
	x, width = s.Axis.at(r.From), s.Axis.at(r.From+r.Days)-s.Axis.at(r.From)
	least := 0.85
	if s.height() <= 16 {
		least = 1.7
	}
	if r.State.abnormal() && width < least {
		x, width = x-(least-width)/2, least
		x = min(max(x, 0), 100-width)
	}
	return x, width
}

// title names a run: "14 Jan to 15 Jan: failed, fixed in time".
func (s Strip) title(r Run) string {
	t := s.Axis.name(r.From)
	if r.Days > 1 {
		t += " to " + s.Axis.name(r.From+r.Days-1)
	}
	t += ": " + r.State.Word()
	if r.Inferred {
		t += ", inferred"
	}
	if r.Note != "" {
		t += ", " + r.Note
	}
	return t
}

// normal and loud split the runs: quiet days are drawn first, abnormal ones
// over them, so that a widened short run is never hidden by its neighbour.
func split(runs []Run) (normal, loud []Run) {
	for _, r := range runs {
		if r.State.abnormal() {
			loud = append(loud, r)
		} else {
			normal = append(normal, r)
		}
	}
	return normal, loud
}

// MarkState is how one occurrence of an activity stands.
type MarkState string

// The states of an occurrence.
const (
	OnTime  MarkState = "ontime"
	Late    MarkState = "late"    // done late, or failed, or missed
	Waiting MarkState = "waiting" // the window is open or still to come
)

// Mark is one occurrence of an activity: the window it is due in and the day it
// was done.
type Mark struct {
	From, To int // first and last day of the window
	Done     int // day it was done; -1 when it was not
	State    MarkState
	Note     string // "12 Jan, on time"
}

// Lane is the picture of an activity: pale tracks for the windows, a circle for
// on time, a square with a cross for late.
type Lane struct {
	Axis   Axis
	Label  string
	Height int
	Marks  []Mark
}

func (l Lane) height() int {
	if l.Height <= 0 {
		return 16
	}
	return l.Height
}

// from and to bound a mark's window in percent. A window that begins before the
// picture or ends after it is cut at its edge.
func (l Lane) from(m Mark) float64 { return l.Axis.at(l.within(m.From)) }

func (l Lane) to(m Mark) float64 { return l.Axis.at(l.within(m.To + 1)) }

func (l Lane) within(day int) int { return min(max(day, 0), l.Axis.days()) }

// place is where a mark is drawn, in percent: on the day it was done, or at the
// end of its window when it was missed.
func (l Lane) place(m Mark) float64 {
	if m.Done >= 0 {
		return l.Axis.at(l.within(m.Done))
	}
	return l.Axis.at(l.within(m.To))
}

// Row is one line of the table under a picture.
type Row struct {
	Lane, From, To, State, Seen, Note, Href string
	Days                                    string
}

func (s Strip) rows(lane string) []Row {
	var out []Row
	for _, r := range s.runs() {
		seen := "Observed"
		if r.Inferred {
			seen = "Inferred"
		}
		if r.State == None || r.State == NotDue {
			seen = "–"
		}
		out = append(out, Row{
			Lane: lane, From: s.Axis.name(r.From), To: s.Axis.name(r.From + r.Days - 1), Days: strconv.Itoa(r.Days),
			State: r.State.Word(), Seen: seen, Note: r.Note, Href: r.Href,
		})
	}
	return out
}

func (l Lane) rows(lane string) []Row {
	var out []Row
	for _, m := range l.Marks {
		word := map[MarkState]string{OnTime: "Done on time", Late: "Late or not done", Waiting: "Due"}[m.State]
		out = append(out, Row{
			Lane: lane, From: l.Axis.name(m.From), To: l.Axis.name(m.To), Days: "–", State: word, Seen: "–", Note: m.Note,
		})
	}
	return out
}

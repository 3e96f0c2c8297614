package inventory

import (
	"cmp"
	"slices"

	"assay/internal/register"
)

// The measures of a diagram, in units of its own.
const (
	boxWidth  = 172
	boxHeight = 52
	colWidth  = 286
	rowHeight = 92
	margin    = 20
)

// Box is one end of flows: a store, or somebody outside. X and Y are its left upper
// corner.
type Box struct {
	Name  string
	Store string // id of the store; empty if it is a name alone
	X, Y  int
}

// Line is one flow between two boxes.
type Line struct {
	Flow      string // id
	Label     string
	Way       string
	From, To  int // of the boxes
	Encrypted string
	Boundary  bool
}

// Diagram is the flows drawn from left to right, in the order in which data travel.
type Diagram struct {
	Boxes         []Box
	Lines         []Line
	Width, Height int
}

// BoxWidth and BoxHeight are how large every box is.
func (Diagram) BoxWidth() int { return boxWidth }

// BoxHeight is how high every box is.
func (Diagram) BoxHeight() int { return boxHeight }

// Draw lays out flows that are in use. Names are those of stores by their ids. The
// same flows make the same diagram.
func Draw(flows []register.Record, names map[string]string) (d Diagram) {
	at := map[string]int{}
	box := func(r *register.Record, side string) int {
		store := r.Get(side)
		name := cmp.Or(names[store], store, r.Get(side+"_name"))
		key := store + "\x00" + name
		if i, ok := at[key]; ok {
			return i
		}
		at[key] = len(d.Boxes)
		d.Boxes = append(d.Boxes, Box{Name: name, Store: store})
		return at[key]
	}
	for i := range flows {
		r := &flows[i]
		if r.State != Kept || !r.ArchivedAt.IsZero() {
			continue
		}
		line := Line{Flow: r.ID, Label: r.Get("title"), Way: r.Get("way"), Encrypted: r.Get("encrypted"), Boundary: r.Get("boundary") == register.Yes}
		line.From, line.To = box(r, "source"), box(r, "target")
		d.Lines = append(d.Lines, line)
	}
	d.place()
	return d
}

// place gives every box its column, by the longest way to it, and its row, by the
// order in which flows name it.
func (d *Diagram) place() {
	column := d.columns()
	rows := map[int]int{}
	for i := range d.Boxes {
		c := column[i]
		d.Boxes[i].X, d.Boxes[i].Y = margin+c*colWidth, margin+rows[c]*rowHeight
		rows[c]++
	}
	deepest := 0
	for c, n := range rows {
		d.Width = max(d.Width, 2*margin+c*colWidth+boxWidth)
		deepest = max(deepest, n)
	}
	if deepest > 0 {
		d.Height = 2*margin + (deepest-1)*rowHeight + boxHeight
	}
}

// columns are the lengths of the longest ways to the boxes. A flow that would close
// a circle is not counted, so that every way ends.
func (d *Diagram) columns() []int {
	next := make([][]int, len(d.Boxes))
	for _, l := range d.forward() {
		next[l.From] = append(next[l.From], l.To)
	}
	column := make([]int, len(d.Boxes))
	for changed := true; changed; { // the flows have no circle, so it ends
		changed = false
		for from, list := range next {
			for _, to := range list {
				if column[to] <= column[from] {
					column[to], changed = column[from]+1, true
				}
			}
		}
	}
	return column
}

// forward are the lines without those that lead back to where they come from.
func (d *Diagram) forward() (out []Line) {
	reaches := make([][]bool, len(d.Boxes))
	for i := range reaches {
		reaches[i] = make([]bool, len(d.Boxes))
		reaches[i][i] = true
	}
	for _, l := range d.Lines {
		if reaches[l.To][l.From] {
			continue
		}
		out = append(out, l)
		for i := range reaches {
			if !reaches[i][l.From] {
				continue
			}
			for j, yes := range reaches[l.To] {
				reaches[i][j] = reaches[i][j] || yes
			}
		}
	}
	return slices.Clip(out)
}

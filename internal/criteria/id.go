package criteria

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ID identifies a criterion as published, such as CC6.1.
type ID string

// PointID identifies a point of focus: its criterion, a hyphen and our own
// number, such as CC6.1-3. The publication does not number points of focus.
type PointID string

// SeriesID identifies a series of criteria as published, such as CC6 or PI1.
type SeriesID string

// families is the order of the publication.
func families() []string { return []string{"CC", "A", "C", "PI", "P"} }

// place is where an id of any of the three forms stands in the publication.
// Parts that the form does not have are zero.
type place struct{ family, series, criterion, point int }

// Series is the part of the id before the dot.
func (id ID) Series() SeriesID {
	series, _, _ := strings.Cut(string(id), ".")
	return SeriesID(series)
}

// Criterion is the part of the id before the hyphen.
func (id PointID) Criterion() ID {
	criterion, _, _ := strings.Cut(string(id), "-")
	return ID(criterion)
}

// Valid reports whether the id has the form of a criterion's: a family, a
// number, a dot and a number. Whether there is such a criterion only a Library
// knows.
func (id ID) Valid() bool {
	p, ok := parse(string(id))
	return ok && p.criterion > 0 && p.point == 0
}

// Valid reports whether the id has the form of a point of focus.
func (id PointID) Valid() bool {
	p, ok := parse(string(id))
	return ok && p.point > 0
}

// Valid reports whether the id has the form of a series.
func (id SeriesID) Valid() bool {
	p, ok := parse(string(id))
	return ok && p.criterion == 0
}

// Compare orders ids of series, criteria and points of focus as the publication
// does. A series stands before its criteria and a criterion before its points.
// Ids of another form come last, in byte order.
func Compare[T ~string](a, b T) int {
	p, pok := parse(string(a))
	q, qok := parse(string(b))
	switch {
	case pok && qok:
		return cmp.Or(
			cmp.Compare(p.family, q.family), cmp.Compare(p.series, q.series),
			cmp.Compare(p.criterion, q.criterion), cmp.Compare(p.point, q.point),
		)
	case pok:
		return -1
	case qok:
		return 1
	}
	return cmp.Compare(a, b)
}

func parse(id string) (p place, ok bool) {
	letters := strings.IndexFunc(id, func(r rune) bool { return r < 'A' || r > 'Z' })
	if letters <= 0 {
		return place{}, false
	}
	if p.family = slices.Index(families(), id[:letters]); p.family < 0 {
		return place{}, false
	}
	series, point, hasPoint := strings.Cut(id[letters:], "-")
	series, criterion, hasCriterion := strings.Cut(series, ".")
	if p.series, ok = number(series, true); !ok {
		return place{}, false
	}
	if p.criterion, ok = number(criterion, hasCriterion); !ok {
		return place{}, false
	}
	p.point, ok = number(point, hasPoint)
	return p, ok && (p.point == 0 || p.criterion > 0)
}

// number reads a positive number without leading zero or sign, or nothing at
// all when there is none to read.
func number(s string, present bool) (n int, ok bool) {
	if !present {
		return 0, true
	}
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

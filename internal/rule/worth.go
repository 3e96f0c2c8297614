package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/resource"
)

// UsesPeriod tells whether the period of the input decides a verdict: the check
// is about events, or needs a listing of them.
func (p *Program) UsesPeriod() bool {
	return slices.Contains(slices.Collect(maps.Values(p.families)), resource.Event)
}

// Worth says what the listings of an input are worth at its instant: whether
// each that is needed is there, complete and fresh. Two inputs of equal worth,
// with the same resources, exclusions in force and period, have the same
// verdicts, if the program does not read the instant (UsesNow). The text has no
// other meaning than being equal.
func (p *Program) Worth(in Input) string {
	a := &assessor{in: &in, freshness: p.freshness}
	var b strings.Builder
	source := func(s *source) {
		o := a.offer(s.names(), p.families)
		fmt.Fprintf(&b, "%s %t;", o.reason, o.items == 0)
	}
	source(&p.own)
	for i := range p.lookups {
		source(&p.lookups[i].source)
	}
	for _, kind := range p.required() {
		o := a.offer([]string{kind}, p.families)
		fmt.Fprintf(&b, "%s", o.reason)
		if kind == p.def.EmptySecond {
			fmt.Fprintf(&b, " %d", o.items)
		}
		b.WriteByte(';')
	}
	return b.String()
}

package closure

import (
	"math/bits"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// flips says that something may change so many nanoseconds after now.
func (m *Machine) flips(in int64) { m.flip = min(m.flip, max(in, 1)) }

// generation is soon enough for what happens in centuries: 73 years.
const generation = int64(1) << 61

// crosses says when it changes whether the order of two values is right, whose
// difference a-b grows by rate while now grows by one.
func (m *Machine) crosses(a, b *Value, kind types.Kind, rate int8, right func(order int) bool) {
	var apart int64 // nanoseconds from b to a
	if kind == types.DurationKind {
		apart = a.num - b.num
		if (a.num < 0) != (b.num < 0) && (apart < 0) != (a.num < 0) { // further than a duration reaches
			apart = never
			if a.num < b.num {
				apart = -never
			}
		}
	} else {
		apart = nanos(a.num-b.num, int64(a.nanos)-int64(b.nanos))
	}
	switch {
	case apart == 0:
		if right(0) != right(int(rate)) {
			m.flips(1)
		}
		return
	case apart > 0 == (rate > 0):
		return // they part
	case apart == never || apart == -never:
		m.flips(generation)
		return
	}
	meet := abs(apart) / abs(int64(rate))
	if right(0) == right(compareInts(apart, 0)) {
		meet++
	}
	m.flips(meet)
}

// nanos is a span in nanoseconds, or as far as can be told.
func nanos(seconds, rest int64) int64 {
	hi, lo := bits.Mul64(uint64(abs(seconds)), uint64(time.Second)) //nolint:gosec // not negative
	if hi != 0 || lo >= never-uint64(time.Second) {
		if seconds < 0 {
			return -never
		}
		return never
	}
	return seconds*int64(time.Second) + rest
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// mostSpan is the longest time between two instants that is not an error, in
// whole seconds and to the safe side.
const mostSpan = never/int64(time.Second) - 1

// spans says when the time between two instants, which grows by rate, comes
// within reach of a duration or gets beyond it.
func (m *Machine) spans(seconds int64, rate int8, within bool) {
	near := mostSpan
	grows := seconds > 0 == (rate > 0)
	switch {
	case grows && within:
		near -= abs(seconds)
	case grows:
		return // beyond, and further still
	case !within: // it comes into reach
		near = abs(seconds) - mostSpan - 2
	}
	if in := nanos(near/abs(int64(rate)), 0); in != never {
		m.flips(in)
	}
}

// untilMidnight is the time from the instant to the next day in UTC.
func untilMidnight(v *Value) int64 {
	of := v.num % secondsOfDay
	if of < 0 {
		of += secondsOfDay
	}
	return (secondsOfDay-of)*int64(time.Second) - int64(v.nanos)
}

const (
	msOfDay = secondsOfDay * 1000
	ms      = int64(time.Millisecond)
)

func (v *Value) millis() int64 { return v.num*1000 + int64(v.nanos)/ms }

// wholeDays counts spans of 24 hours from a to b, rounded down.
func wholeDays(a, b *Value) int64 {
	span := b.millis() - a.millis()
	n := span / msOfDay
	if span%msOfDay < 0 {
		n--
	}
	return n
}

// untilDays is when the whole days from a to b, one of which is now or moves as
// now does, are n for the first time: n is more than they are now when b moves,
// and less when a does.
func untilDays(a, b *Value, n int64, rate int8) int64 {
	span := b.millis() - a.millis()
	if rate > 0 { // the span grows, at every millisecond of b
		return nanos((n*msOfDay-span)/1000, (n*msOfDay-span)%1000*ms-int64(b.nanos)%ms)
	}
	gone := span - (n+1)*msOfDay + 1 // milliseconds until the span is less
	return nanos(gone/1000, gone%1000*ms-int64(a.nanos)%ms)
}

// days compiles the comparison of days_between with a number that does not
// move: it can say on which day it changes.
func (c *compiler) days(args []ast.Expr, right func(order int) bool) (n node, ok bool, err error) {
	call := -1
	for i, a := range args {
		if a.Kind() == ast.CallKind && a.AsCall().FunctionName() == "days_between" {
			call = i
		}
	}
	if call < 0 {
		return node{}, false, nil
	}
	ends := args[call].AsCall().Args()
	if c.kindOf(ends[0]) != types.TimestampKind || c.kindOf(ends[1]) != types.TimestampKind {
		return node{}, false, nil
	}
	from, err := c.node(ends[0])
	if err != nil {
		return node{}, false, err
	}
	to, err := c.node(ends[1])
	if err != nil {
		return node{}, false, err
	}
	rate := to.rate - from.rate
	if from.rate != 0 && to.rate != 0 || abs(int64(rate)) != 1 {
		return node{}, false, nil
	}
	bound, err := c.value(args[1-call])
	if err != nil {
		return node{}, false, err
	}
	x, y := from.value, to.value
	if call == 1 { // the number is evaluated first
		return node{cond: func(m *Machine) tri {
			limit := bound(m)
			if limit == nil {
				return failed
			}
			return m.ordersDays(x, y, rate, func(*Machine) *Value { return limit }, func(order int) bool { return right(-order) })
		}}, true, nil
	}
	return node{cond: func(m *Machine) tri { return m.ordersDays(x, y, rate, bound, right) }}, true, nil
}

func (m *Machine) ordersDays(from, to value, rate int8, bound value, right func(order int) bool) tri {
	days, limit := m.countDays(from, to, rate, bound)
	switch {
	case limit == nil:
		return failed
	case right(compareInts(days, limit.num)):
		return yes
	}
	return no
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// countDays counts the days from one instant to another and says when their
// order to the bound changes.
func (m *Machine) countDays(from, to value, rate int8, bound value) (days int64, limit *Value) {
	a := from(m)
	if a == nil {
		return 0, nil
	}
	b := to(m)
	if b == nil {
		return 0, nil
	}
	days = wholeDays(a, b)
	if limit = bound(m); limit == nil {
		return 0, nil
	}
	target := limit.num
	switch {
	case rate > 0 && days >= target:
		target = limit.num + 1 // above it: no change any more, but when it is just reached
		if days > limit.num {
			return days, limit
		}
	case rate < 0 && days <= target:
		target = limit.num - 1
		if days < limit.num {
			return days, limit
		}
	}
	if abs(target-days) < 1<<22 { // ten thousand years
		m.flips(untilDays(a, b, target, rate))
	}
	return days, limit
}

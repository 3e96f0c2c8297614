package rule

import (
	"fmt"
	"time"
)

// ParamFreshness is a parameter that every check has: how old a listing may be,
// where the org chose another age than the check's author.
const ParamFreshness = "freshness"

// The ages that an org may choose: not below an hour, and not above what evidence
// of a weekly control may have, or the author allows. (Source: SOC2, part j:
// weekly, 9 days.)
const (
	leastFresh = time.Hour
	mostFresh  = 9 * 24 * time.Hour
)

// FreshFor is how old a listing may be with these parameters; 0 if that is not a
// length of time, which is refused when the check is read.
func (d *Definition) FreshFor(values map[string]string) time.Duration {
	text, chosen := values[ParamFreshness]
	if !chosen {
		text = d.Freshness
	}
	fresh, err := ParseSpan(text)
	if err != nil {
		return 0
	}
	return fresh
}

// fresh takes the age that the org chose, if it did.
func (c *compiler) fresh(set map[string]string) {
	c.p.freshness, _ = ParseSpan(c.d.Freshness)
	text, chosen := set[ParamFreshness]
	if !chosen {
		return
	}
	most := max(mostFresh, c.p.freshness)
	fresh, err := ParseSpan(text)
	switch {
	case err != nil:
		c.problems.add("params."+ParamFreshness, "%s", err)
	case fresh < leastFresh || fresh > most:
		c.problems.add("params."+ParamFreshness, "%s", fmt.Sprintf("%q is not between %s and %s", text, lasting(leastFresh), lasting(most)))
	default:
		c.p.freshness = fresh
		c.p.params[ParamFreshness] = text
	}
}

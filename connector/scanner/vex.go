package scanner

import (
	"cmp"
	"slices"
	"strings"
)

// statements are what VEX documents say, by vulnerability.
type statements struct {
	by   map[string][]*statement
	used map[*statement]bool
	c    *collection
}

func (c *collection) statements() *statements {
	out := &statements{by: map[string][]*statement{}, used: map[*statement]bool{}, c: c}
	for i := range c.vex {
		for _, id := range c.vex[i].ids {
			if id = c.canonical(id); !slices.Contains(out.by[id], &c.vex[i]) {
				out.by[id] = append(out.by[id], &c.vex[i])
			}
		}
	}
	return out
}

func (v *statements) unused() int { return len(v.c.vex) - len(v.used) }

// about is what the statements about a finding say, and why it does not count, if
// all that fit say so and at least one says why.
func (v *statements) about(f *finding) (said, why string) {
	clear, words := true, []string{}
	for _, st := range v.by[f.ids[0]] {
		if !v.c.fits(st, f) {
			continue
		}
		v.used[st] = true
		reason := clip(strings.Trim(st.why+": "+st.detail, ": "))
		words = with(words, clip(strings.Trim(st.state+": "+reason, ": ")), 10)
		switch st.state {
		case "not_affected", "false_positive":
			why = cmp.Or(why, reason)
		default:
			clear = false
		}
	}
	if !clear {
		why = ""
	}
	slices.Sort(words)
	return clip(strings.Join(words, "; ")), why
}

// fits reports that a statement is about what a finding is in: the same package in a
// version that it names, or the whole target.
func (c *collection) fits(st *statement, f *finding) bool {
	name, version, ok := packaged(st.purl)
	if !ok {
		name = st.name
	}
	versions := st.versions
	if versions == nil && version != "" {
		versions = []string{version}
	}
	if strings.EqualFold(name, f.component) {
		return versions == nil || slices.ContainsFunc(versions, func(v string) bool { return v != "" && sameName("", v) == sameName("", f.release) })
	}
	if versions == nil {
		return c.called(name) == f.target
	}
	return slices.ContainsFunc(versions, func(v string) bool {
		return v != "" && (c.called(name+":"+v) == f.target || c.called(name+"@"+v) == f.target)
	})
}

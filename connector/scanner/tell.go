package scanner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/connector"
)

// tell emits everything, in the order of the ids.
func (c *collection) tell(ctx context.Context) error {
	for _, step := range []func(context.Context) error{c.tellFindings, c.tellTargets, c.tellScans, c.tellParts, c.tellPorts} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, kind := range every() {
		c.run.Complete(kind)
	}
	return nil
}

const longestID = 400

// put emits one, under an id that is not too long for a page.
func (c *collection) put(ctx context.Context, kind, id string, fields map[string]any, unavailable ...string) error {
	if len(id) > longestID {
		sum := sha256.Sum256([]byte(id))
		id = strings.ToValidUTF8(id[:longestID-33], "") + " " + hex.EncodeToString(sum[:16])
	}
	for name, v := range fields {
		if v == "" {
			delete(fields, name)
		}
	}
	return c.run.Emit(ctx, connector.Resource{Kind: kind, ID: id, Fields: fields, Unavailable: unavailable})
}

func (c *collection) none(kinds []string, what string) {
	for _, kind := range kinds {
		c.run.Incomplete(kind, "The folder holds no "+what+".")
	}
}

func (c *collection) tellFindings(ctx context.Context) error {
	if !slices.ContainsFunc(c.series, func(s *series) bool { return !s.portsOnly }) {
		c.none([]string{kindFinding, kindClosed}, "report of a scan for vulnerabilities")
	}
	if c.known == nil {
		c.run.Note(kindFinding, "Which findings are known to be exploited is not known: the folder holds no catalog of CISA.")
	}
	all := c.merged()
	vex := c.statements()
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if err := c.tellFinding(ctx, id, all[id], vex); err != nil {
			return err
		}
	}
	if n := vex.unused(); n > 0 {
		c.run.Note(kindFinding, fmt.Sprintf("VEX statements that fit no finding that is kept: %d.", n))
	}
	return nil
}

func (c *collection) tellFinding(ctx context.Context, id string, f *finding, vex *statements) error {
	l := c.live(f)
	fields := map[string]any{
		"name": f.ids[0], "sort": "vulnerability", "aliases": f.aliases(), "title": f.title, "component": cmp.Or(f.component, f.target), "release": f.release,
		"target": f.target, "places": sorted(f.places), "tools": c.tools(f), "found_at": l.found, "first_at": l.first, "seen_at": l.last,
	}
	if f.rule {
		fields["sort"] = "weakness"
	}
	unavailable := l.judge(fields)
	if !c.feeds(f, fields) {
		unavailable = append(unavailable, "exploited")
	}
	said, why := vex.about(f)
	fields["vex"] = said
	kind := kindFinding
	switch excuse := l.excuse(); {
	case !l.fixed.IsZero():
		kind, fields["state"], fields["fixed_at"] = kindClosed, "fixed", l.fixed
	case why != "":
		kind, fields["state"], fields["justification"] = kindClosed, "not_affected", why
	case excuse != "":
		kind, fields["state"], fields["justification"] = kindClosed, "suppressed", excuse
	}
	return c.put(ctx, kind, id, fields, unavailable...)
}

func (f *finding) aliases() []string {
	out := slices.DeleteFunc(slices.Clone(f.ids), func(id string) bool { return id == f.ids[0] })
	slices.Sort(out)
	return slices.Compact(out)
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	if out == nil {
		out = []string{}
	}
	return out
}

func (c *collection) tools(f *finding) []string {
	var out []string
	for _, v := range f.views {
		out = with(out, c.series[v.in].tool, len(f.views))
	}
	return sorted(out)
}

// judge sets what scanners say of how bad it is and whether it can be fixed, and
// returns what none says.
func (l *life) judge(fields map[string]any) (unavailable []string) {
	var worst severity
	fix, score := unsaid, ""
	var in []string
	for _, v := range l.open {
		worst, fix, score = max(worst, v.severity), max(fix, v.fix), higher(score, v.score)
		in = with(in, v.fixedIn, len(l.open))
	}
	slices.Sort(in)
	fields["severity"], fields["score"], fields["fixed_in"] = severities()[worst], score, strings.Join(in, "; ")
	if worst == 0 {
		unavailable = append(unavailable, "severity")
	}
	if fix == unsaid {
		return append(unavailable, "fix_available")
	}
	fields["fix_available"] = fix == yes
	return unavailable
}

// excuse is why it is suppressed, by every scan that reports it still.
func (l *life) excuse() (why string) {
	for _, v := range l.open {
		if v.excuse == "" {
			return ""
		}
		why = v.excuse
	}
	return why
}

// feeds sets what the catalog and the scores say; ok is false where it cannot be
// known whether it is exploited.
func (c *collection) feeds(f *finding, fields map[string]any) (ok bool) {
	cve := f.ids[0]
	if c.scores != nil {
		fields["epss"] = c.scores.scores[cve]
	}
	if c.known == nil || !f.rule && !isCVE(cve) {
		return false
	}
	due, exploited := c.known.known[cve]
	fields["exploited"], fields["exploited_due"] = exploited, due
	return true
}

func (c *collection) tellTargets(ctx context.Context) error {
	if len(c.series) == 0 {
		c.none([]string{kindTarget, kindScan}, "report of a scan")
	}
	for _, key := range slices.Sorted(maps.Keys(c.serial)) {
		s := c.series[c.serial[key]]
		last, whole := s.last()
		fields := map[string]any{"name": s.target, "tool": s.tool, "scanned_at": last, "whole": whole, "scans": len(s.scans)}
		if err := c.put(ctx, kindTarget, s.tool+" "+s.target, fields); err != nil {
			return err
		}
	}
	return nil
}

// last is when the last whole scan was; where there is none, the last.
func (s *series) last() (at time.Time, whole bool) {
	for _, one := range slices.Backward(s.scans) {
		if !one.broken {
			return one.at, true
		}
	}
	return s.scans[len(s.scans)-1].at, false
}

func (c *collection) tellScans(ctx context.Context) error {
	to := c.env.Period.To
	if now := c.env.Now(); now.Before(to) {
		to = now
	}
	c.run.Covers(kindScan, c.env.Period.From, to)
	outside := 0
	for _, key := range slices.Sorted(maps.Keys(c.serial)) {
		s := c.series[c.serial[key]]
		for _, one := range s.scans {
			if one.at.Before(c.env.Period.From) || !one.at.Before(c.env.Period.To) {
				outside++
				continue
			}
			fields := map[string]any{
				"name": s.tool + ": " + s.target, "at": one.at, "dated_by": "report", "tool": s.tool, "release": one.release, "target": s.target,
				"whole": !one.broken, "findings": one.found,
			}
			if one.byFile {
				fields["dated_by"] = "file"
			}
			if err := c.put(ctx, kindScan, s.tool+" "+s.target+" "+one.at.Format(time.RFC3339), fields); err != nil {
				return err
			}
		}
	}
	if outside > 0 {
		c.run.Note(kindScan, fmt.Sprintf("Scans that lie outside of the period: %d.", outside))
	}
	return nil
}

func (c *collection) tellParts(ctx context.Context) error {
	if len(c.parts) == 0 {
		c.none([]string{kindComponent}, "bill of materials with components")
	}
	for _, id := range slices.Sorted(maps.Keys(c.parts)) {
		p := c.parts[id]
		fields := map[string]any{"name": p.name, "release": p.release, "purl": p.purl, "sort": p.sort, "licenses": p.licenses, "target": p.target}
		if err := c.put(ctx, kindComponent, id, fields); err != nil {
			return err
		}
	}
	return nil
}

// tellPorts tells of those that no later whole scan of the host shows as not open.
func (c *collection) tellPorts(ctx context.Context) error {
	if !slices.ContainsFunc(c.series, func(s *series) bool { return s.portsOnly }) {
		c.none([]string{kindPort}, "report of nmap")
	}
	for _, id := range slices.Sorted(maps.Keys(c.ports)) {
		p := c.ports[id]
		if last, whole := c.series[p.in].last(); whole && p.at.Before(last) {
			continue
		}
		fields := map[string]any{
			"name": id, "target": p.target, "address": p.address, "port": p.number, "protocol": p.protocol,
			"service": p.service, "product": p.product, "release": p.release, "scanned_at": p.at,
		}
		if err := c.put(ctx, kindPort, id, fields); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"assay/internal/pack"
)

func show(w io.Writer, r *pack.Report, a *arguments) error {
	if a.html {
		return page(w, r)
	}
	if a.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	_, err := io.WriteString(w, words(r))
	return err
}

// words is the report as text.
func words(r *pack.Report) string {
	var b strings.Builder
	if r.Demonstration {
		b.WriteString("DEMONSTRATION: the organization and everything in this package are made up.\n\n")
	}
	about(&b, r)
	if r.Verified {
		found(&b, r)
	}
	for _, p := range r.Problems {
		where := p.Where
		if where == "" {
			where = "package"
		}
		fmt.Fprintf(&b, "PROBLEM  %s\n         %s\n", plain(where), plain(p.What))
	}
	if r.Further > 0 {
		fmt.Fprintf(&b, "and %d further problems\n", r.Further)
	}
	if r.Verified {
		missing(&b, r)
		b.WriteString("\nNot proven:\n")
		for _, s := range r.NotProven {
			fmt.Fprintf(&b, "- %s\n", plain(s))
		}
	}
	b.WriteString("\n")
	b.WriteString(verdict(r))
	b.WriteString("\n")
	return b.String()
}

// plain keeps what came from the package from steering a terminal.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || 0x202a <= c && c <= 0x202e || 0x2066 <= c && c <= 0x2069 {
			return '\uFFFD'
		}
		return c
	}, s)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func table(b *strings.Builder, rows [][2]string) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if row[1] != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", row[0], plain(row[1]))
		}
	}
	_ = w.Flush()
}

func about(b *strings.Builder, r *pack.Report) {
	if r.Origin == "" {
		return
	}
	period := "everything since the log began"
	if !r.From.IsZero() {
		period = day(r.From) + " up to " + day(r.To)
	}
	table(b, [][2]string{
		{"package", r.Name},
		{"organization", r.Org},
		{"period", period},
		{"log", r.Origin},
		{"made", day(r.MadeAt) + " by " + r.MadeBy},
		{"files", fmt.Sprintf("%d, %d bytes", r.Files, r.Bytes)},
	})
	b.WriteString("\n")
}

// erased is empty, which leaves the line out, if nothing was.
func erased(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d trail entries had personal data taken out; the log tells when and why, and commits to what is left", n)
}

func found(b *strings.Builder, r *pack.Report) {
	pinned := ""
	if r.Log.PinnedAt > 0 {
		pinned = fmt.Sprintf("the first %d entries are those of the pin", r.Log.PinnedAt)
	}
	c, n := r.Commitments, r.Runs
	table(b, [][2]string{
		{"log", fmt.Sprintf("%d entries in %d streams, %s to %s", r.Log.Leaves, r.Log.Streams, day(r.Log.First), day(r.Log.Last))},
		{"root", r.Log.Root},
		{"checkpoints", fmt.Sprintf("%d signed, each of its entries", r.Log.Checkpoints)},
		{"pin", pinned},
		{"witnesses", witnesses(&r.Anchors)},
		{"time stamps", stamps(&r.Anchors)},
		{"collections", fmt.Sprintf("%d, of %d records; %d more were begun and have no manifest", r.Collections, r.Records, r.Interrupted)},
		{"commitments", fmt.Sprintf("%d manifests, %d personal parts, %d trail entries, %d exclusions, %d evidence items",
			c.Manifests, c.Personal, c.Trail, c.Exclusions, c.Objects)},
		{"erased", erased(c.Erased)},
		{"runs", fmt.Sprintf("%d begun: %d ended, %d broken and noted, %d open", n.Begun, n.Ended, n.Broken, n.Open)},
		{"performed again", fmt.Sprintf("%d, all with the same verdicts", n.Performed)},
		{"took", took(r)},
	})
	if len(n.Checks) > 0 {
		b.WriteString("\nPerformed again, by check:\n")
		w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, c := range n.Checks {
			_, _ = fmt.Fprintf(w, "  %s\t%d runs\t%s to %s\tlast: %s\n", plain(c.Check), c.Performed, day(c.First), day(c.Last), plain(c.Status))
		}
		_ = w.Flush()
	}
	if types := slices.Sorted(maps.Keys(r.Log.Types)); len(types) > 0 {
		b.WriteString("\nEntries, by type:\n")
		for _, t := range types {
			fmt.Fprintf(b, "  %7d  %s\n", r.Log.Types[t], plain(t))
		}
	}
}

// missing lists what the log shows that was not done.
func missing(b *strings.Builder, r *pack.Report) {
	if len(r.Gaps) == 0 {
		return
	}
	b.WriteString("\nMissing, as the log itself shows:\n")
	for i := range r.Gaps {
		g := &r.Gaps[i]
		until := ""
		switch {
		case g.To.IsZero():
			until = " and since"
		case !g.To.Equal(g.From):
			until = " to " + day(g.To)
		}
		fmt.Fprintf(b, "- %s, %s%s: %s\n", plain(g.Of), day(g.From), until, plain(g.What))
	}
	if r.FurtherGaps > 0 {
		fmt.Fprintf(b, "and %d more\n", r.FurtherGaps)
	}
}

func witnesses(a *pack.Anchors) string {
	switch {
	case len(a.Witnesses) > 0:
		return fmt.Sprintf("%s of the policy cosigned every entry; %d cosignatures are noted in the log", strings.Join(a.Witnesses, ", "), a.Cosignatures)
	case a.Cosignatures > 0:
		return fmt.Sprintf("%d cosignatures are noted in the log; no policy names their keys", a.Cosignatures)
	}
	return "none: nobody but the operator saw this log"
}

func stamps(a *pack.Anchors) string {
	switch {
	case a.Stamps == 0:
		return "none: time is not anchored"
	case !a.Trusted:
		return fmt.Sprintf("%d of %s, %s to %s; whose they are is open without --time-roots", a.Stamps, strings.Join(a.Authorities, ", "), day(a.First), day(a.Last))
	}
	return fmt.Sprintf("%d of %s, %s to %s, under your roots; every entry lies between them but the last %d", a.Stamps, strings.Join(a.Authorities, ", "), day(a.First), day(a.Last), a.Tail)
}

// took tells how long it took, performing apart, and how fast it was.
func took(r *pack.Report) string {
	if r.Took <= 0 {
		return ""
	}
	rest := r.Took - r.Performing
	return fmt.Sprintf("%s, and %s to perform checks again (%.0f MB/s without)",
		rest.Round(time.Millisecond), r.Performing.Round(time.Millisecond), float64(r.Bytes)/1e6/rest.Seconds())
}

func verdict(r *pack.Report) string {
	switch {
	case r.Fork:
		return "FORK: the log's key signed two histories\nNOT VERIFIED"
	case !r.Verified:
		return "NOT VERIFIED"
	}
	switch r.Trust {
	case pack.FromPolicy:
		return "VERIFIED under the key of the policy"
	case pack.FromPin:
		return "VERIFIED under the key of the pin"
	case pack.FromPackage:
		return "VERIFIED, self-consistent only: the keys came from the package"
	}
	return "NOT VERIFIED"
}

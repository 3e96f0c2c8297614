package year_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/internal/check"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/document"
	"assay/internal/ledger"
	"assay/internal/register"
	"assay/internal/report"
)

// drafted builds a report of Larkspur.
func (l *lived) drafted(t *testing.T, in report.In) (r *report.Report) {
	t.Helper()
	l.read(t, func(tx *db.Tx) (err error) {
		r, err = l.Reports.Draft(tx, in)
		return err
	})
	return r
}

// rows counts the rows of a query.
func (l *lived) rows(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	l.read(t, func(tx *db.Tx) error {
		list, err := db.All(tx, func(scan db.Scan) (s string, err error) { return s, scan(&s) }, query, append([]any{tx.Org()}, args...)...)
		n = len(list)
		return err
	})
	return n
}

// TestEveryFigureOfTheReportEqualsTheStore counts every figure of the Type 2 again,
// by another way than the report's.
func TestEveryFigureOfTheReportEqualsTheStore(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Type2})
	overview, err := l.Controls.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	// What is in scope, by the wording of controls and the series of criteria alone.
	inScope := map[string]bool{}
	for _, c := range l.Library.Criteria().Criteria() {
		for _, kind := range []criteria.CategoryID{criteria.Security, "availability", "confidentiality"} {
			inScope[string(c.ID)] = inScope[string(c.ID)] || c.In(kind) || c.In(criteria.Common)
		}
	}
	want := map[string]int{}
	served := map[string]bool{}
	for _, c := range overview.All() {
		if !slices.ContainsFunc(c.Criteria, func(id string) bool { return inScope[id] }) {
			continue
		}
		want["controls in scope"]++
		for _, id := range c.Criteria {
			served[id] = true
		}
		one, err := l.Controls.Get(t.Context(), l.lead, c.Control)
		if err != nil {
			t.Fatal(err)
		}
		spans := 0
		for i := range one.Standing.Lanes {
			spans += len(one.Standing.Lanes[i].Deviations)
		}
		want["deviations"] += spans
		want["controls with a deviation"] += min(spans, 1)
	}
	for id, in := range inScope {
		if in {
			want["criteria in scope"]++
			if !served[id] {
				want["criteria without a control"]++
			}
		}
	}
	named := `SELECT id FROM register_row WHERE org_id = $1 AND noun = $2 AND archived_at = 0`
	want["requests"] = l.rows(t, named, engagement.RequestNoun)
	want["populations"] = l.rows(t, named, engagement.PopulationNoun)
	want["samples"] = l.rows(t, named, engagement.SampleNoun)
	want["tests signed as reviewed"] = l.rows(t, named+` AND state = 'reviewed'`, engagement.SheetNoun)
	want["tests not signed"] = l.rows(t, named+` AND state <> 'reviewed'`, engagement.SheetNoun)
	want["exceptions told"] = l.rows(t, named+` AND state <> 'withdrawn'`, engagement.ExceptionNoun)
	want["complementary subservice controls"] = l.rows(t, named, "vendor_reliance")
	want["criteria left out"] = l.rows(t, `SELECT criterion FROM program_omission WHERE org_id = $1 AND approved_by <> ''`)
	for _, noun := range []string{"vendor", "incident"} {
		list, err := l.Registers.List(t.Context(), l.lead, noun, register.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Records {
			v := &list.Records[i]
			if v.Get("method") == "carve_out" || v.Get("method") == "inclusive" {
				want["subservice organizations"]++
			}
			if v.Get("disclose") == register.Yes {
				want["incidents disclosed"]++
			}
			if noun == "incident" && v.Get("exercise") != register.Yes && v.Get("disclose") == "" {
				want["incidents undecided"]++
			}
		}
	}
	want["description criteria without a text"] = 9 - l.rows(t, `SELECT DISTINCT content FROM register_key WHERE org_id = $1 AND noun = 'description' AND field = 'criterion'`)
	want["responsibilities of user entities"] = l.rows(t, `SELECT content FROM register_key WHERE org_id = $1 AND noun = 'user_control' AND field = 'sort' AND content = 'responsibility'`)
	for _, f := range r.Figures {
		if strings.HasPrefix(f.Name, "controls worded") || strings.HasPrefix(f.Name, "controls retired") {
			if f.Count != 0 { // Larkspur adopts its controls before the period and keeps their wording
				t.Errorf("%s: %d", f.Name, f.Count)
			}
			continue
		}
		n, known := want[f.Name]
		if !known && f.Count != 0 || n != f.Count {
			t.Errorf("%s: the report says %d, the store %d", f.Name, f.Count, n)
		}
	}
	if len(r.Figures) < 12 || want["deviations"] == 0 || want["requests"] == 0 {
		t.Errorf("%d figures, of %v: too little is compared", len(r.Figures), want)
	}
}

// TestEveryClaimOfTheReportLeadsToTheLog finds each piece of evidence in the log,
// and each reference in the text.
func TestEveryClaimOfTheReportLeadsToTheLog(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Type2})
	if len(r.Cites) < 100 {
		t.Fatalf("only %d pieces of evidence", len(r.Cites))
	}
	text := wordsOf(&r.Document)
	l.read(t, func(tx *db.Tx) error {
		for i := range r.Cites {
			c := &r.Cites[i]
			place, err := ledger.Find(tx, c.Leaf)
			if err != nil || place.Pending || place.Index != c.Index {
				t.Errorf("[%d] %s: entry %q at %d, the log has it at %d: %v", c.Number, c.What, c.Leaf, c.Index, place.Index, err)
			}
			if !strings.Contains(text, fmt.Sprintf("[%d]", c.Number)) {
				t.Errorf("nothing refers to [%d] %s", c.Number, c.What)
			}
		}
		return nil
	})
	for _, bad := range []string{"{{", "}}", "%!", "<nil>", "TODO", "lorem", "is compliant", "compliant with", "certified", "unqualified", "action_needed", "not_due"} {
		if strings.Contains(text, bad) {
			t.Errorf("the report says %q", bad)
		}
	}
	if again := l.drafted(t, report.In{Kind: report.Type2}); wordsOf(&again.Document) != text {
		t.Error("the same report again is another one")
	}
}

// TestEveryControlIsInTheReportOnce: with its wording, and no test that nobody made.
func TestEveryControlIsInTheReportOnce(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Type2})
	text := wordsOf(&r.Document)
	overview, err := l.Controls.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range overview.All() {
		if n := strings.Count(text, c.Statement); n != 1 {
			t.Errorf("%s is worded %d times", c.Control, n)
		}
	}
	if n := strings.Count(text, "No test is recorded."); n != len(overview.All())-2 { // one is signed, one is not finished
		t.Errorf("%d controls say that no test is recorded, of %d", n, len(overview.All()))
	}
	for _, want := range []string{
		"Tested. All 4 people who left, version 2 of the control,", "Result. For 1 of 4 people who left, which were all, the account of one was on until ",
		"No test is signed: 1 test is not finished.", "Management’s response, of ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if !strings.Contains(text, "Nothing of it is drafted here, and no opinion is given.") || r.Mark != "DRAFT" {
		t.Error("the draft is not told from the report")
	}
}

// TestRunsOfTheReport: the runs that are cited are the newest of each check in the
// period.
func TestRunsOfTheReport(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Type2})
	list, err := l.Checks.List(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	newest := map[string]check.Summary{}
	for i := range list {
		newest[list[i].ID] = list[i]
	}
	named := regexp.MustCompile(`^Run of the check (\S+), `)
	n := 0
	for i := range r.Cites {
		m := named.FindStringSubmatch(r.Cites[i].What)
		if m == nil {
			continue
		}
		n++
		if last := newest[m[1]].Last; last == nil || last.Leaf != r.Cites[i].Leaf {
			t.Errorf("%s is not the newest run", r.Cites[i].What)
		}
	}
	if n < 50 {
		t.Errorf("only %d runs are cited", n)
	}
}

// TestOtherReports: each kind is written in each format, and a letter without a
// report is refused.
func TestOtherReports(t *testing.T) {
	l := larkspur(t)
	for _, kind := range []report.Kind{report.Type1, report.Type2, report.Type3, report.Readiness, report.Board} {
		r := l.drafted(t, report.In{Kind: kind})
		for _, format := range report.Formats() {
			var b bytes.Buffer
			if err := r.Write(format, &b); err != nil || b.Len() < 4000 {
				t.Errorf("%s as %s: %d bytes, %v", kind, format, b.Len(), err)
			}
		}
	}
	l.read(t, func(tx *db.Tx) error {
		if _, err := l.Reports.Draft(tx, report.In{Kind: report.Bridge}); err == nil || !strings.Contains(err.Error(), "No engagement is issued") {
			t.Errorf("a bridge letter without a report: %v", err)
		}
		return nil
	})
}

// A SOC 3 report is for anyone: it names no control, no check and no deviation, and
// stays a draft. It is from the examination of a Type 2, and of nothing else.
func TestThePublicReportNamesNoControl(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Type3})
	words := wordsOf(&r.Document)
	if found := regexp.MustCompile(`\b[A-Z]{3}-[0-9]{2}\b`).FindAllString(words, -1); len(found) > 0 {
		t.Errorf("it names %v", found)
	}
	if strings.Contains(words, "Tests of the service auditor") || r.Mark != "DRAFT" || !strings.Contains(words, "may be read by anyone") {
		t.Errorf("mark %q in\n%s", r.Mark, words)
	}
	l.read(t, func(tx *db.Tx) error {
		_, err := l.Reports.Draft(tx, report.In{Kind: report.Type3, Engagement: "EN-99"})
		if err == nil {
			t.Error("a report of an engagement that is not there")
		}
		return nil
	})
}

// The summary counts what the look counts, and every open gap once.
func TestTheSummaryCountsWhatTheLookCounts(t *testing.T) {
	l := larkspur(t)
	r := l.drafted(t, report.In{Kind: report.Board})
	p, err := l.Readiness.Look(t.Context(), l.lead)
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]int{}
	for _, f := range r.Figures {
		figures[f.Name] = f.Count
	}
	for rating, n := range p.Counts {
		if got := figures["criteria "+strings.ReplaceAll(string(rating), "_", " ")]; got != n {
			t.Errorf("%s: %d criteria in the summary, %d counted", rating, got, n)
		}
	}
	if figures["gaps open"] != len(p.Gaps) || len(p.Gaps) == 0 || figures["findings open"] != l.rows(t, `SELECT id FROM register_row WHERE org_id = ? AND noun = 'finding' AND state <> 'closed'`) {
		t.Errorf("%v, %d gaps", figures, len(p.Gaps))
	}
	words := wordsOf(&r.Document)
	for i := range p.Gaps {
		if strings.Count(words, p.Gaps[i].ID) == 0 {
			t.Errorf("%s is not in it", p.Gaps[i].ID)
		}
	}
}

// wordsOf is every word of a document.
func wordsOf(d *document.Document) string {
	var b strings.Builder
	for _, line := range append([]string{d.Title, d.Subtitle, d.Head, d.Foot}, d.Cover...) {
		b.WriteString(line + "\n")
	}
	for i := range d.Blocks {
		b.WriteString(document.Plain(d.Blocks[i].Text) + "\n")
		if t := d.Blocks[i].Table; t != nil {
			for j := range t.Rows {
				for _, c := range t.Rows[j].Cells {
					b.WriteString(document.Plain(c) + "\n")
				}
			}
		}
	}
	return b.String()
}

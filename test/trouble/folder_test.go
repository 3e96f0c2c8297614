package trouble_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/rule"
)

// A folder of reports has no pages and is read from its beginning each time. While
// a report is cut off or may not be read, nothing that asks for all of them passes;
// afterwards every check says of how many what it said before.
func TestAFolderInTrouble(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	texts := map[string]string{}
	for i := range 3 {
		begin := now.AddDate(0, 0, -10-i).Unix()
		texts[filepath.Join(dir, fmt.Sprintf("r%d.xml", i))] = fmt.Sprintf(`<?xml version="1.0"?>
<feedback><report_metadata><org_name>mail.example.net</org_name><report_id>r%d</report_id><date_range><begin>%d</begin><end>%d</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><p>reject</p><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>90</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row></record>
</feedback>`, i, begin, begin+86399)
	}
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		write(name, text)
	}
	h := open(t, &connectortest.World{
		Settings: connector.Config{"folder": dir}, Now: now, Period: connector.Period{From: now.AddDate(-2, 0, 0), To: now.AddDate(0, 0, 1)},
	}, "mailreport")
	want := h.judge()
	const passing = "mailreport.dmarc.passing"
	if got := want[passing]; got.Status != rule.Pass || got.Counts.Pass != len(texts) {
		t.Fatalf("of whole reports: %+v", got)
	}
	for name, text := range texts {
		for trouble, happens := range map[string]func(){
			"cut":   func() { write(name, text[:len(text)/2]) },
			"empty": func() { write(name, "") },
			"none": func() {
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(filepath.Join(dir, "away"), name); err != nil {
					t.Fatal(err)
				}
			},
		} {
			happens()
			for id, got := range h.judge() {
				if got.Status == rule.Pass {
					t.Errorf("%s %s: %s passes %+v", filepath.Base(name), trouble, id, got.Counts)
				}
			}
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			write(name, text)
			if after := h.judge(); !maps.Equal(after, want) {
				t.Errorf("after %s %s: %+v, and %+v before", filepath.Base(name), trouble, after, want)
			}
		}
	}
}

package mailreport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// feedback is an aggregate report (RFC 7489, appendix C).
type feedback struct {
	XMLName xml.Name
	Meta    struct {
		Org    string `xml:"org_name"`
		Email  string `xml:"email"`
		Number string `xml:"report_id"`
		Range  struct {
			Begin string `xml:"begin"`
			End   string `xml:"end"`
		} `xml:"date_range"`
	} `xml:"report_metadata"`
	Policy struct {
		Domain string `xml:"domain"`
		P      string `xml:"p"`
	} `xml:"policy_published"`
	Rows []struct {
		Row struct {
			Source    string `xml:"source_ip"`
			Count     string `xml:"count"`
			Evaluated struct {
				Disposition string `xml:"disposition"`
				DKIM        string `xml:"dkim"`
				SPF         string `xml:"spf"`
			} `xml:"policy_evaluated"`
		} `xml:"row"`
	} `xml:"record"`
}

// word is a value that senders write as they like.
func word(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func readDMARC(body []byte) (*report, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("it is not in UTF-8")
	}
	var f feedback
	d := xml.NewDecoder(bytes.NewReader(body))                              //nolint:gosec // into one fixed shape, of a bounded text; Go expands no entities
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) { // what is valid UTF-8 is read as that
		return in, nil
	}
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("it is no whole XML: %w", err)
	}
	if f.XMLName.Local != "feedback" {
		return nil, fmt.Errorf("it is no aggregate report but <%s>", f.XMLName.Local)
	}
	if len(f.Rows) == 0 {
		return nil, errors.New("it holds no rows")
	}
	r := &report{kind: kindDMARC}
	var err error
	if r.from, err = epoch(f.Meta.Range.Begin); err == nil {
		r.at, err = epoch(f.Meta.Range.End)
	}
	if err != nil {
		return nil, err
	}
	if r.fields, err = f.count(); err != nil {
		return nil, err
	}
	reporter := strings.TrimSpace(f.Meta.Org)
	if reporter == "" {
		_, reporter, _ = strings.Cut(strings.TrimSpace(f.Meta.Email), "@")
	}
	return r, r.finish(reporter, strings.TrimSpace(f.Meta.Number), f.Policy.Domain)
}

// epoch is a time in seconds.
func epoch(text string) (time.Time, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n > 1<<40 {
		return time.Time{}, fmt.Errorf("%.40q is no time", text)
	}
	return time.Unix(n, 0).UTC(), nil
}

const mostFailing = 50

// count sums up the rows.
func (f *feedback) count() (map[string]any, error) {
	policy := word(f.Policy.P)
	if !slices.Contains([]string{"none", "quarantine", "reject"}, policy) {
		return nil, fmt.Errorf("%.40q is no policy", f.Policy.P)
	}
	sums := map[string]int{}
	failing, senders := map[string]int{}, map[string]bool{}
	for i := range f.Rows {
		row := &f.Rows[i].Row
		n, err := strconv.ParseUint(strings.TrimSpace(row.Count), 10, 40)
		if err != nil {
			return nil, fmt.Errorf("row %d: %.40q is no number of messages", i+1, row.Count)
		}
		address, err := netip.ParseAddr(strings.TrimSpace(row.Source))
		if err != nil {
			return nil, fmt.Errorf("row %d: %.60q is no address", i+1, row.Source)
		}
		senders[address.String()] = true
		became := "passed"
		if word(row.Evaluated.DKIM) != "pass" && word(row.Evaluated.SPF) != "pass" {
			failing[address.String()] += int(n)
			switch word(row.Evaluated.Disposition) {
			case "reject":
				became = "refused"
			case "quarantine":
				became = "quarantined"
			case "none", "":
				became = "delivered"
			default:
				return nil, fmt.Errorf("row %d: %.40q is no disposition", i+1, row.Evaluated.Disposition)
			}
		}
		sums[became] += int(n)
		sums["messages"] += int(n)
	}
	out := map[string]any{"policy": policy, "senders": len(senders), "failing": most(failing)}
	for _, name := range []string{"messages", "passed", "refused", "quarantined", "delivered"} {
		out[name] = sums[name]
	}
	return out, nil
}

// most lists the senders of most messages, the most first.
func most(by map[string]int) []any {
	addresses := make([]string, 0, len(by))
	for a := range by {
		addresses = append(addresses, a)
	}
	slices.SortFunc(addresses, func(a, b string) int { return cmp.Or(by[b]-by[a], strings.Compare(a, b)) })
	out := []any{}
	for _, a := range addresses[:min(len(addresses), mostFailing)] {
		out = append(out, map[string]any{"address": a, "messages": by[a]})
	}
	return out
}

// tlsReport is RFC 8460, 4.4.
type tlsReport struct {
	Org    string `json:"organization-name"`
	Number string `json:"report-id"`
	Range  struct {
		Start time.Time `json:"start-datetime"`
		End   time.Time `json:"end-datetime"`
	} `json:"date-range"`
	Policies []struct {
		Policy struct {
			Domain string `json:"policy-domain"`
		} `json:"policy"`
		Summary struct {
			Succeeded *int `json:"total-successful-session-count"`
			Failed    *int `json:"total-failure-session-count"`
		} `json:"summary"`
		Failures []struct {
			Result string `json:"result-type"`
		} `json:"failure-details"`
	} `json:"policies"`
}

// readTLS gives a report for each domain that the file is about.
func readTLS(body []byte) ([]*report, error) {
	var t tlsReport
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, fmt.Errorf("it is no whole report: %w", err)
	}
	if len(t.Policies) == 0 {
		return nil, errors.New("it holds no policies")
	}
	by := map[string]*report{}
	var out []*report
	for i := range t.Policies {
		p := &t.Policies[i]
		s, f := p.Summary.Succeeded, p.Summary.Failed
		if s == nil || f == nil || *s < 0 || *f < 0 {
			return nil, fmt.Errorf("policy %d does not say how many sessions there were", i+1)
		}
		domain := word(p.Policy.Domain)
		r := by[domain]
		if r == nil {
			r = &report{kind: kindTLS, from: t.Range.Start.UTC(), at: t.Range.End.UTC(), fields: map[string]any{"succeeded": 0, "failed": 0, "reasons": []string{}}}
			if err := r.finish(strings.TrimSpace(t.Org), strings.TrimSpace(t.Number), domain); err != nil {
				return nil, err
			}
			by[domain] = r
			out = append(out, r)
		}
		r.add("succeeded", *s)
		r.add("failed", *f)
		reasons, _ := r.fields["reasons"].([]string)
		for _, x := range p.Failures {
			reasons = append(reasons, clip(word(x.Result)))
		}
		slices.Sort(reasons)
		r.fields["reasons"] = slices.Compact(reasons)
	}
	return out, nil
}

func (r *report) add(name string, n int) {
	have, _ := r.fields[name].(int)
	r.fields[name] = have + n
}

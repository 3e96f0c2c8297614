package aws

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// count is an SDK's number as resources carry it.
func count(n *int32) *int {
	if n == nil {
		return nil
	}
	return new(int(*n))
}

var credentialFields = []string{"password_enabled", "mfa", "active_keys", "holder", "enabled"}

// user tells of one, of its keys and of its second factors.
func (c *collection) user(ctx context.Context, at *caller, r *rights, u *types.UserDetail, report *report, whole bool) error {
	s := newSheet()
	name := value(u.UserName)
	s.word("name", name)
	s.word("arn", value(u.Arn))
	s.word("path", value(u.Path))
	known(s, "created_at", u.CreateDate)
	s.text("email", ownerOf(u.Tags))
	s.set("attached", names(u.AttachedManagedPolicies))
	s.set("inline", inlineNames(u.UserPolicyList))
	s.set("groups", sorted(u.GroupList))
	s.set("bounded", u.PermissionsBoundary != nil)
	h := r.ofUser(u)
	if h.why != nil && whole {
		c.lost(at, kindUser, "What "+name+" may do", h.why)
	}
	h.power(s)
	row, ok := report.row(value(u.Arn))
	if ok {
		row.fill(s)
		s.set("reported_at", report.at)
	} else {
		s.lose(credentialFields...)
		s.lose("last_used_at", "reported_at")
		if report.err == nil {
			c.run.Note(kindUser, "The credential report has no line for "+name+".")
		}
	}
	if err := c.put(ctx, kindUser, value(u.UserId), s); err != nil {
		return err
	}
	if !ok || row.hasKey {
		if err := c.keys(ctx, at, u); err != nil {
			return err
		}
	}
	if !ok || row.mfa {
		return c.devices(ctx, at, u)
	}
	return nil
}

// ownerOf is the address in a user's tag that names its owner.
func ownerOf(tags []types.Tag) string {
	for _, want := range []string{"email", "owner", "owner-email", "owner_email"} {
		for _, t := range tags {
			if v := strings.ToLower(strings.TrimSpace(value(t.Value))); strings.EqualFold(value(t.Key), want) && strings.Contains(v, "@") {
				return v
			}
		}
	}
	return ""
}

// keys tells of a user's access keys.
func (c *collection) keys(ctx context.Context, at *caller, u *types.UserDetail) error {
	k := key{service: "iam", action: "ListAccessKeys", of: value(u.UserName)}
	err := list(ctx, at, k, &iam.ListAccessKeysInput{UserName: u.UserName}, at.iam.ListAccessKeys, func(o *iam.ListAccessKeysOutput) (int, error) {
		for i := range o.AccessKeyMetadata {
			if err := c.key(ctx, at, u, &o.AccessKeyMetadata[i]); err != nil {
				return 0, err
			}
		}
		return len(o.AccessKeyMetadata), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The access keys of "+value(u.UserName), err, kindKey)
	}
	return nil
}

func (c *collection) key(ctx context.Context, at *caller, u *types.UserDetail, m *types.AccessKeyMetadata) error {
	s := newSheet()
	id := value(m.AccessKeyId)
	s.set("name", value(u.UserName)+" …"+id[max(0, len(id)-4):])
	s.set("user", value(u.UserName))
	s.word("user_arn", value(u.Arn))
	known(s, "created_at", m.CreateDate)
	if m.Status == "" {
		s.lose("active")
	} else {
		s.set("active", m.Status == types.StatusTypeActive)
	}
	in := &iam.GetAccessKeyLastUsedInput{AccessKeyId: m.AccessKeyId}
	used, err := ask(ctx, at, key{service: "iam", action: "GetAccessKeyLastUsed", of: id}, in, at.iam.GetAccessKeyLastUsed)
	switch {
	case err != nil && ours(ctx, err) != nil:
		return ours(ctx, err)
	case err != nil:
		s.lose("last_used_at")
	case used.AccessKeyLastUsed != nil:
		may(s, "last_used_at", used.AccessKeyLastUsed.LastUsedDate)
	}
	return c.put(ctx, kindKey, id, s)
}

// devices tells of a user's second factors.
func (c *collection) devices(ctx context.Context, at *caller, u *types.UserDetail) error {
	k := key{service: "iam", action: "ListMFADevices", of: value(u.UserName)}
	err := list(ctx, at, k, &iam.ListMFADevicesInput{UserName: u.UserName}, at.iam.ListMFADevices, func(o *iam.ListMFADevicesOutput) (int, error) {
		for i := range o.MFADevices {
			d := &o.MFADevices[i]
			s := newSheet()
			s.set("name", value(u.UserName)+" "+deviceForm(value(d.SerialNumber)))
			s.set("user", value(u.UserName))
			s.set("form", deviceForm(value(d.SerialNumber)))
			known(s, "enabled_at", d.EnableDate)
			if err := c.put(ctx, kindDevice, value(d.SerialNumber), s); err != nil {
				return 0, err
			}
		}
		return len(o.MFADevices), nil
	})
	if err != nil {
		return c.broke(ctx, at, "The second factors of "+value(u.UserName), err, kindDevice)
	}
	return nil
}

// deviceForm is what a serial number says about a device: virtual ones and keys
// have an ARN, other hardware the number on it.
func deviceForm(serial string) string {
	switch {
	case strings.Contains(serial, ":u2f/"):
		return "key"
	case strings.Contains(serial, ":mfa/"):
		return "virtual"
	}
	return "hardware"
}

// credentials reads the credential report, after asking AWS to make one.
func (c *collection) credentials(ctx context.Context, at *caller) (*report, error) {
	if at.tape == nil {
		in := &iam.GenerateCredentialReportInput{}
		if _, err := ask(ctx, at, key{service: "iam", action: "GenerateCredentialReport"}, in, at.iam.GenerateCredentialReport); err != nil {
			if bad := ours(ctx, err); bad != nil {
				return nil, bad
			}
		}
	}
	out, err := ask(ctx, at, key{service: "iam", action: "GetCredentialReport"}, &iam.GetCredentialReportInput{}, at.iam.GetCredentialReport)
	if err == nil {
		var r *report
		if r, err = parseReport(out.Content); err == nil {
			r.at = value(out.GeneratedTime)
			if r.at.IsZero() {
				r.at = c.now
			}
			return r, nil
		}
		at.run.Refuse("iam GetCredentialReport", err.Error())
	}
	if bad := ours(ctx, err); bad != nil {
		return nil, bad
	}
	c.lost(at, kindUser, "The credential report", err)
	return &report{err: err}, nil
}

// report is IAM's credential report.
type report struct {
	rows map[string]reportRow // by ARN
	at   time.Time
	err  error // why there is none
}

func (r *report) row(arn string) (reportRow, bool) {
	row, ok := r.rows[arn]
	return row, ok
}

// root is the line of the account's own sign-in.
func (r *report) root() (reportRow, bool) {
	for _, row := range r.rows {
		if row.root {
			return row, true
		}
	}
	return reportRow{}, false
}

// reportRow is one line of it.
type reportRow struct {
	root, password, mfa, hasKey bool
	keys                        int // active ones
	lastUsed                    time.Time
	passwordUsed                time.Time
}

func (w *reportRow) fill(s *sheet) {
	s.set("password_enabled", w.password)
	s.set("mfa", w.mfa)
	s.set("active_keys", w.keys)
	s.set("enabled", w.password || w.keys > 0)
	holder := "service"
	if w.password {
		holder = "person"
	}
	s.set("holder", holder)
	if !w.lastUsed.IsZero() {
		s.set("last_used_at", w.lastUsed)
	}
}

var errReport = errors.New("the credential report is not what is documented, or is cut off")

// reportHead begins every credential report.
const reportHead = "user,arn,user_creation_time,"

// reportColumns are those that are read.
var reportColumns = []string{
	"user", "arn", "password_enabled", "password_last_used", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date",
}

// parseReport reads the report. A line that is cut off refuses it as a whole.
func parseReport(content []byte) (*report, error) {
	r := csv.NewReader(bytes.NewReader(content))
	r.ReuseRecord = false
	lines, err := r.ReadAll() // every line has as many columns as the first
	if err != nil || len(lines) < 2 {
		return nil, errReport
	}
	at := map[string]int{}
	for _, name := range reportColumns {
		i := slices.Index(lines[0], name)
		if i < 0 {
			return nil, fmt.Errorf("%w: it has no column %s", errReport, name)
		}
		at[name] = i
	}
	out := &report{rows: map[string]reportRow{}}
	for _, line := range lines[1:] {
		l := reportLine{cells: line, at: at}
		row := l.row()
		if last := line[len(line)-1]; l.bad || !reported(last) {
			return nil, fmt.Errorf("%w: the line of %s", errReport, l.get("user"))
		}
		if _, twice := out.rows[l.get("arn")]; twice {
			return nil, fmt.Errorf("%w: %s stands in it twice", errReport, l.get("user"))
		}
		out.rows[l.get("arn")] = row
	}
	return out, nil
}

type reportLine struct {
	cells []string
	at    map[string]int
	bad   bool
}

func (l *reportLine) get(name string) string { return l.cells[l.at[name]] }

// yes reads true and false. The account's own sign-in always has a password,
// which the report calls not_supported.
func (l *reportLine) yes(name string) bool {
	switch l.get(name) {
	case "true":
		return true
	case "false":
		return false
	case "not_supported":
		return name == "password_enabled"
	}
	l.bad = true
	return false
}

// when reads a time, or that there is none.
func (l *reportLine) when(name string) time.Time {
	text := l.get(name)
	if none(text) {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		l.bad = true
	}
	return t
}

func none(text string) bool {
	return slices.Contains([]string{"N/A", "no_information", "not_supported", "-"}, text)
}

// reported is what can stand in a report's last column.
func reported(text string) bool {
	if none(text) || text == "true" || text == "false" {
		return true
	}
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

func (l *reportLine) row() reportRow {
	w := reportRow{
		root: strings.HasSuffix(l.get("arn"), ":root"), password: l.yes("password_enabled"), mfa: l.yes("mfa_active"),
		passwordUsed: l.when("password_last_used"),
	}
	w.lastUsed = w.passwordUsed
	for _, n := range []string{"1", "2"} {
		key := "access_key_" + n
		if l.yes(key + "_active") {
			w.keys++
		}
		w.hasKey = w.hasKey || !l.when(key+"_last_rotated").IsZero() || l.get(key+"_active") == "true"
		if used := l.when(key + "_last_used_date"); used.After(w.lastUsed) {
			w.lastUsed = used
		}
	}
	return w
}

package federation

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
)

const (
	mostMinutes    = 60
	mostAge        = time.Hour   // of what a job shows
	slack          = time.Minute // by which the clocks of two machines may differ
	mostToken      = 16 << 10    // bytes of what a job shows
	mostConditions = 10
	mostPattern    = 300
	leastLiteral   = 2 // characters of a segment that says whose the job is
)

// Trust is an issuer whose word an organization takes for some jobs.
type Trust struct {
	ID         string
	Name       string
	Issuer     string // as it calls itself, such as https://token.actions.githubusercontent.com
	Audience   string // for whom its word must be: this installation, for this trust
	Conditions []Condition
	Scope      access.Scope // what a job may do; never empty
	Minutes    int          // life of its token, 1 to 60
	AddedBy    string       // user id
	AddedAt    time.Time
	EndedAt    time.Time // zero: in force
	UsedAt     time.Time // last exchange
	UsedBy     string    // its subject
	Problem    string    // of Add: why the issuer could not be asked; not stored

	org       string
	refusedAt time.Time
}

// Condition is what a claim must be. A star stands for any characters of one segment; what
// stands between "/" and ":" is a segment.
type Condition struct {
	Claim   string `json:"claim"`
	Pattern string `json:"pattern"`
}

func (c Condition) String() string { return c.Claim + " = " + c.Pattern }

// New is a trust to be.
type New struct {
	Name       string
	Issuer     string
	Audience   string // of the trust's own, "assay:" and its id, if empty: what is for one is then for no other
	Conditions []Condition
	Scope      []string // permissions of scheduled work, at least one
	Minutes    int      // 15 if zero
}

// Conditions reads one condition a line, "claim = pattern".
func Conditions(text string) (out []Condition, err error) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		claim, pattern, found := strings.Cut(line, "=")
		if !found {
			return nil, wrong("conditions", "“"+clip(line, 60)+"” is no condition: write repository = acme/app, one a line.")
		}
		out = append(out, Condition{strings.TrimSpace(claim), strings.TrimSpace(pattern)})
	}
	return out, nil
}

func wrong(name, text string) error {
	return fault.Fields("Nothing was saved.", fault.Field{Name: name, Text: text})
}

// owners are the claims that say whose a job is, and how many segments from the
// beginning do. Sources: the documentation of GitHub Actions ("OpenID Connect reference")
// and of GitLab ("ID token payload"), read in November 2026.
func owners() map[string]int {
	return map[string]int{
		"sub":        2, // "repo:acme/app:…", "project_path:acme/app:…", "organization:acme:…"
		"repository": 1, "repository_id": 1, "repository_owner": 1, "repository_owner_id": 1,
		"project_path": 1, "project_id": 1, "namespace_path": 1, "namespace_id": 1, "organization_id": 1,
	}
}

func (in New) valid(allowLocal bool) (t Trust, err error) {
	t = Trust{Name: strings.Join(strings.Fields(in.Name), " "), Issuer: strings.TrimSpace(in.Issuer), Audience: strings.TrimSpace(in.Audience), Minutes: in.Minutes}
	if t.Minutes == 0 {
		t.Minutes = 15
	}
	switch {
	case t.Name == "" || len(t.Name) > 100:
		return t, wrong("name", "Give it a name of at most 100 characters.")
	case !issuer(t.Issuer, allowLocal):
		return t, wrong("issuer", "Give the issuer's address, such as https://token.actions.githubusercontent.com.")
	case len(t.Audience) > 200:
		return t, wrong("audience", "An audience has at most 200 characters.")
	case t.Minutes < 1 || t.Minutes > mostMinutes:
		return t, wrong("minutes", "A job's token lives for 1 to 60 minutes.")
	case len(in.Scope) == 0:
		return t, wrong("scope", "Name at least one permission, such as import.add: a job gets no more than it needs.")
	}
	if t.Scope, err = access.NewScope(access.RoleJob, "", in.Scope); err != nil {
		return t, err
	}
	t.Conditions, err = valid(in.Conditions)
	return t, err
}

func issuer(text string, allowLocal bool) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(text) > 500 {
		return false
	}
	return u.Scheme == "https" || allowLocal && u.Scheme == "http"
}

// valid refuses conditions that leave open whose a job is.
func valid(list []Condition) ([]Condition, error) {
	if len(list) > mostConditions {
		return nil, wrong("conditions", fmt.Sprintf("Give at most %d conditions.", mostConditions))
	}
	told := false
	for i, c := range list {
		named := slices.ContainsFunc(list[:i], func(o Condition) bool { return o.Claim == c.Claim })
		first, owns := owners()[c.Claim]
		switch {
		case !claimName(c.Claim):
			return nil, wrong("conditions", "“"+clip(c.Claim, 40)+"” is not the name of a claim.")
		case named:
			return nil, wrong("conditions", c.Claim+" has two conditions: all must hold, so give one.")
		case c.Pattern == "" || len(c.Pattern) > mostPattern || strings.ContainsFunc(c.Pattern, func(r rune) bool { return r <= ' ' }):
			return nil, wrong("conditions", "Say what "+c.Claim+" must be, in at most "+strconv.Itoa(mostPattern)+" characters without blanks.")
		case owns && !literal(c.Pattern, first):
			return nil, wrong("conditions", c.String()+" leaves open whose the job is: jobs of strangers would be let in. Write who it belongs to without a star.")
		}
		told = told || owns
	}
	if !told {
		return nil, wrong("conditions", "Say whose the job is: at least one condition on "+strings.Join(slices.Sorted(maps.Keys(owners())), ", ")+".")
	}
	return list, nil
}

func claimName(name string) bool {
	return name != "" && len(name) <= 60 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// literal reports whether the first segments of a pattern are there and have no star.
func literal(pattern string, segments int) bool {
	parts := strings.FieldsFunc(pattern, separates)
	if len(parts) < segments {
		return false
	}
	for _, p := range parts[:segments] {
		if strings.Contains(p, "*") || len(p) < leastLiteral && !digits(p) {
			return false
		}
	}
	return !separates(rune(pattern[0]))
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func separates(r rune) bool { return r == '/' || r == ':' }

// matches reports whether a text is as the pattern says, from its beginning to its end.
func matches(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0 && !separates(rune(text[mark])): // the star takes one more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// failing is the first condition that does not hold; empty if all do.
func (t *Trust) failing(claims map[string]any) string {
	for _, c := range t.Conditions {
		said, found := claims[c.Claim]
		if !found {
			return "it has no claim " + c.Claim
		}
		text, plain := plainText(said)
		if !plain || !matches(c.Pattern, text) {
			return fmt.Sprintf("%s is %q, and must be %s", c.Claim, clip(text, 200), c.Pattern)
		}
	}
	return ""
}

// plainText is a claim that is one value: a list or an object meets no condition.
func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case fmt.Stringer: // json.Number
		return v.String(), true
	}
	return "", false
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

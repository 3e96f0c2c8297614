package aws

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/connector/recordings"
)

// taped is one recorded answer.
type taped struct {
	file   string
	place  place
	of     string // what it is about, from its name; empty where that does not say
	number int    // of the page; 0 where the name does not say
	doc    json.RawMessage
	failed *refusal // AWS refused, and the command line said so
	broken error    // it cannot be taken
}

// tape is a folder of recordings, sorted by what they answer.
type tape struct {
	folder  *recordings.Folder
	answers map[string][]taped // by "service Action"
	logs    []string           // files of CloudTrail events
	strange []trouble          // files that are refused
	places  []place            // that recordings are of
}

type trouble struct {
	file string
	why  error
}

// openTape reads the folder once. The account is that of files outside of an
// account's folder; empty to find it out.
func openTape(ctx context.Context, s *source) (*tape, error) {
	folder, err := recordings.Open(ctx, s.env.Host, s.from)
	if err != nil {
		return nil, err
	}
	t := &tape{folder: folder, answers: map[string][]taped{}}
	known := actions()
	for _, name := range folder.Names {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.take(known, name)
	}
	t.settle(s)
	return t, nil
}

var (
	accountFolder = regexp.MustCompile(`^(?:account[=_-]?)?([0-9]{12})$`)
	regionFolder  = regexp.MustCompile(`^(?:region[=_-]?)?([a-z]{2,3}(?:-[a-z]+){1,3}-[0-9]{1,2})$`)
	spoken        = regexp.MustCompile(`An error occurred \(([A-Za-z0-9.]+)\) when calling the ([A-Za-z0-9]+) operation[^:]*: ?(.*)`)
)

// take decides on one file: an answer, events, or refused.
func (t *tape) take(known []action, name string) {
	label := labelled(known, name)
	f, err := t.folder.Read(name)
	if err == nil && bytes.HasPrefix(f.Body, []byte(reportHead)) {
		doc, _ := json.Marshal(map[string]string{"Content": base64.StdEncoding.EncodeToString(f.Body), "ReportFormat": "text/csv"})
		t.add("iam GetCredentialReport", taped{file: name, place: label.place, doc: doc})
		return
	}
	if said := spoken.FindSubmatch(f.Body); err == nil && said != nil {
		t.refused(known, name, label, said)
		return
	}
	if err == nil {
		err = f.Parse()
	}
	a := label.action
	switch {
	case err != nil && a != nil && a.empty && len(bytes.TrimSpace(f.Body)) == 0 && f.SHA256 != "":
		t.add(a.key(), taped{file: name, place: label.place, of: label.of, doc: json.RawMessage("{}")})
	case err != nil:
		t.bad(a, label, name, err)
	case isEvents(f.Docs):
		t.logs = append(t.logs, name)
	case label.other != "":
		t.strange = append(t.strange, trouble{name, fmt.Errorf("the connector does not ask %s for anything", label.other)})
	default:
		t.documents(known, a, label, f)
	}
}

// documents takes the documents of a file as answers, all or none.
func (t *tape) documents(known []action, a *action, label label, f recordings.File) {
	if a == nil {
		if a = recognised(known, f.Docs); a == nil {
			t.strange = append(t.strange, trouble{f.Name, errors.New("neither its name nor its shape tells which request of the connector it answers")})
			return
		}
	}
	for i, doc := range f.Docs {
		if err := a.fits(doc); err != nil {
			t.bad(a, label, f.Name, err)
			return
		}
		number := label.number
		if len(f.Docs) > 1 {
			number = i + 1
		}
		t.add(a.key(), taped{file: f.Name, place: label.place, of: label.of, number: number, doc: doc})
	}
}

// refused takes the words in which the command line told of a refusal.
func (t *tape) refused(known []action, name string, label label, said [][]byte) {
	for i := range known {
		if a := &known[i]; a.name == string(said[2]) && (label.action == nil || a.key() == label.action.key()) {
			t.add(a.key(), taped{file: name, place: label.place, of: label.of, failed: &refusal{code: string(said[1]), message: clip(string(said[3]))}})
			return
		}
	}
	t.strange = append(t.strange, trouble{name, fmt.Errorf("it is AWS's refusal of %s, which the connector does not ask for", said[2])})
}

// bad keeps a file that cannot be taken: as a broken answer where its name says
// what it would have answered, so that this is incomplete.
func (t *tape) bad(a *action, label label, name string, err error) {
	t.strange = append(t.strange, trouble{name, err})
	if a != nil {
		t.add(a.key(), taped{file: name, place: label.place, of: label.of, number: label.number, broken: err})
	}
}

func (t *tape) add(k string, x taped) { t.answers[k] = append(t.answers[k], x) }

func (a *action) key() string { return a.service + " " + a.name }

// settle finds out whose the files outside of an account's folder are, and which
// regions there are.
func (t *tape) settle(s *source) {
	own := s.account
	if own == "" {
		own = t.account()
	}
	places := map[place]bool{}
	for k := range t.answers {
		for i := range t.answers[k] {
			p := &t.answers[k][i].place
			if p.account == "" {
				p.account = own
			}
			if p.region == "" && regional(k) {
				p.region = s.onlyRegion()
			}
			places[*p] = true
		}
	}
	t.places = slices.SortedFunc(maps.Keys(places), func(a, b place) int { return strings.Compare(a.account+a.region, b.account+b.region) })
}

// regional reports that a request is made in every region.
func regional(k string) bool {
	return !slices.Contains([]string{"iam", "s3api", "s3control", "sts", "organizations"}, strings.Fields(k)[0]) && k != "ec2 DescribeRegions"
}

// account is the one that the answers without an account's folder name, if it is
// one.
func (t *tape) account() string {
	found := map[string]bool{}
	for _, k := range []string{"sts GetCallerIdentity", "iam GetAccountAuthorizationDetails"} {
		for _, x := range t.answers[k] {
			if x.place.account != "" {
				continue
			}
			for _, m := range ownNumber.FindAllSubmatch(x.doc, -1) {
				found[string(m[1])] = true
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(found))[0]
}

var ownNumber = regexp.MustCompile(`"Arn": *"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(?:user|group|role|policy|assumed-role|root)`)

// label is what a file's path says.
type label struct {
	action *action // nil where it does not say
	other  string  // a service that the connector does not ask
	place  place
	of     string
	number int
}

// labelled reads a path: folders name the account, the region, the service and
// what a sub-call is about; the name begins with the action.
func labelled(known []action, name string) (l label) {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	services := map[string]bool{}
	for _, a := range known {
		services[a.service] = true
	}
	service, about := "", ""
	for _, p := range parts[:len(parts)-1] {
		word := strings.ToLower(p)
		switch m, r := accountFolder.FindStringSubmatch(word), regionFolder.FindStringSubmatch(word); {
		case m != nil:
			l.place.account = m[1]
		case r != nil:
			l.place.region = r[1]
		case services[alias(word)]:
			service, l.other = alias(word), ""
		case slices.Contains(otherServices(), word):
			service, l.other = "", word
		default:
			about = p
		}
	}
	if l.other != "" {
		return l
	}
	rest := l.find(known, service, base)
	if l.action == nil {
		for _, p := range slices.Backward(parts[:len(parts)-1]) { // list-users/1.json
			if rest2 := l.find(known, service, p); l.action != nil {
				rest, about = strings.TrimSuffix(rest2+"."+base, "."), ""
				break
			}
		}
	}
	if l.action == nil {
		return l
	}
	l.split(rest)
	if l.of == "" {
		l.of = about
	}
	return l
}

// alias is the command line's name of a service that people call otherwise.
func alias(word string) string {
	switch word {
	case "s3":
		return "s3api"
	case "config":
		return "configservice"
	case "cloudwatchlogs", "cloudwatch-logs":
		return "logs"
	}
	return word
}

// find looks for the action at the beginning of a name, after the service if
// that stands there, and returns what follows.
func (l *label) find(known []action, service, base string) (rest string) {
	lower := strings.ReplaceAll(strings.ToLower(base), "_", "-")
	longest := 0
	for i := range known {
		a := &known[i]
		if service != "" && a.service != service {
			continue
		}
		for _, form := range []string{a.file, strings.ToLower(a.name), a.service + "-" + a.file, a.service + "." + a.file, a.service + "-" + strings.ToLower(a.name)} {
			after, ok := strings.CutPrefix(lower, form)
			if !ok || after != "" && !strings.ContainsAny(after[:1], ".-=") || len(form) < longest {
				continue
			}
			if len(form) == longest && l.action != nil && l.action.service != a.service {
				l.action = nil // two services have it
				continue
			}
			l.action, longest, rest = a, len(form), base[len(form):]
		}
	}
	return rest
}

// split reads what follows the action: what the call is about, and a number.
func (l *label) split(rest string) {
	for _, ext := range []string{".gz", ".json", ".ndjson", ".jsonl", ".txt", ".csv", ".malformed", ".err", ".out"} {
		rest = strings.TrimSuffix(rest, ext)
	}
	rest = strings.TrimLeft(rest, "._-=")
	if n, err := strconv.Atoi(rest); err == nil && len(rest) <= 4 {
		l.number = n
		return
	}
	if i := strings.LastIndexByte(rest, '.'); i > 0 {
		if n, err := strconv.Atoi(rest[i+1:]); err == nil && len(rest)-i <= 4 {
			rest, l.number = rest[:i], n
		}
	}
	l.of = rest
}

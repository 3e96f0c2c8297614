package git

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mark is what a message says of the request by which a change went in.
type mark struct {
	number int  // 0 where there is none
	sure   bool // only a forge or a review tool writes it so
	owner  string
}

// sureMarks are written by forges and review tools when they merge.
var sureMarks = []*regexp.Regexp{
	regexp.MustCompile(`^Merge pull request #(\d+) (?:from|in) (\S+)`),                         // GitHub, Bitbucket Server
	regexp.MustCompile(`^Merge pull request '.*' \(#(\d+)\) from (\S+)`),                       // Gitea, Forgejo
	regexp.MustCompile(`^Merged in \S+ \(pull request #(\d+)\)`),                               // Bitbucket
	regexp.MustCompile(`^Merged PR (\d+): `),                                                   // Azure DevOps
	regexp.MustCompile(`^Auto merge of #(\d+) - `),                                             // homu, bors
	regexp.MustCompile(`(?m)\AMerge(?: #\d+)* #(\d+)$`),                                        // bors-ng
	regexp.MustCompile(`(?m)^See merge request \S*!(\d+)\s*$`),                                 // GitLab
	regexp.MustCompile(`(?m)^Reviewed-on: https?://\S+?/(\d+)\s*$`),                            // Gerrit
	regexp.MustCompile(`(?m)^Differential Revision: \S*\bD(\d+)\s*$`),                          // Phabricator
	regexp.MustCompile(`(?mi)^(?:PR-URL|Pull-Request|Closes-PR): \S*?(?:/pull/|#|!)(\d+)\s*$`), // by tool or rule of the project
}

// looseMark is how squashing forges end a title; people write issue numbers so
// too.
var looseMark = regexp.MustCompile(`\((?:#|!)(\d+)\)$`)

func findMark(c commit) (mark, bool) {
	text := strings.TrimLeft(c.message, "\n")
	subject, _, _ := strings.Cut(text, "\n")
	subject = strings.TrimSpace(subject)
	if len(text) > 64<<10 {
		text = subject
	}
	for _, re := range sureMarks {
		if m := re.FindStringSubmatch(text); m != nil {
			found := mark{number: number(m[1]), sure: true}
			if len(m) > 2 {
				found.owner, _, _ = strings.Cut(m[2], "/")
			}
			return found, true
		}
	}
	if m := looseMark.FindStringSubmatch(subject); m != nil {
		return mark{number: number(m[1])}, true
	}
	return mark{}, false
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// forges commit in other people's stead, under these addresses.
var forges = []string{"noreply@github.com", "noreply@gitlab.com", "noreply@codeberg.org", "noreply@gitea.io", "noreply-gerritcodereview@google.com"}

// forge reports that the committer is a forge's or a review tool's own name.
func (i ident) forge() bool {
	return slices.Contains(forges, i.email) || strings.EqualFold(i.name, "Gerrit Code Review")
}

// bot reports that the name is one that forges give to programs.
func (i ident) bot() bool { return strings.HasSuffix(i.name, "[bot]") }

// login is the account's name in an address that GitHub gives to those who
// hide their own: 12345+login@users.noreply.github.com.
func (i ident) login() string {
	local, ok := strings.CutSuffix(i.email, "@users.noreply.github.com")
	if !ok {
		return ""
	}
	if _, after, found := strings.Cut(local, "+"); found {
		return after
	}
	return local
}

// names are the names that each address was seen with, over the whole history:
// people change machines and forges, and keep their name.
type names map[string]map[string]bool

// nobody's are names that many have.
var nobodys = []string{"", "root", "user", "admin", "administrator", "unknown", "nobody", "test", "ubuntu", "developer", "your name", "github", "(no author)", "no author"}

func plainName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (n names) add(i ident) {
	name := plainName(i.name)
	if slices.Contains(nobodys, name) || i.forge() {
		return
	}
	if n[i.id()] == nil {
		n[i.id()] = map[string]bool{}
	}
	n[i.id()][name] = true
}

// of is all that somebody is called: names, the account in a forge's address,
// and what stands before the at sign.
func (n names) of(i ident) map[string]bool {
	out := map[string]bool{plainName(i.name): true, i.login(): true}
	if local, _, ok := strings.Cut(i.email, "@"); ok && i.login() == "" {
		out[local] = true
	}
	for name := range n[i.id()] {
		out[name] = true
	}
	for _, name := range nobodys {
		delete(out, name)
	}
	return out
}

// maybeSame reports that two addresses can be one person's: they were seen with
// the same name, or the one is called what the other's account is.
func (n names) maybeSame(a, b ident) bool {
	theirs := n.of(b)
	for name := range n.of(a) {
		if theirs[name] {
			return true
		}
	}
	return false
}

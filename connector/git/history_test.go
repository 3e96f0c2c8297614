package git

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const web = "GitHub <noreply@github.com>"

// merge makes a merge commit of the branch by whoever is set.
func (r *repo) merge(message, branch string) string {
	r.t.Helper()
	r.at = r.at.Add(time.Hour)
	r.git("merge", "--quiet", "--no-ff", "-m", message, branch)
	return r.git("rev-parse", "HEAD")
}

// draft makes a branch with commits and comes back to main.
func (r *repo) draft(branch string, messages ...string) {
	r.t.Helper()
	r.git("checkout", "--quiet", "-b", branch)
	for _, m := range messages {
		r.commit(m)
	}
	r.git("checkout", "--quiet", "main")
}

func TestWaysIn(t *testing.T) {
	r := newRepo(t)
	fields := []string{"way", "number", "commits", "self_merged", "direct", "automated", "approved"}
	want := map[string]string{}
	put := func(sha, expected string) { want[sha] = expected + " approved=?" }

	put(r.commit("begin"), "way=direct commits=1 self_merged=true direct=true automated=false")

	r.draft("one", "a", "b")
	r.who, r.by = "Bob Example <bob@example.com>", web
	put(r.merge("Merge pull request #1 from alice/one\n\nTitle", "one"), "way=merge number=1 commits=3 self_merged=false direct=false automated=false")

	r.as("Alice Example <alice@example.com>").draft("two", "c")
	r.who, r.by = "Alice Example <alice@example.com>", web
	put(r.merge("Merge pull request #2 from alice/two", "two"), "way=merge number=2 commits=2 self_merged=true direct=false automated=false")

	r.as("Alice Example <alice@example.com>").draft("three", "d")
	r.who, r.by = "Alice Example <1+alice@users.noreply.github.com>", web
	put(r.merge("Merge pull request #3 from alice/three", "three"), "way=merge number=3 commits=2 self_merged=? direct=false automated=false")

	r.as("Alice Example <alice@example.com>").draft("four", "e")
	r.who, r.by = "bors[bot] <bors@example.com>", web
	put(r.merge("Merge #4", "four"), "way=merge number=4 commits=2 self_merged=? direct=false automated=false")

	r.as("Carol Example <carol@example.com>").draft("five", "f")
	r.as("Alice Example <alice@example.com>")
	put(r.merge("Merge branch 'five'", "five"), "way=merge commits=2 self_merged=false direct=? automated=false")
	put(r.commit("Merge branch"), "way=direct commits=1 self_merged=true direct=true automated=false")

	r.who, r.by = "Alice Example <alice@example.com>", web
	put(r.commit("A title (#6)\n\n* a\n* b\n\nCo-authored-by: Dan Example <Dan@Example.com>"), "way=squash number=6 commits=1 self_merged=? direct=false automated=false")
	put(r.commit("Edit in the browser"), "way=direct commits=1 self_merged=? direct=? automated=false")

	r.as("Alice Example <alice@example.com>")
	put(r.commit("Close an issue (#7)"), "way=squash number=7 commits=1 self_merged=true direct=? automated=false")
	put(r.commit("A change\n\nReviewed-on: https://review.example.com/c/service/+/88"), "way=squash number=88 commits=1 self_merged=? direct=false automated=false")
	put(r.commit("Merged PR 9: A title"), "way=squash number=9 commits=1 self_merged=? direct=false automated=false")
	r.by = "Bob Example <bob@example.com>"
	put(r.commit("Put in by another"), "way=direct commits=1 self_merged=false direct=? automated=false")
	put(r.commit("A title\n\nSee merge request team/service!10"), "way=squash number=10 commits=1 self_merged=false direct=false automated=false")
	r.as("renovate[bot] <bot@example.com>").draft("eleven", "g")
	r.as("Bob Example <bob@example.com>")
	put(r.merge("Merged in eleven (pull request #11)", "eleven"), "way=merge number=11 commits=2 self_merged=false direct=false automated=true")

	got := read(t, r.dir)
	for sha, expected := range want {
		m := got.one(kindMerge, sha)
		if have := show(m, fields...); have != expected {
			t.Errorf("%s\nhave %s\nwant %s", m.Fields["subject"], have, expected)
		}
	}
	if n := len(got.byKind[kindMerge]); n != len(want) {
		t.Errorf("%d changes, want %d", n, len(want))
	}
	squash := got.byKind[kindMerge][7]
	if keys, ok := squash.Fields["author_keys"].([]string); !ok || len(keys) != 2 {
		t.Errorf("a co-author is missing: %v", squash.Fields)
	}
	if rep := got.reports[kindMerge]; !rep.Complete || !rep.From.Equal(january().Period.From) || !rep.To.Equal(day(31)) {
		t.Errorf("%+v", rep)
	}
}

func TestAMergeBringsInEachCommitOnce(t *testing.T) {
	r := newRepo(t)
	r.commit("begin")
	r.as("Bob Example <bob@example.com>")
	r.git("checkout", "--quiet", "-b", "long")
	r.commit("b1")
	r.git("checkout", "--quiet", "main")
	r.as("Alice Example <alice@example.com>")
	r.commit("between")
	first := r.merge("first part", "long")
	r.git("checkout", "--quiet", "long")
	r.as("Bob Example <bob@example.com>").merge("take main in", "main")
	r.commit("b2")
	r.commit("b3")
	r.as("Carol Example <carol@example.com>").commit("c1")
	r.git("checkout", "--quiet", "main")
	r.as("Carol Example <carol@example.com>")
	second := r.merge("second part", "long")
	r.draft("x", "x1")
	r.draft("y", "y1")
	r.at = r.at.Add(time.Hour)
	r.git("merge", "--quiet", "--no-ff", "-m", "octopus", "x", "y")
	octopus := r.git("rev-parse", "HEAD")
	r.at = r.at.Add(time.Hour)
	r.git("merge", "--quiet", "-s", "ours", "--no-ff", "-m", "again", r.git("commit-tree", "-p", "long", "-m", "late", "HEAD^{tree}"))

	got := read(t, r.dir)
	for sha, want := range map[string]string{
		first: "commits=2 self_merged=false", second: "commits=5 self_merged=false", octopus: "commits=3 self_merged=true",
	} {
		if have := show(got.one(kindMerge, sha), "commits", "self_merged"); have != want {
			t.Errorf("%s: %s, want %s", got.one(kindMerge, sha).Fields["subject"], have, want)
		}
	}
	if c := got.one(kindCommit, octopus); c.Fields["parents"] != 3 || c.Fields["first_parent"] != true {
		t.Errorf("%v", c.Fields)
	}
	total := 0
	for _, m := range got.byKind[kindMerge] {
		n, _ := m.Fields["commits"].(int)
		total += n
	}
	if n := len(got.byKind[kindCommit]); total != n {
		t.Errorf("changes bring in %d commits, the branch has %d", total, n)
	}
}

func TestPeriodsAreHalfOpenInInstants(t *testing.T) {
	r := newRepo(t)
	zone := time.FixedZone("", 5*3600+1800)
	for name, at := range map[string]time.Time{
		"last second before": time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC),
		"first second":       time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		"first, elsewhere":   time.Date(2026, 1, 1, 5, 30, 0, 0, zone),
		"last second":        time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC),
		"first second after": time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	} {
		r.at = at
		r.git("commit", "--quiet", "--allow-empty", "-m", name)
	}
	want := "first second, first, elsewhere, last second"
	got := read(t, r.dir)
	if got.subjects(kindCommit) != want || got.subjects(kindMerge) != want {
		t.Errorf("commits %s; changes %s", got.subjects(kindCommit), got.subjects(kindMerge))
	}
}

func TestDatesOutOfOrder(t *testing.T) {
	r := newRepo(t)
	for _, year := range []int{2026, 1971, 2026, 2037, 2026, 2019} {
		r.at = time.Date(year, 1, 10, 0, 0, 0, 0, time.UTC)
		r.git("commit", "--quiet", "--allow-empty", "-m", strconv.Itoa(year))
	}
	got := read(t, r.dir)
	if s := got.subjects(kindCommit); s != "2026, 2026, 2026" || got.subjects(kindMerge) != s {
		t.Errorf("%s; %s", s, got.subjects(kindMerge))
	}
	if notes := fmt.Sprint(got.reports[kindCommit].Problems); !strings.Contains(notes, "dated after this collection: 1") || !got.reports[kindCommit].Complete {
		t.Errorf("%s", notes)
	}
}

func TestOddCommits(t *testing.T) {
	r := newRepo(t)
	in := day(10).Unix()
	person := func(s string) string { return fmt.Sprintf("author %s %d +0000\ncommitter %s %d +0000\n", s, in, s, in) }
	parent := func() string { return "parent " + r.git("rev-parse", "HEAD") + "\n" }
	latin := r.raw(person("J\xfcrgen <j@example.com>") + "encoding ISO-8859-1\n\nGr\xfc\xdfe\n")
	broken := r.raw(parent() + person("J\xfcrgen <j@example.com>") + "\nGr\xfc\xdfe\n")
	huge := r.raw(parent() + person("A <a@example.com>") + "\n" + strings.Repeat("long ", 2<<20) + "\n")
	nobody := r.raw(parent() + person("<>") + "\nnobody\n")
	swapped := r.raw(parent() + person("x@example.com <GitHub Actions>") + "\nswapped\n")
	empty := r.raw(parent() + person("A <a@example.com>") + "\n")
	signed := r.raw(parent() + person("A <a@example.com>") + "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n\nsigned\n")
	old := r.raw(parent() + fmt.Sprintf("author A <a@example.com> -86400 +0000\ncommitter A <a@example.com> %d -2359\n", in) + "\nold author\n")
	r.raw(parent() + "author A <a@example.com> 99999999999999999999 +0000\ncommitter A <a@example.com> 99999999999999999999 +0000\n\nno calendar\n")

	got := read(t, r.dir)
	for _, c := range []struct{ sha, fields, want string }{
		{latin, "subject author_name", "subject=Grüße author_name=Jürgen"},
		{broken, "subject author_name", "subject=Gr\uFFFDe author_name=J\uFFFDrgen"},
		{nobody, "author_name author_email author_is_committer", "author_name= author_email= author_is_committer=false"},
		{swapped, "author_name author_email", "author_name=x@example.com author_email=github actions"},
		{empty, "subject", "subject="},
		{signed, "signed signature", "signed=true signature=ssh"},
		{latin, "signed", "signed=false"},
		{old, "authored_at", "authored_at=1969-12-31 00:00:00 +0000 UTC"},
	} {
		if have := show(got.one(kindCommit, c.sha), strings.Fields(c.fields)...); have != c.want {
			t.Errorf("have %s, want %s", have, c.want)
		}
	}
	if s, _ := got.one(kindCommit, huge).Fields["subject"].(string); len([]rune(s)) != longestSubject+1 || !strings.HasPrefix(s, "long long") {
		t.Errorf("%d characters", len(s))
	}
	if rep := got.reports[kindCommit]; rep.Complete || !strings.Contains(fmt.Sprint(rep.Problems), "cannot be read") {
		t.Errorf("a commit without a place in time: %+v", rep)
	}
}

func TestPseudonyms(t *testing.T) {
	r := newRepo(t)
	a := r.commit("one")
	r.as("Someone Else <ALICE@example.com>")
	b := r.commit("two")
	keys := func(change func(*options)) (string, string) {
		got := read(t, r.dir, change)
		return fmt.Sprint(got.one(kindCommit, a).Fields["author_key"]), fmt.Sprint(got.one(kindCommit, b).Fields["author_key"])
	}
	one, two := keys(func(*options) {})
	if one != two || len(one) != 32 || strings.Contains(one, "alice") {
		t.Errorf("%s %s", one, two)
	}
	other, _ := keys(func(o *options) { o.env.PseudonymKey = testKey(t) })
	if other == one {
		t.Error("the key of the org has no effect")
	}
}

func TestMarks(t *testing.T) {
	for message, want := range map[string]mark{
		"Merge pull request #12 from alice/fix\n\nTitle":                      {12, true, "alice"},
		"Merge pull request #3 in TEAM/service from fix to main":              {3, true, "TEAM"},
		"Merge pull request 'A title' (#4) from alice/fix into main":          {4, true, "alice"},
		"Merged in alice/fix (pull request #5)":                               {5, true, ""},
		"Merged PR 6: A title":                                                {6, true, ""},
		"Auto merge of #7 - alice:fix, r=bob":                                 {7, true, ""},
		"Merge #8 #9":                                                         {9, true, ""},
		"Merge branch 'fix' into 'main'\n\nA\n\nSee merge request a/b/c!10\n": {10, true, ""},
		"A\n\nReviewed-on: https://go-review.example.com/c/tools/+/11":        {11, true, ""},
		"A\n\nDifferential Revision: https://reviews.example.com/D13":         {13, true, ""},
		"A\n\nPR-URL: https://github.com/a/b/pull/14":                         {14, true, ""},
		"A title (#15)":      {15, false, ""},
		"A title (!16)\n\nx": {16, false, ""},
	} {
		if got, ok := findMark(commit{message: message}); !ok || got != want {
			t.Errorf("%q: %+v %v", message, got, ok)
		}
	}
	for _, message := range []string{"", "Fix #12", "A title (#12) and more", "(see #12)", "Merge branch 'main' of https://example.com/x", "Revert \"A (#1)\""} {
		if got, ok := findMark(commit{message: message}); ok {
			t.Errorf("%q: %+v", message, got)
		}
	}
}

func TestPeopleWhoMayBeOne(t *testing.T) {
	n := names{}
	for _, s := range []string{"Leo Example <leo@home.example>", "lex <leo@home.example>", "lex <lex@work.example>", "root <a@x.example>", "root <b@y.example>"} {
		n.add(parseIdent(s))
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Alice Example <a@x.example>", "alice  example <b@y.example>", true},
		{"Alice <a@x.example>", "Bob <b@y.example>", false},
		{"alice <a@x.example>", "Alice Example <1+alice@users.noreply.github.com>", true},
		{"Alice Example <alice@x.example>", "A. E. <1+alice@users.noreply.github.com>", true},
		{"Alice <alice@x.example>", "A. E. <alice@y.example>", true},
		{"Leo Example <leo@home.example>", "L. E. <lex@work.example>", true}, // both were called lex
		{"root <a@x.example>", "root <b@y.example>", false},
		{" <>", " <>", false},
	} {
		if got := n.maybeSame(parseIdent(c.a), parseIdent(c.b)); got != c.want {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
	if a, b := parseIdent("greatroar <@>"), parseIdent("another <@>"); a.same(b) || !a.same(a) {
		t.Error("an address that is none tells people apart")
	}
}

func FuzzCommit(f *testing.F) {
	f.Add("parent a\nauthor A <a@b> 1 +0000\ncommitter B <c@d> 2 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\nMerge #1\n")
	f.Add("\n\n")
	f.Add("author <\ncommitter >\nencoding latin1\n\n\xff\n\nCo-authored-by: x <y@z>")
	f.Fuzz(func(t *testing.T, body string) {
		c := parseCommit(object{sha: "x", body: []byte(body)})
		m, marked := findMark(c)
		w := (&side{}).broughtBy(commit{author: c.author, message: c.message})
		names{}.selfMerged(putIn(c, m, marked), w, m)
		directness(c, m, marked)
		for _, s := range []string{c.subject(), c.author.name, c.author.email, c.committer.name} {
			if strings.ToValidUTF8(s, "") != s || len([]rune(s)) > longestSubject+1 && s == c.subject() {
				t.Fatalf("%q", s)
			}
		}
		readTag(object{body: []byte(body)})
		_, _ = originName(body), shortName(body)
		if at, err := locate(body, false); err == nil && (at.url == nil || at.path != "") {
			t.Fatalf("%q was taken for %+v", body, at)
		}
	})
}

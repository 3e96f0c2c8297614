package git

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// side is the commits that came in by merges: who wrote each, and what it
// follows. Commits on the branch's own line are not in it, which is where a
// search ends.
type side struct {
	index   map[string]int // by name
	parents [][]string
	author  []int // person
	plain   []bool
	seen    []bool
	people  *people
	over    bool     // there were more than mostSide, so nothing is known
	cutOff  []string // where a shallow copy ends
}

// mostSide bounds the memory for one period's merged commits.
const mostSide = 1_000_000

// people numbers the identities, so that each is kept once.
type people struct {
	index map[string]int
	list  []ident
}

func (p *people) number(i ident) int {
	n, ok := p.index[i.id()]
	if !ok {
		n = len(p.list)
		p.index[i.id()] = n
		p.list = append(p.list, ident{name: i.name, email: i.email})
	}
	return n
}

// merges lists how the branch's own line grew in the period.
func (c *collection) merges(ctx context.Context) error {
	boundary, err := c.boundary(ctx)
	if err != nil {
		return err
	}
	c.covers(kindMerge, boundary)
	if c.w.tip == "" {
		c.run.Complete(kindMerge)
		return nil
	}
	base, found, err := c.baseline(ctx)
	if err != nil || !found {
		if err == nil {
			c.run.Complete(kindMerge)
		}
		return err
	}
	if err := c.readNames(ctx); err != nil {
		return err
	}
	s, err := c.sideLines(ctx, base)
	if err != nil {
		return err
	}
	if s.over {
		c.run.Note(kindMerge, fmt.Sprintf("More than %d commits were merged in the period, so who wrote what a merge brought in is unavailable.", mostSide))
	}
	args := []string{"--first-parent", "--reverse", c.w.tip}
	if base != "" {
		args = append(args, "^"+base)
	}
	count, odd := 0, oddTimes{}
	err = c.w.objects(ctx, func(name func(string) error) error {
		return c.walk(ctx, func(w walked) error { return name(w.sha) }, args...)
	}, func(o object) error {
		if o.kind != "commit" {
			c.run.Incomplete(kindMerge, "A commit is missing from the copy: "+o.sha+".")
			return nil
		}
		one := parseCommit(o)
		written := s.broughtBy(one) // also outside the period, so that it counts once
		switch {
		case !one.committer.timed:
			odd.unreadable++
			return nil
		case one.committer.at.After(c.now):
			odd.future++
		}
		if !c.wanted(one.committer.at) {
			return nil
		}
		count++
		return c.emitMerge(ctx, one, written)
	})
	if err != nil {
		return err
	}
	odd.tell(c.run, kindMerge)
	c.run.Page("git rev-list --first-parent, git cat-file", c.w.tip, count)
	c.run.Complete(kindMerge)
	return nil
}

// readNames reads who is called what in the whole history of the branch, so that
// what is said of a change does not depend on the period.
func (c *collection) readNames(ctx context.Context) error {
	c.names = names{}
	seen := map[string]bool{}
	return c.w.stream(ctx, nil, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if seen[string(lines.Bytes())] {
				continue
			}
			line := lines.Text()
			seen[line] = true
			name, email, _ := strings.Cut(line, "\x00")
			c.names.add(ident{name: decode(name, ""), email: strings.ToLower(strings.TrimSpace(decode(email, "")))})
		}
		return lines.Err()
	}, "log", "--format=%an%x00%ae%n%cn%x00%ce", c.w.tip)
}

// baseline finds the commit on the branch's own line after which the period's
// changes went in, and those dated in the future; empty where the line begins
// with them. found is whether there are any.
func (c *collection) baseline(ctx context.Context) (base string, found bool, err error) {
	err = c.walk(ctx, func(w walked) error {
		if at, ok := unixTime(w.seconds); c.maybeWanted(w) || ok && at.After(c.now) {
			base, found = "", true
			if len(w.parents) > 0 {
				base = w.parents[0]
			}
		}
		return nil
	}, "--first-parent", c.w.tip)
	return base, found, err
}

// sideLines reads the commits that merges brought in since the baseline.
func (c *collection) sideLines(ctx context.Context, base string) (*side, error) {
	s := &side{index: map[string]int{}, cutOff: c.w.shallow, people: &people{index: map[string]int{}}}
	args := []string{"--topo-order", c.w.tip}
	if base != "" {
		args = append(args, "^"+base)
	}
	err := c.w.objects(ctx, func(name func(string) error) error {
		count := 0
		return c.walk(ctx, func(w walked) error {
			if count++; w.first || count > mostSide {
				s.over = s.over || count > mostSide
				return nil
			}
			return name(w.sha)
		}, args...)
	}, func(o object) error {
		if o.kind != "commit" {
			return nil
		}
		one := parseCommit(o)
		s.index[one.sha] = len(s.parents)
		s.parents = append(s.parents, one.parents)
		s.author = append(s.author, s.people.number(one.author))
		s.plain = append(s.plain, len(one.parents) < 2)
		return nil
	})
	s.seen = make([]bool, len(s.parents))
	return s, err
}

// written says who wrote a change.
type written struct {
	commits int
	main    ident   // who wrote most
	all     []ident // everybody, each once
	known   bool
}

// broughtBy finds the commits that came in with one on the branch's own line:
// those that it leads to and nothing before it did. It is asked for each commit
// of the line, oldest first.
func (s *side) broughtBy(one commit) written {
	w := written{commits: 1, main: one.author, all: []ident{one.author}, known: true}
	if len(one.parents) < 2 {
		w.all = append(w.all, one.coAuthors()...)
		return w.unique()
	}
	if s.over || slices.Contains(s.cutOff, one.sha) {
		return written{}
	}
	counts, order, cut := map[int]int{}, []int{}, false
	stack := slices.Clone(one.parents[1:])
	for len(stack) > 0 {
		sha := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n, in := s.index[sha]
		if !in || s.seen[n] {
			continue
		}
		if slices.Contains(s.cutOff, sha) { // more may have come in with it
			cut = true
		}
		s.seen[n] = true
		w.commits++
		if s.plain[n] { // a merge within the line is not writing
			if counts[s.author[n]]++; counts[s.author[n]] == 1 {
				order = append(order, s.author[n])
			}
		}
		stack = append(stack, s.parents[n]...)
	}
	switch {
	case cut:
		return written{}
	case len(order) == 0: // nothing but the merge itself
		return w.unique()
	}
	most := order[0]
	w.all = nil
	for _, p := range order {
		if counts[p] > counts[most] {
			most = p
		}
		w.all = append(w.all, s.people.list[p])
	}
	w.main = s.people.list[most]
	return w.unique()
}

func (w written) unique() written {
	slices.SortFunc(w.all, func(a, b ident) int { return strings.Compare(a.id(), b.id()) })
	w.all = slices.CompactFunc(w.all, ident.same)
	return w
}

// hand is who put a change in, as far as the commit tells.
type hand struct {
	who   ident
	known bool
}

// putIn says who. The committer of a commit that a forge made is the forge; of a
// merge the author is then the one who pressed the button, but of a squashed
// change the author is who wrote it.
func putIn(one commit, m mark, marked bool) hand {
	switch {
	case len(one.parents) > 1 && one.committer.forge():
		return hand{one.author, true}
	case one.committer.forge():
		return hand{}
	case len(one.parents) < 2 && marked && m.sure && one.author.same(one.committer):
		return hand{} // a tool moved the branch forward to the author's own commit
	}
	return hand{one.committer, true}
}

// directness says whether a change went in without a request: no by a forge's
// mark, yes only for one person's own unmarked commit.
func directness(one commit, m mark, marked bool) (direct, known bool) {
	switch {
	case marked && (m.sure || one.committer.forge()):
		return false, true
	case marked || len(one.parents) > 1 || one.committer.forge():
		return false, false
	}
	return true, one.author.same(one.committer)
}

// selfMerged says whether who put it in wrote most of it. A merge that a program
// carried out, and two addresses that may be one person's, leave it open.
func (n names) selfMerged(h hand, w written, m mark) (self, known bool) {
	switch {
	case !h.known || !w.known || h.who.id() == "" || w.main.id() == "":
		return false, false
	case h.who.bot(): // who told it to is not in git
		return false, false
	case h.who.same(w.main):
		return true, true
	case n.maybeSame(h.who, w.main), m.owner != "" && strings.EqualFold(m.owner, h.who.login()):
		return false, false
	}
	return false, true
}

func (c *collection) emitMerge(ctx context.Context, one commit, w written) error {
	m, marked := findMark(one)
	way := "direct"
	switch {
	case len(one.parents) > 1:
		way = "merge"
	case marked:
		way = "squash"
	}
	fields := map[string]any{
		"sha": one.sha, "at": one.committer.at, "subject": one.subject(), "way": way,
		"signed": one.signature != "",
	}
	missing := []string{"approved"}
	if m.number > 0 {
		fields["number"] = m.number
	}
	if w.known {
		var keys []string
		for _, i := range w.all {
			keys = append(keys, c.key(i))
		}
		slices.Sort(keys)
		fields["commits"], fields["author_key"], fields["author_keys"] = w.commits, c.key(w.main), keys
		fields["author_email"], fields["automated"] = w.main.email, w.main.bot()
	} else {
		missing = append(missing, "commits", "author_key", "author_keys", "author_email", "automated")
	}
	h := putIn(one, m, marked)
	if h.known {
		fields["merger_key"], fields["merger_email"] = c.key(h.who), h.who.email
	} else {
		missing = append(missing, "merger_key", "merger_email")
	}
	if self, known := c.names.selfMerged(h, w, m); known {
		fields["self_merged"] = self
	} else {
		missing = append(missing, "self_merged")
	}
	if direct, known := directness(one, m, marked); known {
		fields["direct"] = direct
	} else {
		missing = append(missing, "direct")
	}
	return c.emit(ctx, kindMerge, one.sha, fields, missing)
}

package git

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/connector"
)

// collection is one reading of the repository.
type collection struct {
	env connector.Env
	run *connector.Run
	now time.Time
	w   *workplace

	names names // by address; read before the merges
}

func (c *collection) collect(ctx context.Context) error {
	for _, step := range []struct {
		say string
		do  func(context.Context) error
	}{
		{"tags", c.tags},
		{"commits", c.commits},
		{"merges", c.merges},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.run.Say("Reading " + step.say)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("read %s: %w", step.say, err)
		}
	}
	return nil
}

func (c *collection) emit(ctx context.Context, kind, id string, fields map[string]any, missing []string) error {
	return c.run.Emit(ctx, connector.Resource{Kind: kind, Authority: c.w.authority, ID: id, Fields: fields, Unavailable: missing})
}

// key is the pseudonym of an address.
func (c *collection) key(i ident) string { return c.env.Pseudonym("mail", i.id()) }

// wanted reports that an event lies in the period.
func (c *collection) wanted(at time.Time) bool {
	return !at.Before(c.env.Period.From) && at.Before(c.env.Period.To)
}

// worthTelling is the age from which a copy's last fetch is told of.
const worthTelling = time.Hour

// covers says which span the listing of an event kind covers: the period, up to
// now, or to when this copy last asked its origin, and not before the commits
// at which a shallow copy was cut off.
func (c *collection) covers(kind string, boundary time.Time) {
	from, to := c.env.Period.From, c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	if at := c.w.fetchedAt; !at.IsZero() && at.Before(to) {
		late := to.Sub(at) > worthTelling
		to = at
		if late {
			c.run.Note(kind, "This copy last asked its origin at "+at.UTC().Format(time.RFC3339)+". What went in later is not in it: fetch, and collect again.")
		}
	}
	if !boundary.IsZero() && !boundary.Before(from) {
		from = boundary.Add(time.Second) // what was cut off is not younger than the boundary
		c.run.Note(kind, "The copy is shallow: history before "+from.Format(time.RFC3339)+" is not in it. Fetch it whole (git fetch --unshallow) to cover more.")
	}
	if to.Before(from) {
		to = from
	}
	c.run.Covers(kind, from, to)
}

// boundary is the youngest commit at which a shallow copy was cut off.
func (c *collection) boundary(ctx context.Context) (latest time.Time, err error) {
	if len(c.w.shallow) == 0 {
		return latest, nil
	}
	err = c.w.objects(ctx, func(name func(string) error) error {
		for _, sha := range c.w.shallow {
			if err := name(sha); err != nil {
				return err
			}
		}
		return nil
	}, func(o object) error {
		if at := parseCommit(o).committer.at; at.After(latest) {
			latest = at
		}
		return nil
	})
	return latest, err
}

// walked is a line of rev-list: a commit, its time as git reads it, and what it
// follows.
type walked struct {
	sha     string
	seconds string
	parents []string
	first   bool // on the branch's own line
}

// walk lists commits, children before parents.
func (c *collection) walk(ctx context.Context, each func(walked) error, args ...string) error {
	next := ""
	return c.w.stream(ctx, nil, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			f := strings.Fields(lines.Text())
			if len(f) < 2 {
				return fmt.Errorf("rev-list: %.80q", lines.Text())
			}
			w := walked{sha: f[1], seconds: f[0], parents: f[2:]}
			if next == "" || w.sha == next {
				w.first, next = true, "none"
				if len(w.parents) > 0 {
					next = w.parents[0]
				}
			}
			if err := each(w); err != nil {
				return err
			}
		}
		return lines.Err()
	}, append([]string{"rev-list", "--timestamp", "--parents"}, args...)...)
}

// maybeWanted reports that a commit can lie in the period, by git's reading of
// its time, which is 0 for what git cannot read.
func (c *collection) maybeWanted(w walked) bool {
	n, err := strconv.ParseInt(w.seconds, 10, 64)
	if err != nil || n == 0 {
		return true
	}
	at, ok := unixTime(w.seconds)
	return ok && c.wanted(at)
}

// queue hands facts from who asks for objects to who takes them.
type queue[T any] struct {
	mu   sync.Mutex
	list []T // guarded by mu
}

func (q *queue[T]) put(v T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, v)
}

func (q *queue[T]) take() (v T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) > 0 {
		v, q.list = q.list[0], q.list[1:]
	}
	return v
}

// oddTimes counts commits whose time places them outside of any past period.
type oddTimes struct{ future, unreadable int }

func (o oddTimes) tell(run *connector.Run, kind string) {
	if o.future > 0 {
		run.Note(kind, fmt.Sprintf("Commits dated after this collection: %d. They lie in no period that has passed.", o.future))
	}
	if o.unreadable > 0 {
		run.Incomplete(kind, fmt.Sprintf("Commits whose date cannot be read, and which therefore lie in no period: %d.", o.unreadable))
	}
}

func (c *collection) commits(ctx context.Context) error {
	boundary, err := c.boundary(ctx)
	if err != nil {
		return err
	}
	c.covers(kindCommit, boundary)
	if c.w.tip == "" {
		c.run.Complete(kindCommit)
		return nil
	}
	var lines queue[walked]
	var odd oddTimes
	count := 0
	err = c.w.objects(ctx, func(name func(string) error) error {
		return c.walk(ctx, func(w walked) error {
			if at, ok := unixTime(w.seconds); ok && at.After(c.now) {
				odd.future++
			}
			if !c.maybeWanted(w) {
				return nil
			}
			lines.put(w)
			return name(w.sha)
		}, "--topo-order", c.w.tip)
	}, func(o object) error {
		w := lines.take()
		if o.kind != "commit" {
			c.run.Incomplete(kindCommit, "A commit is missing from the copy: "+o.sha+".")
			return nil
		}
		one := parseCommit(o)
		if !one.committer.timed {
			odd.unreadable++
			return nil
		}
		if !c.wanted(one.committer.at) {
			return nil
		}
		if count++; count%10000 == 0 {
			c.run.Say(fmt.Sprintf("Reading commits: %d", count))
		}
		return c.emitCommit(ctx, one, w.first)
	})
	if err != nil {
		return err
	}
	c.run.Page("git rev-list, git cat-file", c.w.tip, count)
	odd.tell(c.run, kindCommit)
	c.run.Complete(kindCommit)
	return nil
}

func (c *collection) emitCommit(ctx context.Context, one commit, first bool) error {
	fields := map[string]any{
		"sha": one.sha, "at": one.committer.at, "subject": one.subject(),
		"author_name": one.author.name, "author_email": one.author.email,
		"committer_name": one.committer.name, "committer_email": one.committer.email,
		"author_key": c.key(one.author), "committer_key": c.key(one.committer),
		"author_is_committer": one.author.same(one.committer),
		"parents":             len(one.parents), "first_parent": first,
		"signed": one.signature != "", "automated": one.author.bot(),
	}
	var missing []string
	if one.author.timed {
		fields["authored_at"] = one.author.at
	} else {
		missing = append(missing, "authored_at")
	}
	if one.signature != "" {
		fields["signature"] = one.signature
	}
	if others := one.coAuthors(); len(others) > 0 {
		var people, keys []string
		for _, o := range others {
			people = append(people, strings.TrimSpace(o.name+" <"+o.email+">"))
			keys = append(keys, c.key(o))
		}
		slices.Sort(keys)
		fields["co_authors"], fields["co_author_keys"] = people, slices.Compact(keys)
	}
	return c.emit(ctx, kindCommit, one.sha, fields, missing)
}

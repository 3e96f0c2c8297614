package mailreport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"strings"
	"time"

	"assay/connector"
)

// report is one report of either kind, ready to be told of.
type report struct {
	kind   string
	id     string
	from   time.Time
	at     time.Time
	fields map[string]any
}

// finish sets what both kinds have.
func (r *report) finish(reporter, number, domain string) error {
	domain = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(domain), "."))
	switch {
	case reporter == "" || number == "":
		return errors.New("it does not say who sent it, or its number")
	case domain == "":
		return errors.New("it does not say which domain it is about")
	case r.at.Before(r.from) || r.from.Unix() <= 0:
		return errors.New("the time that it covers is none")
	}
	r.id = reporter + " " + domain + " " + number
	maps.Copy(r.fields, map[string]any{
		"name": reporter + " about " + domain, "at": r.at, "from": r.from, "reporter": reporter, "report": number, "domain": domain,
	})
	return nil
}

const mostFiles = 20_000

// Collect reads the folder once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	entries, err := s.env.Host.ReadDir(s.folder)
	if err != nil {
		run.Refuse("list the folder", clip(err.Error()))
		return fmt.Errorf("list the folder of reports: %w", err)
	}
	run.Page("list the folder", "", len(entries))
	to := s.env.Period.To
	if now := s.env.Now(); now.Before(to) {
		to = now
	}
	c := &collection{source: s, run: run, told: map[string]*report{}, outside: map[string]int{}}
	for _, kind := range []string{kindDMARC, kindTLS} {
		run.Covers(kind, s.env.Period.From, to)
		if len(entries) > mostFiles {
			run.Truncate("list the folder", kind, fmt.Sprintf("The folder holds more than %d files: keep those of the period.", mostFiles))
		}
	}
	for i, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i == mostFiles {
			break
		}
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := c.file(ctx, e.Name()); err != nil {
			return err
		}
	}
	for kind, n := range c.outside {
		run.Note(kind, fmt.Sprintf("Reports that lie outside of the period, from %s to %s: %d.",
			s.env.Period.From.UTC().Format(time.DateOnly), s.env.Period.To.UTC().Format(time.DateOnly), n))
	}
	run.Complete(kindDMARC)
	run.Complete(kindTLS)
	return nil
}

type collection struct {
	*source
	run     *connector.Run
	told    map[string]*report
	outside map[string]int // by kind: reports that are not of the period
}

// file tells of the reports in one file, or why there are none.
func (c *collection) file(ctx context.Context, name string) error {
	body, err := c.env.Host.ReadFile(path.Join(c.folder, name))
	if err != nil {
		c.refuse(name, err)
		return nil
	}
	reports, err := read(name, body, 0)
	if err != nil {
		c.refuse(name, err)
	}
	for _, r := range reports {
		if err := c.tell(ctx, name, r); err != nil {
			return err
		}
	}
	c.run.Page("read reports", "", len(reports))
	return nil
}

// refuse names a file that is not, or not wholly, reports. Of which kind it
// would have been cannot be known, unless its name says so.
func (c *collection) refuse(name string, err error) {
	why := fmt.Sprintf("%s is not taken: %s.", name, strings.TrimSuffix(clip(err.Error()), "."))
	c.run.Refuse("read reports", why)
	for kind, ending := range map[string]string{kindDMARC: ".json", kindTLS: ".xml"} {
		if plain := strings.TrimSuffix(strings.ToLower(name), ".gz"); !strings.HasSuffix(plain, ending) {
			c.run.Incomplete(kind, why)
		}
	}
}

func (c *collection) tell(ctx context.Context, name string, r *report) error {
	if before := c.told[r.kind+" "+r.id]; before != nil {
		if !reflect.DeepEqual(before.fields, r.fields) {
			c.run.Incomplete(r.kind, clip(name+" states the report "+r.id+" otherwise than another file."))
		}
		return nil
	}
	c.told[r.kind+" "+r.id] = r
	if r.at.Before(c.env.Period.From) || !r.at.Before(c.env.Period.To) {
		c.outside[r.kind]++
		return nil
	}
	return c.run.Emit(ctx, connector.Resource{Kind: r.kind, ID: r.id, Fields: r.fields})
}

const longestProblem = 200

func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}

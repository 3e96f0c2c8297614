package scanner

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// finishKnown takes CISA's catalog.
func (d *document) finishKnown() error {
	if len(d.known) == 0 || d.knownOn == "" {
		return errors.New("it is a catalog without an entry or a version")
	}
	for cve, due := range d.known {
		if _, err := time.Parse(time.DateOnly, due); err != nil || !published.MatchString(cve) {
			return fmt.Errorf("its entry %.40q is none: %.40q", cve, due)
		}
	}
	return nil
}

const mostScores = 2_000_000

// readEPSS takes FIRST's scores: a line that says of which day, a heading, and a line
// for each CVE. The scores are kept as texts of fixed length.
func (c *content) readEPSS(m *meter) error {
	lines := bufio.NewScanner(m)
	c.scores = map[string]string{}
	for n := 1; ; n++ {
		m.allow()
		if !lines.Scan() {
			break
		}
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "#"):
			if _, day, ok := strings.Cut(line, "score_date:"); ok {
				c.scoredOn = clip(day)
			}
			continue
		case line == "" || line == "cve,epss,percentile":
			continue
		}
		cve, rest, _ := strings.Cut(line, ",")
		score, _, _ := strings.Cut(rest, ",")
		p, err := strconv.ParseFloat(score, 64)
		if err != nil || p < 0 || p > 1 || !published.MatchString(cve) || n > mostScores {
			return fmt.Errorf("line %d is no score: %.60q", n, line)
		}
		c.scores[strings.Clone(cve)] = c.keep(strconv.FormatFloat(p, 'f', 4, 64))
	}
	if err := lines.Err(); err != nil {
		return cut(err)
	}
	if len(c.scores) == 0 {
		return errors.New("it holds no score")
	}
	c.useful = true
	return nil
}

package connectortest

import (
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"assay/connector"
)

// recording is a parsed txtar file.
type recording struct {
	archive  *txtar.Archive
	now      time.Time
	period   connector.Period
	settings connector.Config
	hook     string
	host     *replayedHost
	web      *replayedWeb
}

func parse(data []byte) (*recording, error) {
	r := &recording{
		archive: txtar.Parse(data), settings: connector.Config{},
		now:  time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		host: newReplayedHost(), web: &replayedWeb{answers: map[string][]answer{}},
	}
	for _, f := range r.archive.Files {
		word, rest, _ := strings.Cut(f.Name, " ")
		if err := r.section(word, rest, f.Data); err != nil {
			return nil, fmt.Errorf("section %q: %w", f.Name, err)
		}
	}
	if r.period.To.IsZero() {
		r.period = connector.Period{From: r.now.AddDate(-1, 0, 0), To: r.now}
	}
	return r, nil
}

func (r *recording) section(word, rest string, data []byte) (err error) {
	switch word {
	case "now":
		r.now, err = time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
	case "period":
		r.period, err = parsePeriod(string(data))
	case "settings":
		err = parseSettings(r.settings, string(data))
	case "hook":
		r.hook = strings.TrimSpace(string(data))
	case "file":
		err = r.host.addFile(rest, data)
	case "base64":
		var plain []byte
		if plain, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); err == nil {
			err = r.host.addFile(rest, plain)
		}
	case "dir":
		err = r.host.addDir(rest)
	case "link":
		err = r.host.addLink(rest, strings.TrimSuffix(string(data), "\n"))
	case "run":
		err = r.host.addRun(rest, data)
	case "stderr":
		r.host.stderr[rest] = string(data)
	case "http":
		err = r.web.add(rest, data)
	case "want":
		if !slices.Contains(wants, rest) {
			err = fmt.Errorf("no such want; there are %s", strings.Join(wants, ", "))
		}
	default:
		err = fmt.Errorf("no such section; see the package's documentation")
	}
	return err
}

func parsePeriod(text string) (connector.Period, error) {
	words := strings.Fields(text)
	if len(words) != 2 {
		return connector.Period{}, fmt.Errorf("want two times")
	}
	from, err := time.Parse(time.RFC3339, words[0])
	if err != nil {
		return connector.Period{}, err
	}
	to, err := time.Parse(time.RFC3339, words[1])
	return connector.Period{From: from, To: to}, err
}

func parseSettings(into connector.Config, text string) error {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			return fmt.Errorf("%q: want name: value", line)
		}
		into[name] = strings.TrimSpace(value)
	}
	return nil
}

// marks takes the trailing "!word" and "@time" off a section's name.
func marks(rest string) (name, bang string, at time.Time, err error) {
	name = rest
	for {
		i := strings.LastIndexByte(name, ' ')
		if i < 0 {
			return name, bang, at, nil
		}
		switch last := name[i+1:]; {
		case strings.HasPrefix(last, "!") && bang == "":
			bang = last[1:]
		case strings.HasPrefix(last, "@") && at.IsZero():
			if at, err = time.Parse(time.RFC3339, last[1:]); err != nil {
				return name, bang, at, err
			}
		default:
			return name, bang, at, nil
		}
		name = name[:i]
	}
}

func absolute(name string) error {
	if !path.IsAbs(name) || path.Clean(name) != name {
		return fmt.Errorf("%q is not an absolute path", name)
	}
	return nil
}

func exitCode(bang string) (int, error) {
	n, err := strconv.Atoi(bang)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("!%s: want an exit code other than 0, timeout or permission", bang)
	}
	return n, nil
}

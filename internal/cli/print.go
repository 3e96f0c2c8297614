package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// writeJSON prints a value as one object that begins with its version.
func writeJSON[T any](w io.Writer, v T) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		_, _ = fmt.Fprintf(w, "{\"v\":1,\"error\":%q}\n", err.Error())
		return
	}
	members := bytes.TrimPrefix(b.Bytes(), []byte("{"))
	sep := ","
	if bytes.HasPrefix(members, []byte("}")) {
		sep = ""
	}
	_, _ = fmt.Fprintf(w, "{\"v\":1%s%s", sep, members)
}

// emit prints an answer, for people or as JSON.
func emit[T any](r *run, v *T, people func(*paper, *T)) error {
	if r.JSON {
		writeJSON(r.Stdout, v)
		return nil
	}
	p := &paper{colour: r.colour()}
	people(p, v)
	_, err := io.WriteString(r.Stdout, p.b.String())
	return err
}

// note writes to standard error unless notes are unwanted.
func (r *run) note(format string, args ...any) {
	if !r.Quiet {
		_, _ = fmt.Fprintf(r.Stderr, format+"\n", args...)
	}
}

func (r *run) colour() bool {
	return r.OutTerminal && !r.NoColor && r.Env["NO_COLOR"] == "" && r.Env["CI"] == "" && r.Env["TERM"] != "dumb"
}

// paper is what a command prints for people.
type paper struct {
	b      strings.Builder
	colour bool
}

func (p *paper) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// table prints rows in columns; the last column is not padded.
func (p *paper) table(rows [][]string) {
	w := tabwriter.NewWriter(&p.b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush()
}

// The colours of states.
const (
	red    = "31"
	yellow = "33"
	green  = "32"
)

func (p *paper) paint(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// moment is a time as people read it, in the zone of the organization.
func moment(t *time.Time, zone *time.Location) string {
	if t == nil {
		return "–"
	}
	return t.In(zone).Format("2 Jan 15:04")
}

func zoneOf(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/duty"
	"assay/internal/standing"
)

// Kind says why a message was written.
type Kind string

// The kinds.
const (
	Digest Kind = "digest" // what waits, once a day
	Urgent Kind = "urgent" // what becomes a deviation within a day
	Alarm  Kind = "alarm"  // to leads, or to whom it concerns, at once
	Trial  Kind = "trial"  // that somebody asked for, to see whether mail arrives
)

// State says where a message is.
type State string

// The states.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Failed  State = "failed" // given up
)

// Message is one mail.
type Message struct {
	ID        string
	Key       string // what it is for, unique in the organization
	Kind      Kind
	User      string
	Address   string
	Subject   string
	Text      string
	State     State
	Tries     int
	CreatedAt time.Time
	NextAt    time.Time // when it is tried next
	SentAt    time.Time
	Problem   string // of the last try
}

// Event is what leads are told of at once, or one user about themselves.
type Event struct {
	Key   string // the same for the same event
	User  string // whom alone it is told; empty: every lead
	Title string
	Why   string
	Href  string // path of the page that shows it
}

// DefaultHour is when the day's message is sent, in the organization's zone.
const DefaultHour = 8

// stage is how near something is. Each is told once.
type stage string

const (
	appeared  stage = "new"
	fortnight stage = "14 days"
	threeDays stage = "3 days"
	oneDay    stage = "a day"
	late      stage = "late"
	veryLate  stage = "3 days late"
)

const day = 24 * time.Hour

func stageOf(d *duty.Duty, now time.Time) stage {
	if d.Due.IsZero() {
		return appeared
	}
	switch left := d.Due.Sub(now); {
	case left <= -3*day:
		return veryLate
	case left <= 0:
		return late
	case left <= day:
		return oneDay
	case left <= 3*day:
		return threeDays
	case left <= 14*day:
		return fortnight
	}
	return appeared
}

// said is one stage of one duty.
type said struct {
	duty  string
	stage stage
}

// deviates reports whether a duty that is late is a deviation of a control.
func deviates(d *duty.Duty) bool { return d.Kind == duty.Check || d.Kind == duty.Activity }

// recipient is whom a plan is for.
type recipient struct {
	User, Name, Address string
	Lead                bool
	Hour                int
}

// situation is what a plan is made from.
type situation struct {
	Org      string // its name
	Origin   string // address of this installation, without a path
	Now      time.Time
	Zone     *time.Location
	Mine     []duty.Duty // what waits for the recipient
	Others   []duty.Duty // leads: what waits for others
	Told     map[said]bool
	Digested bool // the day's message is written
}

// plan is what to write to a recipient, and what that tells of.
type plan struct {
	Messages []Message
	Tells    []said
}

// planFor decides what to write now.
func planFor(r *recipient, s *situation) (p plan) {
	today := standing.DayOf(s.Now, s.Zone)
	var urgent []duty.Duty
	for i := range s.Mine {
		d := &s.Mine[i]
		if key := (said{d.ID, oneDay}); deviates(d) && stageOf(d, s.Now) == oneDay && !s.Told[key] {
			urgent = append(urgent, *d)
			p.Tells = append(p.Tells, key)
		}
	}
	if len(urgent) > 0 {
		ids := make([]string, 0, len(urgent))
		for i := range urgent {
			ids = append(ids, urgent[i].ID)
		}
		slices.Sort(ids)
		p.Messages = append(p.Messages, Message{
			Key: strings.Join([]string{string(Urgent), r.User, today.String(), ids[0]}, "/"), Kind: Urgent, User: r.User, Address: r.Address,
			Subject: fmt.Sprintf("%s: %s a deviation within a day", s.Org, count(len(urgent), "thing becomes", "things become")),
			Text:    s.text([]part{{"If nobody acts, these become deviations within a day", urgent}}),
		})
	}
	if s.Digested || s.Now.In(s.Zone).Hour() < r.Hour {
		return p
	}
	if m, tells := s.digest(r); len(tells) > 0 {
		p.Messages, p.Tells = append(p.Messages, m), append(p.Tells, tells...)
	}
	return p
}

func digestKey(r *recipient, s *situation) string {
	return strings.Join([]string{string(Digest), r.User, standing.DayOf(s.Now, s.Zone).String()}, "/")
}

// part is one paragraph of a message.
type part struct {
	title string
	list  []duty.Duty
}

func (s *situation) digest(r *recipient) (m Message, tells []said) {
	parts := []part{{title: "Late"}, {title: "Due within 14 days"}, {title: "Later, or without a day"}, {title: "Late for three days, with others"}}
	for i := range s.Mine {
		d := &s.Mine[i]
		at := 2
		switch st := stageOf(d, s.Now); st {
		case late, veryLate:
			at = 0
			tells = append(tells, said{d.ID, st})
		case fortnight, threeDays, oneDay:
			at = 1
			tells = append(tells, said{d.ID, st})
		case appeared:
			tells = append(tells, said{d.ID, st})
		}
		parts[at].list = append(parts[at].list, *d)
	}
	if r.Lead {
		for i := range s.Others {
			if d := &s.Others[i]; stageOf(d, s.Now) == veryLate {
				parts[3].list = append(parts[3].list, *d)
				tells = append(tells, said{d.ID, veryLate})
			}
		}
	}
	tells = slices.DeleteFunc(tells, func(t said) bool { return s.Told[t] })
	subject := count(len(s.Mine), "thing waits", "things wait") + " for you"
	if n := len(parts[0].list); n > 0 {
		subject += fmt.Sprintf(", %d late", n)
	}
	return Message{
		Key: digestKey(r, s), Kind: Digest, User: r.User, Address: r.Address,
		Subject: s.Org + ": " + subject, Text: s.text(parts),
	}, tells
}

// mostLines bounds a paragraph; the rest is on the page.
const mostLines = 20

func (s *situation) text(parts []part) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", s.Org, s.Now.In(s.Zone).Format("2 Jan 2006"))
	for _, p := range parts {
		if len(p.list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", p.title)
		for i := range p.list[:min(len(p.list), mostLines)] {
			s.line(&b, &p.list[i])
		}
		if more := len(p.list) - mostLines; more > 0 {
			fmt.Fprintf(&b, "- and %d more\n  %s/tasks\n", more, s.Origin)
		}
	}
	fmt.Fprintf(&b, "\nAll of it: %s/tasks\nThe hour of this message: %s/settings/me\n", s.Origin, s.Origin)
	return b.String()
}

func (s *situation) line(b *strings.Builder, d *duty.Duty) {
	b.WriteString("- " + d.Title)
	if d.Control != "" {
		b.WriteString(" (" + d.Control + ")")
	}
	if !d.Due.IsZero() {
		// Due is the first instant that is late: the last day in time is the one before.
		b.WriteString(", until " + d.Due.Add(-time.Millisecond).In(s.Zone).Format("2 Jan 15:04"))
	}
	href := cmp.Or(d.Href, "/tasks")
	if d.Act.Href != "" && !d.Act.Post {
		href = d.Act.Href
	}
	b.WriteString("\n  " + s.Origin + href + "\n")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// concerns reports whether a recipient is told of an event.
func (e *Event) concerns(r *recipient) bool {
	if e.User == "" {
		return r.Lead
	}
	return e.User == r.User
}

// alarmFor is the message to a recipient about an event.
func alarmFor(r *recipient, s *situation, e *Event) Message {
	return Message{
		Key: strings.Join([]string{string(Alarm), r.User, e.Key}, "/"), Kind: Alarm, User: r.User, Address: r.Address, Subject: s.Org + ": " + e.Title,
		Text: fmt.Sprintf("%s, %s\n\n%s\n%s\n\n%s%s\n", s.Org, s.Now.In(s.Zone).Format("2 Jan 2006 15:04"), e.Title, e.Why, s.Origin, e.Href),
	}
}

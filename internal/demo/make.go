package demo

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/auth"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/job"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/member"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/policy"
	"assay/internal/program"
	"assay/internal/resource"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/training"
)

// Options say which year to make.
type Options struct {
	AsOf  time.Time // the last instant of the made history; the year ends nine days later
	Scale int       // multiplies the facts; 1 if zero
	Notes io.Writer // progress, a line now and then; none if nil
}

// Year is what was made.
type Year struct {
	Org      org.Org
	Users    map[string]string // role word -> user id, for "See it as"
	People   int
	Controls int
	Checks   int
	Days     int
	Leaves   int64
}

// Make fills an empty store. The store's clock must be the hand: the year is
// lived day by day through the same use cases as a real one.
func Make(ctx context.Context, s *suite.Suite, hand *clock.Hand, o Options) (*Year, error) {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return nil, err
	}
	if len(orgs) > 0 {
		return nil, fault.New(fault.Conflict, "This store already holds %s. The demonstration is only made in an empty one.", orgs[0].Name)
	}
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return nil, err
	}
	m := &maker{s: s, hand: hand, notes: o.Notes, asOf: clock.Trunc(o.AsOf), done: map[string]bool{}, touched: map[string]bool{}, y: &Year{Users: map[string]string{}}}
	m.w = &world{start: standing.DayOf(o.AsOf, zone) - (begun - 1), zone: zone, scale: max(o.Scale, 1)}
	defer m.rememberAll()()
	for _, step := range []func(context.Context) error{m.found, m.adopt, m.write, m.beginReadiness, m.connect, m.live, m.match, m.close} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return m.y, nil
}

type maker struct {
	s     *suite.Suite
	hand  *clock.Hand
	w     *world
	notes io.Writer
	asOf  time.Time
	y     *Year

	collect     collect.Service // of the org's own registers
	systems     []connected
	touched     map[string]bool // registers that something happened to since they were collected
	day         int
	lead, owner access.Actor
	second      access.Actor
	excluded    bool
	courses     map[string]string // ids of courses, by their lessons
	reviews     []string          // ids of access reviews, the oldest first
	controls    []control.Version
	policies    []string                // ids
	accounts    map[string]access.Actor // of people who accept policies, by name
	done        map[string]bool         // activities recorded, by control, lane and due date
}

// rememberAll has everything remembered from day to day, because every day tells
// of all that is there again. It returns what ends that.
func (m *maker) rememberAll() (end func()) {
	checks, facts := m.s.Checks, m.s.Connectors.Memory
	were, was := checks.Most, facts.Most
	checks.Most, facts.Most = 50_000*m.w.scale, 100_000*m.w.scale
	return func() {
		checks.Most, facts.Most = were, was
		checks.Forget()
		facts.Forget()
	}
}

func (m *maker) note(format string, args ...any) {
	if m.notes != nil {
		_, _ = fmt.Fprintf(m.notes, format+"\n", args...)
	}
}

// found makes the organization, its people, users and program, some days
// before the period.
func (m *maker) found(ctx context.Context) error {
	m.hand.Set(m.w.at(-10, 9, 0))
	var err error
	if m.y.Org, err = m.s.Orgs.Create(ctx, org.New{
		Name: "Larkspur", Service: "Order management for small shops, as a service", Zone: m.w.zone.String(), Setup: "dismissed", Demo: true,
	}); err != nil {
		return err
	}
	console := access.Console(m.y.Org.ID)
	for _, u := range []struct {
		word, name string
		role       access.Role
	}{
		{"lead", "Priya Raman", access.RoleLead},
		{"second lead", "Marcus Lindqvist", access.RoleLead},
		{"owner", "Tom Okafor", access.RoleOwner},
		{"auditor", "Owen Finch", access.RoleAuditor},
		{"partner", "Ruth Calder", access.RoleAuditor},
		{"viewer", "Chloe Martin", access.RoleViewer},
	} {
		h := human{name: u.name}
		user, err := m.s.Auth.Enroll(ctx, console, auth.New{Email: h.email(), Name: u.name, Role: u.role})
		if err != nil {
			return err
		}
		m.y.Users[u.word] = user.ID
	}
	m.lead = m.actor("lead", "Priya Raman", access.RoleLead)
	m.second = m.actor("second lead", "Marcus Lindqvist", access.RoleLead)
	m.owner = m.actor("owner", "Tom Okafor", access.RoleOwner)
	m.accounts = map[string]access.Actor{
		m.lead.Name: m.lead, m.second.Name: m.second, m.owner.Name: m.owner, "Chloe Martin": m.actor("viewer", "Chloe Martin", access.RoleViewer),
	}
	_, err = m.s.Programs.Add(ctx, m.lead, program.Program{
		Name: "FY" + m.w.date(periodDays-1).Start(time.UTC).Format("06") + " Type 2", Type: program.Type2,
		Categories: []criteria.CategoryID{"security", "availability", "confidentiality"}, From: m.w.start, To: m.w.start + periodDays, Current: true,
	})
	return err
}

func (m *maker) actor(word, name string, role access.Role) access.Actor {
	return access.Actor{ID: m.y.Users[word], Org: m.y.Org.ID, Name: name, Role: role, Door: access.DoorWeb, From: "127.0.0.1"}
}

// live goes through the year, a day at a time.
func (m *maker) live(ctx context.Context) error {
	for m.day = 0; m.day < begun; m.day++ {
		m.hand.Set(m.w.at(m.day, 18, 0))
		if m.day == begun-1 && m.asOf.Before(m.w.at(m.day, 18, 0)) {
			m.hand.Set(m.asOf)
		}
		if err := m.liveDay(ctx); err != nil {
			return fmt.Errorf("day %d: %w", m.day, err)
		}
		if m.day%60 == 59 {
			m.note("day %d of %d", m.day+1, begun)
		}
	}
	m.hand.Set(m.asOf) // which may be late in the evening: what ran the day before would be too old by then
	m.y.Days = begun
	return nil
}

// liveDay is what happens on one day, in order.
func (m *maker) liveDay(ctx context.Context) error {
	steps := []func(context.Context) error{m.collectAll, m.install, m.judgeAndWork, m.exclude}
	if m.day%30 == 0 || m.joinsOrLeaves() {
		steps = append([]func(context.Context) error{m.importPeople}, steps...)
	}
	if m.day%7 == 6 {
		steps = append(steps, m.sign)
	}
	if m.day%7 == 3 && len(m.reviews) > 0 {
		steps = append(steps, m.follow)
	}
	if m.day == lastReview {
		steps = append(steps, m.lastOfAll)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// judgeAndWork judges what was collected, while people do what is due: the next
// collection tells of it. That of policies is so long that it begins the same
// evening, once all that is judged was read.
func (m *maker) judgeAndWork(ctx context.Context) error {
	both, ctx := errgroup.WithContext(ctx)
	read := make(chan struct{})
	both.Go(func() error { return m.sweep(ctx, func() { close(read) }) })
	both.Go(func() error {
		for _, step := range []func(context.Context) error{m.keepPolicies, m.keepRegisters, m.perform} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		<-read
		return m.collectOne(ctx, connected{id: collect.RegisterID(policy.ProductName), by: m.collect})
	})
	return both.Wait()
}

func (m *maker) sweep(ctx context.Context, read func()) error {
	_, err := m.s.Checks.Sweep(ctx, access.Job(m.y.Org.ID, "check.sweep"), read)
	return err
}

func (m *maker) sign(ctx context.Context) error {
	_, err := ledger.Sign(ctx, m.s.DB, m.s.Keys, m.y.Org.ID)
	return err
}

// follow looks whether what access reviews decided is done.
func (m *maker) follow(ctx context.Context) error { return m.s.Reviews.Follow(ctx, m.y.Org.ID) }

func (m *maker) joinsOrLeaves() bool {
	return slices.ContainsFunc(humans(), func(h human) bool { return h.from == m.day || h.to > 0 && h.to+1 == m.day })
}

// collectAll collects every connection, twice as many at once as processors:
// each waits for the store now and then.
func (m *maker) collectAll(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, c := range m.due() {
		all.Go(func() error { return m.collectOne(ctx, c) })
	}
	return all.Wait()
}

func (m *maker) collectOne(ctx context.Context, c connected) error {
	if _, err := c.by.Run(ctx, access.Job(m.y.Org.ID, "collect.run"), c.id, func(connector.Progress) {}); err != nil {
		return fmt.Errorf("collect %s: %w", c.id, err)
	}
	return nil
}

// match has the register of accounts and those that are declared as data collected
// once, at the end of the story: Larkspur has begun to say whose each account is,
// and to have its registers checked.
func (m *maker) match(ctx context.Context) error {
	products := []string{member.ProductName, account.ProductName, training.ProductName}
	for i := range m.s.Registers.Declarations {
		if d := &m.s.Registers.Declarations[i]; d.Parent == "" {
			products = append(products, d.Noun)
		}
	}
	for _, name := range products {
		if err := m.collectOne(ctx, connected{id: collect.RegisterID(name), by: m.collect}); err != nil {
			return err
		}
	}
	more, err := m.s.Checks.Install(ctx, access.Job(m.y.Org.ID, "install"))
	if err != nil {
		return err
	}
	m.y.Checks += more
	return m.sweep(ctx, nil)
}

// importPeople gives the register what the HR system would export that day.
func (m *maker) importPeople(ctx context.Context) error {
	var csv strings.Builder
	csv.WriteString("name,email,title,group,employment,manager,starts_on,ends_on\n")
	n := 0
	for _, h := range humans() {
		if h.from > m.day+14 {
			continue
		}
		end, terms := "", "employee"
		if h.to > 0 && (h.contractor || h.to <= m.day+14) { // a contract says when it ends
			end = m.w.date(h.to).String()
		}
		if h.contractor {
			terms = "contractor"
		}
		fmt.Fprintf(&csv, "%s,%s,%q,%s,%s,%s,%s,%s\n", h.name, h.email(), h.title, h.group, terms, managerOf(&h), m.w.date(h.from), end)
		n++
	}
	res, err := m.s.People.Import(ctx, m.lead, []byte(csv.String()), true)
	if err != nil {
		return err
	}
	if bad := refused(res); bad != "" {
		return fmt.Errorf("import people: %s", bad)
	}
	m.y.People = n
	return nil
}

// exclude asks for the one exclusion of the year, and has it approved.
func (m *maker) exclude(ctx context.Context) error {
	if m.excluded || m.day < begun-26 {
		return nil
	}
	m.excluded = true
	for _, id := range []string{"any.account.mfa", "aws.iam.user.mfa"} { // each would find it
		e, err := m.s.Checks.Ask(ctx, m.owner, check.Exclusion{
			Check: id, Ref: resource.Ref{Kind: "aws.iam.user", Authority: authority, ID: "AIDACILEGACY"},
			Reason:       "The old build server signs in with this user until its replacement is live; it has no person behind it.",
			Compensating: "Its sign-ins are allowed from one address only and are alerted on.", Until: m.w.at(begun+4, 18, 0),
		})
		if err != nil {
			return err
		}
		if err := m.s.Checks.DecideExclusion(ctx, m.second, e.ID, true); err != nil {
			return err
		}
	}
	return nil
}

// close computes the standing, looks ahead from it and signs the head.
func (m *maker) close(ctx context.Context) error {
	if err := m.s.Controls.Rebuild(ctx, access.Job(m.y.Org.ID, "control.rebuild")); err != nil {
		return err
	}
	if err := m.lookAhead(ctx); err != nil {
		return err
	}
	cp, err := ledger.Sign(ctx, m.s.DB, m.s.Keys, m.y.Org.ID)
	if err != nil {
		return err
	}
	m.y.Leaves = cp.Size
	grant, err := access.Job(m.y.Org.ID, "end").May(access.ConnectorSync)
	if err != nil {
		return err
	}
	return m.s.DB.Write(ctx, grant, job.Clear) // the story ends here: its systems do not exist
}

func refused(res *person.ImportResult) string {
	for _, r := range res.Rows {
		if r.Outcome == person.Refused {
			return fmt.Sprint(r)
		}
	}
	return ""
}

package app

import (
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"assay/connector"
	"assay/connector/all"
	"assay/internal/account"
	"assay/internal/activity"
	"assay/internal/anchor"
	"assay/internal/auth"
	"assay/internal/backup"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/device"
	"assay/internal/draft"
	"assay/internal/duty"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/export"
	"assay/internal/fact"
	"assay/internal/factor"
	"assay/internal/federation"
	"assay/internal/incident"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/host"
	"assay/internal/kit/outbound"
	"assay/internal/licensed"
	"assay/internal/member"
	"assay/internal/notice"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/personal"
	"assay/internal/policy"
	"assay/internal/population"
	"assay/internal/portfolio"
	"assay/internal/program"
	"assay/internal/readiness"
	"assay/internal/register"
	allregisters "assay/internal/register/all"
	"assay/internal/rehearsal"
	"assay/internal/report"
	"assay/internal/resource"
	"assay/internal/review"
	"assay/internal/rule"
	"assay/internal/scim"
	"assay/internal/sheet"
	"assay/internal/siem"
	"assay/internal/sso"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/task"
	"assay/internal/training"
	"assay/internal/workpaper"
)

// hashing bounds how many passwords are hashed at once, 19 MiB each.
const hashing = 4

func wire(c Config, p parts) *suite.Suite {
	s := &suite.Suite{DB: p.db, Keys: p.ring, Master: c.Place(), Blobs: p.blobs, Library: p.library, Now: c.Now, Log: c.Log}
	s.Sealed = slices.Concat(collect.Holders(), sso.Holders(), []keys.Holder{evidence.Holder(), fact.Holder(), licensed.Holder(), draft.Holder(), siem.Holder()})
	s.Orgs = org.Service{DB: p.db, Keys: p.ring, Host: c.Host, Accounted: program.Accounted}
	s.Auth = auth.Service{DB: p.db, Factors: factor.Service{Key: p.users}, Person: inRegister, Vouches: sso.Vouches, Advises: portfolio.Advises, Turns: make(chan struct{}, hashing)}
	s.SSO = sso.Service{
		DB: p.db, Keys: p.ring, Auth: s.Auth, Key: p.users, Texts: net.DefaultResolver.LookupTXT, AllowLocal: c.AllowLocal, Memory: &sso.Memory{}, Ended: scim.Ended,
		HTTP: outbound.New(outbound.Options{AllowLocal: c.AllowLocal, UserAgent: "assay", Timeout: 15 * time.Second, MaxBody: 1 << 20, Retries: 1}),
	}
	s.Federation = federation.Service{DB: p.db, Auth: s.Auth, Provider: s.SSO.Provider, AllowLocal: c.AllowLocal}
	s.SCIM = scim.Service{DB: p.db, Auth: s.Auth, Own: sso.Owns}
	s.Programs = program.Service{DB: p.db, Criteria: p.library.Criteria(), Then: rebuild}
	s.Licensed = licensed.Service{DB: p.db, Keys: p.ring, Criteria: p.library.Criteria()}
	s.People = person.Service{DB: p.db, Changed: collect.JobRun}
	s.Policies = policy.Service{DB: p.db, Library: p.library, PersonOf: personOf, Changed: collect.JobRun}
	s.Registers = register.Book{
		DB: p.db, Library: p.library, Declarations: allregisters.Declarations(), People: someone, PersonOf: personOf, Changed: collect.JobRun,
	}
	s.Reports = report.Service{DB: p.db, Library: p.library, Books: &s.Registers, Controls: &s.Controls, Readiness: &s.Readiness, Evidence: &s.Evidence, MadeBy: "assay " + Version()}
	besides(s)
	s.Facts = fact.Service{DB: p.db, Keys: p.ring}
	s.Connectors = collect.Service{
		DB: p.db, Keys: p.ring, Products: all.Products(), Registers: registers(s), Host: host.Machine{},
		HTTP: outbound.New(outbound.Options{AllowLocal: c.AllowLocal, UserAgent: "assay"}), AllowLocal: c.AllowLocal,
		Period: func(tx *db.Tx) (connector.Period, error) {
			from, to, err := span(tx)
			return connector.Period{From: from, To: to}, err
		},
		Memory: &fact.Memory{}, Then: jobAfter, MaxImport: c.MaxImport, SpoolDir: c.Data, Log: c.Log,
	}
	s.Accounts = account.Service{DB: p.db, Keys: p.ring, Memory: &account.Memory{}, Connections: s.Connectors.Connections, Changed: collect.JobRun}
	s.Checks = &check.Service{
		DB: p.db, Keys: p.ring, Catalog: p.checks, Connections: s.Connectors.Connections,
		Period: func(tx *db.Tx) (rule.Period, error) {
			from, to, err := span(tx)
			return rule.Period{From: from, To: to}, err
		},
		Then: rebuild, SpoolDir: c.Data,
	}
	s.Controls = control.Service{
		DB: p.db, Library: p.library, Checks: s.Checks, Program: current, Named: named,
		Uploads: uploads, Then: rebuild, Memory: &control.Memory{},
	}
	s.Policies.Known, s.Registers.Control, s.Registers.Evidence, s.Registers.Answered = s.Controls.Exists, s.Controls.Exists, isEvidence, answered
	s.Activities = activity.Service{DB: p.db, Known: s.Controls.Known, Then: rebuild}
	s.Evidence = evidence.Service{DB: p.db, Keys: p.ring, Blobs: p.blobs, Known: s.Controls.Exists, Changed: collect.JobRun, Then: rebuild}
	s.Tasks = task.Service{DB: p.db, Member: belongs}
	s.Duties = duty.Service{
		DB: p.db, Now: c.Now, Controls: &s.Controls, Checks: s.Checks, Evidence: &s.Evidence, Programs: &s.Programs, Policies: &s.Policies, Training: &s.Training, Registers: &s.Registers, Tasks: &s.Tasks,
		Names: auth.Names,
	}
	s.Anchors = anchor.Service{
		DB: p.db, Keys: p.ring, Config: p.outside, Log: c.Log,
		HTTP: outbound.New(outbound.Options{AllowLocal: true, UserAgent: "assay"}), // the operator's own list
	}
	s.Exports = export.Service{
		DB: p.db, Anchor: s.Anchors.Round, Keys: p.ring, MadeBy: "assay " + Version(), Evidence: &s.Evidence, Controls: index(s), Standing: standingRecord(s),
		Papers: &workpaper.Service{Books: &s.Registers, Populations: &s.Populations, Sheets: &s.Sheets},
	}
	s.Backups = backup.Service{
		DB: p.db, Keys: p.ring, Objects: p.blobs, Orgs: s.Orgs, Anchors: &s.Anchors, Config: p.backups, Data: c.Data,
		Door: backup.Door{Access: cmp.Or(c.BackupAccess, c.Access), Secret: c.BackupSecret}, MadeBy: "assay " + Version(), Now: c.Now, Log: c.Log,
	}
	if c.BackupAccess == "" {
		s.Backups.Door.Secret = c.Secret
	}
	s.Notices = notice.Service{DB: p.db, Post: p.mail.Post(), Origin: p.mail.Origin(), Duties: s.Duties, Links: s.Auth.NewMailLink, Events: events(s)}
	s.Drafts = draft.Service{DB: p.db, Keys: p.ring, Blobs: p.blobs, SpoolDir: c.Data}
	s.SIEM = siem.Service{DB: p.db, Keys: p.ring, AllowLocal: c.AllowLocal}
	others(s)
	s.Worker = job.Worker{DB: p.db, Handlers: handlers(s), Log: c.Log}
	return s
}

// others are the use cases of users and of other organizations.
func others(s *suite.Suite) {
	s.Devices = device.Service{DB: s.DB, Auth: s.Auth}
	s.Personal = personal.Service{DB: s.DB}
	s.Portfolio = portfolio.Service{DB: s.DB, Auth: s.Auth, Look: lookOver(s)}
}

// besides are the use cases of registers that data cannot say, and what they do within
// those of every register.
func besides(s *suite.Suite) {
	s.Populations = population.Service{DB: s.DB, Keys: s.Keys, Books: &s.Registers}
	s.Readiness = readiness.Service{DB: s.DB, Library: s.Library, Books: &s.Registers, Controls: &s.Controls, Answered: answered}
	s.Rehearsals = rehearsal.Service{DB: s.DB, Controls: &s.Controls, Answered: answered}
	s.Sheets = sheet.Service{DB: s.DB, Books: &s.Registers, Populations: &s.Populations}
	s.Years = engagement.Years{DB: s.DB, Books: &s.Registers}
	s.Reviews = review.Service{DB: s.DB, Books: &s.Registers, Accounts: &s.Accounts, PersonOf: personOf}
	s.Training = training.Service{DB: s.DB, Library: s.Library, Books: &s.Registers, PersonOf: personOf, Filling: policy.Answers}
	s.Desk = incident.Desk{DB: s.DB, Books: &s.Registers, PersonOf: personOf}
	s.Registers.Also = map[string][]string{training.Noun: {training.ProductName}}
	s.Registers.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{
		"population.capture": s.Populations.Take, "sample.commit": s.Populations.Commit, "sample.reveal": s.Populations.Reveal, "sample.extend": s.Populations.Extend, "sample.replace": s.Populations.Replace,
		"exception.verify": engagement.SettleException(&s.Registers), "exception.report": engagement.SettleException(&s.Registers), "exception.withdraw": engagement.SettleException(&s.Registers),
		"sheet.begin": s.Sheets.Begin, "sheet.refresh": s.Sheets.Refresh, "sheet.reperform": s.Sheets.Reperform, "sheet.prepare": s.Sheets.Prepare, "sheet.skip": s.Sheets.Skip, "sheet.review": s.Sheets.Review, "sheet.withdraw": s.Sheets.Withdraw,
		"engagement.conclude": s.Sheets.Concluded, "engagement.issue": s.Reports.Issue, "engagement.reissue": s.Reports.Issue,
		"access_review.begin": s.Reviews.Begin, "access_review.sign": s.Reviews.Seal,
		"description.approve": s.Reports.Resolve,
	}
	s.Registers.Before = map[string]func(context.Context, string) error{review.Noun: s.Reviews.Follow}
}

// Kinds are the kinds that connectors and registers bring.
func Kinds() (out []resource.Schema) {
	none := &suite.Suite{Registers: register.Book{Declarations: allregisters.Declarations()}}
	for _, p := range append(all.Products(), registers(none)("")...) {
		out = append(out, p.Kinds...)
	}
	return out
}

// registers returns the org's own registers as sources, as they were made when
// they were first asked for.
func registers(s *suite.Suite) func(string) []connector.Product {
	var mu sync.Mutex
	made := map[string][]connector.Product{}
	return func(org string) []connector.Product {
		mu.Lock()
		defer mu.Unlock()
		if out, ok := made[org]; ok {
			return out
		}
		if len(made) >= mostOrgs {
			clear(made)
		}
		made[org] = append([]connector.Product{
			person.Product(s.People, org), account.Product(s.Accounts, org), member.Product(member.Source{DB: s.DB, Providers: portfolio.Names}, org), policy.Product(s.Policies, org), evidence.Product(s.Evidence, org), training.Product(&s.Training, org),
		}, s.Registers.Products(org)...)
		return made[org]
	}
}

// mostOrgs bounds whose registers are remembered, some 50 KB each.
const mostOrgs = 100

// belongs reports a user who does not belong to the organization.
func belongs(tx *db.Tx, user string) error {
	names, err := auth.Names(tx)
	if err != nil {
		return err
	}
	if _, ok := names[user]; !ok {
		return fault.New(fault.NotFound, "There is no such user in the organization.")
	}
	return nil
}

// inRegister refuses an id that is nobody's in the register of people.
func inRegister(tx *db.Tx, personID string) error {
	_, err := person.Find(tx, personID)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "There is no such person in the register.")
	}
	return err
}

// someone lists the people whom registers may name.
func someone(tx *db.Tx) (out []register.Someone, err error) {
	people, err := person.Everybody(tx)
	for i := range people {
		p := &people[i]
		out = append(out, register.Someone{ID: p.ID, Name: p.Name, Email: p.Email})
	}
	return out, err
}

// personOf is the person whose account a user's is: whom a lead linked to it,
// or who has its address in the register. Empty if nobody.
func personOf(tx *db.Tx, user string) (string, error) {
	address, linked, err := auth.PersonOf(tx, user)
	if err != nil || linked != "" || address == "" {
		return linked, err
	}
	return person.WithAddress(tx, address)
}

// isEvidence reports, by its error, evidence that does not exist.
func isEvidence(tx *db.Tx, id string) error {
	absent, err := evidence.Absent(tx, []string{id})
	if err == nil && len(absent) > 0 {
		return fault.New(fault.NotFound, "There is no such evidence.")
	}
	return err
}

// answered lists the controls that are in force or to come, and who answers for
// each.
func answered(tx *db.Tx) ([]register.Answered, error) {
	known, err := control.Versions(tx)
	if err != nil {
		return nil, err
	}
	people := map[string]string{} // by user
	var out []register.Answered
	for _, id := range slices.Sorted(maps.Keys(known)) {
		newest := known[id][len(known[id])-1]
		if newest.Retired {
			continue
		}
		if _, found := people[newest.Owner]; !found && newest.Owner != "" {
			if people[newest.Owner], err = personOf(tx, newest.Owner); err != nil {
				return nil, err
			}
		}
		out = append(out, register.Answered{Control: id, Person: people[newest.Owner]})
	}
	return out, nil
}

// uploads is what people added as evidence, as the lanes of controls see it.
func uploads(tx *db.Tx) ([]control.Upload, error) {
	list, err := evidence.Coverages(tx)
	out := make([]control.Upload, 0, len(list))
	for _, c := range list {
		out = append(out, control.Upload{Control: c.Control, Lane: c.Lane, From: c.From, To: c.To, CollectedAt: c.At})
	}
	return out, err
}

// rebuild queues the standing of controls for anew, in the transaction of what
// changes it.
func rebuild(tx *db.Tx) error { return job.Add(tx, jobRebuild, "", tx.Now()) }

// current is the program that controls stand in.
func current(tx *db.Tx) (control.Program, bool, error) {
	o, err := org.Load(tx)
	if err != nil {
		return control.Program{}, false, err
	}
	p, ok, err := program.Current(tx)
	if err != nil || !ok {
		return control.Program{Period: standing.Period{Zone: o.Location()}}, false, err
	}
	return control.Program{ID: p.ID, Period: p.Period(&o)}, true, nil
}

// named is a program by id or slug, as controls stand in it.
func named(tx *db.Tx, name string) (control.Program, error) {
	o, err := org.Load(tx)
	if err != nil {
		return control.Program{}, err
	}
	p, err := program.Named(tx, name)
	return control.Program{ID: p.ID, Period: p.Period(&o)}, err
}

// span is the time whose events count: the program's period, or the twelve
// months up to now while there is no program or its period has not begun.
func span(tx *db.Tx) (from, to time.Time, err error) {
	p, ok, err := current(tx)
	if err != nil {
		return from, to, err
	}
	if ok && p.Period.Start().Before(tx.Now()) {
		return p.Period.Start(), p.Period.End(), nil
	}
	today := standing.DayOf(tx.Now(), p.Period.Zone)
	return today.AddMonths(-12).Start(p.Period.Zone), (today + 1).Start(p.Period.Zone), nil
}

package personal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/notice"
	"assay/internal/policy"
	"assay/internal/register"
	"assay/internal/scim"
	"assay/internal/sso"
	"assay/internal/task"
	"assay/internal/trail"
)

// JobRound erases whom the organization's rule says.
const JobRound = "personal.round"

// Service is the use cases.
type Service struct {
	DB *db.DB
}

// Former is somebody who is no member any more, and of whom the trail holds a name.
type Former struct {
	ID     string
	Name   string // the last one
	LastAt time.Time
}

// Former lists the users who are no members any more, whoever left last first.
func (s Service) Former(ctx context.Context, who access.Actor) (list []Former, err error) {
	g, err := who.May(access.UserErase)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = former(tx)
		return err
	})
	return list, err
}

func former(tx *db.Tx) ([]Former, error) {
	known, err := trail.People(tx)
	if err != nil {
		return nil, err
	}
	members, err := auth.Members(tx)
	if err != nil {
		return nil, err
	}
	var out []Former
	for _, k := range known {
		if slices.ContainsFunc(members, func(m auth.Member) bool { return m.ID == k.ID }) {
			continue
		}
		out = append(out, Former{ID: k.ID, Name: k.Names[0], LastAt: k.LastAt})
	}
	slices.SortFunc(out, func(a, b Former) int {
		return cmp.Or(b.LastAt.Compare(a.LastAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Erased is what an erasure did.
type Erased struct {
	Entries int  // of the trail, that it was in
	Account bool // the account went too: no organization has it as a member
}

// Erase takes a former user out of the organization: their names and addresses out of
// the trail, invitations, provisioning and messages; and the account, if it opens no
// other organization.
func (s Service) Erase(ctx context.Context, who access.Actor, userID string, basis trail.Basis, why string) (out Erased, err error) {
	g, err := who.May(access.UserErase)
	if err != nil {
		return out, err
	}
	why = strings.Join(strings.Fields(why), " ")
	var wrong []fault.Field
	if basis != trail.OnRequest && basis != trail.Expired {
		wrong = append(wrong, fault.Field{Name: "basis", Text: "Say on which basis: request or retention."})
	}
	if why == "" || len(why) > 2000 {
		wrong = append(wrong, fault.Field{Name: "why", Text: "Say why, in at most 2,000 characters: such as when the person asked for it. The trail keeps it."})
	}
	switch {
	case len(wrong) > 0:
		return out, fault.Fields("Nothing was erased.", wrong...)
	case userID == who.ID:
		return out, fault.New(fault.Forbidden, "Nobody erases themselves. Ask another lead.")
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		out, err = erase(tx, userID, basis, why)
		return err
	})
	return out, err
}

func erase(tx *db.Tx, userID string, basis trail.Basis, why string) (out Erased, err error) {
	subject, err := subjectOf(tx, userID)
	if err != nil {
		return out, err
	}
	if out.Entries, err = trail.Erase(tx, subject, basis); err != nil {
		return out, err
	}
	for _, address := range subject.Addresses {
		if err := auth.ForgetInvitations(tx, address); err != nil {
			return out, err
		}
	}
	for _, forget := range []func(*db.Tx, string) error{scim.Forget, sso.Forget, notice.Forget, task.Forget, account.Forget, policy.Forget, register.Forget} {
		if err := forget(tx, userID); err != nil {
			return out, err
		}
	}
	if out.Account, err = auth.Forget(tx, userID); err != nil {
		return out, err
	}
	return out, trail.Add(tx, trail.Act{Action: string(access.UserErase), Noun: "user", Object: userID, Label: trail.Gone, Detail: map[string]string{
		"basis": string(basis), "why": subject.Scrub(why), "entries": strconv.Itoa(out.Entries), "account": strconv.FormatBool(out.Account),
	}})
}

// subjectOf is everything by which the organization calls a user who is no member.
func subjectOf(tx *db.Tx, userID string) (*trail.Subject, error) {
	members, err := auth.Members(tx)
	if err != nil {
		return nil, err
	}
	for i := range members {
		if members[i].ID == userID {
			return nil, fault.New(fault.Conflict, "%s is a member. End the membership first: what somebody may do here, and who they are, belongs together.", members[i].Name)
		}
	}
	s, known, err := namesOf(tx, userID)
	if err == nil && !known {
		err = fault.New(fault.NotFound, "The trail holds no name of such a user: nobody of the kind was here, or they were erased already.")
	}
	return s, err
}

// namesOf is everything by which the organization calls a user.
func namesOf(tx *db.Tx, userID string) (s *trail.Subject, known bool, err error) {
	people, err := trail.People(tx)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(people, func(k trail.Known) bool { return k.ID == userID })
	if i < 0 {
		return nil, false, nil
	}
	s = &trail.Subject{ID: userID}
	add := func(name string) {
		switch {
		case name == "" || name == trail.Gone:
		case strings.Contains(name, "@"):
			s.Addresses = append(s.Addresses, name)
		default:
			s.Names = append(s.Names, name)
		}
	}
	for _, name := range people[i].Names {
		add(name)
	}
	u, found, err := auth.Whose(tx, userID)
	if err != nil {
		return nil, false, err
	}
	if found { // the account says more than this organization's trail
		add(u.Name)
		add(u.Email)
	}
	told, err := scim.ToldOf(tx, userID)
	for i := range told {
		add(told[i].UserName)
	}
	slices.Sort(s.Names)
	slices.Sort(s.Addresses)
	s.Names, s.Addresses = slices.Compact(s.Names), slices.Compact(s.Addresses)
	return s, true, err
}

// mostMonths bounds the rule.
const mostMonths = 240

// Rule returns after how many months the names of users who left are erased; 0: never
// by themselves.
func (s Service) Rule(ctx context.Context, who access.Actor) (months int, err error) {
	g, err := who.May(access.UserErase)
	if err != nil {
		return 0, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		months, err = rule(tx)
		return err
	})
	return months, err
}

// SetRule says after how many months the names of users who left are erased; 0: never by
// themselves. A Type 2 period and the examination after it last up to 18 months, and an
// auditor asks who did what: fewer than 12 months are refused.
func (s Service) SetRule(ctx context.Context, who access.Actor, months int) error {
	g, err := who.May(access.UserErase)
	if err != nil {
		return err
	}
	if months != 0 && (months < 12 || months > mostMonths) {
		return fault.Fields("The rule was not saved.", fault.Field{Name: "months", Text: "Give 12 to " + strconv.Itoa(mostMonths) + " months, or 0 to keep names until somebody erases them. An auditor of the last period asks who did what."})
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		was, err := rule(tx)
		if err != nil || was == months {
			return err
		}
		if err := saveRule(tx, months); err != nil {
			return err
		}
		if months == 0 {
			err = job.Stop(tx, JobRound, "")
		} else {
			err = job.Every(tx, JobRound, "", 24*time.Hour)
		}
		if err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "rule", Object: "personal", Label: "Names of users who left", Detail: map[string]string{"months": strconv.Itoa(was) + " → " + strconv.Itoa(months)}})
	})
}

// Round erases the users who left longer ago than the rule says, each in a transaction.
func (s Service) Round(ctx context.Context, orgID string) error {
	g, err := access.Job(orgID, "personal").May(access.OrgRead)
	if err != nil {
		return err
	}
	var due []string
	months := 0
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if months, err = rule(tx); err != nil || months == 0 {
			return err
		}
		list, err := former(tx)
		for i := range list {
			if list[i].LastAt.AddDate(0, months, 0).Before(tx.Now()) {
				due = append(due, list[i].ID)
			}
		}
		return err
	}); err != nil {
		return err
	}
	for _, userID := range due {
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
			_, err := erase(tx, userID, trail.Expired, "Kept for "+strconv.Itoa(months)+" months.")
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

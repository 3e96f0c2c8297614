package api

import (
	"context"
	"io"
	"strconv"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/suite"
)

// reviewOperations are those of access reviews besides what every register has.
func reviewOperations() []Operation {
	return []Operation{
		{ID: "access_review.items", Method: get, Path: "/access-reviews/{id}/items", Permission: access.AccessReviewRead, Summary: "The accounts of a review as each was seen when it began, why they need thought, and what was decided.", Do: does(reviewItems)},
		{ID: "access_review.decisions", Method: get, Path: "/access-reviews/{id}/items/{account}/decisions", Permission: access.AccessReviewRead, Summary: "Every decision on an account of a review, the oldest first.", Do: does(reviewDecisions)},
		{ID: "access_review.decide", Method: post, Path: "/access-reviews/{id}/decisions", Permission: access.AccessReviewDecide, Summary: "Decide on accounts of a review: all that are sent, or none. Nobody decides on their own.", Do: does(reviewDecide)},
		{ID: "access_review.keep-unchanged", Method: post, Path: "/access-reviews/{id}/keep-unchanged", Permission: access.AccessReviewDecide, Summary: "Keep all accounts that are as they were when they were last kept, with one reason.", Do: does(reviewKeep)},
		{ID: "access_review.confirm", Method: post, Path: "/access-reviews/{id}/items/{account}/confirm", Permission: access.AccessReviewDecide, Summary: "Say by name that what was decided of an account was done, where no collection can show it.", Do: does(reviewConfirm)},
		{ID: "access_review.certificate", Method: get, Path: "/access-reviews/{id}/certificate", Permission: access.AccessReviewRead, Summary: "A review as it was signed; JSON is what the log commits to.", Do: sends(reviewCertificate)},
	}
}

// ReviewItemsIn asks for accounts of a review.
type ReviewItemsIn struct {
	Page
	ID     string `path:"id"`
	Show   string `query:"show" enum:"thought,unchanged,decided,waiting,all"`
	System string `query:"system" doc:"Kind."`
	Query  string `query:"q" maxLength:"200" doc:"In names and addresses."`
}

// ReviewItem is an account of a review.
type ReviewItem struct {
	Account    string     `json:"account"`
	Place      int        `json:"place"`
	Resource   Ref        `json:"resource"`
	System     string     `json:"system" doc:"Title of the kind."`
	Name       string     `json:"name"`
	Email      string     `json:"email,omitempty"`
	Holder     string     `json:"holder" enum:"person,service,system"`
	Person     string     `json:"person,omitempty" doc:"Id of whose it was, or of who answered for it."`
	PersonName string     `json:"person_name,omitempty"`
	Purpose    string     `json:"purpose,omitempty"`
	Enabled    *bool      `json:"enabled,omitempty" doc:"Absent where it was not known."`
	Admin      *bool      `json:"admin,omitempty" doc:"Absent where it was not known."`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	Reasons    []string   `json:"reasons" doc:"Why it needs thought: removal_not_done, person_left, nobodys, became_admin, other_person, person_leaves, unused, new, possible. Empty: it is as it was when it was last kept."`
	Verdict    string     `json:"verdict,omitempty" enum:"keep,change,remove" doc:"Absent: not decided."`
	Note       string     `json:"note,omitempty"`
	DecidedAt  *time.Time `json:"decided_at,omitempty"`
	DecidedBy  string     `json:"decided_by,omitempty"`
	DoneAt     *time.Time `json:"done_at,omitempty" doc:"When a change or removal was seen to be done."`
	DoneBy     string     `json:"done_by,omitempty" doc:"Who confirmed that; absent where a collection shows it."`
	DoneNote   string     `json:"done_note,omitempty"`
}

// ReviewItems is a page of the accounts of a review.
type ReviewItems struct {
	Items     []ReviewItem   `json:"items"`
	Total     int            `json:"total" doc:"That the filter finds."`
	Accounts  int            `json:"accounts" doc:"Of the whole review."`
	Undecided int            `json:"undecided"`
	Thought   int            `json:"thought" doc:"Undecided, that need thought."`
	Waiting   int            `json:"waiting" doc:"Decided to be changed or removed, and not seen to be done."`
	Verdicts  map[string]int `json:"verdicts"`
	Next      string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func reviewItems(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewItemsIn) (*ReviewItems, error) {
	after, err := placeOf(in.After)
	if err != nil {
		return nil, err
	}
	l, err := s.Reviews.List(ctx, who, in.ID, review.Filter{Show: review.Show(in.Show), System: in.System, Query: in.Query, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &ReviewItems{
		Items: []ReviewItem{}, Total: l.Total, Accounts: l.Counts.All, Undecided: l.Counts.Undecided(), Thought: l.Counts.Thought, Waiting: l.Counts.Waiting, Verdicts: map[string]int{},
	}
	for _, v := range review.Verdicts() {
		out.Verdicts[string(v)] = l.Counts.ByVerdict[v]
	}
	for i := range l.Items {
		out.Items = append(out.Items, reviewItemOf(&l.Items[i]))
	}
	if in.Limit > 0 && len(l.Items) == in.Limit {
		out.Next = strconv.Itoa(l.Items[len(l.Items)-1].Place)
	}
	return out, nil
}

// placeOf reads where a page of a review goes on.
func placeOf(after string) (int, error) {
	if after == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(after)
	if err != nil || n < 0 {
		return 0, fault.Fields("The review was not listed.", fault.Field{Name: "after", Text: "Send what a page before this one gave as next."})
	}
	return n, nil
}

func reviewItemOf(i *review.Item) ReviewItem {
	out := ReviewItem{
		Account: i.Account, Place: i.Place, Resource: Ref{Kind: i.Kind, Authority: i.Authority, ID: i.ID}, System: i.System, Name: i.Name, Email: i.Email,
		Holder: i.Holder, Person: i.Person, PersonName: i.PersonName, Purpose: i.Purpose, Enabled: i.Enabled, Admin: i.Admin, LastUsedAt: maybe(i.LastUsed),
		Reasons: []string{}, Verdict: string(i.Verdict), Note: i.Note, DecidedAt: maybe(i.DecidedAt), DecidedBy: i.ByName, DoneAt: maybe(i.DoneAt), DoneBy: i.DoneBy, DoneNote: i.DoneNote,
	}
	for _, w := range i.Reasons {
		out.Reasons = append(out.Reasons, string(w))
	}
	return out
}

// ReviewAccount names an account of a review.
type ReviewAccount struct {
	ID      string `path:"id"`
	Account string `path:"account"`
}

// ReviewDecision is a decision that was taken on an account.
type ReviewDecision struct {
	Verdict string    `json:"verdict,omitempty" enum:"keep,change,remove" doc:"Absent: a decision was taken back."`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// ReviewDecisions are all decisions on an account of a review.
type ReviewDecisions struct {
	Decisions []ReviewDecision `json:"decisions"`
}

func reviewDecisions(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewAccount) (*ReviewDecisions, error) {
	list, err := s.Reviews.History(ctx, who, in.ID, in.Account)
	if err != nil {
		return nil, err
	}
	out := &ReviewDecisions{Decisions: []ReviewDecision{}}
	for i := range list {
		out.Decisions = append(out.Decisions, ReviewDecision{string(list[i].Verdict), list[i].Note, list[i].At, list[i].ByName})
	}
	return out, nil
}

// ReviewDecideIn is decisions on accounts of a review.
type ReviewDecideIn struct {
	ID   string `path:"id"`
	Body ReviewChoices
}

// ReviewChoices are decisions, taken together.
type ReviewChoices struct {
	Decisions []ReviewChoice `json:"decisions" minItems:"1" maxItems:"500"`
}

// ReviewChoice is a decision on an account.
type ReviewChoice struct {
	Account string `json:"account"`
	Verdict string `json:"verdict,omitempty" enum:"keep,change,remove" doc:"Absent takes a decision back."`
	Note    string `json:"note,omitempty" maxLength:"1000" doc:"Needed for a change: what to."`
}

// ReviewDecided says how many decisions differ from those that were in force.
type ReviewDecided struct {
	Decided int `json:"decided"`
}

func reviewDecide(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewDecideIn) (*ReviewDecided, error) {
	list := make([]review.Decision, 0, len(in.Body.Decisions))
	for _, c := range in.Body.Decisions {
		list = append(list, review.Decision{Account: c.Account, Verdict: review.Verdict(c.Verdict), Note: c.Note})
	}
	n, err := s.Reviews.Decide(ctx, who, in.ID, list)
	return &ReviewDecided{n}, err
}

// ReviewKeepIn is why accounts are kept together.
type ReviewKeepIn struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000"`
	}
}

func reviewKeep(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewKeepIn) (*ReviewDecided, error) {
	n, err := s.Reviews.KeepUnchanged(ctx, who, in.ID, in.Body.Reason)
	return &ReviewDecided{n}, err
}

// ReviewConfirmIn is what somebody saw of an account.
type ReviewConfirmIn struct {
	ID      string `path:"id"`
	Account string `path:"account"`
	Body    struct {
		Note string `json:"note" minLength:"1" maxLength:"1000"`
	}
}

func reviewConfirm(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewConfirmIn) (*none, error) {
	return &none{}, s.Reviews.Confirm(ctx, who, in.ID, in.Account, in.Body.Note)
}

// ReviewCertificateIn asks for a review as it was signed.
type ReviewCertificateIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"csv,json,xlsx" default:"csv"`
}

func reviewCertificate(ctx context.Context, s *suite.Suite, who access.Actor, in *ReviewCertificateIn) (*File, error) {
	format := in.Format
	if format == "" {
		format = "csv"
	}
	if _, _, err := s.Reviews.Certificate(ctx, who, in.ID); err != nil {
		return nil, err
	}
	return &File{Name: in.ID + "." + format, Type: register.Format(format).MediaType(), Write: func(w io.Writer) error {
		return s.Reviews.Write(ctx, who, in.ID, format, w)
	}}, nil
}

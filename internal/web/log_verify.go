package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/projection"
	"assay/internal/suite"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// logVerify says what can be verified, and how without this server.
func (s *Server) logVerify(r *request) (answer, error) {
	head, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := verification(r, &head)
	v.Head = view.Head{
		Title: "Verify the log", Answer: view.Text{view.B(plural(int(head.Size), "entry")), view.T(" can be hashed again now, from the first to the last.")},
		Actions: []view.Action{{Label: "Verify now", Href: "/log/verify", Post: true, Icon: "check", Look: view.Primary}},
	}
	v.Steps = []view.ProofStep{
		{State: view.Open, Title: "Every entry is hashed again and compared"},
		{State: view.Open, Title: "Every stream is continued without a gap"},
		{State: view.Open, Title: "The root of the tree is the head’s"},
		{State: view.Open, Title: "Every stored row says what its entry says"},
		{State: view.Open, Title: "The log still grows from the newest signed checkpoint"},
	}
	v.Badge = view.Badge{State: view.None, Label: "Not started"}
	return s.showVerification(r, v)
}

func (s *Server) showVerification(r *request, v page.VerificationView) (answer, error) {
	return show(page.Verification(s.shell(r, "Verify the log", "log", view.Crumb{Label: "Audit log", Href: "/log"}, view.Crumb{Label: "Verify"}), v))
}

// verification is the page's constant part: the checkpoint, the key to pin and
// what all of it proves.
func verification(r *request, head *suite.LogHead) page.VerificationView {
	v := page.VerificationView{Facts: checkpointCard(r, head), Proves: &page.ProvesCard{
		Proven:    "every entry is as it was when it was hashed, in its place, and the present log grows from the checkpoint that was signed.",
		NotProven: "that an entry was true when it was written. And a server that was taken over could sign another log from the start: keep a checkpoint and the key outside of it and compare. A package carries the log; this verifies it on any machine, without this server:",
		Verify:    []view.TermLine{{Prompt: true, Text: "assay-verify --pin checkpoint --policy policy.txt package.zip"}},
		Link:      view.Ref{Label: "Or verify a package on the public page", Href: "/verify"},
	}}
	v.Facts.Title, v.Facts.Link = "Log", view.Ref{}
	v.Facts.Pairs = append(v.Facts.Pairs, view.Pair{Term: "Key to pin", Value: view.Say(head.Verifier), Mono: true})
	v.Facts.Note = "Note the key once, outside this server: the signature of every checkpoint is checked against it, in the signed-note format (C2SP). In a policy file it stands after the word log."
	if head.Signed != nil {
		v.Checkpoint = string(head.Signed.Note)
		v.Files = []view.Action{{Label: "Checkpoint", Href: "/log/checkpoint", Icon: "dl"}, {Label: "Key", Href: "/log/checkpoint?part=key", Icon: "dl"}}
	}
	return v
}

// logVerifyNow recomputes the whole stored log. It changes nothing.
func (s *Server) logVerifyNow(r *request) (answer, error) {
	head, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := verification(r, &head)
	begun := s.Suite.Now()
	found, err := s.Suite.VerifyLog(r.Context(), r.who)
	if err != nil && !fault.Is(err, fault.Tampered) {
		return answer{}, err
	}
	took := s.Suite.Now().Sub(begun)
	again := []view.Action{{Label: "Verify again", Href: "/log/verify", Post: true, Icon: "check"}}
	if err != nil {
		return s.tampered(r, v, err)
	}
	v.Steps = []view.ProofStep{
		{State: view.Pass, Title: plural(int(found.Leaves), "entry") + " hashed again and compared"},
		{State: view.Pass, Title: "Every stream is continued without a gap"},
		{State: view.Pass, Title: "The root of the tree is the head’s", Detail: found.Root.String()},
	}
	rows, err := s.Suite.CompareRows(r.Context(), r.who, 0, 1)
	switch {
	case fault.Is(err, fault.Tampered):
		return s.rowsDiffer(r, v, rows)
	case err != nil:
		return answer{}, err
	}
	v.Steps = append(v.Steps, view.ProofStep{State: view.Pass, Title: plural(int(rows.Rows), "stored row") + " say what their entries say"})
	signed, err := s.Suite.SignedHead(r.Context(), r.who)
	switch {
	case fault.Is(err, fault.NotFound):
		v.Steps = append(v.Steps, view.ProofStep{State: view.None, Title: "No head is signed yet"})
		v.Badge = view.Badge{State: view.Pass, Label: "4 of 4"}
	case fault.Is(err, fault.Tampered):
		return s.tampered(r, v, err)
	case err != nil:
		return answer{}, err
	default:
		v.Steps = append(v.Steps, view.ProofStep{
			State: view.Pass, Title: fmt.Sprintf("The log grows from the checkpoint over %s entries", view.Num(int(signed.Size))), Detail: signed.Root.String(), //nolint:gosec // a count
		})
		v.Badge = view.Badge{State: view.Pass, Label: "5 of 5"}
	}
	if v.Missing, err = s.missing(r); err != nil {
		return answer{}, err
	}
	v.Head = view.Head{
		Title: "The log is unbroken", Badges: []view.Badge{{State: view.Pass, Label: "Verified " + r.moment(r.now)}}, Actions: again,
		Answer: view.Text{view.B(plural(int(found.Leaves), "entry")), view.T(fmt.Sprintf(" hashed again, from the first to the last, in %.1f seconds.", took.Seconds()))},
	}
	return s.showVerification(r, v)
}

// missing lists what the log shows that was not done.
func (s *Server) missing(r *request) (*page.MissingCard, error) {
	const shown = 50
	list, err := s.Suite.Missing(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	c := &page.MissingCard{Badge: view.Badge{State: view.Pass, Label: "Nothing"}}
	if len(list) > 0 {
		c.Badge = view.Badge{State: view.Warn, Label: view.Num(len(list))}
	}
	for i := range min(len(list), shown) {
		g := &list[i]
		at := r.moment(g.From)
		switch {
		case g.To.IsZero():
			at += " and since"
		case !g.To.Equal(g.From):
			at += " to " + r.moment(g.To)
		}
		c.Rows = append(c.Rows, page.MissingRow{Of: g.Of, When: at, What: g.What})
	}
	c.Further = len(list) - len(c.Rows)
	return c, nil
}

// tampered says where the stored log differs from what it was.
func (s *Server) tampered(r *request, v page.VerificationView, err error) (answer, error) {
	v.Head.Title = "The stored log is not what was recorded"
	return s.differs(r, v, err, view.ProofStep{State: view.Fail, Title: fault.Text(err)})
}

// rowsDiffer says which stored rows are not what the log says of them.
func (s *Server) rowsDiffer(r *request, v page.VerificationView, found *projection.Found) (answer, error) {
	const shown = 20
	v.Head.Title = "Stored rows are not what the log says"
	steps := []view.ProofStep{{State: view.Fail, Title: "Every stored row says what its entry says", Detail: plural(len(found.Differences)+found.Further, "row") + " differ"}}
	for i := range min(shown, len(found.Differences)) {
		steps = append(steps, view.ProofStep{State: view.Fail, Title: found.Differences[i].String()})
	}
	return s.differs(r, v, found.Err(), steps...)
}

func (s *Server) differs(r *request, v page.VerificationView, err error, steps ...view.ProofStep) (answer, error) {
	s.Log.ErrorContext(r.Context(), "log differs", "org", r.who.Org, "err", err)
	v.Steps = append(v.Steps, steps...)
	v.Badge = view.Badge{State: view.Fail, Label: "Differs"}
	v.Head.Badges = []view.Badge{{State: view.Fail, Label: "Differs"}}
	v.Head.Answer = view.Say("Stop relying on this store. Keep it as it is, compare it with a backup and with checkpoints that others keep, and find out who could write to it.")
	return s.showVerification(r, v)
}

// logCheckpoint is the newest signed checkpoint, or with ?part=key the key that
// its signature is checked against.
func (s *Server) logCheckpoint(r *request) (answer, error) {
	head, err := s.Suite.Head(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	const text = "text/plain; charset=utf-8"
	if r.URL.Query().Get("part") == "key" {
		return answer{file: &file{name: head.Origin + ".vkey", media: text, body: []byte(head.Verifier + "\n")}}, nil
	}
	if head.Signed == nil {
		return answer{}, fault.New(fault.NotFound, "No head of the log is signed yet. One is signed every few minutes while the log grows.")
	}
	name := fmt.Sprintf("%s-%d.checkpoint", head.Origin, head.Signed.Size)
	return answer{file: &file{name: name, media: text, body: head.Signed.Note}}, nil
}

// logLeaf is one leaf with its inclusion proof.
func (s *Server) logLeaf(r *request) (answer, error) {
	name := r.PathValue("id")
	l, err := s.Suite.Leaf(r.Context(), r.who, name)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Audit log", Href: "/log"}, {Label: name}}
	v := page.EvidenceView{TabTitle: "Entry"}
	if l.Pending {
		v.Head = view.Head{
			ID: "Log entry", Title: l.ID, Badges: []view.Badge{{State: view.Info, Label: "Pending"}},
			Answer: view.Say("It is written and waits for its place in the log. Until then it has no proof, and nothing is judged from it."),
		}
		v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "No place yet", Text: view.Say("Places are given within seconds."), Actions: []view.Action{{Label: "Look again", Href: r.URL.Path, Icon: "loop"}}}
		return show(page.Evidence(s.shell(r, l.ID, "log", crumbs...), v))
	}
	e, err := tlog.Decode(l.Bytes)
	if err != nil {
		return answer{}, fault.Wrap(fault.Tampered, err, "Entry %d of the log cannot be read.", l.Index)
	}
	if v.Text, err = pretty(l.Bytes); err != nil {
		return answer{}, err
	}
	v.Head = view.Head{
		ID: "#" + view.Num(int(l.Index)), Title: e.Type,
		Answer: view.Text{view.T("Recorded "), view.B(r.moment(e.At)), view.T(". Names, texts and addresses are never in the log, only salted commitments to them.")},
	}
	v.Provenance = leafPairs(r, e, &l)
	v.Proof = leafProof(&l)
	if l.Index > 0 {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Entry before", Href: "/log/leaf/" + strconv.FormatInt(l.Index-1, 10)})
	}
	if uint64(l.Index)+1 < l.Head.Size { //nolint:gosec // an index
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Entry after", Href: "/log/leaf/" + strconv.FormatInt(l.Index+1, 10)})
	}
	return show(page.Evidence(s.shell(r, "Entry "+strconv.FormatInt(l.Index, 10), "log", crumbs...), v))
}

// pretty is a leaf's tag line and its content, indented.
func pretty(leaf []byte) (string, error) {
	body, ok := bytes.CutPrefix(leaf, []byte(tlog.LeafTag))
	var out bytes.Buffer
	if !ok {
		return string(leaf), nil
	}
	if err := json.Indent(&out, body, "", "  "); err != nil {
		return "", fault.Wrap(fault.Tampered, err, "An entry of the log is not JSON.")
	}
	return strings.TrimSpace(tlog.LeafTag) + "\n" + out.String(), nil
}

func leafPairs(r *request, e *tlog.Envelope, l *suite.Leaf) []view.Pair {
	actor := e.Actor
	return []view.Pair{
		{Term: "Log", Value: view.Say(e.Log), Mono: true},
		{Term: "Id", Value: view.Say(e.ID), Mono: true},
		{Term: "Recorded", Value: view.Say(r.moment(e.At))},
		{Term: "Actor", Value: view.Say(actor), Mono: true},
		{Term: "Stream", Value: view.Say(fmt.Sprintf("%s, entry %d", e.Stream, e.Seq)), Mono: true},
		{Term: "Commitments", Value: view.Say(view.Num(len(e.Commit)))},
		{Term: "Objects", Value: view.Say(view.Num(len(e.Blobs)))},
		{Term: "Leaf hash", Value: view.Say(l.Hash.String()), Mono: true},
	}
}

// leafProof follows the leaf to the root and says where that is signed.
func leafProof(l *suite.Leaf) *page.ProofCard {
	size, index := l.Head.Size, uint64(l.Index) //nolint:gosec // an index
	c := &page.ProofCard{Badge: view.Badge{State: view.Pass, Label: "Included"}, Steps: []view.ProofStep{{State: view.Pass, Title: "Hash of the entry", Detail: l.Hash.String()}}}
	if tlog.LeafHash(l.Bytes) != l.Hash {
		c.Steps[0] = view.ProofStep{State: view.Fail, Title: "The entry does not have its stored hash", Detail: tlog.LeafHash(l.Bytes).String()}
	}
	for i, h := range l.Path {
		c.Steps = append(c.Steps, view.ProofStep{State: view.Pass, Title: fmt.Sprintf("Neighbour %d", i+1), Detail: h.String()})
	}
	root := view.ProofStep{State: view.Pass, Title: fmt.Sprintf("Root over %s entries", view.Num(int(size))), Detail: l.Head.Root.String()} //nolint:gosec // a count
	if err := tlog.VerifyInclusion(index, size, tlog.LeafHash(l.Bytes), l.Path, l.Head.Root); err != nil {
		root.State, root.Title = view.Fail, "The path does not lead to the root"
		c.Badge = view.Badge{State: view.Fail, Label: "Not included"}
	}
	c.Steps = append(c.Steps, root)
	if l.Note == nil {
		c.Note = "This head is not signed yet; the next one will be."
		return c
	}
	c.Steps = append(c.Steps, view.ProofStep{State: root.State, Title: "That root is in the signed checkpoint"})
	c.Note = "Hashes are those of RFC 6962: a leaf under 0x00, a node under 0x01. Position and path give the root; the checkpoint under Verify carries its signature."
	return c
}

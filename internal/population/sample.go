package population

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/register"
	"assay/internal/sample"
)

// The types of the entries that tell of samples.
const (
	LeafCommitted = "sample.committed"
	LeafDrawn     = "sample.drawn"
)

// Commit fixes a sample in the log before its seed can be known. What has no seed
// is drawn at once.
func (s *Service) Commit(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := s.examined(tx, w.Owner); err != nil {
		return err
	}
	c, err := Newest(tx, r.Get("population"))
	if err != nil {
		return err
	}
	if c.Root.String() != w.Owner.Get("root") {
		return fault.New(fault.Tampered, "The capture of %s has another root than what was frozen.", c.ID)
	}
	size, why, err := sized(r, len(c.Items))
	if err != nil {
		return err
	}
	method := sample.Method(r.Get("method"))
	if method != sample.Whole && size > engagement.MostSampled {
		return fault.Fields("Nothing was committed.", fault.Field{Name: "size", Text: fmt.Sprintf("It would be %d items, and at most %d are drawn. Test the whole population.", size, engagement.MostSampled)})
	}
	body := map[string]any{"sample": r.ID, "population": c.ID, "capture": c.Leaf, "n": len(c.Items), "root": c.Root.String(), "method": string(method), "size": size}
	if method.Seeded() {
		hash, err := hashIn("nonce_hash", r.Get("nonce_hash"))
		if err != nil {
			return err
		}
		r.Values.Set("nonce_hash", hash.String())
		body["nonce"] = hash.String()
	}
	leaf, err := entry(tx, r, LeafCommitted, body)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"sized_why": why, "count": strconv.Itoa(len(c.Items)), "root": c.Root.String(), "planned_size": strconv.Itoa(size), "leaf": leaf, "committed_at": clock.Format(tx.Now()),
	} {
		r.Values.Set(name, text)
	}
	if method.Seeded() {
		return nil
	}
	r.State = engagement.SampleDrawn
	return drawn(tx, r, size)
}

// Reveal draws a sample with the nonce that was committed to, and the first
// anchored head of the log that holds the commitment.
func (s *Service) Reveal(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := s.examined(tx, w.Owner); err != nil {
		return err
	}
	nonce, err := hashIn("nonce", r.Get("nonce"))
	if err != nil {
		return err
	}
	if got := sample.Nonce(nonce).Hash().String(); got != r.Get("nonce_hash") {
		return fault.Fields("Nothing was drawn.", fault.Field{Name: "nonce", Text: "Its hash is not the one that was committed to."})
	}
	if err := committed(tx, r); err != nil {
		return err
	}
	head, err := anchored(tx, r.Get("leaf"))
	if err != nil {
		return err
	}
	root, _ := tlog.ParseHash(r.Get("root"))
	seed := sample.NewSeed(root, head.Root, sample.Nonce(nonce))
	r.Values.Set("nonce", hex.EncodeToString(nonce[:]))
	r.Values.Set("checkpoint", head.Root.String())
	r.Values.Set("checkpoint_size", strconv.FormatUint(head.Size, 10))
	r.Values.Set("seed", hex.EncodeToString(seed[:]))
	size, _ := r.Int("planned_size")
	return drawn(tx, r, size)
}

// Extend adds the next items in line.
func (s *Service) Extend(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := s.examined(tx, w.Owner); err != nil {
		return err
	}
	more, _ := r.Int("more")
	r.Values.Set("more", "")
	have, _ := r.Int("selected")
	count, _ := r.Int("count")
	if more < 1 || have+more > min(count, engagement.MostSampled) {
		return fault.Fields("Nothing was added.", fault.Field{Name: "more", Text: fmt.Sprintf("%d of %d items are selected, and at most %d can be.", have, count, min(count, engagement.MostSampled))})
	}
	return drawn(tx, r, have+more)
}

// Replace adds the next item in line for one that cannot be tested.
func (s *Service) Replace(tx *db.Tx, r *register.Record, w *register.World) error {
	if err := s.examined(tx, w.Owner); err != nil {
		return err
	}
	place := r.Get("place")
	r.Values.Set("place", "")
	bad := func(text string) error {
		return fault.Fields("Nothing was replaced.", fault.Field{Name: "place", Text: text})
	}
	has := func(name string) bool { return strings.Contains(" "+r.Get(name)+" ", " "+place+" ") }
	have, _ := r.Int("selected")
	count, _ := r.Int("count")
	switch {
	case !has("items"):
		return bad("Item " + place + " is not selected.")
	case has("replaced"):
		return bad("Item " + place + " was replaced before.")
	case have >= min(count, engagement.MostSampled):
		return bad("There is no further item in line.")
	}
	r.Values.Set("replaced", strings.TrimSpace(r.Get("replaced")+" "+place))
	return drawn(tx, r, have+1)
}

// examined sees that the engagement of a population has not ended.
func (s *Service) examined(tx *db.Tx, population *register.Record) error {
	e, err := s.Books.Load(tx, engagement.Noun, population.Get("engagement"))
	if err == nil && engagement.Over(&e) {
		err = fault.New(fault.Conflict, "%s has ended: nothing is drawn in it any more.", e.ID)
	}
	return err
}

// sized is how many items a sample has, and why so many.
func sized(r *register.Record, count int) (size int, why string, err error) {
	refused := func(name, text string) (int, string, error) {
		return 0, "", fault.Fields("Nothing was committed.", fault.Field{Name: name, Text: text})
	}
	own, given := r.Int("size")
	tolerable, rated := r.Int("tolerable")
	switch sample.Method(r.Get("method")) {
	case sample.Whole:
		return count, "the whole population", nil
	case sample.Judgemental:
		return len(r.List("chosen")), "chosen by a person", nil
	case sample.Random, sample.Systematic, sample.Stratified:
	}
	switch {
	case given && own > count:
		return refused("size", fmt.Sprintf("The population has %d items.", count))
	case given:
		return own, "the firm's own", nil
	case rated && count > 0:
		return statistical(r, count, tolerable)
	case r.Get("frequency") != "":
		return sample.Customary().Size(sample.Frequency(r.Get("frequency")), count, r.Get("higher") == register.Yes)
	}
	return refused("size", "Give a size, a tolerable rate, or how often the control operates.")
}

func statistical(r *register.Record, count, tolerable int) (int, string, error) {
	confidence, ok := r.Int("confidence")
	if !ok {
		confidence = 90
	}
	expected, _ := r.Int("expected")
	a := sample.Attribute{Population: count, Confidence: sample.Rate(confidence * 100), Tolerable: sample.Rate(tolerable * 100), Expected: sample.Rate(expected * 100)}
	n, err := a.Size()
	return n.Size, fmt.Sprintf("statistical: %d percent confidence, below %d percent if at most %d deviate; hypergeometric", confidence, tolerable, n.Acceptable), err
}

// committed sees that a record is still what its entry of the log fixed.
func committed(tx *db.Tx, r *register.Record) error {
	at, err := ledger.Find(tx, r.Get("leaf"))
	if err != nil {
		return err
	}
	if at.Pending {
		return fault.New(fault.Conflict, "The commitment of %s has no place in the log yet. Try again in a moment.", r.ID)
	}
	l, err := ledger.Read(tx, at.Index)
	if err != nil {
		return err
	}
	e, err := tlog.Decode(l.Bytes)
	if err != nil {
		return err
	}
	for key, want := range map[string]string{
		"sample": r.ID, "population": r.Get("population"), "n": r.Get("count"), "root": r.Get("root"), "method": r.Get("method"), "size": r.Get("planned_size"), "nonce": r.Get("nonce_hash"),
	} {
		if got := fmt.Sprint(e.Body[key]); got != want {
			return fault.New(fault.Tampered, "%s says %s %q, and the log %q.", r.ID, key, want, got)
		}
	}
	return nil
}

// anchored is the smallest signed head of the log that holds an entry and was
// anchored outside.
func anchored(tx *db.Tx, leaf string) (tlog.Checkpoint, error) {
	at, err := ledger.Find(tx, leaf)
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	size, found, err := anchor.First(tx, at.Index)
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	if !found {
		return tlog.Checkpoint{}, fault.New(fault.Conflict, "No head of the log with the commitment was anchored outside yet: no authority of time and no witness has seen it. Nothing was drawn; the commitment stands.")
	}
	signed, found, err := ledger.CheckpointOf(tx, size)
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	if !found {
		return tlog.Checkpoint{}, fmt.Errorf("the anchored head of %d entries is not there", size)
	}
	text, _, _ := strings.Cut(string(signed.Note), "\n\n")
	return tlog.ParseCheckpoint(text + "\n")
}

// drawn draws so many items, seals what was drawn, and says it in the record.
func drawn(tx *db.Tx, r *register.Record, size int) error {
	items, err := Redraw(r.Values, size)
	if err != nil {
		return err
	}
	places := make([]string, len(items))
	told := make([]any, len(items))
	for i, item := range items {
		places[i], told[i] = strconv.Itoa(item), item
	}
	text := strings.Join(places, " ")
	body := map[string]any{"sample": r.ID, "committed": r.Get("leaf"), "selected": len(items)}
	if r.Get("method") == string(sample.Whole) {
		text = "all"
	} else {
		body["items"] = told
	}
	for _, name := range []string{"nonce", "checkpoint", "checkpoint_size", "seed", "replaced"} {
		if v := r.Get(name); v != "" {
			body[name] = v
		}
	}
	leaf, err := entry(tx, r, LeafDrawn, body)
	if err != nil {
		return err
	}
	r.Values.Set("items", text)
	r.Values.Set("selected", strconv.Itoa(len(items)))
	r.Values.Set("drawn_leaf", leaf)
	r.Values.Set("drawn_at", clock.Format(tx.Now()))
	return nil
}

// Redraw draws again what a record of a sample says was drawn, out of its other
// values alone: the places of the first size items.
func Redraw(v register.Values, size int) ([]int, error) {
	r := register.Record{Values: v}
	count, _ := r.Int("count")
	plan := sample.Plan{Method: sample.Method(r.Get("method")), Count: count, Size: size, Reason: r.Get("chosen_why")}
	for _, text := range r.List("chosen") {
		place, err := strconv.Atoi(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The chosen place %q is not a number.", text)
		}
		plan.Chosen = append(plan.Chosen, place)
	}
	if !plan.Method.Seeded() {
		return plan.Draw(sample.Seed{})
	}
	root, err := hashIn("root", r.Get("root"))
	if err != nil {
		return nil, err
	}
	head, err := hashIn("checkpoint", r.Get("checkpoint"))
	if err != nil {
		return nil, err
	}
	nonce, err := hashIn("nonce", r.Get("nonce"))
	if err != nil {
		return nil, err
	}
	return plan.Draw(sample.NewSeed(root, head, sample.Nonce(nonce)))
}

// hashIn reads 32 bytes that somebody entered as hexadecimal digits.
func hashIn(name, text string) (h tlog.Hash, err error) {
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != len(h) {
		return h, fault.Fields("Nothing was done.", fault.Field{Name: name, Text: "Give 64 hexadecimal digits."})
	}
	return tlog.Hash(b), nil
}

func entry(tx *db.Tx, r *register.Record, kind string, body map[string]any) (string, error) {
	leaves, err := ledger.Append(tx, ledger.Entry{Type: kind, Stream: "sample/" + r.ID, Body: body})
	if err != nil {
		return "", err
	}
	return leaves[0], nil
}

package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"assay/internal/db"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// model is the format in which a report is kept so that copies can be made of it: its
// text as JSON. It is not one of Formats.
const model = "json"

// mostRecipient bounds the name that stands on each page of a copy.
const mostRecipient = 60

// Issue makes the report of an engagement as its firm issues it: once, in every
// format, each a piece of evidence that the log commits to. It is an act of the moves
// that issue; a firm that made its file elsewhere named it by its hash instead.
func (s Service) Issue(tx *db.Tx, r *register.Record, w *register.World) error {
	version, _ := r.Int("report_version")
	version++
	r.Values.Set("report_version", strconv.Itoa(version))
	delete(r.Values, "report_files")
	delete(r.Values, "report_hashes")
	if r.Get("report_sha256") != "" {
		return nil
	}
	kind := Type2
	if r.Get("type") == engagement.Type1 {
		kind = Type1
	}
	built, err := s.Draft(tx, In{Kind: kind, Engagement: r.ID, issuing: r})
	if err != nil {
		return err
	}
	built.File += "-" + strings.ToLower(r.ID) + "-issue-" + strconv.Itoa(version)
	for _, format := range []string{"pdf", "docx", "html", "xlsx", model} {
		if err := s.keep(tx, r, w.Today, built, format); err != nil {
			return fmt.Errorf("issue %s as %s: %w", r.ID, format, err)
		}
	}
	return nil
}

// keep seals one file of an issue.
func (s Service) keep(tx *db.Tx, r *register.Record, today standing.Date, built *Report, format string) error {
	var b bytes.Buffer
	if err := built.Write(format, &b); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	e, err := s.Evidence.Keep(tx, evidence.Details{
		Title: fmt.Sprintf("%s of %s, issue %s, %s", built.Title, r.ID, r.Get("report_version"), strings.ToUpper(format)), From: today, To: today + 1,
		Note: "As " + r.Get("firm") + " issued it. SHA-256 " + hex.EncodeToString(sum[:]) + ".",
	}, built.File+"."+format, &b)
	if err != nil {
		return err
	}
	r.Values["report_files"] = append(r.Values["report_files"], e.ID)
	r.Values["report_hashes"] = append(r.Values["report_hashes"], format+" "+hex.EncodeToString(sum[:]))
	return nil
}

// Hash is the SHA-256 of a file of the report that a firm issued, in a format; empty
// if there is none. Where the firm named a file of its own, it is that.
func Hash(r *register.Record, format string) string {
	for _, text := range r.List("report_hashes") {
		if of, sum, ok := strings.Cut(text, " "); ok && of == format {
			return sum
		}
	}
	return r.Get("report_sha256")
}

// kept is the report of an engagement as it was issued; nil if none is kept here.
func (s Service) kept(tx *db.Tx, in *In) (*Report, error) {
	if in.Kind != Type1 && in.Kind != Type2 {
		return nil, nil //nolint:nilnil // nothing of the kind is issued
	}
	list, _, err := s.Books.Everything(tx, engagement.Noun)
	if err != nil {
		return nil, err
	}
	f := &facts{books: map[string][]register.Record{engagement.Noun: list}}
	deal, err := f.engaged(in)
	if err != nil || deal == nil || len(deal.List("report_files")) == 0 {
		return nil, err
	}
	r := &Report{}
	files := map[string][]byte{}
	for i, text := range deal.List("report_hashes") {
		format, sum, _ := strings.Cut(text, " ")
		if files[format], err = s.content(tx, deal.List("report_files"), i, sum); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(files[model], r); err != nil {
		return nil, fault.Wrap(fault.Tampered, err, "The report that was issued for %s cannot be read.", deal.ID)
	}
	if deal.State == engagement.Withdrawn {
		r.copied("WITHDRAWN", "The firm withdrew this report after it was issued.", Hash(deal, "pdf"))
		return r, nil
	}
	r.issued = files
	return r, nil
}

// content is a file as it was issued: the very bytes, or an error.
func (s Service) content(tx *db.Tx, ids []string, i int, want string) ([]byte, error) {
	if i >= len(ids) {
		return nil, fault.New(fault.Tampered, "The report that was issued has more hashes than files.")
	}
	piece, err := s.Evidence.Piece(tx, ids[i])
	if err != nil {
		return nil, err
	}
	in, err := s.Evidence.Content(tx.Context(), &piece)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
		return nil, fault.New(fault.Tampered, "%s is not the file that was issued: its hash is another. Keep a copy of the store and tell the firm.", ids[i])
	}
	return b, nil
}

// For makes a copy for a recipient, whose name is on each page, with the hash of the
// PDF that it is a copy of. Only what was issued has copies.
func (r *Report) For(recipient string) error {
	name := strings.Join(strings.Fields(db.Plain(recipient)), " ")
	switch n := len([]rune(name)); {
	case n == 0 || n > mostRecipient:
		return fault.Fields("No copy was made.", fault.Field{Name: "recipient", Text: fmt.Sprintf("Give a name of at most %d characters.", mostRecipient)})
	case r.issued == nil:
		return fault.Fields("No copy was made.", fault.Field{Name: "recipient", Text: "Copies are made of a Type 1 or Type 2 report that a firm issued here. This one is not."})
	}
	sum := sha256.Sum256(r.issued["pdf"])
	r.copied("Copy for "+name, "This copy is for "+name+", and for nobody else.", hex.EncodeToString(sum[:]))
	return nil
}

// copied makes the report a copy, with a mark on every page.
func (r *Report) copied(mark, why, sum string) {
	r.issued = nil
	r.Mark = mark
	r.Foot = "Copy of SHA-256 " + sum
	r.Cover = append(r.Cover, why+" The report as issued is the PDF whose SHA-256 is "+sum+"; this file is a copy of its text.")
	r.File += "-copy"
}

// opinion is the paragraph of the firm, as it was entered, with who signs.
func (b *builder) opinion() {
	words := b.deal.Get("opinion_text")
	if words == "" {
		b.para(say("%s dated its report %s and entered its opinion as %s.", b.firm(), dayed(b.deal.Date("report_on")), b.deal.Get("opinion")), b.record(b.deal),
			say(" Its wording is in the report as issued."))
		return
	}
	b.head(2, "Opinion")
	for part := range strings.SplitSeq(words, "\n") {
		if part = strings.TrimSpace(part); part != "" {
			b.para(say("%s", part))
		}
	}
	b.para(say("%s, %s, %s.", b.firm(), b.deal.Get("city"), dayed(b.deal.Date("report_on"))))
	b.note("The opinion is %s, in the words of %s as it entered them on issue %s.", b.deal.Get("opinion"), b.firm(), b.deal.Get("report_version"))
}

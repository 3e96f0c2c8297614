package trail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// LeafErased is the type of the leaves that tell of an erasure: whose data, on which
// basis, and for each entry a commitment to what was left of it.
const LeafErased = "trail.erased"

// Basis is why personal data are erased.
type Basis string

// The bases.
const (
	OnRequest Basis = "request"   // the person asked for it
	Expired   Basis = "retention" // they were kept as long as the organization keeps them
)

// Subject is whose data are erased.
type Subject struct {
	ID        string   // pseudonym
	Names     []string // by which entries call them
	Addresses []string // of mail
}

// Gone stands where something was erased.
const Gone = "erased"

// perLeaf is how many entries one leaf tells of: it stays well below its limit.
const perLeaf = 200

// Erase takes a person's names, addresses of mail and network addresses out of the
// entries: their own, and those that mention them. The entries, their leaves and the
// pseudonyms stay; the salts go, so that nobody can guess what was there. It returns
// how many entries it was in.
func Erase(tx *db.Tx, s *Subject, basis Basis) (n int, err error) {
	var part []*remainder
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		n += len(part)
		err := leave(tx, s.ID, basis, part)
		part = part[:0]
		return err
	}
	err = eachEntry(tx, func(e *Entry) error {
		r := &remainder{Entry: *e}
		if !r.without(s) {
			return nil
		}
		if part = append(part, r); len(part) < perLeaf {
			return nil
		}
		return flush()
	})
	if err != nil {
		return n, err
	}
	return n, flush()
}

// remainder is what is left of an entry.
type remainder struct {
	Entry

	salt   tlog.Salt
	commit tlog.Hash
}

// without takes the person out, and reports whether they were in.
func (r *remainder) without(s *Subject) bool {
	found := false
	if r.Actor == s.ID && (r.Name != "" || r.Address != "") {
		r.Name, r.Address, found = "", "", true
	}
	names := s.Names
	if about := r.Actor == s.ID || r.Noun == "user" && r.Object == s.ID; !about {
		names = s.telling()
	}
	scrub := func(text string) string {
		out := s.scrub(text, names)
		found = found || out != text
		return out
	}
	r.Label = scrub(r.Label)
	detail := make(map[string]string, len(r.Detail))
	for k, v := range r.Detail {
		detail[k] = scrub(v)
	}
	if r.Detail != nil {
		r.Detail = detail
	}
	return found
}

// Scrub replaces addresses and names in a text, where they are words of their own.
func (s *Subject) Scrub(text string) string { return s.scrub(text, s.Names) }

// telling are the names that are looked for in what others did. People choose what they
// are called, and whoever were called as the trail says that something was done ("lead",
// "viewer → lead") would have that erased with them: so two words at least, of letters.
func (s *Subject) telling() (out []string) {
	for _, n := range s.Names {
		other := strings.ContainsFunc(n, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.", r)
		})
		if !other && len(strings.Fields(n)) > 1 {
			out = append(out, n)
		}
	}
	return out
}

func (s *Subject) scrub(text string, names []string) string {
	for _, a := range s.Addresses {
		text = replaceWords(text, a, true)
	}
	for _, n := range names {
		text = replaceWords(text, n, false)
	}
	return text
}

// replaceWords replaces what is not a part of a longer word; folded, it is found in
// letters of any size.
func replaceWords(text, old string, folded bool) string {
	if old == "" || text == "" {
		return text
	}
	in, what := text, old
	if folded {
		in, what = small(text), small(old)
	}
	var out strings.Builder
	from := 0
	for from < len(text) {
		i := strings.Index(in[from:], what)
		if i < 0 {
			break
		}
		begin, end := from+i, from+i+len(what)
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if begin > 0 && word(before) || end < len(text) && word(after) {
			_, size := utf8.DecodeRuneInString(text[begin:])
			out.WriteString(text[from : begin+size])
			from = begin + size
			continue
		}
		out.WriteString(text[from:begin])
		out.WriteString(Gone)
		from = end
	}
	out.WriteString(text[from:])
	return out.String()
}

// small is the text with the capitals of ASCII made small: its length stays.
func small(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// leave writes what is left of entries, and the leaf that tells of it.
func leave(tx *db.Tx, subject string, basis Basis, part []*remainder) error {
	commits := make(map[string]string, len(part))
	for _, r := range part {
		words, err := r.canonical()
		if err != nil {
			return err
		}
		r.salt = tlog.NewSalt()
		r.commit = tlog.Commit(r.salt, r.ID, words)
		commits[r.ID] = tlog.B64(r.commit[:])
	}
	leaf := ledger.NewID(tx.Now())
	if _, err := ledger.Append(tx, ledger.Entry{
		ID: leaf, Type: LeafErased, Stream: "trail",
		Body: map[string]any{"subject": subject, "basis": string(basis), "entries": len(part)}, Commit: commits,
	}); err != nil {
		return err
	}
	for _, r := range part {
		if err := r.save(tx, leaf); err != nil {
			return err
		}
	}
	return nil
}

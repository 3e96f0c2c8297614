package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a commit or tag as it is stored.
type object struct {
	sha, kind string
	body      []byte
	cut       bool // the end of a very long one was left out
}

// mostBody is how much of an object is read; the rest is skipped.
const mostBody = 1 << 20

// objects asks for objects by name and takes them in that order. Names are
// asked for while objects are taken, so either side can be of any length.
func (p program) objects(ctx context.Context, ask func(name func(sha string) error) error, take func(object) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, out := io.Pipe()
	asked := make(chan error, 1)
	go func() {
		w := bufio.NewWriter(out)
		err := ask(func(sha string) error {
			_, err := w.WriteString(sha + "\n")
			return err
		})
		if err == nil {
			err = w.Flush()
		}
		_ = out.CloseWithError(err)
		asked <- err
	}()
	err := p.stream(ctx, in, func(r io.Reader) error {
		b := bufio.NewReaderSize(r, 64<<10)
		for {
			o, err := readObject(b)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = take(o)
			}
			if err != nil {
				return err
			}
		}
	}, "cat-file", "--batch", "--buffer")
	cancel()
	_ = in.CloseWithError(io.ErrClosedPipe)
	if askErr := <-asked; err == nil && !errors.Is(askErr, io.ErrClosedPipe) {
		err = askErr
	}
	return err
}

// readObject reads "sha kind size", the body, and a line end.
func readObject(r *bufio.Reader) (object, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		if line == "" && errors.Is(err, io.EOF) {
			return object{}, io.EOF
		}
		return object{}, fmt.Errorf("read an object's heading: %w", io.ErrUnexpectedEOF)
	}
	f := strings.Fields(line)
	if len(f) == 2 && f[1] == "missing" {
		return object{sha: f[0], kind: "missing"}, nil
	}
	if len(f) != 3 {
		return object{}, fmt.Errorf("object heading %.80q", line)
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil || size < 0 {
		return object{}, fmt.Errorf("object heading %.80q", line)
	}
	o := object{sha: f[0], kind: f[1], body: make([]byte, min(size, mostBody)), cut: size > mostBody}
	if _, err := io.ReadFull(r, o.body); err != nil {
		return object{}, fmt.Errorf("object %s: %w", o.sha, err)
	}
	if _, err := io.CopyN(io.Discard, r, size-int64(len(o.body))+1); err != nil {
		return object{}, fmt.Errorf("object %s: %w", o.sha, err)
	}
	return o, nil
}

// commit is what a commit object says.
type commit struct {
	sha               string
	parents           []string
	author, committer ident
	signature         string // pgp, ssh, x509, other; empty without one
	message           string
}

// ident is a name, an address and a time as somebody's own settings had them.
type ident struct {
	name, email string
	at          time.Time
	timed       bool // the time could be read and lies in the years 1 to 9999
}

// id is what tells people apart: the address, or without one the name.
func (i ident) id() string {
	switch {
	case strings.Trim(i.email, "@.") != "":
		return i.email
	case i.name != "":
		return "name:" + strings.ToLower(i.name)
	}
	return ""
}

// same reports that both are surely the same.
func (i ident) same(o ident) bool { return i.id() != "" && i.id() == o.id() }

// header is one line of an object's head, with the lines that continue it.
type header struct{ name, value string }

// headers splits an object into head and message.
func headers(body []byte) (head []header, message []byte) {
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		if len(line) == 0 {
			return head, body
		}
		if line[0] == ' ' && len(head) > 0 {
			if last := &head[len(head)-1]; len(last.value) < 1<<12 { // a signature's rest is not needed
				last.value += "\n" + string(line[1:])
			}
			continue
		}
		name, value, _ := strings.Cut(string(line), " ")
		head = append(head, header{name, value})
	}
	return head, nil
}

// parseCommit reads a commit object. It takes whatever is there: a commit that
// git accepted once is a fact, however odd.
func parseCommit(o object) commit {
	c := commit{sha: o.sha}
	head, message := headers(o.body)
	encoding := ""
	for _, h := range head {
		if h.name == "encoding" {
			encoding = h.value
		}
	}
	for _, h := range head {
		switch h.name {
		case "parent":
			c.parents = append(c.parents, h.value)
		case "author":
			c.author = parseIdent(decode(h.value, encoding))
		case "committer":
			c.committer = parseIdent(decode(h.value, encoding))
		case "gpgsig", "gpgsig-sha256":
			c.signature = signatureKind(h.value)
		}
	}
	c.message = decode(string(message), encoding)
	return c
}

func signatureKind(armor string) string {
	for _, k := range []struct{ begin, kind string }{
		{"-----BEGIN PGP SIGNATURE", "pgp"},
		{"-----BEGIN PGP MESSAGE", "pgp"},
		{"-----BEGIN SSH SIGNATURE", "ssh"},
		{"-----BEGIN SIGNED MESSAGE", "x509"},
	} {
		if strings.Contains(armor, k.begin) {
			return k.kind
		}
	}
	return "other"
}

// parseIdent reads "Name <address> seconds zone".
func parseIdent(s string) ident {
	var i ident
	end := strings.LastIndexByte(s, '>')
	front, tail := s, ""
	if end >= 0 {
		front, tail = s[:end], s[end+1:]
	}
	name, email, _ := strings.Cut(front, "<")
	i.name = strings.TrimSpace(name)
	i.email = strings.ToLower(strings.TrimSpace(strings.Trim(email, "<>")))
	if f := strings.Fields(tail); len(f) > 0 {
		i.at, i.timed = unixTime(f[0])
	}
	return i
}

// unixTime reads seconds since 1970, also before it. What no calendar of four
// digits holds is no time.
func unixTime(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < -62135596800 || n > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}

// latin are the encodings whose bytes are the first characters of Unicode.
var latin = []string{"iso-8859-1", "iso8859-1", "iso_8859-1", "iso88591", "latin1", "latin-1", "us-ascii", "windows-1252", "cp1252"}

// decode makes valid UTF-8 of what a commit says in its encoding. What cannot
// be read becomes the replacement mark.
func decode(s, encoding string) string {
	if utf8.ValidString(s) {
		return strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	for _, l := range latin {
		if strings.EqualFold(encoding, l) {
			var b strings.Builder
			for _, c := range []byte(s) {
				b.WriteRune(rune(c))
			}
			return strings.ReplaceAll(b.String(), "\x00", "\uFFFD")
		}
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
}

const longestSubject = 300 // characters

// subject is the first paragraph as one line.
func (c commit) subject() string {
	var words []string
	length := 0
	for line := range strings.Lines(strings.TrimLeft(c.message, "\n \t\r")) {
		line = strings.TrimSpace(line)
		if line == "" || length > 4*longestSubject {
			break
		}
		length += len(line)
		words = append(words, line)
	}
	s := strings.Join(words, " ")
	if r := []rune(s); len(r) > longestSubject {
		return string(r[:longestSubject]) + "…"
	}
	return s
}

// coAuthors are the people of its Co-authored-by lines.
func (c commit) coAuthors() (out []ident) {
	const key = "co-authored-by:"
	for line := range strings.Lines(c.message) {
		line = strings.TrimSpace(line)
		if len(line) > len(key) && len(line) < 1000 && strings.EqualFold(line[:len(key)], key) && strings.HasSuffix(line, ">") {
			if i := parseIdent(line[len(key):]); i.email != "" {
				out = append(out, i)
			}
		}
	}
	return out
}

package evidence

import (
	"bytes"
	"unicode/utf8"
)

const (
	mediaBytes = "application/octet-stream"
	mediaText  = "text/plain; charset=utf-8"
)

// sniffer reads what content is from its bytes. Only types that cannot run
// anything in a browser have a name; whatever is text is plain text.
type sniffer struct {
	head  []byte // the first bytes
	tail  []byte // the beginning of a character that the next piece ends
	bytes bool   // it is not text
}

const headLen = 16

// Write implements io.Writer.
func (s *sniffer) Write(p []byte) (int, error) {
	if missing := headLen - len(s.head); missing > 0 {
		s.head = append(s.head, p[:min(missing, len(p))]...)
	}
	if !s.bytes {
		s.text(p)
	}
	return len(p), nil
}

func (s *sniffer) text(p []byte) {
	b := p
	if len(s.tail) > 0 {
		b = append(s.tail, p...)
		s.tail = nil
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			if len(b) < utf8.UTFMax && !utf8.FullRune(b) {
				s.tail = bytes.Clone(b)
				return
			}
			s.bytes = true
			return
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' {
			s.bytes = true
			return
		}
		b = b[n:]
	}
}

// media is the type of all that was written.
func (s *sniffer) media() string {
	h := s.head
	switch {
	case bytes.HasPrefix(h, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(h, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	case len(h) >= 12 && string(h[:4]) == "RIFF" && string(h[8:12]) == "WEBP":
		return "image/webp"
	case bytes.HasPrefix(h, []byte("%PDF-")):
		return "application/pdf"
	case s.bytes || len(s.tail) > 0:
		return mediaBytes
	}
	return mediaText
}

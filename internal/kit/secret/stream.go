package secret

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
)

// ChunkSize is how many bytes of the plain content a chunk holds; the last
// holds what is left, and is empty only if there is no content at all.
const ChunkSize = 1 << 20

// A sealed stream is a row of chunks, each AES-256-GCM with a nonce of the
// chunk's number (8 bytes, big-endian), three zero bytes and a byte that is 1
// for the last chunk and 0 otherwise; so a chunk that was moved, dropped or
// added, and a stream that was cut, do not open (STREAM, Hoang, Reyhanitabar,
// Rogaway, Vizár 2015). The nonces repeat from stream to stream: a key seals
// one stream only.
type chunks struct {
	aead  cipher.AEAD
	next  uint64
	nonce [12]byte
}

func (c *chunks) turn(last bool) []byte {
	binary.BigEndian.PutUint64(c.nonce[:8], c.next)
	c.next++
	c.nonce[11] = 0
	if last {
		c.nonce[11] = 1
	}
	return c.nonce[:]
}

// SealStream encrypts src to dst and returns the number of plain bytes. The key
// must be new: it seals one stream only.
func (k Key) SealStream(dst io.Writer, src io.Reader) (int64, error) {
	aead, err := k.aead()
	if err != nil {
		return 0, err
	}
	c := chunks{aead: aead}
	in := bufio.NewReader(src)
	buf := make([]byte, ChunkSize, ChunkSize+aead.Overhead())
	var total int64
	for {
		n, last, err := fill(in, buf)
		if err != nil {
			return total, err
		}
		total += int64(n)
		if _, err := dst.Write(aead.Seal(buf[:0], c.turn(last), buf[:n], nil)); err != nil || last {
			return total, err
		}
	}
}

// fill reads a whole chunk, or the last one. A source that was cut off says so
// by io.ErrUnexpectedEOF, which is no end; so io.ReadFull, which says the same
// of an end, is of no use here.
func fill(in *bufio.Reader, buf []byte) (n int, last bool, err error) {
	for n < len(buf) {
		m, err := in.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	_, err = in.Peek(1)
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}

type opener struct {
	chunks

	in   *bufio.Reader
	buf  []byte
	left []byte // opened and not yet read
	err  error
}

// OpenStream decrypts what SealStream made. The reader yields only bytes that
// were authenticated, and fails with ErrOpen where the stream was altered or
// cut; content is whole only when it was read to io.EOF.
func (k Key) OpenStream(src io.Reader) io.Reader {
	aead, err := k.aead()
	o := &opener{chunks: chunks{aead: aead}, in: bufio.NewReader(src), err: err}
	if err == nil {
		o.buf = make([]byte, ChunkSize+aead.Overhead())
	}
	return o
}

// Read implements io.Reader.
func (o *opener) Read(p []byte) (int, error) {
	for len(o.left) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		o.left, o.err = o.chunk()
	}
	n := copy(p, o.left)
	o.left = o.left[n:]
	return n, nil
}

// chunk opens the next chunk; with the last one it returns io.EOF.
func (o *opener) chunk() ([]byte, error) {
	n, last, err := fill(o.in, o.buf)
	if err != nil {
		return nil, err
	}
	first := o.next == 0
	plain, err := o.aead.Open(o.buf[:0], o.turn(last), o.buf[:n], nil)
	switch {
	case err != nil, last && len(plain) == 0 && !first:
		return nil, ErrOpen
	case last:
		return plain, io.EOF
	}
	return plain, nil
}

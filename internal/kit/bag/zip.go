package bag

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// The zip structures, as APPNOTE 6.3 has them, with the only values that occur
// in a bag.
const (
	localSig   = 0x04034b50
	centralSig = 0x02014b50
	endSig     = 0x06054b50
	end64Sig   = 0x06064b50
	locatorSig = 0x07064b50

	localLen   = 30
	centralLen = 46
	endLen     = 22
	end64Len   = 56
	locatorLen = 20
	extraLen   = 12

	madeBy    = 3<<8 | 20      // Unix, 2.0
	needs     = 20             // 2.0
	needs64   = 45             // 4.5: offset in an extra field
	day       = 0x0021         // 1 January 1980, the first that zip knows
	fileAttrs = 0o100644 << 16 // a regular file, read by everybody

	// MaxFile is the size that no file in a bag reaches.
	MaxFile = math.MaxUint32
	maxName = 240
)

var le = binary.LittleEndian

// entry is one member of the zip.
type entry struct {
	name   string
	crc    uint32
	size   int64
	offset int64 // of its local header
}

func (e *entry) end() int64 { return e.offset + localLen + int64(len(e.name)) + e.size }

// common appends the fields that the two headers of a member share.
func (e *entry) common(b []byte, version uint16) []byte {
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, 0) // flags
	b = le.AppendUint16(b, 0) // stored
	b = le.AppendUint16(b, 0) // midnight
	b = le.AppendUint16(b, day)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, uint32(e.size))         //nolint:gosec // below MaxFile
	b = le.AppendUint32(b, uint32(e.size))         //nolint:gosec // below MaxFile
	return le.AppendUint16(b, uint16(len(e.name))) //nolint:gosec // at most maxName
}

func (e *entry) local(b []byte) []byte {
	b = e.common(le.AppendUint32(b, localSig), needs)
	b = le.AppendUint16(b, 0) // extra
	return append(b, e.name...)
}

func (e *entry) central(b []byte) []byte {
	version, offset, extra := uint16(needs), uint32(math.MaxUint32), uint16(0)
	if e.offset < math.MaxUint32 {
		offset = uint32(e.offset) //nolint:gosec // was compared
	} else {
		version, extra = needs64, extraLen
	}
	b = le.AppendUint32(b, centralSig)
	b = e.common(le.AppendUint16(b, madeBy), version)
	b = le.AppendUint16(b, extra)
	b = le.AppendUint16(b, 0) // comment
	b = le.AppendUint16(b, 0) // disk
	b = le.AppendUint16(b, 0) // internal attributes
	b = le.AppendUint32(b, fileAttrs)
	b = le.AppendUint32(b, offset)
	b = append(b, e.name...)
	if extra > 0 {
		b = le.AppendUint16(b, 1) // zip64
		b = le.AppendUint16(b, 8)
		b = le.AppendUint64(b, uint64(e.offset)) //nolint:gosec // never negative
	}
	return b
}

// directory is the central directory and everything after it.
func directory(entries []entry) []byte {
	var b []byte
	at := int64(0)
	for i := range entries {
		b = entries[i].central(b)
		at = entries[i].end()
	}
	return ending(b, len(entries), at)
}

// ending appends the end records to a directory of n members that begins at the
// offset.
func ending(b []byte, n int, offset int64) []byte {
	size := int64(len(b))
	if n >= math.MaxUint16 || size >= math.MaxUint32 || offset >= math.MaxUint32 {
		b = le.AppendUint32(b, end64Sig)
		b = le.AppendUint64(b, end64Len-12)
		b = le.AppendUint16(b, madeBy&^0xff|needs64)
		b = le.AppendUint16(b, needs64)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(n)) //nolint:gosec // never negative
		b = le.AppendUint64(b, uint64(n)) //nolint:gosec // never negative
		b = le.AppendUint64(b, uint64(size))
		b = le.AppendUint64(b, uint64(offset)) //nolint:gosec // never negative
		b = le.AppendUint32(b, locatorSig)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(offset+size)) //nolint:gosec // never negative
		b = le.AppendUint32(b, 1)
	}
	b = le.AppendUint32(b, endSig)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, uint16(min(n, math.MaxUint16))) //nolint:gosec // was bounded
	b = le.AppendUint16(b, uint16(min(n, math.MaxUint16))) //nolint:gosec // was bounded
	b = le.AppendUint32(b, uint32(min(size, math.MaxUint32)))
	b = le.AppendUint32(b, uint32(min(offset, math.MaxUint32))) //nolint:gosec // was bounded
	return le.AppendUint16(b, 0)
}

// names holds the names of a bag, so that no two are the same file anywhere: not
// where case does not matter, and none is also a folder.
type names map[string]bool

// add refuses a name that is not plain or is taken.
func (n names) add(name string) error {
	if err := plainName(name); err != nil {
		return err
	}
	low := strings.ToLower(name)
	if _, taken := n[low]; taken {
		return fmt.Errorf("the name %s stands for two files", shown(name))
	}
	n[low] = true
	for i := strings.LastIndexByte(low, '/'); i > 0; i = strings.LastIndexByte(low[:i], '/') {
		file, known := n[low[:i]]
		if file {
			return fmt.Errorf("%s is a file and a folder", shown(name[:i]))
		}
		if known {
			break
		}
		n[low[:i]] = false
	}
	return nil
}

// plainName refuses every name that some system would read as another place:
// letters, digits, dot, hyphen and underscore, in parts that begin with a letter
// or digit.
func plainName(name string) error {
	start := true
	for i := range len(name) {
		c := name[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && (start || c != '.' && c != '-' && c != '_' && c != '/') {
			return fmt.Errorf("the name %s is not plain", shown(name))
		}
		start = c == '/'
	}
	if start || len(name) > maxName {
		return fmt.Errorf("the name %s is not plain", shown(name))
	}
	return nil
}

// shown is a name for an error: one that was read from an altered file may be
// very long.
func shown(name string) string {
	const most = 60
	if len(name) > most {
		return fmt.Sprintf("%q…", name[:most])
	}
	return fmt.Sprintf("%q", name)
}

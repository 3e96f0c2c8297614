package bag_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/bag"
)

// craft builds a bag by hand, as docs/spec/package.md says, with whatever an
// attacker wants to be otherwise. Everything else agrees with everything, so
// that nothing but the one thing can be what is refused.
type craft struct {
	members []crafted // payload, with the folder
	tags    []string  // tag files in order; nil: as it should be
	text    func(tag, content string) string

	before, gap, comment string // bytes before everything, after the first member, in the end
	attrs                uint32 // external attributes; 0: as it should be
	extra                string // extra field in the list, after the first name
	shifted              bool   // offsets count what stands before
	zip64                bool   // the larger end records without need
	sameOffset           bool   // all entries name the first member
	reverse              bool   // the list is in another order
}

type crafted struct{ name, content string }

var le = binary.LittleEndian

func (c *craft) files() []crafted {
	out := slices.Clone(c.members)
	size := 0
	var manifest, tags strings.Builder
	for _, m := range c.members {
		size += len(m.content)
		sum := sha256.Sum256([]byte(m.content))
		manifest.WriteString(hex.EncodeToString(sum[:]) + "  " + m.name + "\n")
	}
	text := func(tag, content string) string {
		if c.text != nil {
			return c.text(tag, content)
		}
		return content
	}
	have := map[string]string{
		bag.Declaration: text(bag.Declaration, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
		bag.Information: text(bag.Information, fmt.Sprintf("Payload-Oxum: %d.%d\n", size, len(c.members))),
		bag.Manifest:    text(bag.Manifest, manifest.String()),
		"extra.txt":     "x",
	}
	for _, name := range []string{bag.Declaration, bag.Information, bag.Manifest} {
		sum := sha256.Sum256([]byte(have[name]))
		tags.WriteString(hex.EncodeToString(sum[:]) + "  " + name + "\n")
	}
	have[bag.TagManifest] = text(bag.TagManifest, tags.String())
	signature, _ := sign(sha256.Sum256([]byte(have[bag.TagManifest])))
	have[bag.Signature] = string(signature)
	order := c.tags
	if order == nil {
		order = []string{bag.Declaration, bag.Information, bag.Manifest, bag.TagManifest, bag.Signature}
	}
	for _, name := range order {
		out = append(out, crafted{name, have[name]})
	}
	return out
}

func (c *craft) bytes() []byte {
	b := []byte(c.before)
	var list [][]byte
	first := -1
	for i, m := range c.files() {
		at := len(b)
		if !c.shifted {
			at -= len(c.before)
		}
		if first < 0 {
			first = at
		}
		if c.sameOffset {
			at = first
		}
		shared := le.AppendUint16(nil, 20)
		shared = append(shared, 0, 0, 0, 0, 0, 0, 0x21, 0)
		shared = le.AppendUint32(shared, crc32.ChecksumIEEE([]byte(m.content)))
		shared = le.AppendUint32(le.AppendUint32(shared, uint32(len(m.content))), uint32(len(m.content)))
		shared = le.AppendUint16(shared, uint16(len(m.name)))
		b = append(append(append(b, "PK\x03\x04"...), shared...), 0, 0)
		b = append(append(b, m.name...), m.content...)
		extra, attrs := "", uint32(0o100644<<16)
		if i == 0 {
			b, extra = append(b, c.gap...), c.extra
			if c.attrs != 0 {
				attrs = c.attrs
			}
		}
		e := append(append([]byte("PK\x01\x02"), 0x14, 0x03), shared...)
		e = append(le.AppendUint16(e, uint16(len(extra))), 0, 0, 0, 0, 0, 0)
		e = le.AppendUint32(le.AppendUint32(e, attrs), uint32(at))
		list = append(list, append(append(e, m.name...), extra...))
	}
	if c.reverse {
		slices.Reverse(list)
	}
	return c.end(b, list)
}

func (c *craft) end(b []byte, list [][]byte) []byte {
	at, n := len(b), len(list)
	if !c.shifted {
		at -= len(c.before)
	}
	directory := bytes.Join(list, nil)
	b = append(b, directory...)
	if c.zip64 {
		b = append(le.AppendUint64(append(b, "PK\x06\x06"...), 44), 0x2d, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		for _, v := range []int{n, n, len(directory), at} {
			b = le.AppendUint64(b, uint64(v))
		}
		b = append(le.AppendUint64(append(b, "PK\x06\x07\x00\x00\x00\x00"...), uint64(at+len(directory))), 1, 0, 0, 0)
	}
	b = append(append(b, "PK\x05\x06"...), 0, 0, 0, 0)
	b = le.AppendUint16(le.AppendUint16(b, uint16(n)), uint16(n))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(directory))), uint32(at))
	return append(le.AppendUint16(b, uint16(len(c.comment))), c.comment...)
}

func fair() []crafted {
	return []crafted{{"data/a.txt", "hello"}, {"data/b/c.txt", ""}, {"data/d.txt", "there"}}
}

// TestTheFormIsWrittenDown holds the writer to the layout as the tests here
// build it by hand.
func TestTheFormIsWrittenDown(t *testing.T) {
	var b bytes.Buffer
	w := bag.NewWriter(&b)
	for _, m := range fair() {
		if err := w.Add(strings.TrimPrefix(m.name, "data/"), []byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(nil, sign); err != nil {
		t.Fatal(err)
	}
	c := craft{members: fair()}
	if !bytes.Equal(b.Bytes(), c.bytes()) {
		t.Fatal("what the writer writes is not what is written down")
	}
	if err := check(c.bytes()); err != nil {
		t.Fatal(err)
	}
}

// TestAttacks holds that each is refused, as something that is wrong with the
// file and not as a failure to read it.
func TestAttacks(t *testing.T) {
	with := func(m ...crafted) craft { return craft{members: append(fair(), m...)} }
	edited := func(tag, old, by string) craft {
		return craft{members: fair(), text: func(name, content string) string {
			if name == tag {
				return strings.Replace(content, old, by, 1)
			}
			return content
		}}
	}
	tags := func(names ...string) craft { return craft{members: fair(), tags: names} }
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	attacks := map[string]craft{
		"one name twice":                with(crafted{"data/a.txt", "other"}),
		"one name twice, one content":   with(crafted{"data/a.txt", "hello"}),
		"a name in capitals":            with(crafted{"data/A.txt", "other"}),
		"a folder in capitals":          with(crafted{"data/B", "other"}),
		"a file that is a folder":       with(crafted{"data/a.txt/x", "other"}),
		"a folder that is a file":       with(crafted{"data/b", "other"}),
		"up":                            with(crafted{"data/../../etc/passwd", "x"}),
		"up at the end":                 with(crafted{"data/..", "x"}),
		"here":                          with(crafted{"data/./x", "x"}),
		"absolute":                      with(crafted{"/data/x", "x"}),
		"a drive":                       with(crafted{"C:/data/x", "x"}),
		"backslashes":                   with(crafted{`data\..\x`, "x"}),
		"hidden":                        with(crafted{"data/.bashrc", "x"}),
		"an option":                     with(crafted{"data/-rf", "x"}),
		"a folder":                      with(crafted{"data/x/", ""}),
		"an empty part":                 with(crafted{"data//x", "x"}),
		"no name":                       with(crafted{"", "x"}),
		"a zero":                        with(crafted{"data/x\x00.txt", "x"}),
		"a line feed":                   with(crafted{"data/x\ny", "x"}),
		"letters of elsewhere":          with(crafted{"data/ä", "x"}),
		"a mark of direction":           with(crafted{"data/\u202etxt.exe", "x"}),
		"a very long name":              with(crafted{"data/" + strings.Repeat("x", 240), "x"}),
		"not below data":                with(crafted{"other/x", "x"}),
		"beside data":                   with(crafted{"database/x", "x"}),
		"a tag file as payload":         with(crafted{bag.Manifest, "x"}),
		"a link":                        {members: fair(), attrs: 0o120777 << 16},
		"a program":                     {members: fair(), attrs: 0o100755 << 16},
		"a folder by its attributes":    {members: fair(), attrs: 0o040755<<16 | 0x10},
		"something before":              {members: fair(), before: "#!/bin/sh\n"},
		"something before, counted":     {members: fair(), before: "#!/bin/sh\n", shifted: true},
		"a file before":                 {members: fair(), before: "PK\x03\x04" + strings.Repeat("\x00", 26), shifted: true},
		"something between":             {members: fair(), gap: "x"},
		"a hidden file between":         {members: fair(), gap: "PK\x03\x04\x14\x00" + strings.Repeat("\x00", 24)},
		"a comment":                     {members: fair(), comment: "hello"},
		"an end in the comment":         {members: fair(), comment: "PK\x05\x06" + strings.Repeat("\x00", 18)},
		"an extra field":                {members: fair(), extra: "\x99\x99\x02\x00hi"},
		"zip64 in an entry":             {members: fair(), extra: "\x01\x00\x08\x00" + strings.Repeat("\x00", 8)},
		"zip64 at the end":              {members: fair(), zip64: true},
		"two entries of one file":       {members: []crafted{{"data/a", "x"}, {"data/a", "x"}}, sameOffset: true},
		"all entries of one file":       {members: fair(), sameOffset: true},
		"the list in another order":     {members: fair(), reverse: true},
		"no signature":                  tags(bag.Declaration, bag.Information, bag.Manifest, bag.TagManifest),
		"no tag manifest":               tags(bag.Declaration, bag.Information, bag.Manifest, bag.Signature),
		"two signatures":                tags(bag.Declaration, bag.Information, bag.Manifest, bag.TagManifest, bag.Signature, bag.Signature),
		"tags in another order":         tags(bag.Information, bag.Declaration, bag.Manifest, bag.TagManifest, bag.Signature),
		"another tag":                   tags(bag.Declaration, bag.Information, bag.Manifest, bag.TagManifest, "extra.txt", bag.Signature),
		"another version":               edited(bag.Declaration, "1.0", "0.97"),
		"another encoding":              edited(bag.Declaration, "UTF-8", "UTF-7"),
		"another measure":               edited(bag.Information, "10.3", "10.4"),
		"no measure":                    edited(bag.Information, "Payload-Oxum: 10.3\n", ""),
		"the measure not last":          edited(bag.Information, ".3\n", ".3\nA: b\n"),
		"the measure without its end":   edited(bag.Information, ".3\n", ".3"),
		"information without a value":   edited(bag.Information, "Payload", "x\nPayload"),
		"a hash of another":             edited(bag.Manifest, hash("hello"), hash("there")),
		"a hash in capitals":            edited(bag.Manifest, hash("hello"), strings.ToUpper(hash("hello"))),
		"one space":                     edited(bag.Manifest, "  data/a.txt", " data/a.txt"),
		"a star for binary":             edited(bag.Manifest, "  data/a.txt", " *data/a.txt"),
		"carriage returns":              edited(bag.Manifest, "a.txt\n", "a.txt\r\n"),
		"a file not listed":             edited(bag.Manifest, hash("there")+"  data/d.txt\n", ""),
		"a file listed and not there":   edited(bag.Manifest, hash("there")+"  data/d.txt\n", hash("there")+"  data/d.txt\n"+hash("x")+"  data/e.txt\n"),
		"listed in another order":       edited(bag.Manifest, hash("hello")+"  data/a.txt\n"+hash("")+"  data/b/c.txt\n", hash("")+"  data/b/c.txt\n"+hash("hello")+"  data/a.txt\n"),
		"the list without its end":      edited(bag.Manifest, "d.txt\n", "d.txt"),
		"a line feed after the list":    edited(bag.Manifest, "d.txt\n", "d.txt\n\n"),
		"a tag not in the tag manifest": edited(bag.TagManifest, hash("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")+"  bagit.txt\n", ""),
	}
	for _, name := range slices.Sorted(maps.Keys(attacks)) {
		c := attacks[name]
		err := check(c.bytes())
		if _, ours := errors.AsType[*bag.Error](err); !ours {
			t.Errorf("%s: %v", name, err)
		} else if t.Logf("%s: %v", name, err); len(err.Error()) > 300 {
			t.Errorf("%s: said at length: %v", name, err)
		}
	}
}

// TestLongNamesAreCutInErrors keeps an altered length from printing a package.
func TestLongNamesAreCutInErrors(t *testing.T) {
	c := craft{members: fair()}
	b := c.bytes()
	at := bytes.Index(b, []byte("PK\x01\x02"))
	le.PutUint16(b[at+28:], 300)
	err := check(b)
	if err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), "…") {
		t.Errorf("%v", err)
	}
}

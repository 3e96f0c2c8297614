package vectors

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

type treeVectors struct {
	Leaves      []string      `json:"leaves"` // hexadecimal
	Roots       []string      `json:"roots"`  // of the first 0, 1, 2 … leaves
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
	Tiles       []struct {
		Size  uint64   `json:"size"`
		Names []string `json:"names"` // those with a width below 256, and the last whole one of each level
	} `json:"tiles"`
}

type inclusion struct {
	Index  uint64   `json:"index"`
	Size   uint64   `json:"size"`
	Hashes []string `json:"hashes"`
	Holds  bool     `json:"holds"`
}

type consistency struct {
	From   uint64   `json:"from"`
	To     uint64   `json:"to"`
	Hashes []string `json:"hashes"`
	Holds  bool     `json:"holds"`
}

func subtrees(list []tlog.Hash) tlog.Subtree {
	return func(level int, index uint64) (tlog.Hash, error) {
		return tlog.Root(list[index<<level : (index+1)<<level]), nil
	}
}

func leafHashes(t *testing.T, leaves []string) (out []tlog.Hash) {
	t.Helper()
	for _, l := range leaves {
		out = append(out, tlog.LeafHash(unhex(t, l)))
	}
	return out
}

// names are the tiles of a log worth showing.
func names(size uint64) (out []string) {
	list := tlog.Tiles(size)
	for i, tile := range list {
		if tile.Width < tlog.TileWidth || i+1 == len(list) || list[i+1].Level != tile.Level || list[i+1].Width < tlog.TileWidth {
			out = append(out, tile.Path())
		}
	}
	return out
}

func makeTree(t *testing.T) (v treeVectors) {
	t.Helper()
	for i := range 13 {
		v.Leaves = append(v.Leaves, hex.EncodeToString([]byte(strings.Repeat("leaf ", i%3)+strconv.Itoa(i))))
	}
	list := leafHashes(t, v.Leaves)
	for n := range len(list) + 1 {
		v.Roots = append(v.Roots, tlog.Root(list[:n]).String())
	}
	wrong := func(proof []tlog.Hash) [][]string {
		out := [][]string{texts(append(slices.Clone(proof), list[0]))}
		if len(proof) > 0 {
			changed := slices.Clone(proof)
			changed[len(changed)/2][5] ^= 1
			out = append(out, texts(proof[:len(proof)-1]), texts(changed))
		}
		return out
	}
	for _, at := range [][2]uint64{{0, 1}, {0, 2}, {1, 2}, {2, 3}, {0, 7}, {6, 7}, {3, 8}, {5, 11}, {10, 11}, {12, 13}, {0, 13}} {
		proof, err := tlog.ProveInclusion(at[0], at[1], subtrees(list))
		if err != nil {
			t.Fatal(err)
		}
		v.Inclusion = append(v.Inclusion, inclusion{at[0], at[1], texts(proof), true})
		for _, w := range wrong(proof) {
			v.Inclusion = append(v.Inclusion, inclusion{at[0], at[1], w, false})
		}
	}
	for _, at := range [][2]uint64{{1, 1}, {1, 2}, {2, 3}, {3, 7}, {4, 7}, {6, 8}, {8, 13}, {7, 13}, {12, 13}, {13, 13}, {1, 13}} {
		proof, err := tlog.ProveConsistency(at[0], at[1], subtrees(list))
		if err != nil {
			t.Fatal(err)
		}
		v.Consistency = append(v.Consistency, consistency{at[0], at[1], texts(proof), true})
		for _, w := range wrong(proof) {
			v.Consistency = append(v.Consistency, consistency{at[0], at[1], w, false})
		}
	}
	v.Inclusion = append(v.Inclusion, inclusion{3, 3, nil, false})
	v.Consistency = append(v.Consistency, consistency{0, 3, nil, false}, consistency{4, 3, nil, false})
	for _, size := range []uint64{1, 255, 256, 257, 65_536, 70_000, 300_000} {
		v.Tiles = append(v.Tiles, struct {
			Size  uint64   `json:"size"`
			Names []string `json:"names"`
		}{size, names(size)})
	}
	return v
}

func TestTrees(t *testing.T) {
	v := golden(t, "tree.json", func() treeVectors { return makeTree(t) })
	list := leafHashes(t, v.Leaves)
	for n, want := range v.Roots {
		if tlog.Root(list[:n]) != hash(t, want) {
			t.Errorf("the root of %d", n)
		}
	}
	for _, p := range v.Inclusion {
		err := tlog.VerifyInclusion(p.Index, p.Size, list[p.Index], hashes(t, p.Hashes), hash(t, v.Roots[p.Size]))
		if (err == nil) != p.Holds {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range v.Consistency {
		err := tlog.VerifyConsistency(p.From, p.To, hash(t, v.Roots[p.From]), hash(t, v.Roots[p.To]), hashes(t, p.Hashes))
		if (err == nil) != p.Holds {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, x := range v.Tiles {
		if got := names(x.Size); !slices.Equal(got, x.Names) {
			t.Errorf("%d: %v", x.Size, got)
		}
	}
}

type noteVectors struct {
	Seed        string    `json:"seed"` // of the key, hexadecimal
	Key         string    `json:"key"`
	Checkpoints []signed  `json:"checkpoints"`
	Refused     []refusal `json:"refused"`
	Keys        []refusal `json:"keys_refused"`
	Policies    struct {
		Accepted []string  `json:"accepted"`
		Refused  []refusal `json:"refused"`
	} `json:"policies"`
}

type signed struct {
	Note string `json:"note"`
	Size uint64 `json:"size"`
	Root string `json:"root"`
}

func signer(t *testing.T, name string, first byte) *tlog.Signer {
	t.Helper()
	seed := salt(first)
	s, err := tlog.NewSigner(name, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sign(t *testing.T, s *tlog.Signer, text string) string {
	t.Helper()
	b, err := s.SignText(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func makeNotes(t *testing.T) (v noteVectors) {
	t.Helper()
	const name = "example.invalid/soc2/1"
	s, other := signer(t, name, 9), signer(t, name, 10)
	seed := salt(9)
	v.Seed, v.Key = hex.EncodeToString(seed[:]), s.Verifier()
	for _, n := range []int{0, 1, 4711} {
		c := tlog.Checkpoint{Origin: name, Size: uint64(n), Root: tlog.LeafHash([]byte(strconv.Itoa(n)))}
		v.Checkpoints = append(v.Checkpoints, signed{sign(t, s, c.Text()), c.Size, c.Root.String()})
	}
	good := v.Checkpoints[2].Note
	text, _, _ := strings.Cut(good, "\n\n")
	text += "\n"
	line := good[len(text)+1:]
	v.Refused = []refusal{
		refuse("nothing", ""), refuse("cut off", good[:len(good)-1]), refuse("a line feed more", good+"\n"), refuse("something before", " "+good),
		refuse("no signature", text+"\n"), refuse("another key", sign(t, other, text)), refuse("another name", sign(t, signer(t, "elsewhere.invalid/1", 9), text)),
		refuse("signed twice", good+line), refuse("signed by two", good+sign(t, other, text)[len(text)+1:]),
		refuse("text changed", strings.Replace(good, "4711", "4712", 1)), refuse("a hyphen for the dash", strings.Replace(good, "— ", "- ", 1)),
		refuse("two spaces", strings.Replace(good, "— ", "—  ", 1)), refuse("carriage returns", strings.ReplaceAll(good, "\n", "\r\n")),
		refuse("unused bits of the base64", unused(good)), refuse("a leading zero", sign(t, s, strings.Replace(text, "4711", "04711", 1))),
		refuse("an extension line", sign(t, s, text+"x\n")), refuse("another origin", sign(t, s, strings.Replace(text, "invalid", "anvilid", 1))),
		refuse("no root", sign(t, s, name+"\n5\n")), refuse("a short root", sign(t, s, name+"\n5\nAAAA\n")),
		refuse("a negative size", sign(t, s, strings.Replace(text, "4711", "-1", 1))),
		refuse("what is signed for a package", sign(t, s, pack.SignedText(pack.FormatV1, name, tlog.Hash{}))),
	}
	v.Keys = []refusal{
		refuse("another id", strings.Replace(v.Key, "+", "+0", 1)), refuse("no id", name+"+"+v.Key[len(name)+10:]),
		refuse("capitals", name+strings.ToUpper(v.Key[len(name):len(name)+10])+v.Key[len(name)+10:]), refuse("cut off", v.Key[:len(v.Key)-4]),
		refuse("another algorithm", strings.Replace(v.Key, "+A", "+I", 1)), refuse("unused bits", v.Key+"="),
	}
	v.Policies.Accepted = []string{
		"log " + v.Key + "\nquorum none\n", "# ours\n\nlog " + v.Key + " https://example.invalid/log\nlog " + other.Verifier() + "\nquorum none",
	}
	v.Policies.Refused = []refusal{
		refuse("nothing", ""), refuse("no quorum", "log "+v.Key+"\n"), refuse("no log", "quorum none\n"), refuse("a witness", v.Policies.Accepted[0]+"witness w "+v.Key+"\n"),
		refuse("another quorum", "log "+v.Key+"\nquorum w\n"), refuse("two quorums", v.Policies.Accepted[0]+"quorum none\n"), refuse("no key", "log x\nquorum none\n"),
		refuse("another word", v.Policies.Accepted[0]+"trust everybody\n"),
	}
	return v
}

// unused sets an unused bit of a note's base64.
func unused(note string) string {
	i := strings.LastIndexByte(note, '=') - 1
	for note[i] == '=' {
		i--
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return note[:i] + string(digits[strings.IndexByte(digits, note[i])|1]) + note[i+1:]
}

func TestNotes(t *testing.T) {
	v := golden(t, "note.json", func() noteVectors { return makeNotes(t) })
	for _, c := range v.Checkpoints {
		got, err := tlog.OpenCheckpoint([]byte(c.Note), v.Key)
		if err != nil || got.Size != c.Size || got.Root != hash(t, c.Root) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, r := range v.Refused {
		if _, err := tlog.OpenCheckpoint(r.bytes(t), v.Key); err == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
	for _, r := range v.Keys {
		if tlog.CheckVerifier(string(r.bytes(t))) == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
	for _, text := range v.Policies.Accepted {
		if _, err := pack.ParsePolicy(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, r := range v.Policies.Refused {
		if _, err := pack.ParsePolicy(string(r.bytes(t))); err == nil {
			t.Errorf("%s: accepted", r.Why)
		}
	}
}

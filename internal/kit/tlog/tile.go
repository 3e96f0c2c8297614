package tlog

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// TileWidth is the number of hashes in a full tile (C2SP tlog-tiles).
const TileWidth = 256

// TileLevels is how many levels of the tree one tile level spans.
const TileLevels = 8

// Tile is one file of a log in the C2SP tlog-tiles layout: Width hashes of
// complete subtrees at tree level 8·Level, starting at Index·256. Level -1 is
// an entry bundle.
type Tile struct {
	Level int
	Index uint64
	Width int
}

// Path is the tile's file name below the log's folder.
func (t Tile) Path() string {
	level := strconv.Itoa(t.Level)
	if t.Level < 0 {
		level = "entries"
	}
	s := fmt.Sprintf("%03d", t.Index%1000)
	for n := t.Index / 1000; n > 0; n /= 1000 {
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	if t.Width < TileWidth {
		s += fmt.Sprintf(".p/%d", t.Width)
	}
	return "tile/" + level + "/" + s
}

// Tiles lists every tile of a log of the given size, entry bundles included.
func Tiles(size uint64) []Tile {
	var out []Tile
	for level, n := -1, size; n > 0; level++ {
		for i := uint64(0); i*TileWidth < n; i++ {
			w := min(n-i*TileWidth, TileWidth)
			out = append(out, Tile{Level: level, Index: i, Width: int(w)})
		}
		if level >= 0 {
			n /= TileWidth
		}
	}
	return out
}

// Bundle is an entry bundle's bytes: each leaf after its length in 16 bits.
func Bundle(leaves [][]byte) ([]byte, error) {
	var b []byte
	for _, l := range leaves {
		if len(l) > MaxLeaf {
			return nil, fmt.Errorf("entry bundle: leaf of %d bytes", len(l))
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(l))) //nolint:gosec // at most MaxLeaf
		b = append(b, l...)
	}
	return b, nil
}

// ParseBundle splits an entry bundle of exactly n leaves.
func ParseBundle(b []byte, n int) ([][]byte, error) {
	out := make([][]byte, 0, n)
	for range n {
		if len(b) < 2 {
			return nil, fmt.Errorf("entry bundle: cut off after %d of %d leaves", len(out), n)
		}
		size := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; len(b) < size {
			return nil, fmt.Errorf("entry bundle: cut off after %d of %d leaves", len(out), n)
		}
		out = append(out, b[:size:size])
		b = b[size:]
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("entry bundle: %d bytes after the last leaf", len(b))
	}
	return out, nil
}

// VerifierName is the name inside a verifier key.
func VerifierName(vkey string) string {
	name, _, _ := strings.Cut(vkey, "+")
	return name
}

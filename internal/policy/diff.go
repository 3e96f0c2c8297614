package policy

import (
	"slices"
	"strings"
)

// Change says what became of a paragraph between two texts.
type Change string

// The changes.
const (
	Same    Change = "same"
	Removed Change = "removed"
	Added   Change = "added"
)

// Paragraph is one paragraph of a comparison.
type Paragraph struct {
	Text   string
	Change Change
}

// Paragraphs are the parts of a Markdown text between empty lines. A heading
// stands by itself.
func Paragraphs(text string) (out []string) {
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		part = strings.Trim(part, "\n")
		for strings.HasPrefix(part, "#") {
			head, rest, more := strings.Cut(part, "\n")
			out = append(out, head)
			if part = strings.Trim(rest, "\n"); !more {
				break
			}
		}
		if strings.TrimSpace(part) != "" && !strings.HasPrefix(part, "#") {
			out = append(out, part)
		}
	}
	return out
}

// mostPairs bounds the work of a comparison; two texts of a few thousand
// paragraphs each stay below it.
const mostPairs = 16 << 20

// Compare is how one text becomes another, paragraph by paragraph: the longest
// common subsequence stays, what else was there is removed, what is new is
// added. Texts too long to compare are shown as removed and added whole, after
// what they begin and end with in common.
func Compare(before, after string) []Paragraph {
	a, b := Paragraphs(before), Paragraphs(after)
	var head, tail []Paragraph
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, Paragraph{a[0], Same})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append([]Paragraph{{a[len(a)-1], Same}}, tail...)
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return append(append(head, middle(a, b)...), tail...)
}

func middle(a, b []string) (out []Paragraph) {
	if len(a)*len(b) > mostPairs {
		for _, p := range a {
			out = append(out, Paragraph{p, Removed})
		}
		for _, p := range b {
			out = append(out, Paragraph{p, Added})
		}
		return out
	}
	common := lengths(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, Paragraph{a[i], Same})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, Paragraph{a[i], Removed})
			i++
		default:
			out = append(out, Paragraph{b[j], Added})
			j++
		}
	}
	return out
}

// lengths of the longest common subsequences of what is left from i and j on.
func lengths(a, b []string) [][]int32 {
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i, text := range slices.Backward(a) {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); text == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	return common
}

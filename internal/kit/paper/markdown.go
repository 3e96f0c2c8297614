package paper

import (
	"bytes"
	"fmt"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// below is how many levels headings are moved down: the page has the first.
const below = 1

// HTML is Markdown (CommonMark with tables and task lists) as HTML.
func HTML(markdown string) (string, error) {
	md := goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignNone)), extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{}, 100))),
	)
	var out bytes.Buffer
	if err := md.Convert([]byte(markdown), &out); err != nil {
		return "", fmt.Errorf("render Markdown: %w", err)
	}
	return out.String(), nil
}

// tame moves headings down, and puts the words of an image in its place: nothing
// is fetched from elsewhere by reading a text.
type tame struct{}

// Transform implements parser.ASTTransformer.
func (tame) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var images []*ast.Image
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the walker fails for no node
		switch n := n.(type) {
		case *ast.Heading:
			if entering {
				n.Level = min(n.Level+below, 6)
			}
		case *ast.Image:
			if entering {
				images = append(images, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, i := range images {
		i.Parent().ReplaceChild(i.Parent(), i, ast.NewString(i.Text(reader.Source()))) //nolint:staticcheck // the words alone are wanted
	}
}

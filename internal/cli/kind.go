package cli

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"assay/connector/imports"
	"assay/internal/api"
)

type kindCmd struct {
	List     kindListCmd     `cmd:"" help:"The kinds of resources that are known here."`
	Show     kindShowCmd     `cmd:"" help:"The fields of a kind, and what its sources say."`
	Versions kindVersionsCmd `cmd:"" help:"Every version of a kind that was declared here."`
	Declare  kindDeclareCmd  `cmd:"" help:"Declare a kind of your own, or its next version."`
	Template kindTemplateCmd `cmd:"" help:"Print a declaration to start from."`
}

type kindListCmd struct{}

// Run lists the kinds.
func (kindListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Kinds](ctx, r, "kind.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Kinds) {
		rows := [][]string{{"kind", "version", "family", "declared by", "facets", "resources", "complete"}}
		for i := range v.Kinds {
			k := &v.Kinds[i]
			n, whole := 0, "–"
			for j := range k.Sources {
				n += k.Sources[j].Resources
				if whole != "no" {
					whole = yes(k.Sources[j].Complete)
				}
			}
			rows = append(rows, []string{k.Kind, strconv.Itoa(k.Version), k.Family, k.Origin, strings.Join(k.Facets, " "), strconv.Itoa(n), whole})
		}
		p.table(rows)
	})
}

type kindShowCmd struct {
	Kind string `arg:"" help:"Such as linux.account."`
}

// Run shows a kind.
func (c *kindShowCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.KindDetail](ctx, r, "kind.show", &api.KindIn{Kind: c.Kind})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.KindDetail) {
		p.line("%v version %v: %v, %v", v.Schema["kind"], v.Schema["version"], v.Schema["title"], v.Schema["family"])
		fields, _ := v.Schema["fields"].([]any)
		rows := [][]string{{"field", "type", "meaning"}}
		for _, f := range fields {
			m, _ := f.(map[string]any)
			text := func(name string) string { s, _ := m[name].(string); return s }
			marks := []string{text("type")}
			for _, mark := range []string{"optional", "personal", "volatile"} {
				if m[mark] == true {
					marks = append(marks, mark)
				}
			}
			rows = append(rows, []string{text("name"), strings.Join(marks, ", "), text("meaning")})
		}
		p.table(rows)
		if facets, _ := v.Schema["facets"].([]any); len(facets) > 0 {
			var names []string
			for _, f := range facets {
				m, _ := f.(map[string]any)
				name, _ := m["facet"].(string)
				names = append(names, name)
			}
			p.line("Fills the facets %s.", strings.Join(names, ", "))
		}
	})
}

type kindVersionsCmd struct {
	Kind string `arg:"" help:"A kind that was declared here."`
}

// Run lists the versions.
func (c *kindVersionsCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.KindVersions](ctx, r, "kind.versions", &api.KindIn{Kind: c.Kind})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.KindVersions) {
		rows := [][]string{{"version", "declared", "by", "facets", "hash"}}
		for i := range v.Versions {
			k := &v.Versions[i]
			rows = append(rows, []string{
				strconv.Itoa(k.Version), k.DeclaredAt.Local().Format(time.DateTime), k.DeclaredBy, strings.Join(k.Facets, " "), k.Hash[:16],
			})
		}
		p.table(rows)
	})
}

type kindDeclareCmd struct {
	File string `arg:"" help:"The declaration, in YAML; - for standard input."`
}

const mostDeclaration = 256 << 10

// Run declares a kind; with --dry-run it sees whether the declaration is right
// in itself.
func (c *kindDeclareCmd) Run(ctx context.Context, r *run) error {
	text, err := r.read(c.File, mostDeclaration)
	if err != nil {
		return err
	}
	d, err := imports.ParseDeclaration(text)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("%s version %d is right in itself: %s. Nothing was done.", d.Kind, d.Version, count(len(d.Fields), "field", "fields"))
		return nil
	}
	in := &api.KindDeclareIn{}
	in.Body.Declaration = string(text)
	out, err := change[api.DeclaredKind](ctx, r, "kind.declare", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.DeclaredKind) {
		p.line("%s version %d is declared. Bring a file of it with: assay import add %s FILE", v.Kind, v.Version, v.Kind)
	})
}

type kindTemplateCmd struct{}

// Run prints an example.
func (kindTemplateCmd) Run(r *run) error {
	_, err := io.WriteString(r.Stdout, imports.Template())
	return err
}

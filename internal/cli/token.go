package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type tokenCmd struct {
	List tokenListCmd `cmd:"" help:"API tokens: yours, or everybody's for a lead."`
	Rm   tokenRmCmd   `cmd:"" help:"End a token."`

	Exchange tokenExchangeCmd `cmd:"" help:"In a job of a build system: a token for some minutes, for what the build system signed."`
}

type tokenListCmd struct{}

// Run lists tokens.
func (tokenListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Tokens](ctx, r, "token.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Tokens) {
		if len(v.Tokens) == 0 {
			p.line("No tokens. A person makes one under Settings, or with: assay login")
			return
		}
		rows := [][]string{{"token", "for", "of", "role", "state", "expires", "last used"}}
		for i := range v.Tokens {
			t := &v.Tokens[i]
			rows = append(rows, []string{
				t.ID, t.Name, t.UserName, tokenRole(t), t.State, t.ExpiresAt.Local().Format(time.DateOnly), moment(t.LastAt, time.Local),
			})
		}
		p.table(rows)
	})
}

// tokenRole is what a token may do, in a word or two.
func tokenRole(t *api.Token) string {
	role := t.Role
	if t.Service {
		role = "service"
	}
	if len(t.Scope) > 0 {
		role += ": " + strings.Join(t.Scope, " ")
	}
	if len(t.Networks) > 0 {
		role += " from " + strings.Join(t.Networks, " ")
	}
	return role
}

type tokenRmCmd struct {
	Token string `arg:"" help:"Id."`
}

// Run ends a token.
func (c *tokenRmCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "token.revoke", &api.ID{ID: c.Token}); err != nil {
		return err
	}
	r.note("%s is ended.", c.Token)
	return nil
}

type apiCmd struct {
	Operation string `arg:"" optional:"" help:"Operation, such as control.list; every operation is listed without one."`
	Input     string `arg:"" optional:"" help:"JSON of its parameters and body, @FILE, or - for standard input."`
}

type operationsOut struct {
	Operations []operationOut `json:"operations"`
}

type operationOut struct {
	ID      string `json:"id"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	Summary string `json:"summary"`
}

// Run calls an operation and prints its answer as it is.
func (c *apiCmd) Run(ctx context.Context, r *run) error {
	if c.Operation == "" {
		return listOperations(r)
	}
	input := []byte(c.Input)
	var err error
	if file, ok := strings.CutPrefix(c.Input, "@"); ok || c.Input == "-" {
		if c.Input == "-" {
			file = "-"
		}
		if input, err = r.read(file, 64<<20); err != nil {
			return err
		}
	}
	changes := true
	for _, o := range api.Table() {
		if o.ID == c.Operation {
			changes = !o.Reads()
		}
	}
	if changes && r.DryRun {
		r.note("Would ask for %s with %s. Nothing was done.", c.Operation, input)
		return nil
	}
	cl, err := r.client(ctx)
	if err != nil {
		return err
	}
	r.wrote = changes
	body, err := cl.Raw(ctx, c.Operation, input)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if _, err := io.Copy(r.Stdout, body); err != nil {
		return fault.Wrap(fault.Internal, err, "The answer broke off: %v.", err)
	}
	return nil
}

func listOperations(r *run) error {
	out := &operationsOut{}
	for _, o := range api.Table() {
		out.Operations = append(out.Operations, operationOut{o.ID, o.Method, api.Prefix + o.Path, o.Summary})
	}
	return emit(r, out, func(p *paper, v *operationsOut) {
		var rows [][]string
		for _, o := range v.Operations {
			rows = append(rows, []string{o.ID, fmt.Sprintf("%-6s %s", o.Method, o.Path), o.Summary})
		}
		p.table(rows)
	})
}

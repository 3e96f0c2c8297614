package domain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/connector"
)

// authority gives out names once for the world.
const (
	authority     = "dns"
	authorityX509 = "x509"
)

// collection is one reading of everything that the settings name.
type collection struct {
	env connector.Env
	run *connector.Run
	set settings
	dns *resolver

	rdap    map[string]string // registries' addresses by ending, once read
	rdapErr error             // why they could not be
}

// sheet is a resource being filled in.
type sheet struct {
	fields  map[string]any
	missing []string
}

func newSheet() *sheet { return &sheet{fields: map[string]any{}} }

func (s *sheet) set(name string, v any) { s.fields[name] = v }

// lose marks fields as unavailable.
func (s *sheet) lose(names ...string) { s.missing = append(s.missing, names...) }

// text sets the field unless the value is empty, which leaves it absent.
func (s *sheet) text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// texts that always have a value, empty or not.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

// Collect reads everything once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	r, err := s.resolver(run)
	if err != nil {
		return err
	}
	c := &collection{env: s.env, run: run, set: s.set, dns: r}
	for _, step := range []struct {
		say, kind string
		do        func(context.Context) error
	}{
		{"domains", kindZone, c.zones},
		{"host names", kindHost, c.hosts},
		{"TLS endpoints", kindEndpoint, c.endpoints},
		{"web sites", kindSite, c.sites},
		{"certificates", kindCertificate, c.certificates},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		run.Say("Reading " + step.say)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("read %s: %w", step.say, err)
		}
		run.Complete(step.kind)
	}
	return nil
}

func (c *collection) emit(ctx context.Context, kind, id string, s *sheet) error {
	by := authority
	if kind == kindCertificate {
		by = authorityX509
	}
	return c.run.Emit(ctx, connector.Resource{Kind: kind, Authority: by, ID: id, Fields: s.fields, Unavailable: s.missing})
}

// loseRest marks every field of the kind that has no value as unavailable; of
// those that may be absent only while the field that goes before them has none
// either.
func (s *sheet) loseRest(kind, before string) {
	_, told := s.fields[before]
	for _, k := range Kinds() {
		if k.Kind != kind {
			continue
		}
		for _, f := range k.Fields {
			if _, ok := s.fields[f.Name]; !ok && (!f.Optional || !told) && !slices.Contains(s.missing, f.Name) {
				s.lose(f.Name)
			}
		}
	}
}

// zones reads the domains themselves.
func (c *collection) zones(ctx context.Context) error {
	for _, name := range c.set.domains {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.run.Say("Reading " + name)
		s, err := c.zone(ctx, name)
		if err != nil {
			return err
		}
		if err := c.emit(ctx, kindZone, name, s); err != nil {
			return err
		}
	}
	return nil
}

// zone tells everything about one domain.
func (c *collection) zone(ctx context.Context, name string) (*sheet, error) {
	s := newSheet()
	s.set("name", name)
	soa, err := c.dns.ask(ctx, name, typeSOA)
	if err != nil {
		c.without(kindZone, name, "the name itself", err)
		s.loseRest(kindZone, "nameservers")
		return s, ctx.Err()
	}
	s.set("exists", !soa.absent)
	if soa.absent {
		s.loseRest(kindZone, "nameservers")
		return s, nil
	}
	for _, part := range []func(context.Context, string, *sheet){
		c.delegation, c.dnssec, c.caa, c.registration, c.securityTxt, c.mx, c.spf, c.dkim, c.dmarc, c.mtaSTS, c.tlsRPT,
	} {
		part(ctx, name, s)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// without tells people that something about a resource could not be read.
func (c *collection) without(kind, name, what string, err error) {
	c.run.Note(kind, fmt.Sprintf("%s: %s could not be read: %s.", name, what, strings.TrimSuffix(brief(err), ".")))
}

const longestProblem = 200

// brief is an error's text, on one line and not too long.
func brief(err error) string { return clip(err.Error()) }

func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}

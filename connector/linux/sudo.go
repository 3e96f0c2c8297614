package linux

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
)

// sudoRule is one permission: who, where, as whom, what.
type sudoRule struct {
	file, text string
	line       int
	users      []string // as written after aliases: name, %group, #uid, ALL, with ! before what is excluded
	hosts      []string
	runAs      []string
	commands   []string
	noPassword answer
}

const sudoers = "/etc/sudoers"

func (c *collection) sudo(ctx context.Context) error {
	p := &sudoParser{c: c, noPassword: no, aliases: map[string]map[string][]string{"User": {}, "Runas": {}, "Host": {}, "Cmnd": {}}}
	p.file(sudoers, 0)
	if names := c.directories("sudoers"); len(names) > 0 {
		p.problems = append(p.problems, "Sudo rules also come from "+strings.Join(names, " and ")+" (/etc/nsswitch.conf), which is not read.")
	}
	rules := p.resolved()
	doas, doasProblems := c.doas()
	rules = append(rules, doas...)
	p.problems = append(p.problems, doasProblems...)
	c.rules, c.rulesAll = rules, len(p.problems) == 0
	for _, problem := range p.problems {
		c.run.Incomplete(kindSudo, problem)
	}
	seen := map[string]int{}
	for _, r := range rules {
		if err := c.emit(ctx, kindSudo, r.id(seen), r.sheet()); err != nil {
			return err
		}
	}
	if len(rules) == 0 && c.rulesAll && c.exists(sudoers) == no {
		c.run.Note(kindSudo, "Neither sudo nor doas is set up: there is neither "+sudoers+" nor /etc/doas.conf.")
	}
	c.run.Complete(kindSudo)
	return nil
}

// id is made of the rule's words, since sudo gives it no name of its own.
func (r sudoRule) id(seen map[string]int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		r.file, r.text, strings.Join(r.hosts, ","), strings.Join(r.runAs, ","), strings.Join(r.commands, ","),
	}, "\n")))
	id := hex.EncodeToString(sum[:10])
	seen[id]++
	if n := seen[id]; n > 1 {
		return fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

func (r sudoRule) sheet() *sheet {
	s := newSheet()
	users, groups := []string{}, []string{}
	for _, u := range r.users {
		bare, not := strings.CutPrefix(u, "!")
		mark := map[bool]string{true: "!", false: ""}[not]
		if g, ok := strings.CutPrefix(bare, "%"); ok {
			groups = append(groups, mark+g)
		} else {
			users = append(users, u)
		}
	}
	s.set("rule", r.text)
	s.set("file", r.file)
	s.set("line", r.line)
	s.set("users", users)
	s.set("groups", groups)
	s.set("hosts", list(r.hosts))
	s.set("run_as", list(r.runAs))
	s.set("commands", list(r.commands))
	s.set("as_root", r.asRoot())
	s.set("all_commands", r.everything())
	s.answer("without_password", r.noPassword)
	return s
}

func (r sudoRule) asRoot() bool {
	return slices.ContainsFunc(r.runAs, func(u string) bool { return u == "root" || u == "ALL" || u == "#0" })
}

// everything is whether any command may be run. Exclusions after ALL do not
// hold anybody back (sudoers(5)), so they do not count.
func (r sudoRule) everything() bool { return slices.Contains(r.commands, "ALL") }

// here says whether the rule holds on the named host. A host list that is not
// understood counts as holding.
func (r sudoRule) here(host string) bool {
	short, _, _ := strings.Cut(host, ".")
	holds, plain := false, true
	for _, h := range r.hosts {
		bare, not := strings.CutPrefix(h, "!")
		switch {
		case bare == "ALL" || bare == host || bare == short:
			holds = !not
		case strings.ContainsAny(bare, "+*?[/:") || strings.Trim(bare, "0123456789.") == "":
			plain = false // a netgroup, a pattern or a network
		}
	}
	return holds || !plain
}

// grants says whether the rule's user list includes the account; the last
// entry that names it decides.
func (r sudoRule) grants(a *account) bool {
	in := false
	for _, u := range r.users {
		bare, not := strings.CutPrefix(u, "!")
		named := bare == "ALL" || bare == a.name || bare == fmt.Sprintf("#%d", a.uid)
		if g, ok := strings.CutPrefix(bare, "%"); ok {
			if id, ok := strings.CutPrefix(g, "#"); ok {
				named = slices.Contains(a.gids, id)
			} else {
				named = slices.Contains(a.groups, g)
			}
		}
		if named {
			in = !not
		}
	}
	return in
}

const doasConf = "/etc/doas.conf"

// doas reads the rules of doas.conf(5), which Alpine has in place of sudo.
func (c *collection) doas() (rules []sudoRule, problems []string) {
	files := []string{doasConf}
	more, err := c.glob("/etc/doas.d/*.conf")
	if err != nil {
		problems = append(problems, "Rules of doas could not be read: /etc/doas.d: "+because(err)+". Running as root would show them.")
	}
	for _, name := range append(files, more...) {
		b, err := c.read(name)
		if missing(err) {
			continue
		}
		if err != nil {
			problems = append(problems, "Rules of doas could not be read: "+name+": "+because(err)+". Running as root would show them.")
			continue
		}
		more, bad := doasRules(name, b, rules)
		rules, problems = more, append(problems, bad...)
	}
	return rules, problems
}

// doasRules adds a file's rules to those before; the last rule that matches
// decides, so a deny takes its account out of them.
func doasRules(name string, b []byte, rules []sudoRule) (all []sudoRule, problems []string) {
	for n, line := range lines(b) {
		words := quotedWords(strings.TrimSpace(line))
		if len(words) == 0 {
			continue
		}
		r, ok := doasRule(words)
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("Line %d of %s could not be understood.", n, name))
		case words[0] == "deny":
			for i := range rules {
				rules[i].users = append(rules[i].users, "!"+r.users[0])
			}
		default:
			r.file, r.line, r.text = name, n, strings.Join(words, " ")
			rules = append(rules, r)
		}
	}
	return rules, problems
}

// doasRule reads: permit [options] identity [as target] [cmd command [args …]].
func doasRule(words []string) (sudoRule, bool) {
	r := sudoRule{hosts: []string{"ALL"}, runAs: []string{"ALL"}, commands: []string{"ALL"}, noPassword: no}
	if words[0] != "permit" && words[0] != "deny" {
		return r, false
	}
	words = words[1:]
	for len(words) > 0 && len(r.users) == 0 {
		switch w := words[0]; w {
		case "nopass":
			r.noPassword = yes
		case "persist", "nolog", "keepenv":
		case "setenv":
			end := slices.IndexFunc(words, func(s string) bool { return strings.HasSuffix(s, "}") })
			if end < 0 {
				return r, false
			}
			words = words[end:]
		default:
			if g, ok := strings.CutPrefix(w, ":"); ok {
				w = "%" + g
			}
			r.users = []string{w}
		}
		words = words[1:]
	}
	if len(words) >= 2 && words[0] == "as" {
		r.runAs, words = []string{words[1]}, words[2:]
	}
	if len(words) >= 2 && words[0] == "cmd" {
		r.commands, words = []string{strings.Join(words[1:], " ")}, nil
	}
	return r, len(words) == 0 && len(r.users) == 1
}

// includeDir lists the files that @includedir takes: not those with a dot or a
// tilde at the end.
func (c *collection) includeDir(dir string) (files []string, err error) {
	entries, err := c.list(dir)
	if missing(err) {
		return nil, nil
	}
	for _, e := range entries {
		if name := e.Name(); !strings.Contains(name, ".") && !strings.HasSuffix(name, "~") && !e.IsDir() {
			files = append(files, path.Join(dir, name))
		}
	}
	return files, err
}

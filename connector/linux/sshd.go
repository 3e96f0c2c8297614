package linux

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"
)

// sshSettings is what the server's files or the server itself say.
type sshSettings struct {
	installed bool
	values    map[string][]string // by lower-case keyword; a keyword that can be repeated has several
	asked     bool                // the server stated them itself
	overrides []any               // {criteria, keyword, value}
	problem   string              // why the files could not be read in full; empty if they were
}

// sshDefaults are those of sshd_config(5) that have been the same in every
// release since OpenSSH 7.0.
var sshDefaults = map[string]string{
	"permitrootlogin": "prohibit-password", "passwordauthentication": "yes", "kbdinteractiveauthentication": "yes",
	"pubkeyauthentication": "yes", "permitemptypasswords": "no", "usepam": "no", "maxauthtries": "6",
	"logingracetime": "120", "clientaliveinterval": "0", "clientalivecountmax": "3", "x11forwarding": "no",
	"allowtcpforwarding": "yes", "loglevel": "INFO", "port": "22",
}

// sshRepeatable keywords add up instead of the first one winning.
var sshRepeatable = []string{"port", "listenaddress", "allowusers", "allowgroups", "denyusers", "denygroups"}

// sshTold are the keywords that a Match section's change is told of.
var sshTold = []string{
	"permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication", "pubkeyauthentication", "permitemptypasswords",
	"authenticationmethods", "maxauthtries", "x11forwarding", "allowtcpforwarding", "loglevel", "banner",
	"allowusers", "allowgroups", "denyusers", "denygroups", "forcecommand", "chrootdirectory",
	"authorizedkeysfile", "authorizedkeyscommand",
}

// sshAliases are older names that servers still accept.
var sshAliases = map[string]string{
	"challengeresponseauthentication": "kbdinteractiveauthentication", "skeyauthentication": "kbdinteractiveauthentication",
	"dsaauthentication": "pubkeyauthentication",
}

const sshConfig = "/etc/ssh/sshd_config"

func (c *collection) sshd(ctx context.Context) error {
	c.ssh = c.readSSH(ctx)
	if !c.ssh.installed {
		c.run.Note(kindSSHD, "No OpenSSH server is installed: there is neither a server program nor "+sshConfig+".")
		c.run.Complete(kindSSHD)
		return nil
	}
	if c.ssh.values == nil {
		c.run.Incomplete(kindSSHD, "The settings of the SSH server could not be read: "+c.ssh.problem+". Let Assay's account read "+sshConfig+", or run it as root.")
		return nil
	}
	if err := c.emit(ctx, kindSSHD, "sshd", c.sshSheet()); err != nil {
		return err
	}
	c.run.Complete(kindSSHD)
	return nil
}

func (c *collection) readSSH(ctx context.Context) sshSettings {
	p := &sshParser{c: c, values: map[string][]string{}}
	p.file(sshConfig, "", 0)
	s := sshSettings{values: p.values, overrides: p.overrides, problem: p.problem}
	program := no
	for _, file := range []string{"/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"} {
		program = program.or(c.exists(file))
	}
	s.installed = program != no || !p.absent
	if !s.installed {
		return s
	}
	if out, err := c.ask(ctx, "sshd", "-T"); err == nil {
		s.values, s.asked = parseSSHStatement(out), true
		return s
	} else if !missing(err) {
		c.run.Note(kindSSHD, "The SSH server could not be asked for its settings (sshd -T: "+because(err)+"); they were read from its files, with documented defaults. Running as root would allow it.")
	}
	switch {
	case p.absent:
		s.values, s.problem = nil, sshConfig+" is not there"
	case p.problem != "":
		s.values = nil // an unread file could come first, and the first setting wins
	}
	return s
}

// parseSSHStatement reads what sshd -T prints: keyword, space, value.
func parseSSHStatement(out []byte) map[string][]string {
	values := map[string][]string{}
	for _, line := range lines(out) {
		key, value, ok := strings.Cut(line, " ")
		if ok {
			values[key] = append(values[key], strings.TrimSpace(value))
		}
	}
	return values
}

// sshParser reads sshd_config(5): the first value of a keyword wins, and Match
// begins a section that lasts to the next one or to the end of the file.
type sshParser struct {
	c         *collection
	values    map[string][]string
	overrides []any
	problem   string
	absent    bool
	open      []string // files being read, each including the next
}

func (p *sshParser) file(name, criteria string, depth int) {
	if slices.Contains(p.open, name) || depth > deepest {
		p.problem = name + " is included in a circle, or too deeply"
		return
	}
	p.open = append(p.open, name)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	b, err := p.c.read(name)
	if err != nil {
		p.absent = depth == 0 && missing(err)
		if !missing(err) {
			p.problem = name + ": " + because(err)
		}
		return
	}
	for _, line := range lines(b) {
		key, args := sshWords(line)
		switch {
		case key == "":
		case key == "match":
			criteria = strings.Join(args, " ")
			if strings.EqualFold(criteria, "all") {
				criteria = ""
			}
		case key == "include":
			p.include(args, criteria, depth)
		case criteria != "":
			if slices.Contains(sshTold, key) {
				p.overrides = append(p.overrides, map[string]any{"criteria": criteria, "keyword": key, "value": strings.Join(args, " ")})
			}
		default:
			p.set(key, args)
		}
	}
}

func (p *sshParser) set(key string, args []string) {
	switch _, set := p.values[key]; {
	case slices.Contains(sshRepeatable, key):
		p.values[key] = append(p.values[key], args...)
	case !set:
		p.values[key] = []string{strings.Join(args, " ")}
	}
}

func (p *sshParser) include(patterns []string, criteria string, depth int) {
	for _, pattern := range patterns {
		if !path.IsAbs(pattern) {
			pattern = path.Join("/etc/ssh", pattern)
		}
		files, err := p.c.glob(pattern)
		if err != nil {
			p.problem = pattern + ": " + because(err)
		}
		for _, f := range files {
			p.file(f, criteria, depth+1)
		}
	}
}

// sshWords splits a line into its keyword, lower case, and its arguments.
func sshWords(line string) (key string, args []string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", nil
	}
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return strings.ToLower(line), nil
	}
	key = strings.ToLower(line[:end])
	if known, ok := sshAliases[key]; ok {
		key = known
	}
	rest := strings.TrimLeft(line[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	return key, quotedWords(rest)
}

// quotedWords splits at white space outside double quotes, up to a comment.
func quotedWords(s string) (out []string) {
	var word strings.Builder
	quoted, begun := false, false
	flush := func() {
		if begun {
			out = append(out, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range s {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == ' ' || r == '\t':
			flush()
		case r == '#' && !begun:
			return out
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	flush()
	return out
}

// first is the keyword's value, its documented default, or empty.
func (s sshSettings) first(key string) string {
	if v := s.values[key]; len(v) > 0 {
		return v[0]
	}
	if s.asked {
		return ""
	}
	return sshDefaults[key]
}

func (c *collection) sshSheet() *sheet {
	out, s := newSheet(), c.ssh
	out.set("source", map[bool]string{true: "sshd", false: "files"}[s.asked])
	running := c.procs.has("sshd")
	for _, name := range []string{"ssh.socket", "sshd.socket"} {
		if c.units[name].active == "active" {
			running = yes
		}
	}
	out.answer("running", running)
	root := strings.ToLower(s.first("permitrootlogin"))
	if root == "without-password" {
		root = "prohibit-password"
	}
	out.oneOf("permit_root_login", root, "yes", "no", "prohibit-password", "forced-commands-only")
	for field, key := range map[string]string{
		"password_authentication": "passwordauthentication", "keyboard_interactive": "kbdinteractiveauthentication",
		"pubkey_authentication": "pubkeyauthentication", "permit_empty_passwords": "permitemptypasswords",
		"use_pam": "usepam", "x11_forwarding": "x11forwarding",
	} {
		out.yesNo(field, s.first(key))
	}
	for field, key := range map[string]string{
		"max_auth_tries": "maxauthtries", "login_grace_time": "logingracetime",
		"client_alive_interval": "clientaliveinterval", "client_alive_count_max": "clientalivecountmax",
	} {
		out.seconds(field, s.first(key))
	}
	forward := strings.ToLower(s.first("allowtcpforwarding"))
	if forward == "all" {
		forward = "yes"
	}
	out.oneOf("allow_tcp_forwarding", forward, "yes", "no", "local", "remote")
	out.set("log_level", strings.ToUpper(s.first("loglevel")))
	if banner := s.first("banner"); banner != "none" {
		out.text("banner", banner)
	}
	if methods := s.first("authenticationmethods"); methods != "any" {
		out.texts("authentication_methods", strings.Fields(methods))
	}
	for field, key := range map[string]string{"allow_users": "allowusers", "allow_groups": "allowgroups", "deny_users": "denyusers", "deny_groups": "denygroups"} {
		var all []string
		for _, v := range s.values[key] {
			all = append(all, strings.Fields(v)...)
		}
		out.texts(field, all)
	}
	for field, key := range map[string]string{"ciphers": "ciphers", "macs": "macs", "key_exchanges": "kexalgorithms"} {
		value := s.first(key)
		if value == "" || strings.ContainsAny(value[:1], "+-^") { // relative to a default that is not known
			out.lose(field)
			continue
		}
		out.set(field, strings.Split(value, ","))
	}
	out.ports(s)
	out.set("defaulted", s.defaulted())
	if s.problem != "" {
		out.lose("overrides")
		c.run.Note(kindSSHD, "Whether a Match section changes settings for some connections could not be read: "+s.problem+".")
	} else {
		out.set("overrides", append([]any{}, s.overrides...))
	}
	return out
}

func (s sshSettings) defaulted() []string {
	out := []string{}
	for key := range sshDefaults {
		if len(s.values[key]) == 0 && !s.asked {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func (s *sheet) ports(ssh sshSettings) {
	ports := ssh.values["port"]
	if len(ports) == 0 {
		ports = []string{ssh.first("port")}
	}
	var numbers []any
	for _, p := range ports {
		n, err := strconv.Atoi(p)
		if err != nil {
			s.lose("ports")
			return
		}
		numbers = append(numbers, n)
	}
	s.set("ports", numbers)
}

// oneOf sets the field if the value is one of the words.
func (s *sheet) oneOf(field, value string, words ...string) {
	if slices.Contains(words, value) {
		s.set(field, value)
	} else {
		s.lose(field)
	}
}

func (s *sheet) yesNo(field, value string) {
	switch strings.ToLower(value) {
	case "yes", "true":
		s.set(field, true)
	case "no", "false":
		s.set(field, false)
	default:
		s.lose(field)
	}
}

// seconds reads a number or a time as sshd_config(5) writes it: 90, 2m, 1h30m.
func (s *sheet) seconds(field, value string) {
	units := map[byte]int{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}
	total, number, digits, seen := 0, 0, false, false
	for _, r := range []byte(strings.ToLower(value)) {
		unit, isUnit := units[r]
		switch {
		case r >= '0' && r <= '9' && number < 1<<30:
			number, digits, seen = number*10+int(r-'0'), true, true
		case isUnit && digits:
			total, number, digits = total+number*unit, 0, false
		default:
			s.lose(field)
			return
		}
	}
	if !seen {
		s.lose(field)
		return
	}
	s.set(field, total+number)
}

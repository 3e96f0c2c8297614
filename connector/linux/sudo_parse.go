package linux

import (
	"fmt"
	"slices"
	"strings"
)

// sudoParser reads sudoers(5).
type sudoParser struct {
	c          *collection
	aliases    map[string]map[string][]string // kind, then name
	specs      []sudoRule                     // aliases not resolved yet
	problems   []string
	open       []string // files being read, each including the next
	noPassword answer   // by Defaults !authenticate; unknown where that holds for some only
}

func (p *sudoParser) file(name string, depth int) {
	if slices.Contains(p.open, name) || depth > deepest {
		p.problems = append(p.problems, name+" is included in a circle, or too deeply.")
		return
	}
	p.open = append(p.open, name)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	b, err := p.c.read(name)
	if missing(err) {
		if depth > 0 {
			p.problems = append(p.problems, name+" is included and is not there.")
		}
		return
	}
	if err != nil {
		p.problems = append(p.problems, "Sudo rules could not be read: "+name+": "+because(err)+". Running as root, or with CAP_DAC_READ_SEARCH, would show them.")
		return
	}
	start, joined := 0, ""
	for n, line := range lines(b) {
		if joined == "" {
			start = n
		}
		if rest, more := strings.CutSuffix(line, `\`); more {
			joined += rest + " "
			continue
		}
		p.line(name, start, joined+line, depth)
		joined = ""
	}
	if joined != "" {
		p.line(name, start, joined, depth)
	}
}

func (p *sudoParser) line(file string, n int, line string, depth int) {
	line = strings.Join(strings.Fields(uncommented(line)), " ")
	if line == "" {
		return
	}
	word, rest, _ := strings.Cut(line, " ")
	var err error
	switch {
	case word == "@include" || word == "#include":
		p.file(p.includeName(rest), depth+1)
	case word == "@includedir" || word == "#includedir":
		files, dirErr := p.c.includeDir(p.includeName(rest))
		if dirErr != nil {
			p.problems = append(p.problems, "Sudo rules could not be read: "+rest+": "+because(dirErr)+". Running as root, or with CAP_DAC_READ_SEARCH, would show them.")
		}
		for _, f := range files {
			p.file(f, depth+1)
		}
	case strings.HasPrefix(word, "Defaults"):
		switch {
		case !slices.Contains(splitList(rest), "!authenticate"):
		case word == "Defaults":
			p.noPassword = yes
		case p.noPassword == no:
			p.noPassword = unknown
		}
	case strings.HasSuffix(word, "_Alias"):
		err = p.alias(strings.TrimSuffix(word, "_Alias"), rest)
	default:
		err = p.spec(file, n, line)
	}
	if err != nil {
		p.problems = append(p.problems, fmt.Sprintf("Line %d of %s could not be understood: %s.", n, file, err))
	}
}

func (p *sudoParser) includeName(s string) string {
	name, _ := hostname(p.c.host)
	short, _, _ := strings.Cut(name, ".")
	return strings.ReplaceAll(strings.ReplaceAll(strings.Trim(s, `"`), `\ `, " "), "%h", short)
}

// uncommented cuts a comment off. A number sign that begins a user number or
// an include is none.
func uncommented(line string) string {
	trimmed := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(trimmed, "#include ") || strings.HasPrefix(trimmed, "#includedir ") ||
		strings.HasPrefix(trimmed, "#include\t") || strings.HasPrefix(trimmed, "#includedir\t") {
		return line
	}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '#' && !quoted && !userNumber(line[i+1:]):
			return line[:i]
		}
	}
	return line
}

func userNumber(after string) bool {
	return after != "" && (after[0] == '-' || after[0] >= '0' && after[0] <= '9')
}

// alias reads NAME = a, b : NAME2 = c.
func (p *sudoParser) alias(kind, rest string) error {
	if kind == "Cmd" {
		kind = "Cmnd"
	}
	into, ok := p.aliases[kind]
	if !ok {
		return fmt.Errorf("there is no %s_Alias", kind)
	}
	for _, part := range splitOutside(rest, ':') {
		name, value, ok := cutOutside(part)
		if name = strings.TrimSpace(name); !ok || name == "" {
			return fmt.Errorf("an alias needs a name, an equals sign and a list")
		}
		if longer, adds := strings.CutSuffix(name, "+"); adds {
			name = strings.TrimSpace(longer)
			into[name] = append(into[name], splitList(value)...)
			continue
		}
		into[name] = splitList(value)
	}
	return nil
}

// spec reads users hosts = (as) TAG: command, … : hosts = ….
func (p *sudoParser) spec(file string, n int, line string) error {
	left, _, ok := cutOutside(line)
	left = strings.TrimSpace(left)
	users, _, both := lastField(left)
	if !ok || !both {
		return fmt.Errorf("a rule needs users, hosts, an equals sign and commands")
	}
	rest := strings.TrimSpace(strings.TrimPrefix(line, users))
	for _, part := range sections(rest) {
		hosts, commands, ok := cutOutside(part)
		if !ok {
			return fmt.Errorf("a host list needs an equals sign and commands")
		}
		base := sudoRule{file: file, line: n, text: line, users: splitList(users), hosts: splitList(hosts)}
		specs, err := commandSpecs(base, commands)
		if err != nil {
			return err
		}
		p.specs = append(p.specs, specs...)
	}
	return nil
}

// sections splits at the colons that begin another host list: those after
// which an equals sign comes before the next comma's command.
func sections(s string) (out []string) {
	parts := splitOutside(s, ':')
	for _, part := range parts {
		_, _, starts := cutOutside(part)
		if len(out) > 0 && (!starts || endsWithDigest(out[len(out)-1])) {
			out[len(out)-1] += ":" + part
			continue
		}
		out = append(out, part)
	}
	return out
}

// digests are followed by base64, which can hold equals signs.
var digests = []string{"sha224", "sha256", "sha384", "sha512"}

func endsWithDigest(s string) bool {
	f := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ':' || r == '=' || r == ')' })
	return len(f) > 0 && slices.Contains(digests, f[len(f)-1])
}

// tags that may stand before a command.
var sudoTags = []string{
	"NOPASSWD", "PASSWD", "NOEXEC", "EXEC", "SETENV", "NOSETENV", "LOG_INPUT", "NOLOG_INPUT", "LOG_OUTPUT", "NOLOG_OUTPUT",
	"FOLLOW", "NOFOLLOW", "MAIL", "NOMAIL", "INTERCEPT", "NOINTERCEPT",
}

// commandSpecs splits a command list into one rule per change of the account
// to become; a tag holds until another takes it back.
func commandSpecs(base sudoRule, commands string) ([]sudoRule, error) {
	base.runAs, base.noPassword = []string{"root"}, no
	var out []sudoRule
	current, noPassword := base, false
	for _, item := range splitList(commands) {
		if strings.HasPrefix(item, "(") {
			end := strings.IndexByte(item, ')')
			if end < 0 {
				return nil, fmt.Errorf("a bracket is not closed")
			}
			if len(current.commands) > 0 {
				out = append(out, current)
			}
			users, _, group := strings.Cut(item[1:end], ":")
			current, item = base, strings.TrimSpace(item[end+1:])
			if runAs := splitList(users); len(runAs) > 0 || group { // (:group) stays the same account
				current.runAs = runAs
			}
		}
		item, noPassword = untagged(item, noPassword)
		if item == "" {
			return nil, fmt.Errorf("a command is missing")
		}
		current.commands = append(current.commands, item)
		current.noPassword = current.noPassword.or(is(noPassword))
	}
	if len(current.commands) == 0 {
		return nil, fmt.Errorf("commands are missing")
	}
	return append(out, current), nil
}

// untagged takes tags, options and digests off a command.
func untagged(item string, noPassword bool) (string, bool) {
	for {
		word, rest, ok := strings.Cut(item, ":")
		tag := strings.TrimSpace(word)
		first, after, spaced := strings.Cut(item, " ")
		switch {
		case ok && slices.Contains(sudoTags, tag):
			if tag == "NOPASSWD" || tag == "PASSWD" {
				noPassword = tag == "NOPASSWD"
			}
			item = strings.TrimSpace(rest)
		case ok && spaced && slices.Contains(digests, tag):
			item = strings.TrimSpace(after)
		case spaced && strings.Contains(first, "=") && !strings.HasPrefix(first, "/"): // ROLE=, CWD=, TIMEOUT=
			item = strings.TrimSpace(after)
		default:
			return item, noPassword
		}
	}
}

// resolved is the rules with aliases replaced by what they stand for.
func (p *sudoParser) resolved() []sudoRule {
	out := make([]sudoRule, 0, len(p.specs))
	for _, r := range p.specs {
		r.users = p.expand("User", r.users, nil)
		r.hosts = p.expand("Host", r.hosts, nil)
		r.runAs = p.expand("Runas", r.runAs, nil)
		r.commands = p.expand("Cmnd", r.commands, nil)
		r.noPassword = r.noPassword.or(p.noPassword)
		out = append(out, r)
	}
	return out
}

// expand replaces aliases; one that leads back to itself stands for nothing.
func (p *sudoParser) expand(kind string, words, within []string) []string {
	var out []string
	for _, w := range words {
		bare := strings.TrimLeft(w, "!")
		meaning, ok := p.aliases[kind][bare]
		if !ok {
			out = append(out, w)
			continue
		}
		if slices.Contains(within, bare) {
			continue
		}
		for _, e := range p.expand(kind, meaning, append(slices.Clone(within), bare)) {
			switch {
			case (len(w)-len(bare))%2 == 0:
			case strings.HasPrefix(e, "!"):
				e = e[1:]
			default:
				e = "!" + e
			}
			out = append(out, e)
		}
	}
	return out
}

// splitList splits at commas outside quotes, brackets and escapes.
func splitList(s string) (out []string) {
	for _, part := range splitOutside(s, ',') {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, unquoted(strings.ReplaceAll(part, "! ", "!")))
		}
	}
	return out
}

// unquoted takes quotes and escapes off a word.
func unquoted(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] != '"':
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func splitOutside(s string, sep byte) (out []string) {
	for {
		i := indexOutside(s, sep)
		if i < 0 {
			return append(out, s)
		}
		out = append(out, s[:i])
		s = s[i+1:]
	}
}

// cutOutside splits at the first equals sign.
func cutOutside(s string) (before, after string, found bool) {
	i := indexOutside(s, '=')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// indexOutside finds a byte that is neither quoted, nor escaped, nor in round
// brackets.
func indexOutside(s string, sep byte) int {
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '\\':
			i++
		case ch == '"':
			quoted = !quoted
		case quoted:
		case ch == '(':
			depth++
		case ch == ')':
			depth--
		case ch == sep && depth <= 0:
			return i
		}
	}
	return -1
}

// lastField splits the host list off the user list; spaces beside commas
// belong to a list.
func lastField(s string) (users, hosts string, ok bool) {
	quoted := false
	for i := len(s) - 1; i > 0; i-- {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted || s[i] != ' ' || s[i-1] == '\\' || s[i-1] == ',' || s[i+1] == ',':
		default:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

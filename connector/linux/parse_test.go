package linux

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/host"
)

func TestPacketFilters(t *testing.T) {
	chain := func(family, name, policy string) string {
		return `{"chain":{"family":"` + family + `","table":"filter","name":"` + name + `","type":"filter","hook":"` + strings.ToLower(name) + `","prio":0,"policy":"` + policy + `"}}`
	}
	rule := func(family, name, expr string) string {
		return `{"rule":{"family":"` + family + `","table":"filter","chain":"` + name + `","expr":[` + expr + `]}}`
	}
	const match = `{"match":{"op":"==","left":{"meta":{"key":"iif"}},"right":"lo"}},`
	for name, c := range map[string]struct {
		items     []string
		four, six bool
	}{
		"nothing":                           {nil, false, false},
		"drop for both":                     {[]string{chain("inet", "input", "drop")}, true, true},
		"drop for IPv4 alone":               {[]string{chain("ip", "INPUT", "drop"), chain("ip6", "INPUT", "accept")}, true, false},
		"drop on the way through":           {[]string{chain("inet", "forward", "drop")}, false, false},
		"accept, then reject the rest":      {[]string{chain("inet", "input", "accept"), rule("inet", "input", match+`{"accept":null}`), rule("inet", "input", `{"counter":{}},{"reject":null}`)}, true, true},
		"everything accepted before":        {[]string{chain("inet", "input", "drop"), rule("inet", "input", `{"accept":null}`)}, false, false},
		"some dropped, the rest let in":     {[]string{chain("inet", "input", "accept"), rule("inet", "input", match+`{"drop":null}`)}, false, false},
		"dropped where it is sent to":       {[]string{chain("inet", "input", "accept"), rule("inet", "input", `{"jump":{"target":"end"}}`), rule("inet", "end", `{"drop":null}`)}, true, true},
		"sent on and back, then the policy": {[]string{chain("inet", "input", "drop"), rule("inet", "input", `{"jump":{"target":"end"}}`), rule("inet", "end", match+`{"drop":null}`)}, true, true},
		"chains in a circle":                {[]string{chain("inet", "input", "accept"), rule("inet", "input", `{"jump":{"target":"input"}}`)}, false, false},
	} {
		out := `{"nftables":[{"metainfo":{}},` + strings.Join(append(c.items, `{"metainfo":{}}`), ",") + `]}`
		var tools []string
		four, six, ok := parseNFT([]byte(out), &tools)
		if !ok || four != is(c.four) || six != is(c.six) {
			t.Errorf("%s: %v %v %v", name, four, six, ok)
		}
	}
	for _, out := range []string{"", "{}", "Operation not permitted"} {
		var tools []string
		if _, _, ok := parseNFT([]byte(out), &tools); ok {
			t.Errorf("%q was taken for a rule set", out)
		}
	}
}

func TestIPTables(t *testing.T) {
	for name, c := range map[string]struct {
		rules       string
		table, shut bool
	}{
		"no filter table":   {"*nat\n:INPUT DROP [0:0]\nCOMMIT\n", false, false},
		"policy drop":       {"*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n", true, true},
		"policy accept":     {"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\nCOMMIT\n", true, false},
		"reject at the end": {"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment \"all the rest\" -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n", true, true},
		"ufw":               {"*filter\n:INPUT ACCEPT [0:0]\n:ufw-reject-input - [0:0]\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-reject-input\n-A ufw-before-input -i lo -j ACCEPT\n-A ufw-reject-input -j DROP\nCOMMIT\n", true, true},
		"open at the front": {"*filter\n:INPUT DROP [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n", true, false},
	} {
		f, ok := parseIPTables([]byte(c.rules))
		if ok != c.table || f.restrictive() != c.shut {
			t.Errorf("%s: table %v, shut %v", name, ok, f.restrictive())
		}
	}
}

func TestVersionsAreOrderedAsRPMDoes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.0-1", "1.0-1", 0},
		{"1.0-1", "1.0-2", -1},
		{"1.10-1", "1.9-1", 1},
		{"1.0~rc1-1", "1.0-1", -1},
		{"1.0^git1-1", "1.0-1", 1},
		{"1.0^git1-1", "1.0.1-1", -1},
		{"1:1.0-1", "2.0-1", 1},
		{"0:1.0-1", "1.0-1", 0},
		{"1.0a-1", "1.0-1", 1},
		{"1.a-1", "1.1-1", -1},
		{"1.05-1", "1.5-1", 0},
		{"5.14.0-503.14.1.el9_5", "5.14.0-503.19.1.el9_5", -1},
		{"20240101000000000000001-1", "20240101000000000000000-1", 1},
		{"1.0~~-1", "1.0~-1", -1},
		{"1.0.-1", "1.0-1", 0},
		{"1.0-1.el9", "1.0-1", 1},
	} {
		if got := compareRPM(c.a, c.b); sign(got) != c.want || sign(compareRPM(c.b, c.a)) != -c.want {
			t.Errorf("%s and %s: %d", c.a, c.b, got)
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

func TestVersionOrderIsAnOrder(t *testing.T) {
	version := rapid.StringMatching(`([0-9]:)?[0-9a-z.~^]{0,6}-[0-9a-z.~^]{0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := version.Draw(t, "a"), version.Draw(t, "b"), version.Draw(t, "c")
		if sign(compareRPM(a, b)) != -sign(compareRPM(b, a)) {
			t.Fatalf("%s and %s: %d, %d", a, b, compareRPM(a, b), compareRPM(b, a))
		}
		if compareRPM(a, b) <= 0 && compareRPM(b, c) <= 0 && compareRPM(a, c) > 0 {
			t.Fatalf("%s ≤ %s ≤ %s, but not %s ≤ %s", a, b, c, a, c)
		}
	})
}

func TestBulletinsOfBothKindsOfDNF(t *testing.T) {
	c := testCollection(t)
	c.installs = []install{{name: "kernel-core", version: "6.11.3-300.fc41", arch: "x86_64"}, {name: "vim-data", version: "2:9.1.1-1.fc41", arch: "noarch"}}
	found, problem := c.bulletins([]byte(`Name                   Type     Severity              Package              Issued
FEDORA-2026-5ec7f23bcf security Moderate kernel-core-6.11.4-301.fc41.x86_64 2026-01-20 19:22:33
FEDORA-2026-0000000001 security None     vim-data-2:9.1.2-1.fc41.noarch     2026-01-21 01:02:03
FEDORA-2026-0000000002 security Critical vim-data-2:9.1.0-1.fc41.noarch     2026-01-21 01:02:03
`))
	if problem != "" || len(found) != 2 {
		t.Fatalf("%v %s", found, problem)
	}
	slices.SortFunc(found, func(a, b update) int { return strings.Compare(a.name, b.name) })
	if u := found[0]; u.available != "6.11.4-301.fc41" || u.severity != "medium" {
		t.Errorf("%+v", u)
	}
	if u := found[1]; u.available != "2:9.1.2-1.fc41" || u.severity != "" || len(u.advisories) != 1 {
		t.Errorf("%+v", u)
	}
	if _, problem := c.bulletins([]byte("something went wrong\n")); problem == "" {
		t.Error("nonsense was taken")
	}
}

func testCollection(t testing.TB) *collection {
	t.Helper()
	return &collection{
		host: host.Machine{Root: t.TempDir()}, run: connector.NewRun(clock.System, nil, discard, nil),
		now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
}

func sudoers1(t testing.TB, text string) (rules []sudoRule, problems []string) {
	t.Helper()
	p := &sudoParser{c: testCollection(t), noPassword: no, aliases: map[string]map[string][]string{"User": {}, "Runas": {}, "Host": {}, "Cmnd": {}}}
	for n, line := range lines([]byte(text)) {
		p.line("/etc/sudoers", n, line, 0)
	}
	return p.resolved(), p.problems
}

func TestSudoRules(t *testing.T) {
	bob := &account{name: "bob", uid: 1001, groups: []string{"bob", "ops"}, gids: []string{"1001", "2000"}}
	for line, c := range map[string]struct {
		users, runAs, commands string
		silent                 answer
		grants                 bool
	}{
		`bob ALL=(ALL:ALL) ALL`:                                           {"bob", "ALL", "ALL", no, true},
		`%ops ALL=NOPASSWD: ALL`:                                          {"%ops", "root", "ALL", yes, true},
		`%#2000 ALL=ALL`:                                                  {"%#2000", "root", "ALL", no, true},
		`#1001 ALL=ALL`:                                                   {"#1001", "root", "ALL", no, true},
		`ALL, !bob ALL=ALL`:                                               {"ALL !bob", "root", "ALL", no, false},
		`!bob, ALL ALL=ALL`:                                               {"!bob ALL", "root", "ALL", no, true},
		`alice,bob web-1,web-2 = (www) /bin/a, /bin/b`:                    {"alice bob", "www", "/bin/a /bin/b", no, true},
		`alice , bob ALL = /bin/a`:                                        {"alice bob", "root", "/bin/a", no, true},
		`"%domain admins" ALL=(ALL) ALL`:                                  {"%domain admins", "ALL", "ALL", no, false},
		`%domain\ admins ALL=(ALL) ALL`:                                   {"%domain admins", "ALL", "ALL", no, false},
		`bob ALL=(root) NOEXEC: NOPASSWD: SETENV: /bin/a -x\=1 *`:         {"bob", "root", "/bin/a -x=1 *", yes, true},
		`bob ALL=(root) PASSWD: /bin/a, NOPASSWD: /bin/b`:                 {"bob", "root", "/bin/a /bin/b", yes, true},
		`bob ALL=(root) CWD=/tmp TIMEOUT=5m /bin/a`:                       {"bob", "root", "/bin/a", no, true},
		`bob ALL=sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/ls`: {"bob", "root", "/bin/ls", no, true},
		`bob ALL=(:ops) /bin/a # as the group alone`:                      {"bob", "", "/bin/a", no, true},
	} {
		rules, problems := sudoers1(t, line)
		if len(rules) != 1 || len(problems) != 0 {
			t.Errorf("%s: %v %v", line, rules, problems)
			continue
		}
		r := rules[0]
		got := [3]string{strings.Join(r.users, " "), strings.Join(r.runAs, " "), strings.Join(r.commands, " ")}
		if got != [3]string{c.users, c.runAs, c.commands} || r.noPassword != c.silent || r.grants(bob) != c.grants {
			t.Errorf("%s: %q, without password %v, grants %v", line, got, r.noPassword, r.grants(bob))
		}
	}
}

func TestSudoDefaultsAliasesAndHosts(t *testing.T) {
	rules, problems := sudoers1(t, `Defaults !authenticate
User_Alias A = alice, bob : B = !A, carol
User_Alias A += dora
Host_Alias H = web-1, !web-2
B H = /bin/a : ALL = /bin/b
`)
	if len(problems) != 0 || len(rules) != 2 {
		t.Fatalf("%v %v", rules, problems)
	}
	if got := strings.Join(rules[0].users, " "); got != "!alice !bob !dora carol" || rules[0].noPassword != yes {
		t.Errorf("%s %v", got, rules[0].noPassword)
	}
	if !rules[0].here("web-1.example.com") || rules[0].here("web-2") || rules[0].here("db") || !rules[1].here("db") {
		t.Error("hosts")
	}
	rules, _ = sudoers1(t, "Defaults:bob !authenticate\nbob ALL=ALL\n%x ALL=NOPASSWD:ALL\n")
	if rules[0].noPassword != unknown || rules[1].noPassword != yes {
		t.Errorf("a default for some only: %v", rules)
	}
	for _, line := range []string{"bob", "bob ALL", "bob ALL=", "bob ALL=(root /bin/a", "bob ALL=(root)", "Odd_Alias X = y", "User_Alias = y", "User_Alias X"} {
		if rules, problems := sudoers1(t, line); len(problems) == 0 {
			t.Errorf("%q was taken for %v", line, rules)
		}
	}
}

func TestPasswordWords(t *testing.T) {
	for field, want := range map[string][2]string{
		"": {"none", ""}, "*": {"unusable", ""}, "!": {"unusable", ""}, "!!": {"unusable", ""}, "!*": {"unusable", ""}, "x": {"unusable", ""},
		"$6$a$b": {"set", "sha512"}, "!$6$a$b": {"locked", "sha512"}, "$y$j$a$b": {"set", "yescrypt"}, "$2b$10$abc": {"set", "bcrypt"},
		"$1$a$b": {"set", "md5"}, "$new$a": {"set", "other"}, "abcdefghijklm": {"set", "des"}, "abcdefghijkl:": {"unusable", ""}, "$6$": {"unusable", ""},
	} {
		state, hash := passwordWord(field)
		if [2]string{state, hash} != want {
			t.Errorf("%q: %s %s", field, state, hash)
		}
	}
}

func TestForwardingRules(t *testing.T) {
	for rule, sends := range map[string]bool{
		"*.* @logs.example.com": true, "*.* @@logs.example.com:514": true, "*.* @@(o)logs.example.com:6514": true, "kern.*  -@10.0.0.1": true,
		`action(type="omfwd" target="logs.example.com")`: true, `ACTION(TYPE="omrelp" target="x")`: true,
		"#*.* @@logs.example.com": false, "  # *.* @x": false, "*.* /var/log/all": false, "*.* @127.0.0.1": false, "*.* @@localhost:514": false,
		`action(type="omfwd" target="127.0.0.1" port="1")`: false, `module(load="imuxsock")`: false, "*.* @[::1]:514": false,
		"mail.* root@example.com": false,
	} {
		got := no
		for _, found := range rsyslogSends.FindAllString(uncommentedLines([]byte(rule)), -1) {
			got = got.or(is(!ownAddress.MatchString(found)))
		}
		if got != is(sends) {
			t.Errorf("%s: %v", rule, got)
		}
	}
	if !syslogNGSends.MatchString("destination d_net {\n network(\"logs.example.com\" port(514));\n};") || syslogNGSends.MatchString(`destination d_file { file("/var/log/x"); };`) {
		t.Error("syslog-ng")
	}
}

func TestAptPolicy(t *testing.T) {
	got := aptPolicy([]byte(`both:
  Installed: 1
  Candidate: 3
  Version table:
     3 500 (phased 10%)
        500 http://deb.example.com/debian stable/main amd64 Packages
     2 500
        500 http://security.example.com/ubuntu jammy-security/main amd64 Packages
 *** 1 100
        100 /var/lib/dpkg/status
older:i386:
  Installed: 2
  Version table:
 *** 2 500
        100 /var/lib/dpkg/status
     1 500
        500 http://deb.example.com/debian-security stable-security/main amd64 Packages
`))
	if len(got) != 1 || len(got["both"]) != 2 || got["both"][0].channel != "" || got["both"][1].channel == "" {
		t.Errorf("%v", got)
	}
	for address, security := range map[string]bool{
		"http://security.ubuntu.com/ubuntu jammy/main": true, "http://deb.debian.org/debian-security bookworm-security/main": true,
		"https://esm.ubuntu.com/infra/ubuntu jammy-infra-security/main": true, "http://deb.debian.org/debian bookworm/main": false,
		"http://example.com/insecurity x/main": false,
	} {
		if securityPart.MatchString(address) != security {
			t.Error(address)
		}
	}
}

func TestAnswers(t *testing.T) {
	all := []answer{yes, no, unknown}
	for _, a := range all {
		for _, b := range all {
			if a.or(b) != b.or(a) || a.and(b) != b.and(a) {
				t.Errorf("%v, %v: order matters", a, b)
			}
			not := func(x answer) answer { return answer{yes: x.known && !x.yes, known: x.known} }
			if not(a.and(b)) != not(a).or(not(b)) {
				t.Errorf("%v, %v: De Morgan", a, b)
			}
		}
	}
}

func FuzzParsers(f *testing.F) {
	f.Add("bob ALL=(root) NOPASSWD: /bin/a, (x) sha256:a= /bin/b\n@include x\n")
	f.Add("Match User x\nPort 22\nInclude /etc/*\n")
	f.Add("1 0 253:0 / / rw shared:1 - xfs /dev/mapper/rl-root rw\n")
	f.Add("   0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 20001 1\n")
	f.Add(`{"nftables":[{"chain":{"hook":"input"}}]}`)
	f.Add("*filter\n:INPUT DROP [0:0]\n-A INPUT -j\n")
	f.Add("permit setenv { a } :wheel as root cmd x\n")
	f.Fuzz(func(t *testing.T, text string) {
		sudoers1(t, text)
		c := testCollection(t)
		c.bulletins([]byte(text))
		aptPolicy([]byte(text))
		parseUnits([]byte(text), []byte(text))
		parseIPTables([]byte(text))
		var tools []string
		parseNFT([]byte(text), &tools)
		passwordWord(text)
		compareRPM(text, text+"1")
		newSheet().seconds("x", text)
		for _, line := range lines([]byte(text)) {
			parseMount(line)
			_, _, _ = parseSocket(line, false)
			sshWords(line)
			unescape(line)
			if words := quotedWords(line); len(words) > 0 {
				doasRule(words)
			}
		}
	})
}

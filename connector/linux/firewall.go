package linux

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// verdict is what a chain does to a packet that nothing in it is particular
// about.
type verdict int

const (
	undecided verdict = iota // it returns to whoever jumped here
	accepts
	refuses
)

// packetRule is one rule of a chain: whether it takes every packet, and what it
// does with it.
type packetRule struct {
	always bool
	does   verdict
	jump   string // chain to go to, and back if go is false
}

// filter is the chains of one address family in one table.
type filter struct {
	chains map[string][]packetRule
	input  map[string]verdict // chains on the way in, with their policy
}

// restrictive is whether any way in refuses what it has no rule for. A packet
// must pass all of them.
func (f filter) restrictive() bool {
	for name, policy := range f.input {
		v := f.ends(name, 0)
		if v == refuses || v == undecided && policy == refuses {
			return true
		}
	}
	return false
}

// ends follows the rules that take every packet. A rule for some packets only
// is an exception to the default, whatever it does.
func (f filter) ends(chain string, depth int) verdict {
	if depth > deepest {
		return undecided
	}
	for _, r := range f.chains[chain] {
		if !r.always {
			continue
		}
		does := r.does
		if r.jump != "" {
			does = f.ends(r.jump, depth+1)
		}
		if does != undecided {
			return does
		}
	}
	return undecided
}

// firewall says whether incoming traffic is refused by default, and what was
// seen to arrange it.
func (c *collection) firewall(ctx context.Context) (on answer, tools []string) {
	four, six, tools := c.packetFilter(ctx)
	if b, err := c.host.ReadFile("/etc/ufw/ufw.conf"); err == nil && settingOf(b, "ENABLED") == "yes" {
		tools = append(tools, "ufw")
	}
	if c.procs.has("firewalld") == yes || c.units["firewalld.service"].active == "active" {
		tools = append(tools, "firewalld")
	}
	slices.Sort(tools)
	on = four
	if c.usesIPv6() {
		on = on.and(six)
	}
	if on == no && c.platform == "container" { // the host beneath filters
		on = unknown
	}
	if !on.known {
		c.run.Note(kindHost, "Whether a packet filter refuses incoming traffic by default could not be told. Run as root, or with CAP_NET_ADMIN, and have nft or iptables-save installed.")
	}
	return on, slices.Compact(tools)
}

// settingOf is a NAME=value line's value.
func settingOf(b []byte, name string) string {
	value := ""
	for _, line := range lines(b) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && strings.TrimSpace(k) == name {
			value = strings.ToLower(strings.Trim(strings.TrimSpace(v), `"'`))
		}
	}
	return value
}

// usesIPv6 is whether an interface other than loopback has an IPv6 address.
func (c *collection) usesIPv6() bool {
	b, err := c.host.ReadFile("/proc/net/if_inet6")
	if missing(err) {
		return false
	}
	for _, line := range lines(b) {
		if f := strings.Fields(line); len(f) == 6 && f[5] != "lo" {
			return true
		}
	}
	return err != nil
}

// packetFilter asks nft, which also knows the rules of the newer iptables, and
// the older iptables besides where its tables are in use.
func (c *collection) packetFilter(ctx context.Context) (four, six answer, tools []string) {
	tools = []string{}
	asked := false
	if out, err := c.ask(ctx, "nft", "-j", "list", "ruleset"); err == nil {
		four, six, asked = parseNFT(out, &tools)
		if len(tools) == 0 && !c.root { // nothing to see, or not allowed to
			four, six, asked = unknown, unknown, false
		}
	}
	if asked && !c.oldTables() {
		return four, six, tools
	}
	for _, program := range []struct {
		name string
		sum  *answer
	}{{"iptables-save", &four}, {"ip6tables-save", &six}} {
		out, err := c.ask(ctx, program.name)
		if err != nil {
			if *program.sum == no {
				*program.sum = unknown // the older tables may refuse
			}
			continue
		}
		if old, ok := parseIPTables(out); ok {
			tools = append(tools, "iptables")
			*program.sum = is(old.restrictive()).or(is(program.sum.yes))
		} else if c.root {
			*program.sum = is(program.sum.yes)
		}
	}
	return four, six, tools
}

// oldTables is whether tables of the older iptables exist, or may.
func (c *collection) oldTables() bool {
	for _, file := range []string{"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"} {
		b, err := c.host.ReadFile(file)
		if err == nil && len(strings.TrimSpace(string(b))) > 0 || err != nil && !missing(err) {
			return true
		}
	}
	return false
}

// nftItem is an element of nft's JSON (libnftables-json(5)); of the members
// only those that matter here are named.
type nftItem struct {
	Chain *struct {
		Family, Table, Name, Type, Hook, Policy string
	} `json:"chain"`
	Rule *struct {
		Family, Table, Chain string
		Expr                 []map[string]json.RawMessage `json:"expr"`
	} `json:"rule"`
}

// parseNFT sums the rule set up for both families. An empty rule set is one
// that refuses nothing; output that is not nft's is no answer.
func parseNFT(out []byte, tools *[]string) (four, six answer, ok bool) {
	var set struct {
		Items []nftItem `json:"nftables"`
	}
	if err := json.Unmarshal(out, &set); err != nil || len(set.Items) == 0 {
		return unknown, unknown, false
	}
	tables := map[string]filter{}
	for _, item := range set.Items {
		switch {
		case item.Chain != nil:
			t := tableOf(tables, item.Chain.Family+" "+item.Chain.Table)
			if item.Chain.Hook == "input" && item.Chain.Type == "filter" {
				t.input[item.Chain.Name] = map[bool]verdict{true: refuses, false: accepts}[item.Chain.Policy == "drop"]
			}
		case item.Rule != nil:
			t := tableOf(tables, item.Rule.Family+" "+item.Rule.Table)
			t.chains[item.Rule.Chain] = append(t.chains[item.Rule.Chain], nftRule(item.Rule.Expr))
			if name := item.maker(); !slices.Contains(*tools, name) {
				*tools = append(*tools, name)
			}
		}
	}
	four, six = no, no
	for name, t := range tables {
		family, _, _ := strings.Cut(name, " ")
		shut := is(t.restrictive())
		if family == "inet" || family == "ip" {
			four = four.or(shut)
		}
		if family == "inet" || family == "ip6" {
			six = six.or(shut)
		}
	}
	return four, six, true
}

// maker is who made the rule: the newer iptables keeps its rules in tables of
// the old names.
func (i nftItem) maker() string {
	old := slices.Contains([]string{"filter", "nat", "mangle", "raw"}, i.Rule.Table)
	if old && (i.Rule.Family == "ip" || i.Rule.Family == "ip6") {
		return "iptables"
	}
	return "nftables"
}

func tableOf(tables map[string]filter, name string) filter {
	t, ok := tables[name]
	if !ok {
		t = filter{chains: map[string][]packetRule{}, input: map[string]verdict{}}
		tables[name] = t
	}
	return t
}

// nftRule is one rule; it takes every packet if nothing in it looks at one.
func nftRule(expr []map[string]json.RawMessage) packetRule {
	r := packetRule{always: true}
	for _, e := range expr {
		for what, how := range e {
			switch what {
			case "accept":
				r.does = accepts
			case "drop", "reject":
				r.does = refuses
			case "jump", "goto":
				var to struct{ Target string }
				if json.Unmarshal(how, &to) == nil {
					r.jump = to.Target
				}
			case "counter", "log", "comment":
			default:
				r.always = false
			}
		}
	}
	return r
}

// parseIPTables reads what iptables-save prints of the filter table; ok is
// whether there is one.
func parseIPTables(out []byte) (f filter, ok bool) {
	f = filter{chains: map[string][]packetRule{}, input: map[string]verdict{}}
	table := ""
	for _, line := range lines(out) {
		words := quotedWords(line)
		switch {
		case len(words) == 0 || table != "filter" && line[0] != '*':
		case line[0] == '*':
			table = line[1:]
			ok = ok || table == "filter"
		case words[0] == ":INPUT" && len(words) > 1:
			f.input["INPUT"] = map[bool]verdict{true: refuses, false: accepts}[words[1] == "DROP"]
		case words[0] == "-A" && len(words) > 2:
			f.chains[words[1]] = append(f.chains[words[1]], iptablesRule(words[2:]))
		}
	}
	return f, ok
}

func iptablesRule(words []string) packetRule {
	r := packetRule{always: true}
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "-j", "-g":
			if i+1 == len(words) {
				return packetRule{}
			}
			switch target := words[i+1]; target {
			case "ACCEPT":
				r.does = accepts
			case "DROP", "REJECT":
				r.does = refuses
			case "LOG", "NFLOG", "RETURN", "MARK", "CONNMARK", "AUDIT":
			default:
				r.jump = target
			}
			return r
		case "-m":
			if i+1 < len(words) && words[i+1] == "comment" {
				i += 3 // -m comment --comment text
				continue
			}
			r.always = false
		default:
			r.always = false
		}
	}
	return r
}

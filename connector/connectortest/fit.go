package connectortest

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// secrets are the shapes of credentials that people have committed before.
var secrets = map[string]*regexp.Regexp{
	"an AWS key":       regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`),
	"a GitHub token":   regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`),
	"a GitLab token":   regexp.MustCompile(`\bgl(pat|oas|dt)-[A-Za-z0-9_-]{15,}`),
	"a Slack token":    regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,}`),
	"a Google key":     regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{30,}`),
	"a private key":    regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY`),
	"a signed token":   regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`),
	"a credential":     regexp.MustCompile(`(?i)\b(authorization|private-token|x-api-key|cookie|set-cookie): *[^ x\n]`),
	"a password hash":  regexp.MustCompile(`\$(1|5|6|7|y|gy|2[abxy]?)\$[^:\s]{0,40}\$[A-Za-z0-9./]{8,}`),
	"an SSH key":       regexp.MustCompile(`\bAAAA[BEC][A-Za-z0-9+/]{40,}`),
	"a machine's id":   regexp.MustCompile(`(?m)^[0-9a-f]{32}$`),
	"an address (URL)": regexp.MustCompile(`://[^/\s:@]+:[^/\s@]+@`),
}

// exampleID is the machine id that recordings may hold.
const exampleID = "0123456789abcdef0123456789abcdef"

var (
	mail = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)`)
	ipv4 = regexp.MustCompile(`(?:^|[^0-9A-Za-z.:+~_-])((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:$|[^0-9A-Za-z.+~_-])`)
)

// examples are set aside for documentation (RFC 2606, 6761, 5737, 3849) or lead
// nowhere beyond a host or its network.
var (
	exampleDomains = []string{"example.com", "example.org", "example.net", ".example", ".invalid", ".test", ".localhost"}
	exampleNets    = []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("255.255.255.255/32"),
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("100.64.0.0/10"),
	}
)

// What stands behind an at sign without being anybody's address: systemd's
// unit templates, and the owners of SSH algorithms.
var (
	unitSuffixes     = []string{"service", "socket", "timer", "target", "mount", "slice", "path", "scope", "device", "swap"}
	algorithmDomains = []string{"openssh.com", "libssh.org", "lysator.liu.se"}
)

// versions mark sections whose four numbers are a package's version.
var versions = []string{"dpkg", "apk", "rpm", "apt", "dnf", "want resources"}

// unfit says why a recording must not be committed.
func unfit(a *txtar.Archive) (objections []string) {
	for _, f := range a.Files {
		text := string(f.Data)
		objections = append(objections, secretive(f.Name, text)...)
		for _, m := range mail.FindAllStringSubmatch(text, -1) {
			if !exampleDomain(m[1]) {
				objections = append(objections, fmt.Sprintf("section %q holds the address %s: use one of example.com", f.Name, m[0]))
			}
		}
		if containsAny(f.Name, versions) {
			continue
		}
		for _, m := range ipv4.FindAllStringSubmatch(text, -1) {
			if addr, err := netip.ParseAddr(m[1]); err == nil && !exampleAddr(addr) {
				objections = append(objections, fmt.Sprintf("section %q holds the address %s: use one of RFC 5737", f.Name, addr))
			}
		}
	}
	return objections
}

func secretive(section, text string) (objections []string) {
	for what, shape := range secrets {
		if section == "want authority" && what == "a machine's id" { // what was made of the example's
			continue
		}
		if found := shape.FindString(text); found != "" && found != exampleID {
			objections = append(objections, fmt.Sprintf("section %q holds what looks like %s: %.12s…", section, what, found))
		}
	}
	return objections
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// exampleDomain also lets pass what is no domain: "name@1.2", "unit@.service".
func exampleDomain(domain string) bool {
	domain = strings.ToLower(domain)
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || slices.Contains(unitSuffixes, last) || slices.Contains(algorithmDomains, domain) {
		return true
	}
	for _, e := range exampleDomains {
		if domain == strings.TrimPrefix(e, ".") || strings.HasSuffix(domain, "."+strings.TrimPrefix(e, ".")) {
			return true
		}
	}
	return false
}

func exampleAddr(a netip.Addr) bool {
	for _, p := range exampleNets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

package linux

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// dnfUpdates asks dnf for the security bulletins that newer packages answer,
// from what it has cached: a collection does not call out.
func (c *collection) dnfUpdates(ctx context.Context) (found []update, problem string) {
	out, err := c.ask(ctx, "dnf", "-C", "-q", "updateinfo", "list", "--security")
	if err != nil {
		return nil, "Pending updates could not be listed: dnf: " + because(err) + ". Running as root would use the system's own lists; dnf makecache fetches them."
	}
	found, problem = c.bulletins(out)
	if problem == "" && len(found) == 0 {
		all, err := c.ask(ctx, "dnf", "-C", "-q", "updateinfo", "list", "--all")
		if err != nil || len(strings.TrimSpace(string(all))) == 0 {
			problem = "The configured repositories carry no security bulletins, so pending security updates cannot be told from others."
		}
	}
	for _, stamp := range []string{"/var/cache/dnf/last_makecache", "/var/cache/libdnf5"} {
		if info, err := c.host.Stat(stamp); err == nil && info.ModTime().After(c.pending.knownAt) {
			c.pending.knownAt = info.ModTime()
		}
	}
	if problem == "" && c.pending.knownAt.IsZero() {
		problem = "When the package lists were last fetched could not be told (/var/cache/dnf)."
	}
	return found, problem
}

var (
	nevra      = regexp.MustCompile(`^(.+)-((?:\d+:)?[^-]+-[^-]+)\.([a-z0-9_]+)$`)
	severities = []struct{ theirs, ours string }{{"critical", "critical"}, {"important", "high"}, {"moderate", "medium"}, {"low", "low"}}
)

// bulletins reads lines such as
//
//	RLSA-2026:1234 Important/Sec. openssl-libs-1:3.0.7-27.el9.x86_64
//	FEDORA-2026-5ec7f23bcf security Moderate kernel-core-6.11.4-301.fc41.x86_64 2026-01-20 19:22:33
//
// and keeps, for each installed package, the newest version.
func (c *collection) bulletins(out []byte) (found []update, problem string) {
	current := map[string]string{}
	for _, p := range c.installs {
		if v, ok := current[p.name+":"+p.arch]; !ok || compareRPM(p.version, v) > 0 {
			current[p.name+":"+p.arch] = p.version
		}
	}
	byPackage := map[string]*update{}
	for n, line := range lines(out) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] == "Name" && f[1] == "Type" { // dnf5's heading
			continue
		}
		i := slices.IndexFunc(f[1:], nevra.MatchString)
		if i < 0 {
			problem = fmt.Sprintf("Line %d of dnf's bulletins could not be understood.", n)
			continue
		}
		m := nevra.FindStringSubmatch(f[1+i])
		key := m[1] + ":" + m[3]
		version := strings.TrimPrefix(m[2], "0:")
		if installed, ok := current[key]; !ok || compareRPM(version, installed) <= 0 {
			continue
		}
		u := byPackage[key]
		if u == nil {
			u = &update{name: m[1], arch: m[3], installed: current[key], channel: "bulletins of the configured repositories"}
			byPackage[key] = u
		}
		u.add(f[0], version, strings.ToLower(strings.Join(f[1:1+i], " ")))
	}
	for _, u := range byPackage {
		found = append(found, *u)
	}
	return found, problem
}

func (u *update) add(advisory, version, words string) {
	if u.available == "" || compareRPM(version, u.available) > 0 {
		u.available = version
	}
	if !slices.Contains(u.advisories, advisory) {
		u.advisories = append(u.advisories, advisory)
		slices.Sort(u.advisories)
	}
	for _, s := range severities {
		if u.severity == s.ours {
			return // it is as bad already
		}
		if strings.Contains(words, s.theirs) {
			u.severity = s.ours
			return
		}
	}
}

// compareRPM orders epoch:version-release as rpm does (rpm-version(7)).
func compareRPM(a, b string) int {
	aEpoch, aRest := rpmEpoch(a)
	bEpoch, bRest := rpmEpoch(b)
	if n := compareRPMPart(aEpoch, bEpoch); n != 0 {
		return n
	}
	aVersion, aRelease, _ := strings.Cut(aRest, "-")
	bVersion, bRelease, _ := strings.Cut(bRest, "-")
	if n := compareRPMPart(aVersion, bVersion); n != 0 {
		return n
	}
	return compareRPMPart(aRelease, bRelease)
}

func rpmEpoch(s string) (epoch, rest string) {
	if epoch, rest, ok := strings.Cut(s, ":"); ok {
		return epoch, rest
	}
	return "0", s
}

// compareRPMPart compares run by run of digits or letters. A tilde sorts before
// everything, a caret after the end and before anything else.
func compareRPMPart(a, b string) int {
	for a != "" || b != "" {
		separator := func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '~' && r != '^'
		}
		a, b = strings.TrimLeftFunc(a, separator), strings.TrimLeftFunc(b, separator)
		for _, sign := range []string{"~", "^"} {
			aHas, bHas := strings.HasPrefix(a, sign), strings.HasPrefix(b, sign)
			switch {
			case aHas && bHas:
				return compareRPMPart(a[1:], b[1:])
			case aHas:
				return aloneRPM(sign, b)
			case bHas:
				return -aloneRPM(sign, a)
			}
		}
		if a == "" || b == "" {
			return len(a) - len(b)
		}
		var n int
		if n, a, b = compareRun(a, b); n != 0 {
			return n
		}
	}
	return 0
}

// aloneRPM orders a side that begins with the sign against one that does not.
func aloneRPM(sign, other string) int {
	if sign == "^" && other == "" {
		return 1
	}
	return -1
}

func compareRun(a, b string) (n int, aRest, bRest string) {
	aNumber, bNumber := unicode.IsDigit(rune(a[0])), unicode.IsDigit(rune(b[0]))
	if aNumber != bNumber { // a number is newer than letters
		if aNumber {
			return 1, "", ""
		}
		return -1, "", ""
	}
	run := unicode.IsLetter
	if aNumber {
		run = unicode.IsDigit
	}
	aRest, bRest = strings.TrimLeftFunc(a, run), strings.TrimLeftFunc(b, run)
	aRun, bRun := a[:len(a)-len(aRest)], b[:len(b)-len(bRest)]
	if aNumber {
		aRun, bRun = strings.TrimLeft(aRun, "0"), strings.TrimLeft(bRun, "0")
		if len(aRun) != len(bRun) {
			return len(aRun) - len(bRun), "", ""
		}
	}
	return strings.Compare(aRun, bRun), aRest, bRest
}

package linux

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// pendingUpdates is what the package lists say of security updates.
type pendingUpdates struct {
	count   int
	known   bool      // the lists are there and fresh, so the count is all
	knownAt time.Time // up to when the lists tell of updates; zero if not kept
}

// update is one of them.
type update struct {
	name, arch, installed, available, channel string
	advisories                                []string
	severity                                  string
}

// staleAfter is when lists no longer tell enough: Debian lets its own expire
// after as long.
const staleAfter = 7 * 24 * time.Hour

func (c *collection) updates(ctx context.Context) error {
	manager := ""
	for _, p := range c.installs {
		manager = p.manager
		break
	}
	var found []update
	var problem string
	switch manager {
	case "dpkg":
		found, problem = c.aptUpdates(ctx)
	case "rpm":
		found, problem = c.dnfUpdates(ctx)
	case "apk":
		problem = "Alpine has no channel for security updates alone, and keeps its list of fixes elsewhere, so pending ones cannot be told from others."
	default:
		problem = "Without a package database pending updates cannot be told."
	}
	if problem == "" && !c.pending.knownAt.IsZero() && c.now.Sub(c.pending.knownAt) > staleAfter {
		days := int(c.now.Sub(c.pending.knownAt).Hours() / 24)
		problem = fmt.Sprintf("The package lists tell of updates up to %s only, which is %d days back. Refresh them (apt-get update, dnf makecache).", c.pending.knownAt.Format(time.DateOnly), days)
	}
	if problem != "" {
		c.run.Incomplete(kindUpdate, problem)
		c.run.Note(kindHost, problem)
	}
	slices.SortFunc(found, func(a, b update) int { return strings.Compare(a.name+":"+a.arch, b.name+":"+b.arch) })
	for _, u := range found {
		s := newSheet()
		s.set("name", u.name)
		s.set("arch", u.arch)
		s.set("installed_version", u.installed)
		s.set("available_version", u.available)
		s.set("channel", u.channel)
		s.texts("advisories", u.advisories)
		s.text("severity", u.severity)
		if err := c.emit(ctx, kindUpdate, manager+":"+u.name+":"+u.arch, s); err != nil {
			return err
		}
	}
	c.pending.count, c.pending.known = len(found), problem == ""
	c.run.Complete(kindUpdate)
	return nil
}

// securityPart recognizes a security channel in an address or a suite: a word
// of its own, as in security.ubuntu.com, debian-security, bookworm-security.
var securityPart = regexp.MustCompile(`(^|[^A-Za-z])security([^A-Za-z]|$)`)

const aptLists = "/var/lib/apt/lists"

// aptUpdates asks apt which versions it knows of every installed package. A
// security update is pending where a version newer than the installed one comes
// from a security channel, also if a newer one yet comes from elsewhere, and
// also if the package is held.
func (c *collection) aptUpdates(ctx context.Context) (found []update, problem string) {
	if problem := c.aptListsAge(); problem != "" {
		return nil, problem
	}
	args := []string{"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "policy"} // nothing is written
	for _, p := range c.installs {
		args = append(args, p.name+":"+p.arch)
	}
	out, err := c.ask(ctx, "apt-cache", args...)
	if err != nil {
		return nil, "Pending updates could not be listed: apt-cache: " + because(err) + "."
	}
	versions := aptPolicy(out)
	for _, p := range c.installs {
		newer, ok := versions[p.name+":"+p.arch]
		if !ok {
			newer = versions[p.name]
		}
		for _, v := range newer {
			if v.channel != "" && v.version != p.version { // a build of one's own can have the same version
				found = append(found, update{name: p.name, arch: p.arch, installed: p.version, available: v.version, channel: v.channel})
				break
			}
		}
	}
	return found, ""
}

// aptListsAge finds the lists of the security channel and their date.
func (c *collection) aptListsAge() (problem string) {
	entries, err := c.list(aptLists)
	if err != nil {
		return "The package lists could not be read: " + aptLists + ": " + because(err) + "."
	}
	channel := false
	for _, e := range entries {
		name := e.Name()
		if !securityPart.MatchString(name) || !strings.HasSuffix(name, "InRelease") && !strings.HasSuffix(name, "_Release") {
			continue
		}
		channel = true
		b, err := c.read(path.Join(aptLists, name))
		if err != nil {
			return "The date of the package lists could not be read: " + name + ": " + because(err) + "."
		}
		if at := releaseDate(b); at.After(c.pending.knownAt) {
			c.pending.knownAt = at
		}
	}
	if !channel {
		return "There are no package lists of a security channel. Add the distribution's security channel to apt's sources and run apt-get update."
	}
	for _, stamp := range []string{"update-success-stamp", "update-stamp"} {
		if info, err := c.host.Stat("/var/lib/apt/periodic/" + stamp); err == nil && info.ModTime().After(c.pending.knownAt) && !info.ModTime().After(c.now) {
			c.pending.knownAt = info.ModTime()
		}
	}
	if c.pending.knownAt.IsZero() {
		return "The package lists of the security channel carry no date."
	}
	return ""
}

// releaseDate is the Date field of a Release file.
func releaseDate(b []byte) time.Time {
	for _, line := range lines(b) {
		if value, ok := strings.CutPrefix(line, "Date:"); ok {
			for _, layout := range []string{time.RFC1123, time.RFC1123Z, "Mon, _2 Jan 2006 15:04:05 MST"} {
				if at, err := time.Parse(layout, strings.TrimSpace(value)); err == nil {
					return at.UTC()
				}
			}
		}
	}
	return time.Time{}
}

// offer is a version newer than the installed one, and the security channel
// that it comes from, if it does.
type offer struct{ version, channel string }

// aptPolicy reads what apt-cache policy prints:
//
//	openssl:
//	  Installed: 3.0.19-1
//	  Version table:
//	     3.0.22-1 500
//	        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
//	 *** 3.0.19-1 100
//	        100 /var/lib/dpkg/status
func aptPolicy(out []byte) map[string][]offer {
	newer := map[string][]offer{}
	name, above := "", false
	for _, line := range lines(out) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case line[0] != ' ':
			name, above = strings.TrimSuffix(strings.TrimSpace(line), ":"), false
		case f[0] == "Version" && len(f) == 2:
			above = true // the table begins with the newest
		case f[0] == "***":
			above = false
		case !above:
		case len(f) >= 2 && strings.HasPrefix(line, "     ") && line[5] != ' ':
			newer[name] = append(newer[name], offer{version: f[0]})
		case len(f) >= 3 && len(newer[name]) > 0:
			last := &newer[name][len(newer[name])-1]
			if address := f[1] + " " + f[2]; last.channel == "" && securityPart.MatchString(address) {
				last.channel = address
			}
		}
	}
	return newer
}

package linux

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// install is one installed package.
type install struct {
	name, version, arch, source, manager string
	broken                               bool
	held                                 answer
}

func (c *collection) packages(ctx context.Context) error {
	found := false
	for _, database := range []func(context.Context) (bool, error){c.dpkg, c.rpm, c.apk} {
		ok, err := database(ctx)
		found = found || ok
		if err != nil {
			c.run.Incomplete(kindPackage, "Installed packages could not be read: "+err.Error()+".")
		}
	}
	if !found {
		c.run.Incomplete(kindPackage, "No package database of dpkg, rpm or apk was found.")
	}
	seen := map[string]bool{}
	for _, p := range c.installs {
		id := p.manager + ":" + p.name + ":" + p.arch
		if seen[id] || p.manager == "rpm" && strings.HasPrefix(p.name, "kernel") { // several versions side by side
			id += ":" + p.version
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		s := newSheet()
		s.set("name", p.name)
		s.set("version", p.version)
		s.set("arch", p.arch)
		if p.source != p.name {
			s.text("source", p.source)
		}
		s.set("manager", p.manager)
		s.set("status", map[bool]string{true: "broken", false: "installed"}[p.broken])
		if p.held.known {
			s.set("held", p.held.yes)
		}
		if err := c.emit(ctx, kindPackage, id, s); err != nil {
			return err
		}
	}
	c.run.Complete(kindPackage)
	return nil
}

// stanzas yields the paragraphs of a dpkg or apk database as field to value;
// lines that continue a field are left out.
func stanzas(b []byte) func(yield func(map[string]string) bool) {
	return func(yield func(map[string]string) bool) {
		current := map[string]string{}
		for line := range strings.Lines(text(b)) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" {
				if len(current) > 0 && !yield(current) {
					return
				}
				current = map[string]string{}
				continue
			}
			if key, value, ok := strings.Cut(line, ":"); ok && line[0] != ' ' && line[0] != '\t' {
				if _, twice := current[key]; !twice {
					current[key] = strings.TrimSpace(value)
				}
			}
		}
		if len(current) > 0 {
			yield(current)
		}
	}
}

// dpkg reads the database of Debian and its kin; images without a package
// manager keep a file for each package instead.
func (c *collection) dpkg(context.Context) (found bool, err error) {
	files := []string{"/var/lib/dpkg/status"}
	more, err := c.glob("/var/lib/dpkg/status.d/*")
	if err != nil {
		return true, fmt.Errorf("/var/lib/dpkg/status.d: %s", because(err))
	}
	for _, name := range more {
		if !strings.HasSuffix(name, ".md5sums") {
			files = append(files, name)
		}
	}
	for _, name := range files {
		b, err := c.read(name)
		if missing(err) {
			continue
		}
		if err != nil {
			return true, fmt.Errorf("%s: %s", name, because(err))
		}
		found = found || len(b) > 0
		for p := range stanzas(b) {
			c.addDpkg(p, name)
		}
	}
	return found, nil
}

func (c *collection) addDpkg(p map[string]string, file string) {
	status := strings.Fields(p["Status"])
	if len(status) == 0 && strings.Contains(file, "/status.d/") {
		status = []string{"install", "ok", "installed"}
	}
	if len(status) != 3 || p["Package"] == "" {
		c.run.Incomplete(kindPackage, "An entry of "+file+" could not be understood: package "+p["Package"]+".")
		return
	}
	if status[2] == "not-installed" || status[2] == "config-files" {
		return
	}
	source, _, _ := strings.Cut(p["Source"], " ")
	c.installs = append(c.installs, install{
		name: p["Package"], version: p["Version"], arch: p["Architecture"], source: source, manager: "dpkg",
		broken: status[2] != "installed" || status[1] != "ok", held: is(status[0] == "hold"),
	})
}

// rpmFields makes rpm print a line for each package; the epoch's bars are part
// of rpm's own language.
const rpmFields = `%{NAME}|%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}|%{ARCH}|%{SOURCERPM}\n`

func (c *collection) rpm(ctx context.Context) (found bool, err error) {
	if c.exists("/var/lib/rpm").or(c.exists("/usr/lib/sysimage/rpm")) == no {
		return false, nil
	}
	out, err := c.ask(ctx, "rpm", "-qa", "--qf", rpmFields)
	if missing(err) {
		return false, nil // a folder that another system's tools left behind
	}
	if err != nil {
		return true, fmt.Errorf("rpm: %s", because(err))
	}
	for n, line := range lines(out) {
		f := strings.Split(line, "|")
		if len(f) != 4 {
			c.run.Incomplete(kindPackage, fmt.Sprintf("Line %d of rpm's list could not be understood.", n))
			continue
		}
		if f[0] == "gpg-pubkey" { // a key that rpm trusts, listed as if it were a package
			continue
		}
		c.installs = append(c.installs, install{name: f[0], version: f[1], arch: f[2], source: sourceName(f[3]), manager: "rpm"})
	}
	return len(c.installs) > 0, nil
}

// sourceName takes version, release and suffix off a source package's file.
func sourceName(file string) string {
	parts := strings.Split(file, "-")
	if len(parts) < 3 {
		return ""
	}
	return strings.Join(parts[:len(parts)-2], "-")
}

func (c *collection) apk(context.Context) (found bool, err error) {
	for _, name := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		b, err := c.read(name)
		if missing(err) {
			continue
		}
		if err != nil {
			return true, fmt.Errorf("%s: %s", name, because(err))
		}
		held := c.apkHeld()
		for p := range stanzas(b) {
			if p["P"] == "" || p["V"] == "" {
				c.run.Incomplete(kindPackage, "An entry of "+name+" could not be understood.")
				continue
			}
			c.installs = append(c.installs, install{
				name: p["P"], version: p["V"], arch: p["A"], source: p["o"], manager: "apk", held: is(held[p["P"]]),
			})
		}
		return true, nil
	}
	return false, nil
}

// apkHeld are the packages that the world file ties to a version.
func (c *collection) apkHeld() map[string]bool {
	held := map[string]bool{}
	b, err := c.host.ReadFile("/etc/apk/world")
	if err != nil {
		return held
	}
	for word := range strings.FieldsSeq(text(b)) {
		if i := strings.IndexAny(word, "=<~"); i > 0 {
			held[word[:i]] = true
		}
	}
	return held
}

// installed says whether one of the packages is there.
func (c *collection) installed(names ...string) answer {
	for _, p := range c.installs {
		if slices.Contains(names, p.name) {
			return yes
		}
	}
	return answer{known: len(c.installs) > 0}
}

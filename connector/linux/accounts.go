package linux

import (
	"context"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/kit/clock"
)

// account is a line of passwd(5) with what other files add to it.
type account struct {
	name, fullName, home, shell string
	password                    string // second field
	uid, gid                    int
	groups                      []string // names, the primary one first
	gids                        []string
}

// group is a line of group(5).
type group struct {
	name    string
	gid     int
	members []string
}

// ranges are the numbers that login.defs(5) gives to people.
type ranges struct{ uidMin, uidMax, gidMin, gidMax int }

func (c *collection) accounts(ctx context.Context) error {
	people := c.loginRanges()
	users, usersOK := c.passwd()
	groups, groupsOK := c.groupFile()
	for i := range users {
		users[i].join(groups)
	}
	if err := c.emitGroups(ctx, groups, users, people); err != nil {
		return err
	}
	shadow, shadowErr := c.shadow()
	if shadowErr != nil && usersOK {
		c.run.Note(kindAccount, "Password states could not be read: /etc/shadow: "+because(shadowErr)+". Running as root, or with CAP_DAC_READ_SEARCH, would show them.")
	}
	if !c.rulesAll && usersOK {
		c.run.Note(kindAccount, "Not every sudo rule could be read, so who may do what by sudo is known in part; see "+kindSudo+".")
	}
	logins := c.lastLogins()
	seen := map[int]int{}
	for i := range users {
		a := &users[i]
		s := newSheet()
		c.describe(a, people, s)
		state := c.passwordState(a, shadow, shadowErr, s)
		c.access(a, state, s)
		c.power(a, groupsOK, s)
		logins.put(a.uid, s)
		if err := c.emit(ctx, kindAccount, a.id(seen), s); err != nil {
			return err
		}
	}
	if usersOK {
		c.run.Complete(kindAccount)
	}
	if groupsOK {
		c.run.Complete(kindGroup)
	}
	return nil
}

// id is the user number. Where several names share one, the first in the file
// has it, as it has for the system; the others carry their name.
func (a *account) id(seen map[int]int) string {
	seen[a.uid]++
	if seen[a.uid] == 1 {
		return strconv.Itoa(a.uid)
	}
	return strconv.Itoa(a.uid) + "/" + a.name
}

// directories names the services other than files that nsswitch.conf(5) asks
// for a database.
func (c *collection) directories(database string) (names []string) {
	b, err := c.host.ReadFile("/etc/nsswitch.conf")
	if err != nil {
		return nil
	}
	for _, line := range lines(b) {
		line, _, _ = strings.Cut(line, "#")
		name, services, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) != database {
			continue
		}
		for s := range strings.FieldsSeq(services) {
			used := slices.Contains([]string{"ldap", "winbind", "nis", "nisplus", "hesiod", "oslogin", "cache_oslogin"}, s)
			if used || s == "sss" && c.sssdConfigured() {
				names = append(names, s)
			}
		}
	}
	return names
}

// sssdConfigured tells a directory that is asked from one that is merely named:
// the Red Hat family names sss on every host.
func (c *collection) sssdConfigured() bool {
	more, err := c.glob("/etc/sssd/conf.d/*.conf")
	return c.exists("/etc/sssd/sssd.conf") != no || err != nil || len(more) > 0
}

// table reads a file of colon-separated lines and reports those that do not
// have enough fields, or that keep refuses, as incomplete.
func (c *collection) table(kind, file string, width int, keep func(f []string) string) bool {
	b, err := c.read(file)
	if err != nil {
		c.run.Incomplete(kind, file+" could not be read: "+because(err)+".")
		return false
	}
	for n, line := range lines(b) {
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, ":")
		why := fmt.Sprintf("it does not have %d fields", width)
		switch {
		case line[0] == '+' || line[0] == '-':
			why = "it takes entries from a directory, which is not read"
		case len(f) == width:
			why = keep(f)
		}
		if why != "" {
			c.run.Incomplete(kind, fmt.Sprintf("Line %d of %s was left out: %s.", n, file, why))
		}
	}
	return true
}

func (c *collection) passwd() (users []account, ok bool) {
	if names := c.directories("passwd"); len(names) > 0 {
		c.run.Incomplete(kindAccount, "Accounts also come from "+strings.Join(names, " and ")+" (/etc/nsswitch.conf), which is not read. Connect that directory too.")
	}
	seen := map[string]bool{}
	ok = c.table(kindAccount, "/etc/passwd", 7, func(f []string) string {
		uid, uidErr := strconv.ParseUint(f[2], 10, 32)
		gid, gidErr := strconv.ParseUint(f[3], 10, 32)
		switch {
		case f[0] == "":
			return "it has no name"
		case uidErr != nil || gidErr != nil:
			return "user and group are not numbers"
		case seen[f[0]]:
			return "the name stands there twice, and the first one counts"
		}
		seen[f[0]] = true
		fullName, _, _ := strings.Cut(f[4], ",")
		shell := f[6]
		if shell == "" {
			shell = "/bin/sh"
		}
		users = append(users, account{
			name: f[0], password: f[1], uid: int(uid), gid: int(gid), fullName: strings.TrimSpace(fullName), home: f[5], shell: shell,
		})
		return ""
	})
	return users, ok
}

func (c *collection) groupFile() (groups []group, ok bool) {
	if names := c.directories("group"); len(names) > 0 {
		c.run.Incomplete(kindGroup, "Groups also come from "+strings.Join(names, " and ")+" (/etc/nsswitch.conf), which is not read.")
	}
	ok = c.table(kindGroup, "/etc/group", 4, func(f []string) string {
		gid, err := strconv.ParseUint(f[2], 10, 32)
		if f[0] == "" || err != nil {
			return "it has no name, or no number"
		}
		g := group{name: f[0], gid: int(gid)}
		for m := range strings.SplitSeq(f[3], ",") {
			if m = strings.TrimSpace(m); m != "" {
				g.members = append(g.members, m)
			}
		}
		groups = append(groups, g)
		return ""
	})
	return groups, ok
}

// join finds the account's groups, the primary one first.
func (a *account) join(groups []group) {
	a.gids = []string{strconv.Itoa(a.gid)}
	for _, g := range groups {
		switch {
		case g.gid == a.gid:
			a.groups = slices.Insert(a.groups, 0, g.name)
		case slices.Contains(g.members, a.name):
			a.groups = append(a.groups, g.name)
			a.gids = append(a.gids, strconv.Itoa(g.gid))
		}
	}
}

func (c *collection) emitGroups(ctx context.Context, groups []group, users []account, people ranges) error {
	seen := map[int]int{}
	for _, g := range groups {
		members := slices.Clone(g.members)
		for i := range users {
			if users[i].gid == g.gid {
				members = append(members, users[i].name)
			}
		}
		slices.Sort(members)
		s := newSheet()
		s.set("name", g.name)
		s.set("gid", g.gid)
		s.set("system", g.gid < people.gidMin || g.gid > people.gidMax)
		s.set("members", list(slices.Compact(members)))
		id := strconv.Itoa(g.gid)
		if seen[g.gid]++; seen[g.gid] > 1 {
			id += "/" + g.name
		}
		if err := c.emit(ctx, kindGroup, id, s); err != nil {
			return err
		}
	}
	return nil
}

// loginRanges reads login.defs(5); where it is silent, its documented defaults
// hold.
func (c *collection) loginRanges() ranges {
	r := ranges{uidMin: 1000, uidMax: 60000, gidMin: 1000, gidMax: 60000}
	b, err := c.read("/etc/login.defs")
	if err != nil {
		return r
	}
	into := map[string]*int{"UID_MIN": &r.uidMin, "UID_MAX": &r.uidMax, "GID_MIN": &r.gidMin, "GID_MAX": &r.gidMax}
	for _, line := range lines(b) {
		f := strings.Fields(line)
		if len(f) < 2 || into[f[0]] == nil {
			continue
		}
		if n, err := strconv.ParseInt(f[1], 0, 64); err == nil && n >= 0 && n <= 1<<32 {
			*into[f[0]] = int(n)
		}
	}
	return r
}

// idle shells end a session at once.
var idle = []string{"nologin", "false", "true", "sync", "shutdown", "halt", "git-shell", "rssh", "scponly"}

func (c *collection) describe(a *account, people ranges, s *sheet) {
	s.set("name", a.name)
	s.set("uid", a.uid)
	s.set("gid", a.gid)
	s.text("full_name", a.fullName)
	s.set("home", a.home)
	s.set("shell", a.shell)
	s.set("login_shell", a.loginShell())
	switch {
	case a.uid < people.uidMin || a.uid > people.uidMax:
		s.set("holder", "system")
	case a.loginShell():
		s.set("holder", "person")
	default:
		s.set("holder", "service")
	}
}

func (a *account) loginShell() bool { return !slices.Contains(idle, path.Base(a.shell)) }

// access is whether and how somebody can sign in.
func (c *collection) access(a *account, state passwordState, s *sheet) {
	keys, keysKnown := c.sshKeys(a)
	if keysKnown {
		s.set("ssh_keys", keys)
	} else {
		s.lose("ssh_keys")
	}
	byPassword := unknown
	if state.known {
		byPassword = is(state.word == "set" || state.word == "none")
	}
	byKey := unknown
	if keysKnown {
		byKey = is(keys > 0)
	}
	expired := unknown
	if state.known {
		expired = is(state.expires != "" && state.expires <= c.now.UTC().Format(time.DateOnly))
	}
	alive := answer{yes: !expired.yes, known: expired.known}
	s.answer("enabled", is(a.loginShell()).and(alive).and(byPassword.or(byKey)))
}

// sshKeys counts the keys that the server accepts for the account from its
// home folder.
func (c *collection) sshKeys(a *account) (n int, known bool) {
	files := []string{".ssh/authorized_keys", ".ssh/authorized_keys2"}
	if where := c.ssh.first("authorizedkeysfile"); where != "" {
		files = strings.Fields(where)
	}
	if command := c.ssh.first("authorizedkeyscommand"); command != "" && command != "none" {
		return 0, false
	}
	for _, file := range files {
		if file == "none" {
			continue
		}
		name := strings.NewReplacer("%%", "%", "%h", a.home, "%u", a.name, "%U", strconv.Itoa(a.uid)).Replace(file)
		if !path.IsAbs(name) {
			name = path.Join(a.home, name)
		}
		if a.home == "" || !path.IsAbs(name) {
			continue
		}
		b, err := c.host.ReadFile(name)
		if err != nil && !missing(err) {
			c.run.Refuse("read authorized_keys", because(err))
			c.run.Note(kindAccount, "SSH keys in home folders that may not be entered could not be counted. Running as root, or with CAP_DAC_READ_SEARCH, would show them.")
			return 0, false
		}
		for _, line := range lines(b) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				n++
			}
		}
	}
	c.run.Page("read authorized_keys", "", 1)
	return n, true
}

// power is what the account may do as somebody else.
func (c *collection) power(a *account, groupsKnown bool, s *sheet) {
	some, all, silent := no, no, no
	host, _ := hostname(c.host)
	for _, r := range c.rules {
		if r.here(host) && r.grants(a) {
			some = yes
			all = all.or(is(r.asRoot() && r.everything()))
			silent = silent.or(r.noPassword)
		}
	}
	if !c.rulesAll || !groupsKnown { // a rule that was not read could add to it
		some, all, silent = some.or(unknown), all.or(unknown), silent.or(unknown)
	}
	if groupsKnown {
		s.set("groups", list(a.groups))
	} else {
		s.lose("groups")
	}
	s.answer("sudo", some)
	s.answer("sudo_all", all)
	s.answer("sudo_without_password", silent)
	s.answer("admin", is(a.uid == 0).or(all))
}

// lastLogins is the content of lastlog(8): one entry of a fixed size for each
// user number.
type lastLogins struct {
	b  []byte
	ok bool
}

const lastlogEntry = 292 // 4 bytes of seconds, 32 of terminal, 256 of host

func (c *collection) lastLogins() lastLogins {
	b, err := c.read("/var/log/lastlog")
	if err == nil && len(b)%lastlogEntry == 0 {
		return lastLogins{b, true}
	}
	why := "it is not in the known form"
	if err != nil {
		why = because(err)
	}
	c.run.Note(kindAccount, "Last logins could not be read: /var/log/lastlog: "+why+".")
	return lastLogins{}
}

func (l lastLogins) put(uid int, s *sheet) {
	if !l.ok {
		s.lose("last_login_at")
		return
	}
	at := uid * lastlogEntry
	if at+4 > len(l.b) {
		return
	}
	if seconds := binary.LittleEndian.Uint32(l.b[at:]); seconds > 0 {
		s.set("last_login_at", clock.Trunc(time.Unix(int64(seconds), 0)))
	}
}

package linux

import (
	"strconv"
	"strings"
	"time"
)

// shadowLine is what shadow(5) says of an account. The hash itself is not kept.
type shadowLine struct {
	state, hash     string
	changed, expire string // dates; empty where there is none
	maxDays         int    // 0 where there is none
}

// shadow reads the file by name of account.
func (c *collection) shadow() (map[string]shadowLine, error) {
	b, err := c.read("/etc/shadow")
	if err != nil {
		return nil, err
	}
	out := map[string]shadowLine{}
	for n, line := range lines(b) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		f := strings.Split(line, ":")
		if len(f) < 8 {
			c.run.Incomplete(kindAccount, "Line "+strconv.Itoa(n)+" of /etc/shadow could not be understood.")
			continue
		}
		l := shadowLine{changed: dayDate(f[2]), expire: dayDate(f[7])}
		l.state, l.hash = passwordWord(f[1])
		if days, err := strconv.Atoi(f[4]); err == nil && days > 0 && days < 99999 {
			l.maxDays = days
		}
		if _, twice := out[f[0]]; !twice {
			out[f[0]] = l
		}
	}
	return out, nil
}

// dayDate is a count of days since 1970 as a date; 0 and nothing are none.
func dayDate(s string) string {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 || n > 2_000_000 {
		return ""
	}
	return time.Unix(0, 0).UTC().AddDate(0, 0, n).Format(time.DateOnly)
}

var hashNames = map[string]string{
	"1": "md5", "2": "bcrypt", "2a": "bcrypt", "2b": "bcrypt", "2x": "bcrypt", "2y": "bcrypt",
	"5": "sha256", "6": "sha512", "7": "scrypt", "y": "yescrypt", "gy": "gost-yescrypt",
}

// passwordWord says what a password field means (crypt(5)), and by which
// method the password is kept.
func passwordWord(field string) (state, hash string) {
	if field == "" {
		return "none", ""
	}
	bare := strings.TrimLeft(field, "!")
	hash = hashName(bare)
	switch {
	case hash == "":
		return "unusable", ""
	case bare != field:
		return "locked", hash
	}
	return "set", hash
}

func hashName(s string) string {
	if rest, ok := strings.CutPrefix(s, "$"); ok {
		method, after, ok := strings.Cut(rest, "$")
		if !ok || after == "" {
			return ""
		}
		if known, ok := hashNames[method]; ok {
			return known
		}
		return "other"
	}
	isHash := strings.Trim(s, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
	switch {
	case len(s) == 13 && isHash:
		return "des"
	case len(s) == 20 && s[0] == '_' && strings.Trim(s[1:], "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "":
		return "des"
	}
	return ""
}

// passwordState is what matters of it for signing in.
type passwordState struct {
	word    string
	expires string
	known   bool
}

// passwordState fills in the fields that passwd and shadow give together.
func (c *collection) passwordState(a *account, shadow map[string]shadowLine, err error, s *sheet) passwordState {
	if a.password != "x" { // the state stands in passwd itself
		state, hash := passwordWord(a.password)
		s.set("password", state)
		s.text("password_hash", hash)
		return passwordState{word: state, known: true}
	}
	l, found := shadow[a.name]
	switch {
	case missing(err), err == nil && !found:
		s.set("password", "unusable") // there is nothing that a password could match
		return passwordState{word: "unusable", known: true}
	case err != nil:
		s.lose("password", "password_hash", "password_changed_on", "password_max_days", "expires_on")
		return passwordState{}
	}
	s.set("password", l.state)
	s.text("password_hash", l.hash)
	s.text("password_changed_on", l.changed)
	s.text("expires_on", l.expire)
	if l.maxDays > 0 {
		s.set("password_max_days", l.maxDays)
	}
	return passwordState{word: l.state, expires: l.expire, known: true}
}

package git

import (
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"assay/internal/kit/fault"
)

// location is where a repository is: a path on this machine, or an address.
type location struct {
	path string
	url  *url.URL // https or ssh, without credentials
}

// scp is the short form of an ssh address: git@host:path.
var scp = regexp.MustCompile(`^([A-Za-z0-9._-]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):([^/:].*|/[^/].*)$`)

// locate reads what the user gave as the repository. Only forms that cannot
// make git run another program are taken.
func locate(text string, allowLocal bool) (location, error) {
	text = strings.TrimSpace(text)
	wrong := func(format string, args ...any) (location, error) {
		return location{}, fault.Fields("The repository cannot be read.", fault.Field{Name: "repository", Text: fault.Text(fault.New(fault.Invalid, format, args...))})
	}
	switch {
	case text == "":
		return wrong("Give the address of the repository.")
	case strings.HasPrefix(text, "-"), strings.ContainsAny(text, "\x00\n\r"):
		return wrong("This is neither an address nor a path.")
	case strings.Contains(text, "::"):
		return wrong("An address with two colons starts a helper program, which is not allowed. Use https or ssh.")
	case strings.Contains(text, "://"):
	case allowLocal && (strings.HasPrefix(text, "/") || strings.HasPrefix(text, ".") || !scp.MatchString(text)):
		return local(text)
	case scp.MatchString(text):
		m := scp.FindStringSubmatch(text)
		text = "ssh://" + m[1] + m[2] + "/" + strings.TrimPrefix(m[3], "/")
	default:
		return wrong("A path on this machine is read only where the operator allows it. Give an https or ssh address.")
	}
	u, err := url.Parse(text)
	if err != nil {
		return wrong("The address could not be understood.")
	}
	switch u.Scheme {
	case "file":
		if !allowLocal || u.Host != "" && u.Host != "localhost" {
			return wrong("A path on this machine is read only where the operator allows it. Give an https or ssh address.")
		}
		return local(u.Path)
	case "https", "ssh":
	default:
		return wrong("Addresses of the kind %s:// are not read. Use https or ssh.", u.Scheme)
	}
	if _, secret := u.User.Password(); secret || u.Scheme == "https" && u.User != nil {
		return wrong("The address holds credentials, which would show up in lists. Put the token into its own field.")
	}
	if u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") || u.Path == "" || strings.HasPrefix(u.Path, "/-") {
		return wrong("The address lacks a host or a path.")
	}
	u.RawQuery, u.Fragment = "", ""
	return location{url: u}, nil
}

func local(name string) (location, error) {
	full, err := filepath.Abs(name)
	if err != nil {
		return location{}, fault.Wrap(fault.Invalid, err, "The path %s could not be resolved.", name)
	}
	return location{path: full}, nil
}

// originName is a remote's address as it may be shown: no credentials.
func originName(address string) string {
	if u, err := url.Parse(address); err == nil && u.Scheme != "" && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		return u.String()
	}
	if m := scp.FindStringSubmatch(address); m != nil && !strings.HasPrefix(address, "/") {
		return "ssh://" + m[2] + "/" + strings.TrimPrefix(m[3], "/")
	}
	return address
}

// shortName is the last part of an address or a path, without .git.
func shortName(address string) string {
	name := strings.TrimSuffix(path.Base(strings.TrimRight(filepath.ToSlash(address), "/")), ".git")
	if name == "" || name == "." || name == "/" {
		return "repository"
	}
	return name
}

// plainAddress is an address by which two clones can be seen to have the same
// origin: host and path, whatever the scheme.
func plainAddress(address string) string {
	name := originName(address)
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		name = strings.ToLower(u.Hostname()) + u.Path
	}
	return strings.TrimSuffix(strings.TrimRight(name, "/"), ".git")
}

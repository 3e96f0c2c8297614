package git

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
	"assay/internal/kit/outbound"
)

const (
	cloneLimit = 30 * time.Minute
	cloneBytes = 8 << 30
	cloneLook  = 2 * time.Second // how often its size is looked at
)

// clone copies the branch's commits and trees, without the content of files,
// into a folder of its own.
func (w *workplace) clone(ctx context.Context, at location, config connector.Config, env connector.Env, run *connector.Run) error {
	w.remote, w.bare = true, true
	w.origin, w.name = originName(at.url.String()), shortName(at.url.Path)
	temp, err := os.MkdirTemp(env.Scratch, "assay-git-")
	if err != nil {
		return fmt.Errorf("make a folder for the copy: %w", err)
	}
	w.temp = temp
	addr, err := resolve(ctx, at.url, env.AllowLocal)
	if err != nil {
		return err
	}
	if err := w.reach(at.url, addr, config); err != nil {
		return err
	}
	if run != nil {
		run.Say("Copying " + w.origin)
	}
	ctx, cancel := context.WithTimeout(ctx, cloneLimit)
	defer cancel()
	w.dir = filepath.Join(temp, "copy")
	done := make(chan struct{})
	tooLarge := make(chan bool, 1)
	go func() { tooLarge <- watchSize(temp, done, cancel) }()

	args := []string{"clone", "--quiet", "--bare", "--no-hardlinks", "--filter=blob:none", "--single-branch"}
	if branch := config["branch"]; branch != "" {
		args = append(args, "--branch="+branch)
	}
	before := w.program
	before.dir = ""
	_, err = before.run(ctx, append(args, "--", at.url.String(), w.dir)...)
	close(done)
	w.env, w.set = nil, nil // reading needs no credentials and no network
	switch {
	case <-tooLarge:
		return fault.New(fault.TooLarge, "The repository is larger than %d GiB and was not copied. Let Assay read it from a path instead.", cloneBytes>>30)
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	}
	return refused(err)
}

// refused says in words why a copy could not be made.
func refused(err error) error {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	complaint := strings.ToLower(f.stderr)
	for _, c := range []struct{ sign, text string }{
		{"host key verification failed", "The server's SSH key is not known. Put the server's lines into Known hosts, taken from its owner."},
		{"permission denied", "The server refused the SSH key. Add it to the repository as a deploy key that may read."},
		{"authentication failed", "The server refused the token, or wants one."},
		{"could not read username", "The server refused the token, or wants one."},
		{"remote branch", "The repository has no such branch."},
		{"not found", "The server knows no such repository, or does not show it to this token."},
		{"unable to update url base from redirection", "The address leads to another one, which is not followed. Give the address that it leads to."},
		{"returned error: 30", "The address leads to another one, which is not followed. Give the address that it leads to."},
		{"certificate", "The server's certificate could not be verified. If its authority is your own, name its file."},
	} {
		if strings.Contains(complaint, c.sign) {
			return fault.Wrap(fault.Invalid, err, "%s", c.text)
		}
	}
	return fault.Wrap(fault.Invalid, err, "The repository could not be copied: %s.", strings.TrimSuffix(f.Error(), "."))
}

// reach sets git up for one address and nothing else.
func (w *workplace) reach(u *url.URL, addr netip.Addr, config connector.Config) error {
	port := u.Port()
	w.set = append(w.set, "http.followRedirects=false", "fetch.fsckObjects=false", "transfer.bundleURI=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60")
	if u.Scheme == "https" {
		if port == "" {
			port = "443"
		}
		// the address that was looked at is the one that is called
		w.set = append(w.set, "protocol.https.allow=always", "http.curloptResolve="+u.Hostname()+":"+port+":"+bracketed(addr), "http.proxy=")
		if ca := config["ca_file"]; ca != "" {
			w.set = append(w.set, "http.sslCAInfo="+ca)
		}
		if token := config["token"]; token != "" {
			user := config["user"]
			if user == "" {
				user = "git"
			}
			header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token))
			// by the environment, which other accounts cannot see, unlike arguments
			w.env = append(w.env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.https://"+u.Host+"/.extraHeader", "GIT_CONFIG_VALUE_0="+header)
		}
		return nil
	}
	return w.reachSSH(u, addr, config)
}

func bracketed(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func (w *workplace) reachSSH(u *url.URL, addr netip.Addr, config connector.Config) error {
	command := []string{
		"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ForwardAgent=no", "-o", "ClearAllForwardings=yes",
		"-o", "PermitLocalCommand=no", "-o", "ConnectTimeout=20", "-o", "HostName=" + addr.String(), "-o", "HostKeyAlias=" + u.Hostname(),
	}
	for _, file := range []struct{ setting, name, option string }{
		{"ssh_key", "key", "IdentityFile"}, {"known_hosts", "known_hosts", "UserKnownHostsFile"},
	} {
		text := strings.TrimSpace(strings.ReplaceAll(config[file.setting], "\r\n", "\n"))
		if text == "" {
			continue
		}
		name := filepath.Join(w.temp, file.name)
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			return fmt.Errorf("keep the %s for ssh: %w", file.name, err)
		}
		command = append(command, "-o", file.option+"="+name)
		if file.setting == "ssh_key" {
			command = append(command, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none")
		}
	}
	for i, word := range command { // git hands this to a shell
		command[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	w.set = append(w.set, "protocol.ssh.allow=always", "ssh.variant=ssh")
	w.env = append(w.env, "GIT_SSH_COMMAND="+strings.Join(command, " "))
	return nil
}

// resolve looks the host up and returns an address that may be called. All of
// its addresses must be: one that may not be is somebody's trick.
func resolve(ctx context.Context, u *url.URL, allowLocal bool) (netip.Addr, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(addrs) == 0 {
		return netip.Addr{}, fault.Wrap(fault.Invalid, err, "The host %s is not known.", u.Hostname())
	}
	for _, a := range addrs {
		if err := outbound.Permitted(a, allowLocal); err != nil {
			return netip.Addr{}, fault.Wrap(fault.Invalid, err, "The host %s is in a network that Assay does not call. The operator can allow it.", u.Hostname())
		}
	}
	for _, a := range addrs { // not every machine can call IPv6
		if a.Unmap().Is4() {
			return a.Unmap(), nil
		}
	}
	return addrs[0], nil
}

// watchSize ends a copy that outgrows its limit, and reports that it did.
func watchSize(dir string, done <-chan struct{}, stop context.CancelFunc) bool {
	tick := time.NewTicker(cloneLook)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return false
		case <-tick.C:
			if size(dir) > cloneBytes {
				stop()
				<-done
				return true
			}
		}
	}
}

func size(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}

package linux

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "linux", Version: "1", Title: "This host",
		Summary: "Reads the machine that Assay runs on: accounts, sudo, SSH, packages and pending security updates, listening ports, disks, packet filter, clock, logging and services.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Grant: connector.Grant{
			Steps: []string{
				"Nothing is needed for a first look: whatever the account may not see is named.",
				"For everything, let Assay's account read what only root may read, and see other accounts' processes.",
				"The packet filter and the server's own statement of its SSH settings need root.",
			},
			Lang: "sh",
			Text: "# /etc/systemd/system/assay.service.d/read.conf\n[Service]\nAmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_NET_ADMIN\n",
			NotRead: []string{
				"password hashes, private keys and the content of authorized_keys files: only their kind and number are kept",
				"the content of home folders, logs and databases",
				"environment and arguments of processes beyond the program's name",
			},
		},
		Open: open,
	}
}

func open(_ connector.Config, env connector.Env) (connector.Source, error) {
	if env.Host == nil || env.Now == nil {
		return nil, fault.New(fault.Invalid, "This host cannot be read here: no host was given.")
	}
	return &source{env: env}, nil
}

type source struct{ env connector.Env }

// application names Assay under a machine's id, so that the id itself does not
// leave the machine (machine-id(5)). It never changes.
const application = "assay.linux/v1"

// identity is what a host's id is made of.
type identity struct {
	authority string
	from      string // "machine-id" or "hostname"
}

func identify(host connector.Host) (identity, error) {
	for _, file := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		b, err := host.ReadFile(file)
		if err != nil {
			continue
		}
		key, err := hex.DecodeString(strings.TrimSpace(string(b)))
		if err == nil && len(key) == 16 {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(application))
			return identity{authority: hex.EncodeToString(mac.Sum(nil)[:16]), from: "machine-id"}, nil
		}
	}
	name, err := hostname(host)
	if err != nil || name == "" {
		return identity{}, fault.Wrap(fault.Invalid, err, "This host has neither a machine id nor a name that can be read. Run systemd-machine-id-setup, or mount /etc/machine-id into the container.")
	}
	return identity{authority: "hostname:" + name, from: "hostname"}, nil
}

func hostname(host connector.Host) (string, error) {
	b, err := host.ReadFile("/proc/sys/kernel/hostname")
	if errors.Is(err, fs.ErrNotExist) {
		b, err = host.ReadFile("/etc/hostname")
	}
	return strings.TrimSpace(string(b)), err
}

// Authority is the machine's id under Assay's name.
func (s *source) Authority(context.Context) (string, error) {
	id, err := identify(s.env.Host)
	return id.authority, err
}

// Collect reads the host once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	id, err := identify(s.env.Host)
	if err != nil {
		return err
	}
	c := &collection{host: s.env.Host, run: run, now: s.env.Now(), id: id}
	for _, step := range []struct {
		say string
		do  func(context.Context) error
	}{
		{"processes and mounts", c.surroundings},
		{"services", c.services},
		{"SSH server", c.sshd},
		{"sudo rules", c.sudo},
		{"accounts", c.accounts},
		{"packages", c.packages},
		{"security updates", c.updates},
		{"listening ports", c.listeners},
		{"kernel settings", c.kernelSettings},
		{"host", c.hostFacts},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		run.Say("Reading " + step.say)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

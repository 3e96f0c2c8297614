package linux

import (
	"regexp"
	"slices"
	"strings"
)

// daemons that take log messages, as their processes are called.
var logDaemons = []string{"systemd-journald", "rsyslogd", "syslog-ng", "syslogd", "metalog", "auditd"}

// shippers send logs to another machine.
var shippers = []string{
	"alloy", "amazon-cloudwatch-agent", "auditbeat", "datadog-agent", "elastic-agent", "filebeat", "fluent-bit", "fluentd", "grafana-agent",
	"journalbeat", "logstash", "newrelic-infra", "nxlog", "otelcol", "otelcol-contrib", "promtail", "rapid7_agent", "splunkd", "systemd-journal-upload",
	"td-agent", "vector", "wazuh-agentd",
}

func (c *collection) logging(s *sheet) {
	running := c.procs.running(logDaemons...)
	if c.procs.all {
		s.set("log_services", running)
	} else {
		s.lose("log_services")
	}
	s.answer("audited", c.procs.has("auditd"))
	s.answer("journal_persistent", c.journalKept())

	forwarders, certain := c.procs.running(shippers...), c.procs.all
	for _, daemon := range []struct {
		name  string
		files []string
		sends *regexp.Regexp
	}{
		{"rsyslogd", []string{"/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf"}, rsyslogSends},
		{"syslog-ng", []string{"/etc/syslog-ng/syslog-ng.conf", "/etc/syslog-ng/conf.d/*.conf"}, syslogNGSends},
	} {
		switch runs := c.procs.has(daemon.name); {
		case runs == no:
		case !runs.known:
			certain = false
		default:
			sends := c.configSends(daemon.files, daemon.sends)
			certain = certain && sends.known
			if sends.yes {
				forwarders = append(forwarders, daemon.name)
			}
		}
	}
	slices.Sort(forwarders)
	switch {
	case certain:
		s.set("log_shippers", forwarders)
	default:
		s.lose("log_shippers")
	}
	s.answer("logs_forwarded", answer{yes: len(forwarders) > 0, known: certain || len(forwarders) > 0})
	if !certain {
		c.run.Note(kindHost, "Not every process or logging rule could be seen, so which logs are kept and sent on is known in part. Running as root would show them.")
	}
}

// rsyslogSends finds a rule that sends to another machine: a selector with
// @host or @@host (rsyslog.conf(5)), or an output module that does.
var rsyslogSends = regexp.MustCompile(`(?im)^\s*[^#\s]\S*\s+-?@{1,2}(\(\S*\))?([^@\s]+)|type\s*=\s*"(omfwd|omrelp|omelasticsearch|omkafka|omhttp)"[^)]*`)

// syslogNGSends finds a destination that is another machine.
var syslogNGSends = regexp.MustCompile(`(?s)\bdestination\s+\S+\s*\{[^}]*\b(?:network|syslog|tcp6?|udp6?)\s*\(\s*"?([^"\s)]+)`)

// ownAddress recognizes this machine as where a rule sends to.
var ownAddress = regexp.MustCompile(`(?i)(^|[@("=\s])(127\.[0-9.]+|localhost|\[?::1\]?)([:;")\s]|$)`)

// configSends looks for such a rule in a daemon's files.
func (c *collection) configSends(patterns []string, sends *regexp.Regexp) answer {
	sum := no
	for _, pattern := range patterns {
		files, err := c.glob(pattern)
		if err != nil {
			sum = sum.or(unknown)
			continue
		}
		for _, name := range files {
			b, err := c.read(name)
			if err != nil {
				if !missing(err) {
					sum = sum.or(unknown)
				}
				continue
			}
			for _, rule := range sends.FindAllString(uncommentedLines(b), -1) {
				sum = sum.or(is(!ownAddress.MatchString(rule)))
			}
		}
	}
	return sum
}

// uncommentedLines is the file without lines that are comments.
func uncommentedLines(b []byte) string {
	var out strings.Builder
	for _, line := range lines(b) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

// journalKept is whether the journal is written to disk (journald.conf(5)).
func (c *collection) journalKept() answer {
	if runs := c.procs.has("systemd-journald"); runs != yes {
		return runs
	}
	storage := "auto"
	files := []string{"/usr/lib/systemd/journald.conf", "/etc/systemd/journald.conf"}
	for _, dir := range []string{"/usr/lib", "/run", "/etc"} {
		more, err := c.glob(dir + "/systemd/journald.conf.d/*.conf")
		if err != nil {
			return unknown
		}
		files = append(files, more...)
	}
	for _, name := range files {
		b, err := c.host.ReadFile(name)
		if missing(err) {
			continue
		}
		if err != nil {
			return unknown
		}
		if v := settingOf([]byte(uncommentedLines(b)), "Storage"); v != "" {
			storage = v
		}
	}
	switch storage {
	case "persistent":
		return yes
	case "volatile", "none":
		return no
	}
	return c.exists("/var/log/journal")
}

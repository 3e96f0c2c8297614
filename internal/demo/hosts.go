package demo

import "fmt"

// hosts are the machines of production: each runs the same image.
func (w *world) hosts() system {
	return system{product: "linux", title: "Production hosts", every: weekly, also: []int{januaryLapse, januaryFixed, augustLapse, augustFixed}, lists: map[string]list{"linux.host": w.machines}}
}

func (w *world) machines(day int) (out []row) {
	for i := range 3 * w.scale {
		name := fmt.Sprintf("%s-%02d", []string{"api", "worker", "edge"}[i%3], i/3+1)
		pending := 0
		if i == 1 && day >= januaryLapse && day < januaryFixed || i == 0 && day >= augustLapse && day < augustFixed {
			pending = 3
		}
		out = append(out, row{fmt.Sprintf("%032x", 0x5eed0000+i), fields{
			"hostname": name, "identity": "machine-id", "os": "Debian GNU/Linux 12 (bookworm)", "os_id": "debian", "os_version": "12", "os_supported_until": "2028-06-30",
			"kernel": "6.1.0-38-amd64", "arch": "x86_64", "platform": "virtual", "booted_at": w.at(day/28*28, 4, 0), "reboot_required": false,
			"disk_encrypted": true, "secure_boot": true, "firewall": true, "firewall_tools": []string{"nftables"}, "time_synced": true, "time_service": "chrony",
			"log_services": []string{"auditd", "rsyslogd", "systemd-journald"}, "audited": true, "journal_persistent": true, "logs_forwarded": true,
			"log_shippers": []string{"rsyslog"}, "auto_updates": true, "auto_update_tool": "unattended-upgrades", "security_updates_pending": pending,
			"updates_known_at": w.at(day, 6, 0),
		}})
	}
	return out
}

// database is the cluster behind the service.
func (w *world) database() system {
	return system{product: "postgres", title: "Order database", every: weekly, lists: map[string]list{
		"postgres.server": w.server, "postgres.hba_rule": w.accessRules,
	}}
}

func (w *world) server(day int) []row {
	return []row{{"7412093317760911234", fields{
		"name": "orders.internal:5432", "id_from": "control", "version": "17.6", "major": 17, "support_ends_on": "2029-11-08", "standby": false,
		"started_at": w.at(day/84*84, 4, 0), "ssl": true, "ssl_least": "TLSv1.2", "own_session_tls": true, "remote_sessions": 24, "remote_sessions_plain": 0,
		"password_encryption": "scram-sha-256", "data_checksums": true, "durable": true, "log_connections": true, "log_disconnections": true,
		"log_statement": "ddl", "log_destination": "stderr", "logging_collector": true, "log_line_prefix": "%m [%p] %q%u@%d ", "preloaded": []string{"pgaudit"},
		"pgaudit": true, "pgaudit_log": "role, ddl", "listens_on": []string{"10.20.0.12"}, "archive_mode": "on", "archive_set": true, "archive_failing": false,
		"last_archived_at": w.at(day/7*7, 5, 0), "restart_pending": false,
	}}}
}

func (w *world) accessRules(int) (out []row) {
	for i, r := range []struct{ kind, address, users, method string }{
		{"local", "", "postgres", "peer"}, {"hostssl", "10.20.0.0/24", "orders", "scram-sha-256"}, {"hostssl", "10.20.4.0/28", "operators", "cert"},
	} {
		f := fields{
			"rule": fmt.Sprintf("%s all %s %s %s", r.kind, r.users, r.address, r.method), "line": i + 1, "type": r.kind, "databases": []string{"all"},
			"users": []string{r.users}, "method": r.method, "options": []string{}, "remote": r.address != "", "any_address": false,
		}
		if r.address != "" {
			f["address"] = r.address
		}
		out = append(out, row{fmt.Sprintf("line-%d", i+1), f})
	}
	return out
}

package demo

import (
	"fmt"
	"strings"
)

// The numbers of Larkspur's accounts of AWS: what runs, and who may sign in.
const (
	productionAccount = "447109328817"
	usersAccount      = "221055830146"
)

// cloud is the account of AWS that the service runs in.
func (w *world) cloud() system {
	return system{product: "aws", title: "AWS, production", every: weekly, lists: map[string]list{
		"aws.account": w.awsAccount, "aws.s3.bucket": w.buckets, "aws.rds.instance": w.databases, "aws.ec2.security_group": w.firewalls, "aws.ec2.security_group_rule": w.rules,
	}}
}

// operators is the account of AWS that people sign in to.
func (w *world) operators() system {
	return system{product: "aws", title: "AWS, users", lists: map[string]list{"aws.iam.user": w.awsUsers}}
}

func (w *world) awsAccount(int) []row {
	return []row{{productionAccount, fields{
		"name": productionAccount, "root_mfa": true, "root_access_keys": false, "users": 0, "password_policy": true, "password_length": 14, "password_reuse": 8,
		"block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true,
		"trails": []any{map[string]any{
			"name": "everything", "arn": "arn:aws:cloudtrail:eu-north-1:" + productionAccount + ":trail/everything",
			"multi_region": true, "logging": true, "validated": true, "management": true,
		}},
	}}}
}

// awsUsers are the users of the cloud's console, and programs.
func (w *world) awsUsers(day int) (out []row) {
	for _, name := range []string{"tom.okafor", "dana.kowalski", "miguel.ortiz", "david.cohen", "sara.nystrom", "arjun.patel", "ci-legacy"} {
		mfa, email := day < openLapse || name != "dana.kowalski" && name != "miguel.ortiz", name+"@larkspur.example"
		if name == "ci-legacy" { // has a console password since its migration, and Tom answers for it
			if day < legacyFrom {
				continue
			}
			mfa, email = false, "tom.okafor@larkspur.example"
		}
		out = append(out, w.awsUser(name, email, w.at(day/28*28, 8, 45), mfa))
	}
	for i := range (w.scale - 1) * 131 {
		r := w.awsUser(fmt.Sprintf("svc-%05d", i), "", w.at(day/28*28, 6, 0), false)
		r.fields["holder"], r.fields["password_enabled"], r.fields["active_keys"] = "service", false, 1
		delete(r.fields, "email")
		out = append(out, r)
	}
	return out
}

func (w *world) awsUser(name, email string, used any, mfa bool) row {
	return row{"AIDA" + strings.ToUpper(strings.NewReplacer(".", "", "-", "").Replace(name)), fields{
		"name": name, "arn": "arn:aws:iam::" + usersAccount + ":user/" + name, "path": "/", "created_at": w.at(-300, 9, 0), "email": email,
		"password_enabled": true, "mfa": mfa, "active_keys": 0, "enabled": true, "holder": "person", "last_used_at": used,
		"attached": []string{}, "inline": []string{}, "groups": []string{"operators"}, "bounded": false,
		"admin": false, "full_control": false, "admin_conditional": false, "admin_by": []string{}, "controls": "none",
	}}
}

// buckets hold files of customers and of Larkspur.
func (w *world) buckets(int) (out []row) {
	names := []string{"invoices", "exports", "attachments", "logs", "backups"}
	for i := range len(names) * w.scale {
		name, f := "larkspur-"+names[i%len(names)], fields{
			"block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true, "blocked": true,
			"policy_public": false, "acl_public": false, "public": false, "tls_only": true, "encryption": "aws:kms", "encrypted": true,
			"versioned": true, "mfa_delete": false, "locked": false, "logging": true, "class": "confidential",
			"replicated": true, "protected": false, "backed_up": true,
		}
		if i >= len(names) {
			name = fmt.Sprintf("%s-%d", name, i/len(names))
		}
		if i%len(names) == 4 {
			f["purpose"], f["locked"], f["lock_mode"], f["lock_days"] = "backup", true, "COMPLIANCE", 35
		}
		out = append(out, row{"arn:aws:s3:::" + name, w.placed(name, f)})
	}
	return out
}

func (w *world) databases(int) (out []row) {
	names := []string{"orders", "customers", "analytics"}
	for i := range len(names) * w.scale {
		name := names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("%s-%d", name, i/len(names))
		}
		out = append(out, row{"arn:aws:rds:eu-north-1:" + productionAccount + ":db:" + name, w.placed(name, fields{
			"engine": "postgres", "version": "17.6", "encrypted": true, "public": false, "force_tls": true, "backup_days": 14, "backed_up": true,
			"multi_az": true, "deletion_protected": true, "auto_minor_upgrade": true,
		})})
	}
	return out
}

// boundary is that of the service: the world comes in by HTTPS, and what is
// behind knows its own.
type boundary struct {
	name, source string
	ports        []int
}

func boundaries() []boundary {
	return []boundary{
		{"edge", everywhere, []int{80, 443}},
		{"service", "edge", []int{8443}},
		{"database", "service", []int{5432}},
		{"cache", "service", []int{6379}},
	}
}

const everywhere = "0.0.0.0/0"

func boundaryID(i int) string { return fmt.Sprintf("sg-%08x", pick(1<<31, "group", i)) }

// firewalls are the security groups of the boundary.
func (w *world) firewalls(int) (out []row) {
	for i, g := range boundaries() {
		var rules []any
		for _, port := range g.ports {
			rules = append(rules, map[string]any{
				"protocol": "tcp", "from_port": port, "to_port": port, "source": g.source, "any_source": g.source == everywhere,
			})
		}
		id := boundaryID(i)
		out = append(out, row{"arn:aws:ec2:eu-north-1:" + productionAccount + ":security-group/" + id, w.placed(g.name+" "+id, fields{
			"group": id, "vpc": "vpc-larkspur", "default": false, "ingress": rules, "egress_rules": 1, "used_by": 2 + i,
		})})
	}
	return out
}

// rules are those of the security groups, and the one by which each lets
// everything out.
func (w *world) rules(int) (out []row) {
	for i, g := range boundaries() {
		group := boundaryID(i)
		add := func(n int, f fields) {
			id := fmt.Sprintf("sgr-%08x", pick(1<<31, "rule", i, n))
			f["group"], f["any_source"] = group, f["open_to_all"]
			out = append(out, row{"arn:aws:ec2:eu-north-1:" + productionAccount + ":security-group-rule/" + id, w.placed(group+" "+id, f)})
		}
		for n, port := range g.ports {
			add(n, fields{
				"direction": "in", "protocol": "tcp", "port": port, "from_port": port, "to_port": port, "source": g.source, "open_to_all": g.source == everywhere,
			})
		}
		add(len(g.ports), fields{"direction": "out", "protocol": "any", "port": 0, "source": everywhere, "open_to_all": true})
	}
	return out
}

// placed adds where something is.
func (w *world) placed(name string, f fields) fields {
	f["name"], f["account"], f["region"] = name, productionAccount, "eu-north-1"
	return f
}

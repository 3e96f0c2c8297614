package aws

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// place fields are the same for everything that lies in a region.
func placed(fields ...resource.Field) []resource.Field {
	return append([]resource.Field{
		field.Must("name", text, "name or id"), field.Must("account", text, "number of the account"), field.May("region", text, "region; absent where a recording does not say"),
	}, fields...)
}

func bucketKind() resource.Schema {
	k := state(kindBucket, "S3 buckets", placed(
		field.May("created_at", when, "when it was made"),
		field.Must("block_public_acls", flag, "no public ACL can be set, by the bucket's block or the account's"),
		field.Must("ignore_public_acls", flag, "public ACLs do not count"),
		field.Must("block_public_policy", flag, "no public policy can be set"),
		field.Must("restrict_public_buckets", flag, "a public policy lets nobody outside in"),
		field.Must("blocked", flag, "all four"),
		field.Must("policy_public", flag, "AWS judges its policy public"),
		field.Must("acl_public", flag, "its ACL gives everybody, or everybody with an account of AWS, a right"),
		field.Must("public", flag, "somebody outside can get at it: by its policy or its ACL, as far as no block stands before"),
		field.Must("tls_only", flag, "its policy refuses requests that are not encrypted"),
		field.May("encryption", text, "how new objects are encrypted: AES256, aws:kms, aws:kms:dsse; absent where they are not"),
		field.Must("encrypted", flag, "new objects are encrypted"),
		field.May("kms_key", text, "key that encrypts them; absent where it is not one of KMS"),
		field.Must("versioned", flag, "overwritten and deleted objects are kept"),
		field.Must("mfa_delete", flag, "deleting for good asks for a second factor"),
		field.Must("locked", flag, "object lock is on"),
		field.May("lock_mode", text, "COMPLIANCE or GOVERNANCE, where new objects are locked by themselves"),
		field.May("lock_days", whole, "for how many days they are"),
		field.Must("logging", flag, "requests are logged to another bucket"),
		field.Must("replicated", flag, "a rule that is in force copies its objects to another bucket"),
		field.Must("protected", flag, "AWS Backup has a copy of it"),
		field.Must("backed_up", flag, "either; its own versions lie in the bucket itself and do not count"),
		field.May("class", text, "its tag data-class or classification, lower case"),
		field.May("purpose", text, "its tag purpose or role, lower case"),
	)...)
	k.Version = 2
	k.Facets = field.Claim("datastore", map[string]resource.Mapping{
		"name": field.From("name"), "encrypted": field.From("encrypted"), "public": field.From("public"), "backed_up": field.From("backed_up"),
	})
	return k
}

func volumeKind() resource.Schema {
	return state(kindVolume, "EBS volumes", placed(
		field.Must("encrypted", flag, "it is encrypted"),
		field.Words(field.Must("state", text, "as AWS says"), "creating", "available", "in-use", "deleting", "deleted", "error"),
		field.May("created_at", when, "when it was made"),
	)...)
}

func snapshotKind() resource.Schema {
	return state(kindSnapshot, "EBS snapshots", placed(
		field.Must("encrypted", flag, "it is encrypted"),
		field.Must("public", flag, "anybody can copy it"),
		texts("shared_with", "accounts that can copy it, sorted"),
		field.May("created_at", when, "when it was made"),
	)...)
}

func imageKind() resource.Schema {
	return state(kindImage, "Machine images", placed(
		field.Must("public", flag, "anybody can start it"),
		texts("shared_with", "accounts and organizations that can start it, sorted"),
	)...)
}

func firewallKind() resource.Schema {
	rule := []resource.Field{
		field.Must("protocol", text, "tcp, udp, icmp, a number, or any"),
		field.May("from_port", whole, "first port; absent where all are meant"),
		field.May("to_port", whole, "last port; absent where all are meant"),
		field.Must("source", text, "addresses, a group or a list"),
		field.Must("any_source", flag, "any address at all"),
	}
	return state(kindFirewall, "Security groups", placed(
		field.Must("group", text, "id"), field.May("vpc", text, "network that it is in"),
		field.Must("default", flag, "it is the one that everything in a network gets by itself"),
		objects("ingress", "what it lets in", rule...),
		field.Must("egress_rules", whole, "rules for what it lets out"),
		field.Must("used_by", whole, "network interfaces that have it"),
	)...)
}

func ruleKind() resource.Schema {
	k := state(kindRule, "Rules of security groups", placed(
		field.Must("group", text, "id of the security group"),
		field.Words(field.Must("direction", text, "of the traffic"), "in", "out"),
		field.Must("protocol", text, "tcp, udp, icmp, any, or as AWS says"),
		field.May("port", whole, "the port that it opens; 0 where it opens several or all; absent for protocols without ports"),
		field.May("from_port", whole, "first port; absent where all are meant"),
		field.May("to_port", whole, "last port; absent where all are meant"),
		field.May("source", text, "addresses, a group or a list of addresses; of what is let out, where to"),
		field.Must("any_source", flag, "any address at all"),
		field.Must("open_to_all", flag, "any address at all, and a network interface has the group: a rule of a group that nothing has opens nothing"),
	)...)
	k.Facets = field.Claim("network_rule", map[string]resource.Mapping{
		"name": field.From("name"), "direction": field.From("direction"), "protocol": field.From("protocol"), "port": field.From("port"), "open_to_all": field.From("open_to_all"),
	})
	return k
}

func vpcKind() resource.Schema {
	return state(kindVPC, "Networks (VPC)", placed(
		field.Must("default", flag, "AWS made it"),
		field.Must("flow_logs", flag, "its flows are logged, accepted and rejected ones or either"),
		field.Must("default_group_rules", whole, "rules of its default security group"),
		field.Must("interfaces", whole, "network interfaces in it"),
	)...)
}

func databaseKind() resource.Schema {
	k := state(kindDatabase, "RDS instances", placed(
		field.Must("engine", text, "engine"), field.Must("version", text, "its version"),
		field.Must("encrypted", flag, "storage is encrypted"),
		field.Must("public", flag, "it has an address on the internet"),
		field.Must("force_tls", flag, "connections that are not encrypted are refused, as its parameters say"),
		field.Must("backup_days", whole, "for how many days backups are kept; 0 without any"),
		field.Must("backed_up", flag, "backups are made every day"),
		field.Must("multi_az", flag, "a second one stands by elsewhere"),
		field.Must("deletion_protected", flag, "it cannot be deleted without unlocking it first"),
		field.Must("auto_minor_upgrade", flag, "small updates are installed by themselves"),
		field.May("cluster", text, "cluster that it belongs to"),
		field.May("created_at", when, "when it was made"),
	)...)
	k.Facets = field.Claim("datastore", map[string]resource.Mapping{
		"name": field.From("name"), "encrypted": field.From("encrypted"), "public": field.From("public"), "backed_up": field.From("backed_up"),
	})
	return k
}

func dbSnapshotKind() resource.Schema {
	return state(kindDBSnapshot, "RDS snapshots", placed(
		field.Must("encrypted", flag, "it is encrypted"),
		field.Must("public", flag, "anybody can restore it"),
		texts("shared_with", "accounts that can restore it, sorted"),
		field.May("type", text, "automated, manual, awsbackup"),
		field.May("created_at", when, "when it was made"),
	)...)
}

func kmsKind() resource.Schema {
	return state(kindKMS, "KMS keys", placed(
		field.Words(field.Must("manager", text, "who keeps it"), "CUSTOMER", "AWS"),
		field.Must("state", text, "as AWS says: Enabled, Disabled, PendingDeletion …"),
		field.Must("spec", text, "as AWS says: SYMMETRIC_DEFAULT, RSA_2048 …"),
		field.May("origin", text, "where its material is from: AWS_KMS, EXTERNAL …"),
		field.May("rotated", flag, "its material is exchanged every year or so; absent for keys that cannot be"),
		field.May("deletion_at", when, "when it will be deleted; absent if it will not"),
		field.May("created_at", when, "when it was made"),
	)...)
}

func trailKind() resource.Schema {
	return state(kindTrail, "Trails", placed(
		field.Must("multi_region", flag, "of all regions"), field.Must("organization", flag, "of all accounts of the organization"),
		field.Must("global", flag, "with the events of services that have no region"),
		field.Must("validated", flag, "digests are written, by which changed log files show"),
		field.Must("logging", flag, "it is on"),
		field.Must("management", flag, "it keeps all management events, those that read and those that change"),
		field.May("bucket", text, "where log files are kept"), field.May("kms_key", text, "key that encrypts them; absent without one of KMS"),
		field.May("log_group", text, "log group that gets the events too"),
		field.Volatile(field.May("delivered_at", when, "last delivery")),
		field.May("delivery_error", text, "why the last one failed; absent if it did not"),
	)...)
}

func eventKind() resource.Schema {
	return resource.Schema{
		Kind: kindEvent, Version: 1, Title: "Changes seen by CloudTrail", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			field.Must("at", when, "when the request was made"),
			field.Must("name", text, "what was asked for: StopLogging"),
			field.Must("source", text, "of which service: cloudtrail.amazonaws.com"),
			field.Must("account", text, "number of the account that it is of"), field.Must("region", text, "region"),
			field.Must("ok", flag, "it was done"),
			field.May("error", text, "why it was refused or failed, as AWS names it; absent if it was done"),
			field.Must("by", text, "what kind of caller: Root, IAMUser, AssumedRole, AWSService …; Unknown where AWS does not say"),
			field.Personal(field.May("actor", text, "ARN of the caller; absent where AWS does not say")),
			field.May("actor_key", text, "pseudonym of the caller"),
			field.Personal(field.May("address", text, "address that the request came from")),
			field.May("mfa", flag, "the caller had given a second factor; absent where AWS does not say"),
			field.May("target", text, "name of the trail, bucket, group or policy that it was about, where it has one of these"),
			field.May("log_bucket", text, "bucket that a trail was made or told to write to; absent for all other requests"),
		},
	}
}

func findingKind() resource.Schema {
	k := state(kindFinding, "GuardDuty findings that are open", placed(
		field.Must("type", text, "as GuardDuty names it"),
		field.Words(field.Must("severity", text, "critical from 9, high from 7, medium from 4"), "critical", "high", "medium", "low"),
		field.Must("found_at", when, "when it was first reported"),
		field.May("resource", text, "kind of resource that it is about"),
	)...)
	return k
}

func vaultKind() resource.Schema {
	return state(kindVault, "Backup vaults", placed(
		field.Must("locked", flag, "backups cannot be deleted before their time"),
		field.May("min_days", whole, "shortest time for which a backup is kept"),
		field.Volatile(field.May("recovery_points", whole, "backups in it")),
		field.May("kms_key", text, "key that encrypts them"),
	)...)
}

func protectedKind() resource.Schema {
	return state(kindProtected, "Resources that AWS Backup protects", placed(
		field.Must("type", text, "EBS, RDS, DynamoDB …"),
		field.Volatile(field.May("backed_up_at", when, "last backup; absent before the first")),
	)...)
}

func listenerKind() resource.Schema {
	return state(kindListener, "Listeners of load balancers", placed(
		field.Must("balancer", text, "name of the load balancer"),
		field.Words(field.Must("type", text, "application, network or gateway"), "application", "network", "gateway"),
		field.Must("internet_facing", flag, "it is reachable from the internet"),
		field.Must("port", whole, "port"), field.Must("protocol", text, "HTTP, HTTPS, TLS, TCP …"),
		field.May("tls_policy", text, "which versions and ciphers it takes; absent without TLS"),
		field.Must("redirects_to_https", flag, "all it does by default is to send on to HTTPS"),
	)...)
}

func balancerKind() resource.Schema {
	return state(kindBalancer, "Load balancers", placed(
		field.Words(field.Must("type", text, "application, network or gateway"), "application", "network", "gateway"),
		field.Must("internet_facing", flag, "it is reachable from the internet"),
		field.Must("filtered", flag, "a web application firewall looks at every request; only application load balancers can have one"),
		field.May("firewall", text, "number of that firewall's web ACL; absent without one"),
	)...)
}

func logGroupKind() resource.Schema {
	return state(kindLogGroup, "Log groups", placed(
		field.May("retention_days", whole, "for how many days it keeps; absent if for ever"),
		field.Must("forever", flag, "nothing is ever deleted from it"),
		field.May("kms_key", text, "key that encrypts it; absent without one of KMS"),
	)...)
}

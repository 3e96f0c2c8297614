package aws

import "assay/internal/resource"

// place fields are the same for everything that lies in a region.
func placed(fields ...resource.Field) []resource.Field {
	return append([]resource.Field{
		must("name", text, "name or id"), must("account", text, "number of the account"), can("region", text, "region; absent where a recording does not say"),
	}, fields...)
}

func bucketKind() resource.Schema {
	k := state(kindBucket, "S3 buckets", placed(
		can("created_at", when, "when it was made"),
		must("block_public_acls", flag, "no public ACL can be set, by the bucket's block or the account's"),
		must("ignore_public_acls", flag, "public ACLs do not count"),
		must("block_public_policy", flag, "no public policy can be set"),
		must("restrict_public_buckets", flag, "a public policy lets nobody outside in"),
		must("blocked", flag, "all four"),
		must("policy_public", flag, "AWS judges its policy public"),
		must("acl_public", flag, "its ACL gives everybody, or everybody with an account of AWS, a right"),
		must("public", flag, "somebody outside can get at it: by its policy or its ACL, as far as no block stands before"),
		must("tls_only", flag, "its policy refuses requests that are not encrypted"),
		can("encryption", text, "how new objects are encrypted: AES256, aws:kms, aws:kms:dsse; absent where they are not"),
		must("encrypted", flag, "new objects are encrypted"),
		can("kms_key", text, "key that encrypts them; absent where it is not one of KMS"),
		must("versioned", flag, "overwritten and deleted objects are kept"),
		must("mfa_delete", flag, "deleting for good asks for a second factor"),
		must("locked", flag, "object lock is on"),
		can("lock_mode", text, "COMPLIANCE or GOVERNANCE, where new objects are locked by themselves"),
		can("lock_days", whole, "for how many days they are"),
		must("logging", flag, "requests are logged to another bucket"),
		must("replicated", flag, "a rule that is in force copies its objects to another bucket"),
		must("protected", flag, "AWS Backup has a copy of it"),
		must("backed_up", flag, "either; its own versions lie in the bucket itself and do not count"),
		can("class", text, "its tag data-class or classification, lower case"),
		can("purpose", text, "its tag purpose or role, lower case"),
	)...)
	k.Version = 2
	k.Facets = claim("datastore", map[string]resource.Mapping{
		"name": from("name"), "encrypted": from("encrypted"), "public": from("public"), "backed_up": from("backed_up"),
	})
	return k
}

func volumeKind() resource.Schema {
	return state(kindVolume, "EBS volumes", placed(
		must("encrypted", flag, "it is encrypted"),
		words(must("state", text, "as AWS says"), "creating", "available", "in-use", "deleting", "deleted", "error"),
		can("created_at", when, "when it was made"),
	)...)
}

func snapshotKind() resource.Schema {
	return state(kindSnapshot, "EBS snapshots", placed(
		must("encrypted", flag, "it is encrypted"),
		must("public", flag, "anybody can copy it"),
		texts("shared_with", "accounts that can copy it, sorted"),
		can("created_at", when, "when it was made"),
	)...)
}

func imageKind() resource.Schema {
	return state(kindImage, "Machine images", placed(
		must("public", flag, "anybody can start it"),
		texts("shared_with", "accounts and organizations that can start it, sorted"),
	)...)
}

func firewallKind() resource.Schema {
	rule := []resource.Field{
		must("protocol", text, "tcp, udp, icmp, a number, or any"),
		can("from_port", whole, "first port; absent where all are meant"),
		can("to_port", whole, "last port; absent where all are meant"),
		must("source", text, "addresses, a group or a list"),
		must("any_source", flag, "any address at all"),
	}
	return state(kindFirewall, "Security groups", placed(
		must("group", text, "id"), can("vpc", text, "network that it is in"),
		must("default", flag, "it is the one that everything in a network gets by itself"),
		objects("ingress", "what it lets in", rule...),
		must("egress_rules", whole, "rules for what it lets out"),
		must("used_by", whole, "network interfaces that have it"),
	)...)
}

func ruleKind() resource.Schema {
	k := state(kindRule, "Rules of security groups", placed(
		must("group", text, "id of the security group"),
		words(must("direction", text, "of the traffic"), "in", "out"),
		must("protocol", text, "tcp, udp, icmp, any, or as AWS says"),
		can("port", whole, "the port that it opens; 0 where it opens several or all; absent for protocols without ports"),
		can("from_port", whole, "first port; absent where all are meant"),
		can("to_port", whole, "last port; absent where all are meant"),
		can("source", text, "addresses, a group or a list of addresses; of what is let out, where to"),
		must("any_source", flag, "any address at all"),
		must("open_to_all", flag, "any address at all, and a network interface has the group: a rule of a group that nothing has opens nothing"),
	)...)
	k.Facets = claim("network_rule", map[string]resource.Mapping{
		"name": from("name"), "direction": from("direction"), "protocol": from("protocol"), "port": from("port"), "open_to_all": from("open_to_all"),
	})
	return k
}

func vpcKind() resource.Schema {
	return state(kindVPC, "Networks (VPC)", placed(
		must("default", flag, "AWS made it"),
		must("flow_logs", flag, "its flows are logged, accepted and rejected ones or either"),
		must("default_group_rules", whole, "rules of its default security group"),
		must("interfaces", whole, "network interfaces in it"),
	)...)
}

func databaseKind() resource.Schema {
	k := state(kindDatabase, "RDS instances", placed(
		must("engine", text, "engine"), must("version", text, "its version"),
		must("encrypted", flag, "storage is encrypted"),
		must("public", flag, "it has an address on the internet"),
		must("force_tls", flag, "connections that are not encrypted are refused, as its parameters say"),
		must("backup_days", whole, "for how many days backups are kept; 0 without any"),
		must("backed_up", flag, "backups are made every day"),
		must("multi_az", flag, "a second one stands by elsewhere"),
		must("deletion_protected", flag, "it cannot be deleted without unlocking it first"),
		must("auto_minor_upgrade", flag, "small updates are installed by themselves"),
		can("cluster", text, "cluster that it belongs to"),
		can("created_at", when, "when it was made"),
	)...)
	k.Facets = claim("datastore", map[string]resource.Mapping{
		"name": from("name"), "encrypted": from("encrypted"), "public": from("public"), "backed_up": from("backed_up"),
	})
	return k
}

func dbSnapshotKind() resource.Schema {
	return state(kindDBSnapshot, "RDS snapshots", placed(
		must("encrypted", flag, "it is encrypted"),
		must("public", flag, "anybody can restore it"),
		texts("shared_with", "accounts that can restore it, sorted"),
		can("type", text, "automated, manual, awsbackup"),
		can("created_at", when, "when it was made"),
	)...)
}

func kmsKind() resource.Schema {
	return state(kindKMS, "KMS keys", placed(
		words(must("manager", text, "who keeps it"), "CUSTOMER", "AWS"),
		must("state", text, "as AWS says: Enabled, Disabled, PendingDeletion …"),
		must("spec", text, "as AWS says: SYMMETRIC_DEFAULT, RSA_2048 …"),
		can("origin", text, "where its material is from: AWS_KMS, EXTERNAL …"),
		can("rotated", flag, "its material is exchanged every year or so; absent for keys that cannot be"),
		can("deletion_at", when, "when it will be deleted; absent if it will not"),
		can("created_at", when, "when it was made"),
	)...)
}

func trailKind() resource.Schema {
	return state(kindTrail, "Trails", placed(
		must("multi_region", flag, "of all regions"), must("organization", flag, "of all accounts of the organization"),
		must("global", flag, "with the events of services that have no region"),
		must("validated", flag, "digests are written, by which changed log files show"),
		must("logging", flag, "it is on"),
		must("management", flag, "it keeps all management events, those that read and those that change"),
		can("bucket", text, "where log files are kept"), can("kms_key", text, "key that encrypts them; absent without one of KMS"),
		can("log_group", text, "log group that gets the events too"),
		volatile(can("delivered_at", when, "last delivery")),
		can("delivery_error", text, "why the last one failed; absent if it did not"),
	)...)
}

func eventKind() resource.Schema {
	return resource.Schema{
		Kind: kindEvent, Version: 1, Title: "Changes seen by CloudTrail", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			must("at", when, "when the request was made"),
			must("name", text, "what was asked for: StopLogging"),
			must("source", text, "of which service: cloudtrail.amazonaws.com"),
			must("account", text, "number of the account that it is of"), must("region", text, "region"),
			must("ok", flag, "it was done"),
			can("error", text, "why it was refused or failed, as AWS names it; absent if it was done"),
			must("by", text, "what kind of caller: Root, IAMUser, AssumedRole, AWSService …; Unknown where AWS does not say"),
			personal(can("actor", text, "ARN of the caller; absent where AWS does not say")),
			can("actor_key", text, "pseudonym of the caller"),
			personal(can("address", text, "address that the request came from")),
			can("mfa", flag, "the caller had given a second factor; absent where AWS does not say"),
			can("target", text, "name of the trail, bucket, group or policy that it was about, where it has one of these"),
		},
	}
}

func findingKind() resource.Schema {
	k := state(kindFinding, "GuardDuty findings that are open", placed(
		must("type", text, "as GuardDuty names it"),
		words(must("severity", text, "critical from 9, high from 7, medium from 4"), "critical", "high", "medium", "low"),
		must("found_at", when, "when it was first reported"),
		can("resource", text, "kind of resource that it is about"),
	)...)
	return k
}

func vaultKind() resource.Schema {
	return state(kindVault, "Backup vaults", placed(
		must("locked", flag, "backups cannot be deleted before their time"),
		can("min_days", whole, "shortest time for which a backup is kept"),
		volatile(can("recovery_points", whole, "backups in it")),
		can("kms_key", text, "key that encrypts them"),
	)...)
}

func protectedKind() resource.Schema {
	return state(kindProtected, "Resources that AWS Backup protects", placed(
		must("type", text, "EBS, RDS, DynamoDB …"),
		volatile(can("backed_up_at", when, "last backup; absent before the first")),
	)...)
}

func listenerKind() resource.Schema {
	return state(kindListener, "Listeners of load balancers", placed(
		must("balancer", text, "name of the load balancer"),
		words(must("type", text, "application, network or gateway"), "application", "network", "gateway"),
		must("internet_facing", flag, "it is reachable from the internet"),
		must("port", whole, "port"), must("protocol", text, "HTTP, HTTPS, TLS, TCP …"),
		can("tls_policy", text, "which versions and ciphers it takes; absent without TLS"),
		must("redirects_to_https", flag, "all it does by default is to send on to HTTPS"),
	)...)
}

func logGroupKind() resource.Schema {
	return state(kindLogGroup, "Log groups", placed(
		can("retention_days", whole, "for how many days it keeps; absent if for ever"),
		must("forever", flag, "nothing is ever deleted from it"),
		can("kms_key", text, "key that encrypts it; absent without one of KMS"),
	)...)
}

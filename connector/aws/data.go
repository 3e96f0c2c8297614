package aws

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func (c *collection) databases(ctx context.Context, at *caller) error {
	var found []types.DBInstance
	err := list(ctx, at, key{service: "rds", action: "DescribeDBInstances"}, &rds.DescribeDBInstancesInput{}, at.rds.DescribeDBInstances, func(o *rds.DescribeDBInstancesOutput) (int, error) {
		found = append(found, o.DBInstances...)
		return len(o.DBInstances), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The databases", err, kindDatabase); err != nil {
			return err
		}
	}
	forced := map[string]*bool{}
	for i := range found {
		x := &found[i]
		s := newSheet()
		s.at(at.place, value(x.DBInstanceIdentifier))
		s.word("engine", value(x.Engine))
		s.word("version", value(x.EngineVersion))
		known(s, "encrypted", x.StorageEncrypted)
		known(s, "public", x.PubliclyAccessible)
		known(s, "backup_days", count(x.BackupRetentionPeriod))
		if x.BackupRetentionPeriod == nil {
			s.lose("backed_up")
		} else {
			s.set("backed_up", *x.BackupRetentionPeriod > 0)
		}
		known(s, "multi_az", x.MultiAZ)
		known(s, "deletion_protected", x.DeletionProtection)
		known(s, "auto_minor_upgrade", x.AutoMinorVersionUpgrade)
		s.text("cluster", value(x.DBClusterIdentifier))
		may(s, "created_at", x.InstanceCreateTime)
		force, err := c.forcesTLS(ctx, at, x, forced)
		if err != nil {
			return err
		}
		known(s, "force_tls", force)
		if err := c.put(ctx, kindDatabase, value(x.DBInstanceArn), s); err != nil {
			return err
		}
	}
	return nil
}

// tlsParameters refuse connections that are not encrypted, each for its engines.
var tlsParameters = []string{"rds.force_ssl", "require_secure_transport"}

// forcesTLS looks the parameter up that refuses connections without TLS; nil if
// that is not known. Of several groups each is read once.
func (c *collection) forcesTLS(ctx context.Context, at *caller, x *types.DBInstance, forced map[string]*bool) (*bool, error) {
	if strings.HasPrefix(value(x.Engine), "oracle") || len(x.DBParameterGroups) == 0 {
		return nil, nil //nolint:nilnil // an option of Oracle's decides, which is not read
	}
	name := value(x.DBParameterGroups[0].DBParameterGroupName)
	if v, ok := forced[name]; ok {
		return v, nil
	}
	var found *bool
	in := &rds.DescribeDBParametersInput{DBParameterGroupName: &name}
	err := list(ctx, at, key{service: "rds", action: "DescribeDBParameters", of: name}, in, at.rds.DescribeDBParameters, func(o *rds.DescribeDBParametersOutput) (int, error) {
		for i := range o.Parameters {
			if p := &o.Parameters[i]; slices.Contains(tlsParameters, value(p.ParameterName)) {
				on := slices.Contains([]string{"1", "on", "true"}, strings.ToLower(value(p.ParameterValue)))
				found = new(on)
			}
		}
		return len(o.Parameters), nil
	})
	if err != nil {
		if bad := ours(ctx, err); bad != nil {
			return nil, bad
		}
		c.lost(at, kindDatabase, "The parameters "+name, err)
	}
	forced[name] = found
	return found, nil
}

func (c *collection) databaseSnapshots(ctx context.Context, at *caller) error {
	var found []types.DBSnapshot
	err := list(ctx, at, key{service: "rds", action: "DescribeDBSnapshots"}, &rds.DescribeDBSnapshotsInput{}, at.rds.DescribeDBSnapshots, func(o *rds.DescribeDBSnapshotsOutput) (int, error) {
		found = append(found, o.DBSnapshots...)
		return len(o.DBSnapshots), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The snapshots of databases", err, kindDBSnapshot); err != nil {
			return err
		}
	}
	for i := range found {
		x := &found[i]
		s := newSheet()
		s.at(at.place, value(x.DBSnapshotIdentifier))
		known(s, "encrypted", x.Encrypted)
		s.text("type", value(x.SnapshotType))
		may(s, "created_at", x.SnapshotCreateTime)
		if err := c.restorers(ctx, at, x, s); err != nil {
			return err
		}
		if err := c.put(ctx, kindDBSnapshot, value(x.DBSnapshotArn), s); err != nil {
			return err
		}
	}
	return nil
}

// restorers fills in who may restore a snapshot. Automated ones cannot be shared.
func (c *collection) restorers(ctx context.Context, at *caller, x *types.DBSnapshot, s *sheet) error {
	if value(x.SnapshotType) == "automated" {
		s.set("public", false)
		s.set("shared_with", []string{})
		return nil
	}
	in := &rds.DescribeDBSnapshotAttributesInput{DBSnapshotIdentifier: x.DBSnapshotIdentifier}
	out, err := ask(ctx, at, key{service: "rds", action: "DescribeDBSnapshotAttributes", of: value(x.DBSnapshotIdentifier)}, in, at.rds.DescribeDBSnapshotAttributes)
	if err != nil || out.DBSnapshotAttributesResult == nil {
		s.lose("public", "shared_with")
		if err == nil {
			return nil
		}
		if bad := ours(ctx, err); bad != nil {
			return bad
		}
		c.lost(at, kindDBSnapshot, "Who may restore "+value(x.DBSnapshotIdentifier), err)
		return nil
	}
	with := []string{}
	for _, a := range out.DBSnapshotAttributesResult.DBSnapshotAttributes {
		if value(a.AttributeName) == "restore" {
			with = append(with, a.AttributeValues...)
		}
	}
	s.set("public", slices.Contains(with, "all"))
	s.set("shared_with", sorted(slices.DeleteFunc(with, func(v string) bool { return v == "all" })))
	return nil
}

func (c *collection) kmsKeys(ctx context.Context, at *caller) error {
	var found []kmstypes.KeyListEntry
	err := list(ctx, at, key{service: "kms", action: "ListKeys"}, &kms.ListKeysInput{Limit: new(int32(1000))}, at.kms.ListKeys, func(o *kms.ListKeysOutput) (int, error) {
		found = append(found, o.Keys...)
		return len(o.Keys), nil
	})
	if err != nil {
		if err := c.broke(ctx, at, "The keys", err, kindKMS); err != nil {
			return err
		}
	}
	for i := range found {
		if err := c.kmsKey(ctx, at, &found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) kmsKey(ctx context.Context, at *caller, k *kmstypes.KeyListEntry) error {
	s := newSheet()
	id := value(k.KeyId)
	s.at(at.place, id)
	out, err := ask(ctx, at, key{service: "kms", action: "DescribeKey", of: id}, &kms.DescribeKeyInput{KeyId: k.KeyId}, at.kms.DescribeKey)
	if err != nil || out.KeyMetadata == nil {
		if err != nil {
			if bad := ours(ctx, err); bad != nil {
				return bad
			}
			c.lost(at, kindKMS, "The key "+id, err)
		}
		s.lose("manager", "state", "spec", "origin", "rotated", "deletion_at", "created_at")
		return c.put(ctx, kindKMS, value(k.KeyArn), s)
	}
	m := out.KeyMetadata
	s.word("manager", string(m.KeyManager))
	s.word("state", string(m.KeyState))
	s.word("spec", string(m.KeySpec))
	s.text("origin", string(m.Origin))
	may(s, "deletion_at", m.DeletionDate)
	may(s, "created_at", m.CreationDate)
	if m.KeyManager == kmstypes.KeyManagerTypeCustomer && m.KeySpec == kmstypes.KeySpecSymmetricDefault && m.Origin == kmstypes.OriginTypeAwsKms {
		in := &kms.GetKeyRotationStatusInput{KeyId: k.KeyId}
		rotation, err := ask(ctx, at, key{service: "kms", action: "GetKeyRotationStatus", of: id}, in, at.kms.GetKeyRotationStatus)
		switch {
		case err == nil:
			s.set("rotated", rotation.KeyRotationEnabled)
		case ours(ctx, err) != nil:
			return ours(ctx, err)
		default:
			c.lost(at, kindKMS, "Whether "+id+" is rotated", err)
			s.lose("rotated")
		}
	}
	return c.put(ctx, kindKMS, value(k.KeyArn), s)
}

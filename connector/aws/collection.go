package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"assay/connector"
	"assay/internal/kit/fault"
)

// collection is one reading of all accounts.
type collection struct {
	*source
	run      *connector.Run
	now      time.Time
	tape     *tape // nil over the network
	accounts []string
	told     map[string]bool          // resources, by kind and id
	outside  int                      // events that are not of the period
	orgs     map[string]*organization // by the number of an account that is read
	backups  map[place]protection

	eventsFrom time.Time // since when the events of all regions are listed
}

// account is one, with how it is signed in to.
type account struct {
	number string
	who    sdk.CredentialsProvider // nil with recordings
	trails trails
}

// Collect reads all accounts once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	c := &collection{source: s, run: run, now: s.env.Now(), told: map[string]bool{}, backups: map[place]protection{}, orgs: map[string]*organization{}}
	accounts, err := c.start(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		c.accounts = append(c.accounts, a.number)
	}
	if err := c.organized(ctx, accounts); err != nil {
		return err
	}
	for _, a := range accounts {
		if err := c.account(ctx, a); err != nil {
			return err
		}
	}
	if err := c.recordedEvents(ctx); err != nil {
		return err
	}
	for _, k := range Kinds() {
		run.Complete(k.Kind)
	}
	return nil
}

// start finds out which accounts there are to read.
func (c *collection) start(ctx context.Context) ([]*account, error) {
	if c.from != "" {
		c.run.Say("Reading the recordings")
		t, err := openTape(ctx, c.source)
		if err != nil {
			return nil, err
		}
		c.tape = t
		return c.recorded()
	}
	providers := []sdk.CredentialsProvider{sdk.NewCredentialsCache(c.own())}
	if len(c.roles) > 0 {
		providers = nil
		for _, role := range c.roles {
			providers = append(providers, c.assumed(role))
		}
	}
	var out []*account
	for i, who := range providers {
		at := c.caller(&account{who: who}, c.home)
		id, err := ask(ctx, at, key{service: "sts", action: "GetCallerIdentity"}, &sts.GetCallerIdentityInput{}, at.sts.GetCallerIdentity)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && len(providers) == 1:
			return nil, fault.New(fault.Invalid, "AWS does not let Assay in: %s", sentence(err))
		case err != nil:
			for _, k := range Kinds() {
				c.run.Incomplete(k.Kind, "The account of "+c.roles[i]+" could not be read: "+sentence(err))
			}
		case slices.ContainsFunc(out, func(a *account) bool { return a.number == value(id.Account) }):
		default:
			out = append(out, &account{number: value(id.Account), who: who})
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "AWS lets Assay into none of the accounts: check the roles, the external id and the key.")
	}
	return out, nil
}

// recorded names what is of no use among the recordings, and lists the accounts.
func (c *collection) recorded() ([]*account, error) {
	t := c.tape
	for _, s := range t.strange {
		c.run.Refuse("recording "+s.file, clip(s.why.Error()))
	}
	if n := len(t.strange); n > 0 {
		c.run.Note(kindAccount, fmt.Sprintf("Of the recordings %d are not taken; each is named among the calls. The first is %s: %s", n, t.strange[0].file, sentence(t.strange[0].why)))
	}
	if t.folder.Full {
		for _, k := range Kinds() {
			c.run.Incomplete(k.Kind, "The folder holds more files than are taken.")
		}
	}
	var out []*account
	for _, p := range t.places {
		if p.account == "" {
			return nil, fault.New(fault.Invalid, "No recording says whose account it is of: put them into a folder named after the account's number, or fill in Account.")
		}
		if !slices.ContainsFunc(out, func(a *account) bool { return a.number == p.account }) {
			out = append(out, &account{number: p.account})
		}
	}
	switch {
	case len(out) == 0 && len(t.logs) == 0 && len(t.folder.Names) == 0:
		return nil, fault.New(fault.Invalid, "There are no recordings in %s.", c.from)
	case len(out) == 0:
		for _, k := range Kinds() {
			if k.Kind != kindEvent {
				c.run.Incomplete(k.Kind, "There are no recordings of it.")
			}
		}
	}
	return out, nil
}

func (c *collection) caller(a *account, region string) *caller {
	at := &caller{run: c.run, place: place{account: a.number, region: region}, tape: c.tape, clients: &clients{}}
	if c.tape == nil {
		at.clients = newClients(c.sdkConfig(region, a.who))
	}
	return at
}

// account reads one.
func (c *collection) account(ctx context.Context, a *account) error {
	at := c.caller(a, c.home)
	at.place = place{account: a.number} // what is asked here has no region
	c.run.Say("Reading who may do what in " + a.number)
	report, err := c.credentials(ctx, at)
	if err != nil {
		return err
	}
	if err := c.principals(ctx, at, report); err != nil {
		return err
	}
	block, err := c.accountBlock(ctx, at)
	if err != nil {
		return err
	}
	c.run.Say("Reading the buckets of " + a.number)
	if err := c.buckets(ctx, a, at, block); err != nil {
		return err
	}
	regions, err := c.regionsOf(ctx, a, at)
	if err != nil {
		return err
	}
	for _, region := range regions {
		c.run.Say("Reading " + strings.TrimSuffix(a.number+" "+region, " "))
		if err := c.region(ctx, a, region); err != nil {
			return err
		}
	}
	return c.summary(ctx, a, at, report, block)
}

// regionsOf lists the regions to read.
func (c *collection) regionsOf(ctx context.Context, a *account, at *caller) ([]string, error) {
	var have []string
	if c.tape != nil {
		for _, p := range c.tape.places {
			if p.account == a.number && p.region != "" {
				have = append(have, p.region)
			}
		}
		if len(have) == 0 {
			have = []string{""}
		}
	}
	if len(c.regions) > 0 {
		return sorted(append(slices.Clone(c.regions), slices.DeleteFunc(have, func(r string) bool { return r == "" })...)), nil
	}
	out, err := ask(ctx, at, key{service: "ec2", action: "DescribeRegions"}, &ec2.DescribeRegionsInput{}, at.ec2.DescribeRegions)
	if err == nil && len(out.Regions) == 0 {
		err = errors.New("AWS named none")
	}
	if err != nil {
		if have == nil {
			have = []string{c.home}
		}
		return have, c.broke(ctx, at, "The regions in use", err, regionalKinds()...)
	}
	for _, r := range out.Regions {
		if value(r.OptInStatus) != "not-opted-in" && r.RegionName != nil {
			have = append(have, *r.RegionName)
		}
	}
	if len(have) > 1 {
		have = slices.DeleteFunc(have, func(r string) bool { return r == "" })
	}
	return sorted(have), nil
}

// region reads everything that lies in one.
func (c *collection) region(ctx context.Context, a *account, name string) error {
	at := c.caller(a, name)
	for _, step := range []func(context.Context, *caller) error{
		c.settings, c.volumes, c.snapshots, c.images, c.networks, c.databases, c.databaseSnapshots, c.kmsKeys, c.findings, c.vaults, c.listeners, c.logGroups,
	} {
		if err := step(ctx, at); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := c.trails(ctx, a, at); err != nil {
		return err
	}
	return c.events(ctx, at)
}

// arn names what EC2 has in a region.
func (at *caller) arn(rest string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(at.place.region, "us-gov-"):
		partition = "aws-us-gov"
	case strings.HasPrefix(at.place.region, "cn-"):
		partition = "aws-cn"
	}
	return "arn:" + partition + ":ec2:" + at.place.region + ":" + at.place.account + ":" + rest
}

// at fills in where something lies.
func (s *sheet) at(p place, name string) {
	s.word("name", name)
	s.set("account", p.account)
	s.text("region", p.region)
}

package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/auth"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/draft"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
	"assay/internal/notice"
	"assay/internal/personal"
	"assay/internal/portfolio"
	"assay/internal/siem"
	"assay/internal/suite"
)

// The work that is done later, beside collect.JobRun.
const (
	jobAfter   = "check.after"     // the checks that a collection concerns; argument: the connection
	jobSweep   = "check.sweep"     // every check
	jobRebuild = "control.rebuild" // the standing of controls
	jobSign    = "log.sign"        // the log's head, if it grew
	jobCompare = "log.compare"     // rows with the entries that tell of them: a part each night, and one night a week all
)

const daily = 24 * time.Hour

func handlers(s *suite.Suite) map[string]job.Handler {
	return map[string]job.Handler{
		collect.JobRun: func(ctx context.Context, j job.Job) error {
			_, err := s.Connectors.Run(ctx, access.Job(j.Org, "collect"), j.Arg, nil)
			if errors.Is(err, collect.ErrIdle) { // removed or paused since it was queued
				return nil
			}
			return err
		},
		jobAfter: func(ctx context.Context, j job.Job) error { return after(ctx, s, access.Job(j.Org, "check"), j.Arg) },
		jobSweep: func(ctx context.Context, j job.Job) error {
			who := access.Job(j.Org, "check")
			if _, err := s.Checks.Install(ctx, who); err != nil {
				return err
			}
			_, err := s.Checks.Sweep(ctx, who, nil)
			return err
		},
		draft.JobSweep: func(ctx context.Context, j job.Job) error {
			grant, err := access.Job(j.Org, "draft").May(access.CheckRun)
			if err != nil {
				return err
			}
			return s.Drafts.Sweep(ctx, grant)
		},
		jobRebuild: func(ctx context.Context, j job.Job) error {
			return s.Controls.Rebuild(ctx, access.Job(j.Org, "standing"))
		},
		anchor.JobRound: func(ctx context.Context, j job.Job) error {
			_, err := s.Anchors.Round(ctx, j.Org)
			return err
		},
		suite.JobReseal: func(ctx context.Context, j job.Job) error {
			_, err := s.Reseal(ctx, access.Job(j.Org, "keys"))
			return err
		},
		jobCompare:           func(ctx context.Context, j job.Job) error { return compareRows(ctx, s, access.Job(j.Org, "compare")) },
		auth.JobMailLink:     func(ctx context.Context, j job.Job) error { return s.Notices.SendLink(ctx, j.Org, j.Arg) },
		notice.JobRound:      func(ctx context.Context, j job.Job) error { return s.Notices.Round(ctx, j.Org) },
		portfolio.JobPublish: func(ctx context.Context, j job.Job) error { return s.Portfolio.Publish(ctx, j.Org, j.Arg) },
		siem.JobRound:        func(ctx context.Context, j job.Job) error { return s.SIEM.Round(ctx, j.Org, j.Arg) },
		personal.JobRound:    func(ctx context.Context, j job.Job) error { return s.Personal.Round(ctx, j.Org) },
		jobSign: func(ctx context.Context, j job.Job) error {
			_, err := ledger.Sign(ctx, s.DB, s.Keys, j.Org)
			return err
		},
	}
}

// week is how many nights the parts of the log take.
const week = 7

// compareRows holds a part of the rows against the log each night, so that each
// comes once a week; on one night all of them, and the log against itself. What
// differs fails the job, which says what it is.
func compareRows(ctx context.Context, s *suite.Suite, who access.Actor) error {
	night := s.Now().Unix() / int64(daily/time.Second) % week
	if night > 0 {
		_, err := s.CompareRows(ctx, who, night, week)
		return giveUp(err)
	}
	if _, err := s.VerifyLog(ctx, who); err != nil {
		return giveUp(err)
	}
	_, err := s.CompareRows(ctx, who, 0, 1)
	return giveUp(err)
}

// giveUp keeps what was tampered with from being looked at again and again.
func giveUp(err error) error {
	if fault.Is(err, fault.Tampered) {
		return errors.Join(job.ErrGiveUp, err)
	}
	return err
}

// after puts checks in force for what a connection brought and runs those that
// it concerns.
func after(ctx context.Context, s *suite.Suite, who access.Actor, connection string) error {
	if _, err := s.Checks.Install(ctx, who); err != nil {
		return err
	}
	list, err := s.Checks.List(ctx, who)
	if err != nil {
		return err
	}
	kinds, facets, err := brought(ctx, s, who, connection)
	if err != nil {
		return err
	}
	var ids []string
	for i := range list {
		if list[i].State == check.InForce && concerns(&list[i], kinds, facets) {
			ids = append(ids, list[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = s.Checks.Run(ctx, who, ids...)
	return err
}

// brought lists the kinds that a connection collects, and the facets that they
// claim.
func brought(ctx context.Context, s *suite.Suite, who access.Actor, connection string) (kinds, facets []string, err error) {
	all, err := s.Connectors.Brings(ctx, who, connection)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		kinds = append(kinds, all[i].Kind)
		for _, c := range all[i].Facets {
			facets = append(facets, c.Facet)
		}
	}
	return kinds, facets, nil
}

func concerns(c *check.Summary, kinds, facets []string) bool {
	if slices.Contains(kinds, c.Kind) || slices.Contains(facets, c.Facet) || slices.Contains(kinds, c.EmptySecond) {
		return true
	}
	for _, l := range c.Lookups {
		if slices.Contains(kinds, l.Kind) || slices.Contains(facets, l.Facet) {
			return true
		}
	}
	return slices.ContainsFunc(c.Requires, func(k string) bool { return slices.Contains(kinds, k) })
}

// recur puts an organization's recurring work on the schedule.
func recur(tx *db.Tx, s *suite.Suite) error {
	have, err := job.Schedules(tx)
	if err != nil {
		return err
	}
	known := func(name, arg string) bool {
		return slices.ContainsFunc(have, func(h job.Schedule) bool { return h.Name == name && h.Arg == arg })
	}
	every := func(name, arg string, pause time.Duration) error {
		if known(name, arg) {
			return nil
		}
		if err := job.Add(tx, name, arg, tx.Now()); err != nil { // once now, too
			return err
		}
		return job.Every(tx, name, arg, pause)
	}
	if err := every(jobSweep, "", daily); err != nil {
		return err
	}
	if err := every(jobCompare, "", daily); err != nil {
		return err
	}
	for _, p := range s.Connectors.Registers(tx.Org()) {
		if known(collect.JobRun, collect.RegisterID(p.Name)) {
			continue
		}
		if err := collect.Promise(tx, &p); err != nil {
			return err
		}
		if err := every(collect.JobRun, collect.RegisterID(p.Name), p.Every); err != nil {
			return err
		}
	}
	if s.Notices.Post != nil {
		if err := every(notice.JobRound, "", notice.Pause); err != nil {
			return err
		}
	}
	if s.Anchors.Config.Any() {
		return every(anchor.JobRound, "", time.Hour)
	}
	return nil
}

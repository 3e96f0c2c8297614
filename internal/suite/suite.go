package suite

import (
	"context"
	"log/slog"

	"assay/catalog"
	"assay/internal/account"
	"assay/internal/activity"
	"assay/internal/anchor"
	"assay/internal/auth"
	"assay/internal/backup"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/device"
	"assay/internal/draft"
	"assay/internal/duty"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/export"
	"assay/internal/fact"
	"assay/internal/federation"
	"assay/internal/incident"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/licensed"
	"assay/internal/notice"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/personal"
	"assay/internal/policy"
	"assay/internal/population"
	"assay/internal/portfolio"
	"assay/internal/program"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/rehearsal"
	"assay/internal/report"
	"assay/internal/review"
	"assay/internal/scim"
	"assay/internal/sheet"
	"assay/internal/siem"
	"assay/internal/sso"
	"assay/internal/task"
	"assay/internal/training"
)

// Suite is every use case over one open store.
type Suite struct {
	DB      *db.DB
	Keys    *keys.Ring
	Master  keys.Place    // where the key above all others is
	Sealed  []keys.Holder // what is sealed under the keys of organizations
	Blobs   blob.Store
	Library *catalog.Library
	Now     clock.Clock
	Log     *slog.Logger

	Anchors     anchor.Service
	Orgs        org.Service
	Programs    program.Service
	Licensed    licensed.Service
	People      person.Service
	Accounts    account.Service
	Policies    policy.Service
	Registers   register.Book
	Populations population.Service
	Sheets      sheet.Service
	Years       engagement.Years
	Readiness   readiness.Service
	Rehearsals  rehearsal.Service
	Reviews     review.Service
	Training    training.Service
	Desk        incident.Desk
	Auth        auth.Service
	Devices     device.Service
	SSO         sso.Service
	Witness     Witness
	SCIM        scim.Service
	Facts       fact.Service
	Connectors  collect.Service
	Checks      *check.Service
	Controls    control.Service
	Activities  activity.Service
	Evidence    evidence.Service
	Tasks       task.Service
	Duties      duty.Service
	Notices     notice.Service
	Exports     export.Service
	Reports     report.Service
	Backups     backup.Service
	Drafts      draft.Service
	Portfolio   portfolio.Service
	SIEM        siem.Service
	Federation  federation.Service
	Personal    personal.Service
	Worker      job.Worker
}

// Close releases the store.
func (s *Suite) Close(context.Context) error { return s.DB.Close() }

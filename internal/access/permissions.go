package access

import "slices"

// The permissions, noun.verb. A use case asks for exactly one.
const (
	OrgRead    Permission = "org.read"
	OrgEdit    Permission = "org.edit"
	UserList   Permission = "user.list"
	UserInvite Permission = "user.invite"
	UserEdit   Permission = "user.edit"
	// RoleEdit and RoleApprove are of the organization's own roles: one says what they
	// include, another approves it.
	RoleEdit    Permission = "role.edit"
	RoleApprove Permission = "role.approve"
	SelfEdit    Permission = "self.edit"   // own password, sessions, appearance
	TokenEdit   Permission = "token.edit"  // make and revoke one's own API tokens
	SSOEdit     Permission = "sso.edit"    // domains, identity providers, provisioning
	SSOApprove  Permission = "sso.approve" // have an identity provider that another added vouch for everybody
	// SCIMProvision is a directory's: to say who the people are. It is never implied:
	// only a token whose scope names it has it.
	SCIMProvision Permission = "scim.provision"

	UserErase Permission = "user.erase" // who left: their names; and what is kept of somebody
	TrailRead Permission = "trail.read"
	SIEMEdit  Permission = "siem.edit" // where the trail is sent

	FederationEdit Permission = "federation.edit" // whose word is taken for jobs
	LogRead        Permission = "log.read"

	ProgramRead Permission = "program.read"
	ProgramEdit Permission = "program.edit"

	PersonRead   Permission = "person.read"
	PersonEdit   Permission = "person.edit"
	PersonImport Permission = "person.import"

	AccountRead    Permission = "account.read"
	AccountConfirm Permission = "account.confirm" // say whose an account is
	AccountDeclare Permission = "account.declare" // say that it is a service's, and who answers for it
	AccountRevoke  Permission = "account.revoke"
	AccountMatch   Permission = "account.match" // have the rules match what they find

	// ClientRead, ClientEdit and ClientAssign are a provider's; ProviderRead and
	// ProviderEdit a client's.
	ClientRead   Permission = "client.read"
	ClientEdit   Permission = "client.edit"   // make codes, leave a client
	ClientAssign Permission = "client.assign" // say who of one's own comes in at a client
	ProviderRead Permission = "provider.read"
	ProviderEdit Permission = "provider.edit" // let a provider see and come in, and end it

	ConnectorRead Permission = "connector.read"
	ConnectorEdit Permission = "connector.edit" // add, change, remove, hold credentials
	ConnectorSync Permission = "connector.sync" // collect now
	KindDeclare   Permission = "kind.declare"
	ImportAdd     Permission = "import.add" // resources by file, page or API

	FactRead Permission = "fact.read"

	CheckRead    Permission = "check.read"
	CheckRun     Permission = "check.run"
	CheckEdit    Permission = "check.edit"    // propose a check of the org's own, or parameters
	CheckApprove Permission = "check.approve" // put a proposal in force

	ExclusionAsk     Permission = "exclusion.ask"
	ExclusionApprove Permission = "exclusion.approve"

	EvidenceRead Permission = "evidence.read"
	EvidenceAdd  Permission = "evidence.add"

	ControlRead  Permission = "control.read"
	ControlEdit  Permission = "control.edit"
	ControlAdopt Permission = "control.adopt"

	PolicyRead    Permission = "policy.read"
	PolicyEdit    Permission = "policy.edit"    // write, send for approval
	PolicyApprove Permission = "policy.approve" // approve, return, review, retire
	PolicyAccept  Permission = "policy.accept"  // for oneself
	PolicyOwn     Permission = "policy.own"     // read what is in force and binds oneself

	TrainingRead Permission = "training.read"
	TrainingEdit Permission = "training.edit" // courses: who takes them, and by when
	TrainingTake Permission = "training.take" // for oneself: read lessons, answer their questions

	CompletionRead Permission = "training_completion.read"
	CompletionEdit Permission = "training_completion.edit" // write down and import what was completed elsewhere, withdraw

	PhishingRead Permission = "phishing.read"
	PhishingEdit Permission = "phishing.edit" // exercises in which people are sent a false message

	RiskRead   Permission = "risk.read"
	RiskEdit   Permission = "risk.edit"   // write down, rate, import, propose, close; assessments too
	RiskAccept Permission = "risk.accept" // accept a risk, sign an assessment

	GapRead    Permission = "gap.read"
	GapEdit    Permission = "gap.edit"    // write gaps down, plan and close them; answer questions, take assessments
	GapApprove Permission = "gap.approve" // accept a gap, approve an assessment

	// RehearsalRead is the organization's alone: what it finds of itself before the
	// firm does is no record of the firm's, and an auditor does not read it.
	RehearsalRead Permission = "rehearsal.read"

	VendorRead    Permission = "vendor.read"
	VendorEdit    Permission = "vendor.edit"    // write down, review, end
	VendorApprove Permission = "vendor.approve" // say that a vendor may be used

	IncidentRead Permission = "incident.read"
	IncidentEdit Permission = "incident.edit" // declare, follow, close

	ProblemRead   Permission = "problem.read"
	ProblemEdit   Permission = "problem.edit"   // write down, look into, answer
	ProblemReport Permission = "problem.report" // say that something looks wrong

	ContinuityRead Permission = "continuity.read"
	ContinuityEdit Permission = "continuity.edit" // targets, and tests of recovery

	InventoryRead Permission = "inventory.read"
	InventoryEdit Permission = "inventory.edit" // assets, classes, data stores and flows, disposals

	PrivacyRead    Permission = "privacy.read"
	PrivacyEdit    Permission = "privacy.edit"    // notices, record of processing, disclosures, consents
	PrivacyApprove Permission = "privacy.approve" // put a notice in force that somebody else wrote

	PrivacyRequestRead Permission = "privacy_request.read"
	PrivacyRequestEdit Permission = "privacy_request.edit" // what people ask about their data: write down, identify, answer

	ProcessingRead Permission = "processing.read"
	ProcessingEdit Permission = "processing.edit" // errors of processing, and reconciliations

	AccessReviewRead   Permission = "access_review.read"
	AccessReviewEdit   Permission = "access_review.edit"   // plan, begin, cancel
	AccessReviewDecide Permission = "access_review.decide" // on accounts that are not one's own
	AccessReviewSign   Permission = "access_review.sign"

	FindingRead  Permission = "finding.read"
	FindingEdit  Permission = "finding.edit"  // write down, correct
	FindingClose Permission = "finding.close" // close or reopen after a retest of what somebody else corrected

	MeetingRead    Permission = "meeting.read"
	MeetingEdit    Permission = "meeting.edit"
	MeetingApprove Permission = "meeting.approve" // minutes that somebody else wrote

	EngagementRead    Permission = "engagement.read"
	EngagementEdit    Permission = "engagement.edit"    // draft, propose, cancel, ask for a change of scope
	EngagementSign    Permission = "engagement.sign"    // steps that either side takes: the signed letter, fieldwork, quality review
	EngagementConduct Permission = "engagement.conduct" // the firm's: accept, plan, evaluate, conclude, agree to a change of scope
	EngagementIssue   Permission = "engagement.issue"   // the firm's: issue the report or send it back

	EngagementWorkpapers Permission = "engagement.workpapers" // export the working papers, in a package

	RequestRead   Permission = "request.read"
	RequestEdit   Permission = "request.edit"   // write down, import, take from the library
	RequestAssign Permission = "request.assign" // the organization's: who answers, and by when
	RequestAnswer Permission = "request.answer" // the organization's: answer, or say that it does not apply
	RequestReview Permission = "request.review" // the firm's: accept, return, withdraw, ask again

	PopulationRead   Permission = "population.read"
	PopulationEdit   Permission = "population.edit"   // ask for one, capture it, compare it with a second source
	PopulationFreeze Permission = "population.freeze" // the firm's: freeze or reject it

	SampleRead Permission = "sample.read"
	SampleEdit Permission = "sample.edit" // the firm's: plan one
	SampleDraw Permission = "sample.draw" // the firm's: commit to, draw, extend, replace, withdraw

	SheetRead    Permission = "sheet.read"
	SheetEdit    Permission = "sheet.edit"    // the firm's: plan a test
	SheetPerform Permission = "sheet.perform" // the firm's: begin, mark, re-perform, sign as prepared
	SheetReview  Permission = "sheet.review"  // the firm's: sign as reviewed, return, reopen

	ExceptionRead    Permission = "exception.read"
	ExceptionEdit    Permission = "exception.edit"    // the firm's: write down what deviated
	ExceptionRespond Permission = "exception.respond" // the organization's: management's response
	ExceptionJudge   Permission = "exception.judge"   // the firm's: verify a correction, return, report, withdraw

	ActivityPerform Permission = "activity.perform"

	TaskRead Permission = "task.read"
	TaskAll  Permission = "task.all"  // read what waits for everybody
	TaskEdit Permission = "task.edit" // ask for, assign, snooze, finish

	CriteriaRead   Permission = "criteria.read"
	CriteriaText   Permission = "criteria.text"   // read the org's own licensed copy of the published wording
	CriteriaImport Permission = "criteria.import" // bring that copy in, and forget it

	ReportBuild Permission = "report.build"

	DescriptionRead    Permission = "description.read"
	DescriptionEdit    Permission = "description.edit"
	DescriptionApprove Permission = "description.approve" // what somebody else wrote; freeze it for an engagement

	PackageExport Permission = "package.export"
)

// Weighty reports whether a person of a session must have shown lately who they
// are: approvals, exports of packages, changes of roles and of who may come in.
func (p Permission) Weighty() bool {
	return slices.Contains([]Permission{
		UserInvite, UserEdit, ClientAssign, ProviderEdit, RoleEdit, RoleApprove, SSOEdit, SSOApprove, SIEMEdit, FederationEdit, UserErase, CheckApprove, ExclusionApprove, PolicyApprove, VendorApprove, RiskAccept, GapApprove, MeetingApprove, DescriptionApprove, PrivacyApprove, AccessReviewSign, EngagementSign, EngagementIssue, SheetReview, EngagementWorkpapers, PackageExport,
	}, p)
}

// always reports whether the permission is open even to a sign-in that is weaker
// than the organization asks for: without it nobody could make theirs stronger.
func (p Permission) always() bool { return p == OrgRead || p == SelfEdit }

func all() []Role      { return append(people(), RoleJob) }
func people() []Role   { return []Role{RoleLead, RoleOwner, RoleProvider, RoleAuditor, RoleViewer} }
func selves() []Role   { return append(people(), RoleEmployee) } // what concerns oneself alone
func leads() []Role    { return []Role{RoleLead} }
func auditors() []Role { return []Role{RoleAuditor} }
func staff() []Role    { return []Role{RoleLead, RoleOwner, RoleProvider} } // who does the work
func workers() []Role  { return append(staff(), RoleJob) }

// preparers set up what others approve: leads, and the provider that they let in.
func preparers() []Role { return []Role{RoleLead, RoleProvider} }

// table is the permission matrix. An operation whose permission is missing
// here is allowed to nobody, and a test says so.
var table = map[Permission][]Role{
	OrgRead:     append(all(), RoleEmployee),
	OrgEdit:     leads(),
	UserList:    {RoleLead, RoleAuditor, RoleJob},
	UserInvite:  leads(),
	UserEdit:    leads(),
	SelfEdit:    selves(),
	RoleEdit:    leads(),
	RoleApprove: leads(),
	TokenEdit:   selves(),
	SSOEdit:     leads(),
	SIEMEdit:    leads(),

	FederationEdit: leads(),
	UserErase:      leads(),
	SSOApprove:     leads(),

	SCIMProvision: {RoleLead, RoleJob},

	TrailRead: {RoleLead, RoleAuditor},
	LogRead:   all(),

	ProgramRead: all(),
	ProgramEdit: preparers(),

	PersonRead:   all(),
	PersonEdit:   preparers(),
	PersonImport: {RoleLead, RoleProvider, RoleJob},

	AccountRead:    all(),
	AccountConfirm: staff(),
	AccountDeclare: staff(),
	AccountRevoke:  staff(),
	AccountMatch:   workers(),

	ClientRead:   {RoleLead, RoleOwner, RoleJob},
	ClientEdit:   leads(),
	ClientAssign: leads(),
	ProviderRead: all(),
	ProviderEdit: leads(),

	ConnectorRead: all(),
	ConnectorEdit: preparers(),
	ConnectorSync: workers(),
	KindDeclare:   preparers(),
	ImportAdd:     workers(),

	FactRead: all(),

	CheckRead:    all(),
	CheckRun:     workers(),
	CheckEdit:    preparers(),
	CheckApprove: leads(),

	ExclusionAsk:     staff(),
	ExclusionApprove: leads(),

	EvidenceRead: all(),
	EvidenceAdd:  workers(),

	ControlRead:  all(),
	ControlEdit:  preparers(),
	ControlAdopt: preparers(),

	PolicyRead:    all(),
	PolicyEdit:    staff(),
	PolicyApprove: leads(),
	PolicyAccept:  selves(), // whoever is in the register of people
	PolicyOwn:     selves(),

	TrainingRead: all(),
	TrainingEdit: staff(),
	TrainingTake: selves(),

	CompletionRead: all(),
	CompletionEdit: staff(),

	PhishingRead: all(),
	PhishingEdit: staff(),

	RiskRead:   all(),
	RiskEdit:   staff(),
	RiskAccept: leads(),

	GapRead:    all(),
	GapEdit:    staff(),
	GapApprove: leads(),

	RehearsalRead: staff(),

	VendorRead:    all(),
	VendorEdit:    staff(),
	VendorApprove: leads(),

	IncidentRead: all(),
	IncidentEdit: staff(),

	ProblemRead:   all(),
	ProblemEdit:   staff(),
	ProblemReport: selves(),

	ContinuityRead: all(),
	ContinuityEdit: staff(),

	InventoryRead: all(),
	InventoryEdit: staff(),

	PrivacyRead:    all(),
	PrivacyEdit:    staff(),
	PrivacyApprove: leads(),

	PrivacyRequestRead: {RoleLead, RoleOwner, RoleAuditor, RoleJob}, // they name people
	PrivacyRequestEdit: {RoleLead, RoleOwner},

	ProcessingRead: all(),
	ProcessingEdit: staff(),

	AccessReviewRead:   all(),
	AccessReviewEdit:   staff(),
	AccessReviewDecide: staff(),
	AccessReviewSign:   {RoleLead, RoleOwner},

	FindingRead:  all(),
	FindingEdit:  staff(),
	FindingClose: staff(),

	MeetingRead:    all(),
	MeetingEdit:    staff(),
	MeetingApprove: leads(),

	EngagementRead:    all(),
	EngagementEdit:    preparers(),
	EngagementSign:    {RoleLead, RoleAuditor},
	EngagementConduct: auditors(),
	EngagementIssue:   auditors(),

	EngagementWorkpapers: {RoleLead, RoleAuditor},

	RequestRead:   all(),
	RequestEdit:   {RoleLead, RoleProvider, RoleAuditor}, // a firm that works elsewhere has its list brought in by the organization
	RequestAssign: preparers(),
	RequestAnswer: staff(),
	RequestReview: auditors(),

	PopulationRead:   all(),
	PopulationEdit:   append(staff(), RoleAuditor),
	PopulationFreeze: auditors(),

	SampleRead: all(),
	SampleEdit: auditors(),
	SampleDraw: auditors(),

	SheetRead:    all(),
	SheetEdit:    auditors(),
	SheetPerform: auditors(),
	SheetReview:  auditors(),

	ExceptionRead:    all(),
	ExceptionEdit:    auditors(),
	ExceptionRespond: leads(),
	ExceptionJudge:   auditors(),

	ActivityPerform: staff(),

	TaskRead: all(),
	TaskAll:  workers(),
	TaskEdit: staff(),

	CriteriaRead:   all(),
	CriteriaText:   {RoleLead, RoleOwner}, // the licence is the org's: no guest reads it
	CriteriaImport: leads(),

	ReportBuild: {RoleLead, RoleProvider, RoleAuditor},

	DescriptionRead:    all(),
	DescriptionEdit:    staff(),
	DescriptionApprove: leads(),

	PackageExport: {RoleLead, RoleAuditor},
}

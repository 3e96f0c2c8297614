package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"assay/internal/kit/clock"
	"assay/internal/resource"
	"assay/internal/suite"
)

// Program is what the command line needs of the world.
type Program struct {
	Args    []string // without the program's name
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Env     map[string]string // those of Variables that are set
	Version string

	// OutTerminal and InTerminal report whether a person is at the end.
	OutTerminal, InTerminal bool
	// Secret reads a line without showing it; used when InTerminal.
	Secret func(prompt string) (string, error)

	Now clock.Clock
	// Wait waits between two questions of one kind; real time if nil.
	Wait func(context.Context, time.Duration) error
	// Kinds are the kinds that connectors and registers bring.
	Kinds func() []resource.Schema
	Open  func(context.Context, suite.Config) (*suite.Suite, error)
	Serve func(context.Context, *suite.Suite, suite.Listen) error
}

// Variables lists the environment variables that are looked at.
func Variables() []string {
	return []string{
		"ASSAY_DATA", "ASSAY_DB", "ASSAY_BLOBS", "ASSAY_BLOBS_ACCESS", "ASSAY_BLOBS_SECRET", "ASSAY_BACKUP_ACCESS", "ASSAY_BACKUP_SECRET", "ASSAY_SIGNER",
		"ASSAY_MASTER_KEY", "ASSAY_MASTER_KEY_NEXT", "ASSAY_VAULT_TOKEN", "ASSAY_KMS_ACCESS", "ASSAY_KMS_SECRET", "ASSAY_KMS_SESSION", "ASSAY_SERVER", "ASSAY_TOKEN", "ASSAY_ORG",
		"NO_COLOR", "CI", "TERM", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
	}
}

// grammar is every command but for those of registers that are declared as data.
// One is one field here and one file.
type grammar struct {
	globals

	Serve      serveCmd      `cmd:"" group:"start" help:"Serve pages and the API, and do the work that is due."`
	Demo       demoCmd       `cmd:"" group:"start" help:"Make a year of made-up history, and serve it."`
	Scan       scanCmd       `cmd:"" group:"start" help:"Look at a repository and this machine once, without a server."`
	Init       initCmd       `cmd:"" group:"start" help:"Make an organization, from answers or a file."`
	Status     statusCmd     `cmd:"" group:"look" help:"What would be reported today, in twelve lines."`
	Task       taskCmd       `cmd:"" group:"look" help:"What waits for people."`
	Calendar   calendarCmd   `cmd:"" group:"look" help:"What waits and what comes, day by day."`
	Notice     noticeCmd     `cmd:"" group:"look" help:"Mail to people about it."`
	Program    programCmd    `cmd:"" group:"programme" help:"Reporting programs: list, show, add."`
	Criteria   criteriaCmd   `cmd:"" group:"programme" help:"The criteria: list, import, forget."`
	Control    controlCmd    `cmd:"" group:"programme" help:"Controls: list, show, strip, library, adopt, perform."`
	Person     personCmd     `cmd:"" group:"programme" help:"People: list, show, add, edit, end, import, export."`
	Account    accountCmd    `cmd:"" group:"programme" help:"Accounts and whose they are: list, show, confirm, declare, revoke, match."`
	Policy     policyCmd     `cmd:"" group:"programme" help:"Policies: list, show, add, edit, submit, approve, accept …"`
	Evidence   evidenceCmd   `cmd:"" group:"proof" help:"What people add: list, show, add, export, verify."`
	Check      checkCmd      `cmd:"" group:"proof" help:"Checks: list, show, run, test, propose, decide, exclude."`
	Exclusion  exclusionCmd  `cmd:"" group:"proof" help:"What does not count: list, decide, lift."`
	Connector  connectorCmd  `cmd:"" group:"proof" help:"Where facts come from: list, add, test, sync …"`
	Kind       kindCmd       `cmd:"" group:"proof" help:"Kinds of resources: list, show, declare …"`
	Import     importCmd     `cmd:"" group:"proof" help:"Bring in a file of a kind that you declared."`
	Export     exportCmd     `cmd:"" group:"proof" help:"Evidence packages."`
	Report     reportCmd     `cmd:"" group:"proof" help:"Reports: build one as DOCX, PDF, HTML or XLSX."`
	Rehearsal  rehearsalCmd  `cmd:"" group:"proof" help:"What a service auditor would write today."`
	Log        logCmd        `cmd:"" group:"proof" help:"The log: list, head, verify."`
	Trail      trailCmd      `cmd:"" group:"proof" help:"Who did what: list."`
	Federation federationCmd `cmd:"" group:"proof" help:"Jobs of build systems that come in without a secret: list, add, end."`
	SIEM       siemCmd       `cmd:"" name:"siem" group:"proof" help:"Where the trail is sent: list, add, edit, try, pause, resume, remove."`
	Verify     verifyCmd     `cmd:"" group:"proof" help:"Verify a package, offline, or a piece of evidence."`
	User       userCmd       `cmd:"" group:"run" help:"Users: list, invite, import, role, until, rm, reset."`
	Client     clientCmd     `cmd:"" group:"run" help:"A provider's clients: list, work, offer, assign, recall …"`
	Provider   providerCmd   `cmd:"" group:"run" help:"Providers that you let in: list, consent, edit, end."`
	Token      tokenCmd      `cmd:"" group:"run" help:"API tokens: list, rm."`
	Login      loginCmd      `cmd:"" group:"run" help:"Sign in to a server."`
	Logout     logoutCmd     `cmd:"" group:"run" help:"Forget a server's token and end it."`
	Whoami     whoamiCmd     `cmd:"" group:"run" help:"Who you are, and where."`
	API        apiCmd        `cmd:"" name:"api" group:"run" help:"Call any operation, with JSON."`
	Signer     signerCmd     `cmd:"" group:"run" help:"Keep the keys of logs in a process of its own, and sign."`
	Key        keyCmd        `cmd:"" group:"run" help:"The keys: status, move, rotate, retire."`
	Backup     backupCmd     `cmd:"" group:"run" help:"Copy the store elsewhere, encrypted: make, list."`
	Restore    restoreCmd    `cmd:"" group:"run" help:"Put a copy back: from, check, accept."`
	Doctor     doctorCmd     `cmd:"" group:"run" help:"See whether the store, its keys and its work are in order."`
	Completion completionCmd `cmd:"" group:"run" help:"Print completion for a shell."`
	Version    versionCmd    `cmd:"" group:"run" help:"Print the version."`
}

// globals are the flags of every command.
type globals struct {
	Data    string `placeholder:"DIR" help:"Work on the store in this folder, as the host's console."`
	DB      string `name:"db" placeholder:"URL" help:"Rows are in this file or PostgreSQL URL, not in DIR/assay.db."`
	Blobs   string `placeholder:"URL" help:"Objects are in this folder or bucket, not in DIR/blobs."`
	Keeper  string `name:"signer" placeholder:"SOCKET" help:"The keys of logs are with the signer at this socket (assay signer), not in the store."`
	Server  string `placeholder:"URL" help:"Work on a server, with the token of assay login or ASSAY_TOKEN."`
	Org     string `placeholder:"ORG" help:"Organization: slug, name or id. Needed when there are several."`
	Period  string `placeholder:"PROGRAM" help:"Program: slug or id. The current one unless given."`
	JSON    bool   `name:"json" help:"Print one JSON object."`
	Quiet   bool   `short:"q" help:"Print no notes and no progress."`
	NoColor bool   `help:"No colour. NO_COLOR, CI and TERM=dumb do the same."`
	Yes     bool   `short:"y" help:"Do not ask."`
	DryRun  bool   `help:"Say what would be done and do nothing."`
	Verbose bool   `help:"Write the program's log to standard error."`
}

// Run parses the arguments, does what they say, and returns the exit code.
func (p *Program) Run(ctx context.Context) int {
	g := &grammar{}
	ended := -1
	parser, err := kong.New(g, append(registerCommands(), kong.Name("assay"), kong.Writers(p.Stdout, p.Stderr),
		kong.Description("SOC 2, from facts to report. Start with: assay serve, or assay init."),
		kong.ExplicitGroups([]kong.Group{
			{Key: "start", Title: "Start"},
			{Key: "look", Title: "Look"},
			{Key: "programme", Title: "The programme"},
			{Key: "proof", Title: "The proof"},
			{Key: "audit", Title: "The audit"},
			{Key: "run", Title: "Run it"},
		}),
		kong.Exit(func(code int) { ended = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))...)
	if err != nil {
		return p.fail(&g.globals, err)
	}
	parsed, err := parser.Parse(p.Args)
	if ended >= 0 { // help was asked for
		return ended
	}
	if err != nil {
		return p.misused(err)
	}
	r := &run{Program: p, globals: &g.globals, log: p.logger(&g.globals)}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = errors.Join(parsed.Run(r), r.close(context.WithoutCancel(ctx)))
	if ctx.Err() != nil && (err != nil || !r.serves) { // to stop is how serving ends
		r.note("Interrupted. What was finished before is kept.")
		return exitInterrupted
	}
	return p.fail(&g.globals, err)
}

func (p *Program) logger(g *globals) *slog.Logger {
	level := slog.LevelError
	if g.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: level}))
}

// misused says what is wrong with the arguments.
func (p *Program) misused(err error) int {
	text := err.Error()
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil {
		if command := strings.TrimSpace(parse.Context.Command()); command != "" {
			text += "\nfix:   assay " + command + " --help"
		} else {
			text += "\nfix:   assay --help"
		}
	}
	_, _ = io.WriteString(p.Stderr, "error: "+text+"\n")
	return exitUsage
}

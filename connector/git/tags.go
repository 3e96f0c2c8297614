package git

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// tag is a reference under refs/tags.
type tag struct{ name, sha, kind, target string }

// tags lists the tags, then what the repository is, which counts them.
func (c *collection) tags(ctx context.Context) error {
	list, err := c.listTags(ctx)
	if err != nil {
		return err
	}
	byObject := map[string]object{}
	err = c.w.objects(ctx, func(name func(string) error) error {
		for _, t := range list {
			if t.kind == "tag" {
				if err := name(t.sha); err != nil {
					return err
				}
			}
		}
		return nil
	}, func(o object) error {
		byObject[o.sha] = o
		return nil
	})
	if err != nil {
		return err
	}
	annotated, signed := 0, 0
	for _, t := range list {
		fields, missing := c.tagFields(t, byObject[t.sha])
		if fields["annotated"] == true {
			annotated++
		}
		if fields["signed"] == true {
			signed++
		}
		if err := c.emit(ctx, kindTag, t.name+"@"+t.sha, fields, missing); err != nil {
			return err
		}
	}
	c.run.Page("git for-each-ref refs/tags", "", len(list))
	c.run.Complete(kindTag)
	return c.repository(ctx, map[string]any{"tags": len(list), "tags_annotated": annotated, "tags_signed": signed})
}

// tagFields says what a tag is; o is its object, if it has one.
func (c *collection) tagFields(t tag, o object) (fields map[string]any, missing []string) {
	fields = map[string]any{"name": t.name, "target": t.target, "annotated": t.kind == "tag", "signed": false}
	if o.kind != "tag" {
		return fields, nil
	}
	signature, tagger := readTag(o)
	switch {
	case signature != "":
		fields["signed"], fields["signature"] = true, signature
	case o.cut: // it would stand at the end
		delete(fields, "signed")
		missing = append(missing, "signed")
	}
	if tagger.timed {
		fields["tagged_at"] = tagger.at
	}
	if tagger.id() != "" {
		fields["tagger_email"], fields["tagger_key"] = tagger.email, c.key(tagger)
	}
	return fields, missing
}

func (c *collection) listTags(ctx context.Context) (list []tag, err error) {
	const format = "--format=%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)"
	err = c.w.stream(ctx, nil, func(r io.Reader) error {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			f := strings.Split(lines.Text(), "\x00")
			if len(f) != 4 {
				return errors.New("for-each-ref: a line of another form")
			}
			t := tag{name: decode(strings.TrimPrefix(f[0], "refs/tags/"), ""), sha: f[1], kind: f[2], target: f[3]}
			if t.target == "" {
				t.target = t.sha
			}
			list = append(list, t)
		}
		return lines.Err()
	}, "for-each-ref", format, "refs/tags")
	return list, err
}

// readTag reads a tag object: its signature stands at the end of the message,
// or in the head for one made in another hash.
func readTag(o object) (signature string, tagger ident) {
	head, message := headers(o.body)
	for _, h := range head {
		switch h.name {
		case "tagger":
			tagger = parseIdent(decode(h.value, ""))
		case "gpgsig", "gpgsig-sha256":
			signature = signatureKind(h.value)
		}
	}
	if i := strings.LastIndex("\n"+string(message), "\n-----BEGIN "); i >= 0 {
		if kind := signatureKind(string(message)[i:]); kind != "other" {
			signature = kind
		}
	}
	return signature, tagger
}

// tree is what the paths at the tip tell.
type tree struct {
	ci                        map[string][2]string // path to tool and content
	owners, security, license bool
	updates                   []string
	read                      bool
	problem                   string
}

// ciTools say by a file's place which tool reads it.
var ciTools = []struct{ pattern, tool string }{
	{".github/workflows/*.yml", "github_actions"},
	{".github/workflows/*.yaml", "github_actions"},
	{".gitea/workflows/*.yml", "gitea_actions"},
	{".gitea/workflows/*.yaml", "gitea_actions"},
	{".forgejo/workflows/*.yml", "forgejo_actions"},
	{".forgejo/workflows/*.yaml", "forgejo_actions"},
	{".gitlab-ci.yml", "gitlab_ci"},
	{"Jenkinsfile", "jenkins"},
	{".circleci/config.yml", "circleci"},
	{"azure-pipelines.yml", "azure_pipelines"},
	{".azure-pipelines/*.yml", "azure_pipelines"},
	{"bitbucket-pipelines.yml", "bitbucket"},
	{".travis.yml", "travis"},
	{".drone.yml", "drone"},
	{".woodpecker.yml", "woodpecker"},
	{".woodpecker.yaml", "woodpecker"},
	{".woodpecker/*.yml", "woodpecker"},
	{".woodpecker/*.yaml", "woodpecker"},
	{".buildkite/*.yml", "buildkite"},
	{".buildkite/*.yaml", "buildkite"},
	{"appveyor.yml", "appveyor"},
	{".appveyor.yml", "appveyor"},
	{".cirrus.yml", "cirrus"},
	{"cloudbuild.yaml", "google_cloud_build"},
	{"cloudbuild.yml", "google_cloud_build"},
	{"buildspec.yml", "aws_codebuild"},
	{".semaphore/*.yml", "semaphore"},
	{".builds/*.yml", "sourcehut"},
	{".build.yml", "sourcehut"},
	{".tekton/*.yaml", "tekton"},
	{".zuul.yaml", "zuul"},
	{"zuul.d/*.yaml", "zuul"},
	{".teamcity/settings.kts", "teamcity"},
	{".teamcity/pom.xml", "teamcity"},
	{"concourse.yml", "concourse"},
	{"wercker.yml", "wercker"},
	{"codemagic.yaml", "codemagic"},
}

var updateTools = map[string]string{
	".github/dependabot.yml": "dependabot", ".github/dependabot.yaml": "dependabot", ".dependabot/config.yml": "dependabot",
	"renovate.json": "renovate", "renovate.json5": "renovate", ".renovaterc": "renovate", ".renovaterc.json": "renovate", ".renovaterc.json5": "renovate",
	".github/renovate.json": "renovate", ".github/renovate.json5": "renovate", ".gitlab/renovate.json": "renovate", ".gitlab/renovate.json5": "renovate",
}

func (t *tree) note(name, sha string) {
	dir, base := path.Split(name)
	lower := strings.ToLower(base)
	top := slices.Contains([]string{"", ".github/", "docs/", ".gitlab/", ".gitea/", ".forgejo/"}, dir)
	stem := strings.TrimSuffix(lower, path.Ext(lower))
	switch {
	case top && base == "CODEOWNERS":
		t.owners = true
	case top && stem == "security" && slices.Contains([]string{"", ".md", ".txt", ".rst", ".adoc"}, path.Ext(lower)):
		t.security = true
	case dir == "" && (stem == "license" || stem == "licence" || stem == "copying" || stem == "unlicense" || strings.HasPrefix(lower, "license-")):
		t.license = true
	}
	if tool := updateTools[name]; tool != "" && !slices.Contains(t.updates, tool) {
		t.updates = append(t.updates, tool)
	}
	for _, ci := range ciTools {
		if ok, _ := path.Match(ci.pattern, name); ok {
			t.ci[name] = [2]string{ci.tool, sha}
			break
		}
	}
}

// readTree lists the paths at the tip; contents are not read.
func (c *collection) readTree(ctx context.Context) tree {
	t := tree{ci: map[string][2]string{}, updates: []string{}, read: true}
	if c.w.tip == "" {
		return t
	}
	count := 0
	err := c.w.stream(ctx, nil, func(r io.Reader) error {
		entries := bufio.NewScanner(r)
		entries.Buffer(nil, 1<<20)
		entries.Split(untilNUL)
		for entries.Scan() {
			head, name, ok := strings.Cut(entries.Text(), "\t")
			f := strings.Fields(head)
			if !ok || len(f) != 3 {
				return errors.New("ls-tree: an entry of another form")
			}
			count++
			if f[1] == "blob" {
				t.note(decode(name, ""), f[2])
			}
		}
		return entries.Err()
	}, "ls-tree", "-r", "-z", c.w.tip)
	if err != nil {
		return tree{problem: err.Error()}
	}
	c.run.Page("git ls-tree -r", c.w.tip, count)
	return t
}

func untilNUL(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := slices.Index(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

// repository says what it is as a whole.
func (c *collection) repository(ctx context.Context, fields map[string]any) error {
	t := c.readTree(ctx)
	w := c.w
	fields["name"], fields["branch_known_from"], fields["empty"], fields["shallow"] = w.name, w.knownFrom, w.tip == "", len(w.shallow) > 0
	for name, v := range map[string]string{"origin": w.origin, "default_branch": w.branch, "head": w.tip} {
		if v != "" {
			fields[name] = v
		}
	}
	if !w.fetchedAt.IsZero() {
		fields["fetched_at"] = w.fetchedAt
	}
	var missing []string
	if t.read {
		tools := []string{}
		for _, f := range t.ci {
			tools = append(tools, f[0])
		}
		slices.Sort(tools)
		slices.Sort(t.updates)
		fields["ci"], fields["ci_tools"], fields["dependency_updates"] = len(t.ci) > 0, slices.Compact(tools), t.updates
		fields["code_owners"], fields["security_policy"], fields["license"] = t.owners, t.security, t.license
	} else {
		missing = []string{"ci", "ci_tools", "dependency_updates", "code_owners", "security_policy", "license"}
		why := "The files at the tip of the branch could not be listed: " + t.problem + "."
		c.run.Note(kindRepository, why)
		c.run.Incomplete(kindCI, why)
	}
	if strings.HasPrefix(w.authority, "git:origin:") || strings.HasPrefix(w.authority, "git:folder:") {
		c.run.Note(kindRepository, "Where the history begins cannot be seen, so the repository is known by its origin or its folder, which can change.")
	}
	if err := c.emit(ctx, kindRepository, "repository", fields, missing); err != nil {
		return err
	}
	c.run.Complete(kindRepository)
	return c.emitCI(ctx, t)
}

func (c *collection) emitCI(ctx context.Context, t tree) error {
	var names []string
	for name := range t.ci {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		err := c.emit(ctx, kindCI, name, map[string]any{"path": name, "tool": t.ci[name][0], "sha": t.ci[name][1]}, nil)
		if err != nil {
			return err
		}
	}
	c.run.Complete(kindCI)
	return nil
}

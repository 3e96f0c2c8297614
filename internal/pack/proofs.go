package pack

import (
	"io"
	"maps"
	"slices"
	"strings"

	"assay/internal/kit/canon"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// readTrail opens the trail entries of the period.
func (v *verifier) readTrail() error {
	files, err := v.lines(dirTrail)
	if err != nil {
		return err
	}
	v.plan.HasTrail("") // sorts, before several read
	type opened struct {
		leaf, erased string
		commit       tlog.Hash
	}
	n, erased := 0, 0
	err = inOrder(v.ctx, len(files), func(i int) (out []opened, err error) {
		b, err := v.bag.Read(files[i], maxLines)
		if err != nil {
			return nil, err
		}
		return out, eachLine(files[i], b, func(_ int64, line []byte) error {
			e, err := parseTrail(line)
			if err != nil {
				return err
			}
			out = append(out, opened{e.Leaf, e.Erased, e.commit()})
			return nil
		})
	}, func(i int, part []opened) error {
		for _, e := range part {
			t, ok := v.plan.entry(e.leaf)
			switch {
			case !ok:
				return wrong(data(files[i]), "Entry %s is not a trail entry of the period in the log: it was put in.", e.leaf)
			case t.seen:
				return wrong(data(files[i]), "Entry %s is there twice.", e.leaf)
			case e.erased != "":
				commit, ok := v.plan.erasedBy(e.leaf, e.erased)
				if !ok || commit != tlog.B64(e.commit[:]) {
					return wrong(data(files[i]), "Entry %s was altered: an erasure %s is to have left what is here, and the log does not say so.", e.leaf, e.erased)
				}
				erased++
			case t.commit != e.commit:
				return wrong(data(files[i]), "Entry %s was altered: it is not what the log commits to.", e.leaf)
			}
			t.seen = true
			n++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if missing := len(v.plan.trail) - n; missing > 0 {
		return wrong(data(dirTrail), "%d trail entries of the period are in the log and not here: they were removed.", missing)
	}
	v.rep.Commitments.Trail, v.rep.Commitments.Erased = n, erased
	return nil
}

// erasure is the newest one of a trail entry.
type erasure struct {
	leaf   [16]byte // beginning of the hash of its leaf's id
	commit string
}

// erasedBy tells whether the log says that the entry's newest erasure is the leaf, and
// what it commits to.
func (p *Plan) erasedBy(entry, leaf string) (commit string, ok bool) {
	e, found := p.erased[trailKey(entry)]
	return e.commit, found && e.leaf == trailKey(leaf)
}

// HasErasure tells whether the log up to here has the erasure of an entry.
func (p *Plan) HasErasure(entry, leaf string) bool {
	_, ok := p.erasedBy(entry, leaf)
	return ok
}

// Exclusion is an approved exclusion as a package carries it.
type Exclusion struct {
	ID     string
	Ref    resource.Ref
	Reason string
	Salt   tlog.Salt // of both commitments
}

// The paths under which an exclusion is committed to.
const (
	RefPath    = "ref"
	ReasonPath = "reason"
)

// EncodeExclusions returns the content of exclusions.json.
func EncodeExclusions(list []Exclusion) ([]byte, error) {
	out := make([]any, 0, len(list))
	for i := range list {
		x := &list[i]
		out = append(out, map[string]any{
			"exclusion": x.ID, "reason": x.Reason, "salt": tlog.B64(x.Salt[:]),
			"ref": map[string]any{"authority": x.Ref.Authority, "id": x.Ref.ID, "kind": x.Ref.Kind},
		})
	}
	return document(out)
}

func parseExclusions(b []byte) (list []Exclusion, err error) {
	if b, err = undocument(b); err != nil {
		return nil, err
	}
	return list, canon.Elements(b, func(e []byte) error {
		var x Exclusion
		err := exact(e, 4, func(key, v []byte) error {
			switch string(key) {
			case "exclusion":
				return text(v, &x.ID)
			case "reason":
				return text(v, &x.Reason)
			case "salt":
				return salt(v, &x.Salt)
			case "ref":
				return readRef(v, &x.Ref)
			}
			return errUnknown
		})
		list = append(list, x)
		return err
	})
}

func readRef(b []byte, r *resource.Ref) error {
	return exact(b, 3, func(key, v []byte) error {
		switch string(key) {
		case "authority":
			return text(v, &r.Authority)
		case "id":
			return text(v, &r.ID)
		case "kind":
			return text(v, &r.Kind)
		}
		return errUnknown
	})
}

// readExclusions opens every exclusion that was ever approved.
func (v *verifier) readExclusions() error {
	b, err := v.bag.Read(FileExclusions, maxLines)
	if err != nil {
		return err
	}
	list, err := parseExclusions(b)
	if err != nil {
		return wrong(data(FileExclusions), "It cannot be read: %v.", err)
	}
	v.exclusions = map[string]resource.Ref{}
	for i := range list {
		x := &list[i]
		c, ok := v.plan.exclusions[x.ID]
		if _, twice := v.exclusions[x.ID]; !ok || twice {
			return wrong(data(FileExclusions), "Exclusion %s was never approved, or is there twice.", x.ID)
		}
		ref, err := RefBytes(x.Ref)
		if err != nil {
			return wrong(data(FileExclusions), "Exclusion %s: %v.", x.ID, err)
		}
		for path, value := range map[string][]byte{RefPath: ref, ReasonPath: []byte(x.Reason)} {
			commit := tlog.Commit(x.Salt, path, value)
			if c.commits[path] != tlog.B64(commit[:]) {
				return wrong(data(FileExclusions), "Exclusion %s was altered: its %s is not what the log commits to.", x.ID, path)
			}
		}
		v.exclusions[x.ID] = x.Ref
	}
	for _, id := range slices.Sorted(maps.Keys(v.plan.exclusions)) {
		if _, ok := v.exclusions[id]; !ok {
			return wrong(data(FileExclusions), "Exclusion %s is in the log and not here: it was removed.", id)
		}
	}
	v.rep.Commitments.Exclusions = len(list)
	return nil
}

// Object is an evidence item as a package carries it: what its leaf commits to,
// and with which salts.
type Object struct {
	Evidence string // id
	Leaf     string
	Files    []ObjectPart
	Texts    []ObjectText
}

// ObjectPart is one file of an evidence item, in the order of its leaf's blobs.
type ObjectPart struct {
	File string // its name in the package
	Salt tlog.Salt
}

// ObjectText is a text that the leaf commits to under a path.
type ObjectText struct {
	Path string
	Text string
	Salt tlog.Salt
}

// Encode returns the content of the item's salts.json.
func (o *Object) Encode() ([]byte, error) {
	files, texts := []any{}, []any{}
	for _, f := range o.Files {
		files = append(files, map[string]any{"file": f.File, "salt": tlog.B64(f.Salt[:])})
	}
	for _, t := range o.Texts {
		texts = append(texts, map[string]any{"path": t.Path, "text": t.Text, "salt": tlog.B64(t.Salt[:])})
	}
	return document(map[string]any{"evidence": o.Evidence, "leaf": o.Leaf, "files": files, "texts": texts})
}

func parseObject(b []byte) (o Object, err error) {
	if b, err = undocument(b); err != nil {
		return o, err
	}
	return o, exact(b, 4, func(key, v []byte) error {
		switch string(key) {
		case "evidence":
			return text(v, &o.Evidence)
		case "leaf":
			return text(v, &o.Leaf)
		case "files":
			return canon.Elements(v, func(e []byte) error {
				var f ObjectPart
				err := exact(e, 2, func(key, v []byte) error {
					return part(key, v, map[string]*string{"file": &f.File}, &f.Salt)
				})
				o.Files = append(o.Files, f)
				return err
			})
		case "texts":
			return canon.Elements(v, func(e []byte) error {
				var t ObjectText
				err := exact(e, 3, func(key, v []byte) error {
					return part(key, v, map[string]*string{"path": &t.Path, "text": &t.Text}, &t.Salt)
				})
				o.Texts = append(o.Texts, t)
				return err
			})
		}
		return errUnknown
	})
}

func part(key, v []byte, texts map[string]*string, s *tlog.Salt) error {
	if string(key) == "salt" {
		return salt(v, s)
	}
	if to, ok := texts[string(key)]; ok {
		return text(v, to)
	}
	return errUnknown
}

// readObjects opens the evidence that was captured in the period.
func (v *verifier) readObjects() error {
	if !v.header.Objects {
		return nil
	}
	for _, id := range v.plan.Evidence() {
		c := v.plan.captured[id]
		name := ObjectFile(id, ObjectSalts)
		b, err := v.bag.Read(name, maxLines)
		if err != nil {
			return err
		}
		o, err := parseObject(b)
		if err != nil {
			return wrong(data(name), "It cannot be read: %v.", err)
		}
		if o.Evidence != id || o.Leaf != c.leaf || len(o.Files) != len(c.blobs) || len(o.Texts) != len(c.commits) {
			return wrong(data(name), "It does not hold what log entry %s commits to.", c.leaf)
		}
		if err := v.readObject(&o, &c); err != nil {
			return err
		}
		v.rep.Commitments.Objects++
	}
	return nil
}

func (v *verifier) readObject(o *Object, c *captured) error {
	where := data(ObjectFile(o.Evidence, ObjectSalts))
	seen := map[string]bool{}
	for _, t := range o.Texts {
		commit := tlog.Commit(t.Salt, t.Path, []byte(t.Text))
		if seen[t.Path] || c.commits[t.Path] != tlog.B64(commit[:]) {
			return wrong(where, "The %s of evidence %s was altered: it is not what the log commits to.", t.Path, o.Evidence)
		}
		seen[t.Path] = true
	}
	for i, f := range o.Files {
		name := ObjectFile(o.Evidence, f.File)
		commit := tlog.NewCommit(f.Salt, tlog.BlobPath)
		n := counter{}
		if err := v.bag.Copy(io.MultiWriter(commit, &n), name); err != nil {
			return err
		}
		if b := &c.blobs[i]; tlog.B64(commit.Sum(nil)) != b.Plain || n.n != b.Size {
			return wrong(data(name), "The file was altered: it is not what the log commits to for evidence %s.", o.Evidence)
		}
	}
	return nil
}

// readRest reads the files that nothing is derived from, and objects to those
// that no step knows.
func (v *verifier) readRest() error {
	for _, name := range v.bag.Unread() {
		switch {
		case name == FileIndex, name == FileStanding, strings.HasPrefix(name, dirResults):
			if err := v.bag.Copy(io.Discard, name); err != nil {
				return err
			}
		case name == FileHeader:
		default:
			return wrong(data(name), "Nothing in the log speaks of this file: it was put in, or does not belong to the period.")
		}
	}
	for h := range v.checks {
		if !v.plan.defined[h] {
			return wrong(data(CheckFile(h.String())), "The log names no such check: the file was put in.")
		}
	}
	for h := range v.plan.defined {
		if v.checks[h] == nil {
			return wrong(data(CheckFile(h.String())), "The definition is in the log and not here: the file was removed.")
		}
	}
	return v.checkKinds()
}

func (v *verifier) checkKinds() error {
	named := map[tlog.Hash]bool{}
	for _, k := range v.plan.kinds {
		s := v.kinds[k.hash]
		if s == nil {
			return wrong(data(KindFile(k.hash.String())), "The declaration of %s is in the log and not here: the file was removed.", k.kind)
		}
		if s.Kind != k.kind || int64(s.Version) != k.version {
			return wrong(data(KindFile(k.hash.String())), "It declares %s version %d, and the log says %s version %d.", s.Kind, s.Version, k.kind, k.version)
		}
		named[k.hash] = true
	}
	for h := range v.kinds {
		if !named[h] {
			return wrong(data(KindFile(h.String())), "The log names no such kind: the file was put in.")
		}
	}
	return nil
}

type counter struct{ n int64 }

// Write counts.
func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/internal/kit/tlog"
)

// State is the last checkpoint that was cosigned of each log, in one file: the
// checkpoints as the logs signed them, one after the other.
type State struct {
	file string
	logs map[string]kept // by origin
	all  []string        // origins, in the order of the file
}

type kept struct {
	note string
	head tlog.Checkpoint
}

// CreateState makes the file of a new witness. One that is there is an error:
// a witness that forgets may be shown another history.
func CreateState(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(file)
}

// LoadState reads the file. The log keys are those that are watched; what was
// kept of a log must still verify.
func LoadState(file string, keys []string) (*State, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: a witness without its state would cosign any history; "+
			"make the state of a new witness with --new, under a new name and key: %w", file, err)
	}
	if err != nil {
		return nil, err
	}
	s := &State{file: file, logs: map[string]kept{}}
	for _, note := range tlog.Notes(b) {
		origin, _, _ := strings.Cut(note, "\n")
		head, err := open(note, keys)
		if err != nil {
			return nil, fmt.Errorf("%s, log %s: %w", file, origin, err)
		}
		if _, twice := s.logs[origin]; twice {
			return nil, fmt.Errorf("%s has the log %s twice", file, origin)
		}
		s.all, s.logs[origin] = append(s.all, origin), kept{note, head}
	}
	return s, nil
}

// open verifies a checkpoint under whichever of the keys is of its log.
func open(note string, keys []string) (c tlog.Checkpoint, err error) {
	err = errUnknown
	origin, _, _ := strings.Cut(note, "\n")
	for _, key := range keys {
		if tlog.VerifierName(key) != origin {
			continue
		}
		if c, err = tlog.OpenCheckpoint([]byte(note), key); err == nil {
			return c, nil
		}
	}
	return c, err
}

var errUnknown = errors.New("its key is not among those that are watched")

// Head is the last checkpoint that was kept of a log; of size 0 if there is none.
func (s *State) Head(origin string) tlog.Checkpoint { return s.logs[origin].head }

// Origins are the logs of which a checkpoint is kept.
func (s *State) Origins() []string { return s.all }

// Keep writes the file with the log's new checkpoint, and returns when it is on
// disk.
func (s *State) Keep(note string, head tlog.Checkpoint) error {
	all := s.all
	if _, known := s.logs[head.Origin]; !known {
		all = append(slices.Clip(all), head.Origin)
	}
	var b strings.Builder
	for _, origin := range all {
		if origin == head.Origin {
			b.WriteString(note)
		} else {
			b.WriteString(s.logs[origin].note)
		}
	}
	if err := Replace(s.file, []byte(b.String())); err != nil {
		return err
	}
	s.all, s.logs[head.Origin] = all, kept{note, head}
	return nil
}

// Replace writes a file so that after a crash it is the old one or the new one.
func Replace(file string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	_, werr := f.Write(b)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(file)
}

func syncDir(file string) error {
	d, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

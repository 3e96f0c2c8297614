package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"assay/internal/kit/fault"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes commands and flags.
func (c *completionCmd) Run(k *kong.Context, r *run) error {
	words := map[string][]string{}
	collectWords(k.Model.Node, "", words)
	var b strings.Builder
	switch c.Shell {
	case "bash", "zsh":
		if c.Shell == "zsh" {
			b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
		}
		b.WriteString("_assay() {\n  local path=\"\" w words=\"\"\n" +
			"  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || path=\"$path $w\"; done\n  case \"${path# }\" in\n")
		for _, path := range sortedWords(words) {
			fmt.Fprintf(&b, "    %q) words=%q ;;\n", path, strings.Join(words[path], " "))
		}
		b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _assay assay\n")
	case "fish":
		for _, path := range sortedWords(words) {
			fmt.Fprintf(&b, "complete -c assay -n '__assay_at %s' -a %q\n", path, strings.Join(words[path], " "))
		}
		fish := "function __assay_at\n  set -l at (string match -v -- '-*' (commandline -opc))[2..]\n  test \"$at\" = \"$argv\"\nend\n"
		_, err := fmt.Fprint(r.Stdout, fish+b.String())
		return err
	default:
		return fault.New(fault.Invalid, "There is completion for bash, zsh and fish.")
	}
	_, err := fmt.Fprint(r.Stdout, b.String())
	return err
}

// collectWords lists what can stand after each command.
func collectWords(n *kong.Node, path string, words map[string][]string) {
	for _, child := range n.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		words[path] = append(words[path], child.Name)
		collectWords(child, strings.TrimSpace(path+" "+child.Name), words)
	}
	for _, flags := range n.AllFlags(true) {
		for _, f := range flags {
			words[path] = append(words[path], "--"+f.Name)
		}
	}
}

func sortedWords(m map[string][]string) []string {
	keys := map[string]string{}
	for k := range m {
		keys[k] = ""
	}
	return sortedKeys(keys)
}

package catalog

import (
	"regexp"
	"slices"
	"strings"
)

// placeholder stands where a setting's value goes.
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// part is a line that begins or ends a part of a policy that applies only to
// some organizations: {{if key}} or {{unless key}}, and {{end}}.
var part = regexp.MustCompile(`^\{\{(?:(if|unless) ([^{} ]+)|(end))\}\}$`)

// Fill writes a policy out: every placeholder gives way to its setting's value,
// or to the setting's default where values has none. A setting without either,
// or with a value that it does not admit, is returned in missing, in the order
// in which the text first needs it, and the text says in bold what is to be
// filled in. Nothing in a value can change the structure of the Markdown.
func Fill(p Policy, values map[SettingKey]string) (markdown string, missing []SettingKey) {
	f := filling{policy: p, values: values}
	var out []string
	for line := range strings.Lines(p.Body) {
		text := strings.TrimSuffix(line, "\n")
		if f.parts(text) || f.skips || text == "" && len(out) > 0 && out[len(out)-1] == "" {
			continue
		}
		out = append(out, placeholder.ReplaceAllStringFunc(text, func(found string) string {
			return f.words(SettingKey(strings.Trim(found, "{}")))
		}))
	}
	return strings.Join(out, "\n") + "\n", f.missing
}

type filling struct {
	policy  Policy
	values  map[SettingKey]string
	skips   bool // within a part that does not apply
	missing []SettingKey
}

// parts follows the lines that begin and end a part, and says whether the line
// was one.
func (f *filling) parts(line string) bool {
	found := part.FindStringSubmatch(line)
	if found == nil {
		return false
	}
	if found[3] != "" {
		f.skips = false
		return true
	}
	_, value, ok := f.value(SettingKey(found[2]))
	f.skips = ok && (value == "yes") != (found[1] == "if")
	return true
}

func (f *filling) words(key SettingKey) string {
	setting, value, ok := f.value(key)
	if !ok {
		return "**[to be filled in: " + escape(setting.Label) + "]**"
	}
	return escape(setting.Words(value))
}

// value is what a setting comes to, unless it is missing.
func (f *filling) value(key SettingKey) (s Setting, value string, ok bool) {
	s, known := find(f.policy.Settings, func(s Setting) bool { return s.Key == key })
	value, given := f.values[key]
	if !given {
		value = s.Default
	}
	if ok = known && value != "" && s.Admit(value) == nil; !ok && !slices.Contains(f.missing, key) {
		f.missing = append(f.missing, key)
	}
	return s, value, ok
}

// escape takes their meaning from the characters that Markdown gives one.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var b strings.Builder
	for i, r := range text {
		if strings.ContainsRune("\\`*_[]<>|~&{}", r) || i == 0 && strings.ContainsRune("#+-=", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

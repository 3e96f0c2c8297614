package catalog

import (
	"regexp"
	"slices"
	"strings"
)

// placeholder stands where a setting's value goes.
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// part is a line that begins or ends a part of a text that applies only to some organizations: {{if key}} or {{unless key}}, and {{end}}.
var part = regexp.MustCompile(`^\{\{(?:(if|unless) ([^{} ]+)|(end))\}\}$`)

// partOf is what part finds in a line: nil if the line is none.
func partOf(line string) []string {
	if !strings.HasPrefix(line, "{{") {
		return nil
	}
	return part.FindStringSubmatch(line)
}

// Fill writes a policy out: every placeholder gives way to its setting's value,
// or to the setting's default where values has none. A setting without either,
// or with a value that it does not admit, is returned in missing, in the order
// in which the text first needs it, and the text says in bold what is to be
// filled in. Nothing in a value can change the structure of the Markdown.
func Fill(p Policy, values map[SettingKey]string) (markdown string, missing []SettingKey) {
	return fill(p.Body, p.Settings, values)
}

// FillLesson is Fill for a lesson.
func FillLesson(lesson Lesson, values map[SettingKey]string) (markdown string, missing []SettingKey) {
	return fill(lesson.Body, lesson.Settings, values)
}

func fill(body string, settings []Setting, values map[SettingKey]string) (markdown string, missing []SettingKey) {
	f := filling{settings: settings, values: values}
	var out []string
	for line := range strings.Lines(body) {
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
	settings []Setting
	values   map[SettingKey]string
	skips    bool // within a part that does not apply
	missing  []SettingKey
}

// parts follows the lines that begin and end a part, and says whether the line
// was one.
func (f *filling) parts(line string) bool {
	found := partOf(line)
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
	s, known := find(f.settings, func(s Setting) bool { return s.Key == key })
	value, given := f.values[key]
	if !given {
		value = s.Default
	}
	if ok = known && value != "" && s.Admit(value) == nil; !ok && !slices.Contains(f.missing, key) {
		f.missing = append(f.missing, key)
	}
	return s, value, ok
}

// escape takes their meaning from the characters that Markdown gives one,
// whether the text stands within a line or at its start.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var b strings.Builder
	digits := true // so far, as in the number of a list
	for i, r := range text {
		meaning := strings.ContainsRune("\\`*_[]<>|~&{}", r) ||
			i == 0 && strings.ContainsRune("#+-=", r) ||
			i > 0 && digits && strings.ContainsRune(".)", r)
		if meaning {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		digits = digits && '0' <= r && r <= '9'
	}
	return b.String()
}

// validatePlaceholders holds the text to the settings and the settings to the
// text, and parts to being closed, not within one another and without numbered
// statements, whose numbers would then depend on the answer.
func validatePlaceholders(body string, settings []Setting, object objection) {
	used, open := map[SettingKey]bool{}, false
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		found := partOf(line)
		if found != nil {
			if ends := found[3] != ""; ends != open {
				object("text", "%s stands where no part can begin or end", line)
			}
			open = !open
		}
		if open && numbered(line) != nil {
			object("text", "a numbered line stands within a part: %s", line)
		}
		if n := strings.Count(line, "{{"); n > 0 && n != len(placeholder.FindAllString(line, -1)) {
			object("text", "a placeholder is not closed: %s", line)
		}
		for _, key := range keysIn(line, found) {
			used[key] = true
			validateUse(settings, key, found != nil, object)
		}
	}
	if open {
		object("text", "the last part is not closed by {{end}}")
	}
	for _, s := range settings {
		if !used[s.Key] {
			object("settings", "%s is not used by the text", s.Key)
		}
	}
}

// keysIn lists the settings that a line needs; asPart is what partOf found in it.
func keysIn(line string, asPart []string) (keys []SettingKey) {
	if asPart != nil {
		if asPart[2] != "" {
			keys = append(keys, SettingKey(asPart[2]))
		}
		return keys
	}
	if !strings.Contains(line, "{{") {
		return nil // most lines need none
	}
	for _, found := range placeholder.FindAllStringSubmatch(line, -1) {
		keys = append(keys, SettingKey(found[1]))
	}
	return keys
}

func validateUse(settings []Setting, key SettingKey, inPart bool, object objection) {
	s, ok := find(settings, func(s Setting) bool { return s.Key == key })
	switch {
	case !ok:
		object("text", "{{%s}} is no setting that it names", key)
	case (s.Type == YesNoSetting) != inPart:
		object("text", "{{%s}} is of type %s: a yes_no begins a part, and nothing else does", key, s.Type)
	}
}

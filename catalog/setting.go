package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/internal/kit/fault"
)

// SettingKey identifies a setting, such as inactive_days. A key means the same
// in every policy.
type SettingKey string

// SettingType says what a setting's value is.
type SettingType string

// The types of setting. A value is always held as text.
const (
	TextSetting      SettingType = "text"      // one line of words
	NumberSetting    SettingType = "number"    // a whole number from Min to Max, counting Unit
	FrequencySetting SettingType = "frequency" // one of the periodic Frequencies
	ChoiceSetting    SettingType = "choice"    // one of Choices
	YesNoSetting     SettingType = "yes_no"    // "yes" or "no"; decides whether parts of a policy apply
)

// SettingTypes lists the types of setting.
func SettingTypes() []SettingType {
	return []SettingType{TextSetting, NumberSetting, FrequencySetting, ChoiceSetting, YesNoSetting}
}

// Setting is a value that an org chooses for itself and that its policies state.
type Setting struct {
	Key     SettingKey  `yaml:"key"`
	Label   string      `yaml:"label"` // what the org is asked for
	Type    SettingType `yaml:"type"`
	Unit    string      `yaml:"unit"`    // with a number: what it counts, in the singular; may be empty
	Default string      `yaml:"default"` // empty where only the org can know
	Min     int         `yaml:"min"`
	Max     int         `yaml:"max"`
	Choices []string    `yaml:"choices"`
	Rarest  Frequency   `yaml:"rarest"` // with a frequency: the least frequent that its controls allow
	Checks  []ParamOf   `yaml:"checks"` // the parameters of checks that have to say the same
}

// ParamOf is a parameter of a check.
type ParamOf struct {
	Check string `yaml:"check"`
	Param string `yaml:"param"`
}

// longestText is how many characters a text setting may have.
const longestText = 400

var settingForm = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// Admit refuses, as Invalid, a value that the setting cannot have.
func (s Setting) Admit(value string) error {
	switch s.Type {
	case NumberSetting:
		n, err := strconv.Atoi(value)
		if err != nil || n < s.Min || n > s.Max {
			return fault.New(fault.Invalid, "%s: give a whole number from %d to %d.", s.Label, s.Min, s.Max)
		}
	case FrequencySetting, ChoiceSetting, YesNoSetting:
		if !slices.Contains(s.Options(), value) {
			return fault.New(fault.Invalid, "%s: give one of %s.", s.Label, strings.Join(s.Options(), ", "))
		}
	case TextSetting:
		if strings.TrimSpace(value) == "" || strings.ContainsAny(value, "\r\n") || utf8.RuneCountInString(value) > longestText {
			return fault.New(fault.Invalid, "%s: give one line of at most %d characters.", s.Label, longestText)
		}
	}
	return nil
}

// Options lists the values to choose from; nil for a text or a number.
func (s Setting) Options() []string {
	switch s.Type {
	case ChoiceSetting:
		return slices.Clone(s.Choices)
	case YesNoSetting:
		return []string{"yes", "no"}
	case FrequencySetting:
		var options []string
		for _, f := range Frequencies() {
			if _, periodic := every[f]; periodic {
				options = append(options, string(f))
			}
			if f == s.Rarest {
				break
			}
		}
		return options
	case TextSetting, NumberSetting:
	}
	return nil
}

// every is how a sentence says a frequency.
var every = map[Frequency]string{
	Daily: "every day", Weekly: "every week", Monthly: "every month", Quarterly: "every quarter",
	Semiannual: "every six months", Annual: "every year",
}

// Words is an admitted value as a sentence says it, in plain text: "5 business
// days", "every quarter".
func (s Setting) Words(value string) string {
	switch s.Type {
	case NumberSetting:
		switch {
		case s.Unit == "":
			return value
		case value == "1" || s.Unit == "percent":
			return value + " " + s.Unit
		default:
			return value + " " + s.Unit + "s"
		}
	case FrequencySetting:
		return every[Frequency(value)]
	case TextSetting, ChoiceSetting, YesNoSetting:
	}
	return strings.TrimSpace(value)
}

func (s Setting) validate(object objection) {
	if !settingForm.MatchString(string(s.Key)) {
		object("key", "%q has not the form of inactive_days", s.Key)
	}
	filled(object, "label", s.Label)
	oneOf(object, "type", s.Type, SettingTypes())
	if s.Type != NumberSetting && (s.Unit != "" || s.Min != 0 || s.Max != 0) {
		object("unit", "unit, min and max do not go with type %s", s.Type)
	}
	if s.Type == NumberSetting && s.Min >= s.Max {
		object("min", "%d is not less than max, which is %d", s.Min, s.Max)
	}
	if (s.Type == ChoiceSetting) != (len(s.Choices) > 0) {
		object("choices", "there are %d, which does not go with type %s", len(s.Choices), s.Type)
	}
	each(object, "choices", s.Choices)
	if _, periodic := every[s.Rarest]; periodic != (s.Type == FrequencySetting) {
		object("rarest", "%q does not go with type %s", s.Rarest, s.Type)
	}
	if s.Default == "" && s.Type != TextSetting {
		object("default", "is empty, which only a text may be")
	}
	if err := s.Admit(s.Default); err != nil && s.Default != "" {
		object("default", "%q: %s", s.Default, fmt.Sprint(err))
	}
	for _, of := range s.Checks {
		filled(object, "checks.check", of.Check)
		filled(object, "checks.param", of.Param)
	}
}

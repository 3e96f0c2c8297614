package catalog

import (
	"slices"

	"assay/internal/criteria"
	"assay/internal/kit/fault"
)

// ProfileID identifies a profile, such as starter_security.
type ProfileID string

// Occasion says when a profile is suggested.
type Occasion string

// The occasions.
const (
	Always       Occasion = "always"   // for every program
	WithOffice   Occasion = "office"   // when the organization has an office or equipment rooms
	WithCategory Occasion = "category" // when the profile's category is in scope
)

// Occasions lists the occasions.
func Occasions() []Occasion { return []Occasion{Always, WithOffice, WithCategory} }

// Profile is a set of controls that is adopted together.
type Profile struct {
	ID        ProfileID           `yaml:"id"`
	Name      string              `yaml:"name"`
	Summary   string              `yaml:"summary"`
	Suggested Occasion            `yaml:"suggested"`
	Category  criteria.CategoryID `yaml:"category"` // with WithCategory, else empty

	Controls []ControlID `yaml:"-"` // those that name the profile, in the library's order
}

// ProfilesFor lists the profiles to suggest to an organization with the given
// categories in scope, with or without an office, in the library's order.
func (l *Library) ProfilesFor(categories []criteria.CategoryID, office bool) []ProfileID {
	var ids []ProfileID
	for _, p := range l.profiles {
		switch p.Suggested {
		case Always:
			ids = append(ids, p.ID)
		case WithOffice:
			if office {
				ids = append(ids, p.ID)
			}
		case WithCategory:
			if slices.Contains(categories, p.Category) {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}

// Adopt lists the controls of the profiles, each once, in the library's order.
// A profile that the library does not have is refused as Invalid: an org must
// not believe that it adopted something.
func (l *Library) Adopt(profiles []ProfileID) ([]LibraryControl, error) {
	for _, id := range profiles {
		if _, ok := l.Profile(id); !ok {
			return nil, fault.New(fault.Invalid, "There is no control profile %q.", id)
		}
	}
	return l.controlsWhere(func(c LibraryControl) bool {
		return slices.ContainsFunc(c.Profiles, func(id ProfileID) bool { return slices.Contains(profiles, id) })
	}), nil
}

func (p Profile) validate(object objection) {
	filled(object, "id", string(p.ID))
	filled(object, "name", p.Name)
	filled(object, "summary", p.Summary)
	oneOf(object, "suggested", p.Suggested, Occasions())
	if p.Suggested == WithCategory {
		oneOf(object, "category", p.Category, criteria.CategoryIDs())
	} else if p.Category != "" {
		object("category", "%q does not go with suggested %s", p.Category, p.Suggested)
	}
	if len(p.Controls) == 0 {
		object("id", "no control names the profile %s", p.ID)
	}
}

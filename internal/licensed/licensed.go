package licensed

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"assay/internal/criteria"
	"assay/internal/kit/fault"
)

// MaxPublication is the longest name of a publication, in characters.
const MaxPublication = 200

// Copy is an organization's own copy of the published wording.
type Copy struct {
	criteria.LicensedText
	ImportedAt time.Time
	ImportedBy string // user id
	Name       string // of who imported it, as it was then
}

// Count is how many criteria and how many points of focus the copy covers.
func (c *Copy) Count() (whole, points int) {
	for _, e := range c.Entries() {
		if criteria.ID(e.ID).Valid() {
			whole++
		} else {
			points++
		}
	}
	return whole, points
}

// Total is how many there are to cover.
func Total(l *criteria.Library) (whole, points int) {
	all := l.Criteria()
	for i := range all {
		points += len(all[i].PointsOfFocus)
	}
	return len(all), points
}

// validPublication refuses a name that is too long or no plain text.
func validPublication(name string) error {
	if utf8.RuneCountInString(name) > MaxPublication || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(name) {
		return fault.Fields("The text was not imported.", fault.Field{
			Name: "publication", Text: fmt.Sprintf("Name it in one line of at most %d characters.", MaxPublication),
		})
	}
	return nil
}

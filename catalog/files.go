package catalog

import (
	"embed"
	"io/fs"
)

// shipped is the catalog as built into the program.
//
//go:embed criteria controls requests crosswalk policies risks training questionnaires all:checks
var shipped embed.FS

// Files is the whole catalog as shipped, with the areas as its folders; it is
// what Load reads, as it was compiled.
func Files() fs.FS { return ready{shipped} }

// Sources is the same, which Load reads as YAML.
func Sources() fs.FS { return shipped }

// Criteria is the area of the framework, its series and the description
// criteria.
func Criteria() fs.FS { return area("criteria") }

// Controls is the area of the control library: a file for each control. It has
// no folders for the domains, because a folder named CON cannot be embedded, nor
// exist on Windows.
func Controls() fs.FS { return area("controls") }

// Requests is the area of the request list: a file for each request.
func Requests() fs.FS { return area("requests") }

// Crosswalks is the area of the crosswalks: a file for each framework.
func Crosswalks() fs.FS { return area("crosswalk") }

// Policies is the area of the policy templates: a Markdown file for each policy.
func Policies() fs.FS { return area("policies") }

// Risks is the area of the risk scenarios: a file for each scenario.
func Risks() fs.FS { return area("risks") }

// Training is the area of the courses: a folder for each course, a Markdown file
// for each lesson.
func Training() fs.FS { return area("training") }

// Questionnaires is the area of the questionnaires: a file for each.
func Questionnaires() fs.FS { return area("questionnaires") }

// Checks is the area of the checks: a folder for each product, a file for each
// check, and a README.md that is none.
func Checks() fs.FS { return area("checks") }

// area is a folder of the catalog. The folders above are embedded, or the
// program would not compile; an area without files answers every Open with
// fs.ErrNotExist.
func area(folder string) fs.FS {
	sub, err := fs.Sub(shipped, folder)
	if err != nil {
		return embed.FS{}
	}
	return sub
}

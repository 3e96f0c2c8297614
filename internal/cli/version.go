package cli

import "runtime"

type versionCmd struct{}

type versionOut struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the version.
func (versionCmd) Run(r *run) error {
	out := &versionOut{r.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return emit(r, out, func(p *paper, v *versionOut) { p.line("assay %s (%s, %s)", v.Version, v.Go, v.Platform) })
}

// Package licence finds the licences of the modules that are linked into the
// released programs, from the module cache of the machine that builds them. A
// module without a licence file, or with one that is not known here, is an
// error: nothing is released under terms that nobody has read. What is not a Go
// module (scripts, fonts) is listed in bundled.yaml.
package licence

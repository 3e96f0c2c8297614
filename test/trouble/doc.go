// Package trouble collects from recordings into a store while one request after
// another goes wrong, judges, and collects again: what a check says of a listing
// that was cut short is unknown or what it says of the whole, never a pass in its
// place, and afterwards nothing is lost and nothing counted twice.
package trouble

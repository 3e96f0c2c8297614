// Package chart draws the few pictures that earn their place: the strip of a
// year, the lane of an activity, the heat of a month, a stacked bar, the bars
// of runs.
//
// Invariants: a picture is SVG made on the server, with widths in percent and
// heights in pixels, so it reflows without distortion and needs no script and
// no style attribute; a day that no run covers is drawn as "no evidence",
// never as operated; an abnormal day is never thinner than about five pixels,
// and the table under the picture has the exact days; a state differs by
// colour and by shape; every picture has a sentence as its label, and what it
// shows can be read as a table. The pattern "hatch" stands in the sprite of
// package view.
package chart

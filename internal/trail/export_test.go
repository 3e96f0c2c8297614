package trail

// Scrub is what Erase leaves of a text.
func Scrub(s *Subject, text string) string { return s.scrub(text) }

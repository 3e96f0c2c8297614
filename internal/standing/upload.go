package standing

import "time"

// UploadLane is what is on record about evidence that people upload.
type UploadLane struct {
	Key       string
	Versions  []Version // limits do not matter here
	Frequency Frequency // decides how long an upload stays fresh
	FirstDue  Date      // from when on days must be covered; zero: from the first day in force
	Uploads   []Upload
}

// Upload is a piece of evidence and the days that it speaks for.
type Upload struct {
	From, To    Date // From ≤ day < To; a zero To is the day From alone
	CollectedAt time.Time
}

// speaks is the days that an upload speaks for, and the day until which it is
// carried forward. It speaks for no day after it was collected.
func (c *Calendar) speaks(u Upload, maxAge int) (from, last, carried, collected Date) {
	from, last, collected = u.From, u.To-1, c.dayOf(u.CollectedAt.UnixNano())
	if u.To == 0 {
		last = from
	}
	last = min(last, collected)
	return from, last, last + Date(maxAge), collected
}

// Upload judges an upload's lane. A day operated when an upload speaks for it,
// or when one spoke for a day before it and is not older than the frequency
// allows; it is observed when such an upload was collected that day. A day not
// covered has no evidence, or before the first is due is not due.
func (c *Calendar) Upload(l UploadLane) Lane {
	terms := newTerms(l.Versions)
	first := c.end()
	marks := make([]mark, c.days)
	for _, u := range l.Uploads {
		if u.CollectedAt.UnixNano() > c.now {
			continue
		}
		from, last, carried, collected := c.speaks(u, l.Frequency.MaxAge())
		if last < from {
			continue
		}
		first = min(first, from)
		c.raise(marks, from, carried+1, mark{state: Operated})
		if i, end := c.clip(max(collected, from), min(collected, carried)+1); i < end {
			marks[i].observed = true
		}
	}
	for i := range marks {
		d := c.date(i)
		switch {
		case marks[i].state == Operated || d < l.FirstDue:
		case d < first:
			marks[i] = mark{state: NoEvidence, note: NoteNotConnected}
		default:
			marks[i] = mark{state: NoEvidence, note: NoteStale}
		}
	}
	c.confine(marks, c.attached(terms))
	return Lane{Key: l.Key, Kind: ByUpload, Spans: c.spans(marks)}
}

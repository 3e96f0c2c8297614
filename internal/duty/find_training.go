package duty

import (
	"context"
	"strconv"

	"assay/internal/task"
	"assay/internal/training"
)

// courses are what the actor is to take. What others are to take is on the courses'
// own pages.
func (f *finder) courses(ctx context.Context) error {
	if f.everybody {
		return nil
	}
	mine, err := f.s.Training.Mine(ctx, f.who)
	if err != nil {
		return err
	}
	for i := range mine {
		if m := &mine[i]; m.Word != training.Done {
			f.take(m)
		}
	}
	return nil
}

func (f *finder) take(m *training.Mine) {
	why := "Everybody takes it"
	if m.Some {
		why = "It is asked of you"
	}
	if m.DoneOn != 0 {
		why = "You took it on " + said(m.DoneOn) + "; it is taken again"
	}
	if m.Passed > 0 {
		why = strconv.Itoa(m.Passed) + " of " + strconv.Itoa(len(m.Text.Lessons)) + " lessons are done"
	}
	if m.Minutes > 0 {
		why += ", about " + strconv.Itoa(m.Minutes) + " minutes are left"
	}
	f.add(Duty{
		Task: task.Task{Noun: training.Noun, Object: m.Course, Step: "take " + m.Person + " " + m.From.String(), Title: "Take " + m.Title, Why: why, Href: "/me/training/" + m.Course},
		Kind: Training, Due: (m.DueOn + 1).Start(f.zone()), Act: Act{Label: "Take", Of: m.Title, Href: "/me/training/" + m.Course},
	})
}

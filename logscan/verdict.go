package logscan

import (
	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
)

// Evidence is what a record tells of something that went wrong, as written, and
// the provider that it counts for. An empty provider stands for an unknown one:
// then the patterns of all are tried.
type Evidence struct {
	Provider                string
	Status, Diag, BounceCat []byte
}

// Verdict is what evidence counts as. Outcome, Category and Class are those that
// a bounce has; a deferral has none.
type Verdict struct {
	Reply     reply.Match
	Category  string
	Class     bounce.Class
	DecidedBy Decider
	Outcome   Outcome
}

// Decider names what decided the class of a bounce.
type Decider string

// The deciders, from the strongest to the weakest.
const (
	ByReply    Decider = "reply pattern"
	ByCode     Decider = "enhanced status code"
	ByCategory Decider = "bounceCat"
	ByDefault  Decider = "default"
)

// Judge says what a bounce counts as: by a reply that is clear, then by the
// enhanced status code, then by the category. An operator's deletion is an
// outcome of its own.
func (r Rules) Judge(e Evidence) Verdict {
	v := Verdict{Reply: r.Replies.Classify(e.Provider, e.Status, e.Diag), Category: r.Bounces.Category(e.BounceCat)}
	v.Class, v.DecidedBy = r.classOf(v, e)
	v.Outcome = outcomeOf(v.Class)
	if bounce.Deleted(e.Diag) {
		v.Outcome = OutcomeDeleted
	}
	return v
}

func (r Rules) classOf(v Verdict, e Evidence) (bounce.Class, Decider) {
	if v.Reply.Class != "" {
		return v.Reply.Class, ByReply
	}
	class, byCode := r.Bounces.Classify(e.Status, e.Diag, v.Category)
	switch {
	case byCode:
		return class, ByCode
	case v.Category == None:
		return class, ByDefault
	}
	return class, ByCategory
}

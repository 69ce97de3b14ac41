package pmtatest

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Ledger is the truth about all Attempts and LogLines so far, in the terms of the exporter's
// counters. It is told by the model as it acts, not read off the records. Each
// table counts by the fields of Key that its comment names.
type Ledger struct {
	Records         map[RecordType]int64 `json:"records"`
	Outcomes        Counts               `json:"outcomes"`           // provider, vmta, outcome
	Bounces         Counts               `json:"bounces"`            // provider, category, class; not the deleted
	Deferrals       Counts               `json:"deferrals"`          // provider, vmta; records of type t
	SourceOutcomes  Counts               `json:"source_outcomes"`    // source_ip, provider, outcome
	SourceDeferrals Counts               `json:"source_deferrals"`   // source_ip, provider
	SenderOutcomes  Counts               `json:"sender_outcomes"`    // sender_domain, outcome
	DeliveredBytes  Counts               `json:"delivered_bytes"`    // provider, vmta
	DelaySeconds    Counts               `json:"delay_seconds"`      // provider; timeLogged - timeQueued of deliveries
	DelayDeliveries Counts               `json:"delay_observations"` // provider
	QueueErrors     Counts               `json:"queue_errors"`       // provider, vmta, cause
	RemoteBounces   Counts               `json:"remote_bounces"`     // category, class
	Received        Counts               `json:"received"`           // vmta
	Feedback        Counts               `json:"feedback"`           // provider, feedback_type
	SourceFeedback  Counts               `json:"source_feedback"`    // source_ip, provider
	Replies         Counts               `json:"replies"`            // provider, reason, permanence
	VMTAReplies     Counts               `json:"vmta_replies"`       // vmta, reason
	Daily           Counts               `json:"daily"`              // day, vmta, provider; of d and b, without the deleted
	LogLines        Counts               `json:"log_lines"`          // log, level
	LogEvents       Counts               `json:"log_events"`         // log, event
}

// Key names one count by the exporter's labels; fields that a table does not
// use are empty.
type Key struct {
	Provider     string  `json:"provider,omitempty"`
	VMTA         string  `json:"vmta,omitempty"`
	SourceIP     string  `json:"source_ip,omitempty"` // "none" where no source was bound
	SenderDomain string  `json:"sender_domain,omitempty"`
	Outcome      Outcome `json:"outcome,omitempty"`
	Category     string  `json:"category,omitempty"`
	Class        Class   `json:"class,omitempty"`
	Cause        Cause   `json:"cause,omitempty"`
	FeedbackType string  `json:"feedback_type,omitempty"`
	Reason       Reason  `json:"reason,omitempty"`
	Permanence   string  `json:"permanence,omitempty"`
	Day          string  `json:"day,omitempty"` // as in 2026-11-23
	Log          string  `json:"log,omitempty"`
	Level        string  `json:"level,omitempty"`
	Event        string  `json:"event,omitempty"`
}

// Counts is a table of counts. In JSON it is an array of objects, each with the
// fields of its Key and "count".
type Counts map[Key]int64

type countRow struct {
	Key
	Count int64 `json:"count"`
}

// MarshalJSON writes the counts in a fixed order.
func (c Counts) MarshalJSON() ([]byte, error) {
	rows := make([]countRow, 0, len(c))
	for key, n := range c {
		rows = append(rows, countRow{key, n})
	}
	slices.SortFunc(rows, func(a, b countRow) int { return a.compare(b.Key) })
	return json.Marshal(rows)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Counts) UnmarshalJSON(data []byte) error {
	var rows []countRow
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	*c = Counts{}
	for _, row := range rows {
		(*c)[row.Key] += row.Count
	}
	return nil
}

func (k Key) compare(other Key) int {
	return cmp.Or(
		cmp.Compare(k.Provider, other.Provider),
		cmp.Compare(k.VMTA, other.VMTA),
		cmp.Compare(k.SourceIP, other.SourceIP),
		cmp.Compare(k.SenderDomain, other.SenderDomain),
		cmp.Compare(k.Category, other.Category),
		cmp.Compare(k.Class, other.Class),
		cmp.Compare(k.Outcome, other.Outcome),
		cmp.Compare(k.Cause, other.Cause),
		cmp.Compare(k.FeedbackType, other.FeedbackType),
		cmp.Compare(k.Reason, other.Reason),
		cmp.Compare(k.Permanence, other.Permanence),
		cmp.Compare(k.Day, other.Day),
		cmp.Compare(k.Log, other.Log),
		cmp.Compare(k.Level, other.Level),
		cmp.Compare(k.Event, other.Event),
	)
}

func newLedger() Ledger {
	return Ledger{
		Records:         map[RecordType]int64{},
		Outcomes:        Counts{},
		Bounces:         Counts{},
		Deferrals:       Counts{},
		SourceOutcomes:  Counts{},
		SourceDeferrals: Counts{},
		SenderOutcomes:  Counts{},
		DeliveredBytes:  Counts{},
		DelaySeconds:    Counts{},
		DelayDeliveries: Counts{},
		QueueErrors:     Counts{},
		RemoteBounces:   Counts{},
		Received:        Counts{},
		Feedback:        Counts{},
		SourceFeedback:  Counts{},
		Replies:         Counts{},
		VMTAReplies:     Counts{},
		Daily:           Counts{},
		LogLines:        Counts{},
		LogEvents:       Counts{},
	}
}

func (l Ledger) clone() Ledger {
	return Ledger{
		Records:         maps.Clone(l.Records),
		Outcomes:        maps.Clone(l.Outcomes),
		Bounces:         maps.Clone(l.Bounces),
		Deferrals:       maps.Clone(l.Deferrals),
		SourceOutcomes:  maps.Clone(l.SourceOutcomes),
		SourceDeferrals: maps.Clone(l.SourceDeferrals),
		SenderOutcomes:  maps.Clone(l.SenderOutcomes),
		DeliveredBytes:  maps.Clone(l.DeliveredBytes),
		DelaySeconds:    maps.Clone(l.DelaySeconds),
		DelayDeliveries: maps.Clone(l.DelayDeliveries),
		QueueErrors:     maps.Clone(l.QueueErrors),
		RemoteBounces:   maps.Clone(l.RemoteBounces),
		Received:        maps.Clone(l.Received),
		Feedback:        maps.Clone(l.Feedback),
		SourceFeedback:  maps.Clone(l.SourceFeedback),
		Replies:         maps.Clone(l.Replies),
		VMTAReplies:     maps.Clone(l.VMTAReplies),
		Daily:           maps.Clone(l.Daily),
		LogLines:        maps.Clone(l.LogLines),
		LogEvents:       maps.Clone(l.LogEvents),
	}
}

// logged adds a line of the text log; the event is empty for one that tells of
// none.
func (l Ledger) logged(level, event string) {
	l.LogLines[Key{Log: LogName, Level: level}]++
	if event != "" {
		l.LogEvents[Key{Log: LogName, Event: event}]++
	}
}

// count adds one attempt at mail of a sending domain.
func (l Ledger) count(a Attempt, sender string) {
	l.Records[a.Type]++
	if a.Reason != "" {
		l.Replies[Key{Provider: a.Provider, Reason: a.Reason, Permanence: a.permanence()}]++
		l.VMTAReplies[Key{VMTA: a.VMTA, Reason: a.Reason}]++
	}
	source := cmp.Or(a.SourceIP, "none")
	switch a.Type {
	case Transient:
		l.Deferrals[Key{Provider: a.Provider, VMTA: a.VMTA}]++
		l.SourceDeferrals[Key{SourceIP: source, Provider: a.Provider}]++
	case Delivered, Bounced:
		l.Outcomes[Key{Provider: a.Provider, VMTA: a.VMTA, Outcome: a.Outcome}]++
		l.SourceOutcomes[Key{SourceIP: source, Provider: a.Provider, Outcome: a.Outcome}]++
		l.SenderOutcomes[Key{SenderDomain: sender, Outcome: a.Outcome}]++
		if a.Outcome != OutcomeDeleted {
			l.Daily[Key{Day: a.Logged.Format(time.DateOnly), VMTA: a.VMTA, Provider: a.Provider}]++
		}
	case TransientQueue:
		l.QueueErrors[Key{Provider: a.Provider, VMTA: a.VMTA, Cause: a.Cause}]++
	case RemoteBounce:
		l.RemoteBounces[Key{Category: a.BounceCat, Class: a.Class}]++
	case Received:
		l.Received[Key{VMTA: a.VMTA}]++
	case Feedback:
		l.Feedback[Key{Provider: a.Provider, FeedbackType: a.FeedbackType}]++
		l.SourceFeedback[Key{SourceIP: source, Provider: a.Provider}]++
	}
	switch {
	case a.Outcome == OutcomeDelivered:
		l.DeliveredBytes[Key{Provider: a.Provider, VMTA: a.VMTA}] += int64(a.Size)
		l.DelaySeconds[Key{Provider: a.Provider}] += a.Logged.Unix() - a.Queued.Unix()
		l.DelayDeliveries[Key{Provider: a.Provider}]++
	case a.Type == Bounced && a.Outcome != OutcomeDeleted:
		l.Bounces[Key{Provider: a.Provider, Category: a.BounceCat, Class: a.Class}]++
	}
}

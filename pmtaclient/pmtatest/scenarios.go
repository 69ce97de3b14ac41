package pmtatest

import (
	"slices"
	"time"
)

// Scenarios returns all scenarios, the calm one first. Whatever goes wrong does
// so as soon as the warm-up ends.
func Scenarios() []Scenario {
	calm := Scenario{
		Name:  "calm",
		Title: "An ordinary day: most mail is delivered at once, a little bounces or is deferred.",
	}
	return slices.Concat([]Scenario{calm}, receiverScenarios(), senderScenarios(), serverScenarios())
}

// receiverScenarios are the work of mailbox providers.
func receiverScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "gmail-block",
			Title: "Gmail blocks part of the mail and defers most of the rest; its queues go into backoff mode.",
			Effects: []Effect{
				{Kind: EffectBlock, Provider: "gmail", Value: 0.35},
				{Kind: EffectDefer, Provider: "gmail", Value: 0.45},
				{Kind: EffectBackoff, Provider: "gmail"},
			},
		},
		{
			Name:  "yahoo-throttle",
			Title: "Yahoo and AOL defer most mail for its volume or for complaints, often at the greeting.",
			Effects: []Effect{
				{Kind: EffectDefer, Provider: "yahoo", Value: 0.75},
				{Kind: EffectDefer, Provider: "aol", Value: 0.75},
				{Kind: EffectQueueError, Provider: "yahoo", Value: 0.1},
				{Kind: EffectQueueError, Provider: "aol", Value: 0.1},
				{Kind: EffectBackoff, Provider: "yahoo"},
				{Kind: EffectBackoff, Provider: "aol"},
			},
		},
		{
			Name:  "backoff-storm",
			Title: "Many providers defer at once and most queues go into backoff mode.",
			Effects: []Effect{
				{Kind: EffectDefer, Value: 0.6},
				{Kind: EffectBackoff},
			},
		},
		{
			Name:  "deferred-growth",
			Title: "Receivers everywhere turn most connections away and put most recipients off; the deferred mail grows for hours.",
			Effects: []Effect{
				{Kind: EffectQueueError, Value: 0.9},
				{Kind: EffectDefer, Value: 0.9},
			},
		},
		{
			Name:  "hard-bounce-spike",
			Title: "The list of shop.example.net is stale: a quarter of its recipients do not exist.",
			Effects: []Effect{
				{Kind: EffectHard, Sender: "shop.example.net", Value: 0.25},
			},
		},
		{
			Name:  "tls-failures",
			Title: "Google and smaller receivers refuse mail for want of TLS.",
			Effects: []Effect{
				{Kind: EffectRefuseTLS, Provider: "gmail", Value: 0.3},
				{Kind: EffectRefuseTLS, Provider: "google_workspace", Value: 0.3},
				{Kind: EffectRefuseTLS, Provider: "other", Value: 0.3},
			},
		},
	}
}

// senderScenarios are the work of those who send too much.
func senderScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "warmup-too-fast",
			Title: "A tenth of all mail leaves through the new VirtualMTA cold-1, far more than its plan has; receivers put off more and more of it.",
			Effects: []Effect{
				{Kind: EffectCold, Value: 0.1},
				{Kind: EffectDefer, VMTA: "cold-1", Value: 0.3},
				{Kind: EffectDefer, VMTA: "cold-1", Start: 45 * time.Second, Value: 0.6},
				{Kind: EffectDefer, VMTA: "cold-1", Start: 90 * time.Second, Value: 0.75},
				{Kind: EffectBlock, VMTA: "cold-1", Start: 90 * time.Second, Value: 0.1},
			},
			Config: `warmup:
  - vmta: cold-1
    start: TODAY
    curve: [50, 100, 200, 400, 800]
    shares: {gmail: 0.4}
`,
		},
	}
}

// serverScenarios are troubles of PowerMTA itself and of those who run it.
func serverScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "stuck-queue",
			Title: "One queue stays at one size, with all its sources disabled; one is paused and grows, until half of it is deleted.",
			Effects: []Effect{
				{Kind: EffectDisable, Queue: "comcast.net/news-1"},
				{Kind: EffectDry, Queue: "comcast.net/news-1", Start: 30 * time.Second},
				{Kind: EffectPause, Queue: "orange.fr/news-2"},
				{Kind: EffectDelete, Queue: "orange.fr/news-2", Start: 5 * time.Minute, Value: 0.5},
			},
		},
		{
			Name:  "vmta-throttled",
			Title: "The VirtualMTA club-1 reaches its own rate limits while all others flow.",
			Effects: []Effect{
				{Kind: EffectLimit, VMTA: "club-1", Value: 0.04},
			},
		},
		{
			Name:  "spool-filling",
			Title: "Mail comes in three times as fast as it may go out, and the spool nears its limit.",
			Effects: []Effect{
				{Kind: EffectSurge, Value: 3},
				{Kind: EffectLimit, Value: 0.15},
				{Kind: EffectSpoolLimit, Value: 240},
			},
		},
		{
			Name:    "license-ending",
			Title:   "The license ends in four days; `show license` says so.",
			Effects: []Effect{{Kind: EffectLicense, Value: 4}},
		},
		{
			Name:    "log-errors",
			Title:   "PowerMTA writes errors to its text log.",
			Effects: []Effect{{Kind: EffectLogErrors, Value: 60}},
		},
		{
			Name:    "pmta-down",
			Title:   "PowerMTA goes down after five seconds and is back 45 seconds later, with its counters at zero.",
			Effects: []Effect{{Kind: EffectDown, Start: 5 * time.Second, Duration: 45 * time.Second}},
		},
	}
}

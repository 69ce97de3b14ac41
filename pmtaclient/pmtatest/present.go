package pmtatest

import (
	"slices"
	"time"
)

// State returns what the pages show now.
func (t *Traffic) State() State {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := State{
		Host:        standInHost(),
		TimeNow:     t.now,
		StartupTime: t.started,
		Volumes:     t.counters.volumes(),
		Conns:       t.conns,
		Status:      "running",
		License:     t.license(),
	}
	domains := map[string]bool{}
	var smtp QueueType
	for _, q := range t.queues {
		if len(q.rcpts) == 0 {
			continue
		}
		shown := q.show(t.now)
		s.Queues = append(s.Queues, shown)
		domains[q.dest.domain] = true
		smtp.Rcp += shown.Rcp
		smtp.KB += shown.KB
	}
	smtp.Dom = int64(len(domains))
	s.Jobs = t.jobs()
	s.QueueTypes = queueTypes(smtp)
	s.Resolver = Resolver{NamesCached: len(t.domains)}
	s.Spool = Spool{
		InitPct:       100,
		Dirs:          1,
		FilesInUse:    t.files,
		FilesRecycled: t.filesTop - t.files,
		FilesTotal:    t.filesTop,
		TotalRcp:      smtp.Rcp,
		MaxRcp:        t.maxRcp(),
	}
	return s
}

// show is the queue as the pages show it.
func (q *queue) show(now time.Time) Queue {
	shown := Queue{
		Domain: q.dest.domain,
		VMTA:   q.vmta.name,
		Rcp:    int64(len(q.rcpts)),
		KB:     kilobytes(sum(q.rcpts, func(r recipient) int64 { return int64(r.size) })),
		Conn:   q.conn,
		Events: slices.Clone(q.events),
		Paused: q.paused,
		Mode:   ModeNormal,
	}
	if q.backoff {
		shown.Mode = ModeBackoff
	}
	switch {
	case q.retry.After(now):
		shown.RetryTime = q.retry
	case q.conn == 0 && q.next.After(now.Add(retryAfter/4)): // all recipients are deferred
		shown.RetryTime = q.next
	}
	return shown
}

// jobs adds up the queued mail by job, in the order of the campaigns.
func (t *Traffic) jobs() []Job {
	rcp, bytes := map[string]int64{}, map[string]int64{}
	for _, q := range t.queues {
		for _, r := range q.rcpts {
			rcp[r.campaign.job]++
			bytes[r.campaign.job] += int64(r.size)
		}
	}
	delete(rcp, "")
	var jobs []Job
	for _, c := range t.world.campaigns {
		if n := rcp[c.job]; n > 0 {
			jobs = append(jobs, Job{ID: c.job, Rcp: n, KB: kilobytes(bytes[c.job])})
			delete(rcp, c.job)
		}
	}
	return jobs
}

// license ends in years, unless the scenario has it end in days.
func (t *Traffic) license() License {
	l := License{
		Product:   "PowerMTA",
		Version:   "5.0",
		Platform:  "linux-intel",
		Instances: 1,
		Licensee:  "Example Corp",
		Serial:    "123456",
		Issued:    t.opts.Start.AddDate(-1, 0, 0),
		Expires:   t.opts.Start.AddDate(2, 0, 0),
		Copyright: "Port25 Solutions, Inc.  All Rights Reserved",
	}
	if days := t.effect(EffectLicense); days > 0 {
		l.Expires = t.opts.Start.AddDate(0, 0, int(days))
	}
	return l
}

func standInHost() Host {
	return Host{
		Name:         "PowerMTA",
		Version:      "5.0r5",
		BuildDate:    "2020-07-06 17:39:50",
		Revision:     "v5_0r5@200706.c291ebf",
		Bits:         64,
		Serial:       "123456",
		Instances:    1,
		OSName:       "Linux",
		OSVersion:    "3.10.0-862.3.2.el7.x86_64",
		OSBuild:      "CentOS Linux release 7.5.1804 (Core) ",
		CPUType:      "x86_64",
		CPUCount:     2,
		RAMKB:        3879568,
		FullHostName: "pmta.example.com",
	}
}

package logscan

import "github.com/pmta-exporter/pmta_exporter/logscan/acct"

// state does all of a state.
func (c *codec) state(s *stored) {
	c.sums(&s.storedHealth)
	counts(c, &s.Records, text[acct.Type])
	counts(c, &s.Outcomes, (*codec).outcome)
	counts(c, &s.SourceIPOutcomes, (*codec).sourceIPOutcome)
	counts(c, &s.SenderDomainOutcomes, (*codec).senderDomainOutcome)
	counts(c, &s.Bounces, (*codec).bounce)
	counts(c, &s.Deferrals, (*codec).vmta)
	counts(c, &s.SourceIPDeferrals, (*codec).sourceIP)
	counts(c, &s.DeliveredBytes, (*codec).vmta)
	counts(c, &s.TLSDeliveries, (*codec).tls)
	counts(c, &s.SourceIPs, (*codec).sourceIPVMTA)
	counts(c, &s.Replies, (*codec).reply)
	counts(c, &s.VMTAReplies, (*codec).vmtaReply)
	counts(c, &s.QueueErrors, (*codec).queueError)
	counts(c, &s.RemoteBounces, (*codec).remoteBounce)
	counts(c, &s.Received, (*codec).received)
	counts(c, &s.Feedback, (*codec).feedback)
	counts(c, &s.SourceIPFeedback, (*codec).sourceIP)
	c.reasons(&s.storedHealth)
	list(c, &s.Delays, (*codec).delay)
	list(c, &s.Files, (*codec).file)
	c.bool(&s.Looked)
	list(c, &s.Unseen, text[string])
	if c.knows(logsVersion) {
		c.sums(&s.Logs)
		c.reasons(&s.Logs)
		counts(c, &s.LogLines, (*codec).logLine)
		counts(c, &s.LogEvents, (*codec).logEvent)
	}
	if c.knows(dailyVersion) {
		c.int((*int64)(&s.Daily.Today))
		list(c, &s.Daily.Counts, (*codec).dailyCount)
	}
}

func (c *codec) dailyCount(d *DailyCount) {
	c.int((*int64)(&d.Day))
	text(c, &d.VMTA)
	text(c, &d.Provider)
	c.uint(&d.Recipients)
}

func (c *codec) sums(h *storedHealth) {
	c.time(&h.Created)
	for _, n := range []*uint64{&h.RecordsRead, &h.BytesRead, &h.Rotations, &h.Truncations} {
		c.uint(n)
	}
	c.int(&h.Newest)
}

func (c *codec) reasons(h *storedHealth) {
	counts(c, &h.Malformed, text[acct.Reason])
	counts(c, &h.Skipped, text[acct.Reason])
}

// counts does a family.
func counts[K comparable](c *codec, f *storedFamily[K], key func(*codec, *K)) {
	list(c, &f.Keys, key)
	list(c, &f.Created, (*codec).int)
	list(c, &f.Counts, (*codec).uint)
	c.uint(&f.Overflow)
}

func (c *codec) outcome(k *OutcomeKey) {
	text(c, &k.Provider)
	text(c, &k.VMTA)
	text(c, &k.Outcome)
}

func (c *codec) sourceIPOutcome(k *SourceIPOutcomeKey) {
	text(c, &k.SourceIP)
	text(c, &k.Provider)
	text(c, &k.Outcome)
}

func (c *codec) senderDomainOutcome(k *SenderDomainOutcomeKey) {
	text(c, &k.SenderDomain)
	text(c, &k.Outcome)
}

func (c *codec) bounce(k *BounceKey) {
	text(c, &k.Provider)
	text(c, &k.Category)
	text(c, &k.Class)
}

func (c *codec) vmta(k *VMTAKey) {
	text(c, &k.Provider)
	text(c, &k.VMTA)
}

func (c *codec) sourceIP(k *SourceIPKey) {
	text(c, &k.SourceIP)
	text(c, &k.Provider)
}

func (c *codec) tls(k *TLSKey) {
	text(c, &k.Provider)
	text(c, &k.Protocol)
}

func (c *codec) sourceIPVMTA(k *SourceIPVMTAKey) {
	text(c, &k.SourceIP)
	text(c, &k.VMTA)
}

func (c *codec) reply(k *ReplyKey) {
	text(c, &k.Provider)
	text(c, &k.Reason)
	text(c, &k.Permanence)
}

func (c *codec) vmtaReply(k *VMTAReplyKey) {
	text(c, &k.VMTA)
	text(c, &k.Reason)
}

func (c *codec) queueError(k *QueueErrorKey) {
	text(c, &k.Provider)
	text(c, &k.VMTA)
	text(c, &k.Cause)
}

func (c *codec) remoteBounce(k *RemoteBounceKey) {
	text(c, &k.Category)
	text(c, &k.Class)
}

func (c *codec) received(k *ReceivedKey) { text(c, &k.VMTA) }

func (c *codec) feedback(k *FeedbackKey) {
	text(c, &k.Provider)
	text(c, &k.Type)
}

func (c *codec) logLine(k *LogLineKey) {
	text(c, &k.Log)
	text(c, &k.Level)
}

func (c *codec) logEvent(k *LogEventKey) {
	text(c, &k.Log)
	text(c, &k.Event)
}

func (c *codec) delay(d *storedDelay) {
	text(c, &d.Provider)
	c.int(&d.Created)
	c.uint(&d.Count)
	c.uint(&d.Zero)
	c.float(&d.Sum)
	list(c, &d.Classic, (*codec).uint)
	c.buckets(&d.Native)
}

func (c *codec) file(f *storedFile) {
	c.uint(&f.Device)
	c.uint(&f.Inode)
	text(c, &f.Path)
	c.int(&f.Offset)
	c.print(&f.Head)
	c.print(&f.Tail)
	text(c, &f.Header)
	c.bool(&f.Split.Headed)
	c.byte(&f.Split.Place)
	c.byte(&f.Split.Format)
	c.int(&f.Seen)
	c.int(&f.Size)
	c.bool(&f.Begun)
	text(c, &f.Skipped)
	c.int(&f.SkippedFrom)
	for _, mark := range []*bool{&f.Refused, &f.Renamed, &f.Outdated} {
		c.bool(mark)
	}
	if c.knows(logsVersion) {
		c.byte(&f.Source)
		c.bool(&f.Lines.Timed)
		c.bool(&f.Lines.InRest)
	}
}

func (c *codec) print(p *storedPrint) {
	c.size(&p.Size)
	c.uint(&p.Sum)
}

package pmtatest

// nodes is the content of mta on the status page, and all of the version
// document.
func (h Host) nodes() []node {
	nodes := []node{
		branch("product",
			leaf("name", h.Name),
			leaf("version", h.Version),
			leaf("buildDate", h.BuildDate),
			leaf("revision", h.Revision),
			leaf("bits", h.Bits)),
		branch("lak", leaf("serial", h.Serial), leaf("instances", h.Instances)),
		branch("os", leaf("name", h.OSName), leaf("version", h.OSVersion), leaf("build", h.OSBuild)),
		branch("cpu", leaf("type", h.CPUType), leaf("count", h.CPUCount)),
		branch("ram", leaf("real", h.RAMKB)),
		leaf("fullHostName", h.FullHostName),
		leaf("userString", h.UserString),
		leaf("hostId", h.HostID),
	}
	if h.WebUIProtocol != 0 {
		nodes = append(nodes, branch("webUI", leaf("protocol", h.WebUIProtocol)))
	}
	return nodes
}

func (v Volumes) node() node {
	return branch("traffic",
		v.Total.node("total"),
		v.LastHr.node("lastHr"),
		v.LastMin.node("lastMin"),
		v.TopPerHr.node("topPerHr"),
		v.TopPerMin.node("topPerMin"),
		branch("perf", branch("lastMin", branch("in",
			leaf("count", v.Perf.Count),
			leaf("mailFromTime", v.Perf.MailFromTime),
			leaf("dataTime", v.Perf.DataTime),
			leaf("totalTime", v.Perf.TotalTime)))))
}

func (v Volume) node(name string) node {
	return branch(name,
		v.Out.node("out"),
		v.In.node("in"),
		leaf("bounceProcessed", v.BounceProcessed),
		leaf("feedbackLoopProcessed", v.FeedbackLoopProcessed))
}

func (a Amount) node(name string) node {
	return branch(name, leaf("rcp", a.Rcp), leaf("msg", a.Msg), leaf("kb", decimal(a.KB)))
}

func (c Conn) node(name string) node {
	return branch(name, leaf("cur", c.Cur), leaf("max", c.Max), leaf("top", c.Top))
}

func (s State) queueTypeNodes() []node {
	return nodesOf(s.QueueTypes, func(q QueueType) node {
		return branch(q.Name, leaf("rcp", q.Rcp), leaf("dom", q.Dom), leaf("kb", decimal(q.KB)))
	})
}

func (s Spool) node() node {
	return branch("spool",
		leaf("initPct", s.InitPct),
		leaf("dirs", s.Dirs),
		branch("files",
			leaf("inUse", s.FilesInUse),
			leaf("recycled", s.FilesRecycled),
			leaf("total", s.FilesTotal)),
		leaf("totalRcp", s.TotalRcp),
		leaf("maxRcp", s.MaxRcp))
}

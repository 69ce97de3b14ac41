package main

// kind is a file, the jobs that are done on it, and the goals.
type kind struct {
	name string // a JOB of TestJob that writes it
	jobs []string
	// goals are ratios of processor time: the first job to the second must be
	// at least, or at most, so much.
	goals []goal
}

type goal struct {
	id         string
	slow, fast string
	least      float64 // 0 for a goal with most
	most       float64
}

func kinds() []kind {
	return []kind{
		{
			"traffic",
			[]string{"full", "counting", "split", "wc", "mawk", "mtail", "mtail with patterns", "csv and regexps"},
			[]goal{
				{"L1", "mtail", "counting", 25, 0},
				{"L1", "mawk", "counting", 4, 0},
				{"L1", "counting", "split", 0, 1.7},
				{"L2", "mtail with patterns", "full", 30, 0},
				{"L2", "mawk", "full", 2.5, 0},
				{"L2", "full", "split", 0, 3},
				{"L2", "full", "wc", 0, 12},
			},
		},
		{
			"failures",
			[]string{"full", "mtail with patterns", "csv and regexps"},
			[]goal{
				{"L4", "mtail with patterns", "full", 30, 0},
				{"L4", "csv and regexps", "full", 20, 0},
			},
		},
		{
			"textlog",
			[]string{"log", "mtail with log patterns"},
			[]goal{{"L5", "mtail with log patterns", "log", 40, 0}},
		},
	}
}

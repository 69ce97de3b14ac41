package pmtaclient

// Jobs is the answer of /jobs: the jobs that have recipients.
type Jobs struct {
	List
	Jobs []Job
}

// Job is the mail of one job. Senders choose the identifiers.
type Job struct {
	ID             string
	Recipients, KB Number
}

func newJobsVisitor(j *Jobs) visitor {
	var jobs pile[Job]
	add := func(r *row) {
		jobs.add(Job{ID: string(r.name), Recipients: r.recipients, KB: r.kb})
	}
	return &listVisitor{
		list: &j.List, item: "job", totals: "totalJobsWithRcp",
		add: add, all: func() { j.Jobs = jobs.all() },
	}
}

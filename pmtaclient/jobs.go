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
	return &listVisitor{list: &j.List, item: "job", totals: "totalJobsWithRcp", add: func(r *row) {
		j.Jobs = append(j.Jobs, Job{ID: string(r.name), Recipients: r.recipients, KB: r.kb})
	}}
}

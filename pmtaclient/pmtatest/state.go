package pmtatest

import "time"

// State is everything that the pages of one PowerMTA show at one instant, as
// plain data: change a copy and hand it to SetState. Only queues are told one
// by one; the lists of domains and VirtualMTAs and every list's totals are
// summed from them, so that the pages agree. The status page is told apart from
// the queues, because PowerMTA counts it apart. Clock times are printed in
// their own location and without a zone, as PowerMTA does.
type State struct {
	Host         Host
	TimeNow      time.Time // wall clock of PowerMTA's host
	StartupTime  time.Time
	ShuttingDown bool
	Volumes      Volumes
	Conns        Conns
	Resolver     Resolver
	QueueTypes   []QueueType // in the order of the page
	Spool        Spool
	Status       string // "running" is the only word ever seen
	Queues       []Queue
	Jobs         []Job
	License      License
	LocalIPs     []string // addresses of the host
}

// Host is the mta part of the status page: product, license key and machine.
type Host struct {
	Name          string // product name
	Version       string
	BuildDate     string
	Revision      string
	Bits          int
	Serial        string // digits, but a string in JSON
	Instances     int
	OSName        string
	OSVersion     string
	OSBuild       string
	CPUType       string
	CPUCount      int
	RAMKB         int64
	FullHostName  string
	UserString    string
	HostID        int
	WebUIProtocol int // 0 = absent; only 5.0r1 shows it
}

// Volumes is the traffic part of the status page. Total counts since the start
// or since a reset; LastHr and LastMin are sums over the trailing hour and
// minute, TopPerHr and TopPerMin the highest such sums, each figure for itself.
type Volumes struct {
	Total     Volume
	LastHr    Volume
	LastMin   Volume
	TopPerHr  Volume
	TopPerMin Volume
	Perf      Perf
}

// Volume is one traffic block.
type Volume struct {
	Out                   Amount
	In                    Amount
	BounceProcessed       int64
	FeedbackLoopProcessed int64
}

// Amount is one direction of a traffic block.
type Amount struct {
	Rcp int64
	Msg int64
	KB  float64
}

// Perf is the reception performance of the last minute; its units are not
// documented.
type Perf struct {
	Count        int64
	MailFromTime int64
	DataTime     int64
	TotalTime    int64
}

// Conns is the conn part of the status page.
type Conns struct {
	In  Conn
	Out Conn
}

// Conn counts connections of one direction.
type Conn struct {
	Cur int
	Max int // limit of license and configuration
	Top int // most since the start
}

// Resolver is the resolver part of the status page.
type Resolver struct {
	NamesCached    int
	QueriesPending int
	QueriesActive  int
}

// QueueType is what waits for one kind of delivery: smtp, pipe, discard and so
// on.
type QueueType struct {
	Name string
	Rcp  int64
	Dom  int64
	KB   float64
}

// queueTypes is the list of 4.5 and 5.0, with mail for SMTP alone.
func queueTypes(smtp QueueType) []QueueType {
	smtp.Name = "smtp"
	types := []QueueType{smtp}
	for _, name := range []string{"pipe", "discard", "file", "alias", "bounceProcessor", "feedbackLoopProcessor"} {
		types = append(types, QueueType{Name: name})
	}
	return types
}

// Spool is the spool part of the status page.
type Spool struct {
	InitPct       int
	Dirs          int
	FilesInUse    int64
	FilesRecycled int64
	FilesTotal    int64
	TotalRcp      int64
	MaxRcp        int64 // a limit that TotalRcp may exceed
}

// Queue is the mail for one domain by way of one VirtualMTA.
type Queue struct {
	Domain    string
	VMTA      string
	Rcp       int64
	KB        float64
	Conn      int
	Events    []Event // newest first
	Paused    bool
	Mode      Mode
	RetryTime time.Time // zero = none
}

// Name is the queue's name as PowerMTA writes it.
func (q Queue) Name() string { return q.Domain + "/" + q.VMTA }

// Mode is the mode of a queue.
type Mode string

// The modes that PowerMTA knows.
const (
	ModeNormal  Mode = "normal"
	ModeBackoff Mode = "backoff"
)

// Event is one of the latest errors of a queue or domain.
type Event struct {
	Type string // PowerMTA records the type "error" only
	Time time.Time
	Text string
}

// Job is the queued mail of one job.
type Job struct {
	ID  string
	Rcp int64
	KB  float64
}

// License is what `pmta show license` tells.
type License struct {
	Product   string
	Version   string
	Platform  string
	Units     int
	Instances int
	Licensee  string
	Serial    string
	Issued    time.Time
	Expires   time.Time // zero = never
	Copyright string
}

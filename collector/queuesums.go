package collector

import (
	"slices"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// maxQueueSums is the most label sets of a family that is summed over queues
// and has an open label.
const maxQueueSums = 5000

// The sizes of the closed labels.
const (
	numStates = len(states{})
	numModes  = len(modes{})
	numCauses = len(causes{})
)

type (
	states = [4]pmtaclient.State
	modes  = [3]pmtaclient.Mode
	causes = [9]pmtaclient.Cause
)

// The compiler checks that these are all.
var (
	_ states = pmtaclient.States()
	_ modes  = pmtaclient.Modes()
	_ causes = pmtaclient.Causes()
)

func stateIndex(s pmtaclient.State) int {
	all := pmtaclient.States()
	return slices.Index(all[:], s)
}

func causeIndex(c pmtaclient.Cause) int {
	all := pmtaclient.Causes()
	return slices.Index(all[:], c)
}

// queueSums are the exact sums over all queues that PowerMTA returned.
type queueSums struct {
	now        time.Time // PowerMTA's clock; zero when unknown
	providers  int       // that there are
	recipients float64

	queues  map[stateKey]float64 // number of them
	waiting map[causeKey]float64 // recipients, by provider and cause
	pairs   *table[pairKey, pairSums]
	vmtas   *table[string, vmtaSums]
}

// The label sets of the sums.
type (
	stateKey struct {
		state pmtaclient.State
		mode  pmtaclient.Mode
	}
	causeKey struct {
		provider string
		cause    pmtaclient.Cause
	}
	pairKey struct{ provider, vmta string }
)

// pairSums are the sums over the queues of one VirtualMTA for one provider.
type pairSums struct {
	recipients float64
	byState    [numStates]number
	conn       number
}

// vmtaSums are the sums over the queues of one VirtualMTA.
type vmtaSums struct {
	recipients                       float64
	byCause                          [numCauses]number // recipients that wait
	backoffRecipients, backoffQueues float64
}

func newQueueSums(now time.Time, providers int) *queueSums {
	s := &queueSums{
		now: now, providers: providers,
		queues:  map[stateKey]float64{},
		waiting: map[causeKey]float64{},
		pairs:   newTable[pairKey, pairSums](),
		vmtas:   newTable[string, vmtaSums](),
	}
	for _, state := range pmtaclient.States() { // other modes show once PowerMTA reports one
		s.queues[stateKey{state, pmtaclient.ModeNormal}] = 0
		s.queues[stateKey{state, pmtaclient.ModeBackoff}] = 0
	}
	return s
}

func (s *queueSums) add(key queueKey, q *pmtaclient.Queue) {
	n := q.Recipients.Value
	s.recipients += n
	pair := pairSums{recipients: n, conn: q.Conn}
	// Without PowerMTA's clock nobody knows which attempts are due.
	if !s.now.IsZero() {
		state := q.State(s.now)
		s.queues[stateKey{state, q.Mode}]++
		pair.byState[stateIndex(state)] = number{Value: n, OK: true}
	}
	s.pairs.at(pairKey{key.provider, key.vmta}).add(&pair)

	// Mail waits where queue.conn says 0, and not where it says nothing.
	vmta := vmtaSums{recipients: n}
	if q.Conn.OK && q.Conn.Value == 0 {
		cause := q.WaitsFor()
		s.waiting[causeKey{key.provider, cause}] += n
		vmta.byCause[causeIndex(cause)] = number{Value: n, OK: true}
	}
	if q.Mode == pmtaclient.ModeBackoff {
		vmta.backoffRecipients, vmta.backoffQueues = n, 1
	}
	s.vmtas.at(key.vmta).add(&vmta)
}

func (p *pairSums) add(other *pairSums) {
	p.recipients += other.recipients
	p.conn = plus(p.conn, other.conn)
	addTo(p.byState[:], other.byState[:])
}

func (v *vmtaSums) add(other *vmtaSums) {
	v.recipients += other.recipients
	v.backoffRecipients += other.backoffRecipients
	v.backoffQueues += other.backoffQueues
	addTo(v.byCause[:], other.byCause[:])
}

func addTo(sums, more []number) {
	for i, n := range more {
		sums[i] = plus(sums[i], n)
	}
}

// labelSets counts the figures that are there.
func labelSets(numbers []number) int {
	n := 0
	for _, x := range numbers {
		if x.OK {
			n++
		}
	}
	return n
}

// queueSumFamilies are the families of queueSums. Beyond their ceilings whole
// VirtualMTAs, or pairs of provider and VirtualMTA, are added up as other, so
// that what stands under a name is all there is of it.
type queueSumFamilies struct {
	pairs *shortlist[pairKey]
	vmtas *shortlist[string]

	queues, queued, connections, waiting, vmtaWaiting *family
	backoffRecipients, backoffQueues                  *family
}

func newQueueSumFamilies(providers, maxVMTAs int) *queueSumFamilies {
	return &queueSumFamilies{
		// The budgets leave room for the rows of other; that of pairs is found on
		// each scrape.
		pairs: &shortlist[pairKey]{limit: maxQueueSums},
		vmtas: &shortlist[string]{limit: maxVMTAs, budget: maxQueueSums - numCauses},
		queues: gaugeBy(numStates*numModes, "pmta_queues",
			"Number of queues that PowerMTA listed, from queue.conn, queue.retryTime, queue.paused and queue.mode.", "state", "mode"),
		queued: gaugeBy(maxQueueSums, "pmta_queued_recipients",
			"Recipients in the listed queues, the sum of queue.rcp.", "provider", "vmta", "state"),
		connections: gaugeBy(maxQueueSums, "pmta_queued_connections",
			"Open outbound connections of the listed queues, the sum of queue.conn.", "provider", "vmta"),
		waiting: gaugeBy(providers*numCauses, "pmta_waiting_recipients",
			"Recipients of listed queues without a connection by the newest error, from queue.event.", "provider", "cause"),
		vmtaWaiting: gaugeBy(maxQueueSums, "pmta_vmta_waiting_recipients",
			"Recipients of listed queues without a connection by the newest error, from queue.event.", "vmta", "cause"),
		backoffRecipients: gaugeBy(maxVMTAs+1, "pmta_vmta_backoff_recipients",
			"Recipients of listed queues in backoff mode, from queue.mode and queue.rcp.", "vmta"),
		backoffQueues: gaugeBy(maxVMTAs+1, "pmta_vmta_backoff_queues",
			"Listed queues in backoff mode, from queue.mode.", "vmta"),
	}
}

func (f *queueSumFamilies) families() []*family {
	return []*family{
		f.queues, f.queued, f.connections, f.waiting, f.vmtaWaiting, f.backoffRecipients, f.backoffQueues,
	}
}

func (f *queueSumFamilies) emit(s *queueSums, out *samples) {
	if !s.now.IsZero() {
		for key, n := range s.queues {
			out.add(f.queues, n, string(key.state), string(key.mode))
		}
	}
	for key, n := range s.waiting {
		out.add(f.waiting, n, key.provider, string(key.cause))
	}
	out.limits[f.waiting] = s.providers * numCauses
	f.emitPairs(s, out)
	f.emitVMTAs(s.vmtas, out)
}

func (f *queueSumFamilies) emitPairs(s *queueSums, out *samples) {
	pairs := s.pairs
	candidates := make([]candidate[pairKey], len(pairs.keys))
	for i, key := range pairs.keys {
		// A pair of unknown state still has a row of connections.
		candidates[i] = candidate[pairKey]{key, pairs.rows[i].recipients, max(1, labelSets(pairs.rows[i].byState[:]))}
	}
	shown := f.pairs.chooseWithin(maxQueueSums-s.providers*numStates, candidates)
	rows := newTable[pairKey, pairSums]()
	for i, key := range pairs.keys {
		if !shown[key] {
			out.fold(f.queued, labelSets(pairs.rows[i].byState[:]))
			out.fold(f.connections, 1)
			key.vmta = logscan.Other
		}
		rows.at(key).add(&pairs.rows[i])
	}
	for i, key := range rows.keys {
		out.addNumber(f.connections, rows.rows[i].conn, key.provider, key.vmta)
		for j, state := range pmtaclient.States() {
			out.addNumber(f.queued, rows.rows[i].byState[j], key.provider, key.vmta, string(state))
		}
	}
}

func (f *queueSumFamilies) emitVMTAs(vmtas *table[string, vmtaSums], out *samples) {
	candidates := make([]candidate[string], len(vmtas.keys))
	for i, vmta := range vmtas.keys {
		// A VirtualMTA whose mail does not wait still has a row of backoff.
		candidates[i] = candidate[string]{vmta, vmtas.rows[i].recipients, max(1, labelSets(vmtas.rows[i].byCause[:]))}
	}
	shown := f.vmtas.choose(candidates)
	rows := newTable[string, vmtaSums]()
	for i, vmta := range vmtas.keys {
		if !shown[vmta] {
			out.fold(f.vmtaWaiting, labelSets(vmtas.rows[i].byCause[:]))
			out.fold(f.backoffRecipients, 1)
			out.fold(f.backoffQueues, 1)
			vmta = logscan.Other
		}
		rows.at(vmta).add(&vmtas.rows[i])
	}
	for i, vmta := range rows.keys {
		out.add(f.backoffRecipients, rows.rows[i].backoffRecipients, vmta)
		out.add(f.backoffQueues, rows.rows[i].backoffQueues, vmta)
		for j, cause := range pmtaclient.Causes() {
			out.addNumber(f.vmtaWaiting, rows.rows[i].byCause[j], vmta, string(cause))
		}
	}
}

package collector

import (
	"time"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// maxQueueSums is the most label sets of a family that is summed over queues.
// Beyond it the smallest VirtualMTAs are added up as other.
const maxQueueSums = 5000

// pausedCause is the cause of waiting of a paused queue, whatever its newest
// error says.
const pausedCause = "paused"

// maxCauses is the number of values of the label cause.
const maxCauses = 9

// queueSums are the exact sums over all queues that PowerMTA returned.
type queueSums struct {
	now        time.Time // PowerMTA's clock; zero when unknown
	recipients float64

	byState           map[stateKey]float64 // number of queues
	queued            map[queuedKey]float64
	connections       map[vmtaKey]float64
	waiting           map[causeKey]float64
	vmtaWaiting       map[causeKey]float64
	backoffRecipients map[string]float64
	backoffQueues     map[string]float64
}

// The label sets of the sums.
type (
	stateKey struct {
		state pmtaclient.State
		mode  pmtaclient.Mode
	}
	queuedKey struct {
		provider, vmta string
		state          pmtaclient.State
	}
	vmtaKey  struct{ provider, vmta string }
	causeKey struct{ of, cause string } // of one provider or VirtualMTA
)

func newQueueSums(now time.Time) *queueSums {
	s := &queueSums{
		now:               now,
		byState:           map[stateKey]float64{},
		queued:            map[queuedKey]float64{},
		connections:       map[vmtaKey]float64{},
		waiting:           map[causeKey]float64{},
		vmtaWaiting:       map[causeKey]float64{},
		backoffRecipients: map[string]float64{},
		backoffQueues:     map[string]float64{},
	}
	for _, state := range []pmtaclient.State{
		pmtaclient.StateActive, pmtaclient.StateDeferred, pmtaclient.StateReady, pmtaclient.StatePaused,
	} {
		s.byState[stateKey{state, pmtaclient.ModeNormal}] = 0
		s.byState[stateKey{state, pmtaclient.ModeBackoff}] = 0
	}
	return s
}

func (s *queueSums) add(key queueKey, q *pmtaclient.Queue) {
	n := q.Recipients.Value
	s.recipients += n
	if !s.now.IsZero() {
		state := q.State(s.now)
		s.byState[stateKey{state, q.Mode}]++
		s.queued[queuedKey{key.provider, key.vmta, state}] += n
	}
	if q.Conn.OK {
		s.connections[vmtaKey{key.provider, key.vmta}] += q.Conn.Value
	}
	if q.Conn.Value == 0 {
		cause := string(q.Newest.Cause)
		if q.Paused.Value {
			cause = pausedCause
		}
		s.waiting[causeKey{key.provider, cause}] += n
		s.vmtaWaiting[causeKey{key.vmta, cause}] += n
	}
	inBackoff := oneIf(q.Mode == pmtaclient.ModeBackoff)
	s.backoffQueues[key.vmta] += inBackoff
	s.backoffRecipients[key.vmta] += inBackoff * n
}

// queueSumFamilies are the families of queueSums.
type queueSumFamilies struct {
	providers int // number of values of the label provider
	vmtas     int // most VirtualMTAs where vmta is the only label

	queues, queued, connections, waiting, vmtaWaiting *family
	backoffRecipients, backoffQueues                  *family
}

func newQueueSumFamilies(providers, vmtas int) *queueSumFamilies {
	return &queueSumFamilies{
		providers: providers,
		vmtas:     vmtas,
		queues: gaugeBy(12, "pmta_queues",
			"Number of queues that PowerMTA listed, from queue.conn, queue.retryTime, queue.paused and queue.mode.", "state", "mode"),
		queued: gaugeBy(maxQueueSums, "pmta_queued_recipients",
			"Recipients in the listed queues, the sum of queue.rcp.", "provider", "vmta", "state"),
		connections: gaugeBy(maxQueueSums, "pmta_queued_connections",
			"Open outbound connections of the listed queues, the sum of queue.conn.", "provider", "vmta"),
		waiting: gaugeBy(providers*maxCauses, "pmta_waiting_recipients",
			"Recipients of listed queues without a connection by the newest error, from queue.event.", "provider", "cause"),
		vmtaWaiting: gaugeBy(maxQueueSums, "pmta_vmta_waiting_recipients",
			"Recipients of listed queues without a connection by the newest error, from queue.event.", "vmta", "cause"),
		backoffRecipients: gaugeBy(vmtas, "pmta_vmta_backoff_recipients",
			"Recipients of listed queues in backoff mode, from queue.mode and queue.rcp.", "vmta"),
		backoffQueues: gaugeBy(vmtas, "pmta_vmta_backoff_queues",
			"Listed queues in backoff mode, from queue.mode.", "vmta"),
	}
}

func (f *queueSumFamilies) families() []*family {
	return []*family{
		f.queues, f.queued, f.connections, f.waiting, f.vmtaWaiting, f.backoffRecipients, f.backoffQueues,
	}
}

func (f *queueSumFamilies) emit(s *queueSums, e *emitter) {
	if !s.now.IsZero() {
		for key, n := range s.byState {
			e.add(f.queues, n, string(key.state), string(key.mode))
		}
	}
	e.folded[f.queued] += foldSmallest(s.queued, maxQueueSums, f.providers*4, func(k queuedKey) queuedKey {
		return queuedKey{k.provider, otherValue, k.state}
	})
	for key, n := range s.queued {
		e.add(f.queued, n, key.provider, key.vmta, string(key.state))
	}
	e.folded[f.connections] += foldSmallest(s.connections, maxQueueSums, f.providers, func(k vmtaKey) vmtaKey {
		return vmtaKey{k.provider, otherValue}
	})
	for key, n := range s.connections {
		e.add(f.connections, n, key.provider, key.vmta)
	}
	for key, n := range s.waiting {
		e.add(f.waiting, n, key.of, key.cause)
	}
	e.folded[f.vmtaWaiting] += foldSmallest(s.vmtaWaiting, maxQueueSums, maxCauses, func(k causeKey) causeKey {
		return causeKey{otherValue, k.cause}
	})
	for key, n := range s.vmtaWaiting {
		e.add(f.vmtaWaiting, n, key.of, key.cause)
	}
	f.emitByVMTA(f.backoffRecipients, s.backoffRecipients, e)
	f.emitByVMTA(f.backoffQueues, s.backoffQueues, e)
}

func (f *queueSumFamilies) emitByVMTA(family *family, sums map[string]float64, e *emitter) {
	e.folded[family] += foldSmallest(sums, f.vmtas, 1, func(string) string { return otherValue })
	for vmta, n := range sums {
		e.add(family, n, vmta)
	}
}

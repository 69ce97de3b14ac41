package logscan

// slot is where a family counts a label set: its row, counted from 1, and
// negative where that is the row of Other. At 0 nothing is known yet.
type slot int32

// route holds the slots of all that is counted for mail from one VirtualMTA
// and source address to one provider. Most records take a route that others
// took before them, and are counted without a look-up of texts: that was half of
// the work for a record, see BenchmarkTraffic.
//
// What a delivery needs comes first, to lie together in the processor's cache.
type route struct {
	tlsDeliveries  [6]slot // in the order of protocols
	delays         slot
	deliveredBytes slot

	outcomes [5]struct{ vmta, sourceIP slot } // in the order of outcomes

	deferrals, sourceIPDeferrals slot
}

// origin is a VirtualMTA together with a source address that it uses.
type origin struct {
	number    int32 // 0 for a new one
	sourceIPs slot
}

// routes finds routes by the numbers of labels.
type routes struct {
	origins grid[origin] // by VirtualMTA and source address
	known   int32        // origins with a number
	byMail  grid[route]  // by origin and provider
	senders [5]slots     // of senders, in the order of outcomes
	types   [9]slot      // of records, in the order of acct.Types

	// What a record takes whose labels have no number, or for which there is no
	// more room. It is new for each.
	looseOrigin origin
	looseRoute  route
}

// These bound what routes remembers. Few servers come near them: 200 VirtualMTAs
// that send to 100 providers need a tenth.
const (
	maxOrigins = 1 << 20
	maxRoutes  = 1 << 18
)

func newRoutes() routes {
	return routes{origins: grid[origin]{limit: maxOrigins}, byMail: grid[route]{limit: maxRoutes}}
}

// of returns origin and route of mail. They hold until the next call.
func (r *routes) of(m *mail) (*origin, *route) {
	if o := r.origins.at(m.vmta.number, m.addressNumber()); o != nil {
		if o.number == 0 {
			r.known++
			o.number = r.known
		}
		if way := r.byMail.at(int(o.number), m.provider.number); way != nil {
			return o, way
		}
	}
	r.looseOrigin, r.looseRoute = origin{}, route{}
	return &r.looseOrigin, &r.looseRoute
}

// addressNumber is the number of the source address, and that of none where the
// file has no column for it.
func (m *mail) addressNumber() int {
	switch {
	case m.sourceIP.text == "":
		return 1
	case m.sourceIP.number == 0:
		return 0
	}
	return m.sourceIP.number + 1
}

// grid holds a value for each pair of numbers from 1 on, up to a bound.
type grid[T any] struct {
	rows  [][]T
	cells int
	limit int
}

// at returns the value of a pair; nil when there can be none. It may move when
// there comes another.
func (g *grid[T]) at(a, b int) *T {
	if a > 0 && b > 0 && a < len(g.rows) && b < len(g.rows[a]) {
		return &g.rows[a][b]
	}
	return g.grow(a, b)
}

// grow makes room for a pair. 0 is no number.
func (g *grid[T]) grow(a, b int) *T {
	more := b + 1
	if a < len(g.rows) {
		more -= len(g.rows[a])
	}
	if a == 0 || b == 0 || g.cells+more > g.limit {
		return nil
	}
	for len(g.rows) <= a {
		g.rows = append(g.rows, nil)
	}
	g.rows[a] = append(g.rows[a], make([]T, more)...)
	g.cells += more
	return &g.rows[a][b]
}

// slots holds the slot of each number. That of 0, which is no number, is new
// each time.
type slots []slot

func (p *slots) at(number int) *slot {
	if number >= len(*p) {
		*p = append(*p, make([]slot, number+1-len(*p))...)
	}
	(*p)[0] = 0
	return &(*p)[number]
}

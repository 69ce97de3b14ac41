package pmtatest

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy carries connections to a server and does to them what networks do: see
// Toxic. A Fault spoils an answer where it is made, a Toxic on its way.
type Proxy struct {
	URL string // like the server's, with the proxy's own port

	listener *net.TCPListener
	server   *net.TCPAddr
	done     chan struct{} // closed by Close
	working  sync.WaitGroup

	mu    sync.Mutex
	toxic Toxic
	conns map[*net.TCPConn]bool // nil once closed
}

// NewProxy starts a proxy to the server at serverURL on a free loopback port;
// like NewServer it panics when there is none.
func NewProxy(serverURL string) *Proxy {
	p := &Proxy{done: make(chan struct{}), conns: map[*net.TCPConn]bool{}}
	u, err := url.Parse(serverURL)
	if err == nil {
		p.server, err = net.ResolveTCPAddr("tcp", u.Host)
	}
	if err == nil {
		p.listener, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	}
	if err != nil {
		panic("pmtatest: " + err.Error())
	}
	u.Host = p.listener.Addr().String()
	p.URL = u.String()
	p.working.Go(p.accept)
	return p
}

// SetToxic replaces the toxic for requests to come, or ends it with the zero
// one. Connections whose requests the proxy cannot read keep the one that they
// began with.
func (p *Proxy) SetToxic(t Toxic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.toxic = t
}

// Close ends all connections and waits for them.
func (p *Proxy) Close() {
	p.mu.Lock()
	conns := p.conns
	p.conns = nil
	p.mu.Unlock()
	if conns == nil {
		return
	}
	close(p.done)
	_ = p.listener.Close()
	for c := range conns {
		_ = c.Close()
	}
	p.working.Wait()
}

// accept carries each connection until Close.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.AcceptTCP()
		if err != nil {
			return
		}
		server, err := net.DialTCP("tcp", nil, p.server)
		if err != nil {
			resetTCP(client)
			continue
		}
		if !p.own(client, server) {
			return
		}
		p.working.Go(func() { p.carry(client, server) })
	}
}

// own notes connections so that Close ends them; it refuses after that.
func (p *Proxy) own(conns ...*net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.conns == nil {
			_ = c.Close()
			continue
		}
		p.conns[c] = true
	}
	return p.conns != nil
}

func (p *Proxy) disown(conns ...*net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

// toxicFor is the toxic for a request; without a path, for a connection whose
// requests nobody has read yet.
func (p *Proxy) toxicFor(path string) Toxic {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.toxic.Path == "" || p.toxic.Path == path {
		return p.toxic
	}
	return Toxic{}
}

// carry moves bytes both ways until both have ended.
func (p *Proxy) carry(client, server *net.TCPConn) {
	defer p.disown(client, server)
	l := &link{proxy: p, left: make(chan struct{})}
	toxic := p.toxicFor("")
	l.exchange.Store(&toxic)
	var side sync.WaitGroup
	side.Go(func() { (&flow{link: l, from: client, to: server, upstream: true}).run() })
	(&flow{link: l, from: server, to: client}).run()
	side.Wait()
}

// link is one connection through the proxy.
type link struct {
	proxy    *Proxy
	exchange atomic.Pointer[Toxic] // of the newest request and its answer
	once     sync.Once
	left     chan struct{} // closed when one side has ended
}

// wait returns false when there is nobody to wait for any more.
func (l *link) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.left:
	case <-l.proxy.done:
	}
	return false
}

// flow is one direction of a link.
type flow struct {
	link     *link
	from, to *net.TCPConn
	upstream bool

	exchange *Toxic // what passed counts for
	passed   int
	muted    bool // what comes goes nowhere
}

// run moves bytes until their end, and tells the other side of it.
func (f *flow) run() {
	defer f.link.once.Do(func() { close(f.link.left) })
	piece := make([]byte, 32<<10)
	for {
		n, err := f.from.Read(piece)
		if n > 0 && f.upstream {
			f.link.noteRequest(piece[:n])
		}
		if n > 0 && !f.pass(piece[:n]) {
			return
		}
		if err != nil {
			_ = f.to.CloseWrite() // it may be closed
			return
		}
	}
}

// noteRequest begins an exchange where a piece begins a request. Clients send
// the head of a request in one piece.
func (l *link) noteRequest(piece []byte) {
	method, rest, _ := bytes.Cut(piece, []byte(" "))
	target, _, ok := bytes.Cut(rest, []byte(" HTTP/"))
	if !ok || string(method) != "GET" && string(method) != "POST" {
		return
	}
	path, _, _ := bytes.Cut(target, []byte("?"))
	toxic := l.proxy.toxicFor(string(path))
	l.exchange.Store(&toxic)
}

// pass hands on a piece, or what the toxic lets through. It returns false when
// the connection is over.
func (f *flow) pass(piece []byte) bool {
	if toxic := f.link.exchange.Load(); toxic != f.exchange {
		f.exchange, f.passed = toxic, 0
	}
	t := *f.exchange
	switch {
	case f.muted:
		return true
	case t.Kind == "" || t.Upstream != f.upstream:
		return f.write(piece)
	case t.Kind == ToxicDelay:
		return f.link.wait(t.Every) && f.write(piece)
	case t.Kind == ToxicDrip:
		return f.drip(piece, t.Every)
	case f.passed+len(piece) < t.N:
		f.passed += len(piece)
		return f.write(piece)
	}
	return f.write(piece[:t.N-f.passed]) && f.strike(t.Kind)
}

func (f *flow) drip(piece []byte, every time.Duration) bool {
	for i := range piece {
		if !f.link.wait(every) || !f.write(piece[i:i+1]) {
			return false
		}
	}
	return true
}

func (f *flow) write(piece []byte) bool {
	_, err := f.to.Write(piece)
	return err == nil
}

// strike ends this direction. After a stall or cut the flow reads on, so that
// it notices when the other end leaves.
func (f *flow) strike(kind ToxicKind) bool {
	f.muted = true
	switch kind {
	case ToxicReset:
		client, server := f.to, f.from
		if f.upstream {
			client, server = server, client
		}
		resetTCP(client) // before the other flow notices and ends it in good order
		resetTCP(server)
		return false
	case ToxicCut:
		_ = f.to.CloseWrite() // it may be closed
	}
	return true
}

// resetTCP closes a connection with a reset in place of an orderly end.
func resetTCP(c *net.TCPConn) {
	_ = c.SetLinger(0) // if this fails, the peer sees an orderly end and its test says so
	_ = c.Close()
}

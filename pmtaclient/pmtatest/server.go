package pmtatest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a Handler that listens, made like httptest.Server.
type Server struct {
	*Handler
	URL string // http://127.0.0.1:port, or https

	addr string
	tls  *tls.Config // nil for plain HTTP

	mu      sync.Mutex
	running *listening // nil while down
}

// listening is one period in which a Server accepts connections.
type listening struct {
	server  *http.Server
	serving sync.WaitGroup
	conns   sync.WaitGroup
}

// NewServer starts a server on a free loopback port; like httptest.NewServer it
// panics when there is none.
func NewServer(opts ...Option) *Server {
	s, err := Listen("127.0.0.1:0", opts...)
	if err != nil {
		panic("pmtatest: " + err.Error())
	}
	return s
}

// NewTLSServer is NewServer with HTTPS and a certificate made for this server
// alone.
func NewTLSServer(opts ...Option) *Server {
	return NewServer(append(opts, WithTLS())...)
}

// Listen starts a server on the given address.
func Listen(addr string, opts ...Option) (*Server, error) {
	s := &Server{Handler: NewHandler(opts...), addr: addr}
	scheme := "http://"
	if s.options.tls {
		certificate, err := selfSigned()
		if err != nil {
			return nil, err
		}
		s.tls = &tls.Config{Certificates: []tls.Certificate{certificate}}
		scheme = "https://"
	}
	if err := s.SetDown(false); err != nil {
		return nil, err
	}
	s.URL = scheme + s.addr
	return s, nil
}

// Certificate returns the server's own certificate, or nil for plain HTTP.
func (s *Server) Certificate() *x509.Certificate {
	if s.tls == nil {
		return nil
	}
	return s.tls.Certificates[0].Leaf
}

// SetDown stops the server, so that its port refuses connections, or starts it
// again on the same port.
func (s *Server) SetDown(down bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case down && s.running != nil:
		s.running.stop()
		s.running = nil
	case !down && s.running == nil:
		addr, err := net.ResolveTCPAddr("tcp", s.addr)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		ln, err := net.ListenTCP("tcp", addr)
		if err != nil {
			return err // names operation and address
		}
		s.addr = ln.Addr().String()
		s.running = serve(ln, s.Handler, s.tls)
	}
	return nil
}

// Close stops the server and waits for its answers to end.
func (s *Server) Close() {
	_ = s.SetDown(true) // going down cannot fail
}

func serve(ln net.Listener, h http.Handler, config *tls.Config) *listening {
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	l := &listening{}
	l.server = &http.Server{
		Handler:           h,
		ConnState:         l.track,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that break off are what tests are made of
	}
	l.serving.Go(func() { _ = l.server.Serve(ln) }) // returns when stop is called
	return l
}

// track counts connections. A new one is announced by Serve, before it returns,
// and a closed one after its answer.
func (l *listening) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		l.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		l.conns.Done()
	}
}

// stop closes all connections, which makes hung and slow answers end, and waits
// for them.
func (l *listening) stop() {
	_ = l.server.Close()
	l.serving.Wait()
	l.conns.Wait()
}

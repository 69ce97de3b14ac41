package pmtatest

import (
	"maps"
	"net/netip"
)

// Option changes how a Handler or Server behaves.
type Option func(*options)

type options struct {
	state    State
	source   func() State
	maxItems int
	access   []Access
	redirect bool
	apiKey   string
	faults   map[string]Fault
	tls      bool

	domainFilter bool
}

// defaultMaxItems is the length of PowerMTA's lists without
// http-default-max-items.
const defaultMaxItems = 10

func defaultOptions() options {
	return options{
		maxItems: defaultMaxItems,
		access: []Access{
			{From: netip.MustParsePrefix("127.0.0.0/8"), Level: AccessMonitor},
			{From: netip.MustParsePrefix("::1/128"), Level: AccessMonitor},
		},
	}
}

// WithState sets what the pages show until SetState changes it.
func WithState(s State) Option {
	return func(o *options) { o.state = s }
}

// WithSource asks for the state anew for each page, as of a living model. The
// function is called concurrently.
func WithSource(source func() State) Option {
	return func(o *options) { o.source = source }
}

// WithMaxItems is the directive http-default-max-items, 10 by default; 0 lists
// everything.
func WithMaxItems(n int) Option {
	return func(o *options) { o.maxItems = n }
}

// WithAccess is the list of http-access directives. It replaces the default,
// which lets the loopback read.
func WithAccess(rules ...Access) Option {
	return func(o *options) { o.access = rules }
}

// WithRedirectToHTTPS is the directive http-redirect-to-https, true by default
// from 5.0 on: plain HTTP answers every request with a redirect. Nothing
// answers there unless the test starts it.
func WithRedirectToHTTPS() Option {
	return func(o *options) { o.redirect = true }
}

// WithAPIKey is the directive http-api-key: requests with this X-API-Key pass
// the access rules and may run commands.
func WithAPIKey(key string) Option {
	return func(o *options) { o.apiKey = key }
}

// WithFault starts with a fault on one page such as "/queues", or on all with
// "*".
func WithFault(page string, f Fault) Option {
	return func(o *options) {
		o.faults = maps.Clone(o.faults)
		if o.faults == nil {
			o.faults = map[string]Fault{}
		}
		o.faults[page] = f
	}
}

// WithDomainFilter makes /queues?queue=DOMAIN/* list the queues of a domain.
// That form is a guess by analogy: without this option it is refused.
func WithDomainFilter() Option {
	return func(o *options) { o.domainFilter = true }
}

// WithTLS makes Listen serve HTTPS.
func WithTLS() Option {
	return func(o *options) { o.tls = true }
}

// Access is one http-access directive; the first whose From holds the client's
// address decides.
type Access struct {
	From  netip.Prefix
	Level AccessLevel
}

// AccessLevel is what an http-access directive grants.
type AccessLevel string

// The levels of PowerMTA 5.0. All but none may read every page served here.
const (
	AccessNone     AccessLevel = "none"
	AccessMonitor  AccessLevel = "monitor"
	AccessOperator AccessLevel = "operator"
	AccessAdmin    AccessLevel = "admin"
)

// admits reports whether a client may read. Without any matching directive it may
// not.
func (o options) admits(remoteAddr string) bool {
	client, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return false
	}
	for _, rule := range o.access {
		if rule.From.Contains(client.Addr().Unmap()) {
			return rule.Level != AccessNone
		}
	}
	return false
}

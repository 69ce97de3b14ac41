package pmtatest

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"
)

// world is what the traffic runs between. Remote addresses, unknown domains and
// senders are all from the ranges and names that are reserved for
// documentation.
type world struct {
	providers []*provider
	vmtas     []*vmta
	campaigns []*campaign
	cold      *vmta // new, and in no campaign: see EffectCold
}

// provider is a mailbox provider as mail for it behaves.
type provider struct {
	name      string
	share     float64 // of all recipients, in relation to the others
	mx        string  // % stands for the domain, * for the domain with hyphens instead of dots
	domains   []string
	delay     time.Duration  // typical time to a delivery
	odds      [fates]float64 // of an attempt on a calm day
	ok        string         // reply to a delivery
	esmtp     string         // dlvEsmtpAvailable
	tls       string         // dlvTlsProtocol
	feedback  bool           // sends feedback reports
	replies   replies
	addresses []*destination // made of mx and domains
	troubled  []*destination // a few that never work
}

// destination is a domain of a provider and the host that takes its mail.
type destination struct {
	provider *provider
	domain   string
	mx       string
	mxIP     string
	host     string // both, as files and events show them
	trouble  trouble
}

// trouble is what a few destinations always have, as on every real server.
type trouble int

const (
	troubleNone    trouble = iota
	troubleTimeout         // connections time out
	troubleRefused         // connections are refused
	troubleDNS             // name servers do not answer
	troubleGone            // the domain does not exist
)

// vmta is a VirtualMTA; each has one source IP.
type vmta struct {
	name   string
	ip     string
	source string  // host name of the IP, and the IP
	tokens float64 // messages that its rate limit still allows
}

// campaign is a stream of mail: one sending domain through one VirtualMTA.
type campaign struct {
	share  float64
	sender string
	job    string // empty for mail without a job
	vmta   *vmta
}

func newWorld() world {
	w := world{providers: slices.Concat(greatProviders(), []*provider{smallReceivers()})}
	for _, p := range w.providers {
		for _, domain := range p.domains {
			p.addresses = append(p.addresses, p.destination(domain, troubleNone))
		}
	}
	byName := map[string]*vmta{}
	for i, name := range []string{"news-1", "news-2", "shop-1", "club-1", "alerts-1", "billing-1", "cold-1"} {
		ip := fmt.Sprintf("192.0.2.%d", 11+i)
		v := &vmta{name: name, ip: ip, source: fmt.Sprintf("mailout-%d.example.com (%s)", 1+i, ip)}
		w.vmtas = append(w.vmtas, v)
		byName[name] = v
	}
	w.cold = byName["cold-1"]
	w.campaigns = []*campaign{
		{22, "news.example.com", "newsletter-4711", byName["news-1"]},
		{18, "news.example.com", "newsletter-4711", byName["news-2"]},
		{5, "news.example.com", "welcome-17", byName["news-2"]},
		{20, "shop.example.net", "offers-1203", byName["shop-1"]},
		{15, "club.example.org", "club-88", byName["club-1"]},
		{12, "alerts.example.com", "", byName["alerts-1"]},
		{8, "billing.example.net", "invoices-2611", byName["billing-1"]},
	}
	return w
}

func (p *provider) destination(domain string, t trouble) *destination {
	mx := strings.NewReplacer("%", domain, "*", strings.ReplaceAll(domain, ".", "-")).Replace(p.mx)
	ip := fmt.Sprintf("203.0.113.%d", 1+crc32.ChecksumIEEE([]byte(mx))%254)
	return &destination{provider: p, domain: domain, mx: mx, mxIP: ip, host: mx + " (" + ip + ")", trouble: t}
}

package pmtaclient

// Domains is the answer of /domains: queues summed over their VirtualMTAs.
type Domains struct {
	List
	Domains []Domain
}

// Domain is the mail for one domain.
type Domain struct {
	Name                 string // lower case
	Recipients, KB, Conn Number
}

func newDomainsVisitor(d *Domains) visitor {
	var domains pile[Domain]
	add := func(r *row) {
		if name := normalDomain(string(r.name)); name != "" && name != "*" {
			domains.add(Domain{Name: name, Recipients: r.recipients, KB: r.kb, Conn: r.conn})
		}
	}
	return &listVisitor{
		list: &d.List, item: "domain", totals: "totalDomainsWithRcp",
		add: add, all: func() { d.Domains = domains.all() },
	}
}

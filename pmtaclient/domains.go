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
	return &listVisitor{list: &d.List, item: "domain", totals: "totalDomainsWithRcp", add: func(r *row) {
		if name := normalDomain(string(r.name)); name != "" && name != "*" {
			d.Domains = append(d.Domains, Domain{Name: name, Recipients: r.recipients, KB: r.kb, Conn: r.conn})
		}
	}}
}

package pmtaclient

// VMTAs is the answer of /vmtas: the VirtualMTAs that have recipients, which
// are not all that are configured.
type VMTAs struct {
	List
	VMTAs []VMTA
}

// VMTA is the mail that leaves through one VirtualMTA.
type VMTA struct {
	Name                          string
	Recipients, KB, Conn, Domains Number
}

func newVMTAsVisitor(m *VMTAs) visitor {
	return &listVisitor{list: &m.List, item: "vmta", totals: "totalVmtasWithRcp", add: func(r *row) {
		if string(r.name) != "*" {
			m.VMTAs = append(m.VMTAs, VMTA{
				Name: string(r.name), Recipients: r.recipients, KB: r.kb, Conn: r.conn, Domains: r.domains,
			})
		}
	}}
}

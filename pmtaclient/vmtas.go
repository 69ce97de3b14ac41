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
	var vmtas pile[VMTA]
	add := func(r *row) {
		if name := string(r.name); name != "*" {
			vmtas.add(VMTA{Name: name, Recipients: r.recipients, KB: r.kb, Conn: r.conn, Domains: r.domains})
		}
	}
	return &listVisitor{
		list: &m.List, item: "vmta", totals: "totalVmtasWithRcp",
		add: add, all: func() { m.VMTAs = vmtas.all() },
	}
}

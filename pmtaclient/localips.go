package pmtaclient

import (
	"context"
	"io"
	"net/netip"
)

// LocalIPs is the page /getlocalips (guide section 5.14): the addresses of
// PowerMTA's host, private ones among them. It exists in XML only, and no
// command prints it.
type LocalIPs struct {
	Answer
	Addresses []netip.Addr
}

// maxLocalIPs bounds the addresses that are taken from one answer.
const maxLocalIPs = 100_000

// LocalIPs reads the addresses of PowerMTA's host.
func (c *Client) LocalIPs(ctx context.Context) (*LocalIPs, error) {
	d := new(LocalIPs)
	return whole(d, c.transport.exchange(ctx, query{page: PageLocalIPs}, func(src *source) error {
		err := decode(src, XML, &localIPsVisitor{ips: d})
		d.Bytes = src.bytesRead
		return err
	}))
}

// DecodeLocalIPs reads such a page.
func DecodeLocalIPs(r io.Reader) (*LocalIPs, error) {
	d := new(LocalIPs)
	return whole(d, decodeAll(r, XML, &localIPsVisitor{ips: d}, &d.Answer))
}

// localIPsVisitor takes each ip within localIps.
type localIPsVisitor struct {
	ips    *LocalIPs
	inside int // open elements
}

func (v *localIPsVisitor) open([]byte) { v.inside++ }
func (v *localIPsVisitor) close()      { v.inside-- }

func (v *localIPsVisitor) leaf(name, value []byte) {
	if string(name) != "ip" || v.inside != 1 || len(v.ips.Addresses) == maxLocalIPs {
		v.ips.Unknown++
		return
	}
	address, err := netip.ParseAddr(string(value))
	if err != nil {
		v.ips.Unparsable++
		return
	}
	v.ips.Addresses = append(v.ips.Addresses, address)
}

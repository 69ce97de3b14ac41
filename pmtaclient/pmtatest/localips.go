package pmtatest

import (
	"bytes"
	"net/http"
)

// localIPs is the page /getlocalips, which has no data element. PowerMTA shows
// it in XML only.
func (s State) localIPs() answer {
	var b bytes.Buffer
	ips := branch("localIps")
	for _, ip := range s.LocalIPs {
		ips.nodes = append(ips.nodes, leaf("ip", ip))
	}
	branch("rsp", ips, leaf("succ", "")).writeXML(&b)
	return answer{http.StatusOK, typeXML, b.Bytes()}
}

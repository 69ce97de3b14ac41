package logscan

import (
	"fmt"
	"os"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/logscan/acct"
)

// What random games found.

// Of two files that begin with the same header the first leaves its inode to
// the second, before a record of it was read. The second is none that has a
// successor: a record that is half written stays unread until it is whole.
func TestF10InodeOfAnEmptyFile(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		for _, old := range []string{"", header, "\x1f\x8b\x08\x00 compressed"} {
			timed(t, fmt.Sprintf("stopped %v after %.4q", stopped, old), func(t *testing.T) {
				r := newKeptRig(t)
				r.append("acct.1", old)
				r.want()
				r.s.tracker.closeAll() // a file that is open keeps its inode
				if stopped {
					r.stop()
				}
				r.rename("acct.1", "acct")
				r.must(os.Truncate(r.path("acct"), 0))
				r.append("acct", header+"d,a,2.0.0,\"ha")
				r.want()
				pass(2 * grace)
				r.want()
				r.append("acct", "lf\"\n")
				r.want("a")
				r.wantMalformed(acct.Quote, 0)
			})
		}
	}
}

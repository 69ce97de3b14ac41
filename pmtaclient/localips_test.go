package pmtaclient_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// TestLocalIPs reads the page over HTTP, whatever the format of other pages is,
// and asks for it as the guide does.
func TestLocalIPs(t *testing.T) {
	s := newServer(t, pmtatest.WithState(pmtatest.State{LocalIPs: []string{"127.0.0.1", "192.0.2.1", "2001:db8::1"}}))
	for _, format := range []pmtaclient.Format{pmtaclient.XML, pmtaclient.JSON} {
		got, err := newClient(t, pmtaclient.Options{URI: s.URL, Format: format}).LocalIPs(t.Context())
		if err != nil || fmt.Sprint(got.Addresses) != "[127.0.0.1 192.0.2.1 2001:db8::1]" || got.Bytes == 0 {
			t.Errorf("LocalIPs = %+v and error %v, want three addresses", got, err)
		}
	}
	for _, r := range s.Requests() {
		if r.Path != "/getlocalips" || r.Method != "GET" || len(r.Query) > 0 {
			t.Errorf("asked %s %s with %v, want GET /getlocalips", r.Method, r.Path, r.Query)
		}
	}
}

func TestLocalIPsOfTheSample(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "testdata", "samples", "getlocalips-5.0.http.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := pmtaclient.DecodeLocalIPs(f)
	if want := "[127.0.0.1 10.59.14.69 ::1 fe80::42f:6eff:fe85:8eec]"; err != nil || fmt.Sprint(got.Addresses) != want || got.Unknown+got.Unparsable > 0 {
		t.Errorf("DecodeLocalIPs = %+v and error %v, want %s", got, err, want)
	}
}

func TestOddLocalIPs(t *testing.T) {
	const page = "<rsp><localIps><ip>192.0.2.1</ip><ip>here</ip><name>eth0</name></localIps><succ/></rsp>"
	got, err := pmtaclient.DecodeLocalIPs(strings.NewReader(page))
	if err != nil || len(got.Addresses) != 1 || got.Unknown != 1 || got.Unparsable != 1 {
		t.Errorf("DecodeLocalIPs = %+v and error %v, want one address, one unknown, one unreadable", got, err)
	}
	for cut := range len(page) {
		if got, err := pmtaclient.DecodeLocalIPs(strings.NewReader(page[:cut])); err == nil {
			t.Errorf("DecodeLocalIPs of the first %d bytes = %+v, want an error", cut, got)
		}
	}
}

// TestLocalIPsAreNoCommand: the command line tool is not run for them.
func TestLocalIPsAreNoCommand(t *testing.T) {
	tool, c := newCommand(t, pmtaclient.XML)
	if _, err := c.LocalIPs(t.Context()); err == nil || c.Offers(pmtaclient.PageLocalIPs) == nil {
		t.Errorf("LocalIPs error = %v, Offers = %v, want two errors", err, c.Offers(pmtaclient.PageLocalIPs))
	}
	if calls, err := tool.Calls(); err != nil || len(calls) > 0 {
		t.Errorf("the tool was called: %v (%v)", calls, err)
	}
}

package pmtaclient

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

func TestZZMin(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	n := 5000
	x, j := queuesPage(n, benchEvents), queuesPageJSON(n, benchEvents)
	times := map[string][]float64{}
	run := func(name string, page []byte, f func([]byte) (int, error)) {
		start := time.Now()
		f(page)
		times[name] = append(times[name], float64(time.Since(start))/float64(n))
	}
	for i := range 300 {
		run("XML", x, decodeWith(XML))
		run("JSON", j, decodeWith(JSON))
		if i%6 == 0 {
			run("enc-XML", x, unmarshalXML)
			run("enc-JSON", j, unmarshalJSON)
		}
	}
	low := func(name string) float64 {
		v := times[name]
		slices.Sort(v)
		return v[len(v)/10]
	}
	for _, name := range []string{"XML", "enc-XML", "JSON", "enc-JSON"} {
		fmt.Printf("%s %.0f  ", name, low(name))
	}
	fmt.Printf("ratios %.2f %.2f\n", low("enc-XML")/low("XML"), low("enc-JSON")/low("JSON"))
}

package collector

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/pmta-exporter/pmta_exporter/pmtaclient"
)

// TestM06EachParses reads every format back, plain and compressed: all hold the
// same families, and OpenMetrics has its end.
func TestM06EachParses(t *testing.T) {
	o := options(t, newServer(t).URL, pmtaclient.XML)
	h := newExporter(t, o).Handler(HandlerOptions{Logger: o.Logger})
	read := func(accept, encoding string) ([]byte, http.Header) {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", accept)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != encoding && encoding == "gzip" {
			t.Fatalf("Accept %q: content encoding %q, want gzip", accept, got)
		}
		if encoding != "gzip" {
			return w.Body.Bytes(), w.Header()
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return body, w.Header()
	}
	want := 0
	for _, accept := range []string{
		"text/plain", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
	} {
		for _, encoding := range []string{"identity", "gzip"} {
			body, header := read(accept, encoding)
			n := familiesIn(t, body, header)
			if want == 0 {
				want = n
			}
			if n != want || n < 50 {
				t.Errorf("Accept %q, %s: %d families, want %d", accept, encoding, n, want)
			}
		}
	}
	for _, encoding := range []string{"identity", "gzip"} {
		body, _ := read("application/openmetrics-text;version=1.0.0", encoding)
		if n := strings.Count(string(body), "# TYPE "); n != want || !strings.HasSuffix(string(body), "\n# EOF\n") {
			t.Errorf("OpenMetrics, %s: %d families, end %q, want %d and # EOF", encoding, n, body[max(0, len(body)-20):], want)
		}
	}
}

// familiesIn counts the families of an answer.
func familiesIn(t *testing.T, body []byte, header http.Header) (n int) {
	t.Helper()
	d := expfmt.NewDecoder(bytes.NewReader(body), expfmt.ResponseFormat(header))
	for {
		err := d.Decode(new(dto.MetricFamily))
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
}

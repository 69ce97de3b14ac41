package pmtatest

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault is one way in which an answer goes wrong. The zero Fault is none.
type Fault struct {
	Kind  FaultKind
	N     int           // status code, bytes or megabytes, as the kind says
	Text  string        // URL, garbage or message, as the kind says
	Every time.Duration // pace of FaultDrip
}

// FaultKind is a kind of Fault.
type FaultKind string

// The kinds of faults. The first group needs no page, the second spoils the
// page's own answer.
const (
	FaultStatus   FaultKind = "status"   // status code N with an HTML body
	FaultHTML     FaultKind = "html"     // status 200 with an HTML page
	FaultHang     FaultKind = "hang"     // no answer until the client leaves
	FaultReset    FaultKind = "reset"    // the connection is reset
	FaultRedirect FaultKind = "redirect" // a redirect to the URL Text
	FaultEmpty    FaultKind = "empty"    // status 200 without a body

	FaultCut         FaultKind = "cut"          // N bytes, then the connection ends short of its Content-Length
	FaultCutDocument FaultKind = "cut-document" // N bytes of the document in a complete HTTP answer
	FaultDrip        FaultKind = "drip"         // one byte, then a pause of Every, and so on
	FaultFlood       FaultKind = "flood"        // N megabytes of blanks before a sound document
	FaultTrailing    FaultKind = "trailing"     // the garbage Text after the document
	FaultFormat      FaultKind = "format"       // JSON where XML was asked for, and the reverse
	FaultFailure     FaultKind = "failure"      // XML without <succ>; JSON with status fail and the message Text
	FaultGzip        FaultKind = "gzip"         // Content-Encoding gzip, asked for or not
)

// replaces reports whether the fault takes the place of the page.
func (f Fault) replaces() bool {
	switch f.Kind {
	case FaultStatus, FaultHTML, FaultHang, FaultReset, FaultRedirect, FaultEmpty:
		return true
	default:
		return false
	}
}

// serve answers in place of a page.
func (f Fault) serve(w http.ResponseWriter, r *http.Request) {
	switch f.Kind {
	case FaultStatus:
		send(w, htmlAnswer(f.N, http.StatusText(f.N)))
	case FaultHTML:
		send(w, htmlAnswer(http.StatusOK, "PowerMTA"))
	case FaultHang:
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client leaves
		<-r.Context().Done()
		reset(w)
	case FaultReset:
		reset(w)
	case FaultRedirect:
		http.Redirect(w, r, f.Text, http.StatusFound)
	case FaultEmpty:
		w.WriteHeader(http.StatusOK)
	}
}

// reset sends a TCP reset in place of an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		resetTCP(tcp)
	}
	_ = conn.Close() // which ends TLS and other connections
}

// document writes a page in the requested format; without a format PowerMTA
// shows HTML.
func (f Fault) document(d Document, format string) answer {
	if f.Kind == FaultFailure {
		d.failed, d.message = true, f.Text
	}
	if f.Kind == FaultFormat {
		format = map[string]string{"xml": "json", "json": "xml"}[format]
	}
	switch format {
	case "xml":
		return answer{http.StatusOK, typeXML, d.XML()}
	case "json":
		return answer{http.StatusOK, typeJSON, d.JSON()}
	default:
		return htmlAnswer(http.StatusOK, "PowerMTA")
	}
}

// write sends an answer, spoiled as the fault says.
func (f Fault) write(w http.ResponseWriter, r *http.Request, a answer) {
	switch f.Kind {
	case FaultCut:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:min(f.N, len(a.body)-1)]
	case FaultCutDocument:
		a.body = a.body[:min(f.N, len(a.body))]
	case FaultTrailing:
		a.body = append(a.body, f.Text...)
	case FaultGzip:
		w.Header().Set("Content-Encoding", "gzip")
		a.body = compress(a.body)
	case FaultDrip:
		f.drip(w, r, a)
		return
	case FaultFlood:
		f.flood(w, a)
		return
	}
	send(w, a)
}

// send writes an answer. An error means that the client left.
func send(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.code)
	_, _ = w.Write(a.body)
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

func (f Fault) drip(w http.ResponseWriter, r *http.Request, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	ticker := time.NewTicker(f.Every)
	defer ticker.Stop()
	for _, c := range a.body {
		if _, err := w.Write([]byte{c}); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

// flood relies on blanks being allowed before a document in both formats.
func (f Fault) flood(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", a.contentType)
	megabyte := bytes.Repeat([]byte(" "), 1<<20)
	for range f.N {
		if _, err := w.Write(megabyte); err != nil {
			return
		}
	}
	_, _ = io.Copy(w, bytes.NewReader(a.body))
}

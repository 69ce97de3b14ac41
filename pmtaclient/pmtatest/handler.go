package pmtatest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// maxRecorded bounds the memory of a Handler that runs for days.
const maxRecorded = 1000

// Handler answers like PowerMTA's web monitor. It is safe for concurrent use.
type Handler struct {
	options options

	mu       sync.Mutex
	state    State
	faults   map[string]Fault
	requests []Request
}

// Request is one request as a Handler received it.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
}

// NewHandler returns a Handler for use without a Server. Mind that a request
// made by httptest.NewRequest comes from 192.0.2.1, which the default access
// rules refuse.
func NewHandler(opts ...Option) *Handler {
	o := defaultOptions()
	for _, opt := range opts {
		opt(&o)
	}
	return &Handler{options: o, state: o.state, faults: o.faults}
}

// SetState replaces what the pages show. It has no effect beside WithSource.
func (h *Handler) SetState(s State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = s
}

// SetFaults replaces all faults, by path; "*" stands for every path, nil ends
// all faults.
func (h *Handler) SetFaults(faults map[string]Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = faults
}

// Requests returns the latest 1,000 requests, oldest first.
func (h *Handler) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests)
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := h.record(r)
	switch {
	case h.options.redirect && r.TLS == nil:
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusFound)
	case fault.replaces():
		fault.serve(w, r)
	case r.URL.Path == "/":
		http.Redirect(w, r, "/ui", http.StatusFound)
	default:
		fault.write(w, r, h.answer(r, fault))
	}
}

// record notes a request and returns the fault that its page has now.
func (h *Handler) record(r *http.Request) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.requests) == maxRecorded {
		h.requests = h.requests[1:]
	}
	h.requests = append(h.requests, Request{r.Method, r.URL.Path, r.URL.Query(), r.Header.Clone()})
	if f, ok := h.faults[r.URL.Path]; ok {
		return f
	}
	return h.faults["*"]
}

func (h *Handler) current() State {
	if h.options.source != nil {
		return h.options.source()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

// answer is a whole response before a fault spoils it. PowerMTA's Content-Types
// are not documented; these are ours.
type answer struct {
	code        int
	contentType string
	body        []byte
}

const (
	typeHTML = "text/html; charset=utf-8"
	typeXML  = "text/xml; charset=utf-8"
	typeJSON = "application/json; charset=utf-8"
)

func htmlAnswer(code int, text string) answer {
	const page = "<!DOCTYPE html>\n<html><head><title>PowerMTA</title></head><body><h1>%s</h1></body></html>\n"
	return answer{code, typeHTML, fmt.Appendf(nil, page, text)}
}

// answer says what the sound server would send. A valid API key overrides the
// access rules.
func (h *Handler) answer(r *http.Request, fault Fault) answer {
	keyed := h.options.apiKey != "" && r.Header.Get("X-API-Key") == h.options.apiKey
	switch {
	case !keyed && !h.options.admits(r.RemoteAddr):
		return htmlAnswer(http.StatusForbidden, "Access denied")
	case r.URL.Path == "/ui" || strings.HasPrefix(r.URL.Path, "/ui/"):
		return htmlAnswer(http.StatusOK, "PowerMTA")
	case r.URL.Path == "/command":
		return h.command(r, keyed)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return htmlAnswer(http.StatusMethodNotAllowed, "Method not allowed")
	default:
		return h.page(r, fault)
	}
}

// page answers a reading page. POST with a form does as well as GET with a
// query.
func (h *Handler) page(r *http.Request, fault Fault) answer {
	filter, ok := h.queueFilter(r)
	if !ok {
		return htmlAnswer(http.StatusBadRequest, "Bad request")
	}
	state, limit := h.current(), h.options.maxItems
	var doc Document
	switch r.URL.Path {
	case "/status":
		doc = state.StatusDocument()
	case "/queues":
		doc = state.QueuesDocument(limit, filter)
	case "/domains":
		doc = state.DomainsDocument(limit)
	case "/vmtas":
		doc = state.VMTAsDocument(limit)
	case "/jobs":
		doc = state.JobsDocument(limit)
	case "/getlocalips":
		return state.localIPs()
	default:
		return htmlAnswer(http.StatusNotFound, "Not found")
	}
	return fault.document(doc, r.FormValue("format"))
}

// queueFilter reads the parameter queue. Its one documented form is */VMTA;
// what a real server makes of DOMAIN/* is unknown: see WithDomainFilter.
func (h *Handler) queueFilter(r *http.Request) (QueueFilter, bool) {
	filter := r.FormValue("queue")
	if r.URL.Path != "/queues" || filter == "" {
		return QueueFilter{}, true
	}
	domain, vmta, ok := strings.Cut(filter, "/")
	switch {
	case !ok || strings.ContainsAny(vmta, "*/") && vmta != "*":
		return QueueFilter{}, false
	case domain == "*":
		return QueueFilter{VMTA: vmta}, vmta != "*" && vmta != ""
	}
	return QueueFilter{Domain: domain}, vmta == "*" && h.options.domainFilter
}

// command runs the few commands whose answers are published. Without a key it
// refuses: PowerMTA wants one, or a token that only its browser pages hand out.
func (h *Handler) command(r *http.Request, keyed bool) answer {
	if !keyed || r.Method != http.MethodPost {
		return htmlAnswer(http.StatusForbidden, "Access denied")
	}
	state := h.current()
	doc := Document{message: "unknown command", failed: true}
	format, isText := strings.CutSuffix(r.FormValue("format"), "-text")
	switch r.FormValue("command") {
	case "show status":
		doc = state.StatusDocument()
	case "show version":
		doc = state.VersionDocument()
		if isText {
			doc = Document{text: state.VersionText() + "\n"}
		}
	case "show license":
		doc = Document{text: state.LicenseText()} // no other form is known
	}
	if format == "xml" {
		return answer{http.StatusOK, typeXML, doc.XML()}
	}
	return answer{http.StatusOK, typeJSON, doc.JSON()}
}

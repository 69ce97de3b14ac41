package pmtaclient

import "strings"

// jsonEnvelope takes data off the tree and reads the verdict. Beware of three
// things called status: the verdict (a string), the document (an object, in
// data or beside it) and the document's own word.
type jsonEnvelope struct {
	page            visitor
	depth           int
	hidden          bool
	status, message string
	statusIsObject  bool // which leaves no name for the verdict
}

func (e *jsonEnvelope) open(name []byte) {
	e.depth++
	if e.depth == 1 {
		e.hidden = string(name) == "data"
		e.statusIsObject = e.statusIsObject || string(name) == "status"
	}
	if e.depth > 1 || !e.hidden {
		e.page.open(name)
	}
}

func (e *jsonEnvelope) leaf(name, value []byte) {
	switch {
	case e.depth == 0 && string(name) == "status":
		e.status = string(value[:min(len(value), 200)])
	case e.depth == 0 && string(name) == "message":
		e.message = string(value[:min(len(value), 200)])
	default:
		e.page.leaf(name, value)
	}
}

func (e *jsonEnvelope) close() {
	if e.depth > 1 || !e.hidden {
		e.page.close()
	}
	e.depth--
}

func (e *jsonEnvelope) verdict() error {
	if strings.EqualFold(e.status, "success") || e.status == "" && e.statusIsObject {
		return nil
	}
	return failure(e.message)
}

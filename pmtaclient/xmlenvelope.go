package pmtaclient

// xmlEnvelope takes rsp and data off the tree and reads the verdict.
type xmlEnvelope struct {
	page      visitor
	depth     int
	hidden    bool // the open element below rsp is not the page's
	succeeded bool
	message   string // text of the last leaf directly below rsp
}

func (e *xmlEnvelope) open(name []byte) {
	e.depth++
	if e.depth == 2 {
		e.hidden = string(name) == "data" || string(name) == "succ"
		e.succeeded = e.succeeded || string(name) == "succ"
	}
	if e.depth > 2 || e.depth == 2 && !e.hidden {
		e.page.open(name)
	}
}

func (e *xmlEnvelope) leaf(name, value []byte) {
	switch {
	case e.depth == 0 || e.depth == 1 && string(name) == "data" && len(value) == 0:
	case e.depth == 1 && string(name) == "succ":
		e.succeeded = true
	default:
		if e.depth == 1 {
			e.message = string(value[:min(len(value), 200)])
		}
		e.page.leaf(name, value)
	}
}

func (e *xmlEnvelope) close() {
	if e.depth > 2 || e.depth == 2 && !e.hidden {
		e.page.close()
	}
	e.depth--
}

func (e *xmlEnvelope) verdict() error {
	if e.succeeded {
		return nil
	}
	return failure(e.message)
}

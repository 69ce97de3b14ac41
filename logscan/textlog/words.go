package textlog

// word is what a word of a line says by itself.
type word struct {
	level  Level // of the words that name a level
	groups []int
}

// findings are what the words of one line say.
type findings struct {
	level  Level // that of the first word which names one
	any    bool  // some group is marked
	groups [maxGroups / 64]uint64
}

func (f *findings) mark(group int) {
	f.groups[group/64] |= 1 << (group % 64)
	f.any = true
}

func (f *findings) hasAll(groups []int) bool {
	for _, g := range groups {
		if f.groups[g/64]&(1<<(g%64)) == 0 {
			return false
		}
	}
	return true
}

// find looks up the words of a text.
func (c *Catalogue) find(text []byte) findings {
	var f findings
	before, behind := outsideQuotes(text)
	c.read(&f, before)
	c.read(&f, behind)
	return f
}

// read looks up the words of a part of a text. A word is a run of letters,
// digits and joints, without the joints at its ends. So the name of a host or a
// directive is one word: what tells of spool.example.com does not tell of the
// spool.
func (c *Catalogue) read(f *findings, text []byte) {
	for len(text) > 0 {
		size := 0
		for size < len(text) && c.folded[text[size]] != 0 {
			size++
		}
		c.lookUp(f, trimJoints(text[:size]))
		text = text[min(size+1, len(text)):]
	}
}

func trimJoints(b []byte) []byte {
	for len(b) > 0 && isJoint(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isJoint(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// isJoint reports whether a byte joins the parts of a name.
func isJoint(b byte) bool { return b == '-' || b == '.' || b == '_' || b == '@' }

// lookUp marks what one word says. Its lower case stands in a buffer, so that
// nothing is allocated.
func (c *Catalogue) lookUp(f *findings, text []byte) {
	if len(text) == 0 || len(text) > maxWord || c.sizes[text[0]]&(1<<len(text)) == 0 {
		return
	}
	var lower [maxWord]byte
	for i, b := range text {
		lower[i] = c.folded[b]
	}
	w := c.words[string(lower[:len(text)])]
	if w == nil {
		return
	}
	if f.level == "" {
		f.level = w.level
	}
	for _, g := range w.groups {
		f.mark(g)
	}
}

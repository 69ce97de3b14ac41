// Package bounce sorts bounces into PowerMTA's categories and into three
// classes of what a sender should do about them.
//
// PowerMTA knows categories, not hardness. The table that adds it is data:
// classes.yaml, embedded, whose head explains the format.
package bounce

import "bytes"

// Class says what a bounce means for the sender.
type Class string

// Hard bounces condemn the address, block bounces blame the sender, soft
// bounces may succeed later.
const (
	Hard  Class = "hard"
	Block Class = "block"
	Soft  Class = "soft"
)

// Valid reports whether the class is one of the three.
func (c Class) Valid() bool {
	return c == Hard || c == Block || c == Soft
}

// None and Other stand for records without a category and with one that the
// table does not know.
const (
	None  = "none"
	Other = "other"
)

// deleted is the diagnostic of recipients that the pmta delete command took out
// of a queue.
const deleted = "x-pmta;deleted by administrator"

// Deleted reports whether an administrator deleted the recipient. Such a record
// is an operator's action and no bounce.
func Deleted(diag []byte) bool {
	return len(diag) >= len(deleted) && bytes.EqualFold(diag[:len(deleted)], []byte(deleted))
}

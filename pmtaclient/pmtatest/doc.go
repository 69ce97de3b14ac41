// Package pmtatest stands in for PowerMTA's web monitor in tests and in the
// demo, much as net/http/httptest stands in for a server.
//
// A State is what a PowerMTA knows at one instant. Documents are made of it
// exactly as the published samples show them, in XML, JSON and the DOM style of
// the command line. A Server serves them over HTTP with PowerMTA's access rules
// and short lists, and with Faults where a test asks for one. A Proxy in front
// of it spoils the way instead, with Toxics.
//
// Traffic is a model of mail that moves: it yields a State for the pages, the
// accounting records of each step, and a Ledger of what really happened. A
// Scenario bends it into one of the situations that operators know.
//
// The package imports nothing of what it tests.
package pmtatest

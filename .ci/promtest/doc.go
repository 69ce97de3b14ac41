// Package promtest holds the tests that need Prometheus itself: its storage, its
// query language, its parsers. It is a module of its own, so that the exporter's
// does not depend on all that Prometheus does.
package promtest

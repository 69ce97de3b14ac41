package logscan

import (
	"errors"
	"fmt"
	"time"

	"github.com/pmta-exporter/pmta_exporter/logscan/bounce"
	"github.com/pmta-exporter/pmta_exporter/logscan/provider"
	"github.com/pmta-exporter/pmta_exporter/logscan/reply"
	"github.com/pmta-exporter/pmta_exporter/logscan/textlog"
)

// Rules say what records are counted under. They are the part of Options that
// may change while files are followed.
type Rules struct {
	Providers *provider.Catalogue
	Bounces   *bounce.Table
	Replies   *reply.Catalogue
	LogEvents *textlog.Catalogue
	// SenderDomains are the sending domains with series of their own; empty for
	// those that come first.
	SenderDomains []string
	Warming       []Warming // counted by day; none for most
}

// Validate says what is wrong with rules by themselves.
func (r Rules) Validate() error {
	if r.Providers == nil || r.Bounces == nil || r.Replies == nil || r.LogEvents == nil {
		return errors.New("providers, bounces, replies and log events must be given")
	}
	listed := map[string]bool{}
	for _, domain := range r.SenderDomains {
		switch label := domainLabel([]byte(domain)); {
		case label != domain || label == None || label == Other:
			return fmt.Errorf("sender domain %.130q: write a domain in lower case, without wildcard or a dot at its end", domain)
		case listed[domain]:
			return fmt.Errorf("sender domain %q is listed twice: keep one", domain)
		}
		listed[domain] = true
	}
	return nil
}

// senderLabel returns what makes a label of a sending domain.
func (r Rules) senderLabel() func([]byte) string {
	if len(r.SenderDomains) == 0 {
		return domainLabel
	}
	listed := make(map[string]bool, len(r.SenderDomains))
	for _, domain := range r.SenderDomains {
		listed[domain] = true
	}
	return func(raw []byte) string {
		if label := domainLabel(raw); label == None || listed[label] {
			return label
		}
		return Other
	}
}

// SetRules counts under other rules, from the next record on. What was counted
// keeps its value and its place, also under a provider, category or sending
// domain that is known no more. It fails, and changes nothing, when the rules
// do not fit the other options.
func (s *Scanner) SetRules(r Rules) error {
	o := s.options
	o.Rules = r
	if err := o.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter.adapt(o, time.Now())
	s.counter.use(r)
	s.dirty = true // there are new combinations to show
	return nil
}

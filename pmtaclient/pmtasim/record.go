package main

import (
	"github.com/pmta-exporter/pmta_exporter/logscan/logtest"
	"github.com/pmta-exporter/pmta_exporter/pmtaclient/pmtatest"
)

// record names the values of an attempt by their columns. Each type of record
// takes the columns that it has.
func record(a pmtatest.Attempt) logtest.Record {
	r := logtest.Record{
		"type":              string(a.Type),
		"timeLogged":        a.Logged,
		"timeQueued":        a.Queued,
		"orig":              a.Orig,
		"rcpt":              a.Rcpt,
		"dsnAction":         a.DSNAction,
		"dsnStatus":         a.DSNStatus,
		"dsnDiag":           a.DSNDiag,
		"dsnMta":            a.DSNMta,
		"dsnReportingMta":   a.DSNReportingMta,
		"bounceCat":         a.BounceCat,
		"srcType":           a.SrcType,
		"srcMta":            a.SrcMta,
		"dlvType":           a.DlvType,
		"dlvSourceIp":       a.SourceIP,
		"dlvDestinationIp":  a.DestinationIP,
		"dlvEsmtpAvailable": a.ESMTP,
		"dlvTlsProtocol":    a.TLSProtocol,
		"dlvTlsCipher":      a.TLSCipher,
		"vmta":              a.VMTA,
		"jobId":             a.JobID,
		"queue":             a.Queue,
		"format":            a.Format,
		"feedbackType":      a.FeedbackType,
		"userAgent":         a.UserAgent,
		"reportingMta":      a.DSNReportingMta,
		"reportedDomain":    a.ReportedDomain,
		"rcvSourceIp":       a.SourceIP,
		"rcvDestinationIp":  a.DestinationIP,
	}
	if a.Size > 0 {
		r["dlvSize"] = a.Size
	}
	return r
}

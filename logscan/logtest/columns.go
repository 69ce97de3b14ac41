package logtest

import "strings"

// Version is a PowerMTA version as far as the default columns differ.
type Version string

// The versions with known defaults. 4.0 stands for 3.5 too, 5.0 for 4.5.
const (
	Version40 Version = "4.0"
	Version50 Version = "5.0"
)

// DefaultColumns returns the columns of a record type that PowerMTA writes
// without record-fields, "type" left out. Other versions than 4.0 are taken as
// 5.0; an unknown type has none. The lists of d, b and t follow captured rows
// and headers; those of tq, r and rb the guide's sample rows, those of rs and f
// its tables.
func DefaultColumns(v Version, recordType string) []string {
	switch recordType {
	case "d", "b", "t":
		if v == Version40 {
			return strings.Split("timeLogged,timeQueued,timeImprinted,"+recipientColumns, ",")
		}
		return strings.Split("timeLogged,timeQueued,"+recipientColumns+",queue,vmtaPool,dlvTlsProtocol,dlvTlsCipher", ",")
	case "tq":
		return strings.Split("timeLogged,dsnStatus,dsnDiag,dsnMta,dlvType,dlvSourceIp,dlvDestinationIp,vmta,queue", ",")
	case "r":
		return strings.Split("timeLogged,orig,rcpt,orcpt,srcType,srcMta,rcvSourceIp,rcvDestinationIp,vmta,jobId,envId", ",")
	case "rb":
		return strings.Split("timeLogged,orig,rcpt,orcpt,dsnStatus,dsnDiag,dsnMta,dsnReportingMta,"+
			"bounceCat,srcType,srcMta,envId", ",")
	case "rs":
		return strings.Split("timeLogged,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,"+
			"bounceCat,srcType,srcMta,envId,format", ",")
	case "f":
		return strings.Split("timeLogged,repSourceIp,feedbackType,format,userAgent,envId,orig,rcpt,reportingMta,"+
			"dlvSourceIp,reportedDomain,header_From,header_Return-Path,header_X-job,header_Subject", ",")
	default:
		return nil
	}
}

// recipientColumns are the columns that d, b and t have had in every version.
const recipientColumns = "orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType," +
	"dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId"

package pmtatest

// reply is one answer of a receiving server. It says itself what it stands for:
// Class is empty for a deferral, else the class of the bounce; category is what
// PowerMTA's stock bounce-category-patterns make of it. Every reply is chosen
// so that its enhanced status code and its category lead to the same class,
// unless its text is clearer than both: a server that wants TLS blames neither
// address nor sender. Its reason is what a reader of the text, or of the
// provider's page about it, makes of it; the exporter's catalogue was not asked.
// The texts are captured ones or the providers' own; {ip} stands for the source,
// {rcpt} for the recipient.
type reply struct {
	class    Class
	code     string // number of dsnStatus; x.0.0 where the server does not offer ENHANCEDSTATUSCODES
	category string
	reason   Reason
	text     string
}

// fate is what can happen to an attempt instead of a delivery.
type fate int

const (
	fateHard fate = iota
	fateBlock
	fateSoft
	fateDefer
	fateTLS
	fates
)

// fate returns what an effect of this kind makes likelier, and whether it is of
// such a kind.
func (k EffectKind) fate() (fate, bool) {
	switch k {
	case EffectHard:
		return fateHard, true
	case EffectBlock:
		return fateBlock, true
	case EffectDefer:
		return fateDefer, true
	case EffectRefuseTLS:
		return fateTLS, true
	default:
		return 0, false
	}
}

// replies are the replies of a provider by fate.
type replies [fates][]reply

func mailboxFull() reply {
	return reply{ClassSoft, "5.2.2", "quota-issues", ReasonMailboxFull, "552 5.2.2 Mailbox size limit exceeded"}
}

func wantsTLS() reply {
	return reply{ClassSoft, "5.7.0", "policy-related", ReasonTLSRequired, "530 5.7.0 Must issue a STARTTLS command first"}
}

// wantsTLSUncoded is wantsTLS from a server without ENHANCEDSTATUSCODES, whose
// word PowerMTA then makes less of.
func wantsTLSUncoded() reply {
	return reply{ClassSoft, "5.0.0", "other", ReasonTLSRequired, wantsTLS().text}
}

func noSuchDomain() reply { return reply{ClassHard, "5.1.2", "bad-domain", ReasonDNSFailure, ""} }

func expired() reply { return reply{ClassSoft, "4.4.7", "message-expired", ReasonExpired, ""} }

func googleReplies() replies {
	return replies{
		fateHard: {
			{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser b187si4579608oia.339 - gsmtp"},
		},
		fateBlock: {
			{ClassBlock, "5.7.1", "spam-related", ReasonContentSpam, "550 5.7.1 [{ip}] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. Please visit https://support.google.com/mail/?p=UnsolicitedMessageError for more information. - gsmtp"},
			{ClassBlock, "5.7.28", "spam-related", ReasonBlockedIP, "550 5.7.28 There is an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been blocked. To review our bulk email senders guidelines, go to Email sender guidelines."},
		},
		fateSoft: {mailboxFull()},
		fateDefer: {
			{"", "4.7.28", "spam-related", ReasonThrottled, "421 4.7.28 [{ip}] Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. Please visit https://support.google.com/mail/?p=UnsolicitedRateLimitError to review our Bulk Email Senders Guidelines. - gsmtp"},
			{"", "4.2.2", "quota-issues", ReasonMailboxFull, "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp"},
		},
		fateTLS: {
			{"", "4.7.0", "policy-related", ReasonTLSRequired, "421 4.7.0 TLS required for RCPT domain, closing connection."},
		},
	}
}

func microsoftReplies() replies {
	return replies{
		fateHard: {
			{ClassHard, "5.5.0", "bad-mailbox", ReasonUnknownUser, "550 5.5.0 Requested action not taken: mailbox unavailable. [#.eop-nam12.prod.protection.outlook.com]"},
		},
		fateBlock: {
			{ClassBlock, "5.7.1", "policy-related", ReasonBlockedIP, "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. [#.eop-nam02.prod.protection.outlook.com]"},
			{ClassBlock, "5.7.1", "spam-related", ReasonBlocklist, "550 5.7.1 Service unavailable, Client host [{ip}] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/{ip} (AS16012611)"},
		},
		fateSoft: {mailboxFull()},
		fateDefer: {
			{"", "4.7.650", "other", ReasonThrottled, "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S843)[#.prod.protection.outlook.com]"},
			{"", "4.3.2", "other", ReasonTooManyConnections, "421 4.3.2 The maximum number of concurrent connections per resource forest has exceeded a limit, closing transmission channel. example.com. PRX8 [example.com]"},
		},
		fateTLS: {wantsTLS()},
	}
}

func yahooReplies() replies {
	return replies{
		fateHard: {
			{ClassHard, "5.0.0", "bad-mailbox", ReasonUnknownUser, "554 delivery error: dd This user doesn't have a example.com account ({rcpt}) [-9] - example.yahoo.com"},
		},
		fateBlock: {
			{ClassBlock, "5.0.0", "policy-related", ReasonPolicy, "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes"},
			{ClassBlock, "5.0.0", "spam-related", ReasonBlocklist, "553 5.7.1 [BL21] Connections will not be accepted from {ip}, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html"},
		},
		fateSoft: {{ClassSoft, "5.0.0", "quota-issues", ReasonMailboxFull, "552 5.2.2 Mailbox size limit exceeded"}},
		fateDefer: {
			{"", "4.0.0", "other", ReasonThrottled, "421 4.7.0 [TSS04] Messages from {ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes"},
			{"", "4.0.0", "other", ReasonThrottled, "421 4.7.0 [TS01] Messages from {ip} temporarily deferred - 4.16.55.2; see http://postmaster.yahoo.com/errors/421-ts01.html"},
		},
		fateTLS: {wantsTLSUncoded()},
	}
}

func appleReplies() replies {
	return replies{
		fateHard: {{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, "550 5.1.1 <{rcpt}>: user does not exist"}},
		fateBlock: {
			{ClassBlock, "5.7.1", "policy-related", ReasonPolicy, "554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137. Txn ID 12345678"},
		},
		fateSoft: {{ClassSoft, "5.2.2", "quota-issues", ReasonMailboxFull, "552 5.2.2 <{rcpt}>: user is overquota"}},
		fateDefer: {
			{"", "4.7.1", "policy-related", ReasonThrottled, "421 4.7.1 Messages to {rcpt} deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137"},
		},
		fateTLS: {wantsTLS()},
	}
}

func comcastReplies() replies {
	return replies{
		fateHard: {{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, "550 5.1.1 Not our Customer"}},
		fateBlock: {
			{ClassBlock, "5.0.0", "spam-related", ReasonBlockedIP, "554 xx.comcast.net comcast {ip} Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000"},
		},
		fateSoft: {mailboxFull()},
		fateDefer: {
			{"", "4.1.0", "other", ReasonThrottled, "421 4.1.0 {ip} Throttled - try again later. Please see https://postmaster.comcast.net/smtp-error-codes.php#RL000003"},
		},
		fateTLS: {wantsTLS()},
	}
}

func orangeReplies() replies {
	return replies{
		fateHard: {{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]"}},
		fateBlock: {
			{ClassBlock, "5.0.0", "spam-related", ReasonBlockedIP, "550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 Ref http://csi.cloudmark.com/reset-request/?ip={ip} [102]"},
		},
		fateSoft: {mailboxFull()},
		fateDefer: {
			{"", "4.2.1", "policy-related", ReasonThrottled, "421 4.2.1 Service refuse. Veuillez essayer plus tard. Service refused, please try later. LPN007_505"},
			{"", "4.0.0", "other", ReasonTooManyConnections, "421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]"},
		},
		fateTLS: {wantsTLS()},
	}
}

func gmxReplies() replies {
	return replies{
		fateHard:  {{ClassHard, "5.0.0", "bad-mailbox", ReasonUnknownUser, "550 Requested action not taken: mailbox {rcpt} unavailable"}},
		fateBlock: {{ClassBlock, "5.0.0", "policy-related", ReasonPolicy, "550 <{rcpt}>: Reject due to policy restrictions (IP based)"}},
		fateSoft:  {{ClassSoft, "5.0.0", "quota-issues", ReasonMailboxFull, "552 Requested mail action aborted: exceeded storage allocation Quota exceeded."}},
		fateDefer: {{"", "4.0.0", "other", ReasonThrottled, "421 Rate limit reached. Please try again later."}},
		fateTLS:   {wantsTLSUncoded()},
	}
}

func proofpointReplies() replies {
	return replies{
		fateHard:  {{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, `550 5.1.1 no such local recipient: <{rcpt}> in "RCPT TO:<{rcpt}>"`}},
		fateBlock: {{ClassBlock, "5.0.0", "spam-related", ReasonBlocklist, "554 Blocked - see https://ipcheck.proofpoint.com/?ip={ip}"}},
		fateSoft:  {mailboxFull()},
		fateDefer: {{"", "4.0.0", "other", ReasonRemoteError, "421 Service not available, closing transmission channel"}},
		fateTLS:   {wantsTLS()},
	}
}

// otherReplies are those of small servers, and of PowerMTA's own samples.
func otherReplies() replies {
	return replies{
		fateHard: {
			{ClassHard, "5.1.1", "bad-mailbox", ReasonUnknownUser, `550 5.1.1 no such local recipient: <{rcpt}> in "RCPT TO:<{rcpt}>"`},
			{ClassHard, "5.2.1", "bad-mailbox", ReasonUnknownUser, "550 5.2.1 <{rcpt}>... User Unknown"},
			{ClassHard, "5.0.0", "inactive-mailbox", ReasonMailboxInactive, "550 Message was not accepted -- invalid mailbox. Local mailbox {rcpt} is unavailable: account is disabled"},
		},
		fateBlock: {
			{ClassBlock, "5.7.1", "spam-related", ReasonContentSpam, "554 5.7.1 Denied - Spam Suspected - http://www.example.com/services/spamwatch/blocked.php"},
			{ClassBlock, "5.7.1", "relaying-issues", ReasonPolicy, "550 5.7.1 Relaying denied"},
			{ClassBlock, "5.1.8", "invalid-sender", ReasonPolicy, "550 5.1.8 <{rcpt}>: Sender address rejected: Domain not found (in reply to RCPT TO command)"},
		},
		fateSoft: {mailboxFull()},
		fateDefer: {
			{"", "4.7.1", "policy-related", ReasonGreylisted, "451 4.7.1 <{rcpt}>: Recipient address rejected: Greylisted for 5 minutes"},
			{"", "4.7.0", "policy-related", ReasonThrottled, "421 4.7.0 mx002.example.org Error: too many errors"},
		},
		fateTLS: {wantsTLS()},
	}
}

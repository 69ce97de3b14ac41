package pmtatest

import (
	"fmt"
	"time"
)

const (
	esmtpGoogle = "SIZE,8BITMIME,STARTTLS,ENHANCEDSTATUSCODES,PIPELINING,CHUNKING,SMTPUTF8"
	esmtpCodes  = "ENHANCEDSTATUSCODES,8BITMIME,SIZE,STARTTLS"
	esmtpPlain  = "PIPELINING,8BITMIME,SIZE,STARTTLS"
	esmtpNoTLS  = "8BITMIME,SIZE"

	gsmtp  = "250 2.0.0 OK b187si4579608oia.339 - gsmtp"
	dirdel = "250 ok dirdel"
	queued = "250 2.0.0 Ok: queued"
)

// greatProviders are those that the exporter knows. The domains that a provider
// hosts for others have names of ours.
func greatProviders() []*provider {
	return []*provider{
		{
			name: "gmail", share: 28, delay: 1500 * time.Millisecond, odds: odds(0.010, 0.002, 0.002, 0.010),
			mx: "gmail-smtp-in.l.google.com", domains: []string{"gmail.com", "googlemail.com"},
			ok: gsmtp, esmtp: esmtpGoogle, tls: "TLSv1.3", replies: googleReplies(),
		},
		{
			name: "google_workspace", share: 8, delay: 1500 * time.Millisecond, odds: odds(0.008, 0.002, 0.001, 0.008),
			mx: "aspmx.l.google.com", domains: []string{"workspace-a.example", "workspace-b.example", "workspace-c.example"},
			ok: gsmtp, esmtp: esmtpGoogle, tls: "TLSv1.3", replies: googleReplies(),
		},
		{
			name: "outlook", share: 12, delay: 3 * time.Second, odds: odds(0.012, 0.004, 0.003, 0.015),
			mx: "*.olc.protection.outlook.com", domains: []string{"hotmail.com", "outlook.com", "live.com"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.2", feedback: true, replies: microsoftReplies(),
		},
		{
			name: "microsoft_365", share: 9, delay: 3 * time.Second, odds: odds(0.012, 0.003, 0.002, 0.010),
			mx: "*.mail.protection.outlook.com", domains: []string{"office-a.example", "office-b.example", "office-c.example"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.2", replies: microsoftReplies(),
		},
		{
			name: "yahoo", share: 9, delay: 4 * time.Second, odds: odds(0.012, 0.002, 0.004, 0.030),
			mx: "mta5.am0.yahoodns.net", domains: []string{"yahoo.com", "ymail.com"},
			ok: dirdel, esmtp: esmtpPlain, tls: "TLSv1.3", feedback: true, replies: yahooReplies(),
		},
		{
			name: "aol", share: 3, delay: 4 * time.Second, odds: odds(0.015, 0.002, 0.004, 0.030),
			mx: "mx-aol.mail.gm0.yahoodns.net", domains: []string{"aol.com"},
			ok: dirdel, esmtp: esmtpPlain, tls: "TLSv1.3", feedback: true, replies: yahooReplies(),
		},
		{
			name: "icloud", share: 5, delay: 2 * time.Second, odds: odds(0.008, 0.002, 0.006, 0.010),
			mx: "mx01.mail.icloud.com", domains: []string{"icloud.com", "me.com"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.3", replies: appleReplies(),
		},
		{
			name: "comcast", share: 4, delay: 2 * time.Second, odds: odds(0.010, 0.002, 0.003, 0.020),
			mx: "mx1.comcast.net", domains: []string{"comcast.net"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.2", feedback: true, replies: comcastReplies(),
		},
		{
			name: "orange", share: 4, delay: 5 * time.Second, odds: odds(0.010, 0.004, 0.004, 0.040),
			mx: "smtp-in.orange.fr", domains: []string{"orange.fr", "wanadoo.fr"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.2", replies: orangeReplies(),
		},
		{
			name: "gmx", share: 4, delay: 3 * time.Second, odds: odds(0.008, 0.003, 0.004, 0.015),
			mx: "mx00.gmx.net", domains: []string{"gmx.net", "gmx.de"},
			ok: queued, esmtp: esmtpPlain, tls: "TLSv1.3", replies: gmxReplies(),
		},
		{
			name: "proofpoint", share: 4, delay: 4 * time.Second, odds: odds(0.006, 0.004, 0.002, 0.010),
			mx: "mx0a-00123401.pphosted.com", domains: []string{"filtered-a.example", "filtered-b.example"},
			ok: queued, esmtp: esmtpCodes, tls: "TLSv1.2", replies: proofpointReplies(),
		},
	}
}

// smallReceivers are all others, the few among them that never work included.
func smallReceivers() *provider {
	p := &provider{
		name: "other", share: 10, delay: 6 * time.Second, odds: odds(0.012, 0.006, 0.005, 0.030),
		mx: "mx.%", ok: "250 DATA ok", esmtp: esmtpNoTLS, replies: otherReplies(),
	}
	for i := range 24 {
		p.domains = append(p.domains, fmt.Sprintf("small-%02d.example", i+1))
	}
	p.troubled = []*destination{
		p.destination("silent.example", troubleTimeout),
		p.destination("closed.example", troubleRefused),
		p.destination("nodns.example", troubleDNS),
		p.destination("gone.example", troubleGone),
	}
	return p
}

func odds(hard, block, soft, deferred float64) [fates]float64 {
	return [fates]float64{fateHard: hard, fateBlock: block, fateSoft: soft, fateDefer: deferred}
}

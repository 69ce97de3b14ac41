package logtest

import "strings"

// Exchanger is the mail exchanger of a provider.
type Exchanger struct{ Provider, Host string }

// Exchangers returns a mail exchanger of each of 60 providers, in the words of
// the provider label.
func Exchangers() []Exchanger {
	var all []Exchanger
	for line := range strings.Lines(exchangers) {
		words := strings.Fields(line)
		all = append(all, Exchanger{words[0], words[1]})
	}
	return all
}

const exchangers = `gmail gmail-smtp-in.l.google.com
google_workspace aspmx.l.google.com
outlook outlook-com.olc.protection.outlook.com
microsoft_365 example-com.mail.protection.outlook.com
yahoo mta5.am0.yahoodns.net
aol mx-aol.mail.gm0.yahoodns.net
icloud mx01.mail.icloud.com
comcast mx1.comcast.net
spectrum pkvw-mx.msg.pkvw.co.charter.net
cox cxr.mx.a.cloudfilter.net
att ff-ip4-mx-vip1.prodigy.net
centurylink mx.centurylink.net
earthlink mx01.oxsus-vadesecure.net
optimum mx.mx-altice.prod.cloud.synchronoss.net
frontier mx.frontiernet.net
orange smtp-in.orange.fr
free mx1.free.fr
sfr smtp-in.sfr.fr
laposte smtpz4.laposte.net
gmx mx00.gmx.net
web_de mx-ha02.web.de
mail_com mx00.mail.com
t_online mx00.t-online.de
freenet mx.freenet.de
vodafone_de mx009.vodafonemail.xion.oxcs.net
bluewin mxbw.lb.bluewin.ch
bt mx.bt.prod.cloud.openwave.ai
virgin_media mx-10.eu-west.atmailcloud.com
talktalk mx001.tt.xion.oxcs.net
libero smtp-in.libero.it
virgilio smtp-in.virgilio.it
tim smtp.aliceposta.it
tiscali etb-1.mail.tiscali.it
ziggo mxin5.ziggo.nl
kpn mx.kpnmail.nl
telenet mx1.telenet-ops.be
mail_ru mxs.mail.ru
yandex mx.yandex.ru
rambler inmx.rambler.ru
ukr_net mxs.ukr.net
wp_pl mx.wp.pl
onet mx.poczta.onet.pl
interia mx.interia.pl
seznam mx1.seznam.cz
uol mx.uol.com.br
terra mx.terra.com.br
locaweb mx.core.locaweb.com.br
qq mx1.qq.com
netease 163mx01.mxmail.netease.com
sina freemx1.sinamail.sina.com.cn
aliyun mxn.mxhichina.com
naver mx1.naver.com
daum mx1.hanmail.net
yahoo_japan mx1.mail.yahoo.co.jp
docomo mfsmax.docomo.ne.jp
au_kddi msmx.au.com
softbank mx.softbank.ne.jp
rediff mx.rediffmail.rediff.akadns.net
telstra extmail.bigpond.com
zoho mx.zoho.com`

package provider

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

func defaultCatalogue(tb testing.TB) *Catalogue {
	tb.Helper()
	c, err := Default()
	if err != nil {
		tb.Fatalf("Default() error = %v, want none", err)
	}
	return c
}

func TestByMX(t *testing.T) {
	c := defaultCatalogue(t)
	for _, tc := range []struct{ situation, host, want string }{
		{"exchanger of gmail.com", "gmail-smtp-in.l.google.com", "gmail"},
		{"its alternative", "alt4.gmail-smtp-in.l.google.com", "gmail"},
		{"exchanger of a Workspace domain", "aspmx.l.google.com", "google_workspace"},
		{"its alternative", "alt2.aspmx.l.google.com", "google_workspace"},
		{"its alternative in the consumer's domain", "aspmx5.googlemail.com", "google_workspace"},
		{"the single Workspace host", "smtp.google.com", "google_workspace"},
		{"Microsoft consumer", "eur.olc.protection.outlook.com", "outlook"},
		{"Microsoft tenant", "example-com.mail.protection.outlook.com", "microsoft_365"},
		{"Microsoft tenant with DNSSEC", "example-com.p-v1.mx.microsoft", "microsoft_365"},
		{"Yahoo", "mta7.am0.yahoodns.net", "yahoo"},
		{"AOL on Yahoo's hosts", "mx-aol.mail.gm0.yahoodns.net", "aol"},
		{"capital letters", "MX01.Mail.iCloud.COM", "icloud"},
		{"dot of the root", "mx1.comcast.net.", "comcast"},
		{"another company of the same brand", "mx1.mail.yahoo.co.jp", "yahoo_japan"},
		{"neighbour on a shared platform", "mx001.netsol.xion.oxcs.net", ""},
		{"customer's server at a hoster", "vps-1234.vps.ovh.net", ""},
		{"suffix inside a label", "mx.evilcomcast.net", ""},
		{"known name in front", "gmail-smtp-in.l.google.com.evil.example", ""},
		{"two dots of the root", "mx1.comcast.net..", ""},
		{"parent of a suffix", "l.google.com", ""},
		{"top-level domain", "com", ""},
		{"only a dot", ".", ""},
		{"empty", "", ""},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			if got, ok := c.ByMX([]byte(tc.host)); got != tc.want || ok != (tc.want != "") {
				t.Errorf("ByMX(%q) = %q, %v, want %q", tc.host, got, ok, tc.want)
			}
		})
	}
}

func TestByDomain(t *testing.T) {
	c := defaultCatalogue(t)
	for _, tc := range []struct{ situation, domain, want string }{
		{"registered domain", "gmail.com", "gmail"},
		{"country variant", "yahoo.co.uk", "yahoo"},
		{"country variant that another company runs", "yahoo.co.jp", "yahoo_japan"},
		{"country variant nobody offers", "yahoo.evil.example", ""},
		{"region below the domain", "nc.rr.com", "spectrum"},
		{"former brand", "verizon.net", "aol"},
		{"domain that starts with digits", "163.com", "netease"},
		{"capital letters and root", "Hotmail.FR.", "outlook"},
		{"raw internationalised domain", "中文邮箱.网络", ""},
		{"rollup by the operator's name", "yahoo.rollup", "yahoo"},
		{"rollup in capital letters", "Hotmail.Rollup", "outlook"},
		{"rollup with a dash", "t-online.rollup", "t_online"},
		{"rollup of the guide, a host name", "secureserver.net.rollup", "godaddy"},
		{"rollup of the guide, Microsoft's tenants", "outlook.rollup", "microsoft_365"},
		{"rollup by a domain", "gmail.com.rollup", "gmail"},
		{"rollup nobody knows", "customers.rollup", ""},
		{"rollup with a known name in front", "yahoo.evil.rollup", ""},
		{"rollup with a known name behind", "evil.yahoo.rollup", ""},
		{"rollup name without the ending", "yahoo", ""},
		{"only the ending", ".rollup", ""},
		{"empty", "", ""},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			if got, ok := c.ByDomain([]byte(tc.domain)); got != tc.want || ok != (tc.want != "") {
				t.Errorf("ByDomain(%q) = %q, %v, want %q", tc.domain, got, ok, tc.want)
			}
		})
	}
}

func TestOf(t *testing.T) {
	c := defaultCatalogue(t)
	for _, tc := range []struct{ situation, mx, rcpt, queue, want string }{
		{"exchanger first", "aspmx.l.google.com", "yahoo.com", "aol.com", "google_workspace"},
		{"outsourced exchanger counts for who runs it", "mx-eu.mail.am0.yahoodns.net", "sky.com", "sky.com", "yahoo"},
		{"unknown exchanger, known domain", "mx.customer.example", "yahoo.com", "aol.com", "yahoo"},
		{"queue last", "", "customer.example", "aol.com", "aol"},
		{"queue alone", "", "", "gmail.rollup", "gmail"},
		{"nothing known", "mx.customer.example", "customer.example", "customer.example", Other},
		{"nothing given", "", "", "", Other},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			if got := c.Of([]byte(tc.mx), []byte(tc.rcpt), []byte(tc.queue)); got != tc.want {
				t.Errorf("Of(%q, %q, %q) = %q, want %q", tc.mx, tc.rcpt, tc.queue, got, tc.want)
			}
		})
	}
}

func TestNameLength(t *testing.T) {
	c := defaultCatalogue(t)
	const tail = ".comcast.net"
	longest := strings.Repeat("a", maxName-len(tail)) + tail
	if got, _ := c.ByMX([]byte(longest)); got != "comcast" {
		t.Errorf("ByMX(%d bytes) = %q, want comcast", len(longest), got)
	}
	if got, ok := c.ByMX([]byte("a" + longest)); ok {
		t.Errorf("ByMX(%d bytes) = %q, want nothing", len(longest)+1, got)
	}
}

func TestNames(t *testing.T) {
	c := defaultCatalogue(t)
	names := c.Names()
	if first, last := names[0], names[len(names)-1]; first != "gmail" || last != Other {
		t.Errorf("Names() = %q … %q, want gmail … other", first, last)
	}
	names[0] = "changed"
	if got := c.Names()[0]; got != "gmail" {
		t.Errorf("Names()[0] = %q after a caller changed its copy, want gmail", got)
	}
}

// TestPromisedNames holds the names that dashboards and rules may rely on.
func TestPromisedNames(t *testing.T) {
	names := defaultCatalogue(t).Names()
	for promised := range strings.FieldsSeq(`
		gmail google_workspace outlook microsoft_365 yahoo aol icloud comcast orange free sfr laposte bouygues gmx web_de t_online
		freenet mail_ru yandex rambler qq netease sina aliyun proofpoint mimecast barracuda cisco_esa broadcom trend_micro
		forcepoint sophos fortinet hornetsecurity spectrum cox att centurylink earthlink optimum frontier windstream bt
		virgin_media sky talktalk libero virgilio tim tiscali wp_pl onet interia o2_pl seznam ziggo kpn telenet proximus bluewin
		movistar uol terra naver daum docomo au_kddi softbank rediff zoho fastmail proton tutanota gandi ovh ionos godaddy
		rackspace namecheap hostinger titan amazon_workmail`) {
		if !slices.Contains(names, promised) {
			t.Errorf("Names() lacks %q", promised)
		}
	}
}

func TestAnyBytesReachAKnownName(t *testing.T) {
	c := defaultCatalogue(t)
	names := c.Names()
	known := func(mx, rcpt, queue []byte) bool { return slices.Contains(names, c.Of(mx, rcpt, queue)) }
	if err := quick.Check(known, nil); err != nil {
		t.Error(err)
	}
}

func FuzzOf(f *testing.F) {
	c := defaultCatalogue(f)
	names := c.Names()
	for _, seed := range [][3]string{
		{"gmail-smtp-in.l.google.com", "example.com", "example.com"},
		{"mta7.am0.yahoodns.net", "yahoo.example", "yahoo.rollup"},
		{"mx.xn--bcher-kva.de", "", "bücher.de"},
		{"", "blåbærsyltetøy.gulbrandsen.priv.no", "中文邮箱.网络"},
		{strings.Repeat(".", maxName+1), strings.Repeat("a.", 200), ".rollup"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, mx, rcpt, queue []byte) {
		got := c.Of(mx, rcpt, queue)
		if !slices.Contains(names, got) {
			t.Errorf("Of(%q, %q, %q) = %q, want one of Names()", mx, rcpt, queue, got)
		}
		if upper := c.Of([]byte(asciiUpper(mx)), []byte(asciiUpper(rcpt)), []byte(asciiUpper(queue))); upper != got {
			t.Errorf("Of(%q, %q, %q) = %q in capital letters, want %q", mx, rcpt, queue, upper, got)
		}
	})
}

// asciiUpper leaves all bytes outside a-z alone, unlike strings.ToUpper, which
// mends broken UTF-8.
func asciiUpper(b []byte) string {
	upper := slices.Clone(b)
	for i, c := range upper {
		if 'a' <= c && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	return string(upper)
}

func TestLookupsDoNotAllocate(t *testing.T) {
	c := defaultCatalogue(t)
	mx, rcpt, queue := []byte("MX.Customer.Example."), []byte("Customer.Example"), []byte("Yahoo.Rollup")
	if n := testing.AllocsPerRun(100, func() { c.Of(mx, rcpt, queue) }); n != 0 {
		t.Errorf("Of(%q, %q, %q) allocates %v times, want 0", mx, rcpt, queue, n)
	}
}

func BenchmarkOf(b *testing.B) {
	c := defaultCatalogue(b)
	for _, bc := range []struct{ situation, mx, rcpt, queue string }{
		{"exchanger", "mx-eu.mail.am0.yahoodns.net", "example.com", "example.com"},
		{"queue", "mx.customer.example", "customer.example", "yahoo.rollup"},
		{"unknown", "mx.customer.example", "customer.example", "customer.example"},
		{"hostile", strings.Repeat("a.", 126), strings.Repeat("a.", 126), strings.Repeat("a.", 126)},
	} {
		mx, rcpt, queue := []byte(bc.mx), []byte(bc.rcpt), []byte(bc.queue)
		b.Run(bc.situation, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Of(mx, rcpt, queue)
			}
		})
	}
}

package bounce

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

func defaultTable(tb testing.TB) *Table {
	tb.Helper()
	table, err := Default()
	if err != nil {
		tb.Fatalf("Default() error = %v, want none", err)
	}
	return table
}

func TestClassify(t *testing.T) {
	table := defaultTable(t)
	for _, tc := range []struct {
		situation, status, diag, category string
		want                              Class
	}{
		{"unknown user", "5.1.1 (bad destination mailbox address)", "smtp;550 5.1.1 The email account does not exist.", "bad-mailbox", Hard},
		{"no such domain, nothing said", "5.1.2 (bad destination system: no such domain)", "", "bad-domain", Hard},
		{"null MX", "5.1.10", "", "other", Hard},
		{"disabled mailbox", "5.2.1 (mailbox disabled, not accepting messages)", "smtp;550 5.2.1 disabled", "policy-related", Hard},
		{"reputation", "5.7.1 (delivery not authorized)", "smtp;554 5.7.1 Denied - Spam Suspected", "spam-related", Block},
		{"policy although the category is hard", "5.7.26", "smtp;550 5.7.26 unauthenticated", "bad-mailbox", Block},
		{"encryption needed asks the category", "5.7.10", "smtp;550 5.7.10 Encryption needed", "policy-related", Block},
		{"encryption needed, category soft", "5.7.10", "smtp;550 5.7.10 Encryption needed", "other", Soft},
		{"expired after temporary errors", "4.4.1 (no answer from host)", "", "no-answer-from-host", Soft},
		{"temporary error beats a block category", "4.7.0 (other or undefined security status)", "smtp;421 4.7.0 Error: too many errors", "policy-related", Soft},
		{"mailbox full asks the category", "5.2.2", "smtp;552 5.2.2 user is overquota", "quota-issues", Soft},
		{"undefined code, code in the reply", "5.0.0 (undefined status)", "smtp;550-5.1.1 no such user", "other", Hard},
		{"undefined code, no code in the reply", "5.0.0 (undefined status)", "smtp;550 No such person at this address.", "bad-mailbox", Hard},
		{"undefined temporary code, no code in the reply", "4.0.0 (undefined status)", "smtp;421 try later", "spam-related", Soft},
		{"undefined code, reply wrapped by PowerMTA", "5.0.0 (undefined status)", "x-pmta;bounce-queue;reply:550 5.7.1 on our block list (S3150)", "other", Block},
		{"undefined code, wrapped temporary reply", "5.0.0 (undefined status)", "x-pmta;bounce-queue;reply:421 4.7.0 [TSS04] deferred", "spam-related", Soft},
		{"undefined code twice", "5.0.0 (undefined status)", "smtp;553 5.0.0 We do not accept mail from spammers", "spam-related", Block},
		{"code of PowerMTA beats that of the reply", "5.1.1", "smtp;550 5.7.1 x", "other", Hard},
		{"defined code beats that of the reply", "5.0.1", "smtp;550 5.1.1 x", "other", Soft},
		{"no status, code in the reply", "", "smtp;550 5.1.1 x", "other", Hard},
		{"no status, no code", "", "smtp;550 Blocked", "spam-related", Block},
		{"status without parentheses and with a space", " 5.1.1", "", "other", Hard},
		{"status is prose", "undefined status", "", "invalid-sender", Block},
		{"success code decides nothing", "2.0.0 (success)", "", "bad-mailbox", Hard},
		{"nothing known", "", "", None, Soft},
		{"deleted by an administrator", "5.0.0 (undefined status)", "x-pmta;deleted by administrator", "other", Soft},
		{"row of 2023 with an empty category", "5.0.0 (undefined status)", "smtp;550 Requested action not taken: mailbox user@example.com unavailable", None, Soft},
	} {
		t.Run(tc.situation, func(t *testing.T) {
			if got := classOf(table, []byte(tc.status), []byte(tc.diag), tc.category); got != tc.want {
				t.Errorf("Classify(%q, %q, %q) = %v, want %v", tc.status, tc.diag, tc.category, got, tc.want)
			}
		})
	}
}

// classOf leaves out what decided.
func classOf(t *Table, status, diag []byte, category string) Class {
	class, _ := t.Classify(status, diag, category)
	return class
}

func TestClassifyTellsWhatDecided(t *testing.T) {
	table := defaultTable(t)
	for _, tc := range []struct {
		situation, status, diag string
		want                    bool
	}{
		{"code of dsnStatus", "5.1.1", "", true},
		{"code of the reply", "5.0.0", "smtp;550 5.1.1 x", true},
		{"code that leaves it to the category", "5.2.2", "", false},
		{"no code", "", "smtp;550 x", false},
	} {
		if _, got := table.Classify([]byte(tc.status), []byte(tc.diag), "bad-mailbox"); got != tc.want {
			t.Errorf("%s: Classify(%q, %q) = by code %v, want %v", tc.situation, tc.status, tc.diag, got, tc.want)
		}
	}
}

// TestPromisedCodes holds the codes that the contract names, each against a
// category that says otherwise.
func TestPromisedCodes(t *testing.T) {
	table := defaultTable(t)
	for _, tc := range []struct {
		codes, category string
		want            Class
	}{
		{"5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1", "spam-related", Hard},
		{"5.7.0 5.7.1 5.7.9 5.7.11 5.7.26 5.7.100 5.7.999", "bad-mailbox", Block},
		{"4.0.0 4.1.1 4.2.2 4.7.1 4.7.10", "bad-mailbox", Soft},
		{"5.0.0 5.0.1 5.1.0 5.1.4 5.1.8 5.2.0 5.2.2 5.3.0 5.4.4 5.5.0 5.6.0 5.7.10 2.0.0", "bad-mailbox", Hard},
		{"5.0.0 5.0.1 5.1.0 5.1.4 5.1.8 5.2.0 5.2.2 5.3.0 5.4.4 5.5.0 5.6.0 5.7.10 2.0.0", "quota-issues", Soft},
	} {
		for code := range strings.FieldsSeq(tc.codes) {
			if got := classOf(table, []byte(code), nil, tc.category); got != tc.want {
				t.Errorf("Classify(%q, nil, %q) = %v, want %v", code, tc.category, got, tc.want)
			}
		}
	}
}

func TestCategory(t *testing.T) {
	table := defaultTable(t)
	for _, tc := range []struct{ raw, want string }{
		{"bad-mailbox", "bad-mailbox"},
		{"Bad-Mailbox", "bad-mailbox"},
		{" spam-related ", "spam-related"},
		{"other", Other},
		{"", None},
		{"  ", None},
		{"success", Other},
		{"none", Other},
		{"user@example.com", Other},
		{strings.Repeat("a", maxCategory+1), Other},
	} {
		if got := table.Category([]byte(tc.raw)); got != tc.want {
			t.Errorf("Category(%q) = %q, want %q", tc.raw, got, tc.want)
		}
	}
}

func TestClassOf(t *testing.T) {
	table := defaultTable(t)
	want := map[Class]string{
		Hard:  "bad-mailbox inactive-mailbox bad-domain",
		Block: "spam-related content-related virus-related policy-related relaying-issues invalid-sender",
		Soft: "quota-issues message-expired no-answer-from-host bad-connection routing-errors protocol-errors " +
			"bad-configuration other none unknown Bad-Mailbox",
	}
	for class, categories := range want {
		for category := range strings.FieldsSeq(categories) {
			if got := table.ClassOf(category); got != class {
				t.Errorf("ClassOf(%q) = %v, want %v", category, got, class)
			}
		}
	}
}

func TestCategories(t *testing.T) {
	table := defaultTable(t)
	categories := table.Categories()
	if got := len(categories); got != 17+1 {
		t.Errorf("len(Categories()) = %d, want the 17 official ones and none", got)
	}
	if got := categories[len(categories)-1]; got != None {
		t.Errorf("last of Categories() = %q, want none", got)
	}
	categories[0] = "changed"
	if got := table.Categories()[0]; got != "bad-mailbox" {
		t.Errorf("Categories()[0] = %q after a caller changed its copy, want bad-mailbox", got)
	}
}

// TestStockCategoriesAreKnown reads the categories out of a stock
// installation's patterns.
func TestStockCategoriesAreKnown(t *testing.T) {
	config, err := os.ReadFile("../../testdata/samples-logs/config-bounce-category-patterns.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := defaultTable(t)
	stock := regexp.MustCompile(`(?m)^\s*/.*/ +([a-z-]+)`).FindAllSubmatch(config, -1)
	if len(stock) < 70 {
		t.Fatalf("found %d patterns, want all of the stock configuration", len(stock))
	}
	for _, match := range stock {
		want := string(match[1])
		if want == "success" {
			want = Other
		}
		if got := table.Category(match[1]); got != want {
			t.Errorf("Category(%q) = %q, want %q", match[1], got, want)
		}
	}
}

func TestFileAndCodeHaveTheSameClasses(t *testing.T) {
	table := defaultTable(t)
	inFile := map[Class]bool{}
	for _, r := range table.rules {
		inFile[r.class] = true
	}
	if !inFile[undecided] {
		t.Error("no rule is undecided: drop the class from the code")
	}
	delete(inFile, undecided)
	for _, class := range []Class{Hard, Block, Soft} {
		if !inFile[class] {
			t.Errorf("no rule has the class %v", class)
		}
		delete(inFile, class)
	}
	if len(inFile) > 0 {
		t.Errorf("rules have classes %v that the code does not know", inFile)
	}
}

func TestAnyBytesReachAKnownName(t *testing.T) {
	table := defaultTable(t)
	categories := table.Categories()
	known := func(status, diag, raw []byte) bool {
		category := table.Category(raw)
		return slices.Contains(categories, category) && classOf(table, status, diag, category).Valid()
	}
	if err := quick.Check(known, nil); err != nil {
		t.Error(err)
	}
}

func FuzzClassify(f *testing.F) {
	table := defaultTable(f)
	categories := table.Categories()
	for _, seed := range [][3]string{
		{"5.7.1 (delivery not authorized)", "smtp;554 5.7.1 Denied - Spam Suspected - http://www.example.com/services/spamwatch/blocked.php", "spam-related"},
		{"5.1.2 (bad destination system: no such domain)", "", "bad-domain"},
		{"5.0.0 (undefined status)", "smtp;550 No such person at this address.", "other"},
		{"4.0.0 (undefined status)", "smtp;421 4.7.0 [TS01] Messages from 192.0.2.2 temporarily deferred - 4.16.55.2; see http://postmaster.yahoo.com/errors/421-ts01.html", "other"},
		{"5.0.0 (undefined status)", "x-pmta;bounce-queue;reply:550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent.", ""},
		{"5.0.0", "x-pmta;deleted by administrator", "other"},
		{"5.1.1 (bad destination mailbox address)", `smtp;550 5.1.1 no such local recipient: <user@example.com> in "RCPT TO:<user@example.com>"`, "Bad-Mailbox"},
		{"999.999.999", "smtp;550-5.1. 550 ", strings.Repeat("x", maxCategory)},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, status, diag, raw []byte) {
		category := table.Category(raw)
		if !slices.Contains(categories, category) {
			t.Errorf("Category(%q) = %q, want one of Categories()", raw, category)
		}
		got := classOf(table, status, diag, category)
		if !got.Valid() {
			t.Errorf("Classify(%q, %q, %q) = %q, want a class", status, diag, category, got)
		}
		if code, ok := ParseCode(status); ok && code[0] == 4 && !code.Undefined() && got != Soft {
			t.Errorf("Classify(%q, %q, %q) = %v, want soft for a temporary code", status, diag, category, got)
		}
		Deleted(diag)
	})
}

func TestLookupsDoNotAllocate(t *testing.T) {
	table := defaultTable(t)
	status := []byte("5.0.0 (undefined status)")
	diag := []byte("X-PMTA;bounce-queue;reply:550-No such user 550 5.5.0 here")
	raw := []byte("Spam-Related")
	if n := testing.AllocsPerRun(100, func() { table.Classify(status, diag, table.Category(raw)); Deleted(diag) }); n != 0 {
		t.Errorf("Category, Classify and Deleted allocate %v times, want 0", n)
	}
}

func BenchmarkClassify(b *testing.B) {
	table := defaultTable(b)
	for _, bc := range []struct{ situation, status, diag, category string }{
		{"status", "5.1.1 (bad destination mailbox address)", "smtp;550 5.1.1 no such user", "bad-mailbox"},
		{"reply", "5.0.0 (undefined status)", "smtp;550 5.7.1 refused", "other"},
		{"category", "5.0.0 (undefined status)", "smtp;550 Requested action not taken: mailbox user@example.com unavailable", "bad-mailbox"},
		{"hostile", "", "smtp;" + strings.Repeat("550 ", 256), "other"},
	} {
		status, diag, raw := []byte(bc.status), []byte(bc.diag), []byte(bc.category)
		b.Run(bc.situation, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.Classify(status, diag, table.Category(raw))
			}
		})
	}
}
